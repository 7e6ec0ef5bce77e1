/* evaluate.c - the loss of a checkpoint on held-out data, in one process. */
#include "run/evaluate.h"

#include "run/load.h"
#include "run/setup.h"
#include "run/which.h"

#include <limits.h>
#include <stdlib.h>

static void fill_slot(const sidle_setup *setup, sidle_block *block, int slot,
                      int64_t item)
{
    sidle_batch batch = sidle_block_batch(block, slot);

    sidle_source_fill(&setup->eval, item, &batch);
    sidle_block_set_item(block, slot, item, 0, 0, 0);
}

static void go_through(const sidle_setup *setup, sidle_block *block,
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

static sidle_status set_up(const char *path, int is_trusting,
                           char *const *overrides, int n_overrides,
                           sidle_setup *setup)
{
    sidle_options *options = malloc(sizeof(*options));
    sidle_status status;

    SIDLE_CHECK(options != NULL, "no memory for options");
    status =
        sidle_load_options(path, is_trusting, overrides, n_overrides, options);
    if (status == SIDLE_OK)
        sidle_load_warn(options);
    if (status == SIDLE_OK)
        status = sidle_setup_eval(options, setup);
    free(options);
    SIDLE_TRY(status);
    if (setup->has_eval)
        return SIDLE_OK;
    return sidle_fail(SIDLE_EUSAGE,
                      "nothing is held out to evaluate on; set "
                      "data.valid_path=FILE to evaluate all of a file, or "
                      "data.valid_fraction above 0 for the end of "
                      "data.path");
}

static sidle_status evaluate(const sidle_setup *setup, int is_trusting,
                             sidle_evaluation *evaluation)
{
    sidle_block *block;

    SIDLE_TRY(
        sidle_load_block(evaluation->path, setup->model, is_trusting, &block));
    go_through(setup, block, &evaluation->total);
    sidle_block_free(block);
    evaluation->element =
        sidle_data_kind_find(setup->options.data.kind)->element;
    return SIDLE_OK;
}

/* The model outlives the set-up: it tells what the loss is. */
sidle_status sidle_evaluate(const char *path, int is_trusting,
                            char *const *overrides, int n_overrides,
                            sidle_evaluation *evaluation)
{
    sidle_setup *setup = calloc(1, sizeof(*setup));
    char *file = malloc(PATH_MAX);
    sidle_status status;

    SIDLE_CHECK(setup != NULL && file != NULL, "no memory for a set-up");
    *evaluation = (sidle_evaluation){.path = file};
    status = sidle_which_checkpoint(path, SIDLE_WHICH_END, file);
    if (status == SIDLE_OK)
        status = set_up(file, is_trusting, overrides, n_overrides, setup);
    if (status == SIDLE_OK)
        status = evaluate(setup, is_trusting, evaluation);
    evaluation->model = setup->model;
    setup->model = NULL;
    sidle_setup_done(setup);
    free(setup);
    if (status != SIDLE_OK)
        sidle_evaluation_done(evaluation);
    return status;
}

void sidle_evaluation_done(sidle_evaluation *evaluation)
{
    sidle_model_free(evaluation->model);
    free(evaluation->path);
    *evaluation = (sidle_evaluation){0};
}
