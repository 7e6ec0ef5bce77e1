/* predict.h - predicts the time of an item and the idle shares by playing the
 * plan. */
#ifndef SIDLE_RUN_PREDICT_H
#define SIDLE_RUN_PREDICT_H

#include "run/setup.h"
#include "schedule/timeline.h"

typedef struct sidle_prediction {
    const sidle_setup *setup;
    int n_ranks;                /* of one chain */
    double rate;                /* operations per second that were assumed */
    int is_measured;            /* units were timed instead */
    sidle_play_times *of_unit;  /* (n_layers) seconds, filled by the caller */
    sidle_play_times *of_block; /* (D) */
    int *worker;                /* (D) rank of each block */
    sidle_plan plan;            /* of the items that were played */
    sidle_play play;
    sidle_played *played; /* (D) */
    double seconds_per_item;
    double idle; /* share of all ranks' time */
} sidle_prediction;

/**
 * Reserve the lists for `n_ranks` ranks; of_unit is zero.
 * Owns:    borrows the setup; end it with sidle_predict_done(), also after a
 *          failure.
 * Errors:  SIDLE_EINTERNAL (memory).
 */
sidle_status sidle_predict_begin(const sidle_setup *setup, int n_ranks,
                                 sidle_prediction *prediction);
/**
 * Play with the times in of_unit. Idle shares and the time of an item are those
 * of a window in the middle of a long run, from one update to another; of the
 * whole run if it is too short for a window. All items have targets, nothing is
 * evaluated or saved, messages take no time, each rank has a core of its own.
 * Errors:  those of sidle_plan_play().
 */
sidle_status sidle_predict(sidle_prediction *prediction);
/** Get the first items as a timeline. Owns: as sidle_timeline_of(); the
 * prediction must outlive it, and so must `plan`, which is filled in. */
sidle_status sidle_predict_timeline(const sidle_prediction *prediction,
                                    int64_t items, sidle_plan *plan,
                                    sidle_timeline *timeline);
/** The partition whose slowest block takes the least time per item, with the
 * forwards that run again (sidle_plan_reruns()), each block on a rank of its
 * own. */
void sidle_predict_partition(const sidle_prediction *prediction,
                             sidle_partition *best);
double sidle_predict_rank_idle(const sidle_prediction *prediction, int rank);
void sidle_predict_done(sidle_prediction *prediction);

#endif
