/* block_memory.c - the memory of a block: measured, then reserved.
 *
 * Four arenas:
 *
 *   weights  n_versions times the weights of all layers, and once more where
 *            the versions are predictions
 *   grad     one weights-sized sum, where anything is trained
 *   slots    per slot the item's arrays, x, the sides, and per layer its cache
 *            and, but for the last layer, its output: the next layer's x
 *   work     per stash and layer its stash and, but for the last layer, the
 *            gradient of its output; then scratch, a place for the output of
 *            a forward that is run again, which is not used, and the gradients
 *            of the sides
 *
 * Every piece starts at a multiple of SIDLE_ALIGN, so that the bits of a layer
 * do not depend on the block that it is in. */
#include "model/block_inside.h"

#include "base/carve.h"

#include <stdlib.h>
#include <string.h>

/* What the memory of a block depends on. */
struct site {
    const sidle_model *model;
    int first_layer, n_layers;
    const sidle_block_room *room;
};

/* Bytes of the arenas. */
struct arenas {
    size_t weights, grad, slots, work;
};

/* ---- where things lie, by the same functions with memory and without */

static int is_first(const struct site *site)
{
    return site->first_layer == 0;
}

static const sidle_layer *layers_of(const struct site *site)
{
    return site->model->layers + site->first_layer;
}

/* Whether a layer of the block reads the field. */
static int has_field(const struct site *site, int field)
{
    for (int k = 0; k < site->n_layers; k++)
        if (sidle_model_reads(site->model, site->first_layer + k, field))
            return 1;
    return 0;
}

static void carve_slot(const struct site *site, const sidle_chain *chain,
                       sidle_carve *carve, sidle_slot *slot)
{
    const sidle_model *model = site->model;
    size_t rows = (size_t)model->rows;

    /* No forward has filled the caches yet. */
    *slot = (sidle_slot){.version = -1, .stamp = -1};
    slot->length = sidle_carve_bytes(carve, rows * sizeof(*slot->length));
    slot->scored = sidle_carve_bytes(carve, rows * sizeof(*slot->scored));
    slot->clip = sidle_carve_bytes(carve, rows * sizeof(*slot->clip));
    for (int f = 0; f < model->n_fields; f++)
        if (has_field(site, f))
            slot->fields[f] = sidle_carve_bytes(
                carve, rows * sidle_field_bytes(&model->fields[f]));
    if (!is_first(site))
        slot->x = sidle_carve_reals(
            carve, (ptrdiff_t)model->layers[site->first_layer].in);
    /* The input field is x itself: nothing is copied. */
    else if (model->input >= 0)
        slot->x = slot->fields[model->input];
    slot->sides = sidle_carve_reals(carve, (ptrdiff_t)chain->sides);
    slot->cache = sidle_carve_reals(carve, (ptrdiff_t)chain->cache);
}

/* slots (n_slots + 1), the evaluation slot included; NULL: only measure. */
static size_t carve_slots(const struct site *site, const sidle_chain *chain,
                          sidle_real *memory, sidle_slot *slots)
{
    sidle_carve carve = {memory, 0};
    sidle_slot unused;

    for (int s = 0; s <= site->room->n_slots; s++)
        carve_slot(site, chain, &carve, slots != NULL ? &slots[s] : &unused);
    return carve.used;
}

/* versions (n_versions), and the true weights where they are predictions. */
static size_t carve_weights(const struct site *site, const sidle_chain *chain,
                            sidle_real *memory, sidle_real **versions,
                            sidle_real **truth)
{
    sidle_carve carve = {memory, 0};

    for (int v = 0; v < site->room->n_versions; v++) {
        sidle_real *version =
            sidle_carve_reals(&carve, (ptrdiff_t)chain->weights);

        if (versions != NULL)
            versions[v] = version;
    }
    *truth = site->room->horizon > 0.0
                 ? sidle_carve_reals(&carve, (ptrdiff_t)chain->weights)
                 : NULL;
    return carve.used;
}

/* The pieces behind the stashes. */
struct work {
    sidle_real *scratch, *spare, *dsides;
};

/* stashes (n_stashes); then scratch, a place for what nobody reads, and the
 * gradients of the sides. */
static size_t carve_work(const struct site *site, const sidle_chain *chain,
                         sidle_real *memory, sidle_real **stashes,
                         struct work *rest)
{
    sidle_carve carve = {memory, 0};

    for (int s = 0; s < site->room->n_stashes; s++) {
        sidle_real *stash = sidle_carve_reals(&carve, (ptrdiff_t)chain->stash);

        if (stashes != NULL)
            stashes[s] = stash;
    }
    rest->scratch = sidle_carve_reals(&carve, (ptrdiff_t)chain->scratch);
    rest->spare = sidle_carve_reals(
        &carve, (ptrdiff_t)layers_of(site)[site->n_layers - 1].out);
    rest->dsides = sidle_carve_reals(&carve, (ptrdiff_t)chain->sides);
    return carve.used;
}

/* ---- measuring */

static struct arenas measure(const struct site *site, const sidle_chain *chain)
{
    sidle_real *none;
    struct work rest;

    return (struct arenas){
        .weights =
            carve_weights(site, chain, NULL, NULL, &none) * sizeof(sidle_real),
        /* Without a slot of training there is no gradient. */
        .grad =
            site->room->n_slots > 0 ? chain->weights * sizeof(sidle_real) : 0,
        .slots = carve_slots(site, chain, NULL, NULL) * sizeof(sidle_real),
        .work =
            carve_work(site, chain, NULL, NULL, &rest) * sizeof(sidle_real)};
}

static struct arenas forecast(const sidle_model *model, int first_layer,
                              int n_layers, const sidle_block_room *room)
{
    struct site site = {model, first_layer, n_layers, room};
    sidle_chain chain = sidle_chain_measure(layers_of(&site), n_layers);

    return measure(&site, &chain);
}

sidle_block_memory sidle_block_forecast(const sidle_model *model,
                                        int first_layer, int n_layers,
                                        const sidle_block_room *room)
{
    struct arenas bytes = forecast(model, first_layer, n_layers, room);

    return (sidle_block_memory){.weights = sidle_arena_size(bytes.weights),
                                .gradients = sidle_arena_size(bytes.grad),
                                .activations = sidle_arena_size(bytes.slots),
                                .scratch = sidle_arena_size(bytes.work)};
}

size_t sidle_block_bytes(const sidle_model *model, int first_layer,
                         int n_layers, const sidle_block_room *room)
{
    struct arenas bytes = forecast(model, first_layer, n_layers, room);

    return bytes.weights + bytes.grad + bytes.slots + bytes.work;
}

size_t sidle_block_reserved(const sidle_block *block)
{
    const struct inside *in = block->self;

    return sidle_arena_used(in->weights) + sidle_arena_used(in->grad) +
           sidle_arena_used(in->slots) + sidle_arena_used(in->work);
}

/* ---- reserving */

/* The whole of a new arena. */
static sidle_status take_whole(const char *name, size_t bytes,
                               sidle_arena **arena, sidle_real **memory)
{
    SIDLE_TRY(sidle_arena_new(name, bytes, arena));
    *memory = sidle_arena_take(*arena, bytes);
    return SIDLE_OK;
}

static sidle_status take_all(sidle_block *block, const struct site *site,
                             const sidle_chain *chain)
{
    struct inside *in = block->self;
    struct arenas bytes = measure(site, chain);
    sidle_real *weights, *slots, *work;
    struct work rest;

    SIDLE_TRY(take_whole("weights", bytes.weights, &in->weights, &weights));
    SIDLE_TRY(take_whole("gradients", bytes.grad, &in->grad, &block->grad));
    SIDLE_TRY(take_whole("activations", bytes.slots, &in->slots, &slots));
    SIDLE_TRY(take_whole("scratch", bytes.work, &in->work, &work));
    /* Padding between parameters is never written, but saved and summed. */
    memset(weights, 0, bytes.weights);
    memset(block->grad, 0, bytes.grad);
    carve_weights(site, chain, weights, block->w, &block->truth);
    carve_slots(site, chain, slots, block->slots);
    carve_work(site, chain, work, block->stash, &rest);
    in->scratch = rest.scratch;
    in->spare = rest.spare;
    block->dsides = rest.dsides;
    block->sides = chain->sides;
    /* A side input that has not yet come counts as zero. */
    for (int s = 0; s < block->n_slots; s++)
        memset(block->slots[s].sides, 0, chain->sides * sizeof(sidle_real));
    /* Padding between them is never written, but looked at. */
    memset(block->dsides, 0, chain->sides * sizeof(sidle_real));
    return SIDLE_OK;
}

/* The lists that the arenas' pieces are entered in. */
static sidle_status new_lists(sidle_block *block)
{
    struct inside *in = calloc(1, sizeof(*in));

    block->self = in;
    block->slots = calloc((size_t)block->n_slots, sizeof(*block->slots));
    block->w = calloc((size_t)block->n_versions, sizeof(*block->w));
    block->stash = calloc((size_t)block->n_stashes, sizeof(*block->stash));
    if (in == NULL || block->slots == NULL || block->w == NULL ||
        block->stash == NULL)
        return sidle_fail(SIDLE_EINTERNAL,
                          "cannot reserve memory for the lists of block %d",
                          block->index);
    return SIDLE_OK;
}

static sidle_status reserve(sidle_block *block, const sidle_block_room *room)
{
    struct site site = {block->model, block->first_layer, block->n_layers,
                        room};
    struct inside *in;

    SIDLE_TRY(new_lists(block));
    in = block->self;
    SIDLE_TRY(sidle_chain_init(&in->chain, layers_of(&site), block->n_layers));
    block->weights = in->chain.weights;
    /* The first block has lengths and clips to tell, the last one targets to
     * count, whatever fields their layers read. */
    block->reads_items = block->is_first || block->is_last;
    for (int f = 0; f < block->model->n_fields; f++)
        block->reads_items = block->reads_items || has_field(&site, f);
    SIDLE_TRY(take_all(block, &site, &in->chain));
    for (int s = 0; s < block->n_slots; s++)
        sidle_block_set_item(block, s, 0, 0, 0, 0);
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
                           /* One more for evaluations. */
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
        sidle_chain_done(&in->chain);
        free(in);
    }
    free(block->slots);
    free(block->w);
    free(block->stash);
    free(block);
}
