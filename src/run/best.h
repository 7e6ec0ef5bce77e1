/* best.h - the lowest loss of a run's evaluations so far, and the number of
 * evaluations since.
 *
 * It depends on the evaluations only, so a run that is resumed, on any number
 * of ranks, has the same result: the state that is saved at the boundary of an
 * item contains the evaluations of earlier items, and a resume repeats that of
 * the item itself.
 */
#ifndef SIDLE_RUN_BEST_H
#define SIDLE_RUN_BEST_H

#include "io/ckpt.h"

typedef struct sidle_best {
    double loss;    /* nats per target; 0 before there is one */
    int64_t item;   /* after which it was found; 0: none yet */
    int64_t since;  /* evaluations since then */
    int64_t enough; /* after which item these were run.early_stop; 0: not yet */
    int64_t is_over; /* 1: the run ended at this boundary for that reason */
} sidle_best;

/** Count the evaluation after `item`; a loss that is not finite is never
 * better. `early_stop` 0: no limit. Returns whether it is the best so far. */
int sidle_best_take(sidle_best *best, int64_t early_stop, int64_t item,
                    double loss);
/** Forget the evaluations since the best one: run.early_stop has changed. */
void sidle_best_begin_again(sidle_best *best);

#define SIDLE_BEST_ARRAYS 5

/** As arrays of a checkpoint, owned by rank 0; `best` NULL on other ranks. */
void sidle_best_list(sidle_best *best, sidle_array arrays[SIDLE_BEST_ARRAYS]);
/**
 * From a checkpoint of `step`; all zero where it has none.
 * Errors:  SIDLE_EDATA: a number that no run writes, with its name;
 *          SIDLE_EIO from the file.
 */
sidle_status sidle_best_read(sidle_ckpt *ckpt, int64_t step, sidle_best *best);

#endif
