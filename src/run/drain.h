/* drain.h - drains a run with its old blocks and schedule before it continues
 * with others. */
#ifndef SIDLE_RUN_DRAIN_H
#define SIDLE_RUN_DRAIN_H

#include "mpi/handover.h"
#include "run/resume.h"
#include "run/save.h"

/**
 * Load the checkpoint with the blocks, the schedule and the optimizer that it
 * was written with, and drain its pipe: no item enters, updates go on as usual,
 * a partial sum is applied. If there are more ranks than those blocks, the last
 * of each replica only wait. `now` is this start, whose data files it reads.
 * Calls:   collective over comm.
 * Owns:    the caller frees *handover_p with sidle_handover_free().
 * Errors:  those of loading and setup, the same on every rank.
 */
sidle_status sidle_drain(const sidle_comm *comm, sidle_resume *resume,
                         const sidle_setup *now,
                         const sidle_data_identity identity[2],
                         sidle_handover **handover_p);

#endif
