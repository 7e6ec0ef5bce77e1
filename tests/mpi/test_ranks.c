/* test_ranks.c - ranks and their pace change no bit (P14, P26). */
/* np: 5 */
/* with: kinds_test.c mpi/play.c mpi/play_share.c */
/* timeout: 240 */
#include "blocks.h"
#include "play.h"
#include "ranks.h"

static const char *const names[] = {"backprop", "sideways", "pipedream"};

/* The bits of a run: weights of all blocks, and what rank 0 was told. */
typedef struct bits {
    uint64_t weights, losses, evals;
} bits;

static uint64_t reports_of(const play *p, int is_eval)
{
    uint64_t digest = 0;

    for (int i = 0; i < p->n_reports; i++) {
        const sidle_report *r = &p->reports[i];

        EXPECT(r->busy >= 0.0 && r->busy <= 1.0);
        if (r->is_eval == is_eval)
            digest = play_digest_of_report(r, digest);
    }
    return digest;
}

static bits bits_of(play p, int64_t eval_every)
{
    bits b;

    play_open(&p);
    p.plan.eval_every = eval_every;
    p.plan.eval_items = 3;
    p.config.log_every = 4;
    play_start(&p);
    EXPECT(sidle_runner_run(p.runner) == SIDLE_OK);
    b = (bits){play_digest(&p), reports_of(&p, 0), reports_of(&p, 1)};
    play_close(&p);
    return b;
}

/* The same run on 1 to 5 ranks, and alone on each rank, with and
 * without evaluations. */
static void expect_same_bits(const play *what)
{
    play alone = *what;
    bits expected;

    alone.is_sleepy = 0;
    expected = bits_of(alone, 3);
    EXPECT(bits_of(alone, 0).weights == expected.weights);
    EXPECT(bits_of(alone, 0).evals == 0 && expected.evals != 0);
    for (int n = 1; n <= ranks.size; n++) {
        play p = *what;
        bits b;

        if (!play_first_ranks(&ranks, n, &p.comm))
            continue;
        b = bits_of(p, 3);
        EXPECT(b.weights == expected.weights);
        EXPECT(ranks.rank > 0 || b.losses == expected.losses);
        EXPECT(ranks.rank > 0 || b.evals == expected.evals);
        SIDLE_MPI(MPI_Comm_free(&p.comm.comm));
    }
}

static play perceiver_run(const char *schedule, int U)
{
    play p = play_of(schedule, 5, 11);

    p.kind = NULL; /* dropout is on */
    p.update_every = U;
    p.optim.kind = SIDLE_NADAM;
    p.optim.lr = 0.01;
    p.optim.clip = 0.5;
    p.is_sleepy = 1;
    p.skipped = 5;
    return p;
}

TEST(ranks_sleeps_and_evaluations_change_no_bit)
{
    for (int k = 0; k < 3; k++)
        for (int U = 1; U <= 3; U += 2) {
            play p = perceiver_run(names[k], U);

            expect_same_bits(&p);
        }
    ranks_finish();
}

TEST(other_schedules_too)
{
    const char *const others[] = {"gpipe", "1f1b", "zero-bubble",
                                  "sideways-1f1b", "delayed"};

    for (int k = 0; k < 5; k++)
        for (int U = 1; U <= 3; U += 2) {
            play p = perceiver_run(others[k], U);

            expect_same_bits(&p);
        }
    ranks_finish();
}

/* Rates of the blocks, too. */
TEST(rules_of_streams_too)
{
    const double rates[5] = {0.01, 0.02, 0.03, 0.04, 0.05};

    for (int k = 0; k < 3; k++) {
        play p = perceiver_run(names[k], 1);

        p.optim.kind = SIDLE_RMSPROP;
        p.optim.orthogonal = 1;
        p.optim.orthogonal_beta = 0.9;
        p.block_lr = rates;
        expect_same_bits(&p);
    }
    ranks_finish();
}

/* What the log shows, too: flushed schedules are one and the same training,
 * clipped over all blocks (in a part of its own) or not. */
TEST(flushed_schedules_report_the_same)
{
    const char *const flushed[] = {"gpipe", "1f1b", "zero-bubble"};

    for (int U = 1; U <= 3; U++)
        for (int is_global = 0; is_global < 2; is_global++) {
            play p = perceiver_run("backprop", U);
            bits expected;

            p.is_global = is_global;
            p.is_sleepy = 0;
            expected = bits_of(p, 3);
            for (int k = 0; k < 3; k++) {
                bits b;

                p.schedule = flushed[k];
                b = bits_of(p, 3);
                EXPECT(b.weights == expected.weights);
                EXPECT(b.losses == expected.losses);
                EXPECT(b.evals == expected.evals);
            }
        }
    ranks_finish();
}

/* The tests above would pass if nothing were learned. */
TEST(what_should_change_the_bits_does)
{
    play p = perceiver_run("sideways", 1);
    bits was = bits_of(p, 0);

    p.seed++;
    EXPECT(bits_of(p, 0).weights != was.weights);
    p.seed--;
    p.schedule = "pipedream";
    EXPECT(bits_of(p, 0).weights != was.weights);
    p.schedule = "sideways";
    p.optim.lr *= 1.01;
    EXPECT(bits_of(p, 0).weights != was.weights);
    EXPECT(bits_of(p, 0).losses != was.losses);
    p.optim.lr /= 1.01;
    p.block_lr = (const double[5]){0.01, 0.01, 0.01, 0.01, 0.01};
    EXPECT(bits_of(p, 0).weights == was.weights);
    p.block_lr = (const double[5]){0.01, 0.01, 0.011, 0.01, 0.01};
    EXPECT(bits_of(p, 0).weights != was.weights);
    ranks_finish();
}

/* Losses of a net that is not trained but has a head, with so much dropout. */
static bits bits_with_dropout(double dropout)
{
    play p = perceiver_run("pipedream", 1);
    const sidle_block *last;
    bits b;

    p.is_frozen = 1;
    p.dropout = dropout;
    play_open(&p);
    p.plan.eval_every = 3;
    p.plan.eval_items = 3;
    play_start(&p);
    last = block_of(p.runner, 4);
    check_random(1, "head", (ptrdiff_t)last->weights,
                 sidle_block_weights(last));
    EXPECT(sidle_runner_run(p.runner) == SIDLE_OK);
    b = (bits){play_digest(&p), reports_of(&p, 0), 0};
    for (int i = 0; i < p.n_reports; i++)
        if (p.reports[i].is_eval)
            b.evals =
                play_digest_of(&p.reports[i].sum, sizeof(double), b.evals);
    play_close(&p);
    return b;
}

TEST(an_evaluation_drops_nothing_out)
{
    bits with = bits_with_dropout(0.2), without = bits_with_dropout(0.0);

    EXPECT(with.losses != without.losses);
    EXPECT(with.evals == without.evals && with.evals != 0);
    ranks_finish();
}

/* Every item is in one report, the rest in the last. */
TEST(reports_count_each_item_once)
{
    play p = perceiver_run("sideways", 1);
    const int64_t last[] = {4, 8, 11};

    p.comm = ranks;
    p.skipped = 0;
    play_open(&p);
    p.config.log_every = 4;
    play_start(&p);
    EXPECT(sidle_runner_run(p.runner) == SIDLE_OK);
    EXPECT(p.n_reports == (ranks.rank == 0 ? 3 : 0));
    for (int i = 0; i < p.n_reports; i++) {
        EXPECT(p.reports[i].item == last[i]);
        EXPECT(p.reports[i].items == (i < 2 ? 4 : 3));
        EXPECT(p.reports[i].n_targets > 0 && p.reports[i].sum > 0.0);
    }
    play_close(&p);
    ranks_finish();
}

RANKS_MAIN
