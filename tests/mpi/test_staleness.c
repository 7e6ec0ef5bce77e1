/* test_staleness.c - figures of log.staleness beside gradients that two runs
 * recorded; and training does not notice them. */
/* np: 1 2 4 */
/* with: kinds_test.c mpi/play.c mpi/play_share.c */
/* timeout: 240 */
#include "blocks.h"
#include "play.h"
#include "ranks.h"

#include <math.h>
#include <string.h>

enum { D = 4, EVERY = 12, MOST = 8 };

static const char *const names[] = {"backprop",  "sideways", "sideways-1f1b",
                                    "pipedream", "delayed",  "zero-bubble",
                                    "gpipe",     "1f1b"};

/* What rank 0 was told last. */
static sidle_staleness told[MOST];
static int64_t told_at;
static int n_told;

static void note(void *context, int64_t item, const sidle_staleness *of,
                 int n_blocks)
{
    (void)context;
    memset(told, 0, sizeof(told));
    memcpy(told, of, (size_t)n_blocks * sizeof(*of));
    told_at = item;
    n_told++;
}

static void start(play *p, int64_t every)
{
    n_told = 0;
    play_open(p);
    p->config.staleness = every;
    p->config.on_staleness = note;
    play_start(p);
}

/* ---- figures */

static play frozen(const char *schedule)
{
    play p = play_of(schedule, D, EVERY + 3);

    p.over = &ranks;
    p.is_frozen = p.is_recorded = 1;
    return p;
}

static double dot(const play_record *a, const play_record *b)
{
    double sum = 0.0;

    for (size_t i = 0; i < a->weights; i++)
        sum += (double)a->grad[i] * (double)b->grad[i];
    return sum;
}

static int is_near(double a, double b)
{
    return fabs(a - b) < 1e-5;
}

/* Of frozen weights: the exact gradients are those of blocking descent. */
static void expect_figures(const play *p, const play *exact, int lag_a_block)
{
    if (ranks.rank > 0)
        return;
    EXPECT(n_told == 1 && told_at == EVERY);
    for (int b = 1; b <= D; b++) {
        const sidle_staleness *of = &told[b - 1];
        const play_record *u = play_find(p, b, of->item);
        const play_record *g = play_find(exact, b, of->item);

        EXPECT(of->lag == lag_a_block * (D - b));
        EXPECT(u != NULL && g != NULL);
        if (u == NULL || g == NULL)
            continue;
        EXPECT(is_near(of->cosine, dot(u, g) / sqrt(dot(u, u) * dot(g, g))));
        EXPECT(is_near(of->ratio, sqrt(dot(u, u) / dot(g, g))));
        EXPECT(of->lag > 0 || (of->cosine > 0.99999 && of->change == 0.0));
    }
}

TEST(figures_are_those_of_recorded_gradients)
{
    const int lags[] = {0, 2, 1, 0, 0, 0, 0, 0}; /* in items a block */
    play exact = frozen("backprop");

    start(&exact, 0);
    EXPECT(play_go(&exact) == SIDLE_OK && n_told == 0);
    for (int k = 0; k < 8; k++) {
        play p = frozen(names[k]);

        start(&p, EVERY);
        EXPECT(play_go(&p) == SIDLE_OK);
        expect_figures(&p, &exact, lags[k]);
        /* Frames are drawn at random: a gradient that meets another one is
         * poor, and only there. */
        EXPECT(ranks.rank > 0 || (told[0].cosine < 0.99) == (lags[k] > 0));
        play_close(&p);
    }
    play_close(&exact);
    ranks_finish();
}

/* Measured before the first gradient reaches the first block. */
TEST(a_block_without_a_gradient_yet_has_no_item_and_no_lag)
{
    play p = play_of("sideways", D, 4);

    p.over = &ranks;
    start(&p, 4);
    EXPECT(play_go(&p) == SIDLE_OK);
    EXPECT(ranks.rank > 0 || (n_told == 1 && told_at == 4));
    EXPECT(ranks.rank > 0 || (told[0].item == 0 && told[0].lag == 0));
    play_close(&p);
    ranks_finish();
}

/* rho by hand: inputs of the first block are frames. */
TEST(the_change_is_that_of_the_input_over_its_lag)
{
    play p = frozen("sideways");
    sidle_real then[PLAY_ROWS * PLAY_WIDTH], now[PLAY_ROWS * PLAY_WIDTH];
    sidle_real unused[PLAY_ROWS * PLAY_WIDTH];
    double change = 0.0, size = 0.0;

    start(&p, EVERY);
    EXPECT(play_go(&p) == SIDLE_OK);
    play_values(&p, EVERY - 6, then, unused);
    play_values(&p, EVERY, now, unused);
    for (int i = 0; i < PLAY_ROWS * PLAY_WIDTH; i++) {
        change += pow((double)now[i] - (double)then[i], 2.0);
        size += (double)then[i] * (double)then[i];
    }
    EXPECT(ranks.rank > 0 || told[0].item == EVERY - 6);
    EXPECT(ranks.rank > 0 || is_near(told[0].change, sqrt(change / size)));
    play_close(&p);
    ranks_finish();
}

/* ---- bits */

static play perceiver_run(const char *schedule, int U)
{
    play p = play_of(schedule, D, 13);

    p.kind = NULL; /* dropout is on */
    p.update_every = U;
    p.optim.kind = SIDLE_NADAM;
    p.optim.lr = 0.01;
    p.optim.clip = 0.5;
    p.skipped = 5;
    p.comm = ranks;
    return p;
}

static uint64_t bits_of(play p, int64_t every)
{
    uint64_t digest;

    start(&p, every);
    p.plan.eval_every = 3;
    p.plan.eval_items = 2;
    EXPECT(sidle_runner_run(p.runner) == SIDLE_OK);
    digest = play_digest(&p);
    for (int i = 0; i < p.n_reports; i++)
        digest = play_digest_of_report(&p.reports[i], digest);
    play_close(&p);
    return digest;
}

TEST(training_keeps_its_bits)
{
    for (int k = 0; k < 8; k++)
        for (int U = 1; U <= 3; U += 2) {
            play p = perceiver_run(names[k], U);
            uint64_t without = bits_of(p, 0);

            p.optim.predict = 0;
            EXPECT(bits_of(p, 1) == without);
            EXPECT(n_told == (ranks.rank == 0 ? 13 : 0));
            EXPECT(bits_of(p, 4) == without);
            EXPECT(n_told == (ranks.rank == 0 ? 3 : 0));
            p.optim.predict = 1;
            EXPECT(bits_of(p, 4) == bits_of(p, 0));
        }
    ranks_finish();
}

/* The first replica alone measures; a save at the same boundary is made. */
TEST(replicas_and_saves_go_on)
{
    if (ranks.size == 4) {
        play p = perceiver_run("sideways", 1);
        uint64_t without;

        p.n_replicas = 2;
        p.save_at = 8;
        without = bits_of(p, 0);
        EXPECT(bits_of(p, 4) == without);
        EXPECT(n_told == (ranks.rank == 0 ? 3 : 0));
    }
    ranks_finish();
}

RANKS_MAIN
