/* feed.h - items into the model. Private to the runner. */
#ifndef SIDLE_MPI_FEED_H
#define SIDLE_MPI_FEED_H

#include "mpi/station.h"

/** Ask the data source for what the slot's item needs in this block: input in
 * the first, labels in the last. */
void sidle_feed_slot(sidle_station *station, sidle_slot *slot, int64_t item,
                     int is_eval);
/** The action of SIDLE_OP_LOAD; 0 if it has to wait for a decision. */
int sidle_feed_load(sidle_station *station);

#endif
