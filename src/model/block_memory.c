/* block_memory.c - the memory of a block: measured, then reserved.
 *
 * Four arenas:
 *
 *   weights  n_versions times the weights of all layers, and once more where
 *            the versions are predictions
 *   grad     one weights-sized sum
 *   slots    per slot the item's arrays, x, and per layer its cache and, but
 *            for the last layer, its output: the next layer's x
 *   work     per stash and layer its stash and, but for the last layer, the
 *            gradient of its output; then scratch, and a place for an output
 *            or an input gradient that nobody reads
 *
 * Every piece starts at a multiple of SIDLE_ALIGN, so that the bits of a layer
 * do not depend on the block that it is in. */
#include "model/block_inside.h"

#include <stdlib.h>
#include <string.h>

/* Reals, each a multiple of SIDLE_ALIGN; bytes of a slot and of the arenas. */
struct sizes {
    size_t weights, cache, stash, scratch, spare;
    size_t slot;
    size_t weights_bytes, grad_bytes, slots_bytes, work_bytes;
};

/* ---- measuring */

/* What n reals take up, in reals. */
static size_t padded(size_t n)
{
    return sidle_arena_round(n * sizeof(sidle_real)) / sizeof(sidle_real);
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* Adds a layer to the sums and answers where its things lie. */
static struct place add_layer(const sidle_layer *layer, int is_last_of_block,
                              struct sizes *sum)
{
    size_t between = is_last_of_block ? 0 : padded(layer->out);
    struct place place = {
        .weights = sum->weights, .cache = sum->cache, .stash = sum->stash};

    place.out = place.cache + padded(layer->cache);
    place.dy = place.stash + padded(layer->stash);
    sum->weights += padded(layer->weights);
    sum->cache = place.out + between;
    sum->stash = place.dy + between;
    sum->scratch = larger(sum->scratch, padded(layer->scratch));
    return place;
}

/* Bytes of the arrays of one slot; the order is that of take_slot(). */
static size_t slot_bytes(const sidle_model *model, int first_layer,
                         int n_layers, size_t cache)
{
    int is_first = first_layer == 0;
    int is_last = first_layer + n_layers == model->n_layers;
    size_t rows = (size_t)model->rows;
    size_t bytes = 2 * sidle_arena_round(rows * sizeof(int32_t)) +
                   sidle_arena_round(rows * sizeof(int64_t));

    if (is_first || is_last)
        bytes +=
            sidle_arena_round(rows * (size_t)model->width * sizeof(int32_t));
    if (is_first)
        bytes += sidle_arena_round(rows * (size_t)model->n_values *
                                   sizeof(sidle_real));
    if (is_last)
        bytes += sidle_arena_round(rows * (size_t)model->n_targets *
                                   sizeof(sidle_real));
    if (!is_first)
        bytes += padded(model->layers[first_layer].in) * sizeof(sidle_real);
    return bytes + cache * sizeof(sidle_real);
}

/* places (n_layers) may be NULL. */
static struct sizes measure(const sidle_model *model, int first_layer,
                            int n_layers, const sidle_block_room *room,
                            struct place *places)
{
    const sidle_layer *layers = model->layers + first_layer;
    struct sizes sum = {0};

    for (int k = 0; k < n_layers; k++) {
        struct place place = add_layer(&layers[k], k == n_layers - 1, &sum);

        if (places != NULL)
            places[k] = place;
    }
    sum.spare = larger(padded(layers[n_layers - 1].out), padded(layers[0].in));
    sum.slot = slot_bytes(model, first_layer, n_layers, sum.cache);
    sum.grad_bytes = sum.weights * sizeof(sidle_real);
    sum.weights_bytes =
        ((size_t)room->n_versions + (room->horizon > 0.0)) * sum.grad_bytes;
    sum.slots_bytes = ((size_t)room->n_slots + 1) * sum.slot;
    sum.work_bytes =
        ((size_t)room->n_stashes * sum.stash + sum.scratch + sum.spare) *
        sizeof(sidle_real);
    return sum;
}

sidle_block_memory sidle_block_forecast(const sidle_model *model,
                                        int first_layer, int n_layers,
                                        const sidle_block_room *room)
{
    struct sizes sizes = measure(model, first_layer, n_layers, room, NULL);

    return (sidle_block_memory){
        .weights = sidle_arena_size(sizes.weights_bytes),
        .gradients = sidle_arena_size(sizes.grad_bytes),
        .activations = sidle_arena_size(sizes.slots_bytes),
        .scratch = sidle_arena_size(sizes.work_bytes)};
}

size_t sidle_block_bytes(const sidle_model *model, int first_layer,
                         int n_layers, const sidle_block_room *room)
{
    struct sizes sizes = measure(model, first_layer, n_layers, room, NULL);

    return sizes.weights_bytes + sizes.grad_bytes + sizes.slots_bytes +
           sizes.work_bytes;
}

size_t sidle_block_reserved(const sidle_block *block)
{
    const struct inside *in = block->self;

    return sidle_arena_used(in->weights) + sidle_arena_used(in->grad) +
           sidle_arena_used(in->slots) + sidle_arena_used(in->work);
}

/* ---- reserving */

static sidle_real *take_reals(sidle_arena *arena, size_t n)
{
    return sidle_arena_take(arena, n * sizeof(sidle_real));
}

static sidle_real *take_zeros(sidle_arena *arena, size_t n)
{
    sidle_real *reals = take_reals(arena, n);

    memset(reals, 0, n * sizeof(sidle_real));
    return reals;
}

static void take_slot(sidle_block *block, sidle_arena *arena, size_t cache,
                      sidle_slot *slot)
{
    const sidle_model *model = block->model;
    size_t rows = (size_t)block->rows;
    size_t tokens = rows * (size_t)model->width;
    size_t values = rows * (size_t)model->n_values;
    size_t targets = rows * (size_t)model->n_targets;

    slot->length = sidle_arena_take(arena, rows * sizeof(int32_t));
    slot->scored = sidle_arena_take(arena, rows * sizeof(int32_t));
    slot->clip = sidle_arena_take(arena, rows * sizeof(int64_t));
    if (tokens > 0 && (block->is_first || block->is_last))
        slot->tokens = sidle_arena_take(arena, tokens * sizeof(int32_t));
    if (values > 0 && block->is_first)
        slot->values = take_reals(arena, values);
    if (targets > 0 && block->is_last)
        slot->targets = take_reals(arena, targets);
    if (block->in > 0)
        slot->x = take_reals(arena, block->in);
    slot->cache = take_reals(arena, cache);
    slot->version = -1;
    slot->stamp = -1;
    slot->item = (sidle_item){.rows = block->rows,
                              .length = slot->length,
                              .scored = slot->scored,
                              .width = model->width,
                              .tokens = slot->tokens,
                              .values = slot->values,
                              .targets = slot->targets};
}

static void take_all(sidle_block *block, const struct sizes *sizes)
{
    struct inside *in = block->self;

    for (int v = 0; v < block->n_versions; v++)
        block->w[v] = take_zeros(in->weights, sizes->weights);
    if (block->horizon > 0.0)
        block->truth = take_zeros(in->weights, sizes->weights);
    block->grad = take_zeros(in->grad, sizes->weights);
    for (int s = 0; s < block->n_slots; s++)
        take_slot(block, in->slots, sizes->cache, &block->slots[s]);
    for (int s = 0; s < block->n_stashes; s++)
        block->stash[s] = take_reals(in->work, sizes->stash);
    in->scratch = take_reals(in->work, sizes->scratch);
    in->spare = take_reals(in->work, sizes->spare);
}

/* The lists that the arenas' pieces are entered in. */
static sidle_status new_lists(sidle_block *block)
{
    struct inside *in = calloc(1, sizeof(*in));

    block->self = in;
    block->slots = calloc((size_t)block->n_slots, sizeof(*block->slots));
    block->w = calloc((size_t)block->n_versions, sizeof(*block->w));
    block->stash = calloc((size_t)block->n_stashes, sizeof(*block->stash));
    if (in != NULL)
        in->places = calloc((size_t)block->n_layers, sizeof(*in->places));
    if (in == NULL || in->places == NULL || block->slots == NULL ||
        block->w == NULL || block->stash == NULL)
        return sidle_fail(SIDLE_EINTERNAL,
                          "cannot reserve memory for the lists of block %d",
                          block->index);
    return SIDLE_OK;
}

static sidle_status reserve(sidle_block *block, const sidle_block_room *room)
{
    struct inside *in;
    struct sizes sizes;

    SIDLE_TRY(new_lists(block));
    in = block->self;
    sizes = measure(block->model, block->first_layer, block->n_layers, room,
                    in->places);
    block->weights = sizes.weights;
    SIDLE_TRY(sidle_arena_new("weights", sizes.weights_bytes, &in->weights));
    SIDLE_TRY(sidle_arena_new("gradients", sizes.grad_bytes, &in->grad));
    SIDLE_TRY(sidle_arena_new("activations", sizes.slots_bytes, &in->slots));
    SIDLE_TRY(sidle_arena_new("scratch", sizes.work_bytes, &in->work));
    take_all(block, &sizes);
    return SIDLE_OK;
}

static sidle_status ready_layers(const sidle_block *block)
{
    for (int l = 0; l < block->n_layers; l++) {
        sidle_layer *layer = &block->model->layers[block->first_layer + l];

        if (layer->ops->ready != NULL)
            SIDLE_TRY(layer->ops->ready(layer));
    }
    return SIDLE_OK;
}

sidle_status sidle_block_new(const sidle_model *model, int index,
                             int first_layer, int n_layers,
                             const sidle_block_room *room,
                             sidle_block **block_p)
{
    const sidle_layer *layers = model->layers + first_layer;
    sidle_block *block = calloc(1, sizeof(*block));
    sidle_status status;

    SIDLE_CHECK(n_layers >= 1 && first_layer + n_layers <= model->n_layers,
                "block %d has no layers", index);
    SIDLE_CHECK(room->n_slots >= 0 && room->n_versions >= 1 &&
                    room->n_stashes >= 0,
                "block %d has no room", index);
    if (block == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "cannot reserve memory for block %d",
                          index);
    *block = (sidle_block){.model = model,
                           .index = index,
                           .first_layer = first_layer,
                           .n_layers = n_layers,
                           .is_first = first_layer == 0,
                           .is_last = first_layer + n_layers == model->n_layers,
                           .rows = model->rows,
                           .n_slots = room->n_slots + 1,
                           .n_versions = room->n_versions,
                           .n_stashes = room->n_stashes,
                           .is_stashed = room->is_stashed,
                           .horizon = room->horizon};
    block->in = block->is_first ? 0 : layers[0].in;
    block->out = block->is_last ? 0 : layers[n_layers - 1].out;
    status = reserve(block, room);
    if (status == SIDLE_OK)
        status = ready_layers(block);
    if (status != SIDLE_OK) {
        sidle_block_free(block);
        return sidle_fail_in(status, "block %d", index);
    }
    *block_p = block;
    return SIDLE_OK;
}

void sidle_block_free(sidle_block *block)
{
    if (block == NULL)
        return;
    if (block->self != NULL) {
        struct inside *in = block->self;

        sidle_arena_free(in->weights);
        sidle_arena_free(in->grad);
        sidle_arena_free(in->slots);
        sidle_arena_free(in->work);
        free(in->places);
        free(in);
    }
    free(block->slots);
    free(block->w);
    free(block->stash);
    free(block);
}
