/* deadline.h - when to stop because the time of a Slurm job is nearly over.
 *
 * SLURM_JOB_END_TIME, if set, is the second at which Slurm ends the job; a run
 * that is not saved by then loses what it did since its last checkpoint.
 * SIGUSR1 comes before that, if the job asked for it; this is for jobs that did
 * not, or not early enough. */
#ifndef SIDLE_RUN_DEADLINE_H
#define SIDLE_RUN_DEADLINE_H

#include "base/status.h"

#include <stdint.h>

typedef struct sidle_deadline {
    double end;           /* on the clock of sidle_now(); HUGE_VAL: none */
    double first, last;   /* looks: one before each item enters */
    double longest, save; /* seconds: between two looks; of a save, at first a
                             guess */
    double afterwards;    /* seconds: what follows the run's end */
    int64_t n_looks;
    int n_blocks, has_saved;
} sidle_deadline;

/**
 * Read SLURM_JOB_END_TIME and, to know a short limit, SLURM_JOB_START_TIME
 * (seconds since 1970).
 * Units:   save_guess in seconds: what a save may take, until one was made.
 * Errors:  a value that is not a number or is in the past causes a warning, and
 *          there is no deadline.
 */
void sidle_deadline_init(sidle_deadline *d, int n_blocks, double save_guess);

/**
 * The seconds that a stop may take from one look on, if it is requested at the
 * next one: the longest time between two looks so far; the time in which the
 * items that have entered pass the blocks, at most 2 D of them, at the run's
 * average pace; two times the longest save; and half a minute, but no more than
 * a fifth of the job's time, for what follows, the launcher's and the job
 * script's end, and for clocks that differ between hosts.
 */
double sidle_deadline_margin(const sidle_deadline *d);

/**
 * Whether there is time for an item, before the first one. A run that would
 * stop at once, in each attempt of its job, never ends. Errors:  SIDLE_EUSAGE
 * if the margin is as long as what is left.
 */
sidle_status sidle_deadline_check(const sidle_deadline *d, double now);

/** A look, before an item enters: returns whether it is time to stop, and
 * reports it.
 * Calls: local, rank 0. */
int sidle_deadline_is_near(sidle_deadline *d, double now);

/** Record the duration of a save. */
void sidle_deadline_saved(sidle_deadline *d, double seconds);

#endif
