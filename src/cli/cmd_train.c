/* cmd_train.c - the training command: set up, run the plan, save, stop. */
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/configure.h"
#include "cli/deadline.h"
#include "cli/drain.h"
#include "cli/due.h"
#include "cli/memory.h"
#include "cli/progress.h"
#include "cli/recording.h"
#include "cli/resume.h"
#include "cli/save.h"
#include "cli/signals.h"
#include "io/ckpt.h"
#include "io/runfolder.h"
#include "mpi/guards.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct arguments {
    const char *config, *resume, *init;
    const char *otherwise; /* --resume FILE before --resume auto, or NULL */
    char **overrides;
    int n_overrides, is_dry;
} arguments;

typedef struct training {
    sidle_comm comm;
    arguments args;
    sidle_options options;
    sidle_setup setup;
    sidle_data_identity identity[2];
    sidle_resume resume;
    sidle_runfolder *folder; /* rank 0 */
    sidle_metrics *metrics;
    sidle_tensorboard *tensorboard;
    sidle_runner *runner;
    sidle_progress progress;
    char checkpoints[2 * SIDLE_TEXT_MAX], stop_file[2 * SIDLE_TEXT_MAX];
    sidle_due due; /* rank 0 */
    double started, last_look;
    sidle_deadline deadline; /* rank 0 */
    int is_stopping;
    int is_end_lost; /* the step file of the last item was not saved */
} training;

/* ---- the words of the command line */

enum { KEY_RESUME = 0x100, KEY_INIT, KEY_DRY };

static const struct argp_option words[] = {
    {"resume", KEY_RESUME, "auto|never|FILE", 0,
     "go on from the newest good checkpoint of the run folder, start anew in "
     "an empty one, or go on from FILE; behind --resume FILE, auto takes FILE "
     "where the run folder is empty (default: auto)",
     0},
    {"init", KEY_INIT, "FILE", 0,
     "begin with the parameters of a checkpoint, at step 0 with a fresh "
     "optimizer; counts only when nothing is resumed (default: random)",
     0},
    {"dry-run", KEY_DRY, NULL, 0,
     "check everything, show the partition, train nothing (default: off)", 0},
    {0}};

/* The last one counts; but a job that is queued again says auto behind what it
 * was given, and may have come to an end before its first save. */
static void parse_resume(arguments *args, const char *value)
{
    const char *last = args->resume;

    args->resume = value;
    if (strcmp(value, "auto") != 0)
        args->otherwise = NULL;
    else if (strcmp(last, "auto") != 0 && strcmp(last, "never") != 0)
        args->otherwise = last;
}

static error_t parse_word(int key, char *value, struct argp_state *state)
{
    arguments *args = state->input;

    switch (key) {
    case KEY_RESUME:
        parse_resume(args, value);
        return 0;
    case KEY_INIT:
        args->init = value;
        return 0;
    case KEY_DRY:
        args->is_dry = 1;
        return 0;
    case ARGP_KEY_ARG:
        if (args->config == NULL)
            args->config = value;
        else
            sidle_parse_override(state, value, args->overrides,
                                 &args->n_overrides);
        return 0;
    case ARGP_KEY_END:
        if (args->config == NULL)
            argp_error(state, "which configuration? name a YAML file");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp train_argp = {
    .options = words,
    .parser = parse_word,
    .args_doc = "CONFIG.yaml [key=value ...]",
    .doc = "Trains a model; alone, or with one rank a block under mpirun or "
           "srun.\vkey=value overrides a key of the configuration by its path, "
           "for example optim.lr=3e-4; sidle --options lists all keys. "
           "SIGUSR1 to mpirun or any rank, or a file named stop in the run "
           "folder, ends the run with a checkpoint and 75; so does "
           "SLURM_JOB_END_TIME, in time before it."};

/* ---- what the runner asks for while it runs */

/* Looked at no more than once a second: it is a system call a look. */
static int has_stop_file(training *t, double now)
{
    if (now - t->last_look < 1.0)
        return 0;
    t->last_look = now;
    return access(t->stop_file, F_OK) == 0;
}

/* A wish is granted once; one that stays would stop each start at once. */
static void take_stop_file(const training *t)
{
    sidle_info("stop: the file \"%s\" is there", t->stop_file);
    if (unlink(t->stop_file) != 0 && errno != ENOENT)
        sidle_warn("\"%s\" cannot be removed: %s; remove it, or the next "
                   "start stops at once",
                   t->stop_file, strerror(errno));
}

static int should_stop(training *t, double now)
{
    double limit = 60.0 * (double)t->options.run.max_minutes;

    if (has_stop_file(t, now)) {
        take_stop_file(t);
        return 1;
    }
    if (limit > 0.0 && now - t->started >= limit) {
        sidle_info("stop: run.max_minutes is over");
        return 1;
    }
    return sidle_deadline_is_near(&t->deadline, now);
}

static int on_item(void *context, int64_t item)
{
    training *t = context;
    double now = sidle_now();
    int flags = 0;

    if (!t->is_stopping && should_stop(t, now))
        t->is_stopping = 1;
    if (t->is_stopping)
        flags |= SIDLE_MSG_STOP | SIDLE_MSG_SAVE;
    if (sidle_due_at(&t->due, item, now))
        flags |= SIDLE_MSG_SAVE;
    return flags;
}

static int wants_stop(void *context)
{
    (void)context;
    return sidle_signals_came();
}

static void on_report(void *context, const sidle_report *report)
{
    training *t = context;

    if (sidle_progress_report(&t->progress, report) != SIDLE_OK)
        sidle_warn("%s", sidle_fail_text());
}

static sidle_status save(training *t, const char *name)
{
    return sidle_save_run(&t->comm, t->runner, &t->setup, t->identity,
                          t->checkpoints, name);
}

static sidle_status publish(training *t, const sidle_ckpt_name *file)
{
    SIDLE_TRY(sidle_ckpt_point_latest(t->checkpoints, file->name));
    return sidle_ckpt_prune(t->checkpoints, file->step,
                            (int)t->options.checkpoint.keep,
                            t->options.checkpoint.keep_every);
}

/* Told by rank 0: does a run go on that has failed to save, and how. */
static void warn_unsaved(const training *t, int64_t item, double pause)
{
    char next[64] = "";

    if (!t->is_stopping && !sidle_signals_came() && item < t->options.run.steps)
        snprintf(next, sizeof(next), "; the next try comes in %.0f s", pause);
    sidle_warn("the checkpoint of step %lld was not saved (older ones are "
               "unharmed%s): %s",
               (long long)item, next, sidle_fail_text());
}

static sidle_status on_save(void *context, int64_t item)
{
    training *t = context;
    sidle_ckpt_name file;
    double from = sidle_now(), pause;
    int is_last = item == t->options.run.steps;
    sidle_status status;

    sidle_ckpt_step_name(item, &file);
    status = save(t, file.name);
    /* The pipe is drained after the last item: there is no later try. */
    for (int i = 0; i < 2 && status != SIDLE_OK && is_last; i++) {
        sleep(1);
        status = save(t, file.name);
    }
    t->is_end_lost = is_last && status != SIDLE_OK;
    sidle_deadline_saved(&t->deadline, sidle_now() - from);
    if (t->comm.rank != 0)
        return status;
    pause = sidle_due_done(&t->due, status == SIDLE_OK, sidle_now());
    if (status != SIDLE_OK) {
        warn_unsaved(t, item, pause);
        return status;
    }
    if (publish(t, &file) != SIDLE_OK)
        sidle_warn("%s", sidle_fail_text());
    sidle_info("saved %s/%s in %.2f s", t->checkpoints, file.name,
               sidle_now() - from);
    return SIDLE_OK;
}

/* ---- the command */

static sidle_status open_folder(training *t)
{
    const char *dir = t->options.run.dir;

    snprintf(t->checkpoints, sizeof(t->checkpoints), "%s/checkpoints", dir);
    snprintf(t->stop_file, sizeof(t->stop_file), "%s/stop", dir);
    if (t->comm.rank != 0 || t->args.is_dry)
        return SIDLE_OK;
    SIDLE_TRY(sidle_runfolder_open(dir, &t->folder));
    sidle_log_set_file(sidle_runfolder_log(t->folder));
    return sidle_ckpt_sweep(t->checkpoints);
}

static sidle_status open_records(training *t)
{
    const char *dir = t->options.run.dir;
    char *yaml = NULL;
    sidle_status status;

    if (t->comm.rank != 0)
        return SIDLE_OK;
    SIDLE_TRY(sidle_options_dump(&t->setup.options, &yaml));
    status = sidle_runfolder_write_config(t->folder, yaml);
    free(yaml);
    SIDLE_TRY(status);
    sidle_log_set_file(NULL);
    status = sidle_runfolder_trim_log(t->folder, t->resume.step);
    sidle_log_set_file(sidle_runfolder_log(t->folder));
    SIDLE_TRY(status);
    SIDLE_TRY(sidle_metrics_open(dir, t->resume.step, &t->metrics));
    if (t->options.log.tensorboard)
        SIDLE_TRY(sidle_tensorboard_open(dir, t->resume.step, &t->tensorboard));
    return SIDLE_OK;
}

static sidle_status make_runner(training *t)
{
    sidle_runner_config config = sidle_setup_runner(&t->setup, &t->comm);

    config.trace_items = t->options.log.trace;
    config.log_every = t->options.log.every;
    config.on_report = on_report;
    config.on_item = on_item;
    config.wants_stop = wants_stop;
    config.on_save = on_save;
    config.context = t;
    return sidle_runner_new(&config, &t->runner);
}

/* Other blocks or another schedule: only what a drained run leaves counts. */
static sidle_status take_over(training *t)
{
    const sidle_resume *resume = &t->resume;
    sidle_handover *left = NULL;
    sidle_status status;

    status = sidle_drain(&t->comm, resume, &t->options, t->identity, &left);
    t->setup.plan.start = resume->step;
    if (status == SIDLE_OK)
        status = make_runner(t);
    if (status == SIDLE_OK)
        status = sidle_handover_give(left, t->runner, resume->is_new_rule);
    sidle_handover_free(left);
    return status;
}

static sidle_status load_start(training *t)
{
    const sidle_resume *resume = &t->resume;

    if (resume->start == SIDLE_START_RESUME && resume->is_drained)
        return take_over(t);
    t->setup.plan.start = resume->plan_start;
    SIDLE_TRY(make_runner(t));
    if (resume->start == SIDLE_START_RESUME) {
        if (t->comm.rank == 0)
            sidle_info("going on from %s, step %lld%s", resume->path,
                       (long long)resume->step,
                       t->args.init != NULL ? "; --init does not count" : "");
        return sidle_load_run(&t->comm, t->runner, t->identity, resume->path,
                              resume->is_new_rule ? SIDLE_LOAD_NEW_RULE
                                                  : SIDLE_LOAD_ALL);
    }
    if (t->args.init == NULL)
        return SIDLE_OK;
    if (t->comm.rank == 0)
        sidle_info("beginning with the parameters of %s", t->args.init);
    return sidle_load_run(&t->comm, t->runner, t->identity, t->args.init,
                          SIDLE_LOAD_MODEL);
}

static sidle_status check_words(const arguments *args)
{
    if (args->init != NULL &&
        (args->otherwise != NULL || (strcmp(args->resume, "auto") != 0 &&
                                     strcmp(args->resume, "never") != 0)))
        return sidle_fail(SIDLE_EUSAGE,
                          "--init and --resume FILE exclude each other: one "
                          "begins a run, the other goes on with one");
    return SIDLE_OK;
}

static double measure_peak(const training *t)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    long used = t->comm.size < cores ? t->comm.size : cores;

    return t->comm.rank == 0 ? sidle_measure_gemm() * (double)used : 1.0;
}

/* Those that were measured: reports and evaluations may be off. */
static void print_losses(const sidle_progress *progress, char *out, size_t size)
{
    out[0] = '\0';
    if (!isnan(progress->train_loss))
        snprintf(out, size, ", train loss %.4f", progress->train_loss);
    if (!isnan(progress->valid_loss))
        snprintf(out + strlen(out), size - strlen(out), ", valid loss %.4f",
                 progress->valid_loss);
}

/* Until a save has been timed: all that is reserved, at 100 MB a second. */
static double guess_save(const sidle_setup *setup)
{
    double bytes = 0.0;

    for (int place = 0; place < setup->chain_ranks; place++)
        bytes += (double)sidle_setup_forecast(setup, place).total;
    return bytes / 1e8;
}

static sidle_status open_deadline(training *t)
{
    if (t->comm.rank != 0)
        return SIDLE_OK;
    sidle_deadline_init(&t->deadline, t->setup.plan.n_blocks,
                        guess_save(&t->setup));
    return sidle_deadline_check(&t->deadline, sidle_now());
}

static sidle_status finish(training *t)
{
    char losses[64];
    sidle_status status = save(t, "final.h5");

    if (t->comm.rank != 0)
        return status == SIDLE_OK && t->is_end_lost ? SIDLE_EIO : status;
    if (status != SIDLE_OK)
        return sidle_end(status);
    print_losses(&t->progress, losses, sizeof(losses));
    sidle_info("finished: %s/final.h5%s", t->checkpoints, losses);
    if (t->is_end_lost)
        sidle_warn("the step file of the last item is missing: the run is "
                   "finished, but the same command repeats the items since "
                   "the one before, and so does a larger run.steps");
    return t->is_end_lost ? SIDLE_EIO : SIDLE_OK;
}

static sidle_status train(training *t)
{
    sidle_status status;

    sidle_progress_init(&t->progress, &t->setup, t->resume.step,
                        measure_peak(t));
    t->progress.metrics = t->metrics;
    t->progress.tensorboard = t->tensorboard;
    t->started = sidle_now();
    sidle_due_init(&t->due, t->options.run.steps, t->options.checkpoint.every,
                   t->options.checkpoint.minutes, t->started);
    /* One that fails is tried again, like any other. */
    if (t->options.checkpoint.at_start && t->resume.step == 0)
        on_save(t, 0);
    status = sidle_runner_run(t->runner);
    sidle_progress_done(&t->progress);
    sidle_recording_tell(t->runner, t->options.run.dir);
    if (status == SIDLE_OK)
        status = finish(t);
    if (status == SIDLE_OK || status == SIDLE_ESTOPPED)
        sidle_memory_report(&t->comm, &t->setup);
    return status;
}

static sidle_status find_start(training *t)
{
    const char *otherwise = t->args.otherwise;
    int64_t steps = t->options.run.steps;

    SIDLE_TRY(sidle_resume_find(&t->comm, t->args.resume, t->checkpoints, steps,
                                &t->resume));
    if (t->resume.start != SIDLE_START_FRESH || otherwise == NULL)
        return SIDLE_OK;
    return sidle_resume_find(&t->comm, otherwise, t->checkpoints, steps,
                             &t->resume);
}

static sidle_status prepare(training *t)
{
    SIDLE_TRY(sidle_agree(&t->comm, check_words(&t->args)));
    SIDLE_TRY(sidle_configure(&t->comm, t->args.config, t->args.overrides,
                              t->args.n_overrides, &t->options));
    if (!t->options.checkpoint.on_signal)
        sidle_signals_let_go();
    SIDLE_TRY(sidle_agree(&t->comm, open_folder(t)));
    SIDLE_TRY(find_start(t));
    if (t->resume.start != SIDLE_START_FRESH)
        SIDLE_TRY(sidle_agree(&t->comm,
                              sidle_resume_compare(&t->resume, &t->options)));
    SIDLE_TRY(sidle_agree(&t->comm, sidle_setup_rank(&t->options, t->comm.size,
                                                     t->comm.rank, &t->setup)));
    return sidle_agree(&t->comm, sidle_identify_data(&t->options, t->identity));
}

static sidle_status run(training *t)
{
    SIDLE_TRY(prepare(t));
    if (t->resume.start == SIDLE_START_FINISHED) {
        sidle_info("this run is finished: %s holds all %lld items; a larger "
                   "run.steps goes on with it",
                   t->resume.path, (long long)t->resume.step);
        if (!t->args.is_dry)
            return SIDLE_OK;
    }
    sidle_guards_look(&t->comm);
    sidle_setup_describe(&t->setup, t->comm.size);
    if (t->args.is_dry)
        return t->comm.rank == 0 ? sidle_setup_draw(&t->setup) : SIDLE_OK;
    SIDLE_TRY(load_start(t));
    SIDLE_TRY(sidle_agree(&t->comm, open_deadline(t)));
    /* Last: a start that is refused trims no records. */
    SIDLE_TRY(sidle_agree(&t->comm, open_records(t)));
    return train(t);
}

static void end(training *t)
{
    sidle_runner_free(t->runner);
    sidle_setup_done(&t->setup);
    sidle_tensorboard_close(t->tensorboard);
    sidle_metrics_close(t->metrics);
    sidle_log_set_file(NULL);
    sidle_runfolder_close(t->folder);
}

int sidle_cmd_train(int argc, char **argv)
{
    training t = {.args = {.resume = "auto",
                           .overrides = calloc((size_t)argc, sizeof(char *))}};
    sidle_status status;

    SIDLE_CHECK(t.args.overrides != NULL, "no memory for %d words", argc);
    sidle_parse(&train_argp, "train", argc, argv, &t.args);
    /* At once: a wish to stop may come while the run is still set up. */
    sidle_signals_catch();
    status = sidle_comm_open(&t.comm);
    if (status != SIDLE_OK)
        return sidle_end(status);
    sidle_signals_explain();
    sidle_log_set_quiet(t.comm.rank != 0);
    status = run(&t);
    if (status == SIDLE_ESTOPPED)
        sidle_info("stopped early; the same command goes on from the "
                   "checkpoint");
    end(&t);
    free(t.args.overrides);
    sidle_comm_close(&t.comm);
    return status;
}
