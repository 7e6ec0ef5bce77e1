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
                          size_t size, sidle_settings *settings)
{
    size_t n_expanded;

    if (words->file != NULL)
        SIDLE_TRY(
            sidle_settings_parse(name_of(words->file), text, size, settings));
    n_expanded = is_expanded(text, size) ? settings->n : 0;
    SIDLE_TRY(sidle_run_words_apply(words, settings));
    return sidle_expand(settings, n_expanded);
}

static sidle_status parse_together(const sidle_comm *comm,
                                   const sidle_run_words *words,
                                   sidle_settings *settings)
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
        status =
            sidle_agree(comm, parse(words, text, (size_t)length, settings));
    }
    free(text);
    return status;
}

static sidle_status read_settings(const sidle_comm *comm,
                                  const sidle_run_words *words,
                                  sidle_settings *settings)
{
    *settings = (sidle_settings){0};
    SIDLE_TRY(sidle_alike_word(comm, "the configuration", words->file));
    return parse_together(comm, words, settings);
}

sidle_status sidle_configure(const sidle_comm *comm,
                             const sidle_run_words *words,
                             sidle_options *options)
{
    sidle_settings said;
    sidle_status status = read_settings(comm, words, &said);

    if (status == SIDLE_OK)
        status = sidle_agree(comm, sidle_options_of(&said, options));
    if (status == SIDLE_OK)
        status = sidle_alike_options(comm, options);
    sidle_settings_done(&said);
    return status;
}

sidle_status sidle_configure_start(const sidle_comm *comm,
                                   const sidle_run_words *words,
                                   sidle_settings *said, sidle_options *options)
{
    SIDLE_TRY(read_settings(comm, words, said));
    SIDLE_TRY(sidle_agree(comm, sidle_options_begin(said, options)));
    return sidle_alike_options(comm, options);
}

sidle_status sidle_configure_alone(const sidle_run_words *words,
                                   sidle_options *options)
{
    char *text = malloc(FILE_MAX);
    sidle_settings said = {0};
    size_t size = 0;
    sidle_status status;

    SIDLE_CHECK(text != NULL, "no memory for a configuration");
    status = read_whole(words->file, text, &size);
    if (status == SIDLE_OK)
        status = parse(words, text, size, &said);
    if (status == SIDLE_OK)
        status = sidle_options_of(&said, options);
    sidle_settings_done(&said);
    free(text);
    return status;
}
