/* evaluate_ranks.c - an evaluation through the ranks of a chain: each has the
 * weights of its own blocks, and items go from one to the next in order. */
#include "run/evaluate_ranks.h"

#include "run/alike.h"
#include "run/eval_outputs.h"
#include "run/load.h"
#include "run/save.h"
#include "run/setup_views.h"
#include "run/which.h"

#include <stdlib.h>

/* ---- the checkpoint */

/* Rank 0 looks into the file; how the others see it, it says itself. */
static sidle_status open_first(const sidle_eval_request *request, char *path,
                               sidle_options *options, sidle_ckpt **ckpt_p)
{
    int how = request->is_trusting ? SIDLE_CKPT_TRUST : SIDLE_CKPT_WHOLE;

    SIDLE_TRY(sidle_which_checkpoint(request->path, SIDLE_WHICH_END, path));
    SIDLE_TRY(sidle_ckpt_open_as(path, how, ckpt_p));
    SIDLE_TRY(sidle_load_options_of(*ckpt_p, request->overrides,
                                    request->n_overrides, options));
    sidle_load_warn(options);
    return SIDLE_OK;
}

static sidle_status open_all(const sidle_comm *comm,
                             const sidle_eval_request *request, char *path,
                             sidle_options *options, sidle_ckpt **ckpt_p)
{
    sidle_status status = SIDLE_OK;
    int mode;

    if (comm->rank == 0)
        status = open_first(request, path, options, ckpt_p);
    SIDLE_TRY(sidle_agree(comm, status));
    mode = (int)options->checkpoint.mode;
    SIDLE_MPI(MPI_Bcast(&mode, 1, MPI_INT, 0, comm->comm));
    SIDLE_TRY(sidle_ckpt_share(comm, (sidle_ckpt_mode)mode, ckpt_p));
    if (comm->rank != 0)
        status = sidle_load_options_of(*ckpt_p, request->overrides,
                                       request->n_overrides, options);
    SIDLE_TRY(sidle_agree(comm, status));
    return sidle_alike_options(comm, options);
}

/* ---- the items */

/* What rank 0 has heard. */
typedef struct heard {
    sidle_evaluation *evaluation;
    sidle_clip_tally *tally;     /* NULL: no scores of clips */
    sidle_eval_outputs *outputs; /* on the rank of the last block, or NULL */
} heard;

static void on_scores(void *context, int64_t item, const sidle_scores *scores)
{
    heard *h = context;

    if (h->tally == NULL)
        h->tally = sidle_clip_tally_new(scores->rows, scores->classes);
    sidle_clip_tally_add(h->tally, item, scores);
}

static void on_report(void *context, const sidle_report *report)
{
    const heard *h = context;
    sidle_loss *total = &h->evaluation->total;

    total->sum += report->sum;
    total->n_targets += report->n_targets;
    total->n_correct += report->n_correct;
}

static void on_outputs(void *context, const sidle_block *block, int slot)
{
    const heard *h = context;

    if (block != NULL)
        sidle_eval_outputs_take(h->outputs, block, slot);
}

/* Files are made where the outputs are: on the last rank. */
static sidle_status open_outputs(const sidle_comm *comm,
                                 const sidle_eval_request *request,
                                 const sidle_setup *setup,
                                 const sidle_ckpt *ckpt, heard *h)
{
    sidle_status status = SIDLE_OK;

    if (comm->rank == comm->size - 1)
        status = sidle_eval_outputs_open(request, sidle_ckpt_path(ckpt), setup,
                                         &h->outputs);
    return sidle_agree(comm, status);
}

static sidle_status run(const sidle_comm *comm, const sidle_setup *setup,
                        sidle_ckpt *ckpt, heard *h)
{
    sidle_runner_config config = sidle_setup_runner(setup, comm);
    sidle_runner *runner = NULL;
    sidle_status status;

    config.train = NULL;
    config.on_report = on_report;
    config.on_scores = on_scores;
    config.on_outputs = on_outputs;
    config.context = h;
    SIDLE_TRY(sidle_runner_new(&config, &runner));
    status = sidle_load_run(comm, runner, NULL, ckpt, SIDLE_LOAD_EVAL);
    if (status == SIDLE_OK)
        status = sidle_runner_run(runner);
    sidle_runner_free(runner);
    return status;
}

static sidle_status evaluate(const sidle_comm *comm,
                             const sidle_eval_request *request,
                             const sidle_setup *setup, sidle_ckpt *ckpt,
                             sidle_evaluation *evaluation)
{
    heard h = {.evaluation = evaluation};
    sidle_status status = open_outputs(comm, request, setup, ckpt, &h);

    if (status == SIDLE_OK)
        status = run(comm, setup, ckpt, &h);
    /* Told already by the rank that failed, if any did. */
    if (status == SIDLE_OK)
        status = sidle_agree(comm, sidle_eval_outputs_close(h.outputs, status));
    else
        sidle_eval_outputs_close(h.outputs, status);
    if (h.tally != NULL)
        evaluation->clips = sidle_clip_tally_end(h.tally);
    sidle_clip_tally_free(h.tally);
    return status;
}

/* What was reported of each item is added in their order, as by one process. */
sidle_status sidle_evaluate_ranks(const sidle_comm *comm,
                                  const sidle_eval_request *request,
                                  sidle_setup *setup,
                                  sidle_evaluation *evaluation)
{
    sidle_options *options = calloc(1, sizeof(*options));
    sidle_ckpt *ckpt = NULL;
    sidle_status status;

    SIDLE_CHECK(options != NULL, "no memory for options");
    status = open_all(comm, request, evaluation->path, options, &ckpt);
    if (status == SIDLE_OK) {
        sidle_patience_set((double)options->run.patience);
        sidle_patience_add(sidle_data_bytes(comm, options));
        status = sidle_setup_eval_all(comm, options, setup);
    }
    free(options);
    if (status == SIDLE_OK)
        status = evaluate(comm, request, setup, ckpt, evaluation);
    sidle_ckpt_close(ckpt);
    return status;
}
