/* test_item_speed.c - items that are too small for fast products: when it is
 * said, and which keys make them larger. */
#include "check.h"

#include "cli/advice.h"
#include "cli/item_speed.h"
#include "run/pace.h"

#include <stdlib.h>
#include <string.h>

typedef struct trial {
    sidle_options options;
    sidle_setup setup;
    sidle_item_speed speed;
    char said[2 * SIDLE_ADVICE_MAX];
} trial;

/* Items of `batch` rows, `update_every` per update, at these rates in GFLOP/s.
 */
static trial *trial_new(const char *schedule, int batch, int update_every,
                        double rate, double larger)
{
    trial *t = calloc(1, sizeof(*t));
    sidle_options *o;

    assert_non_null(t);
    o = &t->options;
    sidle_options_default(o);
    o->model.vocab = 259;
    o->model.width = o->model.embed_width = 16;
    o->model.heads = o->model.cross_heads = 2;
    o->model.context = 24;
    o->model.latents = 12;
    o->model.layers = 2;
    o->data.batch = batch;
    o->run.steps = 1200;
    o->parallel.blocks = 4;
    o->parallel.update_every = update_every;
    strcpy(o->parallel.schedule, schedule);
    strcpy(o->data.path, "/nowhere/there.txt");
    assert_int_equal(sidle_setup_plan(o, 1, &t->setup), SIDLE_OK);
    t->speed = (sidle_item_speed){batch, 4 * batch, 1e9 * rate, 1e9 * larger};
    sidle_item_speed_print(&t->setup, &t->speed, t->said, sizeof(t->said));
    return t;
}

static void trial_free(trial *t)
{
    sidle_setup_done(&t->setup);
    free(t);
}

static void check_words(const char *schedule, int batch, int update_every,
                        const char *words)
{
    trial *t = trial_new(schedule, batch, update_every, 20.0, 40.0);

    assert_true(sidle_item_speed_is_low(&t->speed));
    assert_non_null(strstr(t->said, "too small for fast products; "));
    assert_string_equal(strstr(t->said, "products; ") + 10, words);
    trial_free(t);
}

TEST(items_that_are_fast_enough_have_figures_only)
{
    trial *t = trial_new("pipedream", 1, 8, 20.0, 24.9);

    assert_false(sidle_item_speed_is_low(&t->speed));
    assert_string_equal(t->said, "an item of 1 row: 20 GFLOP/s; with 4 rows, "
                                 "24.9 GFLOP/s");
    t->speed.larger = 0; /* large already, and not compared */
    t->speed.larger_rate = 1e12;
    assert_false(sidle_item_speed_is_low(&t->speed));
    sidle_item_speed_print(&t->setup, &t->speed, t->said, sizeof(t->said));
    assert_string_equal(t->said, "an item of 1 row: 20 GFLOP/s");
    trial_free(t);
}

/* As large as the delay, or the idle share, of the rule allows. */
TEST(others_are_made_larger_at_the_same_rows)
{
    check_words("pipedream", 1, 12,
                "with the same 12 rows per update, data.batch=4 "
                "parallel.update_every=3 run.steps=300 makes them larger");
    check_words("1f1b", 2, 16,
                "with the same 32 rows per update, data.batch=4 "
                "parallel.update_every=8 run.steps=600 makes them larger");
    check_words("sideways", 2, 3,
                "with the same 6 rows per update, data.batch=6 "
                "parallel.update_every=1 run.steps=400 makes them larger");
}

TEST(where_the_rule_allows_no_larger_ones_updates_grow)
{
    check_words("pipedream", 4, 3,
                "a higher data.batch makes larger items, and updates of more "
                "rows; fewer parallel.blocks need fewer items per update");
    check_words("pipedream", 4, 1, /* too late as it is */
                "a higher data.batch makes larger items, and updates of more "
                "rows");
}

TEST(rates_are_measured_with_the_rows_of_both)
{
    trial *t = trial_new("pipedream", 2, 1, 0.0, 0.0);
    sidle_prediction p;

    assert_int_equal(sidle_predict_begin(&t->setup, 1, &p), SIDLE_OK);
    assert_int_equal(sidle_pace_measure(&t->setup, p.of_unit), SIDLE_OK);
    assert_int_equal(sidle_item_speed_measure(&p, &t->speed), SIDLE_OK);
    assert_int_equal(t->speed.rows, 2);
    assert_int_equal(t->speed.larger, 8);
    assert_true(t->speed.rate > 0.0 && t->speed.larger_rate > 0.0);
    assert_int_equal(t->setup.model->rows, 2); /* which was only compared */
    p.of_unit[0].forward = 60.0; /* seconds: nothing else is measured then */
    assert_int_equal(sidle_item_speed_measure(&p, &t->speed), SIDLE_OK);
    assert_int_equal(t->speed.larger, 0);
    sidle_predict_done(&p);
    trial_free(t);
}

TEST_MAIN
