/* finite.h - checks that numbers are finite and plausible; on_nan.h handles
 * those that are not. Private to the runner. */
#ifndef SIDLE_MPI_FINITE_H
#define SIDLE_MPI_FINITE_H

#include "mpi/station.h"

/** The first tensor of the block, in model order, that is not finite in an
 * array with the layout of the weights; NULL: none. */
const char *sidle_finite_bad_tensor(const sidle_block *block,
                                    const sidle_real *array);

/** Whether the finite loss of the item that the last block has just forwarded
 * is plausible: at most 10 per target above twice the loss of a model that
 * knows nothing, which the kind of loss states for any item or for the targets
 * of this one. Weights of 1e30 have finite losses for a while. */
int sidle_finite_is_plausible(const sidle_station *station);

#endif
