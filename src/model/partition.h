/* partition.h - divide a list of layers into D blocks of nearly equal cost.
 *
 * The partition is part of the mathematics of a run (it sets the delays), so it
 * comes from counted operations and bytes (cost.h), never from a clock. */
#ifndef SIDLE_MODEL_PARTITION_H
#define SIDLE_MODEL_PARTITION_H

#include "model/model.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SIDLE_MAX_BLOCKS 1024

typedef struct sidle_partition {
    int n_blocks;
    int first[SIDLE_MAX_BLOCKS + 1]; /* first layer of each block, then n */
} sidle_partition;

/* What layers cost, none below 0, and what they cost besides in a block. */
typedef struct sidle_costs {
    const double *of_layer; /* (n_layers) */
    const double *again;    /* (n_layers), or NULL */
    const double *share;    /* (n_blocks): so much of `again` counts there */
} sidle_costs;

/** Blocks at most: one a unit, but a loss without parameters begins none. */
int sidle_partition_most(const sidle_model *model);
/**
 * The partition that makes the most expensive block cheapest.
 *
 * The optimum is exact. Of several best partitions the one whose first block
 * has the fewest layers is taken, then the second, and so on: boundaries go
 * left.
 *
 * Errors: SIDLE_EUSAGE if n_blocks is not in 1 .. sidle_partition_most() (or
 * too many).
 */
sidle_status sidle_partition_auto(const sidle_model *model, int n_blocks,
                                  sidle_partition *partition);
/** The same for given costs, for example measured seconds; with `again` stands
 * `share`. NULL: those that are counted. */
sidle_status sidle_partition_costs(const sidle_model *model,
                                   const sidle_costs *costs, int n_blocks,
                                   sidle_partition *partition);
/**
 * The partition that a user names: "[cross, self.002, final]", brackets
 * optional, the first layer of each block in order. Errors: SIDLE_EUSAGE for an
 * unknown, doubled or disordered name, a loss that begins no block, or another
 * number of blocks than n_blocks (0: as many as named).
 */
sidle_status sidle_partition_parse(const sidle_model *model, const char *text,
                                   int n_blocks, sidle_partition *partition);
/** The list as text that sidle_partition_parse() reads; text that does not fit
 * is a bug. */
void sidle_partition_print(const sidle_model *model,
                           const sidle_partition *partition, char *out,
                           size_t size);
/** Which blocks the ranks have: rank r of `n_ranks` <= n_blocks those from
 * first[r] to first[r + 1] - 1, from 0; contiguous ranges that keep the
 * costliest rank cheapest; ties as above. `first` has room for n_ranks + 1. */
void sidle_partition_ranks(const sidle_model *model,
                           const sidle_partition *partition, int n_ranks,
                           int *first);

#ifdef __cplusplus
}
#endif

#endif
