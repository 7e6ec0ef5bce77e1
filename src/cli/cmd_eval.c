/* cmd_eval.c - loss, bits and accuracy of a checkpoint on held-out data. */
#include "base/log.h"
#include "base/text.h"
#include "cli/command.h"
#include "io/json.h"
#include "run/load.h"
#include "run/loss_words.h"
#include "run/setup.h"
#include "run/which.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct arguments {
    const char *checkpoint;
    char **overrides;
    int n_overrides, is_json, is_trusting;
} arguments;

enum { KEY_JSON = 0x100, KEY_NO_VERIFY };

static const struct argp_option words[] = {
    {"json", KEY_JSON, NULL, 0,
     "print one JSON object and nothing else (default: off)", 0},
    {"no-verify", KEY_NO_VERIFY, NULL, 0,
     "do not check the checksums while loading (default: check)", 0},
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
        sidle_parse_alone(state, "");
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
           "part, in one process without MPI.\vdata.valid_path=F evaluates "
           "all of F, data.path=F the held-out part of F; eval.stride=S sets "
           "the number of targets that a window adds (default: the "
           "checkpoint's). The other keys that may be given are data.kind, "
           "data.raw, data.valid_fraction, data.batch and eval.batch."};

static void fill_slot(const sidle_setup *setup, sidle_block *block, int slot,
                      int64_t item)
{
    sidle_batch batch = sidle_block_batch(block, slot);

    sidle_source_fill(&setup->eval, item, &batch);
    sidle_block_set_item(block, slot, item, 0, 0, 0);
}

static void evaluate(const sidle_setup *setup, sidle_block *block,
                     sidle_loss *total)
{
    int place = block->n_slots - 1; /* the evaluation slot is the last one */

    for (int64_t item = 1; item <= setup->eval.n_items; item++) {
        fill_slot(setup, block, place, item);
        sidle_block_forward(block, place, NULL);
        total->sum += block->loss.sum;
        total->n_targets += block->loss.n_targets;
        total->n_correct += block->loss.n_correct;
        sidle_block_release(block, place);
    }
}

static sidle_status print_json(const sidle_loss_kind *kind,
                               const sidle_loss *total, double loss)
{
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
    return sidle_json_print(json, stdout);
}

/* "loss 1.234567 nats a token, 1.781 bits, accuracy 0.5432, 96 tokens". */
static void print_line(const sidle_setup *setup, const sidle_loss_kind *kind,
                       const sidle_loss *total, double loss)
{
    const char *element =
        sidle_data_kind_find(setup->options.data.kind)->element;

    if (kind->has_classes)
        printf("loss %.6f nats a %s, %.6f bits, accuracy %.4f, ", loss, element,
               sidle_loss_bits(kind, loss),
               sidle_loss_accuracy(kind, total->n_correct, total->n_targets));
    else
        printf("loss %.6g %s, ", loss, kind->unit);
    printf("%lld %s%s\n", (long long)total->n_targets, element,
           sidle_plural(total->n_targets));
}

static sidle_status print_result(const arguments *args,
                                 const sidle_setup *setup,
                                 const sidle_loss *total)
{
    const sidle_loss_kind *kind = sidle_loss_kind_of(setup->model);
    double loss = total->sum / (double)total->n_targets;

    if (isnan(loss))
        loss = (double)NAN; /* its sign is no news */
    if (!isfinite(loss))
        sidle_warn("'%s': the loss on the held-out part is not finite; its "
                   "weights are too large or damaged by training: evaluate an "
                   "earlier checkpoint (sidle inspect shows their range)",
                   args->checkpoint);
    if (args->is_json)
        return print_json(kind, total, loss);
    print_line(setup, kind, total, loss);
    return SIDLE_OK;
}

static sidle_status run(arguments *args, sidle_setup *setup,
                        sidle_block **block_p)
{
    static char path[PATH_MAX];
    sidle_options *options = malloc(sizeof(*options));
    sidle_loss total = {0};
    sidle_status status;

    SIDLE_CHECK(options != NULL, "no memory for options");
    status = sidle_which_checkpoint(args->checkpoint, SIDLE_WHICH_END, path);
    args->checkpoint = path;
    if (status == SIDLE_OK)
        status = sidle_load_options(path, args->is_trusting, args->overrides,
                                    args->n_overrides, options);
    if (status == SIDLE_OK)
        sidle_load_warn(options);
    if (status == SIDLE_OK)
        status = sidle_setup_eval(options, setup);
    free(options);
    SIDLE_TRY(status);
    if (!setup->has_eval)
        return sidle_fail(SIDLE_EUSAGE,
                          "nothing is held out to evaluate on; set "
                          "data.valid_path=FILE to evaluate all of a file, or "
                          "data.valid_fraction above 0 for the end of "
                          "data.path");
    SIDLE_TRY(sidle_load_block(args->checkpoint, setup->model,
                               args->is_trusting, block_p));
    evaluate(setup, *block_p, &total);
    return print_result(args, setup, &total);
}

int sidle_cmd_eval(int argc, char **argv)
{
    arguments args = {.overrides = calloc((size_t)argc, sizeof(char *))};
    sidle_setup *setup = calloc(1, sizeof(*setup));
    sidle_block *block = NULL;
    sidle_status status;

    SIDLE_CHECK(args.overrides != NULL && setup != NULL, "no memory");
    sidle_parse(&eval_argp, "eval", argc, argv, &args);
    status = run(&args, setup, &block);
    sidle_block_free(block);
    sidle_setup_done(setup);
    free(setup);
    free(args.overrides);
    return sidle_log_failure(status);
}
