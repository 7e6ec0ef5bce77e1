/* hints.c - plans played with counted times, at this and at other U. */
#include "cli/hints.h"

#include "base/log.h"
#include "base/text.h"
#include "run/pace.h"
#include "run/predict.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST = 1024 }; /* update that is tried */

/* Idle shares: from where on it is told; what is good enough; the least that a
 * longer update has to spare. With one item at a time it is told always. */
static const double much = 0.3, little = 0.2, worth = 0.1;

static void add(sidle_hints *hints, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void add(sidle_hints *hints, const char *format, ...)
{
    va_list args;

    SIDLE_CHECK(hints->n < SIDLE_HINTS_MAX, "too many hints");
    va_start(args, format);
    vsnprintf(hints->line[hints->n++], SIDLE_HINT_MAX, format, args);
    va_end(args);
}

/* ---- blocks */

static void hint_at_blocks(const sidle_setup *setup, sidle_hints *hints)
{
    if (setup->are_blocks_by_ranks)
        add(hints,
            "blocks: %d, from the number of ranks; set parallel.blocks to "
            "compare runs on other numbers",
            setup->partition.n_blocks);
}

/* ---- idle ranks */

/* The share of a long run with this update; -1: it cannot be played. */
static double idle_with(const sidle_setup *setup, const char *schedule,
                        int update_every, int n_ranks)
{
    sidle_setup *other = malloc(sizeof(*other));
    sidle_prediction p;
    sidle_status status;
    double idle;

    SIDLE_CHECK(other != NULL, "no memory for a plan");
    *other = *setup;
    other->plan.schedule = sidle_schedule_find(schedule);
    other->plan.update_every = update_every;
    other->plan.steps = INT32_MAX;
    other->plan.start = 0;
    status = sidle_predict_begin(other, n_ranks, &p);
    if (status == SIDLE_OK)
        status = sidle_pace_count(other, 1e9, p.of_unit);
    if (status == SIDLE_OK)
        status = sidle_predict(&p);
    idle = status == SIDLE_OK ? p.idle : -1.0;
    sidle_predict_done(&p);
    free(other);
    return idle;
}

/* The first doubling that makes ranks busy; or the last that was of use. */
static int find_update(const sidle_setup *setup, const char *schedule,
                       int n_ranks, double *idle_p)
{
    int best = setup->plan.update_every;

    for (int U = 2 * best; U <= LARGEST && *idle_p > little; U *= 2) {
        double idle = idle_with(setup, schedule, U, n_ranks);

        if (idle < 0.0 || idle > *idle_p - 0.01)
            break;
        *idle_p = idle;
        best = U;
    }
    return best;
}

static void hint_at_idle(const sidle_setup *setup, int n_ranks,
                         sidle_hints *hints)
{
    const sidle_plan *plan = &setup->plan;
    const char *name = plan->schedule->name, *try = name;
    int update_every = plan->update_every, U;
    int is_serial = update_every == 1;
    double idle, then;

    if (!plan->schedule->is_flushed || n_ranks < 2)
        return;
    idle = then = idle_with(setup, name, update_every, n_ranks);
    if (strcmp(name, "backprop") == 0) { /* one item at a time at any U */
        try = "1f1b";
        is_serial = 1;
    }
    if (idle < much && !is_serial)
        return;
    U = find_update(setup, try, n_ranks, &then);
    if (then > idle - (is_serial ? 0.01 : worth))
        return;
    add(hints,
        "idle: with schedule %s and parallel.update_every=%d the ranks are "
        "idle for about %.0f %% of the time, because the pipe is flushed %s; "
        "%s%s%sparallel.update_every=%d reduces this to %.0f %% (with %d "
        "items per update)",
        name, update_every, 100.0 * idle,
        try == name ? "at each update" : "after each item",
        try == name ? "" : "parallel.schedule=", try == name ? "" : try,
        try == name ? "" : " with ", U, 100.0 * then, U);
}

/* ---- warm-up */

static void hint_at_warmup(const sidle_setup *setup, sidle_hints *hints)
{
    int64_t U = setup->plan.update_every;
    int64_t updates = (setup->plan.steps + U - 1) / U;
    int64_t warmup = setup->options.optim.warmup;

    if (warmup == 0 || updates > warmup)
        return;
    add(hints,
        "warm-up: the run makes %lld update%s (run.steps / "
        "parallel.update_every) and optim.warmup is %lld: the learning rate "
        "rises until the end, to %.0f %% of optim.lr; set optim.warmup%s "
        "lower, or run.steps higher",
        (long long)updates, sidle_plural(updates), (long long)warmup,
        100.0 * sidle_rate_factor(&setup->optim, updates - 1),
        U > 1 ? " or parallel.update_every" : "");
}

void sidle_hints_of(const sidle_setup *setup, int n_ranks, sidle_hints *hints)
{
    hints->n = 0;
    hint_at_blocks(setup, hints);
    hint_at_idle(setup, n_ranks, hints);
    hint_at_warmup(setup, hints);
}

void sidle_hints_tell(const sidle_hints *hints)
{
    for (size_t i = 0; i < hints->n; i++)
        sidle_info("%s", hints->line[i]);
}
