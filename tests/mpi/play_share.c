/* play_share.c - what happened on any rank of a small run, for all of them. */
#include "blocks.h"
#include "play.h"

#include "../check.h"

#include <stdlib.h>
#include <string.h>

/* What rank `root` has, for all. */
static void tell(const play *p, void *data, size_t bytes, int root)
{
    SIDLE_MPI(MPI_Bcast(data, (int)bytes, MPI_BYTE, root, p->over->comm));
}

/* An array of n reals, made here where another rank has it. */
static void tell_reals(const play *p, sidle_real **x, size_t n, int root)
{
    if (root != p->over->rank) {
        *x = n > 0 ? malloc(n * sizeof(sidle_real)) : NULL;
        assert_true(n == 0 || *x != NULL);
    }
    tell(p, *x, n * sizeof(sidle_real), root);
}

static void tell_records(play *p, int root, play_record *of_all, int *n_of_all)
{
    int n = p->n_records;

    tell(p, &n, sizeof(n), root);
    for (int i = 0; i < n; i++) {
        play_record *r = &of_all[(*n_of_all)++];

        if (root == p->over->rank)
            *r = p->records[i];
        tell(p, r, sizeof(*r), root);
        tell_reals(p, &r->grad, r->weights, root);
        tell_reals(p, &r->w, r->weights, root);
        tell_reals(p, &r->dy, r->out, root);
    }
}

static void share_records(play *p)
{
    int n = 0, n_told = 0;
    play_record *of_all;

    SIDLE_MPI(
        MPI_Allreduce(&p->n_records, &n, 1, MPI_INT, MPI_SUM, p->over->comm));
    of_all = calloc((size_t)n + 1, sizeof(*of_all));
    assert_non_null(of_all);
    for (int root = 0; root < p->over->size; root++)
        tell_records(p, root, of_all, &n_told);
    free(p->records);
    p->records = of_all;
    p->n_records = n;
}

static void share_weights(play *p)
{
    for (int root = 0; root < p->comm.size; root++) {
        int n = p->over->rank == root ? n_blocks_of(p->runner) : 0;

        tell(p, &n, sizeof(n), root);
        for (int i = 0; i < n; i++) {
            const sidle_block *b =
                p->over->rank == root ? block_of(p->runner, i) : NULL;
            int index = b != NULL ? b->index : 0;

            tell(p, &index, sizeof(index), root);
            if (b != NULL) {
                p->n_weights[index] = b->weights;
                p->weights[index] = malloc(b->weights * sizeof(sidle_real));
                assert_non_null(p->weights[index]);
                memcpy(p->weights[index], sidle_block_weights(b),
                       b->weights * sizeof(sidle_real));
            }
            tell(p, &p->n_weights[index], sizeof(size_t), root);
            tell_reals(p, &p->weights[index], p->n_weights[index], root);
        }
    }
}

/* Blocks of other ranks count 0 here. */
static void share_counts(const play *p, int counts[PLAY_MAX_BLOCKS + 1])
{
    SIDLE_MPI(MPI_Allreduce(MPI_IN_PLACE, counts, PLAY_MAX_BLOCKS + 1, MPI_INT,
                            MPI_SUM, p->over->comm));
}

void play_share(play *p)
{
    share_records(p);
    share_weights(p);
    share_counts(p, p->n_forwards);
    share_counts(p, p->n_backwards);
    tell(p, &p->n_reports, sizeof(p->n_reports), 0);
    tell(p, p->reports, sizeof(p->reports), 0);
    tell(p, &p->n_updates, sizeof(p->n_updates), 0);
    tell(p, &p->digest, sizeof(p->digest), 0);
}
