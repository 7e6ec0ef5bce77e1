/* on_nan.h - numbers that are none any more: who met them, and what is done.
 *
 * A run that stops at them (config.skips_bad 0) never lets them out of the
 * block in which they arose: that block dies before it sends its gradient and
 * before its update, so the message names the place and no weight is touched.
 *
 * A run that skips them lets them flow as they are, without a message more. The
 * sum of squares of a gradient is finite exactly if all of it is, so each block
 * sees at its update by itself what has come; a loss that is not finite makes
 * every gradient of its item so (sidle_xent_grad), and a sum over replicas or
 * the norm of all blocks spreads it to all that share it. Such an update is
 * left out: the gradients are dropped, nothing decays, no schedule goes on. So
 * is one whose square an adaptive rule could not keep, where nothing is
 * clipped. 25 such updates in a row end the run: its weights are of no use any
 * more.
 *
 * Private to the runner. */
#ifndef SIDLE_MPI_ON_NAN_H
#define SIDLE_MPI_ON_NAN_H

#include "mpi/station.h"

#define SIDLE_NAN_CURE                                                         \
    "continue from the last checkpoint, if there is one, with a smaller "      \
    "optim.lr, a longer optim.warmup or a smaller optim.clip; the newest "     \
    "checkpoint that was followed by a finite, plausible loss is kept: if "    \
    "the weights of the last one are too large, name the one before "          \
    "(--resume FILE)"

/** Whether the loss of the item that has just gone forward in the last block is
 * finite. If not: an evaluation says so, a training item ends the run or is
 * told and counted. */
int sidle_on_nan_loss(sidle_station *s);

/** After an input gradient, before dx (NULL: none) is sent: ends a run that
 * stops, or marks g as bad for the block before. */
void sidle_on_nan_input_gradient(sidle_station *s, sidle_gradient *g,
                                 const sidle_real *dx);

/** Of this block's squares, where they are about to be shared: ends a run that
 * stops if they are not finite. */
void sidle_on_nan_squares(const sidle_station *s, double squares);

/** Whether an update with these squares, this block's or those of all blocks,
 * may be made. If not, a run that skips has told and counted it; one that stops
 * has ended, and so has one whose weights are no numbers themselves. */
int sidle_on_nan_update(sidle_station *s, double squares);

/** How much was left out in this start, if anything. */
void sidle_on_nan_tell(const sidle_station *s);

#endif
