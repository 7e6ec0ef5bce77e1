/* plan.h - a schedule as a list of instructions, one list a block.
 *
 * A plan holds integers only: no tensor, no layer, no message. Block i (from 1)
 * of D starts with w_i forwards, then alternates forward and backward, then
 * drains. Whether that is backprop, Sideways or PipeDream is a row of the table
 * in kinds.c: the head start, two policies and the flush rule. The list is made
 * on the way by a cursor, since a run may have millions of items.
 *
 * Items are worked off in rounds. A round begins and ends with an empty
 * pipe: the whole run of a streaming schedule, the items between two flushes of
 * a flushed one; new clips may end it too. In a round a block runs forward
 * w_i items, then forward and backward in turn, then its remaining backwards:
 * the drain. After item k went forward, and its partner k - w_i backward with
 * its update, stands the boundary of item k, once for every k in every block;
 * the drain of a round comes after its last boundary, the evaluations of item k
 * after both. So the state at a boundary does not depend on where the run ends.
 *
 * A backward is an input gradient, which the block before waits for, and a
 * weight gradient, which nobody waits for. The latter may come d_i items behind
 * and fill the drain (zero-bubble: Qi et al., arXiv:2401.10241, ZB-H1); in all
 * other schedules d_i is 0 and one follows the other.
 *
 * Messages pair up by construction: block i sends the activations of items
 * 1, 2, .. in order by each edge, and receives gradients in order. The
 * boundaries at the same item in all blocks are a consistent state of the run:
 * in a chain no activation is in flight, and from block i+1 to block i there
 * are exactly min(j, w_i) - min(j, w_{i+1}) gradients on the way, j being the
 * number of the round's items that went forward (graph.h, also for other
 * graphs). Of those that came back, min(j - min(j, w_i), d_i) wait for their
 * weight gradients. */
#ifndef SIDLE_SCHEDULE_PLAN_H
#define SIDLE_SCHEDULE_PLAN_H

#include "schedule/graph.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum sidle_op {
    SIDLE_OP_LOAD,     /* first block: the item from the data source */
    SIDLE_OP_RECV_ACT, /* by an edge that comes in: an activation */
    SIDLE_OP_FORWARD,
    SIDLE_OP_SEND_ACT,  /* by an edge that goes out */
    SIDLE_OP_RECV_GRAD, /* by an edge that goes out: a gradient */
    SIDLE_OP_INPUT_GRAD,
    SIDLE_OP_SEND_GRAD, /* by an edge that comes in */
    SIDLE_OP_WEIGHT_GRAD,
    SIDLE_OP_SUM_NORMS, /* global clipping: squares to the first block, the
                           total back, along the chain */
    SIDLE_OP_UPDATE,    /* if U gradients are there; `is_drain`: if any */
    SIDLE_OP_BOUNDARY,  /* after item k: a checkpoint may be taken here */
    SIDLE_OP_END
} sidle_op;

typedef struct sidle_instr {
    sidle_op op;
    int edge;     /* of a message (schedule/graph.h); else -1 */
    int64_t item; /* whose activation or gradient; evaluation: its index */
    int slot;     /* of the activation that is written or differentiated */
    int stash;
    int is_eval;  /* forward only, in the evaluation slot */
    int is_drain; /* UPDATE: apply a remaining partial sum */
} sidle_instr;

struct sidle_plan;

/* One row of the table of schedules. */
typedef struct sidle_schedule {
    const char *name;
    int is_newest;   /* activation policy: newest, or matched */
    int is_stashed;  /* weight policy: stashed, or current */
    int is_flushed;  /* exact: the pipe is empty at each update */
    int takes_skips; /* a plan may have edges that pass over blocks: its head
                        start is sidle_plan_tick_order() */
    int (*head_start)(const struct sidle_plan *plan, int block); /* w_i */
    /* Items with a gradient between two flushes; NULL: never. */
    int (*flush_every)(int update_every);
    /* d_i, items that a weight gradient comes behind; NULL: 0 */
    int (*deferral)(int block);
} sidle_schedule;

/* ---- in kinds.c */
/** The row called `name`; NULL if there is none. Names in table order. */
const sidle_schedule *sidle_schedule_find(const char *name);
int sidle_schedule_names(const char *const **names_p);

typedef struct sidle_plan {
    const sidle_schedule *schedule;
    int n_blocks;     /* D */
    int update_every; /* U */
    /* The edges between the blocks (schedule/graph.h), borrowed; NULL: the
     * chain. */
    const sidle_graph *graph;
    int64_t steps;      /* items 1 .. steps */
    int64_t start;      /* items after which this plan begins, with an empty
                           pipe: another went before it and was drained; 0 */
    int64_t eval_every; /* 0: none */
    int64_t eval_items; /* forward-only items after each eval_every */
    int sums_norms;     /* global clipping, flushed schedules only */
    int looks_ahead;    /* where gradients are late, forwards are made with the
                           weights that are expected when they are back */
    /* First item of the next clips after item `from` (a flush before it), or
     * INT64_MAX; NULL: never. A pure function. */
    int64_t (*next_clip)(void *context, int64_t from);
    /* Whether an item has a target, and so a gradient: a flushed schedule fills
     * an update up with those. A pure function; NULL: all have. */
    int (*counts)(void *context, int64_t item);
    void *context;
} sidle_plan;

/* The items between two moments with an empty pipe. */
typedef struct sidle_round {
    int64_t first, last;
    int is_settled; /* a partial sum is applied at its end: new clips, or the
                       run ends; not at a flush */
} sidle_round;

/* ---- in plan.c */
/** Errors: SIDLE_EUSAGE if the numbers make no plan, or the graph is of other
 * blocks, or the schedule takes no skips. */
sidle_status sidle_plan_check(const sidle_plan *plan);
/** w_i and d_i of block 1..D. */
int sidle_plan_head_start(const sidle_plan *plan, int block);
int sidle_plan_deferral(const sidle_plan *plan, int block);
/** tau_i: how many of its updates a block makes between an item's forward and
 * the use of that item's gradient, w_i / U; 0 if the pipe is flushed. While a
 * round begins or is drained it is less. */
double sidle_plan_delay(const sidle_plan *plan, int block);
/** The share of items whose forward a block runs again before its backward, in
 * a full pipe with an update every U items. Where a gradient meets its own
 * item's activation, and weights are neither kept nor flushed, they have
 * changed since for tau_i of the items, at most all. Forwards that look ahead
 * are run again with every schedule that keeps no weights. */
double sidle_plan_reruns(const sidle_plan *plan, int block);
/** Kept activations, weight versions, stashes that a block needs. */
int sidle_plan_slots(const sidle_plan *plan, int block);
int sidle_plan_versions(const sidle_plan *plan, int block);
int sidle_plan_stashes(const sidle_plan *plan, int block);
/** The slot and the stash of an item at a block. */
int sidle_plan_slot(const sidle_plan *plan, int block, int64_t item);
int sidle_plan_stash(const sidle_plan *plan, int block, int64_t item);

/** The round of an item, start + 1 .. steps. With next_clip or counts it walks
 * over the rounds before it. */
sidle_round sidle_plan_round(const sidle_plan *plan, int64_t item);
/** The round that begins with item `first`. */
sidle_round sidle_plan_round_from(const sidle_plan *plan, int64_t first);
/** The first item, `item` or later, that begins an update: the first of a
 * round where the pipe is flushed at every update, else one a multiple of U
 * items (all are taken to have targets) after the start or the latest clip
 * change; steps + 1 if none does. */
int64_t sidle_plan_update_from(const sidle_plan *plan, int64_t item);
/** The first item of the update after the one that begins with `first`. */
int64_t sidle_plan_update_after(const sidle_plan *plan, int64_t first);
/** The last item that went forward in a block before its boundary of `item`,
 * start .. steps; the last one that came back. In a chain the first is `item`.
 */
int64_t sidle_plan_forwards(const sidle_plan *plan, int block, int64_t item);
int64_t sidle_plan_backwards(const sidle_plan *plan, int block, int64_t item);
/** Those of them whose weight gradient is done. */
int64_t sidle_plan_weight_grads(const sidle_plan *plan, int block,
                                int64_t item);

/* ---- in edges.c */
/** The edges of a plan, from 0. */
int sidle_plan_n_edges(const sidle_plan *plan);
sidle_edge sidle_plan_edge(const sidle_plan *plan, int edge);
/** The i-th edge, from 0, that comes into a block, or goes out of it: main
 * first, then skips in their order; -1: it has no more. */
int sidle_plan_in_edge(const sidle_plan *plan, int block, int i);
int sidle_plan_out_edge(const sidle_plan *plan, int block, int i);

/* Steps: the k-th step of a round is what a block does behind its boundary of
 * the item before, up to that of its k-th item. */

/** Steps before the first backward, in tick order. In a chain one tick up and
 * one tick down for each block behind. */
int sidle_plan_tick_order(const sidle_plan *plan, int block);
/** Steps of a block before its first forward; 0 in a chain. */
int sidle_plan_forward_lag(const sidle_plan *plan, int block);
/** Steps of the receiver before the first activation of an edge; 0 in a chain.
 */
int sidle_plan_act_lag(const sidle_plan *plan, int edge);
/** Steps of the receiver, `from`, before the first gradient of an edge. */
int sidle_plan_grad_lag(const sidle_plan *plan, int edge);
/** Backwards of a round besides one for each item; 0 in a chain. */
int sidle_plan_extra(const sidle_plan *plan, int block);
/** The tick of a step, both from 1. */
int64_t sidle_plan_tick(const sidle_plan *plan, int block, int64_t step);

/** The most activations, and the most gradients, that an edge may have in
 * flight at a boundary. */
int sidle_plan_most_acts(const sidle_plan *plan, int edge);
int sidle_plan_most_grads(const sidle_plan *plan, int edge);
/** Those at the boundary of `item`, which is in `round`. They walk over no
 * cuts: a wait may ask again and again. */
int sidle_plan_acts_in_flight(const sidle_plan *plan, const sidle_round *round,
                              int edge, int64_t item);
int sidle_plan_grads_in_flight(const sidle_plan *plan, const sidle_round *round,
                               int edge, int64_t item);

typedef struct sidle_cursor {
    const sidle_plan *plan;
    int block;         /* 1 .. D */
    int64_t step;      /* the item whose boundary comes next, or came last; in a
                          drain it counts on */
    int64_t forwards;  /* items that went forward */
    int64_t backwards; /* items that came back */
    int64_t weights;   /* those whose weight gradient is done */
    sidle_round round;
    int64_t evals;        /* evaluation items done at this point */
    int part, at, n_done; /* private */
} sidle_cursor;

/* ---- in cursor.c */
/** The start of block `block`'s list, or just after its boundary of item
 * `item`, start .. steps. Owns: borrows the plan. */
void sidle_cursor_init(sidle_cursor *cursor, const sidle_plan *plan, int block);
void sidle_cursor_seek(sidle_cursor *cursor, const sidle_plan *plan, int block,
                       int64_t item);
/** The next instruction; SIDLE_OP_END for ever at the end. */
sidle_instr sidle_cursor_next(sidle_cursor *cursor);

#ifdef __cplusplus
}
#endif

#endif
