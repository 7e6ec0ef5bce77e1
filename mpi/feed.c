/* feed.c - items into the model: what the data source has for a slot, and what
 * the first block decides before an item enters. */
#include "mpi/feed.h"

static double weight_of_target(const sidle_runner_config *config, int64_t n)
{
    /* Nothing to predict, so no gradient, and no division by zero. */
    if (n == 0)
        return 0.0;
    return config->is_mean ? 1.0 / (double)n : 1.0;
}

/* Lengths and clips came with the activation: they are left as they are. */
static sidle_batch without_rows(sidle_batch batch)
{
    batch.length = NULL;
    batch.clip = NULL;
    return batch;
}

void sidle_feed_slot(sidle_station *s, int slot, int64_t item, int is_eval)
{
    const sidle_runner_config *config = &s->runner->config;
    const sidle_source *source = is_eval ? config->eval : config->train;
    sidle_batch batch = sidle_block_batch(s->block, slot);

    sidle_block_set_item(s->block, slot, item, !is_eval, config->seed,
                         s->runner->replica * s->block->rows);
    if (!s->block->reads_items)
        return;
    if (!s->block->is_first)
        batch = without_rows(batch);
    if (!is_eval) {
        s->fed = item;
        s->n_ahead = 0;
    } else
        item = 1 + (s->runner->eval_begin + item - 1) % source->n_items;
    sidle_source_fill(source, item, &batch);
    /* n_all is of all replicas: their gradients are added, not averaged. */
    s->block->slots[slot].grad_weight = weight_of_target(config, batch.n_all);
}

void sidle_feed_ahead(sidle_station *s)
{
    const sidle_runner_config *config = &s->runner->config;
    int64_t next = s->fed + 1;
    sidle_batch batch;

    if (s->fed == 0 || s->read_ahead == next || next > config->plan->steps ||
        s->runner->is_evaluating)
        return;
    batch = sidle_block_batch(s->block, 0);
    /* Two a row at most: with too little memory each would replace another. */
    if (s->n_ahead++ >= 2 * s->block->rows ||
        !sidle_source_ahead(config->train, next, &batch))
        s->read_ahead = next;
}

/* What the first block decides about an item before it enters, or
 * SIDLE_ITEM_WAITS. */
static int flags_of_item(sidle_runner *runner, int64_t item)
{
    const sidle_runner_config *config = &runner->config;
    int flags = 0;

    if (config->on_item != NULL)
        flags = config->on_item(config->context, item);
    if (flags == SIDLE_ITEM_WAITS)
        return flags;
    if (config->wants_stop != NULL && config->wants_stop(config->context))
        runner->wants_stop = 1;
    if (runner->wants_stop || sidle_replicas_have_wish(runner->replicas))
        flags |= SIDLE_MSG_STOP;
    return flags & SIDLE_MSG_DECIDED;
}

/* Replica 0 decides for all; the others wait for it, and say what they wish. */
static int decide(sidle_station *s)
{
    sidle_runner *runner = s->runner;
    const sidle_runner_config *config = &runner->config;
    int64_t item = s->instr.item;

    if (runner->replica == 0) {
        /* Nothing is decided that cannot be told to the other replicas yet. */
        if (!sidle_replicas_can_decide(runner->replicas))
            return 0;
        s->item_flags = flags_of_item(runner, item);
        if (s->item_flags == SIDLE_ITEM_WAITS)
            /* SIDLE_ITEM_WAITS is no flag of a message; the item is asked for
             * again. */
            return s->item_flags = 0;
        sidle_replicas_decide(runner->replicas, item, s->item_flags);
        return 1;
    }
    if (!sidle_replicas_decided(runner->replicas, item, &s->item_flags))
        return 0;
    if (config->wants_stop != NULL && config->wants_stop(config->context))
        runner->wants_stop = 1;
    if (runner->wants_stop)
        sidle_replicas_wish(runner->replicas);
    return 1;
}

int sidle_feed_load(sidle_station *s)
{
    if (!s->instr.is_eval) {
        sidle_decisions *decisions = s->runner->decisions;

        if (!sidle_decisions_can_tell(decisions) || !decide(s))
            return 0;
        sidle_decisions_tell(decisions, s->instr.item, s->item_flags);
    }
    sidle_feed_slot(s, s->instr.slot, s->instr.item, s->instr.is_eval);
    return 1;
}
