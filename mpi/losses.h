/* losses.h - the losses of the last block's items. Private to the runner. */
#ifndef SIDLE_MPI_LOSSES_H
#define SIDLE_MPI_LOSSES_H

#include "mpi/station.h"

/** After a forward of the last block: add its loss to the sums, or report that
 * it is not finite (on_nan.h); the last item of an evaluation sends the
 * report. */
void sidle_loss_count(sidle_station *station);
/** Send a sum of losses as a report of the items up to `item`, and reset the
 * sum.
 * Calls: on the last block's rank, when sidle_reports_can_send(). */
void sidle_loss_report(sidle_station *station, sidle_report *sum, int64_t item);

#endif
