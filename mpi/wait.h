/* wait.h - a rank whose blocks all stand waits for what is on its way. Private
 * to the runner. */
#ifndef SIDLE_MPI_WAIT_H
#define SIDLE_MPI_WAIT_H

#include "mpi/station.h"

/** Let reports and wishes go forward. */
void sidle_wait_poll(sidle_runner *runner);
/** In such rounds, until `is_done`; `why` stands in what is said when it takes
 * too long. */
void sidle_wait_until(sidle_runner *runner, int (*is_done)(sidle_runner *),
                      const char *why);
/** Until every report and every wish has come. Calls: all ranks, at the same
 * point. */
void sidle_wait_for_marks(sidle_runner *runner);

#endif
