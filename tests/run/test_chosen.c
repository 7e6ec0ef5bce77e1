/* test_chosen.c - options that the number of blocks decides. */
#include "check.h"

#include "run/chosen.h"
#include "run/options.h"

#include <string.h>

/* The options of a start that sets `yaml`, with so many blocks. */
static sidle_status choose(const char *yaml, int n_blocks,
                           sidle_options *options)
{
    sidle_settings said = {0};

    assert_int_equal(sidle_settings_parse("start", yaml, strlen(yaml), &said),
                     SIDLE_OK);
    sidle_options_default(options);
    assert_int_equal(sidle_options_apply(options, &said), SIDLE_OK);
    sidle_settings_done(&said);
    return sidle_choose(options, n_blocks);
}

TEST(an_update_is_by_rule_unless_it_is_set)
{
    static const struct {
        const char *yaml;
        int n_blocks, update_every;
    } all[] = {{"run.steps: 5", 8, 7},
               {"run.steps: 5", 1, 1},
               {"parallel.update_every: 0", 8, 7},
               {"parallel.update_every: 3", 8, 3},
               {"parallel.schedule: 1f1b", 4, 8},
               {"parallel.schedule: sideways", 4, 1}};
    static sidle_options o;

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        assert_int_equal(choose(all[i].yaml, all[i].n_blocks, &o), SIDLE_OK);
        assert_int_equal(o.parallel.update_every, all[i].update_every);
    }
}

TEST(updates_become_items)
{
    static sidle_options o;

    assert_int_equal(choose("run.updates: 5", 8, &o), SIDLE_OK);
    assert_true(o.run.steps == 35 && o.run.updates == 0);
    assert_int_equal(choose("run.steps: 5", 8, &o), SIDLE_OK);
    assert_true(o.run.steps == 5 && o.run.updates == 0);
    assert_int_equal(choose("run.updates: 142857142857142", 8, &o), SIDLE_OK);
    assert_int_equal(choose("run.updates: 142857142857143", 8, &o),
                     SIDLE_EUSAGE);
    assert_non_null(strstr(sidle_fail_text(),
                           "'run.updates' is 142857142857143, with 7 items"));
    assert_int_equal(choose("{run.updates: 1e14, data.batch: 1e6}", 8, &o),
                     SIDLE_EUSAGE);
    assert_non_null(strstr(sidle_fail_text(), "700000000000000 items of "
                                              "1000000 rows"));
}

/* By default only where the update was chosen; a value that is set stays. */
TEST(prediction_is_on_where_the_rule_ends_the_delay_for_muon)
{
    static const struct {
        const char *yaml;
        int n_blocks, is_on;
    } all[] = {{"run.steps: 5", 4, 1},
               {"parallel.update_every: 0", 4, 1},
               {"run.steps: 5", 1, 0},
               {"parallel.update_every: 3", 4, 0},
               {"optim.kind: nadam", 4, 0},
               {"optim.predict: false", 4, 0},
               {"{optim.predict: true, optim.kind: nadam}", 4, 1},
               {"{optim.predict: true, parallel.update_every: 3}", 4, 1},
               {"parallel.schedule: 1f1b", 4, 0},
               {"parallel.schedule: delayed", 4, 0},
               {"parallel.schedule: sideways", 4, 0}};
    static sidle_options o;

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        assert_int_equal(choose(all[i].yaml, all[i].n_blocks, &o), SIDLE_OK);
        if (o.optim.predict != all[i].is_on)
            fail_msg("'%s', %d blocks: %d", all[i].yaml, all[i].n_blocks,
                     o.optim.predict);
    }
}

TEST_MAIN
