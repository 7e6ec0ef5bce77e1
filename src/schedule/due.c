/* due.c - what a step of a block has, by the plan and the counts so far. */
#include "schedule/cursor_inside.h"

static int is_in_round(const sidle_cursor *cursor, int64_t item)
{
    return item >= cursor->round.first && item <= cursor->round.last;
}

/* The last backward of the round. */
static int64_t last_backward(const sidle_cursor *cursor)
{
    return cursor->round.last + sidle_plan_extra(cursor->plan, cursor->block);
}

int sidle_due_forward(const sidle_cursor *cursor)
{
    int lag = sidle_plan_forward_lag(cursor->plan, cursor->block);

    return cursor->part == EVAL || is_in_round(cursor, cursor->step - lag);
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

int64_t sidle_due_act(const sidle_cursor *cursor, int edge)
{
    if (cursor->part == EVAL)
        return cursor->evals + 1;
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
    return cursor->part == EVAL ||
           is_in_round(cursor, sidle_due_act(cursor, edge));
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
