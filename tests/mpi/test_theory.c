/* test_theory.c - what the theory of delayed and mixed gradients says of the
 * engine in numbers: error bounds, granularity, and when descent is stable. */
/* np: 1 3 */
/* with: kinds_test.c mpi/play.c mpi/play_share.c */
/* timeout: 180 */
#include "blocks.h"
#include "play.h"
#include "ranks.h"

#include <stdlib.h>
#include <string.h>

static const double pi = 3.14159265358979323846;

static double largest_of_all(double mine)
{
    double all;

    SIDLE_MPI(MPI_Allreduce(&mine, &all, 1, MPI_DOUBLE, MPI_MAX, ranks.comm));
    return all;
}

/* Reals of a block's gradient; 0: another rank's. */
static size_t weights_of(const play *p, int block)
{
    for (int i = 0; i < n_blocks_of(p->runner); i++)
        if (block_of(p->runner, i)->index == block)
            return block_of(p->runner, i)->weights;
    return 0;
}

/* ---- P10, P21: the error is of first order in the speed of the stream */

/* The largest distance of a gradient of a block from the exact one. */
static double error_of(const char *schedule, double speed, int block)
{
    enum { D = 4, T = 16 };
    play p = play_of(schedule, D, T), q = play_of("backprop", D, T);
    double worst = 0.0;

    p.is_frozen = q.is_frozen = p.is_recorded = q.is_recorded = 1;
    p.speed = q.speed = speed;
    p.comm = q.comm = ranks;
    EXPECT(play_run(&p) == SIDLE_OK);
    EXPECT(play_run(&q) == SIDLE_OK);
    for (int64_t item = 1; item <= T; item++) {
        const play_record *r = play_find(&p, block, item);
        const play_record *exact = play_find(&q, block, item);

        for (size_t j = 0; j < weights_of(&p, block); j++)
            worst = fmax(worst, fabs((double)(r->grad[j] - exact->grad[j])));
    }
    play_close(&p);
    play_close(&q);
    return largest_of_all(worst);
}

TEST(the_error_falls_with_the_speed_and_the_lag)
{
    for (int block = 1; block < 4; block++) {
        double fast = error_of("sideways", 1e-3, block);
        double slow = error_of("sideways", 1e-4, block);
        double near = error_of("sideways-1f1b", 1e-4, block);

        EXPECT(fast > 1e-5);
        EXPECT(fast / slow > 9.5 && fast / slow < 10.5);
        EXPECT(slow / near > 1.9 && slow / near < 2.1);
    }
    EXPECT(error_of("sideways", 1e-2, 4) == 0.0); /* P23 */
    ranks_finish();
}

/* ---- P24: fewer, larger blocks are more exact */

/* Six layers in D blocks: how far the first layer's gradients are from the
 * exact ones, all items together, as a share of these. */
static double first_layers_error(int D)
{
    enum { LAYERS = 6, T = 24 };
    play p = play_of("sideways", LAYERS, T);
    play q = play_of("backprop", LAYERS, T);
    double far = 0.0, all = 0.0;
    size_t n;

    p.is_frozen = q.is_frozen = p.is_recorded = q.is_recorded = 1;
    p.speed = q.speed = 0.1;
    play_open(&p);
    p.plan.n_blocks = p.partition.n_blocks = D;
    for (int b = 0; b < D; b++)
        p.partition.first[b] = b * LAYERS / D;
    p.partition.first[D] = LAYERS + 1;
    play_start(&p);
    EXPECT(sidle_runner_run(p.runner) == SIDLE_OK);
    EXPECT(play_run(&q) == SIDLE_OK);
    n = p.model->layers[0].weights;
    for (int64_t item = 1; item <= T; item++) {
        const play_record *r = play_find(&p, 1, item);
        const play_record *exact = play_find(&q, 1, item);

        for (size_t j = 0; j < n; j++) {
            far += pow((double)(r->grad[j] - exact->grad[j]), 2);
            all += pow((double)exact->grad[j], 2);
        }
    }
    play_close(&p);
    play_close(&q);
    return sqrt(far / all);
}

TEST(fewer_blocks_are_more_exact)
{
    double six = first_layers_error(6), three = first_layers_error(3);
    double two = first_layers_error(2), one = first_layers_error(1);

    EXPECT(six > three && three > two && two > 0.01);
    EXPECT(one == 0.0);
    ranks_finish();
}

/* ---- P13, P29: descent with delay tau is stable below
 * 2 sin(pi / (4 tau + 2)) / curvature */

static int64_t always_one(int64_t item)
{
    (void)item;
    return 1;
}

/* Of linear blocks: the loss is a square of the first one's weights. */
static int only_the_first_learns(play *p, int block, int64_t item)
{
    (void)p;
    (void)item;
    return block == 1;
}

/* Norms of block 1's gradients, items 1 .. steps. Calls: collective. */
static void descend(const char *schedule, int D, double lr, int64_t steps,
                    double *norms)
{
    play p = play_of(schedule, D, steps);

    p.kind = &sidle_test_linear_ops;
    p.comm = ranks;
    if (!play_first_ranks(&ranks, ranks.size < D ? ranks.size : D, &p.comm)) {
        memset(norms, 0, (size_t)steps * sizeof(*norms));
    } else {
        p.frame = always_one;
        p.may_update = only_the_first_learns;
        p.optim.lr = lr;
        p.is_recorded = 1;
        play_open(&p);
        p.config.log_every = 0;
        play_start(&p);
        EXPECT(sidle_runner_run(p.runner) == SIDLE_OK);
        for (int64_t item = 1; item <= steps; item++) {
            const play_record *r = play_find(&p, 1, item);

            norms[item - 1] = 0.0;
            for (size_t j = 0; j < weights_of(&p, 1); j++)
                norms[item - 1] += pow((double)r->grad[j], 2);
            norms[item - 1] = sqrt(norms[item - 1]);
        }
        play_close(&p);
        SIDLE_MPI(MPI_Comm_free(&p.comm.comm));
    }
    for (int64_t i = 0; i < steps; i++)
        norms[i] = largest_of_all(norms[i]);
}

/* The largest curvature: a descent that is too fast grows along it by
 * lr * curvature - 1 an item, the faster the less of anything else is left. */
static double curvature_of(int D)
{
    double norms[120], rough;

    descend("backprop", D, 100.0, 10, norms);
    rough = (norms[9] / norms[8] + 1.0) / 100.0;
    descend("backprop", D, 2.5 / rough, 120, norms);
    return (norms[119] / norms[118] + 1.0) * rough / 2.5;
}

static double largest(const double *norms, int n)
{
    double most = 0.0;

    for (int i = 0; i < n; i++)
        most = fmax(most, norms[i]);
    return most;
}

TEST(the_fastest_stable_rate_is_the_theory)
{
    static const struct {
        const char *schedule;
        int delay; /* for each block behind */
    } rows[] = {{"backprop", 0},      {"sideways", 2},  {"delayed", 2},
                {"sideways-1f1b", 1}, {"pipedream", 1}, {"zero-bubble", 0}};
    enum { STEPS = 500 };
    double *norms = malloc(STEPS * sizeof(*norms));

    assert_non_null(norms);
    for (int D = 2; D <= 3; D++) {
        double curvature = curvature_of(D);

        for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
            int tau = rows[k].delay * (D - 1);
            double limit = 2.0 * sin(pi / (4 * tau + 2)) / curvature, late;

            descend(rows[k].schedule, D, 0.96 * limit, STEPS, norms);
            late = largest(norms + 450, 50);
            EXPECT(late < 0.9 * largest(norms + 200, 50));
            descend(rows[k].schedule, D, 1.04 * limit, STEPS, norms);
            late = largest(norms + 450, 50);
            EXPECT(late > 2.0 * largest(norms + 200, 50));
        }
    }
    free(norms);
    ranks_finish();
}

RANKS_MAIN
