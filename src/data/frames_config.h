/* frames_config.h - the configuration of a source of frames: clips, rows, order
 * and targets. */
#ifndef SIDLE_DATA_FRAMES_CONFIG_H
#define SIDLE_DATA_FRAMES_CONFIG_H

#include "data/clips.h"
#include "data/rows.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sidle_frames {
    const sidle_clips *clips; /* borrowed */
    uint64_t seed;
    sidle_rows rows;
    sidle_order order;
    int64_t stride;  /* frames by which a stream advances per item; 0: 1 */
    int scores_next; /* the target of a row is "next", else "label" */
    int64_t ahead;   /* frames, at least 0 */
    int is_by_clips; /* of an evaluation: rows follow clips, as in a stream */
} sidle_frames;

#ifdef __cplusplus
}
#endif

#endif
