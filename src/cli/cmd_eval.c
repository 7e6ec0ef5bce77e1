/* cmd_eval.c - loss, bits and accuracy of a checkpoint on held-out data. */
#include "base/log.h"
#include "base/text.h"
#include "cli/command.h"
#include "io/json.h"
#include "run/alike.h"
#include "run/evaluate.h"
#include "run/load.h"
#include "run/loss_words.h"
#include "run/which.h"
#include "schedule/plan.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct arguments {
    const char *checkpoint, *predictions, *png;
    char **overrides;
    int n_overrides, is_json, is_trusting;
} arguments;

enum { KEY_JSON = 0x100, KEY_NO_VERIFY, KEY_PREDICTIONS, KEY_PNG };

static const struct argp_option words[] = {
    {"json", KEY_JSON, NULL, 0,
     "print one JSON object and nothing else (default: off)", 0},
    {"no-verify", KEY_NO_VERIFY, NULL, 0,
     "do not check the checksums while loading (default: check)", 0},
    {"predictions", KEY_PREDICTIONS, "FILE", 0,
     "write what the network says of each frame to an HDF5 file: probabilities "
     "of classes, or predicted frames (default: none)",
     0},
    {"png", KEY_PNG, "FILE", 0,
     "write a picture: some frames of some clips, with a green edge where the "
     "class was found and a red one where not, or beside the frames that the "
     "network made of them (default: none)",
     0},
    {0}};

static error_t parse_word(int key, char *value, struct argp_state *state)
{
    arguments *args = state->input;

    switch (key) {
    case KEY_JSON:
        args->is_json = 1;
        return 0;
    case KEY_NO_VERIFY:
        args->is_trusting = 1;
        return 0;
    case KEY_PREDICTIONS:
        args->predictions = sidle_parse_path(state, value);
        return 0;
    case KEY_PNG:
        args->png = sidle_parse_path(state, value);
        return 0;
    case ARGP_KEY_ARG:
        if (args->checkpoint == NULL)
            args->checkpoint = value;
        else
            sidle_parse_override(state, value, args->overrides,
                                 &args->n_overrides);
        return 0;
    case ARGP_KEY_END:
        if (args->checkpoint == NULL)
            argp_error(state,
                       "no checkpoint is given; name an HDF5 file or a run "
                       "folder");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp eval_argp = {
    .options = words,
    .parser = parse_word,
    .args_doc = "CHECKPOINT [key=value ...]",
    .doc = "Prints loss (nats per target), bits and accuracy on the held-out "
           "part, in one process without MPI, or under mpirun through as many "
           "ranks, at most one a block: the figures are the "
           "same.\vdata.valid_path=F evaluates "
           "all of F, data.path=F the held-out part of F; eval.stride=S sets "
           "the number of targets that a window adds (default: the "
           "checkpoint's). The other keys that may be given are data.kind, "
           "data.raw, data.valid_fraction, data.batch, eval.batch, and for "
           "several ranks parallel.blocks and parallel.partition."};

static sidle_status print_json(const sidle_evaluation *e,
                               const sidle_loss_kind *kind, double loss)
{
    const sidle_loss *total = &e->total;
    sidle_json *json;

    SIDLE_TRY(sidle_json_new(&json));
    sidle_json_real(json, "loss", loss);
    sidle_json_text(json, "unit", kind->unit);
    sidle_json_int(json, "tokens", total->n_targets);
    if (kind->has_classes) {
        sidle_json_real(
            json, "accuracy",
            sidle_loss_accuracy(kind, total->n_correct, total->n_targets));
        sidle_json_real(json, "bits_per_token", sidle_loss_bits(kind, loss));
    }
    if (e->clips.n_clips > 0) {
        sidle_json_real(json, "clip_accuracy", sidle_clip_accuracy(&e->clips));
        sidle_json_int(json, "clips", e->clips.n_clips);
    }
    return sidle_json_print(json, stdout);
}

/* "loss 1.234567 nats a token, 1.781 bits, accuracy 0.5432, 96 tokens". */
static void print_line(const sidle_evaluation *e, const sidle_loss_kind *kind,
                       double loss)
{
    const sidle_loss *total = &e->total;
    char clips[64];

    if (kind->has_classes)
        printf("loss %.6f nats a %s, %.6f bits, accuracy %.4f, ", loss,
               e->element, sidle_loss_bits(kind, loss),
               sidle_loss_accuracy(kind, total->n_correct, total->n_targets));
    else
        printf("loss %.6g %s, ", loss, kind->unit);
    sidle_loss_print_clips(&e->clips, clips, sizeof(clips));
    printf("%s%s%lld %s%s\n", clips, clips[0] != '\0' ? ", " : "",
           (long long)total->n_targets, e->element,
           sidle_plural(total->n_targets));
}

static sidle_status print_result(const arguments *args,
                                 const sidle_evaluation *e)
{
    const sidle_loss_kind *kind = sidle_loss_kind_of(e->model);
    double loss = e->total.sum / (double)e->total.n_targets;

    if (isnan(loss))
        loss = (double)NAN; /* its sign is no news */
    if (!isfinite(loss))
        sidle_warn("'%s': the loss on the held-out part is not finite; its "
                   "weights are too large or damaged by training: evaluate an "
                   "earlier checkpoint (sidle inspect shows their range)",
                   e->path);
    if (args->is_json)
        return print_json(e, kind, loss);
    print_line(e, kind, loss);
    return SIDLE_OK;
}

static sidle_status evaluate(const arguments *args, const sidle_comm *comm,
                             sidle_evaluation *e)
{
    const sidle_eval_request request = {.path = args->checkpoint,
                                        .is_trusting = args->is_trusting,
                                        .overrides = args->overrides,
                                        .n_overrides = args->n_overrides,
                                        .predictions = args->predictions,
                                        .png = args->png};

    SIDLE_TRY(sidle_evaluate(comm, &request, e));
    return comm == NULL || comm->rank == 0 ? print_result(args, e) : SIDLE_OK;
}

static sidle_status evaluate_alone(const arguments *args)
{
    sidle_evaluation evaluation = {0};
    sidle_status status = evaluate(args, NULL, &evaluation);

    sidle_evaluation_done(&evaluation);
    return sidle_fail_print(status);
}

/* Blocks that skips join do not compute what one block would: they run as in
 * training, on a rank. What is wrong with the file is told later. */
static int needs_blocks(const arguments *args)
{
    sidle_options *options = malloc(sizeof(*options));
    char *path = calloc(1, PATH_MAX);
    int needs = 0;

    SIDLE_CHECK(options != NULL && path != NULL, "no memory for options");
    /* Which file it is, is told once. */
    sidle_log_set_quiet(1);
    if (sidle_which_checkpoint(args->checkpoint, SIDLE_WHICH_END, path) ==
            SIDLE_OK &&
        sidle_load_options(path, args->is_trusting, NULL, 0, options) ==
            SIDLE_OK)
        needs = sidle_schedule_find(options->parallel.schedule)->takes_skips;
    sidle_log_set_quiet(0);
    free(path);
    free(options);
    return needs;
}

/* What ranks find wrong together is reported by one of them. */
static sidle_status evaluate_together(const arguments *args)
{
    sidle_evaluation evaluation = {0};
    sidle_comm comm;
    sidle_status status = sidle_comm_open(&comm);

    if (status != SIDLE_OK)
        return sidle_end_unstarted(status);
    sidle_log_set_quiet(comm.rank != 0);
    status = sidle_alike_program(&comm, "eval");
    if (status == SIDLE_OK)
        status = sidle_alike_word(&comm, "CHECKPOINT", args->checkpoint);
    if (status == SIDLE_OK)
        status = sidle_alike_word(&comm, "--predictions", args->predictions);
    if (status == SIDLE_OK)
        status = sidle_alike_word(&comm, "--png", args->png);
    if (status == SIDLE_OK)
        status = evaluate(args, &comm, &evaluation);
    sidle_evaluation_done(&evaluation);
    sidle_comm_close(&comm);
    return status;
}

int sidle_cmd_eval(int argc, char **argv)
{
    arguments args = {.overrides = calloc((size_t)argc, sizeof(char *))};
    sidle_status status;

    SIDLE_CHECK(args.overrides != NULL, "no memory for %d words", argc);
    sidle_parse(&eval_argp, "eval", argc, argv, &args);
    status = sidle_launcher_find().size > 1 || needs_blocks(&args)
                 ? evaluate_together(&args)
                 : evaluate_alone(&args);
    free(args.overrides);
    return status;
}
