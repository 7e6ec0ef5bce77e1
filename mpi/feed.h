/* feed.h - feeding of items into the model. Private to the runner. */
#ifndef SIDLE_MPI_FEED_H
#define SIDLE_MPI_FEED_H

#include "mpi/station.h"

/** Fill a slot with an item: the fields that the block's layers read come from
 * the data source. */
void sidle_feed_slot(sidle_station *station, int slot, int64_t item,
                     int is_eval);
/** In an idle moment: read ahead what the block needs of its next item. */
void sidle_feed_ahead(sidle_station *station);
/** Carry out SIDLE_OP_LOAD; returns 0 if it has to wait for a decision. */
int sidle_feed_load(sidle_station *station);

#endif
