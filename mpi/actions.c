/* actions.c - what each instruction of a plan does in a block.
 *
 * An action answers 0 if it cannot be done yet: a message is missing, or both
 * buffers of a link are still on their way. It has then changed nothing. */
#include "mpi/actions.h"

#include "mpi/feed.h"
#include "mpi/gradients.h"
#include "mpi/losses.h"
#include "mpi/staleness.h"
#include "mpi/ticks.h"
#include "mpi/update.h"

#include <string.h>

/* ---- activations */

/* The input of a forward, with the rows of its item. */
static void take_main_input(sidle_station *s, const sidle_message *m)
{
    sidle_slot *slot = sidle_station_slot(s);
    size_t rows = sidle_station_rows(s);

    memcpy(slot->length, m->length, rows * sizeof(*m->length));
    memcpy(slot->clip, m->clip, rows * sizeof(*m->clip));
    memcpy(slot->x, m->payload, s->block->in * sizeof(*m->payload));
    /* An evaluation's message carries no decision and must not clear the
     * item's. */
    if (!s->instr.is_eval)
        s->item_flags = m->header->flags & SIDLE_MSG_DECIDED;
    sidle_feed_slot(s, s->instr.slot, m->header->item, s->instr.is_eval);
}

/* The newest one is kept, also through a drain: forwards and gradients use it
 * until the next comes. By a skip of one tick it comes before the main input
 * that it is used with, so that only a block without a forward lacks one. */
static void take_side_input(sidle_station *s, const sidle_end *end,
                            const sidle_message *m)
{
    sidle_real *sides = sidle_station_slot(s)->sides;

    if (s->instr.is_eval) {
        sidle_tick_keep(s, end, m);
        return;
    }
    memcpy(sides + sidle_block_side_offset(s->block, end->unit), m->payload,
           s->block->model->layers[end->unit].side * sizeof(*sides));
}

static int receive_activation(sidle_station *s)
{
    const sidle_end *end = sidle_station_end(s);
    sidle_link *link = sidle_station_link(s, end);
    sidle_message m;
    int is_eval;

    if (!sidle_link_receive_begin(link, SIDLE_AHEAD, &m))
        return 0;
    is_eval = (m.header->flags & SIDLE_MSG_EVAL) != 0;
    /* Both ends follow one plan, and MPI keeps the order of one sender's
     * messages: another item is a bug, not a race. */
    SIDLE_CHECK(
        m.header->number == s->instr.item && is_eval == s->instr.is_eval,
        "block %d received the activation of %s %lld, expected %s %lld",
        s->block->index, is_eval ? "evaluation" : "item",
        (long long)m.header->item, s->instr.is_eval ? "evaluation" : "item",
        (long long)s->instr.item);
    if (end->unit < 0)
        take_main_input(s, &m);
    else
        take_side_input(s, end, &m);
    sidle_link_receive_end(link, SIDLE_AHEAD);
    return 1;
}

/* The outputs that skips take, into their messages. */
static void fill_skips(sidle_station *s)
{
    const sidle_block *block = s->block;

    for (int i = 1; i < s->n_out; i++) {
        const sidle_end *end = &s->out[i];
        const sidle_real *y =
            end->dy != NULL
                ? sidle_block_output(block, s->instr.slot, end->from)
                : s->out[0].m.payload;

        memcpy(end->m.payload, y,
               block->model->layers[end->from].out * sizeof(*y));
    }
}

static int forward(sidle_station *s)
{
    const sidle_runner_hooks *hooks = &s->runner->config.hooks;
    int is_last = s->block->is_last;

    /* Room first, because an action that answers 0 must have changed nothing;
     * the output is then computed in the message itself. */
    if (is_last ? !sidle_reports_can_send(s->runner->reports)
                : !sidle_station_can_send(s, s->out, s->n_out, SIDLE_AHEAD))
        return 0;
    if (s->instr.is_eval)
        sidle_tick_merge(s);
    sidle_block_forward(s->block, s->instr.slot,
                        is_last ? NULL : s->out[0].m.payload);
    fill_skips(s);
    if (is_last)
        sidle_loss_count(s);
    if (hooks->on_forward != NULL && !s->instr.is_eval)
        hooks->on_forward(hooks->context, s->block->index, s->instr.item);
    return 1;
}

static int send_activation(sidle_station *s)
{
    const sidle_slot *slot = sidle_station_slot(s);
    sidle_end *end = sidle_station_end(s);
    sidle_message *m = &end->m;

    m->header->item = m->header->number = s->instr.item;
    m->header->flags = SIDLE_MSG_VALID;
    if (s->instr.is_eval)
        m->header->flags |= SIDLE_MSG_EVAL;
    else if (s->runner->decisions == NULL)
        m->header->flags |= s->item_flags;
    memcpy(m->length, slot->length, sidle_station_rows(s) * sizeof(*m->length));
    memcpy(m->clip, slot->clip, sidle_station_rows(s) * sizeof(*m->clip));
    sidle_link_send_end(sidle_station_link(s, end), SIDLE_AHEAD);
    return 1;
}

/* ---- boundaries and the end */

static void tell_norms(const sidle_station *s, int64_t item)
{
    const sidle_runner *runner = s->runner;
    const sidle_runner_config *config = &runner->config;

    if (!s->block->is_first || config->comm->rank != 0 ||
        config->on_norms == NULL)
        return;
    /* The first block's own norm travels in no message. */
    if (!sidle_station_is_global(s))
        runner->norms[0] = s->grad_norm;
    config->on_norms(config->context, item, runner->norms,
                     config->plan->n_blocks);
}

static int boundary(sidle_station *s)
{
    sidle_runner *runner = s->runner;
    int64_t every = runner->config.log_every;
    int is_report_due = every > 0 && s->instr.item % every == 0;

    if (s->block->is_last && !sidle_reports_can_send(runner->reports))
        return 0;
    if (runner->decisions != NULL &&
        !sidle_decisions_find(runner->decisions, s->instr.item, &s->item_flags))
        return 0;
    if (is_report_due && s == runner->stations) {
        sidle_runner_end_window(runner);
        sidle_replicas_tell_busy(runner->replicas, sidle_runner_busy(runner));
    }
    if (is_report_due)
        tell_norms(s, s->instr.item);
    if (is_report_due && s->block->is_last)
        sidle_loss_report(s, &s->training, s->instr.item);
    s->is_at_boundary = s->item_flags != 0 || sidle_staleness_is_due(s);
    /* A decision holds every block here until sidle_halt_leave() lets all go,
     * and so do figures of staleness;
     * any other boundary is passed at once. */
    return !s->is_at_boundary;
}

/* At the end of the plan: what is left to report. */
static void end(sidle_station *s)
{
    const sidle_runner_config *config = &s->runner->config;

    if (config->log_every > 0 && !s->runner->is_evaluating &&
        config->plan->steps % config->log_every != 0)
        tell_norms(s, config->plan->steps);
    if (!s->block->is_last)
        return;
    if (config->log_every > 0 && s->training.items + s->training.bad > 0)
        sidle_loss_report(s, &s->training, s->instr.item);
    /* Reports keep their order: behind this mark rank 0 has every loss. */
    sidle_reports_mark(s->runner->reports);
}

/* ---- one after the other */

static int (*const actions[])(sidle_station *) = {
    [SIDLE_OP_LOAD] = sidle_feed_load,
    [SIDLE_OP_RECV_ACT] = receive_activation,
    [SIDLE_OP_FORWARD] = forward,
    [SIDLE_OP_SEND_ACT] = send_activation,
    [SIDLE_OP_RECV_GRAD] = sidle_gradient_receive,
    [SIDLE_OP_INPUT_GRAD] = sidle_gradient_of_input,
    [SIDLE_OP_SEND_GRAD] = sidle_gradient_send,
    [SIDLE_OP_WEIGHT_GRAD] = sidle_gradient_of_weights,
    [SIDLE_OP_SUM_NORMS] = sidle_update_sum_norms,
    [SIDLE_OP_UPDATE] = sidle_update_make,
    [SIDLE_OP_BOUNDARY] = boundary};

int sidle_action_try(sidle_station *s)
{
    const sidle_runner_hooks *hooks = &s->runner->config.hooks;

    /* The weights of the checkpoint lack this update, which the next forward
     * needs. */
    if (s->owes_update && !sidle_update_make(s))
        return 0;
    s->owes_update = 0;
    if (!s->is_announced && hooks->on_instr != NULL)
        hooks->on_instr(hooks->context, s->block->index, &s->instr);
    s->is_announced = 1;
    return actions[s->instr.op](s);
}

void sidle_action_next(sidle_station *s)
{
    s->instr = sidle_cursor_next(&s->cursor);
    s->is_announced = 0;
    if (s->instr.op == SIDLE_OP_END)
        end(s);
}

void sidle_action_begin(sidle_station *s)
{
    if (s->instr.op == SIDLE_OP_END)
        end(s);
}
