/* block.c - the weights of a block, and the walk through its layers. */
#include "model/block_inside.h"

#include <string.h>

/* ---- weights */

void sidle_block_init_weights(sidle_block *block, uint64_t seed)
{
    const sidle_chain *chain = chain_of(block);
    sidle_real *w = sidle_block_weights(block);

    for (int k = 0; k < chain->n_layers; k++)
        sidle_layer_init_weights(&chain->layers[k], seed,
                                 w + chain->places[k].weights);
}

sidle_real *sidle_block_weights(const sidle_block *block)
{
    if (block->truth != NULL)
        return block->truth;
    return block->w[block->version];
}

ptrdiff_t sidle_block_param_offset(const sidle_block *block, int layer,
                                   int param)
{
    const sidle_chain *chain = chain_of(block);
    int k = layer - block->first_layer;

    SIDLE_ASSERT(k >= 0 && k < chain->n_layers);
    return (ptrdiff_t)chain->places[k].weights +
           chain->layers[k].params[param].offset;
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
    int to = block->version;

    if (block->is_stashed && is_needed(block, to))
        to = free_version(block);
    /* Where the block predicts, what the weights were is kept in the place
     * of the next prediction. */
    if (to != block->version || block->truth != NULL)
        memcpy(block->w[to], sidle_block_weights(block),
               block->weights * sizeof(sidle_real));
    block->version = to;
    return sidle_block_weights(block);
}

/* w_hat, which holds the weights before the update, <- their prediction. */
static void predict(size_t n, sidle_real horizon, const sidle_real *restrict w,
                    sidle_real *restrict w_hat)
{
    for (size_t i = 0; i < n; i++)
        /* SpecTrain: the next updates go on as the last one did. */
        w_hat[i] = w[i] + horizon * (w[i] - w_hat[i]);
}

void sidle_block_end_update(sidle_block *block)
{
    if (block->truth != NULL)
        predict(block->weights, (sidle_real)block->horizon, block->truth,
                block->w[block->version]);
    block->stamp++;
    memset(block->grad, 0, block->weights * sizeof(sidle_real));
}

/* ---- items */

static sidle_slot *slot_at(const sidle_block *block, int slot)
{
    SIDLE_ASSERT(slot >= 0 && slot < block->n_slots);
    return &block->slots[slot];
}

sidle_batch sidle_block_batch(const sidle_block *block, int slot)
{
    const sidle_slot *at = slot_at(block, slot);
    sidle_batch batch = {.rows = block->rows,
                         .length = at->length,
                         .scored = at->scored,
                         .clip = at->clip};

    memcpy(batch.fields, at->fields, sizeof(batch.fields));
    return batch;
}

void sidle_block_set_item(sidle_block *block, int slot, int64_t number,
                          int is_training, uint64_t seed, ptrdiff_t first_row)
{
    sidle_slot *at = slot_at(block, slot);

    at->item = (sidle_item){.number = number,
                            .is_training = is_training,
                            .seed = seed,
                            .rows = block->rows,
                            .first_row = first_row,
                            .length = at->length,
                            /* Elsewhere nobody fills it; NULL: all targets
                             * count. */
                            .scored = block->reads_items ? at->scored : NULL,
                            .clip = at->clip};
    for (int f = 0; f < block->model->n_fields; f++)
        at->item.fields[f] = at->fields[f];
}

/* ---- the walk through the layers */

/* The weights that the policy names for a gradient at this slot. */
static const sidle_real *weights_of(const sidle_block *block,
                                    const sidle_slot *slot)
{
    return block->is_stashed ? block->w[slot->version]
                             : sidle_block_weights(block);
}

/* The weights of a training forward. Before the first update there is nothing
 * to predict from, and the weights may have been read from a file. */
static const sidle_real *weights_ahead(sidle_block *block)
{
    if (block->truth != NULL && block->stamp == 0)
        memcpy(block->w[block->version], block->truth,
               block->weights * sizeof(sidle_real));
    return block->w[block->version];
}

/* What every call of the chain has at this slot. */
static sidle_call call_of(const sidle_block *block, const sidle_slot *slot,
                          const sidle_real *w)
{
    const struct inside *in = block->self;

    return (sidle_call){.item = &slot->item,
                        .w = w,
                        .x = slot->x,
                        .side = slot->sides,
                        .cache = slot->cache,
                        .scratch = in->scratch,
                        .grad_weight = slot->grad_weight};
}

static void run_forward(const sidle_block *block, const sidle_slot *slot,
                        const sidle_real *w, sidle_real *y, sidle_loss *loss)
{
    sidle_call call = call_of(block, slot, w);

    call.y = y;
    call.loss = loss;
    sidle_chain_forward(chain_of(block), &call);
}

void sidle_block_forward(sidle_block *block, int slot, sidle_real *y)
{
    sidle_slot *at = slot_at(block, slot);
    int is_eval = slot == block->n_slots - 1;
    /* A gradient at the true weights runs the forward there first. */
    int is_elsewhere = block->truth != NULL && !block->is_stashed;

    block->loss = (sidle_loss){0};
    run_forward(block, at,
                is_eval ? sidle_block_weights(block) : weights_ahead(block), y,
                &block->loss);
    at->stamp = is_elsewhere ? -1 : block->stamp;
    at->version = block->version;
    at->is_used = !is_eval; /* an evaluation holds no weights back */
}

const sidle_real *sidle_block_outputs(const sidle_block *block, int slot)
{
    const sidle_slot *at = slot_at(block, slot);
    const sidle_chain *chain = chain_of(block);
    int n = chain->n_layers;

    SIDLE_ASSERT(block->is_last);
    return n > 1 ? at->cache + chain->places[n - 2].out : at->x;
}

int sidle_block_refresh(sidle_block *block, int slot)
{
    const struct inside *in = block->self;
    sidle_slot *at = slot_at(block, slot);
    /* A kept version never changes, so its caches are missing only after a
     * resume. */
    int is_fresh =
        block->is_stashed ? at->stamp >= 0 : at->stamp == block->stamp;
    sidle_loss again = {0};

    if (is_fresh)
        return 0;
    /* The loss was counted by the first forward, and the output sent by it. */
    run_forward(block, at, weights_of(block, at),
                block->is_last ? NULL : in->spare, &again);
    at->stamp = block->stamp;
    return 1;
}

size_t sidle_block_side_offset(const sidle_block *block, int layer)
{
    int k = layer - block->first_layer;

    SIDLE_ASSERT(sidle_chain_has_side(chain_of(block), k));
    return chain_of(block)->places[k].side;
}

const sidle_real *sidle_block_output(const sidle_block *block, int slot,
                                     int layer)
{
    int k = layer - block->first_layer;

    SIDLE_ASSERT(k >= 0 && k < block->n_layers - 1);
    return slot_at(block, slot)->cache + chain_of(block)->places[k].out;
}

void sidle_block_input_grad(sidle_block *block, int slot, int stash,
                            const sidle_real *dy, sidle_real *dx)
{
    sidle_slot *at = slot_at(block, slot);
    sidle_call call = call_of(block, at, weights_of(block, at));

    SIDLE_ASSERT(stash >= 0 && stash < block->n_stashes);
    sidle_block_refresh(block, slot);
    call.dy = dy;
    call.dx = dx;
    call.dside = block->dsides;
    call.outer = block->outer;
    call.n_outer = block->n_outer;
    call.stash = block->stash[stash];
    sidle_chain_input_grad(chain_of(block), &call);
}

void sidle_block_weight_grad(sidle_block *block, int slot, int stash,
                             const sidle_real *dy)
{
    const sidle_slot *at = slot_at(block, slot);
    sidle_call call = call_of(block, at, weights_of(block, at));

    call.dy = dy;
    call.stash = block->stash[stash];
    call.dw = block->grad;
    sidle_chain_weight_grad(chain_of(block), &call);
}

void sidle_block_release(sidle_block *block, int slot)
{
    slot_at(block, slot)->is_used = 0;
}
