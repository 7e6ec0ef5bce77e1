/* plan.h - a schedule as a list of instructions for each block.
 *
 * A plan contains integers only: no tensor, no layer, no message. Block i (from
 * 1) of D starts with w_i forwards, then alternates forward and backward, then
 * drains. A row of the table in kinds.c defines whether this is backprop,
 * Sideways or PipeDream: by a head start, two policies and a flush rule. A
 * cursor generates the list during the run, which can have millions of items.
 *
 * Items are processed in rounds. A round begins and ends with an empty pipe: it
 * is the whole run of a streaming schedule, or the items between two flushes of
 * a flushed one; new clips can end it too. In a round a block runs w_i
 * forwards, then forwards and backwards in turn, then its remaining backwards:
 * the drain. The boundary of item k follows the forward of item k and the
 * backward of item k - w_i with its update, once for every k in every block.
 * The drain of a round follows its last boundary, and the evaluations of item k
 * follow both. The state at a boundary therefore does not depend on the last
 * item of the run.
 *
 * A backward consists of an input gradient, for which the previous block waits,
 * and a weight gradient, for which no block waits. The weight gradient can be
 * d_i items late and fill the drain (zero-bubble: Qi et al., arXiv:2401.10241,
 * ZB-H1); in all other schedules d_i is 0 and it follows the input gradient.
 *
 * Sends and receives match by construction: block i sends the activations of
 * items 1, 2, .. in order by each edge, and receives gradients in order. The
 * boundaries of one item in all blocks are a consistent state of the run: in a
 * chain no activation is in flight, and exactly min(j, w_i) - min(j, w_{i+1})
 * gradients are in flight from block i+1 to block i, where j is the number of
 * forwarded items of the round (for other graphs see graph.h). Of the items
 * with an input gradient, min(j - min(j, w_i), d_i) have a weight gradient
 * due. */
#ifndef SIDLE_SCHEDULE_PLAN_H
#define SIDLE_SCHEDULE_PLAN_H

#include "schedule/graph.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum sidle_op {
    SIDLE_OP_LOAD,     /* first block: an item from the data source */
    SIDLE_OP_RECV_ACT, /* by an incoming edge: an activation */
    SIDLE_OP_FORWARD,
    SIDLE_OP_SEND_ACT,  /* by an outgoing edge */
    SIDLE_OP_RECV_GRAD, /* by an outgoing edge: a gradient */
    SIDLE_OP_INPUT_GRAD,
    SIDLE_OP_SEND_GRAD, /* by an incoming edge */
    SIDLE_OP_WEIGHT_GRAD,
    SIDLE_OP_SUM_NORMS, /* global clipping: squares to the first block, the
                           total back, along the chain */
    SIDLE_OP_UPDATE,    /* if there are U gradients; `is_drain`: if any */
    SIDLE_OP_BOUNDARY,  /* after item k: a checkpoint is possible here */
    SIDLE_OP_END
} sidle_op;

typedef struct sidle_instr {
    sidle_op op;
    int edge;     /* of a message (schedule/graph.h); else -1 */
    int64_t item; /* whose activation or gradient; evaluation: its index */
    int slot;     /* of the activation to write or differentiate */
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
    int takes_skips; /* a plan can have skips; its head start is
                        sidle_plan_tick_order() */
    int (*head_start)(const struct sidle_plan *plan, int block); /* w_i */
    /* Items with a gradient between two flushes; NULL: no flush. */
    int (*flush_every)(int update_every);
    /* d_i, items by which a weight gradient is late; NULL: 0 */
    int (*deferral)(int block);
    /* Ticks that a block of D idles between two flushes, of items enough to
     * fill the pipe (rule.h); NULL: U does not change the idle share. */
    int (*idle_ticks)(int n_blocks);
} sidle_schedule;

/* ---- in kinds.c */
/** The row called `name`, NULL if there is none; the names in table order. */
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
    int64_t start;      /* items before this plan, which begins with an empty
                           pipe: those of a previous plan with its drain */
    int64_t eval_every; /* 0: none */
    int64_t eval_items; /* forward-only items after each eval_every; with
                           skips in tick order, from an empty pipe */
    int is_forward;     /* evaluations only: no gradient, and so start == steps,
                           an item that an earlier plan trained, and no slot
                           but that of evaluations */
    int sums_norms;     /* global clipping, flushed schedules only */
    int looks_ahead;    /* if gradients are late, forwards use the weights that
                           are predicted for their backwards */
    /* First item of the next clips after item `from` (a flush precedes it), or
     * INT64_MAX; NULL: never. A pure function. */
    int64_t (*next_clip)(void *context, int64_t from);
    /* Whether an item has a target, and so a gradient: an update of a flushed
     * schedule counts only those. A pure function; NULL: all have. */
    int (*counts)(void *context, int64_t item);
    void *context;
} sidle_plan;

/* The items between two times at which the pipe is empty. */
typedef struct sidle_round {
    int64_t first, last;
    int is_settled; /* a partial sum is applied at its end: at new clips or
                       the end of the run, not at a flush */
} sidle_round;

/* ---- in plan.c */
/** Check a plan. Errors: SIDLE_EUSAGE if a number is not valid, the graph has
 * another number of blocks, or the schedule has no skips but the graph has. */
sidle_status sidle_plan_check(const sidle_plan *plan);
/** w_i and d_i of block 1..D. */
int sidle_plan_head_start(const sidle_plan *plan, int block);
int sidle_plan_deferral(const sidle_plan *plan, int block);
/** tau_i, the delay: the number of updates of a block between an item's forward
 * and its gradient, w_i / U; 0 if the pipe is flushed. It is smaller at the
 * beginning of a round and in the drain. */
double sidle_plan_delay(const sidle_plan *plan, int block);
/** The share of items whose forward a block runs again before the backward, in
 * a full pipe with an update every U items. If a gradient is used with the
 * activation of its own item (policy matched), and weights are neither stashed
 * nor flushed, the weights have changed for the share tau_i of the items, at
 * most 1. Forwards with predicted weights are run again in every schedule that
 * does not stash weights. */
double sidle_plan_reruns(const sidle_plan *plan, int block);
/** Numbers of slots, weight versions and stashes that a block needs. */
int sidle_plan_slots(const sidle_plan *plan, int block);
int sidle_plan_versions(const sidle_plan *plan, int block);
int sidle_plan_stashes(const sidle_plan *plan, int block);
/** The slot and the stash of an item at a block. */
int sidle_plan_slot(const sidle_plan *plan, int block, int64_t item);
int sidle_plan_stash(const sidle_plan *plan, int block, int64_t item);

/** The round of an item, start + 1 .. steps. With next_clip or counts it
 * computes all rounds before it. */
sidle_round sidle_plan_round(const sidle_plan *plan, int64_t item);
/** The round that begins with item `first`. */
sidle_round sidle_plan_round_from(const sidle_plan *plan, int64_t first);
/** The first item, `item` or later, that begins an update: the first of a round
 * if the pipe is flushed at every update, else one that is a multiple of U
 * items (all assumed to have targets) after the start or the latest clip
 * change; steps + 1 if there is none. */
int64_t sidle_plan_update_from(const sidle_plan *plan, int64_t item);
/** The first item of the update after the one that begins with `first`. */
int64_t sidle_plan_update_after(const sidle_plan *plan, int64_t first);
/** The last item that a block forwarded before its boundary of `item`, start ..
 * steps, which in a chain is `item`; the last one whose input gradient it has.
 */
int64_t sidle_plan_forwards(const sidle_plan *plan, int block, int64_t item);
int64_t sidle_plan_backwards(const sidle_plan *plan, int block, int64_t item);
/** The last item whose weight gradient it has. */
int64_t sidle_plan_weight_grads(const sidle_plan *plan, int block,
                                int64_t item);

/* ---- in edges.c */
/** The number of edges of a plan, and one of them, from 0. */
int sidle_plan_n_edges(const sidle_plan *plan);
int sidle_plan_has_skips(const sidle_plan *plan);
sidle_edge sidle_plan_edge(const sidle_plan *plan, int edge);
/** The i-th incoming or outgoing edge of a block, from 0: the edge of the chain
 * first, then skips in order; -1: there are no more. */
int sidle_plan_in_edge(const sidle_plan *plan, int block, int i);
int sidle_plan_out_edge(const sidle_plan *plan, int block, int i);

/* Steps: the k-th step of a round is what a block does between its boundary of
 * the previous item and that of the k-th item. */

/** Steps before the first backward, in tick order. In a chain these are two
 * ticks, one in each direction, for each later block. */
int sidle_plan_tick_order(const sidle_plan *plan, int block);
/** Steps of a block before its first forward; 0 in a chain. */
int sidle_plan_forward_lag(const sidle_plan *plan, int block);
/** Steps of the receiver before the first activation of an edge; 0 in a chain.
 */
int sidle_plan_act_lag(const sidle_plan *plan, int edge);
/** Steps of the receiver, `from`, before the first gradient of an edge. */
int sidle_plan_grad_lag(const sidle_plan *plan, int edge);
/** Backwards of a round in addition to one per item; 0 in a chain. */
int sidle_plan_extra(const sidle_plan *plan, int block);
/** The tick of a step, both from 1. */
int64_t sidle_plan_tick(const sidle_plan *plan, int block, int64_t step);

/** The largest number of activations, and of gradients, that an edge can have
 * in flight at a boundary. */
int sidle_plan_most_acts(const sidle_plan *plan, int edge);
int sidle_plan_most_grads(const sidle_plan *plan, int edge);
/** Their numbers at the boundary of `item`, which is in `round`. The cost does
 * not depend on the number of rounds, so that a wait can call them often. */
int sidle_plan_acts_in_flight(const sidle_plan *plan, const sidle_round *round,
                              int edge, int64_t item);
int sidle_plan_grads_in_flight(const sidle_plan *plan, const sidle_round *round,
                               int edge, int64_t item);

typedef struct sidle_cursor {
    const sidle_plan *plan;
    int block;         /* 1 .. D */
    int64_t step;      /* the item of the next boundary, or of the last one; it
                          continues to count in a drain */
    int64_t forwards;  /* forwarded items */
    int64_t backwards; /* items with an input gradient */
    int64_t weights;   /* items with a weight gradient */
    sidle_round round;
    int64_t evals;        /* evaluation items completed here */
    int64_t eval_step;    /* with skips: the present step of the evaluation */
    int part, at, n_done; /* private */
} sidle_cursor;

/* ---- in cursor.c */
/** Set a cursor to the start of block `block`'s list, or directly after its
 * boundary of item `item`, start .. steps. Owns: borrows the plan. */
void sidle_cursor_init(sidle_cursor *cursor, const sidle_plan *plan, int block);
void sidle_cursor_seek(sidle_cursor *cursor, const sidle_plan *plan, int block,
                       int64_t item);
/** The item of its last boundary. */
int64_t sidle_cursor_item(const sidle_cursor *cursor);
/** The next instruction; at the end always SIDLE_OP_END. */
sidle_instr sidle_cursor_next(sidle_cursor *cursor);

#ifdef __cplusplus
}
#endif

#endif
