/* training.c - what a run answers its runner, and how it ends. */
#include "cli/training.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/banner.h"
#include "cli/command.h"
#include "cli/ending.h"
#include "cli/memory.h"
#include "cli/recording.h"
#include "cli/signals.h"
#include "io/ckpt.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STOP_FILE "stop"

/* ---- when to stop */

/* Until a save has been timed: all that is reserved, at 100 MB a second. */
static double guess_save(const sidle_setup *setup)
{
    double bytes = 0.0;

    for (int place = 0; place < setup->chain_ranks; place++)
        bytes += (double)sidle_setup_forecast(setup, place).total;
    return bytes / 1e8;
}

sidle_status sidle_training_plan_end(sidle_training *t)
{
    if (t->comm.rank != 0)
        return SIDLE_OK;
    sidle_deadline_init(&t->deadline, t->setup.plan.n_blocks,
                        guess_save(&t->setup));
    return sidle_deadline_check(&t->deadline, sidle_now());
}

/* Looked at no more than once a second: it is a system call a look. */
static int is_time_to_look(sidle_training *t, double now)
{
    if (now - t->last_look < 1.0)
        return 0;
    t->last_look = now;
    return 1;
}

/* A wish is granted once; one that stays would stop each start at once. */
static int takes_stop_file(const sidle_training *t)
{
    const sidle_dir *folder = sidle_runfolder_at(t->folder);

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
static int has_lost_folder(sidle_training *t)
{
    if (!sidle_dir_is_gone(t->checkpoints))
        return 0;
    sidle_warn("the folder \"%s\" was removed: this run has no place to save "
               "to, and ends",
               t->checkpoints->path);
    t->is_folder_gone = 1;
    return 1;
}

int sidle_training_should_stop(sidle_training *t, double now)
{
    double limit = 60.0 * (double)t->options.run.max_minutes;

    if (is_time_to_look(t, now) && (has_lost_folder(t) || takes_stop_file(t)))
        return 1;
    if (limit > 0.0 && now - t->started >= limit) {
        sidle_info("stop: run.max_minutes is over");
        return 1;
    }
    return sidle_deadline_is_near(&t->deadline, now);
}

/* ---- the best, and when there is no better one */

/* Whether there is an evaluation after `item`. */
static int is_eval_at(const sidle_training *t, int64_t item)
{
    const sidle_plan *plan = &t->setup.plan;

    return plan->eval_every > 0 && item > 0 && item % plan->eval_every == 0;
}

/* The item at whose cut a file holds the weights that the evaluation after
 * `item` sees. Behind the last one that is the end, when all is drained; where
 * the pipe is flushed behind the cut, the next item's. */
static int64_t cut_of_eval(const sidle_training *t, int64_t item)
{
    const sidle_plan *plan = &t->setup.plan;

    if (!plan->schedule->is_flushed || sidle_plan_head_start(plan, 1) == 0 ||
        plan->counts != NULL || plan->next_cut != NULL || item <= plan->start ||
        item >= plan->steps)
        return item;
    return sidle_plan_stretch(plan, item).last == item ? item + 1 : item;
}

/* What a file at the cut of `item` is to best.h5. */
enum { NO_BEST, NEXT_BEST, NEW_BEST };

/* Rank 0. At NEXT_BEST the loss is not known yet, at NEW_BEST it is. */
static int what_best(const sidle_training *t, int64_t item)
{
    const sidle_best *best = &t->setup.best;

    if (t->best_file.folder == NULL)
        return NO_BEST;
    if (is_eval_at(t, item) && item < t->end && cut_of_eval(t, item) == item)
        return NEXT_BEST;
    return is_eval_at(t, item - 1) && cut_of_eval(t, item - 1) == item &&
                   best->item == item - 1 && best->loss < t->best_file.loss
               ? NEW_BEST
               : NO_BEST;
}

/* Whether what_best() may be something: before the loss is known. */
static int may_be_best(const sidle_training *t, int64_t item)
{
    return t->best_file.folder != NULL &&
           ((is_eval_at(t, item) && cut_of_eval(t, item) == item) ||
            (is_eval_at(t, item - 1) && cut_of_eval(t, item - 1) == item));
}

/* Where no step file is due a file for best.h5 costs a save. Evaluations that
 * come very often may not make a run that mostly saves. */
static int is_best_affordable(sidle_training *t, double now)
{
    static const double free_seconds = 10.0, share = 0.1;
    double spent = t->best_file.seconds;

    if (spent < free_seconds || spent < share * (now - t->started))
        return 1;
    if (!t->best_file.is_late)
        sidle_warn("saves for best.h5 took %.0f s of %.0f s: from here on some "
                   "evaluations are passed over, so that it is a tenth; let "
                   "eval.every be a multiple of checkpoint.every, or set "
                   "checkpoint.best=false",
                   spent, now - t->started);
    t->best_file.is_late = 1;
    return 0;
}

/* How many items behind it the loss of an evaluation counts, on any number of
 * ranks: the gradient of the item behind it is back at the first block. */
static int64_t items_to_verdict(const sidle_training *t)
{
    return sidle_plan_head_start(&t->setup.plan, 1) + 2;
}

/* Whether the losses are known that decide about `item`. */
static int is_verdict_in(const sidle_training *t, int64_t item)
{
    int64_t every = t->setup.plan.eval_every;
    int64_t last = item - items_to_verdict(t);

    if (t->options.run.early_stop == 0 || every == 0 || last < every)
        return 1;
    last -= last % every;
    /* What was before this start is in the checkpoint. */
    return last < t->resume.step || t->last_eval >= last;
}

static int is_enough(const sidle_training *t, int64_t item)
{
    int64_t enough = t->setup.best.enough;

    return enough > 0 && item >= enough + items_to_verdict(t) && item < t->end;
}

static void take_evaluation(sidle_training *t, const sidle_report *report)
{
    sidle_best *best = &t->setup.best;
    int64_t item = report->item, early_stop = t->options.run.early_stop;
    int64_t end = item + items_to_verdict(t);
    double loss = report->n_targets > 0
                      ? report->nats / (double)report->n_targets
                      : (double)NAN;

    sidle_best_take(best, early_stop, item, loss);
    t->last_eval = item;
    t->last_loss = loss;
    sidle_best_file_take(&t->best_file, item, loss);
    if (best->enough == item)
        sidle_info("run.early_stop: %lld evaluation%s since that after item "
                   "%lld, none better than its %.4f: the run ends after item "
                   "%lld",
                   (long long)best->since, sidle_plural(best->since),
                   (long long)best->item, best->loss,
                   (long long)(end < t->end ? end : t->end));
}

/* ---- what is decided about an item */

static int on_item(void *context, int64_t item)
{
    sidle_training *t = context;
    double now = sidle_now();
    int flags = 0;

    if (!is_verdict_in(t, item))
        return SIDLE_ITEM_WAITS;
    sidle_progress_item(&t->progress, item);
    if (!t->is_stopping && sidle_training_should_stop(t, now))
        t->is_stopping = 1;
    t->is_step_due = sidle_due_at(&t->due, item, now);
    t->is_ending = is_enough(t, item);
    if (t->is_stopping)
        flags |= SIDLE_MSG_STOP | SIDLE_MSG_SAVE;
    if (t->is_step_due || (may_be_best(t, item) && is_best_affordable(t, now)))
        flags |= SIDLE_MSG_SAVE;
    if (t->is_ending)
        flags |= SIDLE_MSG_END | SIDLE_MSG_SAVE;
    return flags;
}

/* A signal may have come to any rank, or to several; it is said once. */
static void tell_signal(sidle_training *t, const char *why)
{
    double left = t->deadline.end - sidle_now();
    char end[64] = "";

    if (left < 1e9)
        snprintf(end, sizeof(end), "; this job's time ends in %.0f s", left);
    sidle_info("stop: %s%s", why, end);
    t->is_stop_told = 1;
}

static int wants_stop(void *context)
{
    sidle_training *t = context;
    char why[128];

    if (!sidle_signals_came())
        return 0;
    if (t->comm.rank == 0 && !t->is_stopping && !t->is_stop_told) {
        sidle_signals_why(why, sizeof(why));
        tell_signal(t, why);
    }
    return 1;
}

/* At the cut: rank 0 may not know yet what another one was told. */
static void tell_others_signal(sidle_training *t)
{
    const sidle_comm *comm = &t->comm;
    int first = sidle_signals_came() ? comm->rank : comm->size;
    char why[128];

    SIDLE_MPI(
        MPI_Allreduce(MPI_IN_PLACE, &first, 1, MPI_INT, MPI_MIN, comm->comm));
    if (first == comm->size)
        return;
    sidle_signals_why(why, sizeof(why));
    SIDLE_MPI(MPI_Bcast(why, (int)sizeof(why), MPI_CHAR, first, comm->comm));
    if (comm->rank == 0 && !t->is_stopping && !t->is_stop_told)
        tell_signal(t, why);
}

/* ---- saves */

/* A run goes on in the folder that it began with, whatever stands at its path
 * by now. */
static void look_for_folder(sidle_training *t)
{
    sidle_dir *folder = sidle_runfolder_at(t->folder);
    int has_moved = sidle_dir_has_moved(folder);

    if (sidle_dir_has_moved(t->checkpoints) && !t->is_folder_gone)
        sidle_warn("the run folder \"%s\" was moved%s: this run goes on in it, "
                   "and saves to \"%s\"",
                   t->options.run.dir,
                   has_moved ? "" : ", or its checkpoints were",
                   t->checkpoints->path);
}

/* Others wait for rank 0, which may have to read the data files through. */
static void look_at_data(sidle_training *t)
{
    sidle_patience_for(
        "a save", 2.0 * (double)(t->identity[0].size + t->identity[1].size));
    if (t->comm.rank == 0)
        sidle_watch_look(&t->watch, sidle_runner_item(t->runner), t->identity,
                         t->setup.data_changed);
}

static sidle_status save(sidle_training *t, const char *name)
{
    look_at_data(t);
    return sidle_save_run(&t->comm, t->runner, &t->setup, t->identity,
                          t->checkpoints, name);
}

/* A good file stays until a newer one is known to be so, and all that this
 * start found until the file that it began with is, or one of its own; at the
 * end of a run that is well there are no more than was asked for. */
static sidle_status prune(const sidle_training *t, int64_t step, int is_over)
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
static void keep_replaced(const sidle_training *t, int64_t step)
{
    if (t->comm.rank != 0 || !t->resume.is_branch)
        return;
    if (sidle_ckpt_leave(t->checkpoints, step, step, -1) != SIDLE_OK ||
        sidle_ckpt_leave_end(t->checkpoints) != SIDLE_OK)
        sidle_warn("%s", sidle_fail_text());
}

/* One that fails is tried again after the next save. */
static void leave_others(sidle_training *t, int64_t step)
{
    if (!t->resume.is_branch)
        return;
    if (sidle_ckpt_leave(t->checkpoints, t->resume.step + 1, INT64_MAX, step) ==
        SIDLE_OK)
        t->resume.is_branch = 0;
    else
        sidle_warn("%s; --resume auto may go on from there", sidle_fail_text());
}

/* Each of these is tried whatever comes of the others. */
static void publish(sidle_training *t, const sidle_ckpt_name *file)
{
    int is_over = file->step == t->end;

    leave_others(t, file->step);
    if (sidle_ckpt_point_latest(t->checkpoints, file->name) != SIDLE_OK)
        sidle_warn("%s", sidle_fail_text());
    if (prune(t, file->step, is_over) != SIDLE_OK)
        sidle_warn("%s", sidle_fail_text());
}

/* A branch from the last step makes no step file, only the end. */
static void publish_end(sidle_training *t)
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
static void make_room(const sidle_training *t)
{
    if (t->comm.rank == 0 && prune(t, t->newest, 0) != SIDLE_OK)
        sidle_warn("%s", sidle_fail_text());
}

/* Told by rank 0: does a run go on that has failed to save, and how. */
static void warn_unsaved(const sidle_training *t, int64_t item, int is_end,
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
static sidle_status save_patiently(sidle_training *t, const char *name,
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
static int is_ailing(sidle_training *t)
{
    sidle_health health = sidle_runner_health(t->runner);

    t->is_well = health.is_proven && !health.is_ailing;
    if (health.is_proven && t->newest > t->proven) {
        t->proven = t->newest;
        make_room(t);
    }
    return health.is_ailing;
}

static sidle_status save_if_well(sidle_training *t, const sidle_ckpt_name *file,
                                 int is_end)
{
    sidle_status status;

    if (is_ailing(t) && !is_end)
        return sidle_fail(SIDLE_EIO,
                          "the newest loss or update is not finite, and the "
                          "weights may be of no use any more (run.on_nan)");
    keep_replaced(t, file->step);
    status = save_patiently(t, file->name, is_end);
    if (status == SIDLE_OK)
        t->newest = file->step;
    return status;
}

/* Rank 0: a whole file is there. */
static void offer_best(sidle_training *t, int64_t item, const char *name,
                       int what)
{
    sidle_best_file *file = &t->best_file;

    if (what == NO_BEST)
        return;
    sidle_best_file_offer(file, what == NEW_BEST ? item - 1 : item, name);
    if (what == NEW_BEST)
        sidle_best_file_take(file, item - 1, t->setup.best.loss);
}

static sidle_status save_step(sidle_training *t, int64_t item, int is_stopping,
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
static void save_best(sidle_training *t, int64_t item, int best)
{
    double from = sidle_now();
    sidle_status status;

    if (best == NO_BEST || is_ailing(t))
        return;
    status = save(t, SIDLE_CKPT_NEXT_BEST);
    sidle_deadline_saved(&t->deadline, sidle_now() - from);
    t->best_file.seconds += sidle_now() - from;
    if (t->comm.rank != 0)
        return;
    if (status == SIDLE_OK)
        offer_best(t, item, SIDLE_CKPT_NEXT_BEST, best);
    else if (!t->best_file.is_full)
        sidle_warn("best.h5 is not kept up to date, and this is said once: %s",
                   sidle_fail_text());
    t->best_file.is_full = status != SIDLE_OK;
}

/* Only rank 0 knows why there is a save: for a step's file, and for best.h5. */
static int is_step(sidle_training *t, int64_t item, int is_stopping,
                   int *best_p)
{
    enum { STEP, ENDING, BEST, N_WHY };
    int why[N_WHY] = {is_stopping || t->is_step_due, t->is_ending, NO_BEST};

    if (t->comm.rank == 0 && !t->is_ending)
        why[BEST] = what_best(t, item);
    SIDLE_MPI(MPI_Bcast(why, N_WHY, MPI_INT, 0, t->comm.comm));
    if (why[ENDING]) {
        t->end = item;
        t->setup.best.is_over = 1;
    }
    *best_p = why[BEST];
    return why[STEP] || why[ENDING];
}

static sidle_status on_save(void *context, int64_t item, int is_stopping)
{
    sidle_training *t = context;
    int best;

    if (is_stopping)
        tell_others_signal(t);
    if (t->comm.rank == 0)
        look_for_folder(t);
    if (is_step(t, item, is_stopping, &best))
        return save_step(t, item, is_stopping, best);
    save_best(t, item, best);
    return SIDLE_OK;
}

/* ---- the run */

static void on_report(void *context, const sidle_report *report)
{
    sidle_training *t = context;

    if (t->ending.is_on) {
        sidle_ending_report(t, report);
        return;
    }
    if (sidle_progress_report(&t->progress, report) != SIDLE_OK)
        sidle_warn("%s", sidle_fail_text());
    if (report->is_eval)
        take_evaluation(t, report);
}

static void on_norms(void *context, int64_t item, const double *norms,
                     int n_blocks)
{
    sidle_training *t = context;

    if (sidle_progress_norms(&t->progress, item, norms, n_blocks) != SIDLE_OK)
        sidle_warn("%s", sidle_fail_text());
}

sidle_status sidle_training_open(sidle_training *t)
{
    sidle_runner_config config = sidle_setup_runner(&t->setup, &t->comm);

    config.trace_items = t->options.log.trace;
    config.log_every = t->options.log.every;
    config.on_report = on_report;
    config.on_norms = on_norms;
    config.on_item = on_item;
    config.wants_stop = wants_stop;
    config.on_save = on_save;
    config.context = t;
    return sidle_runner_new(&config, &t->runner);
}

static void find_peak(const sidle_training *t, sidle_peak *peak)
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

/* A wish to stop that came after the last item would stop the next start. */
static void drop_late_wish(const sidle_training *t)
{
    const sidle_dir *folder = sidle_runfolder_at(t->folder);

    if (unlinkat(folder->fd, STOP_FILE, 0) == 0)
        sidle_info("the file \"%s/" STOP_FILE
                   "\" came too late: the run is finished",
                   folder->path);
}

static sidle_status finish(sidle_training *t)
{
    sidle_status status;

    keep_replaced(t, -1);
    status = save_patiently(t, "final.h5", 1);
    if (status != SIDLE_OK)
        return t->comm.rank == 0 ? sidle_end(status) : status;
    if (t->comm.rank == 0) {
        publish_end(t);
        sidle_ending_forget(t);
        drop_late_wish(t);
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
                   "finished, but %s repeats the items since the one before, "
                   "and so does a larger run.steps",
                   t->again);
    return t->is_end_lost ? SIDLE_EIO : SIDLE_OK;
}

/* Stopped, and there was no later try. */
static void tell_unsaved_stop(const sidle_training *t, sidle_status status)
{
    char from[40] = "its beginning";

    if (t->comm.rank != 0)
        return;
    if (t->is_folder_gone) {
        sidle_fail(status,
                   "the folder \"%s\" was removed while the run went on, and "
                   "with it all that was saved",
                   t->checkpoints->path);
        sidle_end(status);
        return;
    }
    if (t->newest >= 0)
        snprintf(from, sizeof(from), "step %lld", (long long)t->newest);
    sidle_fail(status,
               "the run was stopped, and what it did since its last checkpoint "
               "is lost, as three tries to save it failed (see the warning); "
               "%s goes on from %s",
               t->again, from);
    sidle_end(status);
}

/* Checkpoints of older programs do not know the time; the last row does. */
static void go_on_counting(sidle_training *t)
{
    double seconds = t->resume.seconds;

    if (seconds <= 0.0 && t->comm.rank == 0)
        seconds = sidle_metrics_seconds(t->metrics);
    t->progress.before = seconds;
    t->setup.began = t->started - seconds;
    t->setup.is_timed = 1;
}

sidle_status sidle_training_run(sidle_training *t)
{
    sidle_status status;
    sidle_peak peak = {.best = 1.0};

    if (t->comm.rank == 0)
        find_peak(t, &peak);
    if (t->comm.rank == 0)
        sidle_banner_time(&t->setup, t->resume.step, &peak);
    sidle_progress_init(&t->progress, &t->setup, t->resume.step, &peak);
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
        sidle_best_file_begin(&t->best_file, t->checkpoints, &t->resume,
                              cut_of_eval(t, t->resume.best.item),
                              t->resume.step < t->end &&
                                  cut_of_eval(t, t->resume.step) ==
                                      t->resume.step);
    sidle_due_init(&t->due, t->options.run.steps, t->options.checkpoint.every,
                   t->options.checkpoint.minutes, t->started);
    /* One that fails is tried again, like any other. */
    t->is_step_due = 1;
    if (t->options.checkpoint.at_start && t->resume.step == 0)
        on_save(t, 0, 0);
    sidle_patience_for("the run", 0.0);
    status = sidle_runner_run(t->runner);
    sidle_progress_done(&t->progress);
    sidle_recording_tell(
        t->runner, t->comm.rank == 0 ? sidle_runfolder_at(t->folder) : NULL);
    if (status == SIDLE_OK)
        status = finish(t);
    else if (status != SIDLE_ESTOPPED)
        tell_unsaved_stop(t, status);
    if (status == SIDLE_OK || status == SIDLE_ESTOPPED)
        sidle_memory_report(&t->comm, &t->setup);
    return status;
}
