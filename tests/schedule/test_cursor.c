/* test_cursor.c - a block's list in its order, and a seek into its middle. */
#include "check.h"

#include "schedule/plan.h"

#include <string.h>

static int64_t every_seven(void *context, int64_t from)
{
    (void)context;
    return (from - 1) / 7 * 7 + 8;
}

static int not_each_fifth(void *context, int64_t item)
{
    (void)context;
    return item % 5 != 0;
}

/* One letter an instruction, the item behind it. */
static void write_list(const sidle_plan *plan, int block, char *out,
                       size_t size)
{
    static const char letters[] = "LRFsribWnUC";
    sidle_cursor cursor;
    sidle_instr instr;
    size_t at = 0;

    out[0] = '\0';
    sidle_cursor_init(&cursor, plan, block);
    while ((instr = sidle_cursor_next(&cursor)).op != SIDLE_OP_END) {
        at +=
            (size_t)snprintf(out + at, size - at, "%s%c%d%s", at > 0 ? " " : "",
                             letters[instr.op], (int)instr.item,
                             instr.is_eval    ? "e"
                             : instr.is_drain ? "d"
                                              : "");
        assert_true(at < size);
    }
}

static void check_list(const sidle_plan *plan, int block, const char *expected)
{
    char list[1024];

    write_list(plan, block, list, sizeof(list));
    assert_string_equal(list, expected);
}

TEST(lists_written_out)
{
    sidle_plan plan = {sidle_schedule_find("sideways"), .n_blocks = 2,
                       .update_every = 1, .steps = 3};

    check_list(&plan, 1,
               "L1 F1 s1 C1 L2 F2 s2 C2 L3 F3 s3 r1 i1 W1 U1 C3 "
               "r2 i2 W2 U2 r3 i3 W3 U3 U3d");
    check_list(&plan, 2,
               "R1 F1 i1 b1 W1 U1 C1 R2 F2 i2 b2 W2 U2 C2 "
               "R3 F3 i3 b3 W3 U3 C3 U3d");
    plan.schedule = sidle_schedule_find("1f1b");
    plan.update_every = 2;
    plan.sums_norms = 1;
    check_list(&plan, 1,
               "L1 F1 s1 C1 L2 F2 s2 r1 i1 W1 C2 r2 i2 W2 n2 U2 "
               "L3 F3 s3 C3 r3 i3 W3 n3d U3d");
    check_list(&plan, 2,
               "R1 F1 i1 b1 W1 C1 R2 F2 i2 b2 W2 C2 n2 U2 "
               "R3 F3 i3 b3 W3 C3 n3d U3d");
    plan.schedule = sidle_schedule_find("zero-bubble");
    plan.sums_norms = 0;
    plan.update_every = 3;
    check_list(&plan, 1,
               "L1 F1 s1 C1 L2 F2 s2 r1 i1 W1 U1 C2 L3 F3 s3 r2 i2 W2 U2 C3 "
               "r3 i3 W3 U3 U3d");
    check_list(&plan, 2,
               "R1 F1 i1 b1 C1 R2 F2 i2 b2 W1 U1 C2 R3 F3 i3 b3 W2 U2 C3 "
               "W3 U3 U3d");
    plan = (sidle_plan){sidle_schedule_find("backprop"),
                        .n_blocks = 1,
                        .update_every = 2,
                        .steps = 2,
                        .eval_every = 1,
                        .eval_items = 2};
    check_list(&plan, 1,
               "L1 F1 i1 W1 U1 C1 L1e F1e L2e F2e "
               "L2 F2 i2 W2 U2 C2 U2d L1e F1e L2e F2e");
}

TEST(new_clips_find_an_empty_pipe_and_a_settled_sum)
{
    sidle_plan plan = {sidle_schedule_find("pipedream"),
                       .n_blocks = 2,
                       .update_every = 4,
                       .steps = 8,
                       .next_clip = every_seven,
                       .eval_every = 7,
                       .eval_items = 1};
    char list[1024];

    write_list(&plan, 1, list, sizeof(list));
    assert_non_null(strstr(list, "L7 F7 s7 r6 i6 W6 U6 C7 r7 i7 W7 U7 U7d "
                                 "L1e F1e s1e L8 F8 s8 C8 r8"));
}

TEST(the_list_of_no_item_is_empty)
{
    sidle_plan plan = {sidle_schedule_find("sideways"), .n_blocks = 2,
                       .update_every = 1, .eval_every = 1, .eval_items = 1};

    check_list(&plan, 1, "");
    check_list(&plan, 2, "");
}

/* The rest of the list from two cursors is the same, instruction by
 * instruction. */
static void check_rest(sidle_cursor a, sidle_cursor b)
{
    sidle_instr x, y;

    do {
        assert_int_equal(a.forwards, b.forwards);
        assert_int_equal(a.backwards, b.backwards);
        assert_int_equal(a.weights, b.weights);
        x = sidle_cursor_next(&a);
        y = sidle_cursor_next(&b);
        assert_memory_equal(&x, &y, sizeof(x));
    } while (x.op != SIDLE_OP_END);
    y = sidle_cursor_next(&a);
    assert_int_equal(y.op, SIDLE_OP_END);
}

static void check_seeks(const sidle_plan *plan)
{
    for (int block = 1; block <= plan->n_blocks; block++) {
        sidle_cursor walker, seeker;
        sidle_instr instr;

        sidle_cursor_init(&walker, plan, block);
        while ((instr = sidle_cursor_next(&walker)).op != SIDLE_OP_END) {
            if (instr.op != SIDLE_OP_BOUNDARY)
                continue;
            assert_int_equal(sidle_plan_backwards(plan, block, instr.item),
                             walker.backwards);
            assert_int_equal(sidle_plan_weight_grads(plan, block, instr.item),
                             walker.weights);
            sidle_cursor_seek(&seeker, plan, block, instr.item);
            check_rest(walker, seeker);
        }
    }
}

TEST(seek_is_walking)
{
    const char *const *names;
    int n = sidle_schedule_names(&names);

    for (int i = 0; i < n; i++)
        for (int d = 1; d <= 5; d += 2)
            for (int u = 1; u <= 7; u += 3)
                for (int is_clipped = 0; is_clipped < 2; is_clipped++) {
                    sidle_plan plan = {
                        .schedule = sidle_schedule_find(names[i]),
                        .n_blocks = d,
                        .update_every = u,
                        .steps = 23,
                        .eval_every = 3,
                        .eval_items = 2,
                        .next_clip = is_clipped ? every_seven : NULL};

                    check_seeks(&plan);
                    plan.counts = not_each_fifth;
                    check_seeks(&plan);
                    plan.start = 9;
                    check_seeks(&plan);
                }
}

/* Letters without their items. */
static void write_letters(const sidle_plan *plan, int block, char *out,
                          size_t size)
{
    size_t n = 0;

    write_list(plan, block, out, size);
    for (const char *c = out; *c != '\0'; c++)
        if (strchr("0123456789", *c) == NULL)
            out[n++] = *c;
    out[n] = '\0';
}

/* A plan after a drained one is a fresh one whose items have later numbers; it
 * has no gradient in flight at its start. */
TEST(a_plan_may_begin_after_another)
{
    enum { start = 6 };
    const char *const *names;
    int n = sidle_schedule_names(&names);

    for (int i = 0; i < n; i++)
        for (int d = 1; d <= 5; d += 2)
            for (int u = 1; u <= 4; u += 3) {
                sidle_plan fresh = {.schedule = sidle_schedule_find(names[i]),
                                    .n_blocks = d,
                                    .update_every = u,
                                    .steps = 11};
                sidle_plan later = fresh;

                later.start = start;
                later.steps += start;
                for (int block = 1; block <= d; block++) {
                    char expected[2048], found[2048];
                    sidle_cursor cursor;

                    write_letters(&fresh, block, expected, sizeof(expected));
                    write_letters(&later, block, found, sizeof(found));
                    assert_string_equal(found, expected);
                    sidle_cursor_init(&cursor, &later, block);
                    assert_int_equal(sidle_cursor_next(&cursor).item,
                                     start + 1);
                    assert_int_equal(sidle_plan_backwards(&later, block, start),
                                     start);
                    assert_int_equal(
                        sidle_plan_weight_grads(&later, block, start), start);
                }
            }
}

/* What is due after the last item before it is evaluated by this plan. */
TEST(a_plan_after_another_begins_with_an_evaluation)
{
    sidle_plan plan = {.schedule = sidle_schedule_find("pipedream"),
                       .n_blocks = 2,
                       .update_every = 1,
                       .start = 4,
                       .steps = 6,
                       .eval_every = 4,
                       .eval_items = 2};

    check_list(&plan, 2,
               "R1e F1e R2e F2e R5 F5 i5 b5 W5 U5 C5 "
               "R6 F6 i6 b6 W6 U6 C6 U6d");
}

/* What stood in the pipe at the end of a short run is what a longer run has
 * there: a finished run can be extended. */
TEST(a_boundary_does_not_depend_on_the_length_of_the_run)
{
    const char *const *names;
    int n = sidle_schedule_names(&names);

    for (int i = 0; i < n; i++)
        for (int64_t steps = 1; steps <= 30; steps++) {
            sidle_plan short_run = {.schedule = sidle_schedule_find(names[i]),
                                    .n_blocks = 4,
                                    .update_every = 3,
                                    .steps = steps,
                                    .next_clip = every_seven};
            sidle_plan long_run = short_run;

            long_run.steps = 100;
            for (int block = 1; block <= 4; block++)
                assert_int_equal(sidle_plan_backwards(&short_run, block, steps),
                                 sidle_plan_backwards(&long_run, block, steps));
            for (int block = 1; block <= 4; block++)
                assert_int_equal(
                    sidle_plan_weight_grads(&short_run, block, steps),
                    sidle_plan_weight_grads(&long_run, block, steps));
        }
}

static int64_t at_least_0(int64_t n)
{
    return n < 0 ? 0 : n;
}

/* P3: of T ticks a block makes T - i + 1 forwards and T - 2D + i + 1 backwards,
 * one of each a tick; a boundary after so many forwards stands at that tick. */
TEST(counters_of_a_truncated_stream)
{
    for (int d = 1; d <= 8; d++) {
        sidle_plan plan = {sidle_schedule_find("sideways"), .n_blocks = d,
                           .update_every = 1, .steps = 100};

        for (int ticks = 1; ticks <= 3 * d; ticks++)
            for (int i = 1; i <= d; i++)
                assert_int_equal(
                    sidle_plan_backwards(&plan, i, at_least_0(ticks - i + 1)),
                    at_least_0(ticks - 2 * d + i + 1));
    }
}

/* Evaluations and boundaries come in the same order in every block, else a stop
 * or a message would meet the wrong partner. */
TEST(boundaries_and_evaluations_have_one_order)
{
    const char *const *names;
    int n = sidle_schedule_names(&names);

    for (int i = 0; i < n; i++) {
        sidle_plan plan = {.schedule = sidle_schedule_find(names[i]),
                           .n_blocks = 6,
                           .update_every = 4,
                           .steps = 31,
                           .eval_every = 5,
                           .eval_items = 3,
                           .next_clip = every_seven};
        char first[2048];

        for (int block = 1; block <= 6; block++) {
            char order[2048];
            size_t at = 0;
            sidle_cursor cursor;
            sidle_instr instr;

            sidle_cursor_init(&cursor, &plan, block);
            while ((instr = sidle_cursor_next(&cursor)).op != SIDLE_OP_END)
                if (instr.op == SIDLE_OP_BOUNDARY ||
                    instr.op == SIDLE_OP_FORWARD)
                    at += (size_t)snprintf(
                        order + at, sizeof(order) - at, "%d.%d ",
                        (int)instr.item,
                        instr.op == SIDLE_OP_BOUNDARY ? 2 : instr.is_eval);
            assert_true(at < sizeof(order));
            if (block == 1)
                memcpy(first, order, at + 1);
            assert_string_equal(order, first);
        }
    }
}

TEST_MAIN
