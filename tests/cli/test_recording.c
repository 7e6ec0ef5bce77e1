/* test_recording.c - figures of made-up timelines, and the file they stand in.
 */
#include "../check.h"

#include "cli/recording.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Two ranks, two items: rank 0 works 2 + 1 + 1 s of 10, with another 1 s after
 * its time; rank 1 has two blocks and works 3 + 5 s of 12. */
static sidle_event spans[] = {
    {10.0, 12.0, 5, 1, SIDLE_EVENT_FORWARD},
    {12.0, 13.0, 5, 1, SIDLE_EVENT_RERUN},
    {13.0, 15.0, 5, 1, SIDLE_EVENT_WAIT_RIGHT},
    {15.0, 16.0, 6, 1, SIDLE_EVENT_FORWARD},
    {19.5, 20.0, 6, 1, SIDLE_EVENT_IO},
    {20.0, 21.0, 7, 1, SIDLE_EVENT_FORWARD},
    {9.0, 12.0, 5, 2, SIDLE_EVENT_FORWARD}, /* one second too early */
    {12.0, 13.0, 5, 2, SIDLE_EVENT_FORWARD},
    {13.0, 18.0, 5, 3, SIDLE_EVENT_UPDATE},
    {18.0, 19.0, 6, 2, SIDLE_EVENT_WAIT_LEFT},
    {20.0, 20.0, 6, 2, SIDLE_EVENT_FORWARD},
};

static sidle_recording_rank ranks[] = {{.host = "n\"7",
                                        .first_block = 1,
                                        .n_blocks = 1,
                                        .from = 10.0,
                                        .to = 20.0,
                                        .count = 6},
                                       {.host = "n8",
                                        .first_block = 2,
                                        .n_blocks = 2,
                                        .from = 10.0,
                                        .to = 22.0,
                                        .first = 6,
                                        .count = 5}};

static sidle_recording timeline = {.first_item = 5,
                                   .last_item = 6,
                                   .n_ranks = 2,
                                   .ranks = ranks,
                                   .spans = spans};

static void expect_near(double found, double expected)
{
    assert_true(fabs(found - expected) < 1e-12);
}

static void test_figures_are_those_of_the_definition(void **state)
{
    sidle_figures f;

    (void)state;
    sidle_figures_of(&timeline, &f);
    assert_int_equal(f.items, 2);
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
    expect_near(f.ranks[0].seconds_per_item, 5.0);
    expect_near(f.seconds_per_item, 6.0);
    expect_near(f.ideal, 6.0 / 8.0);
    expect_near(f.reached, 6.0 / 12.0);
    expect_near(f.efficiency, 4.0 / 6.0);
    sidle_figures_done(&f);
}

static void test_no_item_no_figures(void **state)
{
    sidle_recording_rank rank = {.first_block = 1, .n_blocks = 1};
    sidle_recording empty = {.n_ranks = 1, .ranks = &rank};
    sidle_recording none = {0};
    sidle_figures f;

    (void)state;
    sidle_figures_of(&empty, &f);
    assert_int_equal(f.items, 0);
    sidle_figures_done(&f);
    sidle_figures_of(&none, &f);
    assert_int_equal(f.items, 0);
    sidle_figures_done(&f);
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

static void test_the_file_has_ranks_blocks_spans_and_figures(void **state)
{
    static const char *const words[] = {
        "\"name\":\"rank 0 on host n\\\"7\"",
        "\"name\":\"block 3\"",
        "\"name\":\"waiting\"",
        /* from the first span on: rank 1's, at 9 s */
        "\"name\":\"forward again 5\",\"cat\":\"forward again\"",
        "\"ts\":3000000.000,\"dur\":1000000.000",
        "\"pid\":1,\"tid\":3,\"ts\":4000000.000",
        /* a wait beside the blocks 2 and 3 */
        "\"pid\":1,\"tid\":4,\"ts\":9000000.000",
        "\"otherData\":",
    };
    char folder[] = "/tmp/sidle-timeline-XXXXXX", path[64];
    sidle_figures f;
    char *text;

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/trace.json", folder);
    sidle_figures_of(&timeline, &f);
    assert_int_equal(sidle_recording_write(&timeline, &f, folder), SIDLE_OK);
    text = read_all(path);
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (strstr(text, words[i]) == NULL)
            fail_msg("%s is not in %s", words[i], text);
    free(text);
    sidle_figures_done(&f);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0); /* nothing else was left in it */
}

static void test_a_file_that_cannot_be_written_is_told(void **state)
{
    sidle_figures f;

    (void)state;
    sidle_figures_of(&timeline, &f);
    assert_int_equal(sidle_recording_write(&timeline, &f, "/proc/none"),
                     SIDLE_EIO);
    assert_non_null(strstr(sidle_fail_text(), "/proc/none/trace.json.part"));
    sidle_figures_done(&f);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_figures_are_those_of_the_definition),
    cmocka_unit_test(test_no_item_no_figures),
    cmocka_unit_test(test_the_file_has_ranks_blocks_spans_and_figures),
    cmocka_unit_test(test_a_file_that_cannot_be_written_is_told),
};

int main(void)
{
    return cmocka_run_group_tests(tests, NULL, NULL);
}
