/* layout.h - the parts of a block: room for what the plan keeps, and the
 * optimizer's view of its weights. */
#ifndef SIDLE_MPI_LAYOUT_H
#define SIDLE_MPI_LAYOUT_H

#include "model/block.h"
#include "model/skips.h"
#include "mpi/runner_config.h"
#include "schedule/plan.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The room that plan and optimizer require in block 1..D, and the optimizer's
 * options there, which contain the delay of its gradients. */
sidle_block_room sidle_layout_room(const sidle_runner_config *config,
                                   int block);
sidle_optim_config sidle_layout_optim(const sidle_runner_config *config,
                                      int block);

/** A parameter tensor as the optimizer sees it; its layer's weights begin at
 * `offset`. */
sidle_segment sidle_layout_segment(const sidle_param *param, ptrdiff_t offset);

/** The skip that an edge of the plan is; `unit` and `from` are -1 for an edge
 * of the chain. */
sidle_skip sidle_layout_skip(const sidle_runner_config *config, int edge);
/** Whether an edge leads from a layer that is not the last one of its block. */
int sidle_layout_is_inner(const sidle_runner_config *config, int edge);
/** Number of activations of an evaluation that the end of a skip keeps: it gets
 * so many before the block forwards the first of them. */
int sidle_layout_ring(const sidle_runner_config *config, int edge);
/** Floats of a message of an edge: the input of the block that it leads to, or
 * the second input of a skip. */
size_t sidle_layout_payload(const sidle_runner_config *config, int edge);
/** The same in an array in which every piece is aligned. */
size_t sidle_layout_padded(const sidle_runner_config *config, int edge);

/**
 * A block's parameter tensors as the optimizer sees them, in model order.
 * Owns:    the caller frees *segments_p.
 * Errors:  SIDLE_EINTERNAL (memory).
 */
sidle_status sidle_layout_segments(const sidle_model *model, int first_layer,
                                   int n_layers, sidle_segment **segments_p,
                                   int *n_segments_p);

#ifdef __cplusplus
}
#endif

#endif
