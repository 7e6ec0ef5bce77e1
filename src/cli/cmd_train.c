/* cmd_train.c - the training command: its words, where a run begins, and all
 * that it needs before it trains (training.h). */
#include "base/log.h"
#include "base/text.h"
#include "cli/banner.h"
#include "cli/command.h"
#include "cli/describe_run.h"
#include "cli/hints.h"
#include "cli/live.h"
#include "io/ckpt.h"
#include "layer/places.h"
#include "mpi/guards.h"
#include "run/alike.h"
#include "run/configure.h"
#include "run/drain.h"
#include "run/few.h"
#include "run/load.h"
#include "run/memory.h"
#include "run/save.h"
#include "run/setup_views.h"
#include "run/signals.h"
#include "run/training.h"
#include "run/which.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct arguments {
    const char *config, *resume, *init;
    const char *otherwise; /* --resume FILE before --resume auto, or NULL */
    char command[SIDLE_COMMAND_MAX];
    char **overrides;
    int n_overrides, is_dry;
} arguments;

/* ---- the words of the command line */

enum { KEY_RESUME = 0x100, KEY_INIT, KEY_DRY };

static const struct argp_option words[] = {
    {"resume", KEY_RESUME, "auto|never|FILE", 0,
     "auto: continue from the newest good checkpoint of the run folder, or "
     "start if it has none; never: start, in a folder without checkpoints; "
     "FILE: continue from this checkpoint, or from the newest step file of "
     "this run folder; --resume FILE --resume auto uses FILE only if the run "
     "folder is empty (default: auto)",
     0},
    {"init", KEY_INIT, "FILE", 0,
     "start with the parameters of a checkpoint, or of the final.h5 (else "
     "the newest step file) of a run folder, at step 0 with a fresh "
     "optimizer; has no effect on a resume (default: random)",
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
        parse_resume(args, sidle_parse_path(state, value));
        return 0;
    case KEY_INIT:
        args->init = sidle_parse_path(state, value);
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
            argp_error(state, "no configuration is given; name a YAML file, "
                              "or - for standard input");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp train_argp = {
    .options = words,
    .parser = parse_word,
    .args_doc = "CONFIG.yaml [key=value ...]",
    .doc =
        "Trains a model in one process, or with mpirun -n 4 or srun "
        "--mpi=pmix -n 4 in one rank per block. If CONFIG.yaml is -, "
        "standard input is read.\vkey=value sets a key of the configuration "
        "by its path, for example optim.lr=3e-4; sidle --options lists all "
        "keys. In a value, $NAME and ${NAME} are variables of the "
        "environment ($$ is a dollar sign), and ~/ at the beginning of a "
        "path is $HOME. The run saves a checkpoint and stops with exit code "
        "75 after SIGUSR1 to mpirun or any rank, after SIGUSR2, SIGTERM, "
        "SIGINT, SIGHUP or SIGXCPU to a rank, if a file named stop is in the "
        "run folder, and in time before SLURM_JOB_END_TIME."};

/* ---- the command */

static sidle_status open_folder(sidle_training *t, int is_dry)
{
    if (t->comm.rank != 0 || is_dry)
        return SIDLE_OK;
    SIDLE_TRY(sidle_runfolder_open(t->options.run.dir, &t->folder));
    sidle_log_set_file(sidle_runfolder_log(t->folder));
    return sidle_ckpt_sweep(sidle_runfolder_checkpoints(t->folder));
}

/* Every rank holds it from the start to the end. */
static void hold_checkpoints(sidle_training *t)
{
    char path[2 * SIDLE_TEXT_MAX];

    if (t->folder != NULL) {
        t->checkpoints =
            sidle_dir_open_in(sidle_runfolder_at(t->folder), "checkpoints");
        return;
    }
    snprintf(path, sizeof(path), "%s/checkpoints", t->options.run.dir);
    t->checkpoints = sidle_dir_open(path);
}

static sidle_status open_tensorboard(sidle_training *t, const char *yaml)
{
    int64_t step = t->resume.step;

    if (!t->options.log.tensorboard)
        return SIDLE_OK;
    SIDLE_TRY(sidle_tensorboard_open(sidle_runfolder_at(t->folder), step,
                                     t->resume.has_reported, &t->tensorboard));
    if (sidle_tensorboard_text(t->tensorboard, step, "config", yaml) !=
        SIDLE_OK)
        sidle_warn("%s", sidle_fail_text());
    return SIDLE_OK;
}

static sidle_status open_files(sidle_training *t, const char *yaml)
{
    const sidle_dir *folder = sidle_runfolder_at(t->folder);
    sidle_status status;

    SIDLE_TRY(sidle_runfolder_write_config(t->folder, yaml));
    sidle_log_set_file(NULL);
    status = sidle_runfolder_trim_log(t->folder, t->resume.step,
                                      t->resume.has_reported);
    sidle_log_set_file(sidle_runfolder_log(t->folder));
    SIDLE_TRY(status);
    SIDLE_TRY(sidle_metrics_open(folder, t->resume.step, t->resume.has_reported,
                                 &t->metrics));
    return open_tensorboard(t, yaml);
}

static sidle_status open_records(sidle_training *t)
{
    char *yaml = NULL;
    sidle_status status;

    if (t->comm.rank != 0)
        return SIDLE_OK;
    SIDLE_TRY(sidle_options_dump(&t->setup.options, &yaml));
    status = open_files(t, yaml);
    free(yaml);
    return status;
}

/* Other blocks or another schedule: only what a drained run leaves counts. */
static sidle_status take_over(sidle_training *t)
{
    sidle_resume *resume = &t->resume;
    sidle_handover *left = NULL;
    sidle_status status;

    status = sidle_drain(&t->comm, resume, &t->options, t->identity, &left);
    t->setup.plan.start = resume->step;
    if (status == SIDLE_OK)
        status = sidle_training_open(t);
    if (status == SIDLE_OK)
        status = sidle_handover_give(left, t->runner, resume->is_new_rule);
    sidle_handover_free(left);
    return status;
}

static sidle_status begin_with(sidle_training *t, const char *init)
{
    char path[PATH_MAX] = "";
    sidle_status status = SIDLE_OK;

    if (t->comm.rank == 0)
        status = sidle_which_checkpoint(init, SIDLE_WHICH_END, path);
    SIDLE_TRY(sidle_agree(&t->comm, status));
    SIDLE_MPI(MPI_Bcast(path, PATH_MAX, MPI_CHAR, 0, t->comm.comm));
    if (t->comm.rank == 0)
        sidle_info("starting with the parameters of %s", path);
    return sidle_load_run(&t->comm, t->runner, t->identity, path,
                          SIDLE_LOAD_MODEL);
}

/* The plan ends where run.early_stop ended the run. */
static void end_early(sidle_training *t)
{
    const sidle_best *best = &t->resume.best;

    t->setup.plan.steps = t->resume.step;
    if (t->comm.rank == 0)
        sidle_info("run.early_stop=%lld has ended this run after item %lld: "
                   "the best evaluation is that after item %lld, with loss "
                   "%.4f; set another run.early_stop to continue the run",
                   (long long)t->options.run.early_stop,
                   (long long)t->resume.step, (long long)best->item,
                   best->loss);
}

static sidle_status load_start(sidle_training *t, const char *init)
{
    sidle_resume *resume = &t->resume;

    if (resume->start == SIDLE_START_RESUME && resume->is_drained)
        return take_over(t);
    t->setup.plan.start = resume->plan_start;
    SIDLE_TRY(sidle_training_open(t));
    if (resume->start != SIDLE_START_RESUME)
        return init != NULL ? begin_with(t, init) : SIDLE_OK;
    SIDLE_TRY(sidle_load_run(&t->comm, t->runner, t->identity, resume->path,
                             resume->is_new_rule ? SIDLE_LOAD_NEW_RULE
                                                 : SIDLE_LOAD_ALL));
    sidle_resume_tell(resume);
    if (t->comm.rank == 0)
        sidle_info("resuming from %s, step %lld%s", resume->path,
                   (long long)resume->step,
                   init != NULL ? "; --init has no effect" : "");
    return SIDLE_OK;
}

static sidle_status check_words(const arguments *args)
{
    if (args->init != NULL &&
        (args->otherwise != NULL || (strcmp(args->resume, "auto") != 0 &&
                                     strcmp(args->resume, "never") != 0)))
        return sidle_fail(SIDLE_EUSAGE,
                          "--init and --resume FILE exclude each other: the "
                          "first starts a run, the second continues one");
    return SIDLE_OK;
}

/* What configure() does not see. */
static sidle_status compare_words(const sidle_comm *comm, const arguments *args)
{
    const char *dry = args->is_dry ? "given" : NULL;

    SIDLE_TRY(sidle_alike_word(comm, "--resume", args->resume));
    SIDLE_TRY(sidle_alike_word(comm, "--resume before auto", args->otherwise));
    SIDLE_TRY(sidle_alike_word(comm, "--init", args->init));
    return sidle_alike_word(comm, "--dry-run", dry);
}

static sidle_status find_start(sidle_training *t, const arguments *args)
{
    const char *otherwise = args->otherwise;

    SIDLE_TRY(sidle_resume_find(&t->comm, args->resume, t->checkpoints->path,
                                &t->options, &t->resume));
    if (t->resume.start != SIDLE_START_FRESH || otherwise == NULL)
        return SIDLE_OK;
    return sidle_resume_find(&t->comm, otherwise, t->checkpoints->path,
                             &t->options, &t->resume);
}

/* A run goes on with the values that it began with, if they are good or not. */
static sidle_status check_places(sidle_training *t)
{
    if (t->resume.start == SIDLE_START_FRESH)
        t->options.model.has_old_places = 0;
    else if (t->comm.rank == 0)
        sidle_load_warn(&t->options);
    return sidle_places_check(&t->options.model);
}

static sidle_status prepare(sidle_training *t, const arguments *args)
{
    SIDLE_TRY(sidle_alike_program(&t->comm, "train"));
    SIDLE_TRY(sidle_agree(&t->comm, check_words(args)));
    SIDLE_TRY(compare_words(&t->comm, args));
    SIDLE_TRY(sidle_configure_start(&t->comm, args->config, args->overrides,
                                    args->n_overrides, &t->options));
    sidle_patience_set((double)t->options.run.patience);
    sidle_patience_add(sidle_data_bytes(&t->options));
    if (!t->options.checkpoint.on_signal)
        sidle_signals_let_go();
    SIDLE_TRY(sidle_agree(&t->comm, open_folder(t, args->is_dry)));
    hold_checkpoints(t);
    SIDLE_TRY(find_start(t, args));
    SIDLE_TRY(sidle_agree(&t->comm, check_places(t)));
    if (t->resume.start != SIDLE_START_FRESH)
        SIDLE_TRY(sidle_agree(&t->comm,
                              sidle_resume_compare(&t->resume, &t->options)));
    if (t->comm.rank == 0)
        sidle_watch_begin(&t->options, &t->watch);
    SIDLE_TRY(sidle_agree(&t->comm, sidle_setup_rank(&t->options, t->comm.size,
                                                     t->comm.rank, &t->setup)));
    memcpy(t->setup.data_changed, t->resume.data_changed,
           sizeof(t->setup.data_changed));
    if (t->resume.is_over)
        end_early(t);
    return sidle_agree(&t->comm, sidle_identify_data(&t->options, t->identity));
}

/* The run continues, but not all of it has seen the same content. */
static void warn_of_changed_data(const sidle_training *t)
{
    static const char *const keys[2] = {"data.path", "data.valid_path"};

    for (int i = 0; i < 2 && t->comm.rank == 0; i++)
        if (t->resume.data_changed[i] > 0)
            sidle_warn("the file of %s was changed during this run, as was "
                       "found after item %lld: the %s before that item used "
                       "other content",
                       keys[i], (long long)t->resume.data_changed[i],
                       i == 0 ? "training" : "evaluations");
}

static void describe(const sidle_training *t, const arguments *args)
{
    sidle_hints hints;

    if (t->comm.rank != 0)
        return;
    sidle_banner_begin(&t->comm, &t->company, args->command);
    sidle_setup_describe(&t->setup, t->comm.size);
    sidle_banner_items(&t->setup);
    sidle_hints_of(&t->setup, t->setup.chain_ranks, &hints);
    sidle_hints_tell(&hints);
}

static sidle_status run(sidle_training *t, const arguments *args)
{
    SIDLE_TRY(prepare(t, args));
    if (t->resume.start == SIDLE_START_FINISHED || args->is_dry)
        sidle_resume_tell(&t->resume);
    if (t->resume.start == SIDLE_START_FINISHED) {
        sidle_info(
            "this run is finished: %s holds all %lld item%s%s", t->resume.path,
            (long long)t->resume.step, sidle_plural(t->resume.step),
            t->resume.is_over ? "" : "; set a larger run.steps to continue it");
        if (!args->is_dry)
            return SIDLE_OK;
    }
    sidle_guards_look(&t->comm, &t->company);
    describe(t, args);
    if (t->comm.rank == 0)
        sidle_warn_if_few(&t->setup);
    SIDLE_TRY(sidle_memory_check(&t->comm, &t->setup, args->is_dry));
    if (args->is_dry)
        return t->comm.rank == 0 ? sidle_setup_draw(&t->setup) : SIDLE_OK;
    SIDLE_TRY(load_start(t, args->init));
    warn_of_changed_data(t);
    SIDLE_TRY(sidle_agree(&t->comm, sidle_training_plan_end(t)));
    /* Last: a start that is refused trims no records. */
    SIDLE_TRY(sidle_agree(&t->comm, open_records(t)));
    t->has_begun = 1;
    return sidle_training_run(t);
}

/* Long data take a while to read: something is seen from the start on. */
static void begin_line(const sidle_training *t)
{
    static const char *const first[] = {"starting",
                                        "reading configuration and data"};

    sidle_live_begin(t->comm.rank == 0);
    sidle_live_draw(first, 2);
}

/* A start that failed leaves nothing that it made. */
static void end(sidle_training *t, sidle_status status)
{
    sidle_runner_free(t->runner);
    sidle_resume_done(&t->resume);
    sidle_setup_done(&t->setup);
    sidle_watch_end(&t->watch);
    sidle_tensorboard_close(t->tensorboard);
    sidle_metrics_close(t->metrics);
    sidle_log_set_file(NULL);
    sidle_dir_close(t->checkpoints);
    if (status != SIDLE_OK && !t->has_begun)
        sidle_runfolder_discard(t->folder);
    else
        sidle_runfolder_close(t->folder);
}

int sidle_cmd_train(int argc, char **argv)
{
    arguments args = {.resume = "auto",
                      .overrides = calloc((size_t)argc, sizeof(char *))};
    sidle_training t = {.folder = NULL};
    sidle_status status;

    SIDLE_CHECK(args.overrides != NULL, "no memory for %d words", argc);
    sidle_banner_words(argc, argv, args.command);
    sidle_parse(&train_argp, "train", argc, argv, &args);
    /* At once: a wish to stop may come while the run is still set up. */
    sidle_signals_catch();
    status = sidle_comm_open(&t.comm);
    if (status != SIDLE_OK)
        return sidle_end_unstarted(status);
    sidle_signals_explain();
    sidle_log_set_quiet(t.comm.rank != 0);
    t.again = strcmp(args.resume, "auto") == 0
                  ? "the same command"
                  : "the same command with --resume auto";
    if (!args.is_dry)
        begin_line(&t);
    t.display = sidle_live_display();
    status = run(&t, &args);
    sidle_live_end();
    if (status == SIDLE_ESTOPPED)
        sidle_info("stopped early; %s continues from the checkpoint", t.again);
    end(&t, status);
    free(args.overrides);
    sidle_comm_close(&t.comm);
    return status;
}
