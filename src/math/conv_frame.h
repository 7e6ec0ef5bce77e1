/* conv_frame.h - the sizes of a convolution, and the zeros around an image that
 * it reads. */
#ifndef SIDLE_MATH_CONV_FRAME_H
#define SIDLE_MATH_CONV_FRAME_H

#include "base/real.h"

/* Pairs are (y, x). Output place o and tap k of the kernel meet at the input
 * place o stride - padding + k; outside of the image the input is zero. */
typedef struct sidle_conv {
    ptrdiff_t in_places[2], in_channels;
    ptrdiff_t out_places[2], out_channels;
    ptrdiff_t kernel[2], stride[2], padding[2];
} sidle_conv;

typedef struct sidle_conv_frame {
    ptrdiff_t places[2], channels; /* of the image */
    ptrdiff_t before[2], all[2];   /* zeros before it; places with zeros */
} sidle_conv_frame;

/** What all output places of the convolution see. */
sidle_conv_frame sidle_conv_frame_of(const sidle_conv *conv);
size_t sidle_conv_frame_size(const sidle_conv_frame *frame);
/** Whether an image can be read as it is. */
int sidle_conv_frame_is_empty(const sidle_conv_frame *frame);
/**
 * Put an image, cut at the frame's end, into the frame.
 * Shapes:  x (places, channels); to (all, channels).
 */
void sidle_conv_frame_put(const sidle_conv_frame *frame, const sidle_real *x,
                          sidle_real *to);

#endif
