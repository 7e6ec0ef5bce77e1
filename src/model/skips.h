/* skips.h - the skips of a model that lead from one block to another: the edges
 * of its partition besides the chain. */
#ifndef SIDLE_MODEL_SKIPS_H
#define SIDLE_MODEL_SKIPS_H

#include "model/partition.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sidle_skip {
    int unit, from;           /* layers: the skip, and whose output it takes */
    int to_block, from_block; /* of these two, from 1 */
} sidle_skip;

/** The skips between two blocks, in the order of their units; returns their
 * number. Shapes: skips (number), or NULL: only counted. */
int sidle_skips_list(const sidle_model *model, const sidle_partition *partition,
                     sidle_skip *skips);
/** Skip i of that list, from 0. */
sidle_skip sidle_skips_at(const sidle_model *model,
                          const sidle_partition *partition, int i);
/** Refuse a partition that cuts a skip, which `schedule` does not take. Errors:
 * SIDLE_EUSAGE; the message names both units. */
sidle_status sidle_skips_refuse(const sidle_model *model,
                                const sidle_partition *partition,
                                const char *schedule);

#ifdef __cplusplus
}
#endif

#endif
