/* due.h - when a checkpoint is due: every so many items or minutes, at the end,
 * and again some time after one that failed. */
#ifndef SIDLE_RUN_DUE_H
#define SIDLE_RUN_DUE_H

#include <stdint.h>

typedef struct sidle_due {
    int64_t steps, every; /* items; every 0: not by items */
    double interval;      /* seconds; 0: not by time */
    double last;          /* when the last one was asked for, seconds */
    double pause;         /* after the last failure, seconds; 0: none */
    double retry;         /* when to try again; infinite: nothing failed */
    int is_retry;         /* the one asked for is such a try */
} sidle_due;

/** A run of `steps` items begins at `now` (seconds of sidle_now()). */
void sidle_due_init(sidle_due *due, int64_t steps, int64_t every,
                    int64_t minutes, double now);

/** Is one due before item `item` enters? Then it counts as asked for. */
int sidle_due_at(sidle_due *due, int64_t item, double now);

/**
 * What was asked for is done. After a failure the next try comes in 10 seconds,
 * after that one's failure in 20, and so on up to 10 minutes; a disk that
 * somebody clears gets its checkpoint soon, one that stays full is not kept
 * busy. One that is due by items or minutes comes sooner, and its failure makes
 * no pause longer.
 * Returns: seconds to the next try at the latest, 0 if there is nothing to try
 * again.
 */
double sidle_due_done(sidle_due *due, int is_saved, double now);

#endif
