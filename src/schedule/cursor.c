/* cursor.c - a block's list of instructions, made on the way.
 *
 * The list is a chain of parts. A part is a fixed row of instructions, of which
 * a block leaves out what is not its own, or not due in this step; where the
 * block has several edges, one that is a message is repeated for each. At the
 * end of a part the counters say which part is next:
 *
 *   step k: forward k -> [backward k - w -> [weight k - w - d]] -> boundary k
 *
 * and behind the last step of a round
 *
 *   steps of the drain, without a boundary -> fill .. -> settle -> eval ..
 *
 * Where norms are summed over all blocks, updates stand in settle, too: in
 * front of a boundary the last block would wait for others that stand at the
 * boundary. */
#include "schedule/cursor_inside.h"

#include "base/number.h"

/* Each row ends with SIDLE_OP_END. */
static const sidle_op go_forward[] = {SIDLE_OP_LOAD, SIDLE_OP_RECV_ACT,
                                      SIDLE_OP_FORWARD, SIDLE_OP_SEND_ACT,
                                      SIDLE_OP_END};
static const sidle_op go_back[] = {SIDLE_OP_RECV_GRAD, SIDLE_OP_INPUT_GRAD,
                                   SIDLE_OP_SEND_GRAD, SIDLE_OP_END};
static const sidle_op add_up[] = {SIDLE_OP_WEIGHT_GRAD, SIDLE_OP_SUM_NORMS,
                                  SIDLE_OP_UPDATE, SIDLE_OP_END};
static const sidle_op boundary[] = {SIDLE_OP_BOUNDARY, SIDLE_OP_END};
static const sidle_op settle[] = {SIDLE_OP_SUM_NORMS, SIDLE_OP_UPDATE,
                                  SIDLE_OP_END};
static const sidle_op end[] = {SIDLE_OP_END};

static const sidle_op *const parts[] = {
    [FORWARD] = go_forward, [BACKWARD] = go_back, [WEIGHT] = add_up,
    [BOUNDARY] = boundary,  [FILL] = add_up,      [SETTLE] = settle,
    [EVAL] = go_forward,    [END] = end};

/* ---- what instructions there are */

/* Whether an instruction that is no message stands in the part. */
static int is_there(const sidle_cursor *cursor, sidle_op op)
{
    switch (op) {
    case SIDLE_OP_LOAD:
        return cursor->block == 1 && sidle_due_forward(cursor);
    case SIDLE_OP_FORWARD:
        return sidle_due_forward(cursor);
    case SIDLE_OP_SUM_NORMS:
        return cursor->plan->sums_norms && cursor->part == SETTLE;
    case SIDLE_OP_UPDATE:
        return !cursor->plan->sums_norms || cursor->part == SETTLE;
    default:
        return 1;
    }
}

/* The edge of the next instruction at this place of the part; SIDLE_NO_MORE:
 * there is no further one. */
static int next_at_place(sidle_cursor *cursor, sidle_op op)
{
    switch (op) {
    case SIDLE_OP_RECV_ACT:
    case SIDLE_OP_SEND_ACT:
    case SIDLE_OP_RECV_GRAD:
    case SIDLE_OP_SEND_GRAD:
        return sidle_due_edge(cursor, op, &cursor->n_done);
    default:
        return cursor->n_done++ == 0 && is_there(cursor, op) ? SIDLE_NO_EDGE
                                                             : SIDLE_NO_MORE;
    }
}

/* ---- from part to part */

/* What follows a finished round or a finished step inside one. */
static int next_step(sidle_cursor *cursor)
{
    if (cursor->round.last == cursor->plan->steps &&
        cursor->step >= cursor->round.last)
        return END;
    if (cursor->step >= cursor->round.last) {
        /* The pipe is empty: all that was counted besides items ends here. */
        int64_t last = cursor->round.last;

        cursor->step = cursor->forwards = last;
        cursor->backwards = cursor->weights = last;
        cursor->round = sidle_plan_round_from(cursor->plan, last + 1);
    }
    cursor->step++;
    return FORWARD;
}

int64_t sidle_cursor_item(const sidle_cursor *cursor)
{
    return sidle_smaller(cursor->step, cursor->round.last);
}

/* Item 0 has no evaluation: nothing is trained yet. */
static int eval_or_step(sidle_cursor *cursor)
{
    const sidle_plan *plan = cursor->plan;
    int64_t item = sidle_cursor_item(cursor);

    if (plan->eval_every > 0 && item > 0 && item % plan->eval_every == 0 &&
        sidle_due_eval(cursor)) {
        cursor->eval_step++;
        return EVAL;
    }
    cursor->evals = cursor->eval_step = 0;
    return next_step(cursor);
}

static int after_boundary(sidle_cursor *cursor)
{
    if (cursor->step < cursor->round.last)
        return eval_or_step(cursor);
    if (sidle_due_later(cursor)) {
        cursor->step++;
        return FORWARD;
    }
    if (cursor->weights < cursor->backwards)
        return FILL;
    return cursor->round.is_settled || cursor->plan->sums_norms
               ? SETTLE
               : eval_or_step(cursor);
}

static int boundary_or_after(sidle_cursor *cursor)
{
    /* Steps of the drain bring no new item, so they have no boundary. */
    return cursor->step <= cursor->round.last ? BOUNDARY
                                              : after_boundary(cursor);
}

/* Count the finished part; the next one. */
static int next_part(sidle_cursor *cursor)
{
    switch (cursor->part) {
    case FORWARD:
        cursor->forwards += sidle_due_forward(cursor);
        return sidle_due_backward(cursor) ? BACKWARD
                                          : boundary_or_after(cursor);
    case BACKWARD:
        cursor->backwards++;
        return sidle_due_weight(cursor) ? WEIGHT : boundary_or_after(cursor);
    case WEIGHT:
        cursor->weights++;
        return boundary_or_after(cursor);
    case BOUNDARY:
        return after_boundary(cursor);
    case FILL:
        cursor->weights++;
        return after_boundary(cursor);
    case SETTLE:
        return eval_or_step(cursor);
    case EVAL:
        cursor->evals += sidle_due_forward(cursor);
        return eval_or_step(cursor);
    default:
        return END;
    }
}

static int64_t item_of(const sidle_cursor *cursor, sidle_op op, int edge)
{
    if (op == SIDLE_OP_RECV_ACT)
        return sidle_due_act(cursor, edge);
    if (op == SIDLE_OP_RECV_GRAD)
        return sidle_due_grad(cursor, edge);
    switch (cursor->part) {
    case FORWARD:
        return cursor->forwards + 1;
    case BACKWARD:
        return cursor->backwards + 1;
    case WEIGHT:
    case FILL:
        return cursor->weights + 1;
    case BOUNDARY:
        return cursor->step;
    case EVAL:
        return cursor->evals + 1;
    default:
        return cursor->forwards;
    }
}

static sidle_instr instr_of(const sidle_cursor *cursor, sidle_op op, int edge)
{
    const sidle_plan *plan = cursor->plan;
    sidle_instr instr = {.op = op, .edge = edge};
    int64_t kept; /* whose slot and stash it is about */

    instr.item = item_of(cursor, op, edge);
    /* A skip brings the gradient of an earlier item; slot and stash are those
     * of the backward. */
    kept = cursor->part == BACKWARD ? cursor->backwards + 1 : instr.item;
    instr.is_eval = cursor->part == EVAL;
    instr.is_drain = cursor->part == SETTLE && cursor->round.is_settled;
    /* The slot behind those of training, so an evaluation displaces nothing. */
    if (instr.is_eval)
        instr.slot = sidle_plan_slots(plan, cursor->block);
    else if (kept > 0) {
        instr.slot = sidle_plan_slot(plan, cursor->block, kept);
        instr.stash = sidle_plan_stash(plan, cursor->block, kept);
    }
    return instr;
}

void sidle_cursor_init(sidle_cursor *cursor, const sidle_plan *plan, int block)
{
    sidle_cursor_seek(cursor, plan, block, plan->start);
}

void sidle_cursor_seek(sidle_cursor *cursor, const sidle_plan *plan, int block,
                       int64_t item)
{
    SIDLE_CHECK(block >= 1 && block <= plan->n_blocks && item >= plan->start &&
                    item <= plan->steps,
                "no boundary at item %lld of block %d", (long long)item, block);
    *cursor = (sidle_cursor){.plan = plan, .block = block, .step = item};
    cursor->forwards = sidle_plan_forwards(plan, block, item);
    cursor->backwards = sidle_plan_backwards(plan, block, item);
    cursor->weights = sidle_plan_weight_grads(plan, block, item);
    /* Nothing of this plan is done yet: an empty round, which the first
     * follows. */
    cursor->round = item > plan->start
                        ? sidle_plan_round(plan, item)
                        : (sidle_round){.first = item, .last = item};
    cursor->part =
        item > plan->start ? after_boundary(cursor) : eval_or_step(cursor);
}

sidle_instr sidle_cursor_next(sidle_cursor *cursor)
{
    for (;;) {
        sidle_op op = parts[cursor->part][cursor->at];
        int edge;

        if (cursor->part == END)
            return instr_of(cursor, op, SIDLE_NO_EDGE);
        if (op == SIDLE_OP_END) {
            cursor->part = next_part(cursor);
            cursor->at = 0;
            cursor->n_done = 0;
            continue;
        }
        edge = next_at_place(cursor, op);
        if (edge != SIDLE_NO_MORE)
            return instr_of(cursor, op, edge);
        cursor->at++;
        cursor->n_done = 0;
    }
}
