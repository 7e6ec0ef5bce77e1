/* setup.c - options to data, model, partition, plan and optimizer. */
#include "run/setup.h"

#include "base/text.h"
#include "model/short.h"
#include "model/skips.h"
#include "run/chosen.h"
#include "run/network.h"
#include "run/rates.h"
#include "run/setup_data.h"
#include "run/stale.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* Skips between blocks are edges, which few schedules take. */
static int takes_skips(const sidle_setup *setup)
{
    return sidle_schedule_find(setup->options.parallel.schedule)->takes_skips;
}

static sidle_status make_partition(sidle_setup *setup, int n_ranks)
{
    sidle_options *options = &setup->options;
    int n_blocks = (int)options->parallel.blocks;
    int is_auto = strcmp(options->parallel.partition, "auto") == 0;

    setup->are_blocks_by_ranks = is_auto && n_blocks == 0;
    if (is_auto && takes_skips(setup))
        SIDLE_TRY(sidle_partition_costs(
            setup->model, &(sidle_costs){.cuts_skips = 1},
            n_blocks > 0 ? n_blocks : n_ranks, &setup->partition));
    else if (is_auto)
        SIDLE_TRY(sidle_partition_auto(setup->model,
                                       n_blocks > 0 ? n_blocks : n_ranks,
                                       &setup->partition));
    else
        SIDLE_TRY(sidle_partition_parse(setup->model,
                                        options->parallel.partition, n_blocks,
                                        &setup->partition));
    if (!takes_skips(setup))
        SIDLE_TRY(sidle_skips_refuse(setup->model, &setup->partition,
                                     options->parallel.schedule));
    if (n_ranks > setup->partition.n_blocks)
        return sidle_fail(SIDLE_EUSAGE,
                          "%d ranks%s for %d block%s; start at most %d rank%s, "
                          "or set parallel.blocks (at most %d)",
                          n_ranks, setup->n_replicas > 1 ? " a replica" : "",
                          setup->partition.n_blocks,
                          sidle_plural(setup->partition.n_blocks),
                          setup->n_replicas * setup->partition.n_blocks,
                          sidle_plural((int64_t)setup->n_replicas *
                                       setup->partition.n_blocks),
                          sidle_partition_most(setup->model));
    options->parallel.blocks = setup->partition.n_blocks;
    /* As it is, not as "auto", which may divide otherwise at a resume. */
    sidle_partition_print(setup->model, &setup->partition,
                          options->parallel.partition,
                          sizeof(options->parallel.partition));
    return SIDLE_OK;
}

/* The first item after `from` at which a row's clip changes, in any replica; a
 * stream that is cut has its pipe flushed before it. */
static int64_t next_clip(void *context, int64_t from)
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

/* The skips between blocks as edges of one tick. */
static sidle_status make_graph(sidle_setup *setup)
{
    int n = sidle_skips_list(setup->model, &setup->partition, NULL);
    sidle_skip *skips = calloc((size_t)n + 1, sizeof(*skips));
    sidle_edge *edges = calloc((size_t)n + 1, sizeof(*edges));
    sidle_status status = SIDLE_OK;

    SIDLE_CHECK(skips != NULL && edges != NULL, "no memory for %d skips", n);
    sidle_skips_list(setup->model, &setup->partition, skips);
    for (int i = 0; i < n; i++)
        edges[i] = (sidle_edge){skips[i].from_block, skips[i].to_block, 1,
                                SIDLE_EDGE_PLACES};
    if (n > 0)
        status =
            sidle_graph_new(setup->partition.n_blocks, edges, n, &setup->graph);
    free(edges);
    free(skips);
    return status;
}

static sidle_status make_plan(sidle_setup *setup)
{
    const sidle_options *options = &setup->options;
    sidle_plan *plan = &setup->plan;

    SIDLE_TRY(make_graph(setup));
    *plan = (sidle_plan){
        .graph = setup->graph,
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
        plan->next_clip = next_clip;
    }
    SIDLE_TRY(sidle_plan_check(plan));
    return sidle_stale_check(plan, options->log.staleness);
}

static sidle_status resolve_optim(sidle_setup *setup)
{
    const sidle_options *options = &setup->options;
    int64_t every = options->parallel.update_every;
    int64_t updates = (options->run.steps + every - 1) / every;

    setup->optim = options->optim;
    if (setup->optim.decay_steps == 0) {
        int64_t left = updates - setup->optim.warmup;

        /* A run that is all warm-up decays not at all; the rate divides by
         * this. */
        setup->optim.decay_steps = left > 0 ? left : 1;
    }
    return sidle_rates_check(setup);
}

static int takes_shape_of_data(const sidle_setup *setup)
{
    return sidle_data_kind_find(setup->options.data.kind)->input != NULL;
}

static sidle_status make_network(const sidle_setup *setup, ptrdiff_t rows,
                                 sidle_model **model_p)
{
    const sidle_options *options = &setup->options;
    /* Either file tells it; that both do alike is seen where they are read. */
    const sidle_part *part = &setup->files[setup->files[0].n == 0];
    sidle_field input;

    if (!takes_shape_of_data(setup))
        return sidle_network_make(options, NULL, rows, model_p);
    input = sidle_data_kind_find(options->data.kind)->input(part);
    return sidle_network_make(options, &input, rows, model_p);
}

/* As many outputs as the labels tell apart, unless it is set; as it is from
 * then on, whatever labels later data have. */
static sidle_status choose_classes(sidle_setup *setup)
{
    sidle_options *options = &setup->options;
    const sidle_short *of = sidle_short_find(options->model_kind);
    const sidle_data_kind *kind = sidle_data_kind_find(options->data.kind);
    const sidle_part *part = &setup->files[setup->files[0].n == 0];
    int64_t n;

    if (of == NULL || !of->has_classes || options->classes > 0)
        return SIDLE_OK;
    n = kind->classes != NULL ? kind->classes(part) : 0;
    if (n == 0)
        return sidle_fail(SIDLE_EDATA,
                          "'%s' has no labels, which model.kind=%s learns; use "
                          "labelled data, or set model.classes",
                          options->data.path, of->name);
    options->classes = (ptrdiff_t)(n > 2 ? n : 2);
    return SIDLE_OK;
}

/* The model and its partition on the ranks of a chain. */
static sidle_status make_model(sidle_setup *setup)
{
    SIDLE_TRY(choose_classes(setup));
    SIDLE_TRY(make_network(setup, (ptrdiff_t)setup->options.data.batch,
                           &setup->model));
    SIDLE_TRY(make_partition(setup, setup->chain_ranks));
    setup->is_by_updates = setup->options.run.updates > 0;
    return sidle_choose(&setup->options, setup->partition.n_blocks);
}

/* What can be made before there are any data: what is wrong with a model that
 * does not need them is told without waiting for them. */
static sidle_status begin(const sidle_options *options, int n_ranks, int rank,
                          sidle_setup *setup)
{
    memset(setup, 0, sizeof(*setup));
    setup->options = *options;
    SIDLE_TRY(make_chains(setup, n_ranks, rank));
    return takes_shape_of_data(setup) ? SIDLE_OK : make_model(setup);
}

/* What the files that are open make of it. */
static sidle_status end(sidle_setup *setup)
{
    const sidle_options *options = &setup->options;

    if (setup->model == NULL)
        SIDLE_TRY(make_model(setup));
    SIDLE_TRY(sidle_setup_make_sources(setup));
    if (options->run.early_stop > 0 && !setup->has_eval)
        return sidle_fail(SIDLE_EUSAGE,
                          "'run.early_stop' is %lld, but nothing is held out "
                          "to evaluate on; set data.valid_path, or "
                          "data.valid_fraction above 0, or run.early_stop=0",
                          (long long)options->run.early_stop);
    SIDLE_TRY(resolve_optim(setup));
    return make_plan(setup);
}

sidle_status sidle_setup_run(const sidle_options *options, int n_ranks,
                             sidle_setup *setup)
{
    SIDLE_TRY(begin(options, n_ranks, 0, setup));
    SIDLE_TRY(sidle_setup_open_files(setup));
    return end(setup);
}

sidle_status sidle_setup_all(const sidle_comm *comm,
                             const sidle_options *options, sidle_setup *setup)
{
    SIDLE_TRY(sidle_agree(comm, begin(options, comm->size, comm->rank, setup)));
    SIDLE_TRY(sidle_setup_share_files(comm, 1, setup));
    return sidle_agree(comm, end(setup));
}

sidle_status sidle_setup_again(const sidle_comm *comm,
                               const sidle_options *options,
                               const sidle_setup *lender, sidle_setup *setup)
{
    sidle_status status = begin(options, comm->size, comm->rank, setup);

    /* After a failure, too: sidle_setup_done() must not close what is lent. */
    sidle_setup_borrow_files(lender, setup);
    if (status == SIDLE_OK)
        status = end(setup);
    return sidle_agree(comm, status);
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
    setup->has_data =
        is_there(options->data.path) && is_there(options->data.valid_path);
    if (!takes_shape_of_data(setup))
        SIDLE_TRY(make_model(setup));
    if (setup->has_data || setup->model == NULL)
        SIDLE_TRY(sidle_setup_open_files(setup));
    if (setup->model == NULL)
        SIDLE_TRY(make_model(setup));
    if (setup->has_data)
        SIDLE_TRY(sidle_setup_make_sources(setup));
    SIDLE_TRY(resolve_optim(setup));
    return make_plan(setup);
}

sidle_status sidle_setup_model(const sidle_setup *setup, int64_t rows,
                               sidle_model **model_p)
{
    return make_network(setup, (ptrdiff_t)rows, model_p);
}

/* ---- an evaluation alone: one chain sees all rows */

static void begin_eval(const sidle_options *options, int n_ranks,
                       sidle_setup *setup)
{
    memset(setup, 0, sizeof(*setup));
    setup->options = *options;
    setup->options.parallel.replicas = 1;
    setup->n_replicas = 1;
    setup->chain_ranks = n_ranks;
}

/* The network, and how the ranks share it, if they are several. */
static sidle_status make_eval_model(sidle_setup *setup)
{
    const sidle_options *options = &setup->options;
    int64_t rows =
        options->eval.batch > 0 ? options->eval.batch : options->data.batch;

    SIDLE_TRY(make_network(setup, (ptrdiff_t)rows, &setup->model));
    /* Skips between blocks are a part of what the network computes. */
    return setup->chain_ranks > 1 || takes_skips(setup)
               ? make_partition(setup, setup->chain_ranks)
               : SIDLE_OK;
}

static sidle_status end_eval(sidle_setup *setup)
{
    if (setup->model == NULL)
        SIDLE_TRY(make_eval_model(setup));
    SIDLE_TRY(sidle_setup_make_held_out(setup));
    if (setup->has_eval)
        return SIDLE_OK;
    return sidle_fail(SIDLE_EUSAGE,
                      "nothing is held out to evaluate on; set "
                      "data.valid_path=FILE to evaluate all of a file, or "
                      "data.valid_fraction above 0 for the end of "
                      "data.path");
}

sidle_status sidle_setup_eval(const sidle_options *options, sidle_setup *setup)
{
    begin_eval(options, 1, setup);
    if (!takes_shape_of_data(setup))
        SIDLE_TRY(make_eval_model(setup));
    SIDLE_TRY(sidle_setup_open_held_out(setup));
    return end_eval(setup);
}

/* Evaluations behind an item that was trained elsewhere, and nothing else: any
 * schedule would do that takes the skips, since none has a gradient. */
static sidle_status make_forward_plan(sidle_setup *setup)
{
    const char *schedule = takes_skips(setup) ? "skip-sideways" : "backprop";

    SIDLE_TRY(make_graph(setup));
    setup->plan = (sidle_plan){.schedule = sidle_schedule_find(schedule),
                               .graph = setup->graph,
                               .n_blocks = setup->partition.n_blocks,
                               .update_every = 1,
                               .is_forward = 1,
                               .start = 1,
                               .steps = 1,
                               .eval_every = 1,
                               .eval_items = setup->eval.n_items};
    setup->optim = (sidle_optim_config){.kind = SIDLE_SGD};
    return SIDLE_OK;
}

sidle_status sidle_setup_eval_all(const sidle_comm *comm,
                                  const sidle_options *options,
                                  sidle_setup *setup)
{
    sidle_status status = SIDLE_OK;

    begin_eval(options, comm->size, setup);
    if (!takes_shape_of_data(setup))
        status = make_eval_model(setup);
    SIDLE_TRY(sidle_agree(comm, status));
    SIDLE_TRY(sidle_setup_share_files(comm, 0, setup));
    SIDLE_TRY(sidle_agree(comm, end_eval(setup)));
    return make_forward_plan(setup);
}

void sidle_setup_done(sidle_setup *setup)
{
    sidle_setup_close_data(setup);
    sidle_model_free(setup->model);
    free(setup->clips);
    sidle_graph_free(setup->graph);
    memset(setup, 0, sizeof(*setup));
}
