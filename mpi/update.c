/* update.c - from a block's gradients to its new weights: the sum over
 * replicas, the norm of all blocks, clipping, the optimizer's step. */
#include "mpi/update.h"

#include "mpi/on_nan.h"

#include <math.h>
#include <string.h>

/* ---- the gradient of all replicas */

/* As soon as the last gradient of an update is there; where the update stands
 * behind the boundary, it is the sum of this replica that is saved there. */
void sidle_update_begin_sum(sidle_station *s)
{
    const sidle_plan *plan = s->runner->config.plan;

    if (s->n_valid == plan->update_every && !plan->sums_norms)
        sidle_sum_begin(s->sum, s->block->grad);
}

static int is_update_due(const sidle_station *s)
{
    return s->n_valid >= s->runner->config.plan->update_every ||
           (s->instr.is_drain && s->n_valid > 0);
}

/* Whether the gradient of an update that is due is that of all replicas. */
static int is_summed(sidle_station *s)
{
    if (s->sum == NULL || !is_update_due(s))
        return 1;
    if (!sidle_sum_is_begun(s->sum)) /* what is left, or behind the boundary */
        sidle_sum_begin(s->sum, s->block->grad);
    return sidle_sum_poll(s->sum);
}

static double divisor_of(const sidle_station *s)
{
    return s->runner->config.is_mean ? (double)s->n_valid : 1.0;
}

/* Of the gradient that the update will use, before clipping. */
static double squares_of(const sidle_station *s)
{
    double divisor = divisor_of(s);

    return sidle_grad_squares(s->segments, s->n_segments, s->block->grad) /
           (divisor * divisor);
}

/* ---- the norm of all blocks */

/* The first block has the squares of each; messages tell the total only. */
static void keep_norms(const sidle_station *s, int n)
{
    if (!sidle_station_is_global(s) || !isfinite(s->total))
        return;
    for (int i = 0; i < n; i++)
        /* Zero where a block made no update: it keeps the norm of its last
         * one. */
        if (s->squares[i] > 0.0)
            s->runner->norms[i] = sqrt(s->squares[i]);
}

/* Blocks behind give their squares, each block adds its own in front, the first
 * adds them up in model order, and the total goes the way back. All take part,
 * with or without an update: after a resume with another clip_scope some have
 * made theirs already. */
int sidle_update_sum_norms(sidle_station *s)
{
    int n = s->runner->config.plan->n_blocks - s->block->index + 1;
    sidle_link *before = sidle_station_before(s);
    sidle_link *behind = sidle_station_behind(s);

    if (s->norms_phase == NORMS_GATHER) {
        if (!is_summed(s))
            return 0;
        if (behind != NULL && !sidle_link_receive_norms(behind, SIDLE_BACK,
                                                        n - 1, s->squares + 1))
            return 0;
        s->squares[0] = is_update_due(s) ? squares_of(s) : 0.0;
        sidle_on_nan_squares(s, s->squares[0]);
        s->norms_phase = NORMS_SEND;
    }
    if (s->norms_phase == NORMS_SEND) {
        if (before != NULL &&
            !sidle_link_send_norms(before, SIDLE_BACK, n, s->squares))
            return 0;
        s->norms_phase = NORMS_AWAIT;
        s->total = 0.0;
        for (int i = 0; i < n; i++)
            s->total += s->squares[i];
        if (before == NULL)
            keep_norms(s, n);
    }
    if (s->norms_phase == NORMS_AWAIT) {
        if (before != NULL &&
            !sidle_link_receive_norms(before, SIDLE_AHEAD, 1, &s->total))
            return 0;
        s->norms_phase = NORMS_PASS;
    }
    if (behind != NULL &&
        !sidle_link_send_norms(behind, SIDLE_AHEAD, 1, &s->total))
        return 0;
    s->norms_phase = NORMS_GATHER;
    return 1;
}

/* ---- the step */

static void scale(sidle_real *g, size_t n, double by)
{
    sidle_real factor = (sidle_real)by;

    if (by == 1.0)
        return;
    for (size_t i = 0; i < n; i++)
        g[i] *= factor;
}

/* Answers 0 where the gradient allows none. */
static int make_update(sidle_station *s)
{
    const sidle_runner_config *config = &s->runner->config;
    sidle_block *block = s->block;
    double clip = config->optim->clip;
    double squares = sidle_station_is_global(s) ? s->total : squares_of(s);

    if (!sidle_on_nan_update(s, squares))
        return 0;
    scale(block->grad, block->weights,
          sidle_clip_factor(clip, squares) / divisor_of(s));
    s->grad_norm = sqrt(squares);
    /* Reports tell this factor; the one of the block's delay is its own. */
    s->factor = sidle_rate_factor(config->optim, s->updates);
    sidle_optim_step(
        s->optim, s->factor * sidle_delay_factor(&s->optim->config, s->updates),
        sidle_block_begin_update(block), block->grad);
    sidle_block_end_update(block);
    s->updates++;
    return 1;
}

static int is_allowed(const sidle_station *s)
{
    const sidle_runner_hooks *hooks = &s->runner->config.hooks;

    return hooks->may_update == NULL ||
           hooks->may_update(hooks->context, s->block->index, s->instr.item);
}

int sidle_update_make(sidle_station *s)
{
    if (!is_update_due(s))
        return 1;
    if (!is_summed(s))
        return 0;
    sidle_sum_end(s->sum);
    if (!is_allowed(s) || !make_update(s))
        /* Dropped, or it would count in the next update; an update clears its
         * own. */
        memset(s->block->grad, 0, s->block->weights * sizeof(*s->block->grad));
    s->n_valid = 0;
    s->has_heard_bad = s->has_lost = 0;
    return 1;
}
