/* timeline.h - a play, written down: what each block did from when to when.
 *
 * Pictures, tables and traces of a plan are made of it. */
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
    sidle_event *spans;   /* (n_spans) a block's in order of time */
    sidle_played *played; /* (D) */
    double end;           /* of the last block */
} sidle_timeline;

/**
 * Play the plan and keep what took time. `play->on_instr` is not called.
 * Owns:    borrows plan and play; end it with sidle_timeline_done(), also after
 *          a failure.
 * Errors:  what sidle_plan_play() answers.
 */
sidle_status sidle_timeline_of(const sidle_plan *plan, const sidle_play *play,
                               sidle_timeline *timeline);
void sidle_timeline_done(sidle_timeline *timeline);

/** The worker of block 1..D: from 0; the last block has the last one. */
int sidle_play_worker(const sidle_play *play, int block);
/** Share of the time that a worker had no work, of its blocks' shares. */
double sidle_worker_idle(const sidle_play *play, int n_blocks,
                         const sidle_played *played, int worker);

#ifdef __cplusplus
}
#endif

#endif
