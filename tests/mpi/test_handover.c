/* test_handover.c - a drained run goes on with other blocks and another
 * schedule. */
/* np: 4 */
/* with: kinds_test.c mpi/play.c mpi/play_share.c */
/* timeout: 180 */
#include "blocks.h"
#include "play.h"
#include "ranks.h"

#include "mpi/handover.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST = 6, ALL = 14, LAYERS = 4 };

static play perceiver_of(const char *schedule, int n_blocks, int64_t start,
                         int64_t steps)
{
    play p = play_of(schedule, n_blocks, steps);

    p.kind = NULL;
    p.layers = LAYERS;
    p.dropout = 0.1;
    p.start = start;
    p.optim = (sidle_optim_config){.kind = SIDLE_NADAM,
                                   .lr = 0.01,
                                   .warmup = 3,
                                   .decay = SIDLE_DECAY_COSINE,
                                   .decay_steps = ALL,
                                   .final_lr = 0.1,
                                   .beta1 = 0.9,
                                   .beta2 = 0.99,
                                   .eps = 1e-8};
    return p;
}

/* A number for the bits of all parameters, whatever blocks they are in. */
static uint64_t digest_params(const play *p)
{
    uint64_t mine = 0, all = 0;

    for (int i = 0; i < n_blocks_of(p->runner); i++) {
        const sidle_block *b = block_of(p->runner, i);

        for (int l = b->first_layer; l < b->first_layer + b->n_layers; l++)
            for (int k = 0; k < p->model->layers[l].n_params; k++) {
                const sidle_param *param = &p->model->layers[l].params[k];
                size_t n = (size_t)param->dims[0] *
                           (size_t)(param->n_dims == 2 ? param->dims[1] : 1);

                mine += play_digest_of(
                    sidle_block_weights(b) + sidle_block_param_offset(b, l, k),
                    n * sizeof(sidle_real), (uint64_t)(1000 * l + k));
            }
    }
    SIDLE_MPI(
        MPI_Allreduce(&mine, &all, 1, MPI_UINT64_T, MPI_SUM, p->comm.comm));
    return all;
}

/* Carry out `p` from its start to its end, drained, on `n` ranks; answers the
 * bits of its weights on those, and what it leaves on all. */
static uint64_t drain(play p, int n, sidle_handover **left)
{
    uint64_t digest = 0;

    *left = NULL;
    if (play_first_ranks(&ranks, n, &p.comm)) {
        play_open(&p);
        p.config.log_every = 0;
        play_start(&p);
        EXPECT(sidle_runner_run(p.runner) == SIDLE_OK);
        digest = digest_params(&p);
        EXPECT(sidle_handover_take(p.runner, left) == SIDLE_OK);
        play_close(&p);
        SIDLE_MPI(MPI_Comm_free(&p.comm.comm));
    } else {
        EXPECT(sidle_handover_take(NULL, left) == SIDLE_OK);
    }
    return digest;
}

typedef struct result {
    uint64_t weights;
    int64_t updates;
    int n_reports;
    sidle_report first;
    int64_t n_targets; /* of the first two reports */
    double sum;
} result;

/* Go on with it on `n` ranks. */
static result go_on(play p, int n, const sidle_handover *left, int is_new_rule)
{
    result r = {0};

    if (!play_first_ranks(&ranks, n, &p.comm))
        return r;
    play_open(&p);
    p.config.log_every = 4;
    play_start(&p);
    EXPECT(sidle_handover_give(left, p.runner, is_new_rule) == SIDLE_OK);
    EXPECT(sidle_runner_run(p.runner) == SIDLE_OK);
    r.weights = digest_params(&p);
    r.updates = sidle_runner_updates(p.runner);
    r.n_reports = p.n_reports;
    r.first = p.reports[0];
    play_close(&p);
    SIDLE_MPI(MPI_Comm_free(&p.comm.comm));
    return r;
}

static result one_run(play p)
{
    result r = {0};

    p.comm = ranks;
    play_open(&p);
    p.config.log_every = 4;
    play_start(&p);
    EXPECT(sidle_runner_run(p.runner) == SIDLE_OK);
    r.weights = digest_params(&p);
    r.updates = sidle_runner_updates(p.runner);
    r.n_reports = p.n_reports;
    r.n_targets = p.reports[0].n_targets + p.reports[1].n_targets;
    r.sum = p.reports[0].sum + p.reports[1].sum;
    play_close(&p);
    return r;
}

/* Schedules of one mathematics may take turns, on any blocks: every bit is that
 * of the run that never changed, reports included. */
TEST(exact_schedules_take_turns)
{
    static const struct {
        const char *before, *after;
        int blocks_before, blocks_after, ranks_before, ranks_after;
    } turns[] = {{"backprop", "1f1b", 4, 2, 1, 2},
                 {"gpipe", "zero-bubble", 2, 5, 2, 4},
                 {"1f1b", "backprop", 6, 4, 3, 3},
                 {"zero-bubble", "gpipe", 3, 6, 1, 4}};

    for (int u = 1; u <= 3; u += 2)
        for (size_t i = 0; i < sizeof(turns) / sizeof(*turns); i++) {
            play whole = perceiver_of("backprop", 4, 0, ALL);
            play before =
                perceiver_of(turns[i].before, turns[i].blocks_before, 0, FIRST);
            play after =
                perceiver_of(turns[i].after, turns[i].blocks_after, FIRST, ALL);
            sidle_handover *left;
            result expected, found;

            whole.update_every = before.update_every = after.update_every = u;
            expected = one_run(whole);
            drain(before, turns[i].ranks_before, &left);
            found = go_on(after, turns[i].ranks_after, left, 0);
            if (ranks.rank < turns[i].ranks_after) {
                EXPECT(found.weights == expected.weights);
                EXPECT(found.updates == expected.updates);
            }
            if (ranks.rank == 0) {
                /* Items 1 to 6 were the old run's, 7 and 8 the new one's. */
                EXPECT(found.first.item == 8 && found.first.items == 8);
                EXPECT(found.first.n_targets == expected.n_targets);
                EXPECT(fabs(found.first.sum - expected.sum) < 1e-9);
                EXPECT(found.n_reports == expected.n_reports - 1);
            }
            sidle_handover_free(left);
        }
    ranks_finish();
}

/* A streaming schedule, drained, and any other one: the same bits on any number
 * of ranks before and after, and none are lost where no item follows. */
TEST(ranks_do_not_matter)
{
    static const char *const names[] = {"pipedream", "sideways", "delayed",
                                        "zero-bubble"};

    for (int i = 0; i < 4; i++) {
        play before = perceiver_of(names[i], 4, 0, FIRST);
        play after = perceiver_of(names[(i + 1) % 4], 3, FIRST, ALL);
        play nothing = perceiver_of(names[(i + 1) % 4], 3, FIRST, FIRST);
        uint64_t expected = 0;

        before.update_every = 2;
        for (int n = 1; n <= 3; n++) {
            sidle_handover *left;
            uint64_t drained = drain(before, n, &left);
            result r = go_on(nothing, n, left, 0);

            EXPECT(ranks.rank >= n || r.weights == drained);
            r = go_on(after, 3, left, 0);
            expected = n == 1 ? r.weights : expected;
            EXPECT(r.weights == expected);
            sidle_handover_free(left);
        }
    }
    ranks_finish();
}

/* Replicas: the first ranks of each chain had the old blocks. */
TEST(replicas_hand_over)
{
    play whole = perceiver_of("backprop", 2, 0, ALL);
    play before = perceiver_of("gpipe", 1, 0, FIRST);
    play after = perceiver_of("1f1b", 2, FIRST, ALL);
    sidle_handover *left;
    result expected, found;
    int is_in = ranks.rank % 2 == 0;

    whole.n_replicas = before.n_replicas = after.n_replicas = 2;
    expected = one_run(whole);
    before.comm = ranks;
    SIDLE_MPI(MPI_Comm_split(ranks.comm, is_in ? 0 : MPI_UNDEFINED, ranks.rank,
                             &before.comm.comm));
    if (is_in) {
        before.comm.rank = ranks.rank / 2;
        before.comm.size = 2;
        play_open(&before);
        before.config.log_every = 0;
        play_start(&before);
        EXPECT(sidle_runner_run(before.runner) == SIDLE_OK);
        EXPECT(sidle_handover_take(before.runner, &left) == SIDLE_OK);
        play_close(&before);
        SIDLE_MPI(MPI_Comm_free(&before.comm.comm));
    } else {
        EXPECT(sidle_handover_take(NULL, &left) == SIDLE_OK);
    }
    found = go_on(after, 4, left, 0);
    EXPECT(found.weights == expected.weights);
    if (ranks.rank == 0) {
        EXPECT(found.first.item == 8 && found.first.items == 8);
        EXPECT(found.first.n_targets == expected.n_targets);
        EXPECT(fabs(found.first.sum - expected.sum) < 1e-9);
    }
    sidle_handover_free(left);
    ranks_finish();
}

/* Another rule has no use for the old one's state; its bias correction begins
 * anew, the schedule's counter goes on. Without that word it is missing. */
TEST(another_rule_begins_from_zero)
{
    play before = perceiver_of("backprop", 2, 0, FIRST);
    play after = perceiver_of("backprop", 4, FIRST, ALL);
    play refused = after;
    sidle_handover *left;
    result r;

    before.optim.kind = SIDLE_SGD;
    drain(before, 2, &left);
    r = go_on(after, 4, left, 1);
    EXPECT(r.updates == ALL);
    refused.comm = ranks;
    play_open(&refused);
    play_start(&refused);
    EXPECT(sidle_handover_give(left, refused.runner, 0) == SIDLE_EDATA);
    play_close(&refused);
    sidle_handover_free(left);
    ranks_finish();
}

/* Predictions are the new run's business: it begins with its weights. */
TEST(a_run_that_predicts_takes_over)
{
    play before = perceiver_of("pipedream", 4, 0, FIRST);
    play after = perceiver_of("pipedream", 3, FIRST, ALL);
    play nothing = perceiver_of("pipedream", 3, FIRST, FIRST);
    sidle_handover *left;
    uint64_t drained;
    result r;

    before.optim.predict = nothing.optim.predict = after.optim.predict = 1;
    drained = drain(before, 2, &left);
    r = go_on(nothing, 2, left, 0);
    EXPECT(ranks.rank >= 2 || r.weights == drained);
    r = go_on(after, 3, left, 0);
    EXPECT(ranks.rank >= 3 || r.updates == ALL);
    sidle_handover_free(left);
    ranks_finish();
}

RANKS_MAIN
