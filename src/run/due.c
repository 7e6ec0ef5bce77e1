/* due.c - when a checkpoint is due. */
#include "run/due.h"

#include <math.h>

#define FIRST_PAUSE 10.0
#define LONGEST_PAUSE 600.0

void sidle_due_init(sidle_due *due, int64_t steps, int64_t every,
                    int64_t minutes, double now)
{
    *due = (sidle_due){.steps = steps,
                       .every = every,
                       .interval = 60.0 * (double)minutes,
                       .last = now,
                       .retry = INFINITY};
}

int sidle_due_at(sidle_due *due, int64_t item, double now)
{
    int is_due = item == due->steps ||
                 (due->every > 0 && item % due->every == 0) ||
                 (due->interval > 0.0 && now - due->last >= due->interval) ||
                 now >= due->retry;

    if (!is_due)
        return 0;
    due->last = now;
    due->is_retry = now >= due->retry;
    /* It takes some items until the boundary is reached: no second one
     * meanwhile. */
    due->retry = INFINITY;
    return 1;
}

double sidle_due_done(sidle_due *due, int is_saved, double now)
{
    if (is_saved) {
        due->pause = 0.0;
        due->retry = INFINITY;
        return 0.0;
    }
    if (due->pause == 0.0)
        due->pause = FIRST_PAUSE;
    else if (due->is_retry)
        due->pause = fmin(2.0 * due->pause, LONGEST_PAUSE);
    due->retry = now + due->pause;
    return due->pause;
}
