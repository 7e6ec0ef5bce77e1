/* setup.c - options to data, model, partition, plan and optimizer. */
#include "run/setup.h"

#include "base/text.h"
#include "io/corpus_file.h"
#include "model/block.h"
#include "mpi/sum.h"
#include "schedule/print.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static sidle_status open_corpus(const sidle_options *options, const char *path,
                                const char *key, sidle_corpus *corpus)
{
    if (strcmp(options->data.kind, "tokens") == 0)
        return sidle_corpus_tokens(path, key, options->model.vocab, corpus);
    if (options->model.vocab < SIDLE_BYTE + 256)
        return sidle_fail(SIDLE_EUSAGE,
                          "model.vocab is %td, but a text of bytes needs %d "
                          "(256 bytes and 3 reserved ids); set model.vocab=%d",
                          options->model.vocab, SIDLE_BYTE + 256,
                          SIDLE_BYTE + 256);
    return sidle_corpus_text(path, key, options->data.raw, corpus);
}

/* Rounding to whole documents may leave none. */
static sidle_status check_rest(const sidle_setup *setup)
{
    const sidle_options *options = &setup->options;

    if (setup->train_part.n_documents > 0)
        return SIDLE_OK;
    return sidle_fail(
        SIDLE_EUSAGE,
        "data.valid_fraction %g holds out all of the %lld "
        "document%s of '%s', and leaves none to train on; make "
        "it smaller, or name another file as data.valid_path",
        options->data.valid_fraction, (long long)setup->files[0].n_documents,
        sidle_plural(setup->files[0].n_documents), options->data.path);
}

/* Where data.valid_path is set, an evaluation does not need data.path, which
 * may be gone. */
static sidle_status open_data(sidle_setup *setup, int is_training)
{
    const sidle_options *options = &setup->options;
    double fraction = sidle_options_valid_fraction(options);
    int has_valid_path = options->data.valid_path[0] != '\0';

    if (is_training || !has_valid_path)
        SIDLE_TRY(open_corpus(options, options->data.path, "data.path",
                              &setup->files[0]));
    if (!has_valid_path) {
        sidle_corpus_split(&setup->files[0], fraction, &setup->train_part,
                           &setup->valid_part);
        return is_training ? check_rest(setup) : SIDLE_OK;
    }
    SIDLE_TRY(open_corpus(options, options->data.valid_path, "data.valid_path",
                          &setup->files[1]));
    setup->train_part = setup->files[0];
    setup->valid_part = setup->files[1];
    return SIDLE_OK;
}

/* What is wrong with documents is told with their file, and with the key that
 * has parted it. */
static sidle_status about(const sidle_setup *setup, int is_valid,
                          sidle_status status)
{
    const sidle_options *options = &setup->options;
    int is_parted = options->data.valid_path[0] == '\0';
    const char *file =
        is_valid && !is_parted ? options->data.valid_path : options->data.path;

    if (status != SIDLE_EDATA)
        return status;
    if (is_parted && setup->valid_part.n_documents > 0)
        sidle_fail_in(status, is_valid ? "what data.valid_fraction holds out"
                                       : "what data.valid_fraction leaves");
    return sidle_fail_in(status, "'%s'", file);
}

static sidle_status open_windows(sidle_setup *setup, int64_t most,
                                 sidle_source *source)
{
    const sidle_options *options = &setup->options;
    ptrdiff_t rows = setup->model->rows;
    const sidle_windows windows = {
        .corpus = &setup->valid_part,
        .context = options->model.context,
        .latents = options->model.latents,
        .rows = rows,
        .first_row = setup->replica * rows,
        .all_rows = setup->n_replicas * rows,
        .stride = options->eval.stride,
        .most = most,
    };

    return about(setup, 1, sidle_windows_source(&windows, source));
}

static sidle_status make_eval_source(sidle_setup *setup, int64_t most)
{
    if (setup->valid_part.n_documents == 0)
        return SIDLE_OK;
    SIDLE_TRY(open_windows(setup, most, &setup->eval));
    setup->has_eval = 1;
    return SIDLE_OK;
}

sidle_status sidle_setup_all_windows(sidle_setup *setup, sidle_source *source)
{
    SIDLE_CHECK(setup->has_eval, "nothing is held out");
    return open_windows(setup, 0, source);
}

static sidle_status make_train_source(sidle_setup *setup)
{
    const sidle_options *options = &setup->options;
    sidle_crops crops = {
        .corpus = &setup->train_part,
        .seed = (uint64_t)options->run.seed,
        .context = options->model.context,
        .latents = options->model.latents,
        .rows = setup->model->rows,
        .first_row = setup->replica * setup->model->rows,
        .all_rows = setup->n_replicas * setup->model->rows,
        .order = options->data.order,
        .stride = options->data.stride,
    };

    return about(setup, 0, sidle_crops_source(&crops, &setup->train));
}

/* Ranks to whole chains, one a replica. */
static sidle_status make_chains(sidle_setup *setup, int n_ranks, int rank)
{
    int64_t n = setup->options.parallel.replicas;

    if (n_ranks % n != 0)
        return sidle_fail(
            SIDLE_EUSAGE,
            "%d rank%s cannot be shared by parallel.replicas=%lld: each "
            "replica is a chain of as many ranks; start a multiple of %lld "
            "ranks, such as %lld",
            n_ranks, sidle_plural(n_ranks), (long long)n, (long long)n,
            (long long)((n_ranks / n + 1) * n));
    setup->n_replicas = (int)n;
    setup->chain_ranks = n_ranks / (int)n;
    setup->replica = rank / setup->chain_ranks;
    return SIDLE_OK;
}

static sidle_status make_partition(sidle_setup *setup, int n_ranks)
{
    sidle_options *options = &setup->options;
    int n_blocks = (int)options->parallel.blocks;
    int is_auto = strcmp(options->parallel.partition, "auto") == 0;

    setup->are_blocks_by_ranks = is_auto && n_blocks == 0;
    if (is_auto)
        SIDLE_TRY(sidle_partition_auto(setup->model,
                                       n_blocks > 0 ? n_blocks : n_ranks,
                                       &setup->partition));
    else
        SIDLE_TRY(sidle_partition_parse(setup->model,
                                        options->parallel.partition, n_blocks,
                                        &setup->partition));
    if (n_ranks > setup->partition.n_blocks)
        return sidle_fail(SIDLE_EUSAGE,
                          "%d ranks%s for %d block%s; start at most %d rank%s, "
                          "or set parallel.blocks (at most %d, one a unit)",
                          n_ranks, setup->n_replicas > 1 ? " a replica" : "",
                          setup->partition.n_blocks,
                          sidle_plural(setup->partition.n_blocks),
                          setup->n_replicas * setup->partition.n_blocks,
                          sidle_plural((int64_t)setup->n_replicas *
                                       setup->partition.n_blocks),
                          setup->model->n_layers);
    options->parallel.blocks = setup->partition.n_blocks;
    sidle_partition_print(setup->model, &setup->partition,
                          options->parallel.partition,
                          sizeof(options->parallel.partition));
    return SIDLE_OK;
}

/* The first item after `from` at which a row's clip changes, in any replica; a
 * stream that is cut has its pipe flushed before it. */
static int64_t next_cut(void *context, int64_t from)
{
    const sidle_setup *setup = context;
    ptrdiff_t rows = setup->n_replicas * setup->model->rows;
    size_t bytes = (size_t)rows * sizeof(int64_t);
    int64_t *before = setup->clips, *now = before + rows;

    setup->train.clips(&setup->train, from, before);
    for (int64_t item = from + 1; item <= setup->plan.steps; item++) {
        setup->train.clips(&setup->train, item, now);
        if (memcmp(before, now, bytes) != 0)
            return item;
    }
    return INT64_MAX;
}

static int counts(void *context, int64_t item)
{
    const sidle_setup *setup = context;

    return setup->train.counts(&setup->train, item);
}

static sidle_status make_plan(sidle_setup *setup)
{
    const sidle_options *options = &setup->options;
    sidle_plan *plan = &setup->plan;

    *plan = (sidle_plan){
        .schedule = sidle_schedule_find(options->parallel.schedule),
        .n_blocks = setup->partition.n_blocks,
        .update_every = (int)options->parallel.update_every,
        .steps = options->run.steps,
        .sums_norms = options->is_clip_global && options->optim.clip > 0.0,
        .looks_ahead = options->optim.predict,
        .counts = setup->train.counts != NULL ? counts : NULL,
        .context = setup,
    };
    if (setup->has_eval && options->eval.every > 0) {
        plan->eval_every = options->eval.every;
        plan->eval_items = setup->eval.n_items;
    }
    if (options->data.order == SIDLE_STREAM &&
        options->parallel.on_cut == SIDLE_CUT_FLUSH &&
        setup->train.clips != NULL) {
        setup->clips =
            calloc(2 * (size_t)(setup->n_replicas * setup->model->rows),
                   sizeof(int64_t));
        SIDLE_CHECK(setup->clips != NULL, "no memory for clip numbers");
        plan->next_cut = next_cut;
    }
    return sidle_plan_check(plan);
}

static void resolve_optim(sidle_setup *setup)
{
    const sidle_options *options = &setup->options;
    int64_t every = options->parallel.update_every;
    int64_t updates = (options->run.steps + every - 1) / every;

    setup->optim = options->optim;
    if (setup->optim.decay_steps == 0) {
        int64_t left = updates - setup->optim.warmup;

        setup->optim.decay_steps = left > 0 ? left : 1;
    }
}

/* eval.items items of eval.batch windows a replica. They go through the ranks
 * regrouped in items of data.batch rows: a sum over windows does not tell. */
static int64_t eval_windows(const sidle_options *options)
{
    int64_t batch =
        options->eval.batch > 0 ? options->eval.batch : options->data.batch;
    int64_t n;

    /* There are never more than fit. */
    if (__builtin_mul_overflow(batch * options->parallel.replicas,
                               options->eval.items, &n))
        return INT64_MAX;
    return n;
}

/* The model and its partition on the ranks of a chain. */
static sidle_status make_model(sidle_setup *setup)
{
    const sidle_options *options = &setup->options;

    SIDLE_TRY(sidle_model_perceiver(
        &options->model, (ptrdiff_t)options->data.batch, &setup->model));
    return make_partition(setup, setup->chain_ranks);
}

static sidle_status make_sources(sidle_setup *setup)
{
    SIDLE_TRY(open_data(setup, 1));
    SIDLE_TRY(make_train_source(setup));
    return make_eval_source(setup, eval_windows(&setup->options));
}

sidle_status sidle_setup_rank(const sidle_options *options, int n_ranks,
                              int rank, sidle_setup *setup)
{
    memset(setup, 0, sizeof(*setup));
    setup->options = *options;
    SIDLE_TRY(make_chains(setup, n_ranks, rank));
    SIDLE_TRY(make_model(setup));
    SIDLE_TRY(make_sources(setup));
    if (options->run.early_stop > 0 && !setup->has_eval)
        return sidle_fail(SIDLE_EUSAGE,
                          "'run.early_stop' is %lld, but nothing is held out "
                          "to evaluate on; set data.valid_path, or "
                          "data.valid_fraction above 0, or run.early_stop=0",
                          (long long)options->run.early_stop);
    resolve_optim(setup);
    return make_plan(setup);
}

sidle_status sidle_setup_run(const sidle_options *options, int n_ranks,
                             sidle_setup *setup)
{
    return sidle_setup_rank(options, n_ranks, 0, setup);
}

/* What is there, but no good, is told now. */
static int is_there(const char *path)
{
    return path[0] == '\0' || access(path, F_OK) == 0;
}

sidle_status sidle_setup_plan(const sidle_options *options, int n_ranks,
                              sidle_setup *setup)
{
    memset(setup, 0, sizeof(*setup));
    setup->options = *options;
    SIDLE_TRY(make_chains(setup, n_ranks * (int)options->parallel.replicas, 0));
    SIDLE_TRY(make_model(setup));
    if (is_there(options->data.path) && is_there(options->data.valid_path)) {
        SIDLE_TRY(make_sources(setup));
        setup->has_data = 1;
    }
    resolve_optim(setup);
    return make_plan(setup);
}

sidle_status sidle_setup_eval(const sidle_options *options, sidle_setup *setup)
{
    ptrdiff_t rows = (ptrdiff_t)(options->eval.batch > 0 ? options->eval.batch
                                                         : options->data.batch);

    memset(setup, 0, sizeof(*setup));
    setup->options = *options;
    setup->n_replicas = 1; /* one process sees all windows */
    SIDLE_TRY(sidle_model_perceiver(&options->model, rows, &setup->model));
    SIDLE_TRY(open_data(setup, 0));
    return make_eval_source(setup, 0);
}

static void close_source(sidle_source *source)
{
    if (source->done != NULL)
        source->done(source);
}

void sidle_setup_done(sidle_setup *setup)
{
    close_source(&setup->train);
    close_source(&setup->eval);
    for (int i = 0; i < 2; i++)
        if (setup->files[i].done != NULL)
            setup->files[i].done(&setup->files[i]);
    sidle_model_free(setup->model);
    free(setup->clips);
    memset(setup, 0, sizeof(*setup));
}

sidle_forecast sidle_setup_forecast(const sidle_setup *setup, int place)
{
    const sidle_runner_config config = {.model = setup->model,
                                        .partition = &setup->partition,
                                        .plan = &setup->plan,
                                        .optim = &setup->optim,
                                        .n_replicas = setup->n_replicas,
                                        .trace_items =
                                            setup->options.log.trace};

    return sidle_forecast_rank(&config, setup->chain_ranks, place);
}

sidle_runner_config sidle_setup_runner(const sidle_setup *setup,
                                       const sidle_comm *comm)
{
    const sidle_options *options = &setup->options;

    return (sidle_runner_config){
        .comm = comm,
        .n_replicas = setup->n_replicas,
        .model = setup->model,
        .partition = &setup->partition,
        .plan = &setup->plan,
        .optim = &setup->optim,
        .train = &setup->train,
        .eval = setup->has_eval ? &setup->eval : NULL,
        .seed = (uint64_t)options->run.seed,
        .is_mean = options->is_loss_mean,
        .is_clip_global = options->is_clip_global,
        .z_loss = options->z_loss,
        .skips_bad = strcmp(options->run.on_nan, "skip") == 0,
        .on_cut = options->parallel.on_cut,
        .patience = (double)options->run.patience,
    };
}

int sidle_setup_has_few_items(const sidle_setup *setup)
{
    const sidle_plan *plan = &setup->plan;

    return plan->next_cut == NULL &&
           plan->steps - plan->start < plan->update_every;
}

double sidle_setup_flops(const sidle_setup *setup)
{
    return setup->n_replicas * sidle_model_flops(setup->model);
}

sidle_plan sidle_setup_first_items(const sidle_setup *setup, int64_t steps)
{
    sidle_plan plan = setup->plan;

    plan.steps = plan.steps < steps ? plan.steps : steps;
    plan.eval_every = 0;
    plan.next_cut = NULL;
    plan.counts = NULL;
    return plan;
}

sidle_status sidle_setup_draw(const sidle_setup *setup)
{
    sidle_plan plan =
        sidle_setup_first_items(setup, 2 * (int64_t)setup->plan.n_blocks + 2);

    return sidle_plan_print(&plan, NULL, stderr);
}
