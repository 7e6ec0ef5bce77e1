/* timeline.h - the recorded simulation of a plan: the events of each block.
 *
 * Pictures, tables and trace files of a plan are made from it. */
#ifndef SIDLE_SCHEDULE_TIMELINE_H
#define SIDLE_SCHEDULE_TIMELINE_H

#include "schedule/check.h"
#include "schedule/event.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sidle_timeline {
    const sidle_plan *plan;
    const sidle_play *play;
    size_t n_spans;
    sidle_event *spans;   /* (n_spans) in order of time for each block */
    sidle_played *played; /* (D) */
    double end;           /* of the last block */
} sidle_timeline;

/**
 * Simulate the plan and keep the events that have a duration. `play->on_instr`
 * is not called.
 * Owns:    borrows plan and play; end it with sidle_timeline_done(), also after
 *          a failure.
 * Errors:  those of sidle_plan_play().
 */
sidle_status sidle_timeline_of(const sidle_plan *plan, const sidle_play *play,
                               sidle_timeline *timeline);
void sidle_timeline_done(sidle_timeline *timeline);

/** The worker of block 1..D, from 0; the last block has the last worker. */
int sidle_play_worker(const sidle_play *play, int block);
/** Idle share of a worker, computed from the shares of its blocks. */
double sidle_worker_idle(const sidle_play *play, int n_blocks,
                         const sidle_played *played, int worker);

#ifdef __cplusplus
}
#endif

#endif
