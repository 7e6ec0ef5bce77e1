/* wait.c - rounds in which only messages go forward. */
#include "mpi/wait.h"

#include "mpi/watchdog.h"

#include "base/number.h"
#include "base/text.h"

/* Of the blocks of this rank, the item of the next boundary of the one that is
 * behind. */
static int64_t oldest_step(const sidle_runner *runner)
{
    int64_t oldest = INT64_MAX / 2;

    for (int i = 0; i < runner->n_stations; i++)
        oldest = sidle_smaller(oldest, runner->stations[i].cursor.step);
    return oldest;
}

void sidle_wait_poll(sidle_runner *runner)
{
    sidle_replicas_have_wish(runner->replicas);
    sidle_decisions_poll(runner->decisions, oldest_step(runner));
    sidle_reports_poll(runner->reports, sidle_runner_busy(runner));
}

void sidle_wait_until(sidle_runner *runner, int (*is_done)(sidle_runner *),
                      const char *why)
{
    double start = sidle_runner_now(runner), end;

    for (int spins = 0; !is_done(runner); spins++) {
        /* Here rank 0 also takes what it is not waiting for, so no sender is
         * stuck. */
        sidle_wait_poll(runner);
        sidle_watchdog_look(runner, spins, why);
    }
    end = sidle_runner_now(runner);
    /* What is waited for comes from behind. */
    sidle_station_record(runner->stations, SIDLE_EVENT_WAIT_RIGHT, start, end);
    runner->waited += end - start;
}

static int has_mark(sidle_runner *runner)
{
    return sidle_reports_is_marked(runner->reports);
}

static void wait_for_mark(sidle_runner *runner)
{
    int last = sidle_runner_owner(runner, 0, runner->config.plan->n_blocks);
    char why[100];

    sidle_text_format(why, sizeof(why),
                      "the losses that the last block (rank %d) found so far",
                      last);
    sidle_wait_until(runner, has_mark, why);
}

static int have_replicas_marks(sidle_runner *runner)
{
    return sidle_replicas_are_marked(runner->replicas);
}

void sidle_wait_for_marks(sidle_runner *runner)
{
    sidle_replicas_mark(runner->replicas);
    wait_for_mark(runner);
    sidle_wait_until(runner, have_replicas_marks,
                     "the requests that other replicas sent so far");
}
