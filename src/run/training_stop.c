/* training_stop.c - when a run stops before its end, and how it says why. */
#include "run/training_stop.h"
#include "run/setup_views.h"

#include "base/clock.h"
#include "base/log.h"
#include "run/signals.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define STOP_FILE "stop"

/* Until a save has been timed: all that is reserved, at 100 MB a second. */
static double guess_save(const sidle_setup *setup)
{
    double bytes = 0.0;

    for (int place = 0; place < setup->chain_ranks; place++)
        bytes += (double)sidle_setup_forecast(setup, place).total;
    return bytes / 1e8;
}

sidle_status sidle_training_plan_end(sidle_run *run)
{
    if (run->comm.rank != 0)
        return SIDLE_OK;
    sidle_deadline_init(&run->deadline, run->setup.plan.n_blocks,
                        guess_save(&run->setup));
    return sidle_deadline_check(&run->deadline, sidle_now());
}

/* Looked at no more than once a second: it is a system call a look. */
static int is_time_to_look(sidle_run *run, double now)
{
    if (now - run->last_look < 1.0)
        return 0;
    run->last_look = now;
    return 1;
}

/* A wish is granted once; one that stays would stop each start at once. */
static int takes_stop_file(const sidle_run *run)
{
    const sidle_dir *folder = sidle_runfolder_at(run->folder);

    if (!sidle_dir_has(folder, STOP_FILE))
        return 0;
    sidle_info("stop: the file \"%s/" STOP_FILE "\" is there", folder->path);
    if (unlinkat(folder->fd, STOP_FILE, 0) != 0 && errno != ENOENT)
        sidle_warn("\"%s/" STOP_FILE "\" cannot be removed: %s; remove it, or "
                   "the next start stops at once",
                   folder->path, strerror(errno));
    return 1;
}

/* Whatever comes, it cannot be saved. */
static int has_lost_folder(sidle_run *run)
{
    if (!sidle_dir_is_gone(run->checkpoints))
        return 0;
    sidle_warn("the folder \"%s\" was removed: this run cannot save and ends",
               run->checkpoints->path);
    run->is_folder_gone = 1;
    return 1;
}

int sidle_training_should_stop(sidle_run *run, double now)
{
    double limit = 60.0 * (double)run->options.run.max_minutes;

    if (run->is_stop_asked) {
        sidle_info("stop: the program asks for it");
        return 1;
    }
    if (is_time_to_look(run, now) &&
        (has_lost_folder(run) || takes_stop_file(run)))
        return 1;
    if (limit > 0.0 && now - run->started >= limit) {
        sidle_info("stop: run.max_minutes is over");
        return 1;
    }
    return sidle_deadline_is_near(&run->deadline, now);
}

/* A signal may have come to any rank, or to several; it is said once. */
static void tell_signal(sidle_run *run, const char *why)
{
    double left = run->deadline.end - sidle_now();
    char end[64] = "";

    if (left < 1e9)
        snprintf(end, sizeof(end), "; this job's time ends in %.0f s", left);
    sidle_info("stop: %s%s", why, end);
    run->is_stop_told = 1;
}

int sidle_training_wants_stop(void *context)
{
    sidle_run *run = context;
    char why[128];

    if (!sidle_signals_came())
        return 0;
    if (run->comm.rank == 0 && !run->is_stopping && !run->is_stop_told) {
        sidle_signals_why(why, sizeof(why));
        tell_signal(run, why);
    }
    return 1;
}

/* At the boundary: rank 0 may not know yet what another one was told. */
void sidle_training_tell_stop(sidle_run *run)
{
    const sidle_comm *comm = &run->comm;
    int first = sidle_signals_came() ? comm->rank : comm->size;
    char why[128];

    SIDLE_MPI(
        MPI_Allreduce(MPI_IN_PLACE, &first, 1, MPI_INT, MPI_MIN, comm->comm));
    /* The lowest rank that a signal came to tells why. */
    if (first == comm->size)
        return;
    sidle_signals_why(why, sizeof(why));
    SIDLE_MPI(MPI_Bcast(why, (int)sizeof(why), MPI_CHAR, first, comm->comm));
    if (comm->rank == 0 && !run->is_stopping && !run->is_stop_told)
        tell_signal(run, why);
}

/* A wish to stop that came after the last item would stop the next start. */
void sidle_training_drop_wish(const sidle_run *run)
{
    const sidle_dir *folder = sidle_runfolder_at(run->folder);

    if (unlinkat(folder->fd, STOP_FILE, 0) == 0)
        sidle_info("the file \"%s/" STOP_FILE
                   "\" came too late: the run is finished",
                   folder->path);
}
