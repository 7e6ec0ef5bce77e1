/* check.h - simulate a plan: all blocks in one process, with a clock and
 * bounded channels, and check its invariants.
 *
 * The simulation checks that no block waits for ever, that every message is
 * received for its own item, that no slot in use is overwritten, that the
 * numbers of slots, weight versions and stashes suffice, and that every block
 * has at a boundary the backwards that sidle_plan_backwards() returns. With
 * given durations it also predicts the time and the idle share of a run. */
#ifndef SIDLE_SCHEDULE_CHECK_H
#define SIDLE_SCHEDULE_CHECK_H

#include "schedule/plan.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Durations, all in one unit. A forward that is run again, because the weights
 * changed between an item's forward and its backward, lasts `forward`. */
typedef struct sidle_play_times {
    double forward;
    double input_grad;
    double weight_grad;
    double transfer; /* of a message, while the blocks compute */
    double update;
} sidle_play_times;

typedef struct sidle_play {
    sidle_play_times times;           /* of every block, if they are equal */
    const sidle_play_times *of_block; /* (D) of each block; or NULL */
    /* (D) the worker of each block, from 0 without a gap, non-decreasing; or
     * NULL: each block has its own worker. A worker performs one instruction
     * at a time, cyclically over its blocks from the last to the first, as the
     * runner of a rank does; a message between two of its blocks has no
     * duration. */
    const int *worker;
    /* Idle shares are of the time from a block's boundary of item `from` to
     * its boundary of item `to`; both 0: the whole run. */
    int64_t from, to;
    /* Called for every instruction, in order for each block; or NULL. */
    void (*on_instr)(void *context, int block, const sidle_instr *instr,
                     double begin, double end);
    void *context;
} sidle_play;

/* The result of the simulation for one block. */
typedef struct sidle_played {
    /* Items up to plan->start count as completed. */
    int64_t forwards, evals, input_grads, weight_grads, updates, boundaries;
    int64_t reruns;                /* forwards that were run again */
    int64_t acts_sent, grads_sent; /* without evaluations */
    int max_kept;                  /* activations at one time, at most */
    int max_stashed;       /* weight gradients due at one time, at most */
    int max_versions;      /* of weights at one time, at most */
    int64_t max_lag;       /* items between a gradient and the activation
                              that it was used with */
    int64_t max_staleness; /* updates between an item's forward and its
                              backward */
    double end;            /* time at which the block finished */
    double length;         /* of the time to which `idle` refers */
    double idle;           /* share of it in which the block did not work */
} sidle_played;

/** Name of an instruction: "forward", "send gradient", .. */
const char *sidle_op_name(sidle_op op);

/** The durations of block 1..D. */
const sidle_play_times *sidle_play_times_of(const sidle_play *play, int block);

/**
 * Simulate the plan.
 * Shapes:  played (n_blocks), block i at index i - 1.
 * Errors:  those of sidle_plan_check(); SIDLE_EINTERNAL if the plan violates an
 *          invariant, with block and item, or if memory cannot be allocated.
 */
sidle_status sidle_plan_play(const sidle_plan *plan, const sidle_play *play,
                             sidle_played *played);

#ifdef __cplusplus
}
#endif

#endif
