/* finite.h - whether numbers are finite and of use; on_nan.h says what is done
 * where they are not. Private to the runner. */
#ifndef SIDLE_MPI_FINITE_H
#define SIDLE_MPI_FINITE_H

#include "mpi/station.h"

/** The first tensor of the block, in model order, that is not finite in an
 * array of the layout of the weights; NULL: none. */
const char *sidle_finite_bad_tensor(const sidle_block *block,
                                    const sidle_real *array);

/** Whether the loss of the item that has just gone forward in the last block,
 * finite, is one of weights that are of use: at most 10 a target above twice
 * the loss of knowing nothing, as the kind of loss tells it, of any item or of
 * this one's targets. Weights of 1e30 have finite losses for a while. */
int sidle_finite_is_plausible(const sidle_station *station);

#endif
