/* test_listing.c - a small plan in words. */
#include "check.h"

#include "schedule/listing.h"

#include <stdlib.h>
#include <string.h>

static char *list(const sidle_plan *plan)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);

    assert_non_null(stream);
    assert_int_equal(sidle_plan_list(plan, stream), SIDLE_OK);
    assert_int_equal(fclose(stream), 0);
    return text;
}

static void check_list(const sidle_plan *plan, const char *expected)
{
    char *text = list(plan);

    assert_string_equal(text, expected);
    free(text);
}

TEST(items_that_are_alike_share_a_line)
{
    const sidle_plan plan = {.schedule = sidle_schedule_find("pipedream"),
                             .n_blocks = 2,
                             .update_every = 1,
                             .steps = 5};

    check_list(
        &plan,
        "block 1   item 1: load k, forward k, send activation k\n"
        "          items 2 to 4: load k, forward k, send activation k, receive "
        "gradient k - 1, input gradient k - 1, weight gradient k - 1, update\n"
        "          item 5: load k, forward k, send activation k, receive "
        "gradient k - 1, input gradient k - 1, weight gradient k - 1, update, "
        "receive gradient k, input gradient k, weight gradient k, update\n"
        "block 2   items 1 to 5: receive activation k, forward k, input "
        "gradient k, send gradient k, weight gradient k, update\n");
}

/* An update stands where U gradients are there, and where a rest is applied. */
TEST(an_update_stands_where_it_is_made)
{
    sidle_plan plan = {.schedule = sidle_schedule_find("sideways"),
                       .n_blocks = 1,
                       .update_every = 2,
                       .steps = 3,
                       .eval_every = 2,
                       .eval_items = 1};

    check_list(&plan,
               "block 1   item 1: load k, forward k, input gradient k, weight "
               "gradient k\n"
               "          item 2: load k, forward k, input gradient k, weight "
               "gradient k, update, load of evaluation 1, forward of "
               "evaluation 1\n"
               "          item 3: load k, forward k, input gradient k, weight "
               "gradient k, update\n");
    plan.schedule = sidle_schedule_find("1f1b");
    plan.eval_every = 0;
    plan.sums_norms = 1;
    check_list(&plan,
               "block 1   item 1: load k, forward k, input gradient k, weight "
               "gradient k\n"
               "          items 2 to 3: load k, forward k, input gradient k, "
               "weight gradient k, sum norms, update\n");
}

static size_t count(const char *text, const char *word)
{
    size_t n = 0;

    for (; (text = strstr(text, word)) != NULL; text++)
        n++;
    return n;
}

TEST(every_schedule_has_a_line_a_block)
{
    const char *const *names;
    int n = sidle_schedule_names(&names);

    for (int i = 0; i < n; i++)
        for (int d = 1; d <= 5; d++) {
            sidle_plan plan = {.schedule = sidle_schedule_find(names[i]),
                               .n_blocks = d,
                               .update_every = 3,
                               .steps = 20};
            char *text = list(&plan);

            assert_int_equal(count(text, "block "), d);
            assert_true(count(text, "update") >= (size_t)d);
            free(text);
        }
}

TEST(no_plan_no_list)
{
    sidle_plan plan = {.n_blocks = 2, .update_every = 1, .steps = 3};

    assert_int_equal(sidle_plan_list(&plan, stderr), SIDLE_EUSAGE);
}

TEST_MAIN
