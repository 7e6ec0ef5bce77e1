/* predict.c - the play of a plan with seconds. */
#include "run/predict.h"
#include "run/setup_views.h"

#include "run/pace.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_PLAYED = 4096 }; /* items of an update */

sidle_status sidle_predict_begin(const sidle_setup *setup, int n_ranks,
                                 sidle_prediction *prediction)
{
    sidle_prediction *p = prediction;
    size_t n_blocks = (size_t)setup->partition.n_blocks;
    int first[SIDLE_MAX_BLOCKS + 1];

    memset(p, 0, sizeof(*p));
    p->setup = setup;
    p->n_ranks = n_ranks;
    p->of_unit = calloc((size_t)setup->model->n_layers, sizeof(*p->of_unit));
    p->of_block = calloc(n_blocks, sizeof(*p->of_block));
    p->worker = calloc(n_blocks, sizeof(*p->worker));
    p->played = calloc(n_blocks, sizeof(*p->played));
    if (p->of_unit == NULL || p->of_block == NULL || p->worker == NULL ||
        p->played == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory to play %zu blocks",
                          n_blocks);
    sidle_partition_ranks(setup->model, &setup->partition, n_ranks, first);
    for (int rank = 0; rank < n_ranks; rank++)
        for (int b = first[rank]; b < first[rank + 1]; b++)
            p->worker[b] = rank;
    return SIDLE_OK;
}

/* `n` items or more, whole updates. */
static int64_t whole_updates(int64_t n, int64_t update_every)
{
    return (n + update_every - 1) / update_every * update_every;
}

/* The window begins when the pipe has long been full, and ends before it is
 * drained; a short run has none. */
static void choose_window(sidle_prediction *p, int64_t U)
{
    int64_t D = p->setup->plan.n_blocks;
    int64_t from = whole_updates(4 * D + 4, U) + U;
    int64_t to = from + whole_updates(4 * D + 4, U);

    p->plan = sidle_setup_first_items(p->setup, to + 2 * D + U);
    if (p->plan.steps < to + 2 * D + U)
        return;
    p->play.from = from;
    p->play.to = to;
}

/* Items of an update from which on its window is one update, and each item
 * more in it makes the window longer by the same time. */
static int64_t steady(const sidle_prediction *p)
{
    return 4 * (int64_t)p->setup->plan.n_blocks + 4;
}

/* The window of an update of so many items, instead. */
static sidle_status play_update(sidle_prediction *p, int64_t U,
                                sidle_played *played)
{
    choose_window(p, U);
    p->plan.update_every = (int)U;
    return sidle_plan_play(&p->plan, &p->play, played);
}

/* On the line through two windows of `few` and twice as many items. */
static void extrapolate(const sidle_played *one, sidle_played *two, double few,
                        double items)
{
    double n = (items - few) / few;
    double busy_one = one->length * (1.0 - one->idle);
    double busy_two = two->length * (1.0 - two->idle);
    double busy = busy_one + n * (busy_two - busy_one);

    two->length = one->length + n * (two->length - one->length);
    two->idle = 1.0 - busy / two->length;
}

/* An update may be of a million items: nobody plays all of them. */
static sidle_status play_long(sidle_prediction *p)
{
    int64_t U = p->setup->plan.update_every, few = steady(p);
    size_t n_blocks = (size_t)p->setup->plan.n_blocks;
    sidle_played *one = calloc(n_blocks, sizeof(*one));
    sidle_status status;

    if (one == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory to play %zu blocks",
                          n_blocks);
    status = play_update(p, few, one);
    if (status == SIDLE_OK)
        status = play_update(p, 2 * few, p->played);
    for (size_t b = 0; b < n_blocks && status == SIDLE_OK; b++)
        extrapolate(&one[b], &p->played[b], (double)few, (double)U);
    free(one);
    choose_window(p, U);
    return status;
}

static int is_long(const sidle_prediction *p)
{
    int64_t U = p->setup->plan.update_every;

    return p->play.to > 0 && U > MOST_PLAYED && U > 4 * steady(p);
}

static void sum_up(sidle_prediction *p)
{
    int D = p->plan.n_blocks;
    int64_t items = p->play.to > 0 ? p->play.to - p->play.from : p->plan.steps;
    double length = 0.0;

    for (int b = 0; b < D; b++)
        length += p->played[b].length / D;
    p->seconds_per_item = length / (double)items;
    for (int rank = 0; rank < p->n_ranks; rank++)
        p->idle += sidle_predict_rank_idle(p, rank) / p->n_ranks;
}

sidle_status sidle_predict(sidle_prediction *prediction)
{
    sidle_prediction *p = prediction;

    sidle_pace_blocks(&p->setup->partition, p->of_unit, p->of_block);
    p->play = (sidle_play){.of_block = p->of_block, .worker = p->worker};
    choose_window(p, p->setup->plan.update_every);
    SIDLE_TRY(is_long(p) ? play_long(p)
                         : sidle_plan_play(&p->plan, &p->play, p->played));
    sum_up(p);
    return SIDLE_OK;
}

sidle_status sidle_predict_timeline(const sidle_prediction *prediction,
                                    int64_t items, sidle_plan *plan,
                                    sidle_timeline *timeline)
{
    sidle_play play = {.of_block = prediction->of_block,
                       .worker = prediction->worker};

    *plan = sidle_setup_first_items(prediction->setup, items);
    SIDLE_TRY(sidle_timeline_of(plan, &play, timeline));
    timeline->play = &prediction->play; /* the same times and workers */
    return SIDLE_OK;
}

void sidle_predict_partition(const sidle_prediction *prediction,
                             sidle_partition *best)
{
    const sidle_setup *setup = prediction->setup;
    int D = setup->partition.n_blocks, n = setup->model->n_layers;
    double *of_layer = calloc((size_t)(2 * n + D), sizeof(*of_layer));
    double *again, *share;

    SIDLE_CHECK(of_layer != NULL, "no memory for the costs of %d units", n);
    again = of_layer + n;
    share = again + n;
    for (int l = 0; l < n; l++) {
        of_layer[l] =
            sidle_pace_sum(&prediction->of_unit[l], setup->plan.update_every);
        again[l] = prediction->of_unit[l].forward;
    }
    for (int b = 0; b < D; b++)
        /* A unit costs more in a block that runs it forward again. */
        share[b] = sidle_plan_reruns(&setup->plan, b + 1);
    SIDLE_CHECK(
        sidle_partition_costs(setup->model,
                              &(sidle_costs){of_layer, again, share,
                                             setup->plan.schedule->takes_skips},
                              D, best) == SIDLE_OK,
        "%s", sidle_fail_text());
    free(of_layer);
}

double sidle_predict_rank_idle(const sidle_prediction *prediction, int rank)
{
    double idle = sidle_worker_idle(
        &prediction->play, prediction->plan.n_blocks, prediction->played, rank);

    return idle > 0.0 ? idle : 0.0; /* rounding */
}

void sidle_predict_done(sidle_prediction *prediction)
{
    free(prediction->of_unit);
    free(prediction->of_block);
    free(prediction->worker);
    free(prediction->played);
    memset(prediction, 0, sizeof(*prediction));
}
