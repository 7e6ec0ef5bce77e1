/* run.c - a run from its configuration to its last checkpoint. */
#include "run/run.h"

#include "base/log.h"
#include "base/text.h"
#include "run/alike.h"
#include "run/begin.h"
#include "run/configure.h"
#include "run/few.h"
#include "run/load.h"
#include "run/memory.h"
#include "run/outputs.h"
#include "run/run_state.h"
#include "run/signals.h"
#include "run/training.h"
#include "run/training_stop.h"

#include <stdlib.h>
#include <string.h>

/* ---- what a start finds */

static sidle_status find_start(sidle_run *run)
{
    const sidle_run_start *start = &run->start;
    const char *checkpoints = run->checkpoints->path;

    SIDLE_TRY(sidle_resume_find(&run->comm, start->resume, checkpoints,
                                &run->said, &run->resume));
    if (run->resume.start != SIDLE_START_FRESH || start->otherwise == NULL)
        return SIDLE_OK;
    return sidle_resume_find(&run->comm, start->otherwise, checkpoints,
                             &run->said, &run->resume);
}

/* A run goes on with the values that it began with, if they are good or not. */
static sidle_status settle(sidle_run *run)
{
    if (run->resume.start == SIDLE_START_FRESH)
        return sidle_options_of(&run->said, &run->options);
    SIDLE_TRY(sidle_resume_compare(&run->resume, &run->said, &run->options));
    if (run->comm.rank == 0)
        sidle_load_warn(&run->options);
    return SIDLE_OK;
}

/* The plan ends where run.early_stop ended the run. */
static void end_early(sidle_run *run)
{
    const sidle_best *best = &run->resume.best;

    run->setup.plan.steps = run->resume.step;
    if (run->comm.rank == 0)
        sidle_info("run.early_stop=%lld has ended this run after item %lld: "
                   "the best evaluation is that after item %lld, with loss "
                   "%.4f; set another run.early_stop to continue the run",
                   (long long)run->options.run.early_stop,
                   (long long)run->resume.step, (long long)best->item,
                   best->loss);
}

static sidle_status open_outputs(sidle_run *run)
{
    SIDLE_TRY(sidle_agree(&run->comm, sidle_outputs_open(run)));
    sidle_outputs_hold(run);
    return SIDLE_OK;
}

/* From the newest checkpoint, and whether this start may go on from it. */
static sidle_status look_back(sidle_run *run)
{
    SIDLE_TRY(find_start(run));
    SIDLE_TRY(sidle_agree(&run->comm, settle(run)));
    SIDLE_TRY(sidle_alike_options(&run->comm, &run->options));
    sidle_patience_set((double)run->options.run.patience);
    sidle_patience_add(sidle_data_bytes(&run->comm, &run->options));
    return SIDLE_OK;
}

/* The data are watched before they are opened: no change goes unseen. */
static sidle_status set_up(sidle_run *run)
{
    const sidle_comm *comm = &run->comm;

    if (comm->rank == 0)
        sidle_watch_begin(&run->options, &run->watch);
    SIDLE_TRY(sidle_setup_all(comm, &run->options, &run->setup));
    memcpy(run->setup.data_changed, run->resume.data_changed,
           sizeof(run->setup.data_changed));
    if (run->resume.is_over)
        end_early(run);
    return sidle_agree(comm, comm->rank == 0 ? sidle_identify_data(
                                                   &run->options, run->identity)
                                             : SIDLE_OK);
}

static sidle_status prepare(sidle_run *run, const sidle_run_config *config)
{
    SIDLE_TRY(sidle_configure_start(&run->comm, sidle_run_config_words(config),
                                    &run->said, &run->options));
    sidle_patience_set((double)run->options.run.patience);
    SIDLE_TRY(open_outputs(run));
    SIDLE_TRY(look_back(run));
    if (!run->options.checkpoint.on_signal)
        sidle_signals_let_go();
    SIDLE_TRY(set_up(run));
    /* With the numbers that the blocks decide. */
    run->options = run->setup.options;
    return SIDLE_OK;
}

static void tell_finished(sidle_run *run)
{
    const sidle_resume *resume = &run->resume;

    /* Nothing of it can fail any more, and what is there stays. */
    run->has_begun = 1;
    sidle_info("this run is finished: %s holds all %lld item%s%s", resume->path,
               (long long)resume->step, sidle_plural(resume->step),
               resume->is_over ? ""
                               : "; set a larger run.steps or run.updates to "
                                 "continue it");
}

/* ---- for the caller */

static sidle_run *new_run(const sidle_comm *comm, const sidle_run_start *start)
{
    sidle_run *run = calloc(1, sizeof(*run));

    SIDLE_CHECK(run != NULL, "no memory for a run");
    run->comm = *comm;
    if (start != NULL)
        run->start = *start;
    if (run->start.resume == NULL)
        run->start.resume = "auto";
    if (run->start.again == NULL)
        run->start.again = "the same program";
    return run;
}

sidle_status sidle_run_open(const sidle_comm *comm,
                            const sidle_run_config *config,
                            const sidle_run_start *start, sidle_run **run_p)
{
    sidle_run *run = new_run(comm, start);
    int is_dry = run->start.is_dry;
    sidle_status status = prepare(run, config);

    if (status != SIDLE_OK) {
        sidle_run_close(run);
        return status;
    }
    if (sidle_run_is_finished(run) || is_dry)
        sidle_resume_tell(&run->resume);
    if (sidle_run_is_finished(run))
        tell_finished(run);
    if (!sidle_run_is_finished(run) || is_dry)
        sidle_guards_look(&run->comm, &run->company);
    *run_p = run;
    return SIDLE_OK;
}

int sidle_run_is_finished(const sidle_run *run)
{
    return run->resume.start == SIDLE_START_FINISHED;
}

sidle_status sidle_run_check(sidle_run *run)
{
    run->is_checked = 1;
    if (run->comm.rank == 0)
        sidle_warn_if_few(&run->setup);
    return sidle_memory_check(&run->comm, &run->setup, run->start.is_dry);
}

/* The caller's mistakes; they end no program. */
static sidle_status check_call(const sidle_run *run)
{
    if (run->start.is_dry)
        return sidle_fail(SIDLE_EUSAGE,
                          "sidle_run_train() of a dry run; open it without "
                          "is_dry");
    if (run->runner != NULL)
        return sidle_fail(SIDLE_EUSAGE,
                          "sidle_run_train() a second time; close the run and "
                          "open it again to continue it");
    return SIDLE_OK;
}

sidle_status sidle_run_train(sidle_run *run)
{
    SIDLE_TRY(sidle_agree(&run->comm, check_call(run)));
    if (sidle_run_is_finished(run))
        return SIDLE_OK;
    if (!run->is_checked)
        SIDLE_TRY(sidle_run_check(run));
    SIDLE_TRY(sidle_begin(run));
    SIDLE_TRY(sidle_agree(&run->comm, sidle_training_plan_end(run)));
    /* Last: a start that is refused trims no records. */
    SIDLE_TRY(sidle_agree(&run->comm, sidle_outputs_begin(run)));
    run->has_begun = 1;
    return sidle_training_run(run);
}

void sidle_run_stop(sidle_run *run)
{
    run->is_stop_asked = 1;
}

void sidle_run_close(sidle_run *run)
{
    if (run == NULL)
        return;
    sidle_runner_free(run->runner);
    sidle_training_picture_free(run->picture);
    sidle_resume_done(&run->resume);
    sidle_setup_done(&run->setup);
    sidle_settings_done(&run->said);
    sidle_watch_end(&run->watch);
    sidle_outputs_close(run);
    free(run);
}
