/* cursor_inside.h - the private data of a cursor: its parts, and what is due in
 * the present step. A step of a block ends with the boundary of an item; steps
 * of the drain of a round have no boundary. */
#ifndef SIDLE_SCHEDULE_CURSOR_INSIDE_H
#define SIDLE_SCHEDULE_CURSOR_INSIDE_H

#include "schedule/plan.h"

/* Values of sidle_cursor.part. */
enum {
    FORWARD,
    BACKWARD,
    WEIGHT, /* a weight gradient after a backward */
    BOUNDARY,
    FILL,   /* a weight gradient at the end of a round */
    SETTLE, /* the update with a remaining partial sum */
    EVAL,
    END
};

/* Instead of an edge: the instruction is no message; no edge is left. */
enum { SIDLE_NO_EDGE = -1, SIDLE_NO_MORE = -2 };

/* ---- in due.c */
/** Whether the step has a forward, or a backward. */
int sidle_due_forward(const sidle_cursor *cursor);
int sidle_due_backward(const sidle_cursor *cursor);
/** Whether the oldest weight gradient must be computed now. */
int sidle_due_weight(const sidle_cursor *cursor);
/** Whether activations, forwards or backwards remain for the next step. */
int sidle_due_later(const sidle_cursor *cursor);
/** Whether an evaluation has another step: a forward, or an activation. */
int sidle_due_eval(const sidle_cursor *cursor);
/** The item whose activation arrives by an edge in this step, and the one whose
 * gradient arrives with the next backward. Gradients of an edge that is not on
 * the shortest path begin after the first backward and end after those of other
 * edges; an item outside the round means that there is no message. */
int64_t sidle_due_act(const sidle_cursor *cursor, int edge);
int64_t sidle_due_grad(const sidle_cursor *cursor, int edge);
/** The next edge with a message of this kind due, from the `*i`-th edge of the
 * block on, or SIDLE_NO_MORE. Advances `*i` past it. */
int sidle_due_edge(const sidle_cursor *cursor, sidle_op op, int *i);

#endif
