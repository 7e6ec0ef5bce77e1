/* partition.h - divide a list of layers into D blocks of nearly equal cost.
 *
 * The partition affects the numbers of a run, since it sets the delays. It is
 * therefore computed from counted operations and bytes (cost.h), never from
 * measured times. */
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

/* Costs of layers, at least 0, and additional costs in a block. */
typedef struct sidle_costs {
    const double *of_layer; /* (n_layers); NULL: counted operations */
    const double *again;    /* (n_layers), or NULL */
    const double *share;    /* (n_blocks): factor of `again` in each block */
    int cuts_skips; /* a skip and the unit whose output it takes can be in two
                       blocks */
} sidle_costs;

/** Largest number of blocks: one per unit, but a loss without parameters cannot
 * begin a block. */
int sidle_partition_most(const sidle_model *model);
/**
 * Compute the partition that minimises the cost of the most expensive block.
 *
 * The optimum is exact. Among partitions of equal cost the result is the one
 * whose first block has the fewest layers, then the second, and so on. A skip
 * is in the block of the unit whose output it takes.
 *
 * Errors:  SIDLE_EUSAGE if n_blocks is not in 1 .. sidle_partition_most(), or
 *          is larger than SIDLE_MAX_BLOCKS, or than skips allow.
 */
sidle_status sidle_partition_auto(const sidle_model *model, int n_blocks,
                                  sidle_partition *partition);
/** The same for given costs, for example measured seconds; `again` requires
 * `share`. NULL: the counted costs. */
sidle_status sidle_partition_costs(const sidle_model *model,
                                   const sidle_costs *costs, int n_blocks,
                                   sidle_partition *partition);
/**
 * Parse a partition: "[cross, self.002, final]", brackets optional, the first
 * layer of each block in order.
 * Errors:  SIDLE_EUSAGE for an unknown or repeated name or a wrong order, a
 *          loss that cannot begin a block, or a number of names other than
 *          n_blocks (0: any number).
 */
sidle_status sidle_partition_parse(const sidle_model *model, const char *text,
                                   int n_blocks, sidle_partition *partition);
/** Write the list as text that sidle_partition_parse() reads; a text that does
 * not fit is a bug. */
void sidle_partition_print(const sidle_model *model,
                           const sidle_partition *partition, char *out,
                           size_t size);
/** Assign blocks to ranks: rank r of `n_ranks` <= n_blocks gets the blocks from
 * first[r] to first[r + 1] - 1, counted from 0. The ranges are contiguous and
 * minimise the cost of the most expensive rank; ties as above.
 * Shapes: first (n_ranks + 1). */
void sidle_partition_ranks(const sidle_model *model,
                           const sidle_partition *partition, int n_ranks,
                           int *first);

#ifdef __cplusplus
}
#endif

#endif
