/* block_probe.c - the gradient that a schedule uses, and the exact one. */
#include "model/block_probe.h"

#include "base/carve.h"
#include "math/vector.h"
#include "model/block_inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- memory */

static void carve(sidle_carve *c, const sidle_layer *layers, int n_layers,
                  sidle_block_probe *probe)
{
    sidle_chain chain = sidle_chain_measure(layers, n_layers);
    ptrdiff_t n = (ptrdiff_t)chain.weights;
    ptrdiff_t in = (ptrdiff_t)layers[0].in;
    ptrdiff_t out = (ptrdiff_t)layers[n_layers - 1].out;

    probe->n_x = layers[0].in;
    probe->w = sidle_carve_reals(c, n);
    probe->used = sidle_carve_reals(c, n);
    probe->exact = sidle_carve_reals(c, n);
    probe->x = sidle_carve_reals(c, in);
    probe->dx = sidle_carve_reals(c, in);
    probe->y = sidle_carve_reals(c, out);
    probe->dy = sidle_carve_reals(c, out);
    probe->stash = sidle_carve_reals(c, (ptrdiff_t)chain.stash);
}

size_t sidle_block_probe_bytes(const sidle_model *model, int first_layer,
                               int n_layers)
{
    sidle_carve measure = sidle_carve_of(NULL);
    sidle_block_probe probe;

    carve(&measure, &model->layers[first_layer], n_layers, &probe);
    return sidle_carve_total(&measure);
}

sidle_status sidle_block_probe_new(const sidle_block *block,
                                   sidle_block_probe **probe_p)
{
    size_t bytes = sidle_block_probe_bytes(block->model, block->first_layer,
                                           block->n_layers);
    sidle_block_probe *probe = calloc(1, sizeof(*probe));
    sidle_carve all;

    if (probe == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for a probe");
    *probe_p = probe;
    SIDLE_TRY(
        sidle_arena_new("the probe of log.staleness", bytes, &probe->arena));
    all = sidle_carve_of(sidle_arena_take(probe->arena, bytes));
    carve(&all, &block->model->layers[block->first_layer], block->n_layers,
          probe);
    return SIDLE_OK;
}

void sidle_block_probe_free(sidle_block_probe *probe)
{
    if (probe == NULL)
        return;
    sidle_arena_free(probe->arena);
    free(probe);
}

/* ---- calls */

static const sidle_slot *spare_slot(const sidle_block *block)
{
    return &block->slots[block->n_slots - 1];
}

static sidle_call call_of(const sidle_block *block, const sidle_slot *slot,
                          const sidle_real *w)
{
    const struct inside *in = block->self;

    return (sidle_call){.item = &slot->item,
                        .w = w,
                        .x = slot->x,
                        .cache = slot->cache,
                        .scratch = in->scratch,
                        .grad_weight = slot->grad_weight};
}

void sidle_block_probe_note(sidle_block_probe *probe, const sidle_block *block,
                            int slot, int stash, int64_t item,
                            const sidle_real *dy)
{
    const sidle_slot *at = &block->slots[slot];
    const sidle_real *newest = sidle_block_weights(block);
    sidle_call call =
        call_of(block, at, block->is_stashed ? block->w[at->version] : newest);

    memset(probe->used, 0, block->weights * sizeof(sidle_real));
    call.dy = dy;
    call.stash = block->stash[stash];
    call.dw = probe->used;
    sidle_chain_weight_grad(chain_of(block), &call);
    memcpy(probe->w, newest, block->weights * sizeof(sidle_real));
    if (at->x != NULL)
        memcpy(probe->x, at->x, probe->n_x * sizeof(sidle_real));
    probe->item = item;
    probe->lag = at->item.number - item;
}

void sidle_block_probe_forward(sidle_block_probe *probe,
                               const sidle_block *block)
{
    sidle_call call = call_of(block, spare_slot(block), probe->w);
    sidle_loss loss = {0};

    call.y = block->is_last ? NULL : probe->y;
    call.loss = &loss;
    sidle_chain_forward(chain_of(block), &call);
}

void sidle_block_probe_backward(sidle_block_probe *probe,
                                const sidle_block *block, const sidle_real *dy,
                                sidle_real *dx, int wants_weights)
{
    sidle_call call = call_of(block, spare_slot(block), probe->w);

    call.dy = dy;
    call.dx = dx;
    call.stash = probe->stash;
    sidle_chain_input_grad(chain_of(block), &call);
    if (!wants_weights)
        return;
    memset(probe->exact, 0, block->weights * sizeof(sidle_real));
    call.dw = probe->exact;
    sidle_chain_weight_grad(chain_of(block), &call);
}

/* ---- figures */

double sidle_block_probe_change(const sidle_block_probe *probe,
                                const sidle_block *block)
{
    const sidle_real *own = spare_slot(block)->x;
    double change = 0.0, size = 0.0;

    if (own == NULL || probe->n_x == 0)
        return (double)NAN;
    for (size_t i = 0; i < probe->n_x; i++) {
        double d = (double)probe->x[i] - (double)own[i];

        change += d * d;
        size += (double)own[i] * (double)own[i];
    }
    return sqrt(change / size); /* NAN: both are zero */
}

double sidle_block_probe_cosine(const sidle_block_probe *probe,
                                const sidle_block *block)
{
    ptrdiff_t n = (ptrdiff_t)block->weights;

    return sidle_dot(n, probe->used, probe->exact) /
           sqrt(sidle_sum_squares(n, probe->used) *
                sidle_sum_squares(n, probe->exact));
}

double sidle_block_probe_ratio(const sidle_block_probe *probe,
                               const sidle_block *block)
{
    ptrdiff_t n = (ptrdiff_t)block->weights;

    return sqrt(sidle_sum_squares(n, probe->used) /
                sidle_sum_squares(n, probe->exact));
}
