/* test_workers.c - ranks of several blocks, and blocks that differ, in a play.
 */
#include "check.h"

#include "schedule/timeline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_BLOCKS = 7 };

static double draw(double least, double most)
{
    return least + (most - least) * (double)rand() / (double)RAND_MAX;
}

/* Fresh durations, told with a failure. */
static unsigned shuffle(sidle_play_times *times)
{
    static unsigned seed = 20240605u;

    srand(++seed);
    for (int b = 0; b < MAX_BLOCKS; b++)
        times[b] =
            (sidle_play_times){draw(0.5, 2.0), draw(0.5, 2.0), draw(0.5, 2.0),
                               draw(0.0, 0.7), draw(0.0, 0.5)};
    return seed;
}

typedef void (*plan_check)(const sidle_plan *plan);

static void for_all_plans(plan_check check)
{
    const char *const *names;
    int n = sidle_schedule_names(&names);

    for (int i = 0; i < n; i++)
        for (int d = 1; d <= MAX_BLOCKS; d++)
            for (int u = 1; u <= 4; u += 3) {
                sidle_plan plan = {.schedule = sidle_schedule_find(names[i]),
                                   .n_blocks = d,
                                   .update_every = u,
                                   .steps = 2 * d + u + 5,
                                   .eval_every = 4,
                                   .eval_items = 2};

                plan.sums_norms = plan.schedule->is_flushed;
                check(&plan);
            }
}

static void play(const sidle_plan *plan, const sidle_play *how,
                 sidle_timeline *t)
{
    if (sidle_timeline_of(plan, how, t) != SIDLE_OK)
        fail_msg("%s", sidle_fail_text());
}

static double idle_of(const sidle_timeline *t, int worker)
{
    return sidle_worker_idle(t->play, t->plan->n_blocks, t->played, worker);
}

/* ---- a worker a block */

static void check_own_workers(const sidle_plan *plan)
{
    static const int each[MAX_BLOCKS] = {0, 1, 2, 3, 4, 5, 6};
    sidle_play_times times[MAX_BLOCKS];
    sidle_play how = {.of_block = times};
    sidle_timeline alone, together;

    shuffle(times);
    play(plan, &how, &alone);
    how.worker = each;
    play(plan, &how, &together);
    assert_memory_equal(alone.played, together.played,
                        (size_t)plan->n_blocks * sizeof(*alone.played));
    sidle_timeline_done(&alone);
    sidle_timeline_done(&together);
}

TEST(a_worker_a_block_is_the_plain_play)
{
    for_all_plans(check_own_workers);
}

/* ---- one worker, and some */

static double work_of(const sidle_timeline *t, int block)
{
    const sidle_played *p = &t->played[block - 1];
    const sidle_play_times *times = sidle_play_times_of(t->play, block);

    return (double)(p->forwards + p->evals + p->reruns) * times->forward +
           (double)p->input_grads * times->input_grad +
           (double)p->weight_grads * times->weight_grad +
           (double)p->updates * times->update;
}

static void check_one_worker(const sidle_plan *plan)
{
    static const int same[MAX_BLOCKS];
    sidle_play_times times[MAX_BLOCKS];
    sidle_play how = {.of_block = times, .worker = same};
    sidle_timeline t;
    double work = 0.0;

    shuffle(times);
    play(plan, &how, &t);
    for (int b = 1; b <= plan->n_blocks; b++)
        work += work_of(&t, b);
    assert_true(fabs(t.end - work) < 1e-9 * work);
    assert_true(fabs(idle_of(&t, 0)) < 1e-9);
    sidle_timeline_done(&t);
}

TEST(one_worker_is_never_idle)
{
    for_all_plans(check_one_worker);
}

static int by_begin(const void *a, const void *b)
{
    const sidle_event *x = a, *y = b;

    return (x->begin > y->begin) - (x->begin < y->begin);
}

static double length_of(const sidle_timeline *t, const sidle_event *span)
{
    const sidle_play_times *times = sidle_play_times_of(t->play, span->block);

    switch (span->kind) {
    case SIDLE_EVENT_INPUT_GRAD:
        return times->input_grad;
    case SIDLE_EVENT_WEIGHT_GRAD:
        return times->weight_grad;
    case SIDLE_EVENT_UPDATE:
        return times->update;
    default: /* also run again, also of an evaluation */
        return times->forward;
    }
}

/* Every deed that was counted is a span, as long as it takes. */
static void check_lengths(const sidle_timeline *t)
{
    int64_t n[MAX_BLOCKS][SIDLE_N_EVENT_KINDS] = {{0}};

    for (size_t i = 0; i < t->n_spans; i++) {
        const sidle_event *s = &t->spans[i];

        n[s->block - 1][s->kind]++;
        assert_true(fabs(s->end - s->begin - length_of(t, s)) < 1e-9);
    }
    for (int b = 0; b < t->plan->n_blocks; b++) {
        const sidle_played *p = &t->played[b];

        assert_int_equal(n[b][SIDLE_EVENT_FORWARD], p->forwards);
        assert_int_equal(n[b][SIDLE_EVENT_INPUT_GRAD], p->input_grads);
        assert_int_equal(n[b][SIDLE_EVENT_WEIGHT_GRAD], p->weight_grads);
        assert_int_equal(n[b][SIDLE_EVENT_RERUN], p->reruns);
        assert_int_equal(n[b][SIDLE_EVENT_UPDATE], p->updates);
        assert_int_equal(n[b][SIDLE_EVENT_EVAL], p->evals);
    }
}

/* No worker does two things at once; what it was idle is what is left. */
static void check_spans(sidle_timeline *t, const int *worker)
{
    double until[MAX_BLOCKS] = {0}, busy[MAX_BLOCKS] = {0};
    int n = sidle_play_worker(t->play, t->plan->n_blocks) + 1;

    qsort(t->spans, t->n_spans, sizeof(*t->spans), by_begin);
    for (size_t i = 0; i < t->n_spans; i++) {
        const sidle_event *s = &t->spans[i];
        int w = worker[s->block - 1];

        assert_true(s->begin >= until[w] - 1e-9);
        until[w] = s->end;
        busy[w] += s->end - s->begin;
    }
    for (int w = 0; w < n; w++)
        assert_true(fabs(idle_of(t, w) - (1.0 - busy[w] / t->end)) < 1e-9);
}

static double span_of(const sidle_timeline *t, int block, sidle_event_kind kind,
                      int64_t item, int is_end)
{
    for (size_t i = 0; i < t->n_spans; i++) {
        const sidle_event *s = &t->spans[i];

        if (s->block == block && s->kind == (int32_t)kind && s->item == item)
            return is_end ? s->end : s->begin;
    }
    fail_msg("block %d has no span of kind %d of item %d", block, (int)kind,
             (int)item);
    return 0.0;
}

/* A message has arrived before it is used; inside a worker at once. */
static void check_messages(const sidle_timeline *t, const int *worker)
{
    for (int b = 1; b < t->plan->n_blocks; b++)
        for (int64_t k = 1; k <= t->plan->steps; k++) {
            int is_inside = worker[b - 1] == worker[b];
            double up = is_inside ? 0.0 : t->play->of_block[b - 1].transfer;
            double down = is_inside ? 0.0 : t->play->of_block[b].transfer;

            assert_true(span_of(t, b + 1, SIDLE_EVENT_FORWARD, k, 0) >=
                        span_of(t, b, SIDLE_EVENT_FORWARD, k, 1) + up - 1e-9);
            assert_true(span_of(t, b, SIDLE_EVENT_INPUT_GRAD, k, 0) >=
                        span_of(t, b + 1, SIDLE_EVENT_INPUT_GRAD, k, 1) + down -
                            1e-9);
        }
}

static void check_some_workers(const sidle_plan *plan)
{
    int worker[MAX_BLOCKS] = {0};
    sidle_play_times times[MAX_BLOCKS];
    sidle_play how = {.of_block = times, .worker = worker};
    sidle_timeline t;

    shuffle(times);
    for (int b = 1; b < plan->n_blocks; b++)
        worker[b] = worker[b - 1] + rand() % 2;
    play(plan, &how, &t);
    check_messages(&t, worker);
    check_lengths(&t);
    check_spans(&t, worker);
    sidle_timeline_done(&t);
}

TEST(some_workers_do_one_thing_at_a_time)
{
    for_all_plans(check_some_workers);
}

/* Two ranks of two blocks each and one item, by hand: forwards end at 1 and 2,
 * the message is there at 2.5, forwards end at 3.5 and 4.5, and the gradient of
 * the last block's input at 5.5. From 2.5 on the second rank is never idle. */
TEST(two_ranks_of_two_blocks_by_hand)
{
    static const int worker[] = {0, 0, 1, 1};
    const sidle_plan plan = {.schedule = sidle_schedule_find("1f1b"),
                             .n_blocks = 4,
                             .update_every = 1,
                             .steps = 1};
    const sidle_play how = {.times = {1.0, 1.0, 2.0, 0.5, 0.25},
                            .worker = worker};
    sidle_timeline t;

    play(&plan, &how, &t);
    assert_true(span_of(&t, 4, SIDLE_EVENT_INPUT_GRAD, 1, 1) == 5.5);
    assert_true(span_of(&t, 3, SIDLE_EVENT_FORWARD, 1, 0) == 2.5);
    assert_true(t.played[3].updates == 1 && t.played[0].updates == 1);
    assert_true(fabs(idle_of(&t, 1) - (1.0 - 8.5 / t.end)) < 1e-12);
    sidle_timeline_done(&t);
}

/* ---- blocks that differ */

/* The slowest block sets the pace of a stream: it alone is never idle. */
TEST(the_slowest_block_sets_the_pace)
{
    const sidle_play_times times[] = {{1.0, 1.0, 1.0, 0.0, 0.5},
                                      {2.0, 1.5, 1.0, 0.0, 0.25},
                                      {1.0, 1.0, 0.5, 0.0, 0.0}};
    const sidle_plan plan = {.schedule = sidle_schedule_find("pipedream"),
                             .n_blocks = 3,
                             .update_every = 2,
                             .steps = 200};
    const sidle_play how = {.of_block = times, .from = 50, .to = 150};
    sidle_timeline t;

    play(&plan, &how, &t);
    for (int b = 0; b < 3; b++) {
        double work = times[b].forward + times[b].input_grad +
                      times[b].weight_grad + times[b].update / 2.0;

        assert_true(fabs(t.played[b].length - 100.0 * 4.625) < 1e-9);
        assert_true(fabs(t.played[b].idle - (1.0 - work / 4.625)) < 1e-9);
    }
    sidle_timeline_done(&t);
}

TEST(workers_with_a_gap_are_refused)
{
    static const int gap[] = {0, 2}, falling[] = {0, 1, 0}, late[] = {1, 1};
    sidle_plan plan = {.schedule = sidle_schedule_find("1f1b"),
                       .n_blocks = 2,
                       .update_every = 1,
                       .steps = 1};
    sidle_play how = {.worker = gap};
    sidle_played played[3];

    assert_int_equal(sidle_plan_play(&plan, &how, played), SIDLE_EUSAGE);
    assert_string_equal(sidle_fail_text(),
                        "block 2 has worker 2, expected 0 or 1");
    how.worker = late;
    assert_int_equal(sidle_plan_play(&plan, &how, played), SIDLE_EUSAGE);
    plan.n_blocks = 3;
    how.worker = falling;
    assert_int_equal(sidle_plan_play(&plan, &how, played), SIDLE_EUSAGE);
}

TEST_MAIN
