/* test_stale.c - figures of stale gradients in words, and the advice. */
#include "check.h"

#include "run/stale.h"

#include <math.h>
#include <string.h>

static sidle_staleness of(double change, double cosine)
{
    return (sidle_staleness){
        .item = 4, .change = change, .cosine = cosine, .ratio = 1.25};
}

static const char *advise(const char *schedule, double change, double cosine,
                          int expected)
{
    static char words[256];
    const sidle_staleness blocks[3] = {of(0.5, 0.6), of(change, cosine),
                                       of(0.0, 1.0)};

    assert_int_equal(
        sidle_stale_print(schedule, blocks, 3, words, sizeof(words)), expected);
    return words;
}

TEST(a_poor_gradient_names_block_figures_and_schedules)
{
    assert_string_equal(
        advise("sideways", 0.8, 0.31, 2),
        "block 2: rho 0.8, cosine 0.31: sideways-1f1b or pipedream");
    assert_string_equal(advise("sideways", 1.9, -0.1, 2),
                        "block 2: rho 1.9, cosine -0.1: pipedream");
    assert_string_equal(advise("sideways-1f1b", 0.8, 0.31, 2),
                        "block 2: rho 0.8, cosine 0.31: pipedream");
    assert_string_equal(advise("sideways", (double)NAN, 0.31, 2),
                        "block 2: cosine 0.31: sideways-1f1b or pipedream");
    assert_non_null(strstr(advise("pipedream", 0.2, 0.31, 2),
                           "more items an update (parallel.update_every)"));
    assert_non_null(strstr(advise("delayed", 0.2, 0.31, 2), "such as 1f1b"));
}

TEST(good_gradients_and_unknown_ones_need_no_advice)
{
    assert_string_equal(advise("sideways", 0.8, 0.7, 0), "");
    assert_string_equal(advise("sideways", 0.8, (double)NAN, 0), "");
}

TEST(the_line_has_all_blocks_as_far_as_there_is_room)
{
    const sidle_staleness blocks[2] = {of((double)NAN, 0.314), of(0.0, 1.0)};
    sidle_staleness many[400];
    char words[512];

    sidle_stale_figures(400, blocks, 2, words, sizeof(words));
    assert_string_equal(words, "step 400  staleness of the blocks:  rho - 0  "
                               "cosine 0.31 1  norm ratio 1.2 1.2");
    for (int i = 0; i < 400; i++)
        many[i] = of(0.5, 0.5);
    sidle_stale_figures(400, many, 400, words, sizeof(words));
    assert_true(strlen(words) < sizeof(words));
}

TEST(skips_between_blocks_are_refused)
{
    const sidle_edge skip = {.from = 1, .to = 3, .ticks = 1, .places = 2};
    sidle_graph *graph;
    sidle_plan plan = {.n_blocks = 3};

    assert_int_equal(sidle_stale_check(&plan, 8), SIDLE_OK);
    assert_int_equal(sidle_graph_new(3, &skip, 1, &graph), SIDLE_OK);
    plan.graph = graph;
    assert_int_equal(sidle_stale_check(&plan, 0), SIDLE_OK);
    assert_int_equal(sidle_stale_check(&plan, 8), SIDLE_EUSAGE);
    assert_non_null(strstr(sidle_fail_text(), "set log.staleness=0"));
    sidle_graph_free(graph);
}

TEST_MAIN
