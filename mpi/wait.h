/* wait.h - waiting of a rank none of whose blocks has work. Private to the
 * runner. */
#ifndef SIDLE_MPI_WAIT_H
#define SIDLE_MPI_WAIT_H

#include "mpi/station.h"

/** Let reports and stop requests make progress. */
void sidle_wait_poll(sidle_runner *runner);
/** Poll in rounds until `is_done`; `why` is part of the message if it takes too
 * long. */
void sidle_wait_until(sidle_runner *runner, int (*is_done)(sidle_runner *),
                      const char *why);
/** Wait until every report and every stop request has arrived. Calls: all
 * ranks, at the same point. */
void sidle_wait_for_marks(sidle_runner *runner);

#endif
