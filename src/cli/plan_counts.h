/* plan_counts.h - figures of a whole run that is predicted. */
#ifndef SIDLE_CLI_PLAN_COUNTS_H
#define SIDLE_CLI_PLAN_COUNTS_H

#include "run/predict.h"

/** Parameters of a block, from 1. Calls: local, as all of these. */
int64_t sidle_count_parameters(const sidle_setup *setup, int block);
/** Updates of every block, where every item has a target. */
int64_t sidle_count_updates(const sidle_plan *plan);
/** Backwards and updates of a block, which with skips can be more, where the
 * pipe is emptied only at the end. */
int64_t sidle_count_backwards(const sidle_plan *plan, int block);
int64_t sidle_count_block_updates(const sidle_plan *plan, int block);
int64_t sidle_count_evaluations(const sidle_plan *plan);
/** Of all ranks together: they may be meant for this machine, or for others. */
double sidle_count_bytes(const sidle_prediction *prediction);
double sidle_count_seconds(const sidle_prediction *prediction);
/** The idle share of a long run if each block had a rank, and forward, input
 * gradient and weight gradient took the same time in all of them (a tick): what
 * the schedule, the number of blocks and parallel.update_every decide alone. */
double sidle_count_idle_ticks(const sidle_setup *setup);

#endif
