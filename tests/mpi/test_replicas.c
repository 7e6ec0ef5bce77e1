/* test_replicas.c - chains with rows of their own train as one chain with all
 * the rows, and with the same bits on any number of ranks. */
/* np: 6 */
/* with: kinds_test.c mpi/play.c mpi/play_share.c */
/* timeout: 180 */
#include "blocks.h"
#include "play.h"
#include "ranks.h"

#include <float.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

enum { D = 4, STEPS = 23 };

static const char *const names[] = {"backprop",      "gpipe",       "1f1b",
                                    "sideways",      "delayed",     "pipedream",
                                    "sideways-1f1b", "zero-bubble", NULL};

/* In each fourth item replica 1 has no target, the others have. Rows are of
 * unequal length. */
static int64_t n_tokens(int64_t item, int row)
{
    if (item % 4 == 0 && (row == 2 || row == 3))
        return row % 2;
    return 2 + (7 * item + 5 * row) % 14;
}

static play run_of(const char *schedule, int U, int n_replicas)
{
    play p = play_of(schedule, D, STEPS);

    p.kind = NULL; /* dropout is on */
    p.rows = 2;
    p.n_replicas = n_replicas;
    p.n_tokens = n_tokens;
    p.skipped = 5; /* nobody has a target there */
    p.update_every = U;
    p.optim.lr = 0.1;
    p.optim.momentum = 0.5;
    p.optim.clip = 0.5;
    return p;
}

static void start(play *p)
{
    play_open(p);
    p->plan.eval_every = 4;
    p->plan.eval_items = 2;
    p->plan.sums_norms = p->plan.schedule->is_flushed;
    p->config.is_clip_global = 1;
    p->config.log_every = 4;
    p->config.patience = 20.0;
    play_start(p);
}

/* The bits of one replica's weights; all of them must have the same. */
static uint64_t digest_of(const play *p)
{
    uint64_t mine = 0, all[8];
    int chain = p->comm.size / p->n_replicas;

    for (int i = 0; i < n_blocks_of(p->runner); i++) {
        const sidle_block *b = block_of(p->runner, i);

        mine +=
            play_digest_of(sidle_block_weights(b),
                           b->weights * sizeof(sidle_real), (uint64_t)b->index);
    }
    SIDLE_MPI(MPI_Allgather(&mine, 1, MPI_UINT64_T, all, 1, MPI_UINT64_T,
                            p->comm.comm));
    for (int rank = chain; rank < p->comm.size; rank++)
        EXPECT(all[rank] == all[rank % chain]);
    for (int rank = 1; rank < chain; rank++)
        all[0] += all[rank];
    return all[0];
}

static uint64_t reports_of(const play *p)
{
    uint64_t digest = 1;

    for (int i = 0; i < p->n_reports; i++) {
        const sidle_report *r = &p->reports[i];

        EXPECT(r->busy >= 0.0 && r->busy <= 1.0);
        digest = play_digest_of_report(r, digest);
    }
    return digest;
}

/* ---- the same bits on any number of ranks */

typedef struct bits {
    uint64_t weights, reports; /* reports: on rank 0 only */
} bits;

/* R chains of P ranks. */
static bits bits_on(play p, int P)
{
    bits b = {0, 0};

    if (!play_first_ranks(&ranks, P * p.n_replicas, &p.comm))
        return b;
    start(&p);
    EXPECT(sidle_runner_run(p.runner) == SIDLE_OK);
    b = (bits){digest_of(&p), reports_of(&p)};
    play_close(&p);
    SIDLE_MPI(MPI_Comm_free(&p.comm.comm));
    return b;
}

TEST(the_ranks_of_a_chain_change_no_bit)
{
    for (int k = 0; names[k] != NULL; k++)
        for (int R = 2; R <= 3; R++) {
            play p = run_of(names[k], 1 + 2 * (k % 2), R);
            bits first = bits_on(p, 1);

            p.is_sleepy = 1;
            for (int P = 1; P * R <= ranks.size; P++) {
                bits b = bits_on(p, P);

                EXPECT(ranks.rank > 0 || b.weights == first.weights);
                EXPECT(ranks.rank > 0 || b.reports == first.reports);
            }
        }
    ranks_finish();
}

TEST(rows_change_the_bits)
{
    play p = run_of("pipedream", 1, 2);
    bits two = bits_on(p, 1);

    p.n_replicas = 3;
    EXPECT(ranks.rank > 0 || bits_on(p, 1).weights != two.weights);
    if (ranks.rank > 0)
        bits_on(p, 1);
    ranks_finish();
}

/* ---- the same result as one chain with all the rows (P18) */

/* Whether |x - y| is rounding: of how far the training went from `begin`, and
 * of the weights themselves, which each update rounds; all as norms. */
static int is_rounding(const sidle_block *x, const sidle_block *y,
                       const sidle_block *begin)
{
    const sidle_real *a = sidle_block_weights(x), *b = sidle_block_weights(y);
    const sidle_real *from = sidle_block_weights(begin);
    double apart = 0.0, way = 0.0, size = 0.0;

    for (size_t i = 0; i < x->weights; i++) {
        apart += pow((double)a[i] - (double)b[i], 2.0);
        way += pow((double)b[i] - (double)from[i], 2.0);
        size += pow((double)b[i], 2.0);
    }
    EXPECT(way > 1e-8 * size);
    return sqrt(apart) < 1e-5 * sqrt(way) + FLT_EPSILON * sqrt(size);
}

static int is_near(double a, double b)
{
    return fabs(a - b) <= 1e-5 * fabs(b);
}

static void expect_same_reports(const play *some, const play *one)
{
    EXPECT(some->n_reports == one->n_reports && one->n_reports >= 5);
    for (int i = 0; i < some->n_reports && i < one->n_reports; i++) {
        const sidle_report *a = &some->reports[i], *b = &one->reports[i];

        EXPECT(a->is_eval == b->is_eval && a->item == b->item);
        EXPECT(a->items == b->items && a->updates == b->updates);
        EXPECT(a->n_targets == b->n_targets && a->n_correct == b->n_correct);
        EXPECT(is_near(a->sum, b->sum));
        EXPECT(is_near(a->z, b->z));
        EXPECT(is_near(a->grad_norm, b->grad_norm));
    }
}

/* `p` on P ranks a chain, against one process with the rows of all. */
static void expect_one_chain(play p, int P)
{
    play one = p, begin;

    if (!play_first_ranks(&ranks, P * p.n_replicas, &p.comm))
        return;
    one.rows *= one.n_replicas;
    one.n_replicas = 1;
    begin = one;
    start(&p);
    start(&one);
    start(&begin);
    EXPECT(sidle_runner_run(p.runner) == SIDLE_OK);
    EXPECT(sidle_runner_run(one.runner) == SIDLE_OK);
    if (p.comm.rank % P == 0)
        EXPECT(sidle_runner_updates(p.runner) ==
               sidle_runner_updates(one.runner));
    EXPECT(sidle_runner_updates(p.runner) > 1);
    for (int i = 0; i < n_blocks_of(p.runner); i++) {
        const sidle_block *b = block_of(p.runner, i);

        EXPECT(is_rounding(b, block_of(one.runner, b->index - 1),
                           block_of(begin.runner, b->index - 1)));
    }
    if (p.comm.rank == 0)
        expect_same_reports(&p, &one);
    play_close(&p);
    play_close(&one);
    play_close(&begin);
    SIDLE_MPI(MPI_Comm_free(&p.comm.comm));
}

TEST(replicas_are_one_chain_with_all_rows)
{
    for (int k = 0; names[k] != NULL; k++)
        for (int U = 1; U <= 3; U += 2) {
            expect_one_chain(run_of(names[k], U, 2), 3);
            expect_one_chain(run_of(names[k], U, 3), 1);
        }
    ranks_finish();
}

/* A rule whose steps do not grow with the gradient, a sum in place of a mean.
 */
TEST(so_they_are_with_another_rule)
{
    play p = run_of("pipedream", 1, 2);

    p.optim.kind = SIDLE_ADAMW;
    p.optim.lr = 0.01;
    p.optim.eps = 1e-3;
    expect_one_chain(p, 2);
    ranks_finish();
}

/* ---- clips */

/* Rows are cut at different items; in items 5 to 7 those of replica 1 all are
 * at once, so that its gradients are empty and those of replica 0 are not. */
static int64_t clip(int64_t item, int row)
{
    if (row == 2 || row == 3)
        return item >= 6 ? 1 : 0;
    return row == 0 ? item >= 9 : 0;
}

/* All rows of all replicas are cut at once: no gradient is valid there. */
static int64_t clip_of_all(int64_t item, int row)
{
    (void)row;
    return item / 12;
}

TEST(a_gradient_is_valid_if_any_row_of_any_replica_is)
{
    for (int U = 1; U <= 3; U += 2)
        for (int is_all = 0; is_all <= 1; is_all++) {
            play p = run_of("sideways", U, 2);

            p.clip = is_all ? clip_of_all : clip;
            p.n_tokens = NULL;
            expect_one_chain(p, 2);
        }
    ranks_finish();
}

/* ---- stops */

/* Somebody is asked to stop, or everybody: all ranks of all replicas stop at
 * one item. */
TEST(a_wish_stops_all_replicas)
{
    for (int who = 0; who <= ranks.size; who++) {
        play p = run_of("sideways", 1, who % 2 == 0 ? 2 : 3);
        int64_t item, least, most;

        p.comm = ranks;
        p.steps = 60;
        p.wish_after = ranks.rank == who || who == ranks.size ? 5 : 0;
        start(&p);
        EXPECT(sidle_runner_run(p.runner) == SIDLE_ESTOPPED);
        item = sidle_runner_item(p.runner);
        SIDLE_MPI(
            MPI_Allreduce(&item, &least, 1, MPI_INT64_T, MPI_MIN, ranks.comm));
        SIDLE_MPI(
            MPI_Allreduce(&item, &most, 1, MPI_INT64_T, MPI_MAX, ranks.comm));
        EXPECT(least == most && item < 40);
        /* and the same runner can go on */
        p.wish_after = 0;
        EXPECT(sidle_runner_run(p.runner) == SIDLE_OK);
        EXPECT(sidle_runner_item(p.runner) == 60);
        EXPECT(sidle_runner_run(p.runner) == SIDLE_OK);
        digest_of(&p);
        play_close(&p);
    }
    ranks_finish();
}

static int64_t newest_item;

static void remember(void *context, int block, const sidle_instr *instr)
{
    const play *p = context;
    int chain = p->comm.size / p->n_replicas;

    if (block == 1 && instr->op == SIDLE_OP_LOAD) {
        int64_t mine = instr->item, others = newest_item;
        MPI_Request request;
        int is_there;

        /* replica 1 tells how far it is, after a nap; replica 0 listens */
        if (p->comm.rank == chain) {
            usleep(3000);
            /* by its other name: it is to be sent eagerly in any case */
            SIDLE_MPI(
                PMPI_Isend(&mine, 1, MPI_INT64_T, 0, 99, ranks.comm, &request));
            SIDLE_MPI(MPI_Wait(&request, MPI_STATUS_IGNORE));
        }
        if (p->comm.rank != 0)
            return;
        do {
            SIDLE_MPI(MPI_Iprobe(chain, 99, ranks.comm, &is_there,
                                 MPI_STATUS_IGNORE));
            if (is_there)
                SIDLE_MPI(MPI_Recv(&others, 1, MPI_INT64_T, chain, 99,
                                   ranks.comm, MPI_STATUS_IGNORE));
        } while (is_there);
        newest_item = others;
        /* four letters, one that was taken, and one that is being told */
        EXPECT(mine <= others + 6);
    }
}

/* Chains that never update: the fast one waits for the slow one all the same.
 */
TEST(replica_0_is_a_few_items_ahead)
{
    play p = run_of("gpipe", 60, 2);

    newest_item = 0;
    p.comm = ranks;
    p.steps = 60;
    play_open(&p);
    p.config.hooks.on_instr = remember;
    play_start(&p);
    EXPECT(sidle_runner_run(p.runner) == SIDLE_OK);
    while (ranks.rank == 0 && newest_item < p.steps)
        SIDLE_MPI(MPI_Recv(&newest_item, 1, MPI_INT64_T, ranks.size / 2, 99,
                           ranks.comm, MPI_STATUS_IGNORE));
    play_close(&p);
    ranks_finish();
}

/* Only replica 0 is asked, and all hear of it. */
TEST(rank_0_decides_for_all)
{
    play p = run_of("pipedream", 1, 3);

    p.comm = ranks;
    p.save_at = ranks.rank == 0 ? 3 : 5;
    p.stop_at = ranks.rank == 0 ? 7 : 5;
    start(&p);
    EXPECT(sidle_runner_run(p.runner) == SIDLE_ESTOPPED);
    EXPECT(sidle_runner_item(p.runner) == 7);
    play_close(&p);
    ranks_finish();
}

static void dawdle(void *context, int block, const sidle_instr *instr)
{
    const play *p = context;

    (void)block;
    (void)instr;
    if (p->comm.rank == 0)
        usleep(2000);
}

/* Replica 0 is slow, so that the others wait: the least busy one is told. */
TEST(the_least_busy_rank_may_be_of_any_replica)
{
    play p = run_of("pipedream", 1, 3);

    p.comm = ranks;
    play_open(&p);
    p.config.hooks.on_instr = dawdle;
    p.config.log_every = 4;
    play_start(&p);
    EXPECT(sidle_runner_run(p.runner) == SIDLE_OK);
    EXPECT(p.n_reports == (ranks.rank == 0 ? 6 : 0));
    if (ranks.rank == 0)
        EXPECT(p.reports[4].busy < 0.5);
    play_close(&p);
    ranks_finish();
}

TEST(half_a_chain_is_refused)
{
    play p = run_of("sideways", 1, 4);

    if (!play_first_ranks(&ranks, 4, &p.comm)) {
        ranks_finish();
        return;
    }
    play_open(&p);
    p.config.n_replicas = 3;
    EXPECT(sidle_runner_new(&p.config, &p.runner) == SIDLE_EUSAGE);
    EXPECT(p.runner == NULL);
    EXPECT(strstr(sidle_fail_text(), "4 ranks are no whole chains of 3") !=
           NULL);
    play_close(&p);
    SIDLE_MPI(MPI_Comm_free(&p.comm.comm));
    ranks_finish();
}

RANKS_MAIN
