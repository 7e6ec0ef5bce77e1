/* pace.h - the time of each unit of a model: computed from operations, or
 * measured. */
#ifndef SIDLE_RUN_PACE_H
#define SIDLE_RUN_PACE_H

#include "run/setup.h"
#include "schedule/check.h"

/**
 * Seconds of each unit (layer) from its counted operations and bytes (cost.h)
 * at a rate of `rate` operations per second: forward, input gradient and weight
 * gradient a third each, the update by the bytes that it moves and, for Muon,
 * its products.
 * Shapes:  of_unit (n_layers); messages take no time.
 * Errors:  SIDLE_EINTERNAL (memory).
 */
sidle_status sidle_pace_count(const sidle_setup *setup, double rate,
                              sidle_play_times *of_unit);
/**
 * Seconds of each unit, measured on this machine with made-up items: the median
 * of several tries. Units of the same kind and sizes are measured once. Holds
 * the memory of one unit at a time.
 * Calls:   local, some seconds.
 * Errors:  SIDLE_EINTERNAL (memory).
 */
sidle_status sidle_pace_measure(const sidle_setup *setup,
                                sidle_play_times *of_unit);
/** The sums over a partition's blocks. Shapes: of_block (n_blocks). */
void sidle_pace_blocks(const sidle_partition *partition,
                       const sidle_play_times *of_unit,
                       sidle_play_times *of_block);
/** The time of a unit per item, without forwards that run again: an update
 * counts 1 / update_every. */
double sidle_pace_sum(const sidle_play_times *times, int update_every);

#endif
