/* cursor.c - a block's list of instructions, made on the way.
 *
 * The list is a chain of parts. A part is a fixed row of instructions, of which
 * a block leaves out those towards a neighbour that it does not have; at the
 * end of a part the counters say which part is next:
 *
 *   forward k -> [backward k - w -> [weight k - w - d]] -> cut k
 *             -> drain .. and fill .. -> settle -> eval ..
 *
 * where drain, fill and settle stand at the end of a stretch only. Where norms
 * are summed over all blocks, updates stand in settle, too: in front of a cut
 * the last block would wait for others that stand at the cut. */
#include "schedule/plan.h"

enum {
    FORWARD,
    BACKWARD, /* between two forwards */
    WEIGHT,   /* a weight gradient between two forwards */
    CUT,
    DRAIN,  /* a backward at the end of a stretch */
    FILL,   /* a weight gradient there */
    SETTLE, /* what is left of a sum of gradients */
    EVAL,
    END
};

/* Each row ends with SIDLE_OP_END. */
static const sidle_op go_forward[] = {SIDLE_OP_LOAD, SIDLE_OP_RECV_ACT,
                                      SIDLE_OP_FORWARD, SIDLE_OP_SEND_ACT,
                                      SIDLE_OP_END};
static const sidle_op go_back[] = {SIDLE_OP_RECV_GRAD, SIDLE_OP_INPUT_GRAD,
                                   SIDLE_OP_SEND_GRAD, SIDLE_OP_END};
static const sidle_op add_up[] = {SIDLE_OP_WEIGHT_GRAD, SIDLE_OP_SUM_NORMS,
                                  SIDLE_OP_UPDATE, SIDLE_OP_END};
static const sidle_op cut[] = {SIDLE_OP_CUT, SIDLE_OP_END};
static const sidle_op settle[] = {SIDLE_OP_SUM_NORMS, SIDLE_OP_UPDATE,
                                  SIDLE_OP_END};
static const sidle_op end[] = {SIDLE_OP_END};

static const sidle_op *const parts[] = {[FORWARD] = go_forward,
                                        [BACKWARD] = go_back,
                                        [WEIGHT] = add_up,
                                        [CUT] = cut,
                                        [DRAIN] = go_back,
                                        [FILL] = add_up,
                                        [SETTLE] = settle,
                                        [EVAL] = go_forward,
                                        [END] = end};

static int block_has(const sidle_cursor *cursor, sidle_op op)
{
    int is_first = cursor->block == 1;
    int is_last = cursor->block == cursor->plan->n_blocks;

    switch (op) {
    case SIDLE_OP_LOAD:
        return is_first;
    case SIDLE_OP_RECV_ACT:
    case SIDLE_OP_SEND_GRAD:
        return !is_first;
    case SIDLE_OP_SEND_ACT:
    case SIDLE_OP_RECV_GRAD:
        return !is_last;
    case SIDLE_OP_SUM_NORMS:
        return cursor->plan->sums_norms && cursor->part == SETTLE;
    case SIDLE_OP_UPDATE:
        return !cursor->plan->sums_norms || cursor->part == SETTLE;
    default:
        return 1;
    }
}

/* What follows a finished stretch or a finished item inside one. */
static int next_forward(sidle_cursor *cursor)
{
    if (cursor->forwards == cursor->plan->steps)
        return END;
    if (cursor->forwards == cursor->stretch.last)
        cursor->stretch =
            sidle_plan_stretch_from(cursor->plan, cursor->forwards + 1);
    return FORWARD;
}

/* Item 0 has no evaluation: nothing is trained yet. */
static int eval_or_forward(sidle_cursor *cursor)
{
    const sidle_plan *plan = cursor->plan;

    if (plan->eval_every > 0 && cursor->forwards > 0 &&
        cursor->forwards % plan->eval_every == 0 &&
        cursor->evals < plan->eval_items)
        return EVAL;
    cursor->evals = 0;
    return next_forward(cursor);
}

static int after_cut(sidle_cursor *cursor)
{
    if (cursor->forwards < cursor->stretch.last)
        return eval_or_forward(cursor);
    if (cursor->backwards < cursor->stretch.last)
        return DRAIN;
    if (cursor->weights < cursor->stretch.last)
        return FILL;
    return cursor->stretch.is_settled || cursor->plan->sums_norms
               ? SETTLE
               : eval_or_forward(cursor);
}

/* Whether the oldest weight gradient may wait no longer. */
static int is_weight_due(const sidle_cursor *cursor)
{
    return cursor->backwards - cursor->weights >
           sidle_plan_deferral(cursor->plan, cursor->block);
}

/* Count the finished part; the next one. */
static int next_part(sidle_cursor *cursor)
{
    int head_start = sidle_plan_head_start(cursor->plan, cursor->block);

    switch (cursor->part) {
    case FORWARD:
        cursor->forwards++;
        return cursor->forwards - cursor->backwards > head_start ? BACKWARD
                                                                 : CUT;
    case BACKWARD:
        cursor->backwards++;
        return is_weight_due(cursor) ? WEIGHT : CUT;
    case WEIGHT:
        cursor->weights++;
        return CUT;
    case CUT:
        return after_cut(cursor);
    case DRAIN:
        cursor->backwards++;
        return is_weight_due(cursor) ? FILL : after_cut(cursor);
    case FILL:
        cursor->weights++;
        return after_cut(cursor);
    case SETTLE:
        return eval_or_forward(cursor);
    case EVAL:
        cursor->evals++;
        return eval_or_forward(cursor);
    default:
        return END;
    }
}

static int64_t item_of(const sidle_cursor *cursor)
{
    switch (cursor->part) {
    case FORWARD:
        return cursor->forwards + 1;
    case BACKWARD:
    case DRAIN:
        return cursor->backwards + 1;
    case WEIGHT:
    case FILL:
        return cursor->weights + 1;
    case EVAL:
        return cursor->evals + 1;
    default:
        return cursor->forwards;
    }
}

static sidle_instr instr_of(const sidle_cursor *cursor, sidle_op op)
{
    const sidle_plan *plan = cursor->plan;
    sidle_instr instr = {.op = op, .item = item_of(cursor)};

    instr.is_eval = cursor->part == EVAL;
    instr.is_drain = cursor->part == SETTLE && cursor->stretch.is_settled;
    if (instr.is_eval)
        instr.slot = sidle_plan_slots(plan, cursor->block);
    else if (instr.item > 0) {
        instr.slot = sidle_plan_slot(plan, cursor->block, instr.item);
        instr.stash = sidle_plan_stash(plan, cursor->block, instr.item);
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
                "no cut at item %lld of block %d", (long long)item, block);
    *cursor = (sidle_cursor){.plan = plan, .block = block, .forwards = item};
    cursor->backwards = sidle_plan_backwards(plan, block, item);
    cursor->weights = sidle_plan_weight_grads(plan, block, item);
    cursor->stretch = item > plan->start
                          ? sidle_plan_stretch(plan, item)
                          : (sidle_stretch){.first = item, .last = item};
    cursor->part =
        item > plan->start ? after_cut(cursor) : eval_or_forward(cursor);
}

sidle_instr sidle_cursor_next(sidle_cursor *cursor)
{
    for (;;) {
        sidle_op op = parts[cursor->part][cursor->at];

        if (cursor->part == END)
            return instr_of(cursor, op);
        if (op == SIDLE_OP_END) {
            cursor->part = next_part(cursor);
            cursor->at = 0;
            continue;
        }
        cursor->at++;
        if (block_has(cursor, op))
            return instr_of(cursor, op);
    }
}
