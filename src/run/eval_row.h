/* eval_row.h - the row of one frame of an evaluation, as its outputs use it. */
#ifndef SIDLE_RUN_EVAL_ROW_H
#define SIDLE_RUN_EVAL_ROW_H

#include "model/block.h"

typedef struct sidle_eval_row {
    int64_t part_clip;   /* clip, among those evaluated */
    int64_t clip, frame; /* in the file; in the clip; both from 0 */
    int64_t index;       /* of the frame among all frames of the file */
    int64_t length;      /* frames of the clip */
    int32_t label;       /* -1: none */
    int has_target;
    const sidle_real *out;  /* the network's outputs, (K) or (Y, X, C) */
    const sidle_real *next; /* (Y, X, C) target; NULL: a class is */
} sidle_eval_row;

/** The class that a network names: that of its largest output. */
static inline int sidle_eval_class(ptrdiff_t n, const sidle_real *out)
{
    ptrdiff_t best = 0;

    for (ptrdiff_t i = 1; i < n; i++)
        if (out[i] > out[best])
            best = i;
    return (int)best;
}

/** The byte of an output, which is scaled as inputs are. */
static inline unsigned char sidle_eval_byte(sidle_real value)
{
    double byte = ((double)value + 1.0) * 127.5 + 0.5;

    return byte >= 255.0 ? 255 : byte >= 0.0 ? (unsigned char)byte : 0;
}

#endif
