/* svg.h - a timeline as a picture: one row per block, one box per event that
 * has a duration, coloured by kind, with the number of its item. */
#ifndef SIDLE_SCHEDULE_SVG_H
#define SIDLE_SCHEDULE_SVG_H

#include "schedule/timeline.h"

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sidle_svg_words {
    const char *title;         /* or NULL */
    const char *const *labels; /* (D) below each block's number; or NULL */
    int is_seconds; /* the unit of time is seconds; else it has no name */
} sidle_svg_words;

/**
 * Print the picture as a complete SVG file.
 *
 * Blocks of one worker are grouped under "rank 0", ..; the idle share of each
 * block, and of a worker of several blocks, is at the right.
 * Errors:  only those of the stream, which the caller checks.
 * Source:  Scalable Vector Graphics 1.1, W3C.
 */
void sidle_svg_print(const sidle_timeline *timeline,
                     const sidle_svg_words *words, FILE *stream);

#ifdef __cplusplus
}
#endif

#endif
