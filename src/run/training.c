/* training.c - what a run answers its runner, and how it ends. */
#include "run/training.h"
#include "run/setup_views.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "io/ckpt.h"
#include "run/ending.h"
#include "run/memory.h"
#include "run/trace.h"
#include "run/training_best.h"
#include "run/training_save.h"
#include "run/training_stop.h"

#include <stdio.h>

/* ---- what is decided about an item */

static int on_item(void *context, int64_t item)
{
    sidle_run *t = context;
    double now = sidle_now();
    int flags = 0;

    if (!sidle_training_knows(t, item))
        return SIDLE_ITEM_WAITS;
    sidle_progress_item(&t->progress, item);
    if (!t->is_stopping && sidle_training_should_stop(t, now))
        t->is_stopping = 1;
    t->is_step_due = sidle_due_at(&t->due, item, now);
    t->is_ending = sidle_training_is_enough(t, item);
    if (t->is_stopping)
        flags |= SIDLE_MSG_STOP | SIDLE_MSG_SAVE;
    if (t->is_step_due || (sidle_training_may_be_best(t, item) &&
                           sidle_training_affords_best(t, now)))
        flags |= SIDLE_MSG_SAVE;
    if (t->is_ending)
        flags |= SIDLE_MSG_END | SIDLE_MSG_SAVE;
    return flags;
}

/* ---- the run */

static void on_report(void *context, const sidle_report *report)
{
    sidle_run *t = context;

    if (t->ending.is_on) {
        sidle_ending_report(t, report);
        return;
    }
    if (sidle_progress_report(&t->progress, report) != SIDLE_OK)
        sidle_warn("%s", sidle_fail_text());
    if (report->is_eval)
        sidle_training_take_evaluation(t, report);
    if (t->start.on_report != NULL)
        t->start.on_report(t->start.context, report);
}

static void on_norms(void *context, int64_t item, const double *norms,
                     int n_blocks)
{
    sidle_run *t = context;

    if (sidle_progress_norms(&t->progress, item, norms, n_blocks) != SIDLE_OK)
        sidle_warn("%s", sidle_fail_text());
}

sidle_status sidle_training_open(sidle_run *t)
{
    sidle_runner_config config = sidle_setup_runner(&t->setup, &t->comm);

    config.trace_items = t->options.log.trace;
    config.log_every = t->options.log.every;
    config.on_report = on_report;
    config.on_norms = on_norms;
    config.on_item = on_item;
    config.wants_stop = sidle_training_wants_stop;
    config.on_save = sidle_training_on_save;
    config.context = t;
    return sidle_runner_new(&config, &t->runner);
}

static void find_peak(const sidle_run *t, sidle_peak *peak)
{
    int cores = t->company.n_cores;

    sidle_peak_init(peak, cores);
    sidle_info("peak: about %.3g GFLOP/s on %d core%s, by a matrix product",
               peak->best * 1e-9, cores, sidle_plural(cores));
    sidle_info("\"of peak\": the model's operations against the best rate "
               "seen so far");
    sidle_info("\"busy\": share of its time in which the rank that waits most "
               "computed");
}

static sidle_status finish(sidle_run *t)
{
    sidle_status status;

    sidle_training_keep_replaced(t, -1);
    status = sidle_training_save_patiently(t, "final.h5", 1);
    if (status != SIDLE_OK)
        return t->comm.rank == 0 ? sidle_log_failure(status) : status;
    if (t->comm.rank == 0) {
        sidle_training_publish_end(t);
        sidle_ending_forget(t);
        sidle_training_drop_wish(t);
        /* The evaluation after the last item had the weights of the end. */
        if (t->last_eval == t->end) {
            sidle_best_file_offer(&t->best_file, t->end, "final.h5");
            sidle_best_file_take(&t->best_file, t->end, t->last_loss);
        }
    }
    sidle_ending_evaluate(t);
    if (t->comm.rank == 0)
        sidle_ending_tell(t);
    if (t->comm.rank == 0 && t->is_end_lost)
        sidle_warn("the step file of the last item is missing: the run is "
                   "finished, but %s or a larger run.steps repeats the items "
                   "since the step file before it",
                   t->start.again);
    return t->is_end_lost ? SIDLE_EIO : SIDLE_OK;
}

/* Stopped, and there was no later try. */
static void tell_unsaved_stop(const sidle_run *t, sidle_status status)
{
    char from[40] = "its beginning";

    if (t->comm.rank != 0)
        return;
    if (t->is_folder_gone) {
        sidle_fail(status,
                   "the folder \"%s\" was removed during the run, with "
                   "everything that was saved",
                   t->checkpoints->path);
        sidle_log_failure(status);
        return;
    }
    if (t->newest >= 0)
        snprintf(from, sizeof(from), "step %lld", (long long)t->newest);
    sidle_fail(status,
               "the run was stopped, and its work since the last checkpoint "
               "is lost, because three tries to save it failed (see the "
               "warning); %s continues from %s",
               t->start.again, from);
    sidle_log_failure(status);
}

/* Checkpoints of older programs do not know the time; the last row does. */
static void go_on_counting(sidle_run *t)
{
    double seconds = t->resume.seconds;

    if (seconds <= 0.0 && t->comm.rank == 0)
        seconds = sidle_metrics_seconds(t->metrics);
    t->progress.before = seconds;
    t->setup.began = t->started - seconds;
    t->setup.is_timed = 1;
}

sidle_status sidle_training_run(sidle_run *t)
{
    sidle_status status;
    sidle_peak peak = {.best = 1.0};

    if (t->comm.rank == 0)
        find_peak(t, &peak);
    if (t->comm.rank == 0)
        sidle_expected_least(&t->setup, t->resume.step, &peak);
    sidle_progress_init(&t->progress, &t->setup, t->resume.step, &peak,
                        t->start.display);
    t->progress.metrics = t->metrics;
    t->progress.tensorboard = t->tensorboard;
    t->started = sidle_now();
    go_on_counting(t);
    t->newest = t->resume.start == SIDLE_START_RESUME ? t->resume.step : -1;
    t->proven = -1;
    t->end = t->resume.is_over ? t->resume.step : t->options.run.steps;
    t->setup.best = t->resume.best;
    if (t->comm.rank == 0 && t->options.checkpoint.best &&
        t->setup.plan.eval_every > 0)
        sidle_best_file_begin(
            &t->best_file, t->checkpoints, &t->resume,
            sidle_training_cut_of_eval(t, t->resume.best.item),
            t->resume.step < t->end &&
                sidle_training_cut_of_eval(t, t->resume.step) ==
                    t->resume.step);
    sidle_due_init(&t->due, t->options.run.steps, t->options.checkpoint.every,
                   t->options.checkpoint.minutes, t->started);
    /* One that fails is tried again, like any other. */
    t->is_step_due = 1;
    if (t->options.checkpoint.at_start && t->resume.step == 0)
        sidle_training_on_save(t, 0, 0);
    sidle_patience_for("the run", 0.0);
    status = sidle_runner_run(t->runner);
    sidle_progress_done(&t->progress);
    sidle_trace_tell(t->runner,
                     t->comm.rank == 0 ? sidle_runfolder_at(t->folder) : NULL);
    if (status == SIDLE_OK)
        status = finish(t);
    else if (status != SIDLE_ESTOPPED)
        tell_unsaved_stop(t, status);
    if (status == SIDLE_OK || status == SIDLE_ESTOPPED)
        sidle_memory_report(&t->comm, &t->setup);
    return status;
}
