/* describe_run.c - what a set-up is, in the lines of a start. */
#include "cli/describe_run.h"

#include "base/log.h"
#include "base/text.h"
#include "cli/advice.h"
#include "cli/describe_data.h"
#include "layer/places.h"
#include "run/setup_views.h"
#include "schedule/rule.h"

#include <stdio.h>
#include <string.h>

/* "rank 0", "ranks 0, 2", "ranks 0, 2 .. 6": a place in each replica. */
static void name_ranks(const sidle_setup *setup, int place, char *out,
                       size_t size)
{
    int n = setup->n_replicas, stride = setup->chain_ranks;

    if (n == 1)
        snprintf(out, size, "rank %d", place);
    else if (n == 2)
        snprintf(out, size, "ranks %d, %d", place, place + stride);
    else
        snprintf(out, size, "ranks %d, %d .. %d", place, place + stride,
                 place + (n - 1) * stride);
}

static void describe_rank(const sidle_setup *setup, int place)
{
    const sidle_layer *layers = setup->model->layers;
    const int *first = setup->partition.first;
    sidle_forecast f = sidle_setup_forecast(setup, place);
    char ranks[64], blocks[40], units[160];

    name_ranks(setup, place, ranks, sizeof(ranks));
    sidle_text_format(blocks, sizeof(blocks),
                      f.first == f.last ? "block %d" : "blocks %d to %d",
                      f.first, f.last);
    if (first[f.last] - first[f.first - 1] > 1)
        sidle_text_format(units, sizeof(units), "%s to %s",
                          layers[first[f.first - 1]].name,
                          layers[first[f.last] - 1].name);
    else
        sidle_text_format(units, sizeof(units), "%s",
                          layers[first[f.first - 1]].name);
    sidle_info("  %s: %s, %s, %.2f M parameters, %.1f MiB", ranks, blocks,
               units, (double)f.parameters * 1e-6, (double)f.total / 1048576.0);
}

/* The remedies for late gradients that are on, and whether they have anything
 * to do. */
static void name_remedies(const sidle_setup *setup, char *out, size_t size)
{
    const sidle_optim_config *optim = &setup->optim;

    out[0] = '\0';
    if (optim->delay_rescale == 0 && !optim->spike_compensation &&
        !optim->predict && optim->lookahead == 0.0)
        return;
    if (sidle_plan_most_delay(&setup->plan) == 0.0)
        snprintf(out, size, ": the remedies have no effect");
    else
        snprintf(out, size, "; remedies:%s%s%s%s",
                 optim->delay_rescale > 0 ? " delay_rescale" : "",
                 optim->spike_compensation ? " spike_compensation" : "",
                 optim->predict ? " predict" : "",
                 optim->lookahead > 0.0 ? " lookahead" : "");
}

static void describe_delay(const sidle_setup *setup, int is_resumed)
{
    char delay[128], remedies[96], advice[SIDLE_ADVICE_MAX] = "";

    sidle_delay_print(setup, delay, sizeof(delay));
    name_remedies(setup, remedies, sizeof(remedies));
    if (!is_resumed)
        sidle_advice_print(setup, advice, sizeof(advice));
    sidle_info("delay: %s%s%s", delay, remedies, advice);
}

/* Once: an old checkpoint's was warned of. */
static void describe_places(const sidle_setup *setup)
{
    char words[SIDLE_TEXT_MAX];

    if (sidle_places_fit(&setup->options.model) == SIDLE_FITS_OLD)
        return;
    sidle_places_explain(&setup->options.model, words, sizeof(words));
    if (words[0] != '\0')
        sidle_info("%s", words);
}

/* In a list every unit but the loss is a layer. */
static ptrdiff_t count_layers(const sidle_setup *setup)
{
    const sidle_options *options = &setup->options;

    return strcmp(options->model_kind, "layers") == 0
               ? setup->model->n_layers - 1
               : options->model.layers;
}

void sidle_setup_describe(const sidle_setup *setup, int n_ranks, int is_resumed)
{
    ptrdiff_t n_layers = count_layers(setup);
    char replicas[64] = "";

    if (setup->n_replicas > 1)
        snprintf(replicas, sizeof(replicas), ", %d replicas of %d row%s",
                 setup->n_replicas, (int)setup->model->rows,
                 sidle_plural(setup->model->rows));
    sidle_info("model: %.3f M parameters, %td layer%s (%d units) in %d block%s "
               "on %d rank%s%s, schedule %s, %.3g GFLOP an item",
               (double)sidle_model_count(setup->model) * 1e-6, n_layers,
               sidle_plural(n_layers), setup->model->n_layers,
               setup->partition.n_blocks,
               sidle_plural(setup->partition.n_blocks), n_ranks,
               sidle_plural(n_ranks), replicas, setup->plan.schedule->name,
               sidle_setup_flops(setup) * 1e-9);
    for (int place = 0; place < setup->chain_ranks; place++)
        describe_rank(setup, place);
    describe_delay(setup, is_resumed);
    describe_places(setup);
    sidle_data_describe(setup);
}
