/* due.c - what a step of a block has, by the plan and the counts so far. */
#include "schedule/cursor_inside.h"

static int is_in_round(const sidle_cursor *cursor, int64_t item)
{
    return item >= cursor->round.first && item <= cursor->round.last;
}

/* Without skips every step of an evaluation has its item. */
static int is_in_eval(const sidle_cursor *cursor, int64_t item)
{
    return !sidle_plan_has_skips(cursor->plan) ||
           (item >= 1 && item <= cursor->plan->eval_items);
}

/* The last backward of the round. */
static int64_t last_backward(const sidle_cursor *cursor)
{
    return cursor->round.last + sidle_plan_extra(cursor->plan, cursor->block);
}

int sidle_due_forward(const sidle_cursor *cursor)
{
    int lag = sidle_plan_forward_lag(cursor->plan, cursor->block);

    if (cursor->part == EVAL)
        return is_in_eval(cursor, cursor->eval_step - lag);
    return is_in_round(cursor, cursor->step - lag);
}

int sidle_due_backward(const sidle_cursor *cursor)
{
    int64_t item =
        cursor->step - sidle_plan_head_start(cursor->plan, cursor->block);

    return item >= cursor->round.first && item <= last_backward(cursor);
}

int sidle_due_weight(const sidle_cursor *cursor)
{
    return cursor->backwards - cursor->weights >
           sidle_plan_deferral(cursor->plan, cursor->block);
}

int sidle_due_later(const sidle_cursor *cursor)
{
    const sidle_plan *plan = cursor->plan;
    int64_t last = cursor->round.last;

    if (cursor->backwards < last_backward(cursor) || cursor->forwards < last)
        return 1;
    /* By a slow edge activations still come when all forwards are done. */
    for (int i = 0, e; (e = sidle_plan_in_edge(plan, cursor->block, i)) >= 0;
         i++)
        if (cursor->step < last + sidle_plan_act_lag(plan, e))
            return 1;
    return 0;
}

int sidle_due_eval(const sidle_cursor *cursor)
{
    const sidle_plan *plan = cursor->plan;
    int64_t n = plan->eval_items;

    if (cursor->evals < n)
        return 1;
    /* By a slow edge activations still come when all forwards are done. */
    for (int i = 0, e; cursor->evals > 0 && sidle_plan_has_skips(plan) &&
                       (e = sidle_plan_in_edge(plan, cursor->block, i)) >= 0;
         i++)
        if (cursor->eval_step < n + sidle_plan_act_lag(plan, e))
            return 1;
    return 0;
}

int64_t sidle_due_act(const sidle_cursor *cursor, int edge)
{
    if (cursor->part == EVAL && !sidle_plan_has_skips(cursor->plan))
        return cursor->evals + 1;
    if (cursor->part == EVAL)
        return cursor->eval_step - sidle_plan_act_lag(cursor->plan, edge);
    return cursor->step - sidle_plan_act_lag(cursor->plan, edge);
}

int64_t sidle_due_grad(const sidle_cursor *cursor, int edge)
{
    return cursor->backwards + 1 +
           sidle_plan_head_start(cursor->plan, cursor->block) -
           sidle_plan_grad_lag(cursor->plan, edge);
}

static int is_act_due(const sidle_cursor *cursor, int edge)
{
    int64_t item = sidle_due_act(cursor, edge);

    return cursor->part == EVAL ? is_in_eval(cursor, item)
                                : is_in_round(cursor, item);
}

static int is_grad_due(const sidle_cursor *cursor, int edge)
{
    int sender = sidle_plan_edge(cursor->plan, edge).to;
    int64_t item = sidle_due_grad(cursor, edge);

    return item >= cursor->round.first &&
           item <= cursor->round.last + sidle_plan_extra(cursor->plan, sender);
}

/* The i-th edge that a message of this kind may go by. */
static int edge_of(const sidle_cursor *cursor, sidle_op op, int i)
{
    int is_in = op == SIDLE_OP_RECV_ACT || op == SIDLE_OP_SEND_GRAD;
    int edge = is_in ? sidle_plan_in_edge(cursor->plan, cursor->block, i)
                     : sidle_plan_out_edge(cursor->plan, cursor->block, i);

    return edge < 0 ? SIDLE_NO_MORE : edge;
}

static int is_message_due(const sidle_cursor *cursor, sidle_op op, int edge)
{
    switch (op) {
    case SIDLE_OP_RECV_ACT:
        return is_act_due(cursor, edge);
    case SIDLE_OP_SEND_ACT:
        return sidle_due_forward(cursor);
    case SIDLE_OP_RECV_GRAD:
        return is_grad_due(cursor, edge);
    default: /* a backward sends to all whose activations it used */
        return 1;
    }
}

int sidle_due_edge(const sidle_cursor *cursor, sidle_op op, int *i)
{
    int edge;

    do
        edge = edge_of(cursor, op, (*i)++);
    while (edge != SIDLE_NO_MORE && !is_message_due(cursor, op, edge));
    return edge;
}
