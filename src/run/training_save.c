/* training_save.c - the saves of a run: its step files, best.h5, and what each
 * of them replaces. */
#include "run/training_save.h"

#include "base/clock.h"
#include "base/log.h"
#include "io/ckpt.h"
#include "run/signals.h"
#include "run/training_best.h"
#include "run/training_stop.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A run goes on in the folder that it began with, whatever stands at its path
 * by now. */
static void look_for_folder(sidle_run *run)
{
    sidle_dir *folder = sidle_runfolder_at(run->folder);
    int has_moved = sidle_dir_has_moved(folder);

    if (sidle_dir_has_moved(run->checkpoints) && !run->is_folder_gone)
        sidle_warn("the run folder \"%s\" was moved%s: this run continues in "
                   "it and saves to \"%s\"",
                   run->options.run.dir,
                   has_moved ? "" : ", or its checkpoints were",
                   run->checkpoints->path);
}

/* Others wait for rank 0, which may have to read the data files through. */
static void look_at_data(sidle_run *run)
{
    sidle_patience_for("a save", 2.0 * (double)(run->identity[0].size +
                                                run->identity[1].size));
    if (run->comm.rank == 0)
        sidle_watch_look(&run->watch, sidle_runner_item(run->runner),
                         run->identity, run->setup.data_changed);
}

static sidle_status save(sidle_run *run, const char *name)
{
    look_at_data(run);
    return sidle_save_run(&run->comm, run->runner, &run->setup, run->identity,
                          run->checkpoints, name);
}

/* A good file stays until a newer one is known to be so, and all that this
 * start found until the file that it began with is, or one of its own; at the
 * end of a run that is well there are no more than was asked for. */
static sidle_status prune(const sidle_run *run, int64_t step, int is_over)
{
    int64_t from = run->last_good, to = run->last_good;

    if (is_over && run->is_well)
        from = to = -1;
    else if (run->last_good < 0 && run->resume.start == SIDLE_START_RESUME) {
        from = 0;
        to = run->resume.step;
    }
    return sidle_ckpt_prune(run->checkpoints, step, from, to,
                            run->options.checkpoint.keep,
                            run->options.checkpoint.keep_every);
}

/* A start from an older step than the newest is a branch. Files that its first
 * save would replace get another name before, the later ones when it has
 * succeeded: until then the folder is what it was. */
void sidle_training_keep_replaced(const sidle_run *run, int64_t step)
{
    if (run->comm.rank != 0 || !run->resume.is_branch)
        return;
    if (sidle_ckpt_leave(run->checkpoints, step, step, -1) != SIDLE_OK ||
        sidle_ckpt_leave_end(run->checkpoints) != SIDLE_OK)
        sidle_warn("%s", sidle_fail_text());
}

/* One that fails is tried again after the next save. */
static void leave_others(sidle_run *run, int64_t step)
{
    if (!run->resume.is_branch)
        return;
    if (sidle_ckpt_leave(run->checkpoints, run->resume.step + 1, INT64_MAX,
                         step) == SIDLE_OK)
        run->resume.is_branch = 0;
    else
        sidle_warn("%s; --resume auto can continue from it", sidle_fail_text());
}

/* Each of these is tried whatever comes of the others. */
static void publish(sidle_run *run, const sidle_ckpt_name *file)
{
    int is_over = file->step == run->end;

    leave_others(run, file->step);
    if (sidle_ckpt_point_latest(run->checkpoints, file->name) != SIDLE_OK)
        sidle_warn("%s", sidle_fail_text());
    if (prune(run, file->step, is_over) != SIDLE_OK)
        sidle_warn("%s", sidle_fail_text());
}

/* A branch from the last step makes no step file, only the end. */
void sidle_training_publish_end(sidle_run *run)
{
    sidle_ckpt_name *all = NULL;
    int n = 0;
    sidle_status status = SIDLE_OK;

    if (!run->resume.is_branch)
        return;
    leave_others(run, -1);
    status = sidle_ckpt_newest_in(run->checkpoints, &all, &n);
    if (status == SIDLE_OK && n > 0)
        status = sidle_ckpt_point_latest(run->checkpoints, all[0].name);
    if (status != SIDLE_OK)
        sidle_warn("%s", sidle_fail_text());
    free(all);
}

/* What the newest file replaces goes before the next one needs its room. */
static void make_room(const sidle_run *run)
{
    if (run->comm.rank == 0 && prune(run, run->newest, 0) != SIDLE_OK)
        sidle_warn("%s", sidle_fail_text());
}

/* Told by rank 0: does a run go on that has failed to save, and how. */
static void warn_unsaved(const sidle_run *run, int64_t item, int is_end,
                         double pause)
{
    char next[64] = "";

    if (!is_end && !run->is_stopping && !sidle_signals_came())
        snprintf(next, sizeof(next), "; the next try comes within %.0f s",
                 pause);
    sidle_warn("the checkpoint of step %lld was not saved (older ones are "
               "unharmed%s): %s",
               (long long)item, next, sidle_fail_text());
}

/* A run that stops has no later try, nor has one that is drained at its end. */
sidle_status sidle_training_save_patiently(sidle_run *run, const char *name,
                                           int is_end)
{
    sidle_status status = save(run, name);

    for (int i = 0; i < 2 && status != SIDLE_OK && is_end; i++) {
        sleep(1);
        status = save(run, name);
    }
    return status;
}

/* Weights that grow too large are finite at first: a file is known to be good
 * when a loss after it is plausible, and no file is made where the newest
 * losses or updates are not, unless there is no later chance. */
static int is_ailing(sidle_run *run)
{
    sidle_health health = sidle_runner_health(run->runner);

    run->is_well = health.is_plausible && !health.is_ailing;
    if (health.is_plausible && run->newest > run->last_good) {
        run->last_good = run->newest;
        make_room(run);
    }
    return health.is_ailing;
}

static sidle_status save_if_well(sidle_run *run, const sidle_ckpt_name *file,
                                 int is_end)
{
    sidle_status status;

    if (is_ailing(run) && !is_end)
        return sidle_fail(SIDLE_EIO,
                          "the newest loss or update is not finite, and the "
                          "weights may not be usable any more (run.on_nan)");
    sidle_training_keep_replaced(run, file->step);
    status = sidle_training_save_patiently(run, file->name, is_end);
    if (status == SIDLE_OK)
        run->newest = file->step;
    return status;
}

/* Rank 0: a whole file is there. */
static void offer_best(sidle_run *run, int64_t item, const char *name, int what)
{
    sidle_best_file *file = &run->best_file;

    if (what == SIDLE_NO_BEST)
        return;
    sidle_best_file_offer(file, what == SIDLE_NEW_BEST ? item - 1 : item, name);
    if (what == SIDLE_NEW_BEST)
        sidle_best_file_take(file, item - 1, run->setup.best.loss);
}

static sidle_status save_step(sidle_run *run, int64_t item, int is_stopping,
                              int best)
{
    sidle_ckpt_name file;
    double from = sidle_now(), pause;
    int is_last = item == run->end;
    sidle_status status;

    sidle_ckpt_step_name(item, &file);
    status = save_if_well(run, &file, is_last || is_stopping);
    run->is_end_lost = is_last && status != SIDLE_OK;
    sidle_deadline_saved(&run->deadline, sidle_now() - from);
    if (run->comm.rank != 0)
        return status;
    pause = sidle_due_done(&run->due, status == SIDLE_OK, sidle_now());
    if (status != SIDLE_OK) {
        warn_unsaved(run, item, is_last || is_stopping, pause);
        return status;
    }
    publish(run, &file);
    sidle_peak_look(&run->progress.peak);
    sidle_info("saved %s/%s in %.2f s", run->checkpoints->path, file.name,
               sidle_now() - from);
    offer_best(run, item, file.name, best);
    return SIDLE_OK;
}

/* No step file is due, but this may be, or is, the best. */
static void save_best(sidle_run *run, int64_t item, int best)
{
    double from = sidle_now();
    sidle_status status;

    if (best == SIDLE_NO_BEST || is_ailing(run))
        return;
    status = save(run, SIDLE_CKPT_NEXT_BEST);
    sidle_deadline_saved(&run->deadline, sidle_now() - from);
    run->best_file.seconds += sidle_now() - from;
    if (run->comm.rank != 0)
        return;
    if (status == SIDLE_OK)
        offer_best(run, item, SIDLE_CKPT_NEXT_BEST, best);
    else if (!run->best_file.is_full)
        sidle_warn("best.h5 is not kept up to date (this warning appears "
                   "once): %s",
                   sidle_fail_text());
    run->best_file.is_full = status != SIDLE_OK;
}

/* Only rank 0 knows why there is a save: for a step's file, and for best.h5. */
static int is_step(sidle_run *run, int64_t item, int is_stopping, int *best_p)
{
    enum { STEP, ENDING, BEST, N_WHY };
    int why[N_WHY] = {is_stopping || run->is_step_due, run->is_ending,
                      SIDLE_NO_BEST};

    if (run->comm.rank == 0 && !run->is_ending)
        why[BEST] = sidle_training_what_best(run, item);
    SIDLE_MPI(MPI_Bcast(why, N_WHY, MPI_INT, 0, run->comm.comm));
    if (why[ENDING]) {
        run->end = item;
        run->setup.best.is_over = 1;
    }
    *best_p = why[BEST];
    return why[STEP] || why[ENDING];
}

sidle_status sidle_training_on_save(void *context, int64_t item,
                                    int is_stopping)
{
    sidle_run *run = context;
    int best;

    if (is_stopping)
        sidle_training_tell_stop(run);
    if (run->comm.rank == 0)
        look_for_folder(run);
    if (is_step(run, item, is_stopping, &best))
        return save_step(run, item, is_stopping, best);
    save_best(run, item, best);
    return SIDLE_OK;
}
