/* cmd_train.c - the training command: its words, and what it prints of a run
 * before it trains (run/run.h). */
#include "base/log.h"
#include "cli/banner.h"
#include "cli/command.h"
#include "cli/describe_run.h"
#include "cli/hints.h"
#include "cli/live.h"
#include "run/alike.h"
#include "run/run.h"
#include "run/run_state.h"
#include "run/setup_views.h"
#include "run/signals.h"

#include <stdlib.h>
#include <string.h>

typedef struct arguments {
    const char *config, *resume, *init;
    const char *otherwise; /* --resume FILE before --resume auto, or NULL */
    const char *again;     /* what goes on with the run, in words */
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
        "keys. If a run is continued, a key that is not set has the value of "
        "the checkpoint. A value in [] or {} is YAML, for example "
        "'model.layers=[{linear: {width: 10}}, relu]', and "
        "'model.layers[0].width=20' sets a key of one layer of that list. In "
        "a value, $NAME and ${NAME} are variables of the "
        "environment ($$ is a dollar sign), and ~/ at the beginning of a "
        "path is $HOME. The run saves a checkpoint and stops with exit code "
        "75 after SIGUSR1 to mpirun or any rank, after SIGUSR2, SIGTERM, "
        "SIGINT, SIGHUP or SIGXCPU to a rank, if a file named stop is in the "
        "run folder, and in time before SLURM_JOB_END_TIME."};

/* ---- the command */

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

static void describe(const sidle_run *run, const arguments *args)
{
    const sidle_setup *setup = &run->setup;
    sidle_hints hints;

    if (run->comm.rank != 0)
        return;
    sidle_banner_begin(&run->comm, &run->company, args->command);
    sidle_setup_describe(setup, run->comm.size,
                         run->resume.start != SIDLE_START_FRESH);
    sidle_banner_items(setup);
    sidle_banner_updates(setup);
    sidle_hints_of(setup, setup->chain_ranks, &hints);
    sidle_hints_tell(&hints);
}

static sidle_status open_run(const sidle_comm *comm, const arguments *args,
                             sidle_run **run_p)
{
    const sidle_run_start start = {.resume = args->resume,
                                   .otherwise = args->otherwise,
                                   .init = args->init,
                                   .is_dry = args->is_dry,
                                   .again = args->again,
                                   .display = sidle_live_display()};
    sidle_run_config *config = sidle_run_config_new();
    sidle_status status;

    sidle_run_config_file(config, args->config);
    for (int i = 0; i < args->n_overrides; i++)
        sidle_run_config_override(config, args->overrides[i]);
    status = sidle_run_open(comm, config, &start, run_p);
    sidle_run_config_free(config);
    return status;
}

static sidle_status train(const sidle_comm *comm, const arguments *args,
                          sidle_run **run_p)
{
    sidle_run *run;

    SIDLE_TRY(sidle_alike_program(comm, "train"));
    SIDLE_TRY(sidle_agree(comm, check_words(args)));
    SIDLE_TRY(compare_words(comm, args));
    SIDLE_TRY(open_run(comm, args, run_p));
    run = *run_p;
    if (sidle_run_is_finished(run) && !args->is_dry)
        return SIDLE_OK;
    describe(run, args);
    SIDLE_TRY(sidle_run_check(run));
    if (!args->is_dry)
        return sidle_run_train(run);
    return comm->rank == 0 ? sidle_setup_draw(&run->setup) : SIDLE_OK;
}

/* Long data take a while to read: something is seen from the start on. */
static void begin_line(const sidle_comm *comm)
{
    static const char *const first[] = {"starting",
                                        "reading configuration and data"};

    sidle_live_begin(comm->rank == 0);
    sidle_live_draw(first, 2);
}

int sidle_cmd_train(int argc, char **argv)
{
    arguments args = {.resume = "auto",
                      .overrides = calloc((size_t)argc, sizeof(char *))};
    sidle_run *run = NULL;
    sidle_comm comm;
    sidle_status status;

    SIDLE_CHECK(args.overrides != NULL, "no memory for %d words", argc);
    sidle_banner_words(argc, argv, args.command);
    sidle_parse(&train_argp, "train", argc, argv, &args);
    /* At once: a wish to stop may come while the run is still set up. */
    sidle_signals_catch();
    status = sidle_comm_open(&comm);
    if (status != SIDLE_OK)
        return sidle_end_unstarted(status);
    sidle_signals_explain();
    sidle_log_set_quiet(comm.rank != 0);
    args.again = strcmp(args.resume, "auto") == 0
                     ? "the same command"
                     : "the same command with --resume auto";
    if (!args.is_dry)
        begin_line(&comm);
    status = train(&comm, &args, &run);
    sidle_live_end();
    if (status == SIDLE_ESTOPPED)
        sidle_info("stopped early; %s continues from the checkpoint",
                   args.again);
    sidle_run_close(run);
    free(args.overrides);
    sidle_comm_close(&comm);
    return status;
}
