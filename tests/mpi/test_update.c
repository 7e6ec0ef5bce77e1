/* test_update.c - from a sum of gradients to an update: means, partial sums,
 * clipping, schedules, and what an item without targets does not do. */
/* np: 1 4 */
/* with: kinds_test.c mpi/play.c mpi/play_share.c */
#include "blocks.h"
#include "play.h"
#include "ranks.h"

#include <string.h>

enum { D = 4 };

static play recorded(const char *schedule, int U, int64_t steps)
{
    play p = play_of(schedule, D, steps);

    p.comm = ranks;
    p.update_every = U;
    p.is_recorded = 1;
    return p;
}

static const sidle_block *owned(const play *p, int block)
{
    for (int i = 0; i < n_blocks_of(p->runner); i++)
        if (block_of(p->runner, i)->index == block)
            return block_of(p->runner, i);
    return NULL;
}

static double squares_of(const sidle_real *g, size_t n, double divisor)
{
    double sum = 0.0;

    for (size_t i = 0; i < n; i++)
        sum += (double)g[i] / divisor * ((double)g[i] / divisor);
    return sum;
}

/* Sums of squares of all blocks' mean gradient at their update number k. */
static double global_squares(const play *p, int U, int k, double divisor)
{
    double mine = 0.0, all = 0.0;

    for (int i = 0; i < n_blocks_of(p->runner); i++) {
        const sidle_block *b = block_of(p->runner, i);
        const play_record *r = play_find(p, b->index, (int64_t)(k + 1) * U);

        mine += squares_of(r->grad, b->weights, divisor);
    }
    SIDLE_MPI(MPI_Allreduce(&mine, &all, 1, MPI_DOUBLE, MPI_SUM, p->comm.comm));
    return all;
}

/* Whether the weights moved from record to record as the rule says: `scale`
 * holds for each update the factor of the sum of its U gradients. */
static void expect_moves(const play *p, int U, int n_updates,
                         const double *scale)
{
    for (int i = 0; i < n_blocks_of(p->runner); i++) {
        const sidle_block *b = block_of(p->runner, i);
        const sidle_real *now = sidle_block_weights(b);
        double worst = 0.0;

        for (int k = 0; k < n_updates; k++) {
            int64_t last = (int64_t)(k + 1) * U;
            const play_record *r, *next;

            last = last > p->steps ? p->steps : last;
            r = play_find(p, b->index, last);
            next = play_find(p, b->index, last + 1);
            for (size_t j = 0; j < b->weights; j++) {
                double step = p->optim.lr * scale[k] * (double)r->grad[j];
                double w = (double)(next != NULL ? next->w : now)[j];

                step = fabs((double)r->w[j] - step - w);
                worst = step > worst ? step : worst;
            }
        }
        EXPECT(worst < 1e-6);
    }
}

/* P12: no block's step is smaller for the gradients that it does not get. */
TEST(an_update_uses_the_mean_and_a_partial_sum_its_own)
{
    const double scale[3] = {1.0 / 3, 1.0 / 3, 1.0 / 2};
    play p = recorded("backprop", 3, 8);

    EXPECT(play_run(&p) == SIDLE_OK);
    EXPECT(sidle_runner_updates(p.runner) == 3);
    expect_moves(&p, 3, 3, scale);
    play_close(&p);
    ranks_finish();
}

TEST(sum_divides_nothing)
{
    const double scale[3] = {1.0, 1.0, 1.0};
    play p = recorded("backprop", 3, 8);

    play_open(&p);
    p.config.is_mean = 0;
    play_start(&p);
    EXPECT(sidle_runner_run(p.runner) == SIDLE_OK);
    expect_moves(&p, 3, 3, scale);
    play_close(&p);
    ranks_finish();
}

/* The loss of a text is the mean over its targets, or their sum. */
TEST(a_target_weighs_one_or_its_share_of_the_item)
{
    play p = recorded("backprop", 1, 3), q = recorded("backprop", 1, 3);

    p.kind = q.kind = NULL;
    p.is_frozen = q.is_frozen = 1;
    EXPECT(play_run(&p) == SIDLE_OK);
    play_open(&q);
    q.config.is_mean = 0;
    play_start(&q);
    EXPECT(sidle_runner_run(q.runner) == SIDLE_OK);
    EXPECT(p.n_records > 0 && p.n_records == q.n_records);
    for (int i = 0; i < p.n_records; i++) {
        const play_record *r = &p.records[i];
        size_t n = owned(&p, r->block)->weights;
        sidle_batch batch = {.rows = PLAY_ROWS};
        double worst = 0.0;

        sidle_source_fill(&p.train, r->item, &batch);
        EXPECT(batch.n_counted > 1);
        for (size_t j = 0; j < n; j++) {
            double mean = (double)r->grad[j] * (double)batch.n_counted;
            double far = fabs(mean - (double)q.records[i].grad[j]);

            worst = far > worst ? far : worst;
        }
        EXPECT(worst < 1e-5);
        EXPECT(r->block < D || squares_of(r->grad, n, 1.0) > 0.0);
    }
    play_close(&p);
    play_close(&q);
    ranks_finish();
}

TEST(global_clipping_knows_all_blocks)
{
    const char *const names[] = {"backprop", "gpipe", "1f1b", "zero-bubble"};

    for (int k = 0; k < 4; k++)
        for (int U = 1; U <= 3; U += 2) {
            play p = recorded(names[k], U, 6);
            double scale[6];
            int at;

            p.optim.clip = 0.3;
            play_open(&p);
            p.plan.sums_norms = p.config.is_clip_global = 1;
            play_start(&p);
            EXPECT(sidle_runner_run(p.runner) == SIDLE_OK);
            for (int i = 0; i < 6 / U; i++) {
                double norm = sqrt(global_squares(&p, U, i, U));

                EXPECT(norm > 0.3);
                scale[i] = 0.3 / norm / U;
                at = i + 1; /* it is made after the boundary */
                if (ranks.rank == 0 && U == 1 && at < 6)
                    EXPECT(fabs(p.reports[at].grad_norm - norm) < 1e-6 * norm);
            }
            expect_moves(&p, U, 6 / U, scale);
            play_close(&p);
        }
    ranks_finish();
}

TEST(clipping_per_block_knows_its_own)
{
    play p = recorded("sideways", 1, 9);

    p.optim.clip = 0.05;
    EXPECT(play_run(&p) == SIDLE_OK);
    for (int i = 0; i < n_blocks_of(p.runner); i++) {
        const sidle_block *b = block_of(p.runner, i);

        for (int64_t l = 1; l < 9; l++) {
            const play_record *r = play_find(&p, b->index, l);
            const play_record *next = play_find(&p, b->index, l + 1);
            double norm = sqrt(squares_of(r->grad, b->weights, 1.0));
            double moved = 0.0;

            for (size_t j = 0; j < b->weights; j++)
                moved += pow((double)(next->w[j] - r->w[j]), 2);
            norm = norm > 0.05 ? 0.05 : norm;
            EXPECT(fabs(sqrt(moved) - p.optim.lr * norm) < 1e-6);
        }
    }
    play_close(&p);
    ranks_finish();
}

/* P17: what is missing is one gradient of each block, and nothing else. */
TEST(an_item_without_targets_does_nothing)
{
    play p = recorded("pipedream", 2, 12);

    p.skipped = 3; /* of 12 items 8 count: 4 updates */
    EXPECT(play_run(&p) == SIDLE_OK);
    EXPECT(sidle_runner_updates(p.runner) == 4);
    for (int i = 0; i < p.n_records; i++)
        EXPECT(p.records[i].item % 3 != 0);
    for (int block = 1; block <= D; block++)
        EXPECT(owned(&p, block) == NULL || p.n_backwards[block] == 8);
    play_close(&p);
    ranks_finish();
}

/* Updates that are made when an item is reported; of a flushed schedule those
 * in front of its forward. */
TEST(the_schedule_counts_updates)
{
    const char *const names[] = {"backprop", "pipedream"};

    for (int k = 0; k < 2; k++) {
        play p = recorded(names[k], 2, 8);

        p.optim.warmup = 4;
        EXPECT(play_run(&p) == SIDLE_OK);
        for (int i = 0; ranks.rank == 0 && i < p.n_reports; i++) {
            int64_t made = (p.reports[i].item - (k == 0)) / 2;
            double expected =
                made == 0 ? 0.0 : sidle_rate_factor(&p.optim, made - 1);

            EXPECT(p.reports[i].updates == made);
            EXPECT(p.reports[i].factor == expected);
        }
        EXPECT(sidle_rate_factor(&p.optim, 2) < 1.0);
        play_close(&p);
    }
    ranks_finish();
}

/* What was told of all blocks at the boundary of each item; 0: nothing. */
enum { TOLD = 10 };
static double told[TOLD + 1][D];
static int n_told;

static void note_norms(void *context, int64_t item, const double *norms, int n)
{
    (void)context;
    EXPECT(item >= 1 && item <= TOLD && n == D);
    for (int b = 0; b < D; b++)
        told[item][b] = norms[b];
    n_told++;
}

/* Of block b's gradient of an item, on all ranks. */
static double norm_of(const play *p, int b, int64_t item)
{
    const play_record *r = owned(p, b) != NULL ? play_find(p, b, item) : NULL;
    double mine = r != NULL ? squares_of(r->grad, r->weights, 1.0) : 0.0, all;

    SIDLE_MPI(MPI_Allreduce(&mine, &all, 1, MPI_DOUBLE, MPI_SUM, p->comm.comm));
    return sqrt(all);
}

/* Items whose gradients block 1 has when it stands at the boundary of `item`.
 */
static int64_t last_back(const char *schedule, int64_t item)
{
    return strcmp(schedule, "pipedream") == 0 ? item - (D - 1) : item;
}

/* With the gradient of an item came what its block's last update had. */
static void expect_norms(const play *p)
{
    for (int64_t item = 1; item <= TOLD; item++)
        for (int b = 1; b <= D; b++) {
            int64_t of = last_back(p->schedule, item);
            double norm;

            while (b > 1 && of > 0 && of % D != b - 1)
                of--;
            of -= b > 1; /* the update of that item came behind it */
            norm = of > 0 ? norm_of(p, b, of) : 0.0;
            EXPECT(ranks.rank > 0 ||
                   fabs(told[item][b - 1] - norm) <= 1e-5 * norm);
        }
}

TEST(norms_of_all_blocks_come_to_the_first)
{
    const char *const names[] = {"backprop", "pipedream"};

    for (int k = 0; k < 2; k++) {
        play p = recorded(names[k], 1, TOLD);

        memset(told, 0, sizeof(told));
        n_told = 0;
        play_open(&p);
        p.config.on_norms = note_norms;
        play_start(&p);
        EXPECT(play_go(&p) == SIDLE_OK);
        EXPECT(n_told == (ranks.rank == 0 ? TOLD : 0));
        expect_norms(&p);
        play_close(&p);
    }
    ranks_finish();
}

RANKS_MAIN
