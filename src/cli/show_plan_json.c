/* show_plan_json.c - a prediction as one JSON object. */
#include "cli/show_plan_json.h"

#include "base/text.h"
#include "cli/advice.h"
#include "cli/hints.h"
#include "cli/plan_counts.h"
#include "io/json.h"
#include "model/skips.h"
#include "run/memory.h"
#include "run/pace.h"
#include "run/setup_views.h"
#include "run/update_size.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add_names(const sidle_setup *setup, sidle_json *json,
                      const char *key, const int *layers, int n)
{
    const char **names = calloc((size_t)n + 1, sizeof(*names));

    SIDLE_CHECK(names != NULL, "no memory for %d names", n);
    for (int i = 0; i < n; i++)
        names[i] = setup->model->layers[layers[i]].name;
    sidle_json_texts(json, key, names, n);
    free(names);
}

static void add_bytes(sidle_json *json, const sidle_forecast *f)
{
    sidle_json_begin_object(json, "bytes");
    sidle_json_int(json, "total", (int64_t)f->total);
    sidle_json_int(json, "weights", (int64_t)f->blocks.weights);
    sidle_json_int(json, "gradients", (int64_t)f->blocks.gradients);
    sidle_json_int(json, "activations", (int64_t)f->blocks.activations);
    sidle_json_int(json, "scratch", (int64_t)f->blocks.scratch);
    sidle_json_int(json, "optimizer", (int64_t)f->optimizer);
    sidle_json_int(json, "messages", (int64_t)f->messages);
    sidle_json_int(json, "gradients_on_their_way", (int64_t)f->gradients);
    sidle_json_int(json, "checkpoint", (int64_t)f->checkpoint);
    sidle_json_int(json, "sums_over_replicas", (int64_t)f->sums);
    sidle_json_int(json, "trace", (int64_t)f->trace);
    sidle_json_end_object(json);
}

static void add_ranks(const sidle_prediction *p, sidle_json *json)
{
    sidle_limit limits[SIDLE_MOST_LIMITS];
    int n_limits = sidle_limits_find(limits);
    double least = 0.0;

    for (int i = 0; i < n_limits; i++)
        least = i == 0 || limits[i].bytes < least ? limits[i].bytes : least;
    sidle_json_real(json, "bytes_of_all_ranks", sidle_count_bytes(p));
    sidle_json_real(json, "bytes_of_this_machine", least);
    sidle_json_begin_list(json, "per_rank");
    for (int rank = 0; rank < p->n_ranks; rank++) {
        sidle_forecast f = sidle_setup_forecast(p->setup, rank);
        int64_t blocks[SIDLE_MAX_BLOCKS];

        for (int b = f.first; b <= f.last; b++)
            blocks[b - f.first] = b;
        sidle_json_item(json);
        sidle_json_int(json, "rank", rank);
        sidle_json_ints(json, "blocks", blocks, f.last - f.first + 1);
        sidle_json_int(json, "parameters", f.parameters);
        add_bytes(json, &f);
        sidle_json_real(json, "idle", sidle_predict_rank_idle(p, rank));
    }
    sidle_json_end_list(json);
}

static void add_times(sidle_json *json, const sidle_play_times *times)
{
    sidle_json_begin_object(json, "seconds");
    sidle_json_real(json, "forward", times->forward);
    sidle_json_real(json, "input_gradient", times->input_grad);
    sidle_json_real(json, "weight_gradient", times->weight_grad);
    sidle_json_real(json, "update", times->update);
    sidle_json_end_object(json);
}

static void add_block(const sidle_prediction *p, sidle_json *json, int b)
{
    const sidle_plan *plan = &p->setup->plan;
    const int *first = p->setup->partition.first;
    int n = first[b] - first[b - 1];
    int *units = calloc((size_t)n, sizeof(*units));

    SIDLE_CHECK(units != NULL, "no memory for %d units", n);
    for (int i = 0; i < n; i++)
        units[i] = first[b - 1] + i;
    sidle_json_item(json);
    sidle_json_int(json, "block", b);
    sidle_json_int(json, "rank", p->worker[b - 1]);
    add_names(p->setup, json, "units", units, n);
    sidle_json_int(json, "parameters", sidle_count_parameters(p->setup, b));
    sidle_json_int(json, "head_start", sidle_plan_head_start(plan, b));
    sidle_json_int(json, "kept", sidle_plan_slots(plan, b));
    sidle_json_int(json, "versions", sidle_plan_versions(plan, b));
    sidle_json_int(json, "stashes", sidle_plan_stashes(plan, b));
    sidle_json_int(json, "items_late", p->played[b - 1].max_lag);
    sidle_json_int(json, "updates_old", p->played[b - 1].max_staleness);
    sidle_json_int(json, "forwards", plan->steps);
    sidle_json_int(json, "backwards", sidle_count_backwards(plan, b));
    sidle_json_int(json, "updates", sidle_count_block_updates(plan, b));
    sidle_json_int(json, "evaluations", sidle_count_evaluations(plan));
    add_times(json, &p->of_block[b - 1]);
    sidle_json_real(json, "idle", p->played[b - 1].idle);
    free(units);
}

static void add_shape(sidle_json *json, const sidle_shape *shape)
{
    int64_t dims[SIDLE_MAX_DIMS];

    for (int i = 0; i < shape->n_dims; i++)
        dims[i] = shape->dims[i];
    sidle_json_ints(json, "shape", dims, shape->n_dims);
}

static void add_units(const sidle_prediction *p, sidle_json *json)
{
    const sidle_model *model = p->setup->model;

    sidle_json_begin_list(json, "per_unit");
    for (int l = 0; l < model->n_layers; l++) {
        sidle_json_item(json);
        sidle_json_text(json, "unit", model->layers[l].name);
        add_times(json, &p->of_unit[l]);
        sidle_json_text(json, "kind", model->layers[l].ops->kind);
        add_shape(json, &model->layers[l].out_shape);
    }
    sidle_json_end_list(json);
}

/* Edges besides the chain; other plans have no such key. */
static void add_skips(const sidle_setup *setup, sidle_json *json)
{
    const sidle_layer *layers = setup->model->layers;
    int n = sidle_skips_list(setup->model, &setup->partition, NULL);

    if (n == 0)
        return;
    sidle_json_begin_list(json, "skips");
    for (int i = 0; i < n; i++) {
        sidle_skip skip = sidle_skips_at(setup->model, &setup->partition, i);

        sidle_json_item(json);
        sidle_json_text(json, "unit", layers[skip.unit].name);
        sidle_json_int(json, "block", skip.to_block);
        sidle_json_text(json, "from", layers[skip.from].name);
        sidle_json_int(json, "from_block", skip.from_block);
    }
    sidle_json_end_list(json);
}

static void add_update(const sidle_setup *setup, sidle_json *json)
{
    sidle_update_size size = sidle_update_size_of(setup);

    sidle_json_int(json, "updates", sidle_count_updates(&setup->plan));
    sidle_json_int(json, "rows_per_update", size.rows);
    sidle_json_int(json, "tokens_per_update", size.targets);
}

static void add_delay(const sidle_setup *setup, sidle_json *json)
{
    sidle_advice advice = sidle_advise(setup);
    char keys[SIDLE_ADVICE_MAX];

    sidle_advice_keys(&advice, keys, sizeof(keys));
    sidle_json_real(json, "delay", advice.delay);
    if (keys[0] != '\0') {
        sidle_json_text(json, "shorter_delay_by", keys);
        sidle_json_real(json, "shorter_delay", advice.then);
    }
    sidle_json_real(json, "idle_in_equal_ticks", sidle_count_idle_ticks(setup));
}

static void add_speed(const sidle_setup *setup, const sidle_item_speed *speed,
                      sidle_json *json)
{
    sidle_advice larger = sidle_advise_larger(setup);
    char keys[SIDLE_ADVICE_MAX];

    sidle_advice_keys(&larger, keys, sizeof(keys));
    sidle_json_begin_object(json, "item_speed");
    sidle_json_int(json, "rows", speed->rows);
    sidle_json_real(json, "flops_per_second", speed->rate);
    if (speed->larger > 0) {
        sidle_json_int(json, "larger_rows", speed->larger);
        sidle_json_real(json, "larger_flops_per_second", speed->larger_rate);
    }
    sidle_json_flag(json, "is_low", sidle_item_speed_is_low(speed));
    if (sidle_item_speed_is_low(speed) && larger.is_other)
        sidle_json_text(json, "larger_items_by", keys);
    sidle_json_end_object(json);
}

static void add_head(const sidle_prediction *p, sidle_json *json)
{
    const sidle_setup *setup = p->setup;
    sidle_partition best;

    sidle_json_text(json, "schedule", setup->plan.schedule->name);
    sidle_json_int(json, "blocks", setup->plan.n_blocks);
    sidle_json_int(json, "ranks", p->n_ranks);
    sidle_json_int(json, "replicas", setup->n_replicas);
    sidle_json_int(json, "update_every", setup->plan.update_every);
    sidle_json_int(json, "steps", setup->plan.steps);
    sidle_json_flag(json, "has_data", setup->has_data);
    sidle_json_int(json, "parameters", sidle_model_count(setup->model));
    sidle_json_real(json, "flops", sidle_model_flops(setup->model));
    add_names(setup, json, "partition", setup->partition.first,
              setup->partition.n_blocks);
    sidle_json_text(json, "times", p->is_measured ? "measured" : "counted");
    if (!p->is_measured)
        sidle_json_real(json, "counted_at", p->rate);
    sidle_predict_partition(p, &best);
    add_names(setup, json, "balanced_partition", best.first, best.n_blocks);
    sidle_json_real(json, "seconds_per_item", p->seconds_per_item);
    sidle_json_real(json, "seconds_total", sidle_count_seconds(p));
    sidle_json_real(json, "idle", p->idle);
    add_update(setup, json);
    add_delay(setup, json);
}

static void add_hints(const sidle_prediction *p, sidle_json *json)
{
    const char *lines[SIDLE_HINTS_MAX];
    sidle_hints hints;

    sidle_hints_of(p->setup, p->n_ranks, &hints);
    for (size_t i = 0; i < hints.n; i++)
        lines[i] = hints.line[i];
    sidle_json_texts(json, "notes", lines, (int)hints.n);
}

sidle_status sidle_show_plan_json(const sidle_prediction *p,
                                  const sidle_item_speed *speed)
{
    sidle_json *json;

    SIDLE_TRY(sidle_json_new(&json));
    add_head(p, json);
    if (p->is_measured)
        add_speed(p->setup, speed, json);
    add_hints(p, json);
    add_ranks(p, json);
    sidle_json_begin_list(json, "per_block");
    for (int b = 1; b <= p->setup->plan.n_blocks; b++)
        add_block(p, json, b);
    sidle_json_end_list(json);
    add_units(p, json);
    add_skips(p->setup, json);
    return sidle_json_print(json, stdout);
}
