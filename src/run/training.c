/* training.c - what a run answers its runner, and how it ends. */
#include "run/training.h"
#include "run/setup_views.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "io/ckpt.h"
#include "run/ending.h"
#include "run/memory.h"
#include "run/stale.h"
#include "run/trace.h"
#include "run/training_best.h"
#include "run/training_save.h"
#include "run/training_stop.h"

#include <stdio.h>

/* ---- what is decided about an item */

static int on_item(void *context, int64_t item)
{
    sidle_run *run = context;
    double now = sidle_now();
    int flags = 0;

    /* First, because the runner asks again: nothing may be counted twice. */
    if (!sidle_training_knows(run, item))
        return SIDLE_ITEM_WAITS;
    sidle_progress_item(&run->progress, item);
    if (!run->is_stopping && sidle_training_should_stop(run, now))
        run->is_stopping = 1;
    run->is_step_due = sidle_due_at(&run->due, item, now);
    run->is_ending = sidle_training_is_enough(run, item);
    if (run->is_stopping)
        flags |= SIDLE_MSG_STOP | SIDLE_MSG_SAVE;
    if (run->is_step_due || (sidle_training_may_be_best(run, item) &&
                             sidle_training_affords_best(run, now)))
        flags |= SIDLE_MSG_SAVE;
    if (run->is_ending)
        flags |= SIDLE_MSG_END | SIDLE_MSG_SAVE;
    return flags;
}

/* ---- the run */

static void on_scores(void *context, int64_t item, const sidle_scores *scores)
{
    sidle_run *run = context;

    if (run->tally == NULL)
        run->tally = sidle_clip_tally_new(run->setup.n_replicas * scores->rows,
                                          scores->classes);
    sidle_clip_tally_add(run->tally, item, scores);
}

/* With the clips of its evaluation, which has ended. */
static sidle_report with_clips(sidle_run *run, const sidle_report *report)
{
    sidle_report all = *report;

    if (report->is_eval && run->tally != NULL) {
        sidle_clip_counts clips = sidle_clip_tally_end(run->tally);

        all.n_clips = clips.n_clips;
        all.n_clips_correct = clips.n_correct;
    }
    return all;
}

/* The evaluation at the end has others' items, and no picture. */
static void on_outputs(void *context, const sidle_block *block, int slot)
{
    sidle_run *run = context;

    if (run->ending.is_on)
        return;
    if (block != NULL)
        sidle_training_picture_take(run->picture, block, slot);
    else
        sidle_training_picture_send(run->picture);
}

static void show_picture(sidle_run *run, int64_t item)
{
    sidle_tensorboard_image image;

    sidle_training_picture_get(run->picture, &image);
    if (image.bytes != NULL && run->tensorboard != NULL &&
        sidle_tensorboard_picture(run->tensorboard, item, "valid/frames",
                                  &image) != SIDLE_OK)
        sidle_warn("%s", sidle_fail_text());
}

static void on_report(void *context, const sidle_report *bare)
{
    sidle_run *run = context;
    sidle_report all;
    const sidle_report *report = &all;

    if (run->ending.is_on) {
        sidle_ending_report(run, bare);
        return;
    }
    all = with_clips(run, bare);
    if (sidle_progress_report(&run->progress, report) != SIDLE_OK)
        sidle_warn("%s", sidle_fail_text());
    if (report->is_eval) {
        show_picture(run, report->item);
        sidle_training_take_evaluation(run, report);
    }
    if (run->start.on_report != NULL)
        run->start.on_report(run->start.context, report);
}

static void on_norms(void *context, int64_t item, const double *norms,
                     int n_blocks)
{
    sidle_run *run = context;

    if (sidle_progress_norms(&run->progress, item, norms, n_blocks) != SIDLE_OK)
        sidle_warn("%s", sidle_fail_text());
}

static void on_staleness(void *context, int64_t item, const sidle_staleness *of,
                         int n_blocks)
{
    sidle_run *run = context;
    char words[512];
    int block;

    sidle_stale_figures(item, of, n_blocks, words, sizeof(words));
    sidle_info("%s", words);
    block = sidle_stale_print(run->options.parallel.schedule, of, n_blocks,
                              words, sizeof(words));
    /* Once for as long as one block is the worst. */
    if (block > 0 && block != run->advised)
        sidle_info("staleness: %s", words);
    run->advised = block;
    if (sidle_stale_record(run->staleness, run->tensorboard, item, of,
                           n_blocks) != SIDLE_OK)
        sidle_warn("%s", sidle_fail_text());
}

sidle_status sidle_training_open(sidle_run *run)
{
    sidle_runner_config config = sidle_setup_runner(&run->setup, &run->comm);

    run->picture = sidle_training_picture_new(&run->comm, &run->setup);
    config.trace_items = run->options.log.trace;
    config.log_every = run->options.log.every;
    config.on_report = on_report;
    config.on_scores = on_scores;
    config.on_outputs = on_outputs;
    config.on_norms = on_norms;
    config.staleness = run->options.log.staleness;
    config.on_staleness = on_staleness;
    config.on_item = on_item;
    config.wants_stop = sidle_training_wants_stop;
    config.on_save = sidle_training_on_save;
    config.context = run;
    return sidle_runner_new(&config, &run->runner);
}

static void find_peak(const sidle_run *run, sidle_peak *peak)
{
    int cores = run->company.n_cores;

    sidle_peak_init(peak, cores);
    sidle_info("peak: about %.3g GFLOP/s on %d core%s, by a matrix product",
               peak->best * 1e-9, cores, sidle_plural(cores));
    sidle_info("\"of peak\": the model's operations against the best rate "
               "seen so far");
    sidle_info("\"busy\": share of its time in which the rank that waits most "
               "computed");
}

static sidle_status finish(sidle_run *run)
{
    sidle_status status;

    /* This save replaces no step file, only final.h5. */
    sidle_training_keep_replaced(run, -1);
    status = sidle_training_save_patiently(run, "final.h5", 1);
    if (status != SIDLE_OK)
        return run->comm.rank == 0 ? sidle_fail_print(status) : status;
    if (run->comm.rank == 0) {
        sidle_training_publish_end(run);
        sidle_ending_forget(run);
        sidle_training_drop_wish(run);
        /* The evaluation after the last item had the weights of the end. */
        if (run->last_eval == run->end) {
            sidle_best_file_offer(&run->best_file, run->end, "final.h5");
            sidle_best_file_take(&run->best_file, run->end, run->last_loss);
        }
    }
    sidle_ending_evaluate(run);
    if (run->comm.rank == 0)
        sidle_ending_tell(run);
    if (run->comm.rank == 0 && run->is_end_lost)
        sidle_warn("the step file of the last item is missing: the run is "
                   "finished, but %s or a larger run.steps repeats the items "
                   "since the step file before it",
                   run->start.again);
    return run->is_end_lost ? SIDLE_EIO : SIDLE_OK;
}

/* Stopped, and there was no later try. */
static void tell_unsaved_stop(const sidle_run *run, sidle_status status)
{
    char from[40] = "its beginning";

    if (run->comm.rank != 0)
        return;
    if (run->is_folder_gone) {
        sidle_fail(status,
                   "the folder \"%s\" was removed during the run, with "
                   "everything that was saved",
                   run->checkpoints->path);
        sidle_fail_print(status);
        return;
    }
    if (run->newest >= 0)
        snprintf(from, sizeof(from), "step %lld", (long long)run->newest);
    sidle_fail(status,
               "the run was stopped, and its work since the last checkpoint "
               "is lost, because three tries to save it failed (see the "
               "warning); %s continues from %s",
               run->start.again, from);
    sidle_fail_print(status);
}

/* Checkpoints of older programs do not know the time; the last row does. */
static void go_on_counting(sidle_run *run)
{
    double seconds = run->resume.seconds;

    if (seconds <= 0.0 && run->comm.rank == 0)
        seconds = sidle_metrics_seconds(run->metrics);
    run->progress.before = seconds;
    run->setup.began = run->started - seconds;
    run->setup.is_timed = 1;
}

sidle_status sidle_training_run(sidle_run *run)
{
    sidle_status status;
    sidle_peak peak = {.best = 1.0};

    if (run->comm.rank == 0)
        find_peak(run, &peak);
    if (run->comm.rank == 0)
        sidle_expected_least(&run->setup, run->resume.step, &peak);
    sidle_progress_init(&run->progress, &run->setup, run->resume.step, &peak,
                        run->start.display);
    run->progress.metrics = run->metrics;
    run->progress.tensorboard = run->tensorboard;
    run->started = sidle_now();
    go_on_counting(run);
    run->newest =
        run->resume.start == SIDLE_START_RESUME ? run->resume.step : -1;
    run->last_good = -1;
    run->end = run->resume.is_over ? run->resume.step : run->options.run.steps;
    run->setup.best = run->resume.best;
    if (run->comm.rank == 0 && run->options.checkpoint.best &&
        run->setup.plan.eval_every > 0)
        sidle_best_file_begin(
            &run->best_file, run->checkpoints, &run->resume,
            sidle_training_boundary_of_eval(run, run->resume.best.item),
            run->resume.step < run->end &&
                sidle_training_boundary_of_eval(run, run->resume.step) ==
                    run->resume.step);
    sidle_due_init(&run->due, run->options.run.steps,
                   run->options.checkpoint.every,
                   run->options.checkpoint.minutes, run->started);
    /* One that fails is tried again, like any other. */
    run->is_step_due = 1;
    if (run->options.checkpoint.at_start && run->resume.step == 0)
        sidle_training_on_save(run, 0, 0);
    sidle_patience_for("the run", 0.0);
    status = sidle_runner_run(run->runner);
    sidle_progress_done(&run->progress);
    sidle_trace_tell(run->runner, run->comm.rank == 0
                                      ? sidle_runfolder_at(run->folder)
                                      : NULL);
    if (status == SIDLE_OK)
        status = finish(run);
    else if (status != SIDLE_ESTOPPED)
        tell_unsaved_stop(run, status);
    if (status == SIDLE_OK || status == SIDLE_ESTOPPED)
        sidle_memory_report(&run->comm, &run->setup);
    return status;
}
