/* forecast.h - the memory that a rank's runner will reserve, computed in
 * advance.
 *
 * A runner holds everything in arenas, whose sizes follow from model,
 * partition, plan and optimizer. Each size is measured by the function that
 * reserves it; nothing is reserved here and MPI is not needed. Outside arenas,
 * and not counted: the data (files are mapped or read), what MPI and HDF5 hold,
 * and lists of a few bytes per item. */
#ifndef SIDLE_MPI_FORECAST_H
#define SIDLE_MPI_FORECAST_H

#include "mpi/runner_config.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes, as arenas reserve them. */
typedef struct sidle_forecast {
    int first, last;    /* blocks of the rank, from 1 */
    int64_t parameters; /* padding not counted */
    sidle_block_memory blocks;
    size_t optimizer;
    size_t messages;   /* to and from the neighbours' blocks, and inside */
    size_t gradients;  /* between their arrival and the weight gradient */
    size_t checkpoint; /* copies of messages in flight */
    size_t sums;       /* over replicas */
    size_t trace;      /* log.trace */
    size_t probe;      /* log.staleness */
    size_t total;
} sidle_forecast;

/** What rank `rank` of `n_ranks` will reserve, its first checkpoint included.
 * Reads only model, partition, plan, optim, n_replicas, trace_items
 * and staleness of `config`; n_ranks is that of one chain, at most the number
 * of blocks. */
sidle_forecast sidle_forecast_rank(const sidle_runner_config *config,
                                   int n_ranks, int rank);

#ifdef __cplusplus
}
#endif

#endif
