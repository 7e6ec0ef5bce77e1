/* feed.h - items into the model. Private to the runner. */
#ifndef SIDLE_MPI_FEED_H
#define SIDLE_MPI_FEED_H

#include "mpi/station.h"

/** Make a slot hold an item: what the block's layers read of it comes from the
 * data source. */
void sidle_feed_slot(sidle_station *station, int slot, int64_t item,
                     int is_eval);
/** The action of SIDLE_OP_LOAD; 0 if it has to wait for a decision. */
int sidle_feed_load(sidle_station *station);

#endif
