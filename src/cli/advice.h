/* advice.h - how late the gradients of a run are, and which keys would make
 * that one update at most.
 *
 * A head start is counted in items, a delay in updates: with smaller items, and
 * as many more of them per update, an update is of the same rows and no
 * gradient is more than one update late. */
#ifndef SIDLE_CLI_ADVICE_H
#define SIDLE_CLI_ADVICE_H

#include "run/setup.h"

/* Room for the words of one advice. */
enum { SIDLE_ADVICE_MAX = 400 };

/* The largest delay, and other keys with the same rows per update. */
typedef struct sidle_advice {
    double delay;   /* in updates, 0: the pipe is flushed */
    int64_t rows;   /* of an update, in all replicas */
    int64_t enough; /* the fewest that allow a delay of one update */
    int64_t batch, update_every, steps; /* keys; else those of the run */
    double then; /* the delay with them, `delay` if there is no less */
} sidle_advice;

/**
 * The keys with the largest items that no gradient is more than one update late
 * with; with the smallest items, if the rows are too few for that. The run's
 * own where nothing is more than one update late, or where a gradient meets the
 * newest activation, which is late in items whatever an update is of.
 * Calls:   local, as all of these.
 */
sidle_advice sidle_advise(const sidle_setup *setup);
/** Whether its keys are others than the run's. */
int sidle_advice_is_needed(const sidle_advice *advice);
/** Print "data.batch=1 parallel.update_every=8 run.steps=10000"; "" if it is
 * not needed. */
void sidle_advice_keys(const sidle_advice *advice, char *out, size_t size);

/** Print the largest delay and where it is. */
void sidle_delay_print(const sidle_setup *setup, char *out, size_t size);
/** Print what to do about it, as the end of a sentence that begins with it; ""
 * if it is one update at most. */
void sidle_advice_print(const sidle_setup *setup, char *out, size_t size);

#endif
