/* test_trace.c - figures of made-up timelines, and the file they stand in.
 */
#include "../check.h"

#include "run/trace.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Two ranks, two items that count, 12 and 13, after 2 x 3 items in which the
 * pipe fills: rank 0 works 2 + 1 + 1 s of 10, with another 1 s after its time;
 * rank 1 has two blocks and works 3 + 5 s of 12, and 1 s before. */
static sidle_event spans[] = {
    {10.0, 12.0, 12, 1, SIDLE_EVENT_FORWARD},
    {12.0, 13.0, 12, 1, SIDLE_EVENT_RERUN},
    {13.0, 15.0, 12, 1, SIDLE_EVENT_WAIT_RIGHT},
    {15.0, 16.0, 13, 1, SIDLE_EVENT_FORWARD},
    {19.5, 20.0, 13, 1, SIDLE_EVENT_IO},
    {20.0, 21.0, 14, 1, SIDLE_EVENT_FORWARD},
    {9.0, 10.0, 11, 3, SIDLE_EVENT_FORWARD},
    {10.0, 13.0, 12, 2, SIDLE_EVENT_FORWARD},
    {13.0, 18.0, 12, 3, SIDLE_EVENT_UPDATE},
    {18.0, 19.0, 13, 2, SIDLE_EVENT_WAIT_LEFT},
    {20.0, 20.0, 13, 2, SIDLE_EVENT_FORWARD},
    {22.0, 23.0, 14, 2, SIDLE_EVENT_FORWARD},
};

static sidle_trace_rank ranks[] = {
    {.host = "n\"7", .first_block = 1, .n_blocks = 1, .count = 6},
    {.host = "n8", .first_block = 2, .n_blocks = 2, .first = 6, .count = 6}};

static sidle_plan plan = {.n_blocks = 3, .update_every = 1, .steps = 100};

static sidle_trace trace = {.plan = &plan,
                            .after = 5,
                            .first_item = 12,
                            .last_item = 13,
                            .n_ranks = 2,
                            .ranks = ranks,
                            .spans = spans};

static int choose_schedule(void **state)
{
    (void)state;
    plan.schedule = sidle_schedule_find("pipedream");
    return plan.schedule == NULL;
}

static void expect_near(double found, double expected)
{
    assert_true(fabs(found - expected) < 1e-12);
}

TEST(figures_are_those_of_the_definition)
{
    sidle_figures f;

    sidle_figures_of(&trace, &f);
    assert_int_equal(f.shown, 2);
    assert_int_equal(f.first, 12);
    assert_int_equal(f.items, 2);
    assert_int_equal(f.is_to_end, 0);
    assert_int_equal(f.n_blocks, 3);
    expect_near(f.ranks[0].work, 2.0);
    expect_near(f.ranks[1].work, 4.0);
    expect_near(f.ranks[0].share[SIDLE_EVENT_FORWARD], 0.3);
    expect_near(f.ranks[0].share[SIDLE_EVENT_RERUN], 0.1);
    expect_near(f.ranks[0].share[SIDLE_EVENT_WAIT_RIGHT], 0.2);
    expect_near(f.ranks[0].share[SIDLE_EVENT_IO], 0.05);
    expect_near(f.ranks[1].share[SIDLE_EVENT_WAIT_LEFT], 1.0 / 12.0);
    expect_near(f.blocks[0].work, 2.0);
    expect_near(f.blocks[1].work, 1.5);
    expect_near(f.blocks[2].work, 2.5);
    assert_int_equal(f.blocks[2].block, 3);
    assert_int_equal(f.blocks[2].rank, 1);
    expect_near(f.ranks[0].seconds, 10.0);
    expect_near(f.seconds_per_item, 6.0);
    expect_near(f.ideal, 6.0 / 8.0);
    expect_near(f.reached, 6.0 / 12.0);
    expect_near(f.efficiency, 4.0 / 6.0);
    sidle_figures_done(&f);
}

TEST(no_item_no_figures)
{
    sidle_trace_rank rank = {.first_block = 1, .n_blocks = 1};
    sidle_trace empty = {
        .plan = &plan, .first_item = 1, .n_ranks = 1, .ranks = &rank};
    sidle_trace none = {.plan = &plan};
    sidle_figures f;

    sidle_figures_of(&empty, &f);
    assert_int_equal(f.items, 0);
    sidle_figures_done(&f);
    sidle_figures_of(&none, &f);
    assert_int_equal(f.items, 0);
    sidle_figures_done(&f);
}

/* One rank, all blocks its own, one second each: forwards and what comes back,
 * items first .. last, with a checkpoint of five seconds before the last. */
typedef struct made {
    sidle_plan plan;
    sidle_trace_rank rank;
    sidle_event spans[200];
    sidle_trace trace;
} made;

static void make_up(made *m, const char *schedule, int update_every,
                    int64_t steps, int64_t after, int64_t first, int64_t last)
{
    double at = 0.0;
    int n = 0;

    *m = (made){.plan = {.schedule = sidle_schedule_find(schedule),
                         .n_blocks = 2,
                         .update_every = update_every,
                         .steps = steps},
                .rank = {.first_block = 1, .n_blocks = 2}};
    for (int64_t k = first; k <= last; k++) {
        m->spans[n++] = (sidle_event){at, at + 1.0, k, 1, SIDLE_EVENT_FORWARD};
        at += 1.0;
        if (k == last || k == (first + last) / 2) {
            m->spans[n++] = (sidle_event){at, at + 5.0, k, 1, SIDLE_EVENT_IO};
            at += 5.0;
        }
        m->spans[n++] =
            (sidle_event){at, at + 1.0, k, 2, SIDLE_EVENT_INPUT_GRAD};
        at += 1.0;
    }
    m->rank.count = n;
    m->trace = (sidle_trace){.plan = &m->plan,
                             .after = after,
                             .first_item = first,
                             .last_item = last,
                             .n_ranks = 1,
                             .ranks = &m->rank,
                             .spans = m->spans};
}

static void expect_window(const made *m, int64_t first, int64_t items,
                          int is_to_end)
{
    int64_t middle = (m->trace.first_item + m->trace.last_item) / 2;
    int is_middle_in = first <= middle && middle < first + items;
    double saved = 5.0 * is_middle_in + 5.0 * is_to_end;
    sidle_figures f;

    sidle_figures_of(&m->trace, &f);
    assert_int_equal(f.items, items);
    if (items > 0) {
        assert_int_equal(f.first, first);
        assert_int_equal(f.is_to_end, is_to_end);
        expect_near(f.efficiency, 1.0); /* no checkpoint is in it */
        expect_near(f.seconds_per_item, 2.0);
        assert_int_equal(f.has_saves, saved > 0.0);
        expect_near(f.ranks[0].saving, saved);
        expect_near(f.ranks[0].seconds, 2.0 * (double)items + saved);
        expect_near(f.ranks[0].share[SIDLE_EVENT_IO],
                    saved / f.ranks[0].seconds);
    }
    sidle_figures_done(&f);
}

static int has_target(void *context, int64_t item)
{
    (void)context;
    return item % 2 != 0;
}

TEST(a_window_holds_whole_updates)
{
    made m;

    /* streaming: after 2 D = 4 items; the last one is where the window ends */
    make_up(&m, "pipedream", 1, 10, 0, 3, 10);
    expect_window(&m, 5, 5, 0);
    make_up(&m, "pipedream", 3, 20, 0, 5, 14);
    expect_window(&m, 7, 6, 0);
    make_up(&m, "delayed", 1, 40, 0, 5, 20); /* the block went on to 20 */
    m.trace.last_item = 14;
    expect_window(&m, 5, 10, 0);
    make_up(&m, "pipedream", 3, 20, 2, 1, 13);
    m.plan.start = 2; /* updates begin with it */
    expect_window(&m, 9, 3, 0);
    /* flushed: from an update's first item on, the pipe is empty there */
    make_up(&m, "1f1b", 3, 20, 0, 2, 14);
    expect_window(&m, 4, 9, 0);
    make_up(&m, "gpipe", 4, 20, 0, 1, 20);
    expect_window(&m, 1, 16, 0);
    /* two items with a target each: 1 .. 3, 4 .. 7, 8 .. 11 */
    make_up(&m, "1f1b", 2, 20, 0, 2, 13);
    m.plan.counts = has_target;
    expect_window(&m, 4, 8, 0);
}

TEST(a_start_without_a_window_counts_whole)
{
    made m;

    make_up(&m, "pipedream", 1, 4, 0, 1, 4);
    expect_window(&m, 1, 4, 1);
    make_up(&m, "sideways", 1, 30, 25, 26, 30);
    m.plan.start = 25;
    expect_window(&m, 26, 5, 1);
    make_up(&m, "zero-bubble", 8, 8, 0, 1, 8);
    expect_window(&m, 1, 8, 1);
    make_up(&m, "1f1b", 8, 16, 0, 5, 16); /* the run's last update */
    expect_window(&m, 9, 8, 1);
}

TEST(nothing_steady_no_figures)
{
    made m;

    make_up(&m, "pipedream", 1, 5, 0, 2, 5); /* the pipe is full after 4 */
    expect_window(&m, 0, 0, 0);
    make_up(&m, "1f1b", 8, 32, 0, 9, 13); /* stopped in its first update */
    expect_window(&m, 0, 0, 0);
    make_up(&m, "gpipe", 32, 100, 0, 1, 20); /* there, from the start on */
    expect_window(&m, 0, 0, 0);
    make_up(&m, "pipedream", 1, 100, 0, 1, 4); /* before the pipe was full */
    expect_window(&m, 0, 0, 0);
    make_up(&m, "sideways", 1, 30, 25, 26, 30); /* resumed with a full pipe */
    expect_window(&m, 0, 0, 0);
}

static char *read_all(const char *path)
{
    FILE *stream = fopen(path, "rb");
    char *text = calloc(1, 1 << 20);

    assert_non_null(stream);
    assert_non_null(text);
    assert_true(fread(text, 1, (1 << 20) - 1, stream) > 0);
    fclose(stream);
    return text;
}

TEST(the_file_has_ranks_blocks_spans_and_figures)
{
    static const char *const words[] = {
        "\"name\":\"rank 0 on host n\\\"7\"",
        "\"name\":\"block 3\"",
        "\"name\":\"waiting\"",
        /* from the first span on: rank 1's, at 9 s */
        "\"name\":\"forward again 12\",\"cat\":\"forward again\"",
        "\"ts\":3000000.000,\"dur\":1000000.000",
        "\"pid\":1,\"tid\":3,\"ts\":4000000.000",
        /* a wait beside the blocks 2 and 3 */
        "\"pid\":1,\"tid\":4,\"ts\":9000000.000",
        "\"otherData\":",
    };
    char folder[] = "/tmp/sidle-timeline-XXXXXX", path[64];
    sidle_figures f;
    sidle_dir *dir;
    char *text;

    assert_non_null(mkdtemp(folder));
    dir = sidle_dir_open(folder);
    snprintf(path, sizeof(path), "%s/trace.json", folder);
    sidle_figures_of(&trace, &f);
    assert_int_equal(sidle_trace_write(&trace, &f, dir), SIDLE_OK);
    sidle_dir_close(dir);
    text = read_all(path);
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (strstr(text, words[i]) == NULL)
            fail_msg("%s is not in %s", words[i], text);
    free(text);
    sidle_figures_done(&f);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0); /* nothing else was left in it */
}

TEST(a_file_that_cannot_be_written_is_told)
{
    sidle_dir *dir = sidle_dir_open("/proc/none");
    sidle_figures f;

    sidle_figures_of(&trace, &f);
    assert_int_equal(sidle_trace_write(&trace, &f, dir), SIDLE_EIO);
    assert_non_null(strstr(sidle_fail_text(), "/proc/none"));
    sidle_dir_close(dir);
    dir = sidle_dir_open("/proc/self");
    assert_int_equal(sidle_trace_write(&trace, &f, dir), SIDLE_EIO);
    assert_non_null(strstr(sidle_fail_text(), "/proc/self/trace.json.part"));
    sidle_dir_close(dir);
    sidle_figures_done(&f);
}

int main(void)
{
    return test_all(choose_schedule, NULL);
}
