/* block.c - the weights of a block, and the walk through its layers. */
#include "model/block_inside.h"

#include <string.h>

static void (*poke_call)(void *context);
static void *poke_context;

void sidle_block_set_poke(void (*poke)(void *context), void *context)
{
    poke_call = poke;
    poke_context = context;
}

static void poke(void)
{
    if (poke_call != NULL)
        poke_call(poke_context);
}

/* ---- weights */

void sidle_block_init_weights(sidle_block *block, uint64_t seed)
{
    sidle_real *w = sidle_block_weights(block);

    for (int k = 0; k < block->n_layers; k++)
        sidle_layer_init_weights(layer_at(block, k), seed,
                                 w + place_at(block, k)->weights);
}

sidle_real *sidle_block_weights(const sidle_block *block)
{
    return block->w[block->version];
}

ptrdiff_t sidle_block_param_offset(const sidle_block *block, int layer,
                                   int param)
{
    int k = layer - block->first_layer;

    SIDLE_ASSERT(k >= 0 && k < block->n_layers);
    return (ptrdiff_t)place_at(block, k)->weights +
           layer_at(block, k)->params[param].offset;
}

/* Whether a slot that is in use will ask for this version once more. */
static int is_needed(const sidle_block *block, int version)
{
    for (int s = 0; s < block->n_slots; s++)
        if (block->slots[s].is_used && block->slots[s].version == version)
            return 1;
    return 0;
}

static int free_version(const sidle_block *block)
{
    int version = 0;

    while (version < block->n_versions &&
           (version == block->version || is_needed(block, version)))
        version++;
    SIDLE_CHECK(version < block->n_versions,
                "block %d: all %d versions of the weights are in use",
                block->index, block->n_versions);
    return version;
}

sidle_real *sidle_block_begin_update(sidle_block *block)
{
    if (block->is_stashed && is_needed(block, block->version)) {
        int to = free_version(block);

        memcpy(block->w[to], block->w[block->version],
               block->weights * sizeof(sidle_real));
        block->version = to;
    }
    return sidle_block_weights(block);
}

void sidle_block_end_update(sidle_block *block)
{
    block->stamp++;
    memset(block->grad, 0, block->weights * sizeof(sidle_real));
}

/* ---- the walk through the layers */

static sidle_slot *slot_at(const sidle_block *block, int slot)
{
    SIDLE_ASSERT(slot >= 0 && slot < block->n_slots);
    return &block->slots[slot];
}

/* The weights that the policy names for a gradient at this slot. */
static const sidle_real *weights_of(const sidle_block *block,
                                    const sidle_slot *slot)
{
    return block->w[block->is_stashed ? slot->version : block->version];
}

/* The input of layer k: the block's own, or the output of the one before. */
static const sidle_real *input_at(const sidle_block *block,
                                  const sidle_slot *slot, int k)
{
    return k == 0 ? slot->x : slot->cache + place_at(block, k - 1)->out;
}

static void run_forward(const sidle_block *block, const sidle_slot *slot,
                        const sidle_real *w, sidle_real *y, sidle_loss *loss)
{
    const struct inside *in = block->self;
    sidle_item item = slot->item;

    item.loss = loss;
    for (int k = 0; k < block->n_layers; k++) {
        const sidle_layer *layer = layer_at(block, k);
        const struct place *place = place_at(block, k);
        int is_last = k == block->n_layers - 1;

        layer->ops->forward(layer, &item, w + place->weights,
                            input_at(block, slot, k),
                            is_last ? y : slot->cache + place->out,
                            slot->cache + place->cache, in->scratch);
        poke();
    }
}

void sidle_block_forward(sidle_block *block, int slot, sidle_real *y)
{
    sidle_slot *at = slot_at(block, slot);
    int is_eval = slot == block->n_slots - 1;

    block->loss = (sidle_loss){0};
    run_forward(block, at, sidle_block_weights(block), y, &block->loss);
    at->stamp = block->stamp;
    at->version = block->version;
    at->is_used = !is_eval; /* an evaluation holds no weights back */
    if (block->is_last && at->item.loss != NULL)
        *at->item.loss = block->loss;
}

int sidle_block_refresh(sidle_block *block, int slot)
{
    const struct inside *in = block->self;
    sidle_slot *at = slot_at(block, slot);
    int is_fresh =
        block->is_stashed ? at->stamp >= 0 : at->stamp == block->stamp;
    sidle_loss again = {0};

    if (is_fresh)
        return 0;
    run_forward(block, at, weights_of(block, at),
                block->is_last ? NULL : in->spare, &again);
    at->stamp = block->stamp;
    return 1;
}

/* The gradient of layer k's output: the block's own, or what the input
 * gradient of the layer after it left. */
static const sidle_real *dy_at(const sidle_block *block, int stash, int k,
                               const sidle_real *dy)
{
    if (k == block->n_layers - 1)
        return dy;
    return block->stash[stash] + place_at(block, k)->dy;
}

void sidle_block_input_grad(sidle_block *block, int slot, int stash,
                            const sidle_real *dy, sidle_real *dx)
{
    const struct inside *in = block->self;
    sidle_slot *at = slot_at(block, slot);
    const sidle_real *w = weights_of(block, at);

    SIDLE_ASSERT(stash >= 0 && stash < block->n_stashes);
    sidle_block_refresh(block, slot);
    for (int k = block->n_layers - 1; k >= 0; k--) {
        const sidle_layer *layer = layer_at(block, k);
        const struct place *place = place_at(block, k);
        sidle_real *left =
            k == 0 ? dx : block->stash[stash] + place_at(block, k - 1)->dy;

        if (left == NULL && !block->is_first)
            left = in->spare;

        layer->ops->input_grad(layer, &at->item, w + place->weights,
                               input_at(block, at, k), at->cache + place->cache,
                               dy_at(block, stash, k, dy), left,
                               block->stash[stash] + place->stash, in->scratch);
        poke();
    }
}

void sidle_block_weight_grad(sidle_block *block, int slot, int stash,
                             const sidle_real *dy)
{
    const struct inside *in = block->self;
    const sidle_slot *at = slot_at(block, slot);
    const sidle_real *w = weights_of(block, at);

    for (int k = block->n_layers - 1; k >= 0; k--) {
        const sidle_layer *layer = layer_at(block, k);
        const struct place *place = place_at(block, k);

        layer->ops->weight_grad(
            layer, &at->item, w + place->weights, input_at(block, at, k),
            at->cache + place->cache, dy_at(block, stash, k, dy),
            block->stash[stash] + place->stash, block->grad + place->weights,
            in->scratch);
        poke();
    }
}

void sidle_block_release(sidle_block *block, int slot)
{
    slot_at(block, slot)->is_used = 0;
}
