/* test_predict.c - the time of units, counted and measured, and of an item. */
#include "check.h"

#include "model/cost.h"
#include "run/pace.h"
#include "run/predict.h"
#include "run/setup_views.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A small model of `layers` + 2 units without data, on `n_ranks` ranks. */
typedef struct trial {
    sidle_options options;
    sidle_setup setup;
    sidle_prediction p;
} trial;

static trial *trial_new(const char *schedule, int blocks, int n_ranks,
                        int64_t steps, int update_every)
{
    trial *t = calloc(1, sizeof(*t));

    assert_non_null(t);
    sidle_options_default(&t->options);
    t->options.model.vocab = 259;
    t->options.model.width = t->options.model.embed_width = 16;
    t->options.model.heads = t->options.model.cross_heads = 2;
    t->options.model.context = 24;
    t->options.model.latents = 12;
    t->options.model.layers = 4;
    t->options.data.batch = 2;
    t->options.run.steps = steps;
    t->options.parallel.blocks = blocks;
    t->options.parallel.update_every = update_every;
    strcpy(t->options.parallel.schedule, schedule);
    strcpy(t->options.data.path, "/nowhere/there.txt");
    assert_int_equal(sidle_setup_plan(&t->options, n_ranks, &t->setup),
                     SIDLE_OK);
    assert_int_equal(sidle_predict_begin(&t->setup, n_ranks, &t->p), SIDLE_OK);
    return t;
}

static void trial_free(trial *t)
{
    sidle_predict_done(&t->p);
    sidle_setup_done(&t->setup);
    free(t);
}

static int is_near(double a, double b)
{
    return fabs(a - b) <= 1e-9 * fabs(b);
}

TEST(a_plan_needs_no_data)
{
    trial *t = trial_new("pipedream", 3, 2, 1000, 1);

    assert_false(t->setup.has_data);
    assert_false(t->setup.has_eval);
    assert_int_equal(t->setup.plan.steps, 1000);
    assert_int_equal(t->setup.plan.eval_every, 0);
    trial_free(t);
}

/* At a rate of 1 a unit's seconds are its operations. */
TEST(counted_times_are_the_costs)
{
    trial *t = trial_new("pipedream", 3, 1, 10, 1);

    assert_int_equal(sidle_pace_count(&t->setup, 1.0, t->p.of_unit), SIDLE_OK);
    for (int l = 0; l < t->setup.model->n_layers; l++) {
        const sidle_play_times *u = &t->p.of_unit[l];

        assert_true(is_near(u->forward + u->input_grad + u->weight_grad,
                            sidle_cost_of(&t->setup.model->layers[l])));
        assert_true(u->transfer == 0.0);
    }
    trial_free(t);
}

/* Plain SGD moves five numbers a weight; Adam's two states four more; Muon has
 * products besides and one state less in its matrices. */
TEST(an_update_is_counted_by_its_kind)
{
    trial *t = trial_new("pipedream", 1, 1, 10, 1);
    int last = t->setup.model->n_layers - 1;
    double count = 0.0, muon;

    for (int p = 0; p < t->setup.model->layers[last].n_params; p++)
        count += (double)t->setup.model->layers[last].params[p].count;
    t->setup.optim.kind = SIDLE_SGD;
    t->setup.optim.momentum = 0.0;
    assert_int_equal(sidle_pace_count(&t->setup, 1.0, t->p.of_unit), SIDLE_OK);
    assert_true(is_near(t->p.of_unit[last].update,
                        SIDLE_COST_OF_BYTE * 4.0 * 5.0 * count));
    t->setup.optim.kind = SIDLE_ADAMW;
    assert_int_equal(sidle_pace_count(&t->setup, 1.0, t->p.of_unit), SIDLE_OK);
    assert_true(is_near(t->p.of_unit[last].update,
                        SIDLE_COST_OF_BYTE * 4.0 * 9.0 * count));
    t->setup.optim.kind = SIDLE_MUON;
    assert_int_equal(sidle_pace_count(&t->setup, 1.0, t->p.of_unit), SIDLE_OK);
    muon = t->p.of_unit[1].update;
    t->setup.optim.kind = SIDLE_ADAMW;
    assert_int_equal(sidle_pace_count(&t->setup, 1.0, t->p.of_unit), SIDLE_OK);
    /* q, k, v, o: 16 x 16; up and down: 16 x 64 */
    assert_true(is_near(muon - t->p.of_unit[1].update,
                        2.0 * 256.0 * (4.0 * 15.0 * 16.0 + 2.0 * 25.0 * 16.0) -
                            SIDLE_COST_OF_BYTE * 4.0 * 2.0 *
                                (4.0 * 256.0 + 2.0 * 1024.0)));
    trial_free(t);
}

TEST(measured_units_took_time_and_alike_ones_the_same)
{
    static const sidle_optim_kind kinds[] = {SIDLE_SGD, SIDLE_MUON};

    for (int k = 0; k < 2; k++) {
        trial *t = trial_new("pipedream", 3, 1, 10, 1);
        size_t before = sidle_arena_total();
        const sidle_play_times *u = t->p.of_unit;

        t->setup.optim.kind = kinds[k];
        assert_int_equal(sidle_pace_measure(&t->setup, t->p.of_unit), SIDLE_OK);
        assert_int_equal(sidle_arena_total(), before);
        for (int l = 0; l < t->setup.model->n_layers; l++)
            assert_true(u[l].forward > 0.0 && u[l].input_grad > 0.0 &&
                        u[l].weight_grad > 0.0 && u[l].update > 0.0);
        assert_memory_equal(&u[1], &u[4], sizeof(u[1]));
        assert_memory_not_equal(&u[0], &u[1], sizeof(u[0]));
        trial_free(t);
    }
}

/* Fresh times for every unit. */
static void draw_times(trial *t)
{
    static unsigned seed = 77;

    srand(++seed);
    for (int l = 0; l < t->setup.model->n_layers; l++)
        t->p.of_unit[l] =
            (sidle_play_times){.forward = 1.0 + (double)rand() / RAND_MAX,
                               .input_grad = 1.0 + (double)rand() / RAND_MAX,
                               .weight_grad = 1.0 + (double)rand() / RAND_MAX,
                               .update = (double)rand() / RAND_MAX};
}

static double sum_of(const trial *t, int first_block, int last_block)
{
    const int *first = t->setup.partition.first;
    double sum = 0.0;

    for (int l = first[first_block - 1]; l < first[last_block]; l++)
        sum += sidle_pace_sum(&t->p.of_unit[l], t->setup.plan.update_every);
    return sum;
}

TEST(one_rank_takes_the_sum_of_all_units)
{
    for (int u = 1; u <= 3; u++) {
        trial *t = trial_new("pipedream", 4, 1, 100000, u);

        draw_times(t);
        assert_int_equal(sidle_predict(&t->p), SIDLE_OK);
        assert_true(t->p.play.to > 0);
        assert_true(is_near(t->p.seconds_per_item, sum_of(t, 1, 4)));
        assert_true(fabs(t->p.idle) < 1e-9);
        trial_free(t);
    }
}

/* A stream on a rank a block: the slowest block's time, others idle the rest.*/
TEST(the_slowest_rank_sets_the_pace)
{
    for (int i = 0; i < 5; i++) {
        trial *t = trial_new("sideways", 4, 4, 100000, 2);
        double slowest = 0.0, idle = 0.0;

        draw_times(t);
        assert_int_equal(sidle_predict(&t->p), SIDLE_OK);
        for (int b = 1; b <= 4; b++)
            slowest = fmax(slowest, sum_of(t, b, b));
        for (int b = 1; b <= 4; b++) {
            double share = 1.0 - sum_of(t, b, b) / slowest;

            assert_true(fabs(sidle_predict_rank_idle(&t->p, b - 1) - share) <
                        1e-9);
            idle += share / 4.0;
        }
        assert_true(is_near(t->p.seconds_per_item, slowest));
        assert_true(fabs(t->p.idle - idle) < 1e-9);
        trial_free(t);
    }
}

/* All cuts of six units into three blocks, played: none beats what is found,
 * also where forwards run again in all blocks but the last. */
TEST(the_best_cut_is_the_fastest_of_all)
{
    static const char *const names[] = {"delayed", "pipedream"};

    for (int i = 0; i < 60; i++) {
        trial *t = trial_new(names[i % 2], 3, 3, 100000, 1 + i / 2 % 4);
        int *first = t->setup.partition.first;
        double fastest = HUGE_VAL;
        sidle_partition best;

        draw_times(t);
        sidle_predict_partition(&t->p, &best);
        for (first[1] = 1; first[1] <= 4; first[1]++)
            for (first[2] = first[1] + 1; first[2] <= 5; first[2]++) {
                assert_int_equal(sidle_predict(&t->p), SIDLE_OK);
                fastest = fmin(fastest, t->p.seconds_per_item);
            }
        assert_int_equal(best.n_blocks, 3);
        first[1] = best.first[1];
        first[2] = best.first[2];
        assert_int_equal(sidle_predict(&t->p), SIDLE_OK);
        assert_true(t->p.seconds_per_item < fastest * (1.0 + 1e-9));
        trial_free(t);
    }
}

TEST(a_short_run_is_played_whole)
{
    trial *t = trial_new("backprop", 3, 3, 5, 1);

    draw_times(t);
    assert_int_equal(sidle_predict(&t->p), SIDLE_OK);
    assert_int_equal(t->p.play.to, 0);
    assert_int_equal(t->p.plan.steps, 5);
    assert_true(t->p.idle > 0.5);
    trial_free(t);
}

/* What is told of updates of many items is what playing all of them tells. */
TEST(long_updates_are_as_if_played)
{
    const char *const *names;
    int n = sidle_schedule_names(&names);

    for (int k = 0; k < n; k++) {
        trial *t = trial_new(names[k], 3, 2, 1000000, 5000);
        sidle_played whole[3];
        sidle_plan plan;

        assert_int_equal(sidle_pace_count(&t->setup, 1e9, t->p.of_unit),
                         SIDLE_OK);
        assert_int_equal(sidle_predict(&t->p), SIDLE_OK);
        plan = sidle_setup_first_items(&t->setup, t->p.play.to + 5006);
        assert_int_equal(sidle_plan_play(&plan, &t->p.play, whole), SIDLE_OK);
        for (int b = 0; b < 3; b++) {
            assert_true(is_near(t->p.played[b].length, whole[b].length));
            assert_true(fabs(t->p.played[b].idle - whole[b].idle) < 1e-9);
            assert_int_equal(t->p.played[b].max_lag, whole[b].max_lag);
            assert_int_equal(t->p.played[b].max_staleness,
                             whole[b].max_staleness);
        }
        assert_int_equal(t->p.plan.update_every, 5000);
        trial_free(t);
    }
}

TEST(a_timeline_is_of_the_first_items)
{
    trial *t = trial_new("1f1b", 3, 2, 1000, 2);
    sidle_timeline timeline;
    sidle_plan plan;
    int64_t last = 0;

    draw_times(t);
    assert_int_equal(sidle_predict(&t->p), SIDLE_OK);
    assert_int_equal(sidle_predict_timeline(&t->p, 4, &plan, &timeline),
                     SIDLE_OK);
    for (size_t i = 0; i < timeline.n_spans; i++)
        last = timeline.spans[i].item > last ? timeline.spans[i].item : last;
    assert_int_equal(last, 4);
    assert_int_equal(timeline.n_spans, 3 * (4 * 3 + 2));
    sidle_timeline_done(&timeline);
    trial_free(t);
}

TEST_MAIN
