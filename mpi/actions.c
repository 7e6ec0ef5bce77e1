/* actions.c - what each instruction of a plan does in a block.
 *
 * An action answers 0 if it cannot be done yet: a message is missing, or both
 * buffers of a link are still on their way. It has then changed nothing. */
#include "mpi/finite.h"

#include <string.h>

static sidle_slot *slot_of(const sidle_station *s)
{
    return &s->block->slots[s->instr.slot];
}

static sidle_gradient *gradient_of(const sidle_station *s)
{
    return &s->gradients[s->instr.stash];
}

static size_t rows_of(const sidle_station *s)
{
    return (size_t)s->block->rows;
}

/* ---- items */

static double weight_of_target(const sidle_runner_config *config, int64_t n)
{
    if (n == 0)
        return 0.0;
    return config->is_mean ? 1.0 / (double)n : 1.0;
}

void sidle_station_ask(sidle_station *s, sidle_slot *slot, int64_t item,
                       int is_eval)
{
    const sidle_runner_config *config = &s->runner->config;
    const sidle_source *source = is_eval ? config->eval : config->train;
    int is_first = s->block->is_first;
    sidle_batch batch = {.rows = s->block->rows,
                         .width = s->block->model->width,
                         .tokens = slot->tokens,
                         .values = slot->values,
                         .targets = slot->targets,
                         .length = is_first ? slot->length : NULL,
                         .scored = slot->scored,
                         .clip = is_first ? slot->clip : NULL};

    slot->item = (sidle_item){.number = item,
                              .is_training = !is_eval,
                              .seed = config->seed,
                              .rows = batch.rows,
                              .first_row = s->runner->replica * batch.rows,
                              .length = slot->length,
                              .width = batch.width,
                              .tokens = slot->tokens,
                              .values = slot->values,
                              .targets = slot->targets,
                              .z_loss = config->z_loss};
    if (!is_first && !s->block->is_last)
        return;
    slot->item.scored = slot->scored;
    if (is_eval)
        item = 1 + (s->runner->eval_begin + item - 1) % source->n_items;
    source->batch(source, item, &batch);
    slot->item.grad_weight = weight_of_target(config, batch.n_all);
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
        if (!sidle_replicas_can_decide(runner->replicas))
            return 0;
        s->cut_flags = flags_of_item(runner, item);
        if (s->cut_flags == SIDLE_ITEM_WAITS)
            return s->cut_flags = 0;
        sidle_replicas_decide(runner->replicas, item, s->cut_flags);
        return 1;
    }
    if (!sidle_replicas_decided(runner->replicas, item, &s->cut_flags))
        return 0;
    if (config->wants_stop != NULL && config->wants_stop(config->context))
        runner->wants_stop = 1;
    if (runner->wants_stop)
        sidle_replicas_wish(runner->replicas);
    return 1;
}

static int load(sidle_station *s)
{
    if (!s->instr.is_eval && !decide(s))
        return 0;
    sidle_station_ask(s, slot_of(s), s->instr.item, s->instr.is_eval);
    return 1;
}

static int receive_activation(sidle_station *s)
{
    sidle_slot *slot = slot_of(s);
    sidle_message m;
    int is_eval;

    if (!sidle_link_receive_begin(s->left, SIDLE_RIGHT, &m))
        return 0;
    is_eval = (m.header->flags & SIDLE_MSG_EVAL) != 0;
    SIDLE_CHECK(m.header->item == s->instr.item && is_eval == s->instr.is_eval,
                "block %d received the activation of %s %lld, expected %s %lld",
                s->block->index, is_eval ? "evaluation" : "item",
                (long long)m.header->item,
                s->instr.is_eval ? "evaluation" : "item",
                (long long)s->instr.item);
    memcpy(slot->length, m.length, rows_of(s) * sizeof(*m.length));
    memcpy(slot->clip, m.clip, rows_of(s) * sizeof(*m.clip));
    memcpy(slot->x, m.payload, s->block->in * sizeof(*m.payload));
    if (!is_eval)
        s->cut_flags = m.header->flags & SIDLE_MSG_DECIDED;
    sidle_station_ask(s, slot, m.header->item, is_eval);
    sidle_link_receive_end(s->left, SIDLE_RIGHT);
    return 1;
}

/* ---- forward */

static int forward(sidle_station *s)
{
    const sidle_runner_hooks *hooks = &s->runner->config.hooks;
    int is_last = s->block->is_last;

    if (is_last ? !sidle_reports_can_send(s->runner->reports)
                : !sidle_link_send_begin(s->right, SIDLE_RIGHT, &s->ahead))
        return 0;
    sidle_block_forward(s->block, s->instr.slot,
                        is_last ? NULL : s->ahead.payload);
    if (is_last)
        sidle_station_count_loss(s);
    if (hooks->on_forward != NULL && !s->instr.is_eval)
        hooks->on_forward(hooks->context, s->block->index, s->instr.item);
    return 1;
}

static int send_activation(sidle_station *s)
{
    const sidle_slot *slot = slot_of(s);
    sidle_message *m = &s->ahead;

    m->header->item = s->instr.item;
    m->header->flags =
        SIDLE_MSG_VALID | (s->instr.is_eval ? SIDLE_MSG_EVAL : s->cut_flags);
    memcpy(m->length, slot->length, rows_of(s) * sizeof(*m->length));
    memcpy(m->clip, slot->clip, rows_of(s) * sizeof(*m->clip));
    sidle_link_send_end(s->right, SIDLE_RIGHT);
    return 1;
}

/* ---- gradients */

/* Whether the gradient meets its own clip in any row of any replica. */
static int is_any_row_left(const sidle_station *s, const sidle_gradient *g,
                           int n_left)
{
    sidle_runner *runner = s->runner;
    const sidle_source *source = runner->config.train;
    ptrdiff_t rows = runner->config.n_replicas * s->block->rows;
    int64_t *of_gradient = runner->clips, *of_slot = of_gradient + rows;

    if (n_left > 0 || runner->config.n_replicas == 1 || source->clips == NULL)
        return n_left > 0;
    source->clips(source, g->item, of_gradient);
    source->clips(source, slot_of(s)->item.number, of_slot);
    for (ptrdiff_t row = 0; row < rows; row++)
        if (of_gradient[row] == of_slot[row])
            return 1;
    return 0;
}

/* Rows whose clip is not that of the activation they meet give no gradient. */
static void mask_cuts(const sidle_station *s, sidle_gradient *g)
{
    const sidle_slot *slot = slot_of(s);
    size_t n = s->block->out / rows_of(s);
    int n_left = 0;

    for (size_t b = 0; b < rows_of(s); b++) {
        if (g->clip[b] == slot->clip[b])
            n_left++;
        else
            memset(g->dy + b * n, 0, n * sizeof(*g->dy));
    }
    g->is_valid = is_any_row_left(s, g, n_left);
}

static void hear_from_behind(sidle_station *s, const sidle_header *header)
{
    sidle_runner *runner = s->runner;

    if (header->flags & SIDLE_MSG_STOP)
        runner->wants_stop = 1;
    if (s == &runner->stations[runner->n_stations - 1])
        runner->busy_then = header->busy;
}

/* The block, from 1, whose norm travels with the gradient of an item. */
static int block_told(const sidle_runner *runner, int64_t item)
{
    return (int)(item % runner->config.plan->n_blocks) + 1;
}

static double norm_to_tell(const sidle_station *s, const sidle_gradient *g)
{
    int told = block_told(s->runner, g->item);

    if (told == s->block->index)
        return s->grad_norm;
    return told > s->block->index ? g->norm : 0.0;
}

static int receive_gradient(sidle_station *s)
{
    sidle_gradient *g = gradient_of(s);
    sidle_message m;

    if (!sidle_link_receive_begin(s->right, SIDLE_LEFT, &m))
        return 0;
    SIDLE_CHECK(m.header->item == s->instr.item,
                "block %d received the gradient of item %lld, expected %lld",
                s->block->index, (long long)m.header->item,
                (long long)s->instr.item);
    g->item = m.header->item;
    g->is_valid = (m.header->flags & SIDLE_MSG_VALID) != 0;
    g->is_bad = (m.header->flags & SIDLE_MSG_BAD) != 0;
    g->norm = m.header->norm;
    if (s->left == NULL && g->norm > 0.0 && !sidle_station_is_global(s))
        s->runner->norms[block_told(s->runner, g->item) - 1] = g->norm;
    memcpy(g->length, m.length, rows_of(s) * sizeof(*m.length));
    memcpy(g->clip, m.clip, rows_of(s) * sizeof(*m.clip));
    if (g->is_valid)
        memcpy(g->dy, m.payload, s->block->out * sizeof(*m.payload));
    hear_from_behind(s, m.header);
    sidle_link_receive_end(s->right, SIDLE_LEFT);
    if (g->is_valid && s->runner->config.on_cut == SIDLE_CUT_MASK)
        mask_cuts(s, g);
    return 1;
}

/* The last block's gradient begins with the item's own labels. */
static void begin_gradient(const sidle_station *s, sidle_gradient *g)
{
    const sidle_slot *slot = slot_of(s);

    SIDLE_CHECK(slot->item.number == s->instr.item,
                "the labels of item %lld met the gradient of item %lld",
                (long long)slot->item.number, (long long)s->instr.item);
    g->item = s->instr.item;
    g->is_valid = slot->item.grad_weight > 0.0;
    g->is_bad = 0;
    memcpy(g->length, slot->length, rows_of(s) * sizeof(*g->length));
    memcpy(g->clip, slot->clip, rows_of(s) * sizeof(*g->clip));
}

/* dx, where it is not NULL, from the gradient that has come. */
static void take_input_gradient(sidle_station *s, const sidle_gradient *g,
                                sidle_real *dx)
{
    sidle_trace *trace = s->runner->trace;

    if (trace != NULL && sidle_block_refresh(s->block, s->instr.slot))
        sidle_trace_end(trace, s->block->index, SIDLE_EVENT_RERUN,
                        s->instr.item);
    sidle_block_input_grad(s->block, s->instr.slot, s->instr.stash, g->dy, dx);
}

static int input_gradient(sidle_station *s)
{
    sidle_gradient *g = gradient_of(s);
    sidle_real *dx = NULL;

    if (s->left != NULL) {
        if (!sidle_link_send_begin(s->left, SIDLE_LEFT, &s->back))
            return 0;
        dx = s->back.payload;
    }
    if (s->block->is_last)
        begin_gradient(s, g);
    g->sends_bad = 0;
    if (g->is_valid) {
        take_input_gradient(s, g, dx);
        sidle_finite_input_gradient(s, g, dx);
    }
    g->is_stashed = 1;
    return 1;
}

static int send_gradient(sidle_station *s)
{
    sidle_runner *runner = s->runner;
    const sidle_runner_config *config = &runner->config;
    const sidle_gradient *g = gradient_of(s);
    sidle_message *m = &s->back;

    if (config->wants_stop != NULL && config->wants_stop(config->context))
        runner->wants_stop = 1;
    m->header->item = g->item;
    m->header->flags = (g->is_valid ? SIDLE_MSG_VALID : 0) |
                       (g->sends_bad ? SIDLE_MSG_BAD : 0) |
                       (runner->wants_stop ? SIDLE_MSG_STOP : 0);
    m->header->busy = sidle_runner_busy(runner);
    m->header->norm = norm_to_tell(s, g);
    memcpy(m->length, g->length, rows_of(s) * sizeof(*m->length));
    memcpy(m->clip, g->clip, rows_of(s) * sizeof(*m->clip));
    sidle_link_send_end(s->left, SIDLE_LEFT);
    return 1;
}

static int weight_gradient(sidle_station *s)
{
    const sidle_runner_hooks *hooks = &s->runner->config.hooks;
    sidle_gradient *g = gradient_of(s);

    SIDLE_CHECK(g->item == s->instr.item,
                "block %d has stashed the gradient of item %lld, expected %lld",
                s->block->index, (long long)g->item, (long long)s->instr.item);
    if (g->is_valid && !g->is_stashed)
        take_input_gradient(s, g, NULL);
    g->is_stashed = 0;
    if (g->is_valid) {
        sidle_block_weight_grad(s->block, s->instr.slot, s->instr.stash, g->dy);
        s->n_valid++;
        s->has_heard_bad |= g->is_bad;
        if (hooks->on_gradient != NULL)
            hooks->on_gradient(hooks->context, s->block->index, g->item,
                               slot_of(s)->item.number, s->block, g->dy);
        sidle_station_begin_sum(s);
    }
    /* The newest activation stays for gradients to come. */
    if (!s->runner->config.plan->schedule->is_newest)
        sidle_block_release(s->block, s->instr.slot);
    return 1;
}

/* ---- cuts and the end */

int sidle_station_has_arrivals(sidle_station *s)
{
    sidle_message m;
    int n = 0;

    if (s->right != NULL)
        n = sidle_plan_in_flight(s->runner->config.plan, &s->cursor.stretch,
                                 s->block->index, s->instr.item);
    return n == 0 || sidle_link_peek(s->right, SIDLE_LEFT, n - 1, &m);
}

double sidle_runner_busy(const sidle_runner *runner)
{
    double least = sidle_replicas_busy(runner->replicas);

    least = runner->busy < least ? runner->busy : least;
    return runner->busy_then < least ? runner->busy_then : least;
}

/* Share of the time that this rank did not wait, since the last report. */
static void end_window(sidle_runner *runner)
{
    double now = sidle_runner_now(runner), length = now - runner->since;

    runner->busy = length > 0.0 ? 1.0 - runner->waited / length : 1.0;
    runner->since = now;
    runner->waited = 0.0;
}

static void tell_norms(const sidle_station *s, int64_t item)
{
    const sidle_runner *runner = s->runner;
    const sidle_runner_config *config = &runner->config;

    if (s->left != NULL || config->comm->rank != 0 || config->on_norms == NULL)
        return;
    if (!sidle_station_is_global(s))
        runner->norms[0] = s->grad_norm;
    config->on_norms(config->context, item, runner->norms,
                     config->plan->n_blocks);
}

static int cut(sidle_station *s)
{
    sidle_runner *runner = s->runner;
    int64_t every = runner->config.log_every;
    int is_report_due = every > 0 && s->instr.item % every == 0;

    if (s->block->is_last && !sidle_reports_can_send(runner->reports))
        return 0;
    if (is_report_due && s == runner->stations) {
        end_window(runner);
        sidle_replicas_tell_busy(runner->replicas, sidle_runner_busy(runner));
    }
    if (is_report_due)
        tell_norms(s, s->instr.item);
    if (is_report_due && s->block->is_last)
        sidle_station_report(s, &s->training, s->instr.item);
    s->is_at_cut = s->cut_flags != 0;
    return !s->is_at_cut;
}

static int (*const actions[])(sidle_station *) = {
    [SIDLE_OP_LOAD] = load,
    [SIDLE_OP_RECV_ACT] = receive_activation,
    [SIDLE_OP_FORWARD] = forward,
    [SIDLE_OP_SEND_ACT] = send_activation,
    [SIDLE_OP_RECV_GRAD] = receive_gradient,
    [SIDLE_OP_INPUT_GRAD] = input_gradient,
    [SIDLE_OP_SEND_GRAD] = send_gradient,
    [SIDLE_OP_WEIGHT_GRAD] = weight_gradient,
    [SIDLE_OP_SUM_NORMS] = sidle_station_sum_norms,
    [SIDLE_OP_UPDATE] = sidle_station_update,
    [SIDLE_OP_CUT] = cut};

int sidle_station_act(sidle_station *s)
{
    const sidle_runner_hooks *hooks = &s->runner->config.hooks;

    if (s->owes_update && !sidle_station_update(s))
        return 0;
    s->owes_update = 0;
    if (!s->is_announced && hooks->on_instr != NULL)
        hooks->on_instr(hooks->context, s->block->index, &s->instr);
    s->is_announced = 1;
    return actions[s->instr.op](s);
}

void sidle_station_end(sidle_station *s)
{
    const sidle_runner_config *config = &s->runner->config;

    if (config->log_every > 0 && !s->runner->is_evaluating &&
        config->plan->steps % config->log_every != 0)
        tell_norms(s, config->plan->steps);
    if (!s->block->is_last)
        return;
    if (config->log_every > 0 && s->training.items + s->training.bad > 0)
        sidle_station_report(s, &s->training, s->instr.item);
    sidle_reports_mark(s->runner->reports);
}
