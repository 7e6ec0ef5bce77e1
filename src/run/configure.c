/* configure.c - a configuration file and the words of the command line to
 * options: rank 0 reads, all parse and compare. */
#include "run/configure.h"

#include "run/alike.h"
#include "run/expand.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX ((size_t)1 << 20)

static int is_standard_input(const char *path)
{
    return strcmp(path, "-") == 0;
}

/* In messages. */
static const char *name_of(const char *path)
{
    return is_standard_input(path) ? "standard input" : path;
}

static sidle_status read_whole(const char *path, char *text, size_t *size_p)
{
    FILE *file = is_standard_input(path) ? stdin : fopen(path, "rb");
    sidle_status status = SIDLE_OK;

    if (file == NULL)
        return sidle_fail(SIDLE_EIO, "cannot read the configuration \"%s\": %s",
                          path, strerror(errno));
    *size_p = fread(text, 1, FILE_MAX, file);
    if (ferror(file))
        status =
            sidle_fail(SIDLE_EIO, "cannot read the configuration \"%s\": %s",
                       name_of(path), strerror(errno));
    else if (*size_p == FILE_MAX)
        status =
            sidle_fail(SIDLE_EUSAGE,
                       "\"%s\" is larger than 1 MiB, expected a configuration "
                       "file",
                       name_of(path));
    if (file != stdin)
        fclose(file);
    return status;
}

/* The copy that a run left of its configuration, used for another one. */
static int is_expanded(const char *text, size_t size)
{
    size_t n = strlen(SIDLE_EXPANDED);

    return size >= n && memcmp(text, SIDLE_EXPANDED, n) == 0;
}

static sidle_status parse(const sidle_run_words *words, const char *text,
                          size_t size, int may_be_old, sidle_options *options)
{
    sidle_settings settings = {0};
    sidle_status status = SIDLE_OK;
    size_t n_expanded;

    if (words->file != NULL)
        status =
            sidle_settings_parse(name_of(words->file), text, size, &settings);
    n_expanded = is_expanded(text, size) ? settings.n : 0;
    if (status == SIDLE_OK)
        status = sidle_run_words_apply(words, &settings);
    if (status == SIDLE_OK)
        status = sidle_expand(&settings, n_expanded);
    if (status == SIDLE_OK)
        status = may_be_old ? sidle_options_of_old(&settings, options)
                            : sidle_options_of(&settings, options);
    sidle_settings_done(&settings);
    return status;
}

static sidle_status parse_together(const sidle_comm *comm,
                                   const sidle_run_words *words, int may_be_old,
                                   sidle_options *options)
{
    char *text = malloc(FILE_MAX);
    size_t size = 0;
    long long length;
    sidle_status status = SIDLE_OK;

    SIDLE_CHECK(text != NULL, "no memory for a configuration");
    if (comm->rank == 0 && words->file != NULL)
        status = read_whole(words->file, text, &size);
    /* A rank 0 that could not read has nothing to broadcast. */
    status = sidle_agree(comm, status);
    if (status == SIDLE_OK) {
        length = (long long)size;
        SIDLE_MPI(MPI_Bcast(&length, 1, MPI_LONG_LONG, 0, comm->comm));
        SIDLE_MPI(MPI_Bcast(text, (int)length, MPI_CHAR, 0, comm->comm));
        /* Each rank for itself, because its environment may be another one. */
        status = sidle_agree(
            comm, parse(words, text, (size_t)length, may_be_old, options));
    }
    free(text);
    return status;
}

static sidle_status configure(const sidle_comm *comm,
                              const sidle_run_words *words, int may_be_old,
                              sidle_options *options)
{
    SIDLE_TRY(sidle_alike_word(comm, "the configuration", words->file));
    SIDLE_TRY(parse_together(comm, words, may_be_old, options));
    return sidle_alike_options(comm, options);
}

sidle_status sidle_configure(const sidle_comm *comm,
                             const sidle_run_words *words,
                             sidle_options *options)
{
    return configure(comm, words, 0, options);
}

sidle_status sidle_configure_start(const sidle_comm *comm,
                                   const sidle_run_words *words,
                                   sidle_options *options)
{
    return configure(comm, words, 1, options);
}

sidle_status sidle_configure_alone(const sidle_run_words *words,
                                   sidle_options *options)
{
    char *text = malloc(FILE_MAX);
    size_t size = 0;
    sidle_status status;

    SIDLE_CHECK(text != NULL, "no memory for a configuration");
    status = read_whole(words->file, text, &size);
    if (status == SIDLE_OK)
        status = parse(words, text, size, 0, options);
    free(text);
    return status;
}
