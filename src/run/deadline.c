/* deadline.c - when to stop because the time of a Slurm job is nearly over. */
#include "run/deadline.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

#define NAME "SLURM_JOB_END_TIME"
#define BEGIN "SLURM_JOB_START_TIME"
#define AFTERWARDS 30.0

static double read_end(double now)
{
    const char *text = getenv(NAME);
    int64_t end;
    double left;

    if (text == NULL || text[0] == '\0')
        return HUGE_VAL;
    if (!sidle_text_int(text, &end)) {
        sidle_warn(NAME " is \"%s\", expected a number of seconds since "
                        "1970; the run ignores it",
                   text);
        return HUGE_VAL;
    }
    left = difftime((time_t)end, time(NULL));
    if (left <= 0.0) {
        sidle_warn(NAME " is %s, %.0f s ago, perhaps from another job; the "
                        "run ignores it",
                   text, -left);
        return HUGE_VAL;
    }
    /* Slurm tells the time of day; the run counts on a clock that is never
     * set. */
    return now + left;
}

/* Of a short time limit no more than a fifth, where its length is known. */
static double read_afterwards(void)
{
    const char *begin = getenv(BEGIN), *end = getenv(NAME);
    int64_t from, to;
    double fifth;

    if (begin == NULL || !sidle_text_int(begin, &from) ||
        !sidle_text_int(end, &to) || from <= 0 || to <= from)
        return AFTERWARDS;
    fifth = (double)(to - from) / 5.0;
    if (fifth >= AFTERWARDS)
        return AFTERWARDS;
    sidle_info("the time limit of this job is short, %.0f s: the run stops "
               "%.0f s, and the time of a save, before its end",
               5.0 * fifth, fifth);
    return fifth;
}

void sidle_deadline_init(sidle_deadline *d, int n_blocks, double save_guess)
{
    *d = (sidle_deadline){.end = read_end(sidle_now()),
                          .save = save_guess,
                          .afterwards = AFTERWARDS,
                          .n_blocks = n_blocks};
    if (isfinite(d->end))
        d->afterwards = read_afterwards();
}

double sidle_deadline_margin(const sidle_deadline *d)
{
    double pace =
        d->n_looks > 1 ? (d->last - d->first) / (double)(d->n_looks - 1) : 0.0;

    return d->longest + 2.0 * d->n_blocks * pace + 2.0 * d->save +
           d->afterwards;
}

sidle_status sidle_deadline_check(const sidle_deadline *d, double now)
{
    double margin = sidle_deadline_margin(d);

    if (now + margin < d->end)
        return SIDLE_OK;
    return sidle_fail(SIDLE_EUSAGE,
                      NAME " is in %.0f s, but stopping and saving may take "
                           "%.0f s: no item would be trained; give the job a "
                           "longer time limit (sbatch --time)",
                      d->end - now, margin);
}

static void look(sidle_deadline *d, double now)
{
    if (d->n_looks == 0)
        d->first = now;
    else if (now - d->last > d->longest)
        d->longest = now - d->last;
    d->last = now;
    d->n_looks++;
}

int sidle_deadline_is_near(sidle_deadline *d, double now)
{
    double margin;

    look(d, now);
    margin = sidle_deadline_margin(d);
    if (now + margin < d->end)
        return 0;
    sidle_info("stop: " NAME " is in %.0f s; stopping and saving may take "
               "%.0f s",
               d->end - now, margin);
    return 1;
}

void sidle_deadline_saved(sidle_deadline *d, double seconds)
{
    /* The first save that was timed replaces the guess, also a longer one. */
    if (!d->has_saved || seconds > d->save)
        d->save = seconds;
    d->has_saved = 1;
}
