/* on_nan.h - numbers that are not finite: where they arose, and what is done.
 *
 * In a run that stops at them (config.skips_bad 0), they never leave the block
 * in which they arose: that block aborts the run before it sends its gradient
 * and before its update, so the message names the place and no weight is
 * changed.
 *
 * A run that skips them passes them on unchanged, without a further message.
 * The sum of squares of a gradient is finite exactly if the whole gradient is,
 * so each block detects them at its own update; a loss that is not finite makes
 * every gradient of its item not finite (sidle_xent_grad), and a sum over
 * replicas or the norm of all blocks spreads it to all blocks that share it.
 * Such an update is left out: the gradients are dropped, nothing decays, no
 * schedule advances. An update whose square an adaptive rule could not store is
 * left out, too, where nothing is clipped. 25 such updates in a row end the
 * run: its weights are not usable any more.
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

/** Whether the loss of the item that the last block has just forwarded is
 * finite. If not: an evaluation reports it; a training item ends the run, or is
 * reported and counted. */
int sidle_on_nan_loss(sidle_station *s);

/** After an input gradient, before dx (NULL: none) is sent: ends a run that
 * stops, or marks g as bad for the previous block. */
void sidle_on_nan_input_gradient(sidle_station *s, sidle_gradient *g,
                                 const sidle_real *dx);

/** Before this block's squares are shared: ends a run that stops if they are
 * not finite. */
void sidle_on_nan_squares(const sidle_station *s, double squares);

/** Whether an update with these squares, this block's or those of all blocks,
 * may be made. If not, a run that skips has reported and counted it; a run that
 * stops has ended, and so has one whose weights are not finite. */
int sidle_on_nan_update(sidle_station *s, double squares);

/** Report how many updates were left out in this start, if any. */
void sidle_on_nan_tell(const sidle_station *s);

#endif
