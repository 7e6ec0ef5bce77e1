/* svg.h - a timeline as a picture: a row a block, a box for all that took time,
 * coloured by kind, its item's number inside. */
#ifndef SIDLE_SCHEDULE_SVG_H
#define SIDLE_SCHEDULE_SVG_H

#include "schedule/timeline.h"

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sidle_svg_words {
    const char *title;         /* or NULL */
    const char *const *labels; /* (D) under each block's number; or NULL */
    int is_seconds;            /* what the play's unit is; else no name */
} sidle_svg_words;

/**
 * Print the picture as a whole SVG file of its own.
 *
 * Blocks of one worker stand together, named "rank 0", ..; the idle share of
 * each block, and of a worker of several blocks, stands at the right.
 * Errors:  none but those of the stream, which the caller asks for.
 * Source:  Scalable Vector Graphics 1.1, W3C.
 */
void sidle_svg_print(const sidle_timeline *timeline,
                     const sidle_svg_words *words, FILE *stream);

#ifdef __cplusplus
}
#endif

#endif
