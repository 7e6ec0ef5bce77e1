/* due.c - when a checkpoint is due. */
#include "cli/due.h"

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
                       .pause = FIRST_PAUSE,
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
    /* It takes some items until the cut is reached: no second one meanwhile. */
    due->retry = INFINITY;
    return 1;
}

double sidle_due_done(sidle_due *due, int is_saved, double now)
{
    double pause = due->pause;

    if (is_saved) {
        due->pause = FIRST_PAUSE;
        due->retry = INFINITY;
        return 0.0;
    }
    due->pause = fmin(2.0 * pause, LONGEST_PAUSE);
    due->retry = now + pause;
    return pause;
}
