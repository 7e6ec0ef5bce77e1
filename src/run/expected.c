/* expected.c - the time that is left: by the plan's play with counted
 * operations, then by items that entered. */
#include "run/expected.h"

#include "base/log.h"
#include "base/text.h"
#include "run/pace.h"
#include "run/predict.h"

#include <string.h>
#include <time.h>

enum { ENOUGH = 10 };              /* items */
static const double at_most = 3.0; /* seconds, where the run is long */

static int64_t whole_updates(int64_t n, int64_t update_every)
{
    return (n + update_every - 1) / update_every * update_every;
}

/* The first items fill the pipe, and touch memory for the first time; items of
 * a flushed schedule come in updates. A run too short for that is timed from
 * its beginning. */
void sidle_expected_init(sidle_expected *expected, const sidle_setup *setup,
                         int64_t item)
{
    const sidle_plan *plan = &setup->plan;
    int64_t U = plan->schedule->is_flushed ? plan->update_every : 1;
    int64_t fill = plan->n_blocks > 1 ? 2 * (int64_t)plan->n_blocks : 1;

    memset(expected, 0, sizeof(*expected));
    expected->steps = plan->steps;
    expected->least = whole_updates(ENOUGH, U);
    expected->from = item + 1 + whole_updates(fill, U);
    if (expected->from + expected->least > plan->steps)
        expected->from = item + 1;
}

void sidle_expected_clock(double seconds, char *out, size_t size)
{
    time_t then = time(NULL) + (time_t)(seconds < 1e12 ? seconds + 0.5 : 1e12);
    struct tm parts;

    if (localtime_r(&then, &parts) == NULL ||
        strftime(out, size, "%Y-%m-%d %H:%M", &parts) == 0)
        out[0] = '\0';
}

static void tell(const sidle_expected *expected, int64_t items, double seconds)
{
    int64_t left = expected->steps - expected->from - items + 1;
    double an_item = seconds / (double)items;
    char took[32], rest[32], whole[32], end[32];

    sidle_text_duration(an_item, took, sizeof(took));
    sidle_text_duration(an_item * (double)left, rest, sizeof(rest));
    sidle_text_duration(an_item * (double)expected->steps, whole,
                        sizeof(whole));
    sidle_expected_clock(an_item * (double)left, end, sizeof(end));
    sidle_info("time: about %s an item, %s in all, %s left; expected end %s",
               took, whole, rest, end);
}

void sidle_expected_item(sidle_expected *expected, int64_t item, double now)
{
    int64_t items = item - expected->from;
    int64_t run = expected->steps - expected->from;

    if (expected->is_told || items < 0)
        return;
    if (items == 0)
        expected->since = now;
    if (items < expected->least || items % expected->least != 0)
        return;
    /* A long run can wait for a better look. */
    if (now - expected->since < at_most && 10 * items < run)
        return;
    expected->is_told = 1;
    tell(expected, items, now - expected->since);
}

/* Seconds of an item at `rate` a core, where ranks may have to share cores; 0:
 * not known. */
static double count_seconds(const sidle_setup *setup, double rate, double cores)
{
    sidle_prediction p;
    double seconds = 0.0, work = 0.0;

    if (sidle_predict_begin(setup, setup->chain_ranks, &p) == SIDLE_OK &&
        sidle_pace_count(setup, rate, p.of_unit) == SIDLE_OK &&
        sidle_predict(&p) == SIDLE_OK) {
        seconds = p.seconds_per_item;
        for (int l = 0; l < setup->model->n_layers; l++)
            work += sidle_pace_sum(&p.of_unit[l], setup->plan.update_every);
        work *= setup->n_replicas / cores;
    }
    sidle_predict_done(&p);
    return work > seconds ? work : seconds;
}

void sidle_expected_least(const sidle_setup *setup, int64_t item,
                          const sidle_peak *peak)
{
    int64_t left = setup->plan.steps - item;
    double seconds =
        count_seconds(setup, peak->best / peak->cores, peak->cores);
    char took[32], end[32];

    if (seconds <= 0.0 || left <= 0)
        return;
    sidle_text_duration(seconds * (double)left, took, sizeof(took));
    sidle_expected_clock(seconds * (double)left, end, sizeof(end));
    sidle_info("time: at least %s for %lld item%s; expected end %s or later",
               took, (long long)left, sidle_plural(left), end);
}
