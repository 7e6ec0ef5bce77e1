/* show_plan.c - tables of a prediction. */
#include "cli/show_plan.h"

#include "base/number.h"
#include "base/text.h"
#include "base/utf8.h"
#include "cli/advice.h"
#include "cli/hints.h"
#include "cli/plan_counts.h"
#include "cli/show_layers.h"
#include "layer/places.h"
#include "model/skips.h"
#include "run/memory.h"
#include "run/pace.h"
#include "run/setup_views.h"
#include "run/update_size.h"
#include "schedule/listing.h"
#include "schedule/print.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ROWS = 16 }; /* blocks of a picture of text */

static double mib(size_t bytes)
{
    return (double)bytes / 1048576.0;
}

/* "self.000 .. self.003", or one name. */
static void name_units(const sidle_setup *setup, int block, char *out,
                       size_t size)
{
    const sidle_layer *layers = setup->model->layers;
    const int *first = setup->partition.first;
    int from = first[block - 1], to = first[block] - 1;

    if (from == to)
        snprintf(out, size, "%s", layers[from].name);
    else
        snprintf(out, size, "%s .. %s", layers[from].name, layers[to].name);
}

static void best_partition(const sidle_prediction *p, char *out, size_t size)
{
    sidle_partition best;

    sidle_predict_partition(p, &best);
    sidle_partition_print(p->setup->model, &best, out, size);
}

static void show_places(const sidle_setup *setup)
{
    char words[SIDLE_TEXT_MAX];

    sidle_places_explain(&setup->options.model, words, sizeof(words));
    if (words[0] != '\0')
        printf("positions  %s\n", words);
}

/* Edges besides the chain of blocks. */
static void show_skips(const sidle_setup *setup)
{
    const sidle_layer *layers = setup->model->layers;
    int n = sidle_skips_list(setup->model, &setup->partition, NULL);

    for (int i = 0; i < n; i++) {
        sidle_skip skip = sidle_skips_at(setup->model, &setup->partition, i);

        printf("%s %s of block %d takes the output of %s of block %d\n",
               i == 0 ? "skips     " : "          ", layers[skip.unit].name,
               skip.to_block, layers[skip.from].name, skip.from_block);
    }
}

static void show_update(const sidle_setup *setup)
{
    int items = setup->plan.update_every;
    char size[64];

    sidle_update_size_print(setup, (double)sidle_update_size_of(setup).targets,
                            size, sizeof(size));
    printf("update     %d item%s, %s\n", items, sidle_plural(items), size);
}

static void show_delay(const sidle_setup *setup)
{
    char delay[128], advice[SIDLE_ADVICE_MAX];

    sidle_delay_print(setup, delay, sizeof(delay));
    sidle_advice_print(setup, advice, sizeof(advice));
    printf("delay      %s%s\n"
           "ticks      if all blocks took the same time, each on a rank, they "
           "would idle %.1f %% of it\n",
           delay, advice, 100.0 * sidle_count_idle_ticks(setup));
}

/* By skips gradients come early, and go on coming at the end. */
static void show_extra(const sidle_plan *plan)
{
    int64_t most = 0;

    for (int b = 1; b <= plan->n_blocks; b++)
        most = sidle_larger(most, sidle_count_backwards(plan, b) - plan->steps);
    if (most > 0)
        printf(" (in some blocks up to %" PRId64 " backward%s more)", most,
               sidle_plural(most));
}

static void show_counts(const sidle_plan *plan)
{
    int64_t updates = sidle_count_updates(plan),
            evaluations = sidle_count_evaluations(plan);

    printf("run        %" PRId64 " item%s: each block %" PRId64
           " forward%s, %" PRId64 " backward%s, %" PRId64 " update%s",
           plan->steps, sidle_plural(plan->steps), plan->steps,
           sidle_plural(plan->steps), plan->steps, sidle_plural(plan->steps),
           updates, sidle_plural(updates));
    show_extra(plan);
    if (evaluations > 0)
        printf(", %" PRId64 " evaluation%s", evaluations,
               sidle_plural(evaluations));
}

static void show_hints(const sidle_prediction *p)
{
    sidle_hints hints;

    sidle_hints_of(p->setup, p->n_ranks, &hints);
    for (size_t i = 0; i < hints.n; i++)
        printf("note       %s\n", hints.line[i]);
    if (hints.n > 0)
        printf("\n");
}

static void show_head(const sidle_prediction *p)
{
    const sidle_setup *setup = p->setup;
    const sidle_plan *plan = &setup->plan;

    printf(
        "model      %.3f M parameters, %d unit%s, %.4g GFLOP an item forward "
        "and backward\n",
        (double)sidle_model_count(setup->model) * 1e-6, setup->model->n_layers,
        sidle_plural(setup->model->n_layers),
        sidle_model_flops(setup->model) * 1e-9);
    printf(
        "schedule   %s: %d block%s on %d rank%s, an update every %d item%s\n",
        plan->schedule->name, plan->n_blocks, sidle_plural(plan->n_blocks),
        p->n_ranks, sidle_plural(p->n_ranks), plan->update_every,
        sidle_plural(plan->update_every));
    printf("partition  parallel.partition=[%s]\n",
           setup->options.parallel.partition);
    show_skips(setup);
    show_update(setup);
    show_delay(setup);
    show_counts(plan);
    if (sidle_setup_has_few_items(setup))
        printf("\n"
               "           an update needs more items than the run has: one "
               "update, at its end;\n"
               "           block 1 reserves memory for %d",
               sidle_plan_slots(plan, 1));
    if (!setup->has_data)
        printf("\n"
               "           the data (\"%s\") do not exist yet: evaluations "
               "are not included, and every\n"
               "           item is assumed to have targets (else flushed "
               "schedules may keep more)",
               sidle_shown(setup->options.data.path));
    printf("\n");
    show_places(setup);
    printf("\n");
}

static void show_ranks(const sidle_prediction *p)
{
    printf("memory in MiB, without the data and the memory of MPI and HDF5\n"
           "rank blocks    M param.    total  weights gradients  kept item "
           "scratch optimizer messages checkpoint\n");
    for (int rank = 0; rank < p->n_ranks; rank++) {
        sidle_forecast f = sidle_setup_forecast(p->setup, rank);
        char blocks[32];

        snprintf(blocks, sizeof(blocks), f.first == f.last ? "%d" : "%d to %d",
                 f.first, f.last);
        printf("%4d %-9s %8.3f %8.2f %8.2f %9.2f %9.2f %8.2f %9.2f %8.2f "
               "%10.2f\n",
               rank, blocks, (double)f.parameters * 1e-6, mib(f.total),
               mib(f.blocks.weights), mib(f.blocks.gradients),
               mib(f.blocks.activations), mib(f.blocks.scratch),
               mib(f.optimizer), mib(f.messages + f.gradients + f.sums),
               mib(f.checkpoint + f.trace));
    }
    printf("\n");
}

static void show_memory(const sidle_prediction *p)
{
    char words[2 * SIDLE_TEXT_MAX];

    sidle_memory_words(sidle_count_bytes(p), words, sizeof(words));
    if (words[0] != '\0')
        printf("all ranks together need %s;\n"
               "on a host with less memory than its ranks need, train starts "
               "only with run.overcommit: true\n\n",
               words);
}

static void show_blocks(const sidle_prediction *p)
{
    const sidle_plan *plan = &p->setup->plan;

    printf("head: items before the first backward; kept: activations; late: "
           "items between a gradient\n"
           "and the activation it is used with; old: updates between an "
           "item's forward and backward\n"
           "block rank head kept versions stashes late  old   M param. "
           "units\n");
    for (int b = 1; b <= plan->n_blocks; b++) {
        const sidle_played *played = &p->played[b - 1];
        char units[104];

        name_units(p->setup, b, units, sizeof(units));
        printf("%5d %4d %4d %4d %8d %7d %4" PRId64 " %4" PRId64 " %10.3f %s\n",
               b, p->worker[b - 1], sidle_plan_head_start(plan, b),
               sidle_plan_slots(plan, b), sidle_plan_versions(plan, b),
               sidle_plan_stashes(plan, b), played->max_lag,
               played->max_staleness,
               (double)sidle_count_parameters(p->setup, b) * 1e-6, units);
    }
    printf("\n");
}

static void show_source(const sidle_prediction *p)
{
    if (p->is_measured)
        printf("time, from units measured on this machine now");
    else
        printf("time, from counted operations at %.1f GFLOP/s (a matrix "
               "product on one core of\nthis machine just now; --measure "
               "times the units themselves)",
               p->rate * 1e-9);
    printf("; each\n"
           "rank has one core, messages%s take no time; loading%s and saves "
           "are not included\n",
           p->setup->n_replicas > 1 ? " and sums over replicas" : "",
           p->setup->plan.eval_every > 0 ? ", evaluations" : "");
    if (p->setup->options.parallel.on_cut == SIDLE_CUT_FLUSH &&
        p->setup->options.data.order == SIDLE_STREAM)
        printf("clip changes flush the pipe (parallel.on_cut: flush): this "
               "is not included here\n");
}

static void show_units(const sidle_prediction *p, const sidle_item_speed *speed)
{
    const sidle_model *model = p->setup->model;
    char list[SIDLE_UNITS_MAX], words[2 * SIDLE_ADVICE_MAX];

    printf("unit           forward  input grad. weight grad.    update  "
           "milliseconds\n");
    for (int l = 0; l < model->n_layers; l++) {
        const sidle_play_times *t = &p->of_unit[l];

        printf("%-12s %9.3f %12.3f %12.3f %9.3f\n", model->layers[l].name,
               1e3 * t->forward, 1e3 * t->input_grad, 1e3 * t->weight_grad,
               1e3 * t->update);
    }
    best_partition(p, list, sizeof(list));
    printf("the best partition for these times, one block per rank: "
           "parallel.partition=[%s]%s\n",
           list,
           strcmp(list, p->setup->options.parallel.partition) == 0
               ? " (the present one)"
               : "");
    sidle_item_speed_print(p->setup, speed, words, sizeof(words));
    printf("%s\n\n", words);
}

static void show_total(const sidle_prediction *p)
{
    int64_t steps = p->setup->plan.steps;
    char time[32];

    sidle_text_duration(sidle_count_seconds(p), time, sizeof(time));
    printf("the whole run, run.steps=%" PRId64 ": about %s (%.4g s)%s\n\n",
           steps, time, sidle_count_seconds(p),
           p->is_measured ? "" : "; --measure is more accurate");
}

static void show_times(const sidle_prediction *p)
{
    double flops = sidle_model_flops(p->setup->model);

    printf("milliseconds per item and per update\n"
           "block rank   forward input grad. weight grad.   update  idle  "
           "rank idle\n");
    for (int b = 0; b < p->plan.n_blocks; b++) {
        const sidle_play_times *t = &p->of_block[b];

        printf("%5d %4d %9.3f %11.3f %12.3f %8.3f %5.1f %%", b + 1,
               p->worker[b], 1e3 * t->forward, 1e3 * t->input_grad,
               1e3 * t->weight_grad, 1e3 * t->update,
               100.0 * p->played[b].idle);
        if (b == 0 || p->worker[b] != p->worker[b - 1])
            printf("    %5.1f %%",
                   100.0 * sidle_predict_rank_idle(p, p->worker[b]));
        printf("\n");
    }
    printf("%.4g s an item, %.4g GFLOP/s, ranks idle %.1f %% of the time; ",
           p->seconds_per_item, flops * 1e-9 / p->seconds_per_item,
           100.0 * p->idle);
    if (p->play.to > 0)
        printf("from item %" PRId64 " to %" PRId64 "\n", p->play.from,
               p->play.to);
    else
        printf("over the whole run\n");
    show_total(p);
}

static sidle_status show_items(const sidle_prediction *p, int64_t items)
{
    sidle_plan plan = sidle_setup_first_items(p->setup, items);

    if (plan.n_blocks > MOST_ROWS) {
        printf("--svg FILE draws the plan of %d blocks\n", plan.n_blocks);
        return SIDLE_OK;
    }
    printf("the first %" PRId64 " item%s; k is the item that came in last\n",
           plan.steps, sidle_plural(plan.steps));
    SIDLE_TRY(sidle_plan_list(&plan, stdout));
    printf("\nF forward, R forward run again, B input gradient, W weight "
           "gradient, each one column\n");
    return sidle_plan_print(&plan, p->worker, stdout);
}

sidle_status sidle_show_plan(const sidle_prediction *p,
                             const sidle_item_speed *speed, int64_t items)
{
    show_head(p);
    show_hints(p);
    show_ranks(p);
    show_memory(p);
    show_blocks(p);
    sidle_show_layers(p->setup);
    show_source(p);
    if (p->is_measured)
        show_units(p, speed);
    show_times(p);
    return show_items(p, items);
}
