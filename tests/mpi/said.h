/* said.h - what a process says on standard error, kept for a test to read. */
#ifndef SIDLE_TESTS_MPI_SAID_H
#define SIDLE_TESTS_MPI_SAID_H

#include "ranks.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct said {
    int old;
    FILE *file;
    char text[4096];
} said;

/** From now on standard error goes to a file. */
static inline void said_begin(said *s)
{
    fflush(stderr);
    s->old = dup(STDERR_FILENO);
    s->file = tmpfile();
    if (s->old < 0 || s->file == NULL ||
        dup2(fileno(s->file), STDERR_FILENO) < 0)
        _exit(1);
}

/** Back to where it went before; s->text is what was said. */
static inline void said_end(said *s)
{
    size_t n;

    fflush(stderr);
    if (dup2(s->old, STDERR_FILENO) < 0)
        _exit(1);
    close(s->old);
    rewind(s->file);
    n = fread(s->text, 1, sizeof(s->text) - 1, s->file);
    s->text[n] = '\0';
    fclose(s->file);
}

static inline void said_expect(const said *s, const char *words)
{
    if (strstr(s->text, words) != NULL)
        return;
    ranks_n_failed++;
    fprintf(stderr, "rank %d: \"%s\" is not in \"%s\"\n", ranks.rank, words,
            s->text);
}

#endif
