/* check.h - play a plan: all blocks in one process, with a clock and narrow
 * channels, and see whether it holds what it promises.
 *
 * The play finds out that no block waits for ever, that every message meets a
 * receive which expects its item, that no slot is overwritten while somebody
 * needs it, that the places for activations, weights and stashes suffice, and
 * that every block stands at a boundary as sidle_plan_backwards() says. With
 * given durations it is also the forecast of a run's time and idle share. */
#ifndef SIDLE_SCHEDULE_CHECK_H
#define SIDLE_SCHEDULE_CHECK_H

#include "schedule/plan.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Durations, one unit for all. A forward that is run again, since the weights
 * changed between an item's forward and its backward, takes `forward`. */
typedef struct sidle_play_times {
    double forward;
    double input_grad;
    double weight_grad;
    double transfer; /* of a message, while the blocks go on */
    double update;
} sidle_play_times;

typedef struct sidle_play {
    sidle_play_times times;           /* of every block, where they are alike */
    const sidle_play_times *of_block; /* (D) each block's own; or NULL */
    /* (D) who works for each block, from 0 without a gap, never falling; or
     * NULL: each block has its own worker. A worker carries out one instruction
     * at a time, round its blocks from the last to the first, as the runner of
     * a rank does; between two of its blocks a message takes no time. */
    const int *worker;
    /* Idle shares count from every block's boundary of item `from` to its
     * boundary of item `to`; both 0: the whole run. */
    int64_t from, to;
    /* Called for every instruction, a block's in order; or NULL. */
    void (*on_instr)(void *context, int block, const sidle_instr *instr,
                     double begin, double end);
    void *context;
} sidle_play;

/* What one block did. */
typedef struct sidle_played {
    /* Items before plan->start count as done. */
    int64_t forwards, evals, input_grads, weight_grads, updates, boundaries;
    int64_t reruns;                /* forwards that a backward had to repeat */
    int64_t acts_sent, grads_sent; /* evaluations not counted */
    int max_kept;                  /* activations at one time */
    int max_stashed;               /* weight gradients that waited */
    int max_versions;              /* of weights at one time */
    int64_t max_lag;       /* items between a gradient and the activation
                              that it met */
    int64_t max_staleness; /* updates between an item's forward and its
                              backward */
    double end;            /* when the block was done */
    double length;         /* of the time that `idle` is a share of */
    double idle;           /* share of it without work of this block */
} sidle_played;

/** "forward", "send gradient", .. */
const char *sidle_op_name(sidle_op op);

/** The durations of block 1..D. */
const sidle_play_times *sidle_play_times_of(const sidle_play *play, int block);

/**
 * Play the plan.
 * Shapes:  played (n_blocks), block i at i - 1.
 * Errors:  what sidle_plan_check() answers; SIDLE_EINTERNAL, naming block and
 *          item, where the plan breaks a promise, or for want of memory.
 */
sidle_status sidle_plan_play(const sidle_plan *plan, const sidle_play *play,
                             sidle_played *played);

#ifdef __cplusplus
}
#endif

#endif
