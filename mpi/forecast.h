/* forecast.h - the memory that a rank's runner will reserve, by counting.
 *
 * Everything that a runner holds lies in arenas, whose sizes follow from model,
 * partition, plan and optimizer. Each is measured by the function that takes
 * it; nothing is reserved here and no MPI is needed. Not in arenas, and not
 * counted: the data (files are mapped or read), what MPI and HDF5
 * hold, and lists of a few bytes an item. */
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
    size_t checkpoint; /* copies of what is on its way */
    size_t sums;       /* over replicas */
    size_t trace;      /* log.trace */
    size_t total;
} sidle_forecast;

/** What rank `rank` of `n_ranks` will reserve, its first checkpoint included.
 * Of `config` only model, partition, plan, optim, n_replicas and trace_items
 * are looked at;
 * n_ranks is that of one chain, at most the number of blocks. */
sidle_forecast sidle_forecast_rank(const sidle_runner_config *config,
                                   int n_ranks, int rank);

#ifdef __cplusplus
}
#endif

#endif
