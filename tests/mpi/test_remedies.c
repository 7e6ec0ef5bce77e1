/* test_remedies.c - remedies for late gradients in a run: every block has them
 * at its own delay, and neither ranks nor flushed schedules see a difference.
 */
/* np: 3 */
/* with: kinds_test.c mpi/play.c mpi/play_share.c */
/* timeout: 180 */
#include "blocks.h"
#include "play.h"
#include "ranks.h"

#include <math.h>
#include <string.h>

enum { D = 4, MOST = 64, MOST_RECORDS = 32, N_X = PLAY_ROWS * PLAY_WIDTH };

/* Of a tick schedule the delays are twice those of the others. */
static double delay_of(const play *p, int block)
{
    int is_tick = strcmp(p->schedule, "sideways") == 0 ||
                  strcmp(p->schedule, "delayed") == 0;

    return (is_tick ? 2.0 : 1.0) * (p->n_blocks - block) / p->update_every;
}

static play recorded(const char *schedule, int U, int64_t steps)
{
    play p = play_of(schedule, D, steps);

    p.update_every = U;
    p.is_recorded = 1;
    p.optim.momentum = 0.8;
    return p;
}

/* A block's gradients in the order in which they came. */
static int list_of(const play *p, int block,
                   const play_record *list[MOST_RECORDS])
{
    int n = 0;

    for (int i = 0; i < p->n_records; i++)
        if (p->records[i].block == block && n < MOST_RECORDS)
            list[n++] = &p->records[i];
    return n;
}

/* ---- what an update makes of a gradient */

/* PipeMare's first technique, spike compensation, look-ahead, for SGD with
 * momentum: the step of update `k` at delay tau, v in and out. */
static double step_of(const sidle_optim_config *c, double tau, int64_t k,
                      double g, double *v)
{
    double m = c->momentum, rate = c->lr;

    if (c->delay_rescale > 0 && tau > 1.0)
        rate /= pow(tau, 1.0 - fmin((double)k / (double)c->delay_rescale, 1));
    if (c->lookahead > 0.0 && tau > 0.0) {
        double higher = m + (c->lookahead - m) * fmin(tau / D, 1.0);

        *v = higher * *v + g;
        return rate * (1.0 - higher) / (1.0 - m) * (g + higher * *v);
    }
    *v = m * *v + g;
    if (c->spike_compensation)
        return rate * (pow(m, tau) * *v + (1.0 - pow(m, tau)) / (1.0 - m) * g);
    return rate * *v;
}

/* Each block's weights, from the gradients that it recorded. */
static void expect_path(const play *p, int block)
{
    const play_record *list[MOST_RECORDS];
    const sidle_block *b = block_of(p->runner, block - 1);
    int U = p->update_every, n_updates = list_of(p, block, list) / U;
    double tau = delay_of(p, block), worst = 0.0;

    EXPECT(n_updates * U == p->steps);
    for (size_t j = 0; j < b->weights; j++) {
        double w = (double)list[0]->w[j], v = 0.0;

        for (int k = 0; k < n_updates; k++) {
            const sidle_real *now = k + 1 < n_updates ? list[(k + 1) * U]->w
                                                      : sidle_block_weights(b);
            double g = (double)list[(k + 1) * U - 1]->grad[j] / U;

            w -= step_of(&p->optim, tau, k, g, &v);
            worst = fmax(worst, fabs(w - (double)now[j]));
        }
    }
    EXPECT(worst < 2e-6);
}

static void expect_paths(const char *schedule, int U, sidle_optim_config optim)
{
    play p = recorded(schedule, U, 12);

    optim.momentum = p.optim.momentum;
    optim.lr = p.optim.lr;
    optim.decay_steps = p.optim.decay_steps;
    optim.final_lr = p.optim.final_lr;
    p.optim = optim;
    EXPECT(play_run(&p) == SIDLE_OK);
    for (int block = 1; block <= D; block++)
        expect_path(&p, block);
    play_close(&p);
}

TEST(every_block_updates_by_its_own_delay)
{
    const char *const names[] = {"pipedream", "sideways", "delayed"};

    for (int i = 0; i < 3; i++)
        for (int U = 1; U <= 2; U++) {
            expect_paths(names[i], U, (sidle_optim_config){.delay_rescale = 5});
            expect_paths(names[i], U,
                         (sidle_optim_config){.spike_compensation = 1});
            expect_paths(names[i], U, (sidle_optim_config){.lookahead = 0.95});
            expect_paths(names[i], U,
                         (sidle_optim_config){.lookahead = 0.95,
                                              .delay_rescale = 4,
                                              .predict = 1});
        }
    ranks_finish();
}

/* What the log shows as lr is the schedule's. */
TEST(reports_tell_the_rate_of_the_schedule)
{
    play p = play_of("pipedream", D, 6);

    p.optim.delay_rescale = 100;
    EXPECT(play_run(&p) == SIDLE_OK);
    EXPECT(p.n_reports > 0);
    for (int i = 0; i < p.n_reports; i++)
        EXPECT(p.reports[i].updates == 0 || p.reports[i].factor == 1.0);
    play_close(&p);
    ranks_finish();
}

/* ---- which weights a prediction is */

/* Blocks that do not predict, as functions of (weights, input). */
typedef struct oracle {
    const play *p;
    sidle_block *block[D + 1];
} oracle;

static oracle oracle_of(const play *p)
{
    const sidle_block_room room = {1, 1, 1, 0, 0};
    const int *first = p->partition.first;
    oracle o = {.p = p};

    for (int i = 1; i <= D; i++)
        EXPECT(sidle_block_new(p->model, i, first[i - 1],
                               first[i] - first[i - 1], &room,
                               &o.block[i]) == SIDLE_OK);
    return o;
}

static void oracle_close(oracle *o)
{
    for (int i = 1; i <= D; i++)
        sidle_block_free(o->block[i]);
}

/* With what weights block i ran `item` forward: updates made by then, each the
 * block's answer to one item, and the last one's difference times the delay. */
static void predicted(const oracle *o, int i, int64_t item, sidle_real *w)
{
    const play_record *list[MOST_RECORDS];
    double tau = delay_of(o->p, i);
    int64_t n = item - 1 - (int64_t)tau;

    list_of(o->p, i, list);
    n = n > 0 ? n : 0;
    for (size_t j = 0; j < o->block[i]->weights; j++) {
        double now = (double)list[n]->w[j];
        double before = (double)list[n > 0 ? n - 1 : 0]->w[j];

        w[j] = (sidle_real)(now + tau * (now - before));
    }
}

static sidle_block *fill(const oracle *o, int i, int64_t item,
                         const sidle_real *w, const sidle_real *x)
{
    sidle_block *b = o->block[i];
    sidle_slot *slot = &b->slots[0];

    memcpy(sidle_block_weights(b), w, b->weights * sizeof(*w));
    play_values(o->p, item, slot->fields[0], slot->fields[1]);
    if (i > 1)
        memcpy(slot->x, x, N_X * sizeof(*x));
    sidle_block_set_item(b, 0, item, 0, 0, 0);
    b->stamp++; /* other weights than last time */
    return b;
}

/* The input of block i for `item`: from the predictions of those before it. */
static void input_of(const oracle *o, int i, int64_t item, sidle_real *x)
{
    sidle_real w[MOST], before[N_X];

    if (i == 1)
        return;
    input_of(o, i - 1, item, before);
    predicted(o, i - 1, item, w);
    sidle_block_forward(fill(o, i - 1, item, w, before), 0, x);
}

/* Largest difference of a recorded gradient from the oracle's. */
static double difference(const oracle *o, const play_record *r, int is_stashed)
{
    sidle_real w[MOST], x[N_X] = {0}, y[N_X], dx[N_X];
    sidle_block *b;
    double worst = 0.0;

    input_of(o, r->block, r->at, x);
    if (is_stashed)
        predicted(o, r->block, r->at, w);
    else
        memcpy(w, r->w, o->block[r->block]->weights * sizeof(*w));
    b = fill(o, r->block, r->at, w, x);
    memset(b->grad, 0, b->weights * sizeof(*b->grad));
    sidle_block_forward(b, 0, b->is_last ? NULL : y);
    sidle_block_input_grad(b, 0, 0, r->dy, b->is_first ? NULL : dx);
    sidle_block_weight_grad(b, 0, 0, r->dy);
    for (size_t j = 0; j < b->weights; j++)
        worst = fmax(worst, fabs((double)b->grad[j] - (double)r->grad[j]));
    return worst;
}

TEST(gradients_are_those_of_predicted_forwards)
{
    const char *const names[] = {"pipedream", "delayed", "sideways",
                                 "sideways-1f1b"};

    for (int i = 0; i < 4; i++) {
        play p = recorded(names[i], 1, 14);
        oracle o;

        p.optim.predict = 1;
        EXPECT(play_run(&p) == SIDLE_OK);
        o = oracle_of(&p);
        EXPECT(p.n_records == 14 * D);
        for (int k = 0; k < p.n_records; k++)
            EXPECT(difference(&o, &p.records[k], p.plan.schedule->is_stashed) <
                   2e-6);
        oracle_close(&o);
        play_close(&p);
    }
    ranks_finish();
}

/* ---- ranks, and pipes that are flushed */

static uint64_t digest_on(play p, int n)
{
    uint64_t digest;

    if (!play_first_ranks(&ranks, n, &p.comm))
        return 0;
    p.is_sleepy = n > 1;
    play_open(&p);
    p.plan.eval_every = 4;
    p.plan.eval_items = 2;
    play_start(&p);
    EXPECT(sidle_runner_run(p.runner) == SIDLE_OK);
    digest = play_digest(&p);
    play_close(&p);
    SIDLE_MPI(MPI_Comm_free(&p.comm.comm));
    return digest;
}

static play perceiver_run(const char *schedule, sidle_optim_kind kind, int U)
{
    play p = play_of(schedule, D, 13);

    p.kind = NULL;
    p.update_every = U;
    p.optim.kind = kind;
    p.optim.momentum = kind == SIDLE_SGD ? 0.9 : 0.0;
    p.optim.lr = 0.01;
    p.optim.clip = 0.5;
    return p;
}

static void switch_on(sidle_optim_config *c, int is_ahead)
{
    c->delay_rescale = 5;
    c->predict = 1;
    c->spike_compensation = !is_ahead;
    c->lookahead = is_ahead ? 0.99 : 0.0;
}

TEST(the_number_of_ranks_changes_no_bit)
{
    const char *const names[] = {"pipedream", "sideways", "delayed"};

    for (int i = 0; i < 6; i++) {
        play off =
            perceiver_run(names[i % 3], (sidle_optim_kind)(i % 4), 1 + i % 2);
        play on = off;
        uint64_t one, two, three, without;

        switch_on(&on.optim, i >= 3 && on.optim.kind != SIDLE_ADAMW);
        one = digest_on(on, 1);
        two = digest_on(on, 2);
        three = digest_on(on, 3);
        without = digest_on(off, 1);
        EXPECT(ranks.rank > 0 ||
               (one == two && one == three && one != without));
    }
    ranks_finish();
}

TEST(where_nothing_is_late_no_bit_changes)
{
    const char *const names[] = {"backprop", "gpipe", "1f1b", "zero-bubble",
                                 "pipedream"};

    for (int i = 0; i < 5; i++)
        for (int kind = SIDLE_SGD; kind <= SIDLE_MUON; kind++) {
            play off = perceiver_run(names[i], (sidle_optim_kind)kind, 2);
            play on = off;
            uint64_t with, without;

            if (i == 4) /* one block has no delay */
                on.n_blocks = off.n_blocks = 1;
            switch_on(&on.optim, kind % 2);
            with = digest_on(on, 1);
            without = digest_on(off, 1);
            EXPECT(ranks.rank > 0 || (with == without && with != 0));
        }
    ranks_finish();
}

RANKS_MAIN
