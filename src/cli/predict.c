/* predict.c - the play of a plan with seconds. */
#include "cli/predict.h"

#include "cli/pace.h"

#include <stdlib.h>
#include <string.h>

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
static void choose_window(sidle_prediction *p)
{
    int64_t D = p->setup->plan.n_blocks, U = p->setup->plan.update_every;
    int64_t from = whole_updates(4 * D + 4, U) + U;
    int64_t to = from + whole_updates(4 * D + 4, U);

    p->plan = sidle_setup_first_items(p->setup, to + 2 * D + U);
    if (p->plan.steps < to + 2 * D + U)
        return;
    p->play.from = from;
    p->play.to = to;
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
    choose_window(p);
    SIDLE_TRY(sidle_plan_play(&p->plan, &p->play, p->played));
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
        share[b] = sidle_plan_reruns(&setup->plan, b + 1);
    SIDLE_CHECK(sidle_partition_costs(setup->model,
                                      &(sidle_costs){of_layer, again, share}, D,
                                      best) == SIDLE_OK,
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
