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
static void look_for_folder(sidle_run *t)
{
    sidle_dir *folder = sidle_runfolder_at(t->folder);
    int has_moved = sidle_dir_has_moved(folder);

    if (sidle_dir_has_moved(t->checkpoints) && !t->is_folder_gone)
        sidle_warn("the run folder \"%s\" was moved%s: this run continues in "
                   "it and saves to \"%s\"",
                   t->options.run.dir,
                   has_moved ? "" : ", or its checkpoints were",
                   t->checkpoints->path);
}

/* Others wait for rank 0, which may have to read the data files through. */
static void look_at_data(sidle_run *t)
{
    sidle_patience_for(
        "a save", 2.0 * (double)(t->identity[0].size + t->identity[1].size));
    if (t->comm.rank == 0)
        sidle_watch_look(&t->watch, sidle_runner_item(t->runner), t->identity,
                         t->setup.data_changed);
}

static sidle_status save(sidle_run *t, const char *name)
{
    look_at_data(t);
    return sidle_save_run(&t->comm, t->runner, &t->setup, t->identity,
                          t->checkpoints, name);
}

/* A good file stays until a newer one is known to be so, and all that this
 * start found until the file that it began with is, or one of its own; at the
 * end of a run that is well there are no more than was asked for. */
static sidle_status prune(const sidle_run *t, int64_t step, int is_over)
{
    int64_t from = t->proven, to = t->proven;

    if (is_over && t->is_well)
        from = to = -1;
    else if (t->proven < 0 && t->resume.start == SIDLE_START_RESUME) {
        from = 0;
        to = t->resume.step;
    }
    return sidle_ckpt_prune(t->checkpoints, step, from, to,
                            t->options.checkpoint.keep,
                            t->options.checkpoint.keep_every);
}

/* A start from an older step than the newest is a branch. Files that its first
 * save would replace get another name before, the later ones when it has
 * succeeded: until then the folder is what it was. */
void sidle_training_keep_replaced(const sidle_run *t, int64_t step)
{
    if (t->comm.rank != 0 || !t->resume.is_branch)
        return;
    if (sidle_ckpt_leave(t->checkpoints, step, step, -1) != SIDLE_OK ||
        sidle_ckpt_leave_end(t->checkpoints) != SIDLE_OK)
        sidle_warn("%s", sidle_fail_text());
}

/* One that fails is tried again after the next save. */
static void leave_others(sidle_run *t, int64_t step)
{
    if (!t->resume.is_branch)
        return;
    if (sidle_ckpt_leave(t->checkpoints, t->resume.step + 1, INT64_MAX, step) ==
        SIDLE_OK)
        t->resume.is_branch = 0;
    else
        sidle_warn("%s; --resume auto can continue from it", sidle_fail_text());
}

/* Each of these is tried whatever comes of the others. */
static void publish(sidle_run *t, const sidle_ckpt_name *file)
{
    int is_over = file->step == t->end;

    leave_others(t, file->step);
    if (sidle_ckpt_point_latest(t->checkpoints, file->name) != SIDLE_OK)
        sidle_warn("%s", sidle_fail_text());
    if (prune(t, file->step, is_over) != SIDLE_OK)
        sidle_warn("%s", sidle_fail_text());
}

/* A branch from the last step makes no step file, only the end. */
void sidle_training_publish_end(sidle_run *t)
{
    sidle_ckpt_name *all = NULL;
    int n = 0;
    sidle_status status = SIDLE_OK;

    if (!t->resume.is_branch)
        return;
    leave_others(t, -1);
    status = sidle_ckpt_newest_in(t->checkpoints, &all, &n);
    if (status == SIDLE_OK && n > 0)
        status = sidle_ckpt_point_latest(t->checkpoints, all[0].name);
    if (status != SIDLE_OK)
        sidle_warn("%s", sidle_fail_text());
    free(all);
}

/* What the newest file replaces goes before the next one needs its room. */
static void make_room(const sidle_run *t)
{
    if (t->comm.rank == 0 && prune(t, t->newest, 0) != SIDLE_OK)
        sidle_warn("%s", sidle_fail_text());
}

/* Told by rank 0: does a run go on that has failed to save, and how. */
static void warn_unsaved(const sidle_run *t, int64_t item, int is_end,
                         double pause)
{
    char next[64] = "";

    if (!is_end && !t->is_stopping && !sidle_signals_came())
        snprintf(next, sizeof(next), "; the next try comes within %.0f s",
                 pause);
    sidle_warn("the checkpoint of step %lld was not saved (older ones are "
               "unharmed%s): %s",
               (long long)item, next, sidle_fail_text());
}

/* A run that stops has no later try, nor has one that is drained at its end. */
sidle_status sidle_training_save_patiently(sidle_run *t, const char *name,
                                           int is_end)
{
    sidle_status status = save(t, name);

    for (int i = 0; i < 2 && status != SIDLE_OK && is_end; i++) {
        sleep(1);
        status = save(t, name);
    }
    return status;
}

/* Weights that grow too large are finite at first: a file is known to be good
 * when a loss behind it is sane, and no file is made where the newest losses
 * or updates are not, unless there is no later chance. */
static int is_ailing(sidle_run *t)
{
    sidle_health health = sidle_runner_health(t->runner);

    t->is_well = health.is_proven && !health.is_ailing;
    if (health.is_proven && t->newest > t->proven) {
        t->proven = t->newest;
        make_room(t);
    }
    return health.is_ailing;
}

static sidle_status save_if_well(sidle_run *t, const sidle_ckpt_name *file,
                                 int is_end)
{
    sidle_status status;

    if (is_ailing(t) && !is_end)
        return sidle_fail(SIDLE_EIO,
                          "the newest loss or update is not finite, and the "
                          "weights may not be usable any more (run.on_nan)");
    sidle_training_keep_replaced(t, file->step);
    status = sidle_training_save_patiently(t, file->name, is_end);
    if (status == SIDLE_OK)
        t->newest = file->step;
    return status;
}

/* Rank 0: a whole file is there. */
static void offer_best(sidle_run *t, int64_t item, const char *name, int what)
{
    sidle_best_file *file = &t->best_file;

    if (what == SIDLE_NO_BEST)
        return;
    sidle_best_file_offer(file, what == SIDLE_NEW_BEST ? item - 1 : item, name);
    if (what == SIDLE_NEW_BEST)
        sidle_best_file_take(file, item - 1, t->setup.best.loss);
}

static sidle_status save_step(sidle_run *t, int64_t item, int is_stopping,
                              int best)
{
    sidle_ckpt_name file;
    double from = sidle_now(), pause;
    int is_last = item == t->end;
    sidle_status status;

    sidle_ckpt_step_name(item, &file);
    status = save_if_well(t, &file, is_last || is_stopping);
    t->is_end_lost = is_last && status != SIDLE_OK;
    sidle_deadline_saved(&t->deadline, sidle_now() - from);
    if (t->comm.rank != 0)
        return status;
    pause = sidle_due_done(&t->due, status == SIDLE_OK, sidle_now());
    if (status != SIDLE_OK) {
        warn_unsaved(t, item, is_last || is_stopping, pause);
        return status;
    }
    publish(t, &file);
    sidle_peak_look(&t->progress.peak);
    sidle_info("saved %s/%s in %.2f s", t->checkpoints->path, file.name,
               sidle_now() - from);
    offer_best(t, item, file.name, best);
    return SIDLE_OK;
}

/* No step file is due, but this may be, or is, the best. */
static void save_best(sidle_run *t, int64_t item, int best)
{
    double from = sidle_now();
    sidle_status status;

    if (best == SIDLE_NO_BEST || is_ailing(t))
        return;
    status = save(t, SIDLE_CKPT_NEXT_BEST);
    sidle_deadline_saved(&t->deadline, sidle_now() - from);
    t->best_file.seconds += sidle_now() - from;
    if (t->comm.rank != 0)
        return;
    if (status == SIDLE_OK)
        offer_best(t, item, SIDLE_CKPT_NEXT_BEST, best);
    else if (!t->best_file.is_full)
        sidle_warn("best.h5 is not kept up to date (this warning appears "
                   "once): %s",
                   sidle_fail_text());
    t->best_file.is_full = status != SIDLE_OK;
}

/* Only rank 0 knows why there is a save: for a step's file, and for best.h5. */
static int is_step(sidle_run *t, int64_t item, int is_stopping, int *best_p)
{
    enum { STEP, ENDING, BEST, N_WHY };
    int why[N_WHY] = {is_stopping || t->is_step_due, t->is_ending,
                      SIDLE_NO_BEST};

    if (t->comm.rank == 0 && !t->is_ending)
        why[BEST] = sidle_training_what_best(t, item);
    SIDLE_MPI(MPI_Bcast(why, N_WHY, MPI_INT, 0, t->comm.comm));
    if (why[ENDING]) {
        t->end = item;
        t->setup.best.is_over = 1;
    }
    *best_p = why[BEST];
    return why[STEP] || why[ENDING];
}

sidle_status sidle_training_on_save(void *context, int64_t item,
                                    int is_stopping)
{
    sidle_run *t = context;
    int best;

    if (is_stopping)
        sidle_training_tell_stop(t);
    if (t->comm.rank == 0)
        look_for_folder(t);
    if (is_step(t, item, is_stopping, &best))
        return save_step(t, item, is_stopping, best);
    save_best(t, item, best);
    return SIDLE_OK;
}
