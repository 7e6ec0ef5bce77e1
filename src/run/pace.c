/* pace.c - units one by one, in a block of their own. */
#include "run/pace.h"

#include "base/clock.h"
#include "base/rng.h"
#include "model/cost.h"
#include "mpi/layout.h"

#include <stdlib.h>
#include <string.h>

void sidle_pace_blocks(const sidle_partition *partition,
                       const sidle_play_times *of_unit,
                       sidle_play_times *of_block)
{
    for (int b = 0; b < partition->n_blocks; b++) {
        sidle_play_times sum = {0};

        for (int l = partition->first[b]; l < partition->first[b + 1]; l++) {
            sum.forward += of_unit[l].forward;
            sum.input_grad += of_unit[l].input_grad;
            sum.weight_grad += of_unit[l].weight_grad;
            sum.update += of_unit[l].update;
        }
        of_block[b] = sum;
    }
}

double sidle_pace_sum(const sidle_play_times *times, int update_every)
{
    return times->forward + times->input_grad + times->weight_grad +
           times->update / update_every;
}

/* ---- counting */

static double update_cost(const sidle_optim_config *optim,
                          const sidle_segment *s)
{
    double bytes = (double)sizeof(sidle_real) *
                   (double)sidle_optim_touched(optim, s) *
                   (double)(s->rows * s->cols);

    return sidle_optim_flops(optim, s) + SIDLE_COST_OF_BYTE * bytes;
}

sidle_status sidle_pace_count(const sidle_setup *setup, double rate,
                              sidle_play_times *of_unit)
{
    const sidle_model *model = setup->model;

    for (int l = 0; l < model->n_layers; l++) {
        /* Forward, input gradient and weight gradient are a product each. */
        double third = sidle_cost_of(&model->layers[l]) / 3.0 / rate;
        double cost = 0.0;
        sidle_segment *segments;
        int n;

        SIDLE_TRY(sidle_layout_segments(model, l, 1, &segments, &n));
        for (int i = 0; i < n; i++)
            cost += update_cost(&setup->optim, &segments[i]);
        free(segments);
        of_unit[l] = (sidle_play_times){.forward = third,
                                        .input_grad = third,
                                        .weight_grad = third,
                                        .update = cost / rate};
    }
    return SIDLE_OK;
}

/* ---- measuring */

enum { LEAST_TRIES = 5, MOST_TRIES = 51 };
static const double enough = 0.3; /* seconds a unit */

enum { FORWARD, INPUT_GRAD, WEIGHT_GRAD, UPDATE, N_PHASES };

/* One unit as a block of its own, with an item to work on. */
typedef struct bench {
    const sidle_setup *setup;
    sidle_block *block;
    sidle_optim *optim;
    sidle_segment *segments;
    int n_segments;
    sidle_real *y, *dy, *dx; /* NULL at the ends of the model */
    sidle_arena *arena;
    double seconds[N_PHASES][MOST_TRIES];
} bench;

static void fill_reals(sidle_rng rng, sidle_real *out, size_t n)
{
    for (size_t i = 0; out != NULL && i < n; i++)
        out[i] = (sidle_real)(sidle_rng_uniform(rng, i) - 0.5);
}

/* Numbers of a field: reals, or classes that the loss knows. */
static void fill_field(const sidle_model *model, const sidle_field *field,
                       sidle_rng rng, void *out)
{
    size_t n = (size_t)model->rows * sidle_shape_size(&field->shape);
    int64_t classes = sidle_model_loss(model)->classes;

    if (out == NULL)
        return;
    if (field->type == 'f') {
        fill_reals(rng, out, n);
        return;
    }
    for (size_t i = 0; i < n; i++)
        ((int32_t *)out)[i] = (int32_t)sidle_rng_below(
            rng, i, (uint64_t)(classes > 0 ? classes : 1));
}

/* All inputs valid, every target there. */
static void make_item(const bench *b, sidle_slot *slot)
{
    const sidle_model *model = b->setup->model;
    const sidle_layer *loss = sidle_model_loss(model);
    ptrdiff_t inputs = model->layers[0].capacity;
    sidle_rng rng = {1, sidle_rng_stream("made-up item", 0)};

    for (ptrdiff_t i = 0; i < model->rows; i++) {
        slot->length[i] = (int32_t)(inputs > 0 ? inputs : 1);
        slot->scored[i] = (int32_t)loss->targets;
        slot->clip[i] = 0;
    }
    for (int f = 0; f < model->n_fields; f++)
        fill_field(model, &model->fields[f], rng, slot->fields[f]);
    fill_reals(rng, slot->x, b->block->in);
    sidle_block_set_item(b->block, 0, 1, 1, 1, 0);
    slot->grad_weight = 1.0 / (double)(model->rows * (loss->targets + 1));
}

/* What comes from and goes to the neighbours. */
static sidle_status open_edges(bench *b)
{
    size_t in = b->block->in * sizeof(*b->dx);
    size_t out = b->block->out * sizeof(*b->y);
    sidle_rng rng = {2, sidle_rng_stream("made-up gradient", 0)};

    SIDLE_TRY(sidle_arena_new(
        "a unit's neighbours",
        sidle_arena_round(in) + 2 * sidle_arena_round(out), &b->arena));
    if (in > 0)
        b->dx = sidle_arena_take(b->arena, in);
    if (out > 0) {
        b->y = sidle_arena_take(b->arena, out);
        b->dy = sidle_arena_take(b->arena, out);
        fill_reals(rng, b->dy, b->block->out);
    }
    return SIDLE_OK;
}

static sidle_status open_bench(bench *b, int unit)
{
    const sidle_model *model = b->setup->model;
    const sidle_block_room room = {
        .n_slots = 1, .n_versions = 1, .n_stashes = 1};

    SIDLE_TRY(sidle_block_new(model, 1, unit, 1, &room, &b->block));
    sidle_block_init_weights(b->block, 1);
    SIDLE_TRY(open_edges(b));
    make_item(b, &b->block->slots[0]);
    SIDLE_TRY(
        sidle_layout_segments(model, unit, 1, &b->segments, &b->n_segments));
    return sidle_optim_new(&b->setup->optim, b->segments, b->n_segments,
                           (ptrdiff_t)b->block->weights, &b->optim);
}

static void close_bench(bench *b)
{
    sidle_optim_free(b->optim);
    free(b->segments);
    sidle_arena_free(b->arena);
    sidle_block_free(b->block);
}

/* As the runner does it; at a rate of 0, so that weights stay what they are. */
static void update(bench *b)
{
    /* Volatile, or the compiler would leave out what is to be timed. */
    volatile double squares =
        sidle_grad_squares(b->segments, b->n_segments, b->block->grad);

    (void)squares;
    sidle_optim_step(b->optim, 0.0, sidle_block_begin_update(b->block),
                     b->block->grad);
    sidle_block_end_update(b->block);
}

static void try_once(bench *b, int at)
{
    double t[N_PHASES + 1] = {sidle_now()};

    sidle_block_forward(b->block, 0, b->y);
    t[INPUT_GRAD] = sidle_now();
    sidle_block_input_grad(b->block, 0, 0, b->dy, b->dx);
    t[WEIGHT_GRAD] = sidle_now();
    sidle_block_weight_grad(b->block, 0, 0, b->dy);
    sidle_block_release(b->block, 0);
    t[UPDATE] = sidle_now();
    update(b);
    t[N_PHASES] = sidle_now();
    for (int k = 0; k < N_PHASES; k++)
        b->seconds[k][at] = t[k + 1] - t[k];
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *values, int n)
{
    qsort(values, (size_t)n, sizeof(*values), by_size);
    return values[n / 2];
}

static void measure(bench *b, sidle_play_times *times)
{
    double until;
    int n = 0;

    try_once(b, 0); /* to warm up */
    until = sidle_now() + enough;
    while (n < MOST_TRIES && (n < LEAST_TRIES || sidle_now() < until))
        try_once(b, n++);
    *times =
        (sidle_play_times){.forward = median(b->seconds[FORWARD], n),
                           .input_grad = median(b->seconds[INPUT_GRAD], n),
                           .weight_grad = median(b->seconds[WEIGHT_GRAD], n),
                           .update = median(b->seconds[UPDATE], n)};
}

static int is_alike(const sidle_layer *a, const sidle_layer *b)
{
    return a->ops == b->ops && a->in == b->in && a->out == b->out &&
           a->cache == b->cache && a->stash == b->stash &&
           a->scratch == b->scratch && a->weights == b->weights &&
           a->flops == b->flops;
}

static sidle_status measure_unit(const sidle_setup *setup, int unit,
                                 sidle_play_times *times)
{
    bench *b = calloc(1, sizeof(*b));
    sidle_status status;

    SIDLE_CHECK(b != NULL, "no memory to measure a unit");
    b->setup = setup;
    status = open_bench(b, unit);
    if (status == SIDLE_OK)
        measure(b, times);
    close_bench(b);
    free(b);
    return status;
}

sidle_status sidle_pace_measure(const sidle_setup *setup,
                                sidle_play_times *of_unit)
{
    const sidle_layer *layers = setup->model->layers;

    for (int l = 0; l < setup->model->n_layers; l++) {
        int like = 0;

        /* Units of one kind and size take the same time: one is measured. */
        while (!is_alike(&layers[like], &layers[l]))
            like++;
        if (like < l)
            of_unit[l] = of_unit[like];
        else
            SIDLE_TRY(measure_unit(setup, l, &of_unit[l]));
    }
    return SIDLE_OK;
}
