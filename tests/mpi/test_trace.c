/* test_trace.c - what is recorded of a run: all that was done to the chosen
 * items, in an order that the messages allow, by clocks that do not agree. */
/* np: 1 2 3 */
/* with: mpi/play.c mpi/play_share.c kinds_test.c */
/* timeout: 180 */
#include "play.h"
#include "ranks.h"

#include "base/clock.h"
#include "schedule/check.h"

#include <unistd.h>

enum { D = 4, ITEMS = 10 };

/* Each rank's clock is 50 s ahead of the one before and gains 0.1 ms a second
 * on it: the order of things is lost unless the clocks are compared. */
static double strange_time(void *context)
{
    const play *p = context;

    return sidle_now() * (1.0 + 1e-4 * p->comm.rank) + 50.0 * p->comm.rank;
}

static play play_on_ranks(const char *schedule, int64_t steps, int update_every)
{
    play p = play_of(schedule, D, steps);

    p.comm = ranks;
    p.update_every = update_every;
    return p;
}

static sidle_status run_traced(play *p, int64_t items, sidle_trace *trace)
{
    sidle_status status;

    play_open(p);
    p->config.trace_items = items;
    p->config.hooks.now = strange_time;
    play_start(p);
    status = sidle_runner_run(p->runner);
    sidle_runner_trace(p->runner, trace);
    return status;
}

/* ---- looking */

static int64_t n_spans(const sidle_trace *t)
{
    const sidle_trace_rank *last = &t->ranks[t->n_ranks - 1];

    return last->first + last->count;
}

static const sidle_event *find(const sidle_trace *t, int block,
                               sidle_event_kind kind, int64_t item)
{
    for (int64_t i = 0; i < n_spans(t); i++)
        if (t->spans[i].block == block && t->spans[i].kind == (int)kind &&
            t->spans[i].item == item)
            return &t->spans[i];
    return NULL;
}

static int count(const sidle_trace *t, int block, sidle_event_kind kind,
                 int64_t item)
{
    int n = 0;

    for (int64_t i = 0; i < n_spans(t); i++)
        n += t->spans[i].block == block && t->spans[i].kind == (int)kind &&
             t->spans[i].item == item;
    return n;
}

static const sidle_trace_rank *rank_of(const sidle_trace *t, int block)
{
    const sidle_trace_rank *rank = t->ranks;

    while (block >= rank->first_block + rank->n_blocks)
        rank++;
    return rank;
}

/* ---- claims, of what rank 0 gathered */

static void expect_all_of_the_items(const sidle_trace *t)
{
    for (int64_t item = t->first_item; item <= t->last_item; item++)
        for (int block = 1; block <= D; block++) {
            EXPECT(count(t, block, SIDLE_EVENT_FORWARD, item) == 1);
            EXPECT(count(t, block, SIDLE_EVENT_INPUT_GRAD, item) == 1);
            EXPECT(count(t, block, SIDLE_EVENT_WEIGHT_GRAD, item) == 1);
        }
}

/* The update that holds an item comes with it or with one of the next U - 1. */
static void expect_updates(const sidle_trace *t, int update_every)
{
    for (int64_t item = t->first_item; item <= t->last_item; item++)
        for (int block = 1; block <= D; block++) {
            int n = 0;

            for (int64_t k = item; k < item + update_every; k++)
                n += count(t, block, SIDLE_EVENT_UPDATE, k);
            EXPECT(n == 1);
        }
}

/* A rank does one thing at a time. */
static void expect_no_overlap(const sidle_trace *t)
{
    for (int r = 0; r < t->n_ranks; r++) {
        const sidle_event *spans = t->spans + t->ranks[r].first;
        int n_wrong = 0;

        for (int64_t i = 0; i < t->ranks[r].count; i++) {
            n_wrong += spans[i].end < spans[i].begin;
            n_wrong += i > 0 && spans[i].begin < spans[i - 1].end - 1e-9;
        }
        EXPECT(n_wrong == 0);
        EXPECT(t->ranks[r].n_lost == 0);
    }
}

static void expect_after(const sidle_trace *t, const sidle_event *later,
                         const sidle_event *sooner)
{
    EXPECT(later != NULL && sooner != NULL);
    if (later != NULL && sooner != NULL)
        EXPECT(later->begin >= sooner->end - rank_of(t, later->block)->error -
                                   rank_of(t, sooner->block)->error - 1e-6);
}

static void expect_causality(const sidle_trace *t)
{
    for (int64_t item = t->first_item; item <= t->last_item; item++)
        for (int b = 1; b < D; b++) {
            expect_after(t, find(t, b + 1, SIDLE_EVENT_FORWARD, item),
                         find(t, b, SIDLE_EVENT_FORWARD, item));
            expect_after(t, find(t, b, SIDLE_EVENT_INPUT_GRAD, item),
                         find(t, b + 1, SIDLE_EVENT_INPUT_GRAD, item));
        }
}

/* Where the figures of each rank end. */
static void expect_the_next_forward(const sidle_trace *t)
{
    for (int r = 0; r < t->n_ranks; r++)
        EXPECT(find(t, t->ranks[r].first_block, SIDLE_EVENT_FORWARD,
                    t->last_item + 1) != NULL);
}

/* ---- tests */

static const char *const schedules[] = {
    "backprop", "gpipe",         "1f1b",    "zero-bubble",
    "sideways", "sideways-1f1b", "delayed", "pipedream"};

TEST(all_that_was_done_to_the_items_is_there)
{
    for (size_t i = 0; i < sizeof(schedules) / sizeof(*schedules); i++)
        for (int U = 1; U <= 3; U += 2) {
            play p = play_on_ranks(schedules[i], 36, U);
            sidle_trace t;

            EXPECT(run_traced(&p, ITEMS, &t) == SIDLE_OK);
            EXPECT(t.n_ranks == (ranks.rank == 0 ? ranks.size : 0));
            if (ranks.rank == 0) {
                /* 2 D items of warm-up, whole updates */
                EXPECT(t.after == 0 && t.first_item == (U == 1 ? 9 : 10));
                EXPECT(t.last_item == t.first_item + (U == 1 ? 10 : 12) - 1);
                expect_the_next_forward(&t);
                expect_all_of_the_items(&t);
                expect_updates(&t, U);
                expect_no_overlap(&t);
                expect_causality(&t);
            }
            sidle_trace_done(&t);
            play_close(&p);
        }
    ranks_finish();
}

TEST(nothing_is_recorded_by_default)
{
    play p = play_on_ranks("sideways", 20, 1);
    sidle_trace t = {.n_ranks = 7};

    EXPECT(play_run(&p) == SIDLE_OK);
    sidle_runner_trace(p.runner, &t);
    EXPECT(t.n_ranks == 0 && t.spans == NULL);
    sidle_trace_done(&t);
    sidle_trace_done(NULL);
    play_close(&p);
    ranks_finish();
}

TEST(a_short_run_is_recorded_whole)
{
    const struct {
        int64_t steps, items, first;
    } runs[] = {{6, 100, 1}, {12, 8, 5}, {12, 12, 1}, {1, 1, 1}};

    for (int i = 0; i < 4; i++) {
        play p = play_on_ranks("pipedream", runs[i].steps, 1);
        sidle_trace t;

        EXPECT(run_traced(&p, runs[i].items, &t) == SIDLE_OK);
        if (ranks.rank == 0) {
            EXPECT(t.first_item == runs[i].first);
            EXPECT(t.last_item == runs[i].steps);
            expect_all_of_the_items(&t);
            expect_updates(&t, 1);
            expect_no_overlap(&t);
        }
        sidle_trace_done(&t);
        play_close(&p);
    }
    ranks_finish();
}

/* Where the weights have changed since, and nowhere else. */
TEST(a_forward_that_runs_again_is_told)
{
    play p = play_on_ranks("delayed", 60, 1);
    sidle_trace t;

    EXPECT(run_traced(&p, ITEMS, &t) == SIDLE_OK);
    for (int64_t k = t.first_item; t.n_ranks > 0 && k <= t.last_item; k++)
        for (int block = 1; block <= D; block++)
            EXPECT(count(&t, block, SIDLE_EVENT_RERUN, k) == (block < D));
    sidle_trace_done(&t);
    play_close(&p);
    ranks_finish();
}

static int64_t n_reruns(const sidle_trace *t, int block)
{
    int64_t n = 0;

    for (int64_t i = 0; i < n_spans(t); i++)
        n +=
            t->spans[i].block == block && t->spans[i].kind == SIDLE_EVENT_RERUN;
    return n;
}

/* What the play of the plan says before: it knows no weights. */
TEST(the_play_knows_which_forwards_run_again)
{
    const char *const names[] = {"sideways", "sideways-1f1b", "delayed",
                                 "pipedream", "1f1b"};
    const sidle_play times = {.times = {1.0, 1.0, 1.0, 0.0, 0.0}};
    int64_t n_all[2] = {0, 0};

    for (int k = 0; k < 20; k++) {
        play p = play_on_ranks(names[k / 4], 24, k % 2 ? 1 : 3);
        sidle_played played[D];
        sidle_trace t;

        p.optim.predict = k / 2 % 2;
        EXPECT(run_traced(&p, 24, &t) == SIDLE_OK);
        p.plan.looks_ahead = p.optim.predict;
        EXPECT(sidle_plan_play(&p.plan, &times, played) == SIDLE_OK);
        for (int block = 1; t.n_ranks > 0 && block <= D; block++) {
            EXPECT(n_reruns(&t, block) == played[block - 1].reruns);
            n_all[p.optim.predict] += played[block - 1].reruns;
        }
        sidle_trace_done(&t);
        play_close(&p);
    }
    EXPECT(ranks.rank > 0 || (0 < n_all[0] && n_all[0] < n_all[1]));
    ranks_finish();
}

static sidle_status save_nothing(void *context, int64_t item, int is_stopping)
{
    (void)context;
    (void)item;
    (void)is_stopping;
    return SIDLE_OK;
}

TEST(evaluations_and_saves_are_recorded)
{
    play p = play_on_ranks("pipedream", 60, 1);
    sidle_trace t;
    int n_evals = 0, n_saves = 0;

    p.save_at = 14;
    play_open(&p);
    p.plan.eval_every = 2;
    p.plan.eval_items = 5;
    p.config.trace_items = 12;
    p.config.on_save = save_nothing;
    play_start(&p);
    EXPECT(sidle_runner_run(p.runner) == SIDLE_OK);
    sidle_runner_trace(p.runner, &t);
    for (int64_t i = 0; t.n_ranks > 0 && i < n_spans(&t); i++) {
        n_evals += t.spans[i].kind == SIDLE_EVENT_EVAL;
        n_saves += t.spans[i].kind == SIDLE_EVENT_IO;
    }
    if (ranks.rank == 0) {
        EXPECT(n_evals >= D * 5 * 5);
        EXPECT(n_saves == ranks.size);
        expect_no_overlap(&t);
    }
    sidle_trace_done(&t);
    play_close(&p);
    ranks_finish();
}

TEST(a_stopped_run_gives_what_it_has)
{
    play p = play_on_ranks("sideways", 1000, 1);
    sidle_trace t;

    p.stop_at = 40;
    EXPECT(run_traced(&p, 200, &t) == SIDLE_ESTOPPED);
    if (ranks.rank == 0) {
        EXPECT(find(&t, 1, SIDLE_EVENT_FORWARD, 40) != NULL);
        EXPECT(find(&t, 1, SIDLE_EVENT_FORWARD, 41) == NULL);
        expect_no_overlap(&t);
    }
    sidle_trace_done(&t);
    play_close(&p);
    ranks_finish();
}

/* The last block sleeps before its forward: the ranks before it wait for what
 * comes from the right. */
static void dawdle(void *context, int block, const sidle_instr *instr)
{
    (void)context;
    if (block == D && instr->op == SIDLE_OP_INPUT_GRAD)
        usleep(2000);
}

TEST(a_wait_says_for_whom)
{
    play p = play_on_ranks("1f1b", 30, 2);
    double left = 0.0, right = 0.0;
    sidle_trace t;

    play_open(&p);
    p.config.trace_items = ITEMS;
    p.config.hooks.on_instr = dawdle;
    play_start(&p);
    EXPECT(sidle_runner_run(p.runner) == SIDLE_OK);
    sidle_runner_trace(p.runner, &t);
    for (int64_t i = 0; t.n_ranks > 0 && i < t.ranks[0].count; i++) {
        const sidle_event *span = &t.spans[i];

        if (span->kind == SIDLE_EVENT_WAIT_LEFT)
            left += span->end - span->begin;
        if (span->kind == SIDLE_EVENT_WAIT_RIGHT)
            right += span->end - span->begin;
    }
    if (ranks.rank == 0)
        EXPECT(left == 0.0 && (ranks.size == 1 ? right == 0.0 : right > 0.01));
    sidle_trace_done(&t);
    play_close(&p);
    ranks_finish();
}

RANKS_MAIN
