/* test_check.c - every plan, played by all its blocks with narrow channels. */
#include "check.h"

#include "schedule/check.h"
#include "schedule/plan.h"

#include <string.h>

#define MAX_BLOCKS 12
#define MAX_STEPS 64

static const sidle_play unit_times = {.times = {1.0, 1.0, 0.0, 0.0, 0.0}};

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* What the observer wrote down. */
typedef struct notes {
    const sidle_plan *plan;
    int64_t forwards[MAX_BLOCKS + 1];
    int64_t grads_sent[MAX_BLOCKS + 1], grads_received[MAX_BLOCKS + 1];
    int64_t sent_at[MAX_BLOCKS + 1][MAX_STEPS + 1]; /* at each boundary */
    int64_t received_at[MAX_BLOCKS + 1][MAX_STEPS + 1];
} notes;

/* The item that a gradient meets: w ahead, or the round's last. */
static void note_gradient(const notes *n, int block, int64_t item)
{
    int64_t ahead = item + sidle_plan_head_start(n->plan, block);

    assert_int_equal(n->forwards[block],
                     smaller(ahead, sidle_plan_round(n->plan, item).last));
}

static void note(void *context, int block, const sidle_instr *instr,
                 double begin, double end)
{
    notes *n = context;

    assert_true(begin <= end);
    if (instr->op == SIDLE_OP_FORWARD && !instr->is_eval)
        n->forwards[block]++;
    if (instr->op == SIDLE_OP_INPUT_GRAD)
        note_gradient(n, block, instr->item);
    n->grads_sent[block] += instr->op == SIDLE_OP_SEND_GRAD;
    n->grads_received[block] += instr->op == SIDLE_OP_RECV_GRAD;
    if (instr->op == SIDLE_OP_BOUNDARY) {
        n->sent_at[block][instr->item] = n->grads_sent[block];
        n->received_at[block][instr->item] = n->grads_received[block];
    }
}

/* The promise at the head of plan.h. */
static void check_in_flight(const notes *n)
{
    for (int64_t k = 1; k <= n->plan->steps; k++)
        for (int i = 1; i < n->plan->n_blocks; i++) {
            sidle_round round = sidle_plan_round(n->plan, k);
            int64_t j = k - round.first + 1;
            int64_t w = sidle_plan_head_start(n->plan, i);
            int64_t above = sidle_plan_head_start(n->plan, i + 1);
            int64_t expected = smaller(j, w) - smaller(j, above);

            assert_int_equal(n->sent_at[i + 1][k] - n->received_at[i][k],
                             expected);
            assert_int_equal(
                sidle_plan_grads_in_flight(n->plan, &round, i - 1, k),
                expected);
        }
}

static void check_counts(const sidle_plan *plan, int block,
                         const sidle_played *p)
{
    int w = sidle_plan_head_start(plan, block);
    int64_t t = plan->steps, u = plan->update_every;

    assert_int_equal(p->forwards, t);
    assert_int_equal(p->input_grads, t);
    assert_int_equal(p->weight_grads, t);
    assert_int_equal(p->boundaries, t);
    assert_int_equal(p->updates, (t + u - 1) / u);
    assert_int_equal(p->acts_sent, block < plan->n_blocks ? t : 0);
    assert_int_equal(p->grads_sent, block > 1 ? t : 0);
    assert_int_equal(p->evals, plan->eval_every > 0
                                   ? t / plan->eval_every * plan->eval_items
                                   : 0);
    if (!plan->schedule->is_flushed && t > w) {
        int64_t lag = plan->schedule->is_newest ? w : 0;

        assert_int_equal(p->max_lag, lag);
        assert_true(p->max_staleness <= (w + u - 1) / u);
    }
    if (t > w + plan->update_every)
        assert_int_equal(p->max_kept, sidle_plan_slots(plan, block));
    if (t > w + plan->update_every)
        assert_int_equal(p->max_stashed, sidle_plan_stashes(plan, block));
    if (t > w && u == 1)
        assert_int_equal(p->max_versions, sidle_plan_versions(plan, block));
    /* w + 1 consecutive items are held: so many updates may lie inside. */
    if (t > w + 2 * u && plan->schedule->is_stashed)
        assert_int_equal(p->max_versions, (w + u - 1) / u + 1);
}

static void play(const sidle_plan *plan)
{
    sidle_played played[MAX_BLOCKS];
    notes n = {.plan = plan};
    sidle_play how = unit_times;

    how.on_instr = note;
    how.context = &n;
    if (sidle_plan_play(plan, &how, played) != SIDLE_OK)
        fail_msg("U = %d, T = %d: %s", plan->update_every, (int)plan->steps,
                 sidle_fail_text());
    for (int i = 0; i < plan->n_blocks; i++)
        check_counts(plan, i + 1, &played[i]);
    check_in_flight(&n);
}

TEST(every_plan_keeps_its_promises)
{
    const char *const *names;
    int n = sidle_schedule_names(&names);

    for (int i = 0; i < n; i++)
        for (int d = 1; d <= MAX_BLOCKS; d++)
            for (int u = 1; u <= 24; u++) {
                sidle_plan plan = {.schedule = sidle_schedule_find(names[i]),
                                   .n_blocks = d,
                                   .update_every = u,
                                   .eval_every = 5,
                                   .eval_items = 3};
                int64_t lengths[] = {1, u + 1, 2 * d + u + 3};

                plan.sums_norms = plan.schedule->is_flushed;
                for (int j = 0; j < 3; j++) {
                    plan.steps = lengths[j];
                    play(&plan);
                }
            }
}

/* Looking through all slots at each step would take minutes here: more than
 * CTest gives. */
TEST(what_is_held_is_counted_at_any_size)
{
    sidle_plan gpipe = {.schedule = sidle_schedule_find("gpipe"),
                        .n_blocks = 2,
                        .update_every = 200000,
                        .steps = 400001};
    sidle_plan stashed = {.schedule = sidle_schedule_find("pipedream"),
                          .n_blocks = 400,
                          .update_every = 1,
                          .steps = 1000};
    sidle_played played[400];

    assert_int_equal(sidle_plan_play(&gpipe, &unit_times, played), SIDLE_OK);
    check_counts(&gpipe, 1, &played[0]);
    check_counts(&gpipe, 2, &played[1]);
    assert_int_equal(sidle_plan_play(&stashed, &unit_times, played), SIDLE_OK);
    for (int i = 1; i <= stashed.n_blocks; i++)
        check_counts(&stashed, i, &played[i - 1]);
}

/* A plan that takes over from another one, which was drained. */
TEST(every_plan_may_begin_after_another)
{
    const char *const *names;
    int n = sidle_schedule_names(&names);
    sidle_played played[MAX_BLOCKS];

    for (int i = 0; i < n; i++)
        for (int d = 1; d <= 6; d++)
            for (int u = 1; u <= 5; u++) {
                sidle_plan plan = {.schedule = sidle_schedule_find(names[i]),
                                   .n_blocks = d,
                                   .update_every = u,
                                   .start = 7,
                                   .steps = 30,
                                   .eval_every = 7,
                                   .eval_items = 2};

                assert_int_equal(sidle_plan_play(&plan, &unit_times, played),
                                 SIDLE_OK);
                for (int b = 0; b < d; b++) {
                    assert_int_equal(played[b].updates, (23 + u - 1) / u);
                    assert_int_equal(played[b].evals, 4 * 2);
                    assert_int_equal(played[b].boundaries, 30);
                }
            }
}

static int64_t every_seven(void *context, int64_t from)
{
    (void)context;
    return (from - 1) / 7 * 7 + 8;
}

TEST(every_plan_bears_new_clips)
{
    const char *const *names;
    int n = sidle_schedule_names(&names);
    sidle_played played[MAX_BLOCKS];

    for (int i = 0; i < n; i++)
        for (int d = 1; d <= 6; d++) {
            sidle_plan plan = {.schedule = sidle_schedule_find(names[i]),
                               .n_blocks = d,
                               .update_every = 3,
                               .steps = 26,
                               .eval_every = 7,
                               .eval_items = 2,
                               .next_clip = every_seven};
            notes seen = {.plan = &plan};
            sidle_play how = unit_times;

            how.on_instr = note;
            how.context = &seen;
            assert_int_equal(sidle_plan_play(&plan, &how, played), SIDLE_OK);
            check_in_flight(&seen);
            for (int b = 0; b < d; b++) /* 3 + 3 + 1 each, then 3 + 2 */
                assert_int_equal(played[b].updates, 3 * 3 + 2);
        }
}

static int not_each_fifth(void *context, int64_t item)
{
    (void)context;
    return item % 5 != 0;
}

/* A play answers for what it is given: a flushed schedule whose weights would
 * change in the middle of a round is broken. */
TEST(every_plan_bears_items_without_a_gradient)
{
    const char *const *names;
    int n = sidle_schedule_names(&names);
    sidle_played played[MAX_BLOCKS];

    for (int i = 0; i < n; i++)
        for (int d = 1; d <= 6; d++)
            for (int u = 1; u <= 9; u++) {
                sidle_plan plan = {.schedule = sidle_schedule_find(names[i]),
                                   .n_blocks = d,
                                   .update_every = u,
                                   .steps = 30,
                                   .counts = not_each_fifth};
                sidle_play how = unit_times;

                plan.sums_norms = plan.schedule->is_flushed;
                if (sidle_plan_play(&plan, &how, played) != SIDLE_OK)
                    fail_msg("%s", sidle_fail_text());
                for (int b = 0; b < d; b++)
                    assert_int_equal(played[b].updates, (24 + u - 1) / u);
            }
}

static double idle_of_times(const char *name, int n_blocks, int update_every,
                            int64_t steps, const sidle_play_times *times,
                            int is_middle)
{
    sidle_plan plan = {.schedule = sidle_schedule_find(name),
                       .n_blocks = n_blocks,
                       .update_every = update_every,
                       .steps = steps};
    sidle_play how = {.times = *times};
    sidle_played played[MAX_BLOCKS];
    double idle = 0.0;

    if (is_middle) {
        how.from = steps / 4;
        how.to = how.from + steps / 2;
    }
    assert_int_equal(sidle_plan_play(&plan, &how, played), SIDLE_OK);
    for (int i = 0; i < n_blocks; i++)
        idle += played[i].idle / n_blocks;
    return idle;
}

static double idle_of(const char *name, int n_blocks, int update_every,
                      int64_t steps, double transfer, int is_middle)
{
    const sidle_play_times times = {1.0, 1.0, 0.0, transfer, 0.0};

    return idle_of_times(name, n_blocks, update_every, steps, &times,
                         is_middle);
}

static void is_near(double a, double b)
{
    if (fabs(a - b) > 1e-9)
        fail_msg("%.12g, expected %.12g", a, b);
}

TEST(idle_shares_are_the_theory)
{
    static const char *const streams[] = {"sideways", "sideways-1f1b",
                                          "pipedream"};

    for (int d = 1; d <= 8; d++) {
        is_near(idle_of("backprop", d, 1, 12, 0.0, 0), 1.0 - 1.0 / d);
        for (int m = 1; m <= 9; m += 4) {
            is_near(idle_of("gpipe", d, m, m, 0.0, 0),
                    (d - 1.0) / (m + d - 1.0));
            is_near(idle_of("1f1b", d, m, m, 0.0, 0),
                    (d - 1.0) / (m + d - 1.0));
        }
        for (int i = 0; i < 3; i++)
            is_near(idle_of(streams[i], d, 1, 100, 0.0, 1), 0.0);
    }
}

/* F = B = W: at most half of the idle share of a 1F1B whose backward is one
 * piece, (D - 1) / (U + D - 1), over one update and over many; exactly that of
 * ZB-H1; and no more is kept than 1F1B's first block keeps. Our own 1f1b sends
 * an input gradient before it takes the weight gradient and so idles for
 * 2 (D - 1) units instead of 3 (D - 1): zero-bubble idles for half of these. No
 * schedule could have half the share, too: with no more than D activations
 * block 1 waits D - 1 units for its first gradient in every update. */
TEST(zero_bubble_idles_at_most_half_as_much)
{
    const sidle_play_times equal = {1.0, 1.0, 1.0, 0.0, 0.0};

    for (int d = 2; d <= MAX_BLOCKS; d++)
        for (int u = d; u <= 24; u++) {
            sidle_plan plan = {.schedule = sidle_schedule_find("zero-bubble"),
                               .n_blocks = d,
                               .update_every = u};
            sidle_plan other = plan;

            other.schedule = sidle_schedule_find("1f1b");
            for (int n = 1; n <= 3; n++) {
                double idle =
                    idle_of_times("zero-bubble", d, u, n * u, &equal, 0);
                double own = idle_of_times("1f1b", d, u, n * u, &equal, 0);

                is_near(idle, (d - 1.0) / (3.0 * u + d - 1.0));
                assert_true(idle <= 0.5 * (d - 1.0) / (u + d - 1.0));
                is_near(own, 2.0 * (d - 1.0) / (3.0 * u + 2.0 * (d - 1.0)));
                is_near(idle / (1.0 - idle), 0.5 * own / (1.0 - own));
            }
            for (int i = 1; i <= d; i++)
                assert_true(sidle_plan_slots(&plan, i) <=
                            sidle_plan_slots(&other, 1));
        }
}

/* The head start of tick order hides the transfer; 1F1B order pays
 * (D (f + b) + (D - 1) C) / D an item, C being the transfer of both ways. */
TEST(a_lag_of_two_hides_the_transfer)
{
    is_near(idle_of("sideways", 8, 1, 200, 1.0, 1), 0.0);
    is_near(idle_of("sideways-1f1b", 8, 1, 400, 0.5, 1), 1.0 - 2.0 / 2.875);
}

static double larger(double a, double b)
{
    return a > b ? a : b;
}

/* P27, P30: of all cycles of messages between two blocks the slowest sets the
 * pace: max over i <= j of ((j - i + 1) (f + b) + (j - i) C) / (w_i - w_j + 1),
 * C being the transfer of both ways. */
static double item_time(const sidle_plan *plan, double work, double transfer)
{
    double most = 0.0;

    for (int i = 1; i <= plan->n_blocks; i++)
        for (int j = i; j <= plan->n_blocks; j++)
            most = larger(most, ((j - i + 1) * work + (j - i) * transfer) /
                                    (sidle_plan_head_start(plan, i) -
                                     sidle_plan_head_start(plan, j) + 1));
    return most;
}

TEST(the_time_of_an_item_is_the_theory)
{
    static const char *const streams[] = {"sideways", "sideways-1f1b",
                                          "delayed", "pipedream"};
    static const double transfers[] = {0.0, 0.15, 0.5, 0.9};

    for (int k = 0; k < 4; k++)
        for (int d = 1; d <= 8; d++)
            for (int t = 0; t < 4; t++) {
                const sidle_play_times times = {1.0, 1.0, 0.0, transfers[t],
                                                0.0};
                sidle_plan plan = {.schedule = sidle_schedule_find(streams[k]),
                                   .n_blocks = d,
                                   .update_every = 100000};
                /* a multiple of every denominator, and no update inside */
                double idle =
                    idle_of_times(streams[k], d, 100000, 840 * 4, &times, 1);

                is_near(2.0 / (1.0 - idle),
                        item_time(&plan, 2.0, 2.0 * transfers[t]));
            }
}

/* Under newest the weights change between forward and backward only while the
 * pipe drains; under delayed before every backward but the last block's. */
TEST(forwards_are_run_again_where_weights_changed)
{
    sidle_plan plan = {.schedule = sidle_schedule_find("sideways"),
                       .n_blocks = 4,
                       .update_every = 1,
                       .steps = 30};
    sidle_played played[4];

    assert_int_equal(sidle_plan_play(&plan, &unit_times, played), SIDLE_OK);
    for (int i = 0; i < 4; i++)
        assert_int_equal(played[i].reruns, 2 * (3 - i));
    plan.schedule = sidle_schedule_find("delayed");
    assert_int_equal(sidle_plan_play(&plan, &unit_times, played), SIDLE_OK);
    for (int i = 0; i < 3; i++)
        assert_int_equal(played[i].reruns, 29);
    assert_int_equal(played[3].reruns, 0);
    plan.schedule = sidle_schedule_find("pipedream");
    assert_int_equal(sidle_plan_play(&plan, &unit_times, played), SIDLE_OK);
    assert_int_equal(played[0].reruns, 0);
}

/* Of a long run; filling and draining are few of its items. */
TEST(the_share_of_forwards_run_again_is_what_is_said)
{
    const char *const *names;
    int n_names = sidle_schedule_names(&names);
    enum { D = 5, STEPS = 4000 };
    sidle_played played[D];

    for (int i = 0; i < n_names; i++)
        for (int k = 0; k < 24; k++) {
            int U = 1 + k / 2;
            sidle_plan plan = {.schedule = sidle_schedule_find(names[i]),
                               .n_blocks = D,
                               .update_every = U,
                               .steps = STEPS,
                               .looks_ahead = k % 2};

            assert_int_equal(sidle_plan_play(&plan, &unit_times, played),
                             SIDLE_OK);
            for (int b = 1; b <= D; b++)
                assert_true(fabs((double)played[b - 1].reruns / STEPS -
                                 sidle_plan_reruns(&plan, b)) <
                            (2.0 * D + U) / STEPS);
        }
}

static int ten_then_none(const sidle_plan *plan, int block)
{
    (void)plan;
    return block == 1 ? 10 : 0;
}

static int rising(const sidle_plan *plan, int block)
{
    (void)plan;
    return block - 1;
}

static int two(const sidle_plan *plan, int block)
{
    (void)plan;
    (void)block;
    return 2;
}

static int twice(int update_every)
{
    return 2 * update_every;
}

/* A clip function that answers each block something else. */
static int64_t fickle(void *context, int64_t from)
{
    int *calls = context;

    return from + 3 + ++*calls % 2;
}

static void is_caught(const sidle_plan *plan, const char *words)
{
    sidle_played played[MAX_BLOCKS];

    assert_int_equal(sidle_plan_play(plan, &unit_times, played),
                     SIDLE_EINTERNAL);
    if (!strstr(sidle_fail_text(), words))
        fail_msg("\"%s\" does not say \"%s\"", sidle_fail_text(), words);
}

TEST(broken_schedules_are_caught)
{
    const sidle_schedule wide = {
        .name = "wide", .is_newest = 1, .head_start = ten_then_none};
    const sidle_schedule upside_down = {.name = "upside-down",
                                        .head_start = rising};
    const sidle_schedule late = {.name = "late",
                                 .is_flushed = 1,
                                 .head_start = two,
                                 .flush_every = twice};
    int calls = 0;
    sidle_plan plan = {
        .schedule = &wide, .n_blocks = 2, .update_every = 1, .steps = 40};

    is_caught(&plan, "block 1 of 2, send activation of item 6: waits for ever");
    plan.schedule = &upside_down;
    is_caught(&plan, "waits for ever");
    plan.schedule = &late;
    plan.update_every = 3;
    is_caught(&plan, "the pipe is not empty");
    plan.schedule = sidle_schedule_find("sideways");
    plan.next_clip = fickle;
    plan.context = &calls;
    is_caught(&plan, "not as many backwards");
    plan.next_clip = NULL;
    plan.update_every = 0;
    assert_int_equal(sidle_plan_play(&plan, &unit_times, NULL), SIDLE_EUSAGE);
}

TEST_MAIN
