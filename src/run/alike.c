/* alike.c - rank 0's words go to all ranks, each compares its own. */
#include "run/alike.h"

#include "base/version.h"
#include "run/option_table.h"

#include <stdlib.h>
#include <string.h>

enum { SHOWN = 400 }; /* of a value, bytes */

static sidle_status differ(const sidle_comm *comm, const char *name,
                           const char *mine, const char *theirs)
{
    return sidle_fail(SIDLE_EUSAGE,
                      "%s is %.*s on rank %d and %.*s on rank 0; start all "
                      "ranks with the same program, arguments and environment",
                      name, SHOWN, mine, comm->rank, SHOWN, theirs);
}

/* ---- a word */

/* Rank 0's text. Owns: the caller frees it. */
static char *first_text(const sidle_comm *comm, const char *mine)
{
    int size = (int)strlen(mine) + 1;
    char *text;

    SIDLE_MPI(MPI_Bcast(&size, 1, MPI_INT, 0, comm->comm));
    text = calloc((size_t)size, 1);
    SIDLE_CHECK(text != NULL, "no memory for a word of %d bytes", size);
    if (comm->rank == 0)
        memcpy(text, mine, (size_t)size);
    SIDLE_MPI(MPI_Bcast(text, size, MPI_CHAR, 0, comm->comm));
    return text;
}

sidle_status sidle_alike_word(const sidle_comm *comm, const char *name,
                              const char *value)
{
    const char *mine = value != NULL ? value : "not given";
    sidle_status status = SIDLE_OK;
    char *theirs;

    sidle_meet(comm);
    theirs = first_text(comm, mine);
    if (strcmp(mine, theirs) != 0)
        status = differ(comm, name, mine, theirs);
    free(theirs);
    return sidle_agree(comm, status);
}

sidle_status sidle_alike_program(const sidle_comm *comm, const char *command)
{
    char version[128];

    snprintf(version, sizeof(version), "%s (commit %s)", sidle_version(),
             sidle_commit());
    SIDLE_TRY(sidle_alike_word(comm, "the version of sidle", version));
    return sidle_alike_word(comm, "the command", command);
}

/* ---- options */

static void print(const sidle_option *row, const sidle_options *options,
                  char *out, size_t size)
{
    FILE *stream = fmemopen(out, size, "w");

    SIDLE_CHECK(stream != NULL, "no memory to print %s", row->name);
    sidle_option_print(row, options, stream);
    fclose(stream);
}

/* Options that follow from others where they are not set come last: what was
 * said differently is to be named, not what came of it. */
static sidle_status compare(const sidle_comm *comm,
                            const sidle_options *options,
                            const sidle_options *first, int may_follow)
{
    char mine[2 * SIDLE_UNITS_MAX], theirs[2 * SIDLE_UNITS_MAX];

    for (size_t i = 0; i < sidle_n_options; i++) {
        const sidle_option *row = &sidle_option_table[i];

        if ((row->unset != NULL) != may_follow)
            continue;
        /* As texts: bytes between the members of a struct may differ. */
        print(row, options, mine, sizeof(mine));
        print(row, first, theirs, sizeof(theirs));
        if (strcmp(mine, theirs) != 0)
            return differ(comm, row->name, mine, theirs);
    }
    return SIDLE_OK;
}

sidle_status sidle_alike_options(const sidle_comm *comm,
                                 const sidle_options *options)
{
    sidle_options *first = malloc(sizeof(*first));
    sidle_status status;

    SIDLE_CHECK(first != NULL, "no memory for options");
    *first = *options;
    sidle_meet(comm);
    SIDLE_MPI(MPI_Bcast(first, (int)sizeof(*first), MPI_BYTE, 0, comm->comm));
    status = compare(comm, options, first, 0);
    if (status == SIDLE_OK)
        status = compare(comm, options, first, 1);
    if (status == SIDLE_OK && strcmp(options->layers, first->layers) != 0)
        status = differ(comm, "model.layers", options->layers, first->layers);
    if (status == SIDLE_OK && strcmp(options->loss, first->loss) != 0)
        status = differ(comm, "model.loss", options->loss, first->loss);
    free(first);
    return sidle_agree(comm, status);
}
