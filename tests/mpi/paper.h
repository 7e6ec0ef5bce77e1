/* paper.h - a checkpoint of a play in the memory of a test. */
#ifndef SIDLE_TESTS_MPI_PAPER_H
#define SIDLE_TESTS_MPI_PAPER_H

#include "play.h"
#include "ranks.h"

#include <stdlib.h>
#include <string.h>

/* A checkpoint in the memory of rank 0: every array, in the list's order. */
typedef struct paper {
    int64_t item;
    int n_saves;
    int is_predicted; /* on all ranks that saved */
    int n;
    char (*path)[112];
    char *type;
    unsigned char **data;
    size_t *bytes;
} paper;

static paper kept;

static inline void paper_clear(paper *file)
{
    for (int i = 0; i < file->n; i++)
        free(file->data[i]);
    free(file->path);
    free(file->type);
    free(file->data);
    free(file->bytes);
    *file = (paper){.n = 0};
}

static inline size_t bytes_of(const sidle_array *e)
{
    size_t n = e->type == 'f' || e->type == 'i' ? 4 : 8;

    for (int d = 0; d < e->n_dims; d++)
        n *= (size_t)e->dims[d];
    return n;
}

static inline void paper_new(paper *file, const sidle_array *entries, int n)
{
    paper_clear(file);
    file->n = n;
    file->path = calloc((size_t)n, sizeof(*file->path));
    file->type = calloc((size_t)n, sizeof(*file->type));
    file->data = calloc((size_t)n, sizeof(*file->data));
    file->bytes = calloc((size_t)n, sizeof(*file->bytes));
    for (int i = 0; i < n; i++) {
        file->bytes[i] = bytes_of(&entries[i]);
        file->type[i] = entries[i].type;
        file->data[i] = malloc(file->bytes[i]);
        memcpy(file->path[i], entries[i].path, sizeof(file->path[i]));
    }
}

/* Names, types and shapes are the same on all ranks. */
static inline void expect_same_list(const play *p, const sidle_array *e, int n)
{
    uint64_t mine = (uint64_t)n, least, most;

    for (int i = 0; i < n; i++) {
        mine = play_digest_of(e[i].path, strlen(e[i].path), mine);
        mine = play_digest_of(e[i].dims, sizeof(e[i].dims), mine);
        mine += (uint64_t)e[i].type + (uint64_t)(16 * e[i].owner);
        EXPECT((e[i].data != NULL) == (e[i].owner == p->comm.rank));
    }
    SIDLE_MPI(
        MPI_Allreduce(&mine, &least, 1, MPI_UINT64_T, MPI_MIN, p->comm.comm));
    SIDLE_MPI(
        MPI_Allreduce(&mine, &most, 1, MPI_UINT64_T, MPI_MAX, p->comm.comm));
    EXPECT(least == most);
}

static inline sidle_status save(void *context, int64_t item, int is_stopping)
{
    play *p = context;
    sidle_array *e;
    int n, n_saves = kept.n_saves;

    (void)is_stopping;
    sidle_runner_state(p->runner, &e, &n);
    expect_same_list(p, e, n);
    if (p->comm.rank == 0)
        paper_new(&kept, e, n);
    kept.n_saves = n_saves + 1;
    kept.item = item;
    kept.is_predicted = 0;
    EXPECT(sidle_runner_item(p->runner) == item);
    for (int i = 0; i < n; i++)
        kept.is_predicted |= strcmp(e[i].path, SIDLE_PREDICTION) == 0;
    for (int i = 0; i < n; i++) {
        int bytes = (int)bytes_of(&e[i]);

        if (p->comm.rank == 0 && e[i].owner == 0)
            memcpy(kept.data[i], e[i].data, (size_t)bytes);
        else if (p->comm.rank == 0)
            SIDLE_MPI(MPI_Recv(kept.data[i], bytes, MPI_BYTE, e[i].owner, 99,
                               p->comm.comm, MPI_STATUS_IGNORE));
        else if (e[i].owner == p->comm.rank)
            SIDLE_MPI(
                MPI_Send(e[i].data, bytes, MPI_BYTE, 0, 99, p->comm.comm));
    }
    return SIDLE_OK;
}

/* Where an array is in the paper, which ends the test where it has none. */
static inline int paper_find(const char *path)
{
    for (int i = 0; i < kept.n; i++)
        if (strcmp(kept.path[i], path) == 0)
            return i;
    SIDLE_DIE(SIDLE_EINTERNAL, "nothing was saved as '%s'", path);
}

static inline void load_array(const play *p, const sidle_array *e)
{
    int bytes = (int)bytes_of(e),
        at = p->comm.rank == 0 ? paper_find(e->path) : 0;

    if (p->comm.rank == 0 && e->owner == 0)
        memcpy(e->data, kept.data[at], (size_t)bytes);
    else if (p->comm.rank == 0)
        SIDLE_MPI(MPI_Send(kept.data[at], bytes, MPI_BYTE, e->owner, 99,
                           p->comm.comm));
    else if (e->owner == p->comm.rank)
        SIDLE_MPI(MPI_Recv(e->data, bytes, MPI_BYTE, 0, 99, p->comm.comm,
                           MPI_STATUS_IGNORE));
}

/* All but the arrays whose paths begin with `but`, as a program reads it that
 * has no use for them. */
static inline void load_but(play *p, const char *but)
{
    sidle_array *e;
    int n, is_predicted = kept.is_predicted;

    SIDLE_MPI(MPI_Bcast(&is_predicted, 1, MPI_INT, 0, p->comm.comm));
    sidle_runner_expect(p->runner, is_predicted);
    sidle_runner_state(p->runner, &e, &n);
    EXPECT(p->comm.rank > 0 || but[0] != '\0' || n == kept.n);
    for (int i = 0; i < n; i++)
        if (but[0] == '\0' || strncmp(e[i].path, but, strlen(but)) != 0)
            load_array(p, &e[i]);
}

static inline void load(play *p)
{
    load_but(p, "");
}

static inline uint64_t paper_digest(void)
{
    uint64_t digest = 0;

    for (int i = 0; i < kept.n; i++)
        digest = play_digest_of(kept.data[i], kept.bytes[i], digest);
    return digest;
}

static inline const int64_t *numbers_of(const char *path)
{
    for (int i = 0; i < kept.n; i++)
        if (strcmp(kept.path[i], path) == 0)
            return (const int64_t *)(void *)kept.data[i];
    return NULL;
}

#endif
