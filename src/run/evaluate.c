/* evaluate.c - the loss of a checkpoint on held-out data. */
#include "run/evaluate.h"

#include "run/eval_outputs.h"
#include "run/evaluate_ranks.h"
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

/* What is said of clips, by the frames of their items. */
typedef struct by_clips {
    sidle_clip_tally *tally; /* NULL: there are no clips, or no classes */
    void *memory;
    sidle_scores scores;
} by_clips;

static void open_clips(const sidle_setup *setup, by_clips *by)
{
    ptrdiff_t rows = setup->model->rows;
    ptrdiff_t classes = sidle_model_loss(setup->model)->classes;

    *by = (by_clips){0};
    if (!setup->eval.has_clips || classes == 0)
        return;
    by->tally = sidle_clip_tally_new(rows, classes);
    by->memory = malloc(sidle_scores_bytes(rows, classes));
    SIDLE_CHECK(by->memory != NULL, "no memory for scores");
    by->scores = sidle_scores_at(by->memory, rows, classes);
}

static sidle_clip_counts close_clips(by_clips *by)
{
    sidle_clip_counts counts = {0};

    if (by->tally != NULL)
        counts = sidle_clip_tally_end(by->tally);
    sidle_clip_tally_free(by->tally);
    free(by->memory);
    return counts;
}

static void take_scores(const sidle_block *block, int slot, int64_t item,
                        by_clips *by)
{
    if (by->tally == NULL)
        return;
    sidle_scores_fill(block, slot, &by->scores);
    sidle_clip_tally_add(by->tally, item, &by->scores);
}

static void go_through(const sidle_setup *setup, sidle_block *block,
                       sidle_loss *total, by_clips *by,
                       sidle_eval_outputs *outputs)
{
    int place = block->n_slots - 1; /* the evaluation slot is the last one */

    for (int64_t item = 1; item <= setup->eval.n_items; item++) {
        fill_slot(setup, block, place, item);
        sidle_block_forward(block, place, NULL);
        total->sum += block->loss.sum;
        total->n_targets += block->loss.n_targets;
        total->n_correct += block->loss.n_correct;
        take_scores(block, place, item, by);
        sidle_eval_outputs_take(outputs, block, place);
        sidle_block_release(block, place);
    }
}

static sidle_status set_up(const char *path, const sidle_eval_request *request,
                           sidle_setup *setup)
{
    sidle_options *options = malloc(sizeof(*options));
    sidle_status status;

    SIDLE_CHECK(options != NULL, "no memory for options");
    status = sidle_load_options(path, request->is_trusting, request->overrides,
                                request->n_overrides, options);
    if (status == SIDLE_OK)
        sidle_load_warn(options);
    if (status == SIDLE_OK)
        status = sidle_setup_eval(options, setup);
    free(options);
    return status;
}

static sidle_status evaluate_alone(const sidle_eval_request *request,
                                   sidle_setup *setup,
                                   sidle_evaluation *evaluation)
{
    char *path = evaluation->path;
    sidle_eval_outputs *outputs;
    sidle_block *block;
    by_clips by;
    sidle_status status;

    SIDLE_TRY(sidle_which_checkpoint(request->path, SIDLE_WHICH_END, path));
    SIDLE_TRY(set_up(path, request, setup));
    SIDLE_TRY(
        sidle_load_block(path, setup->model, request->is_trusting, &block));
    status = sidle_eval_outputs_open(request, path, setup, &outputs);
    if (status == SIDLE_OK) {
        open_clips(setup, &by);
        go_through(setup, block, &evaluation->total, &by, outputs);
        evaluation->clips = close_clips(&by);
        status = sidle_eval_outputs_close(outputs, SIDLE_OK);
    }
    sidle_block_free(block);
    return status;
}

/* The model outlives the set-up: it tells what the loss is. */
sidle_status sidle_evaluate(const sidle_comm *comm,
                            const sidle_eval_request *request,
                            sidle_evaluation *evaluation)
{
    sidle_setup *setup = calloc(1, sizeof(*setup));
    char *path = calloc(1, PATH_MAX);
    sidle_status status;

    SIDLE_CHECK(setup != NULL && path != NULL, "no memory for a set-up");
    *evaluation = (sidle_evaluation){.path = path};
    status = comm == NULL
                 ? evaluate_alone(request, setup, evaluation)
                 : sidle_evaluate_ranks(comm, request, setup, evaluation);
    if (status == SIDLE_OK)
        evaluation->element =
            sidle_data_kind_find(setup->options.data.kind)->element;
    evaluation->model = setup->model;
    setup->model = NULL;
    sidle_setup_done(setup);
    free(setup);
    return status;
}

void sidle_evaluation_done(sidle_evaluation *evaluation)
{
    sidle_model_free(evaluation->model);
    free(evaluation->path);
    *evaluation = (sidle_evaluation){0};
}
