/* due.h - when a checkpoint is due: after a number of items or minutes, at the
 * end, and again some time after a failed save. */
#ifndef SIDLE_RUN_DUE_H
#define SIDLE_RUN_DUE_H

#include <stdint.h>

typedef struct sidle_due {
    int64_t steps, every; /* items; every 0: not by items */
    double interval;      /* seconds; 0: not by time */
    double last;          /* time of the last request, seconds */
    double pause;         /* after the last failure, seconds; 0: none */
    double retry;         /* when to try again; infinite: nothing failed */
    int is_retry;         /* the requested save is such a retry */
} sidle_due;

/** A run of `steps` items begins at `now` (seconds of sidle_now()). */
void sidle_due_init(sidle_due *due, int64_t steps, int64_t every,
                    int64_t minutes, double now);

/** Whether a checkpoint is due before item `item` enters; it counts as
 * requested then. */
int sidle_due_at(sidle_due *due, int64_t item, double now);

/**
 * Record the result of a requested save. After a failure the next try is in 10
 * seconds, after a further failure in 20, and so on up to 10 minutes: a disk
 * that is cleared gets its checkpoint soon, and one that stays full is not kept
 * busy. A save that is due by items or minutes is made earlier, and its failure
 * does not lengthen the pause.
 * Returns: seconds to the next try at the latest, 0 if there is nothing to try
 * again.
 */
double sidle_due_done(sidle_due *due, int is_saved, double now);

#endif
