/* forecast.h - the memory that a rank's runner will reserve, by counting.
 *
 * Everything that a runner holds lies in arenas, whose sizes follow from model,
 * partition, plan and optimizer. The functions here are what reserves asks,
 * too; nothing is reserved by them and no MPI is needed. Not in arenas, and not
 * counted: the data (a text is mapped, a token file is read), what MPI and HDF5
 * hold, and lists of a few bytes an item. */
#ifndef SIDLE_MPI_FORECAST_H
#define SIDLE_MPI_FORECAST_H

#include "mpi/runner.h"

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

/** The room that plan and optimizer ask for in block 1..D, and the optimizer
 * as it is there: it knows the delay of its gradients. */
sidle_block_room sidle_forecast_room(const sidle_runner_config *config,
                                     int block);
sidle_optim_config sidle_forecast_optim(const sidle_runner_config *config,
                                        int block);

/**
 * A block's parameter tensors as the optimizer sees them, in model order.
 * Owns:    the caller frees *segments_p.
 * Errors:  SIDLE_EINTERNAL (memory).
 */
sidle_status sidle_forecast_segments(const sidle_model *model, int first_layer,
                                     int n_layers, sidle_segment **segments_p,
                                     int *n_segments_p);

/** Of a block 1..D: its gradients on their way, and a checkpoint's copies. */
size_t sidle_gradients_bytes(const sidle_model *model,
                             const sidle_partition *partition,
                             const sidle_plan *plan, int block);
size_t sidle_copies_bytes(const sidle_model *model,
                          const sidle_partition *partition,
                          const sidle_plan *plan, int block);

#ifdef __cplusplus
}
#endif

#endif
