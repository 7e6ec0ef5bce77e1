/* cursor_inside.h - the private side of a cursor: its parts, and what is due in
 * the present step. A step of a block ends with the boundary of an item; the
 * drain of a round has steps without one. */
#ifndef SIDLE_SCHEDULE_CURSOR_INSIDE_H
#define SIDLE_SCHEDULE_CURSOR_INSIDE_H

#include "schedule/plan.h"

/* Values of sidle_cursor.part. */
enum {
    FORWARD,
    BACKWARD,
    WEIGHT, /* a weight gradient behind a backward */
    BOUNDARY,
    FILL,   /* a weight gradient at the end of a round */
    SETTLE, /* what is left of a sum of gradients */
    EVAL,
    END
};

/* In place of an edge: of an instruction that is no message; of none. */
enum { SIDLE_NO_EDGE = -1, SIDLE_NO_MORE = -2 };

/* ---- in due.c */
/** Whether the step has a forward, a backward. */
int sidle_due_forward(const sidle_cursor *cursor);
int sidle_due_backward(const sidle_cursor *cursor);
/** Whether the oldest weight gradient may wait no longer. */
int sidle_due_weight(const sidle_cursor *cursor);
/** Whether activations, forwards or backwards are left for the next step. */
int sidle_due_later(const sidle_cursor *cursor);
/** The item whose activation comes by an edge in this step, and the one whose
 * gradient comes with the next backward. Gradients of an edge that is not on
 * the shortest way begin later than the backwards, and end later than those of
 * others: what is outside of the round is none. */
int64_t sidle_due_act(const sidle_cursor *cursor, int edge);
int64_t sidle_due_grad(const sidle_cursor *cursor, int edge);
/** The next edge by which a message of this kind is due, from the `*i`-th edge
 * of the block on; SIDLE_NO_MORE. Moves `*i` behind it. */
int sidle_due_edge(const sidle_cursor *cursor, sidle_op op, int *i);

#endif
