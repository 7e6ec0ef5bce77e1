/* runner_open.c - what a rank reserves, and who owns which block. */
#include "mpi/runner.h"

#include "mpi/edges.h"
#include "mpi/state_inside.h"
#include "mpi/station_open.h"
#include "mpi/watchdog.h"

#include "base/text.h"

#include <stdlib.h>

static sidle_status find_owners(sidle_runner *runner)
{
    const sidle_runner_config *config = &runner->config;
    int D = config->plan->n_blocks, first[SIDLE_MAX_BLOCKS + 1];

    runner->owner = calloc((size_t)D, sizeof(*runner->owner));
    if (runner->owner == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for %d blocks", D);
    sidle_partition_ranks(config->model, config->partition, runner->chain_ranks,
                          first);
    for (int place = 0; place < runner->chain_ranks; place++) {
        int rank = runner->replica * runner->chain_ranks + place;

        for (int b = first[place]; b < first[place + 1]; b++)
            runner->owner[b] = rank;
        if (rank == config->comm->rank) {
            runner->first_block = first[place] + 1;
            runner->n_stations = first[place + 1] - first[place];
        }
    }
    return SIDLE_OK;
}

static sidle_status open_trace(sidle_runner *runner)
{
    sidle_clock clock = sidle_runner_clock(runner);

    if (runner->config.trace_items == 0)
        return SIDLE_OK;
    return sidle_tracer_new(runner->config.plan, runner->first_block,
                            runner->n_stations, runner->config.trace_items,
                            &clock, &runner->tracer);
}

/* Ranks to whole chains, and what several chains need besides. */
static sidle_status open_chain(sidle_runner *runner)
{
    const sidle_runner_config *config = &runner->config;
    int n = config->n_replicas, size = config->comm->size;
    int64_t rows = (int64_t)n * config->model->rows;

    if (size % n != 0)
        return sidle_fail(SIDLE_EUSAGE,
                          "%d ranks are no whole chains of %d replicas; start "
                          "a multiple of %d ranks",
                          size, n, n);
    runner->chain_ranks = size / n;
    runner->replica = config->comm->rank / runner->chain_ranks;
    if (n == 1)
        return SIDLE_OK;
    runner->clips = calloc(2 * (size_t)rows, sizeof(*runner->clips));
    if (runner->clips == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for clip numbers");
    if (config->comm->rank % runner->chain_ranks == 0)
        return sidle_replicas_open(config->comm, n, &runner->replicas);
    return SIDLE_OK;
}

static sidle_status open_all(sidle_runner *runner)
{
    const sidle_runner_config *config = &runner->config;
    int D = config->plan->n_blocks, n;

    SIDLE_TRY(sidle_plan_check(config->plan));
    SIDLE_CHECK(D == config->partition->n_blocks,
                "a plan for %d blocks and a partition of %d", D,
                config->partition->n_blocks);
    SIDLE_TRY(sidle_edges_check(config));
    SIDLE_CHECK(config->plan->eval_every == 0 ||
                    (config->eval != NULL && config->eval->n_items > 0),
                "a plan with evaluations, and nothing held out");
    SIDLE_TRY(open_chain(runner));
    if (runner->chain_ranks > D)
        return sidle_fail(SIDLE_EUSAGE,
                          "%d ranks for %d block%s; start fewer ranks or set "
                          "parallel.blocks higher",
                          runner->chain_ranks, D, sidle_plural(D));
    SIDLE_TRY(find_owners(runner));
    n = runner->n_stations;
    runner->norms = calloc((size_t)D, sizeof(*runner->norms));
    runner->stations = calloc((size_t)n, sizeof(*runner->stations));
    if (runner->stations == NULL || runner->norms == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for %d blocks", n);
    for (int i = 0; i < n; i++)
        SIDLE_TRY(sidle_station_open(runner, &runner->stations[i],
                                     runner->first_block + i));
    SIDLE_TRY(sidle_edges_open(runner));
    if (sidle_plan_has_skips(config->plan))
        SIDLE_TRY(sidle_decisions_open(
            config->comm, sidle_runner_owner(runner, runner->replica, 1),
            runner->chain_ranks, D, &runner->decisions));
    SIDLE_TRY(open_trace(runner));
    return sidle_reports_open(config, sidle_runner_owner(runner, 0, D),
                              &runner->reports);
}

sidle_status sidle_runner_new(const sidle_runner_config *config,
                              sidle_runner **runner_p)
{
    sidle_runner *runner = calloc(1, sizeof(*runner));
    sidle_status status;

    /* No status: the other ranks are about to wait for this one. */
    if (runner == NULL)
        SIDLE_DIE(SIDLE_EINTERNAL, "no memory for a runner");
    runner->config = *config;
    runner->plan = *config->plan;
    runner->config.plan = &runner->plan;
    if (config->n_replicas == 0)
        runner->config.n_replicas = 1;
    runner->comm = *config->comm;
    runner->config.comm = &runner->comm;
    /* MPI_Comm_dup is collective and cannot name a rank that does not come. */
    sidle_meet(config->comm);
    SIDLE_MPI(MPI_Comm_dup(config->comm->comm, &runner->comm.comm));
    SIDLE_MPI(MPI_Comm_set_errhandler(runner->comm.comm, MPI_ERRORS_RETURN));
    runner->busy = runner->busy_then = 1.0;
    runner->is_evaluating = config->plan->is_forward;
    runner->is_predicted = config->optim->predict;
    status = sidle_agree(&runner->comm, open_all(runner));
    if (status != SIDLE_OK) {
        sidle_runner_free(runner);
        return status;
    }
    sidle_watchdog_meet(runner);
    *runner_p = runner;
    return SIDLE_OK;
}

void sidle_runner_free(sidle_runner *runner)
{
    if (runner == NULL)
        return;
    for (int i = 0; runner->stations != NULL && i < runner->n_stations; i++)
        sidle_station_close(&runner->stations[i]);
    for (int i = 0; i < runner->n_links; i++)
        sidle_link_close(runner->links[i]);
    sidle_reports_close(runner->reports);
    sidle_replicas_close(runner->replicas);
    sidle_decisions_close(runner->decisions);
    sidle_state_free(runner->state);
    sidle_tracer_free(runner->tracer);
    SIDLE_MPI(MPI_Comm_free(&runner->comm.comm));
    free(runner->stations);
    free(runner->links);
    free(runner->owner);
    free(runner->clips);
    free(runner->norms);
    free(runner);
}
