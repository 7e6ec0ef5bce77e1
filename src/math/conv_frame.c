/* conv_frame.c - the zeros around an image that a convolution reads. */
#include "math/conv_frame.h"

#include "base/number.h"

#include <string.h>

sidle_conv_frame sidle_conv_frame_of(const sidle_conv *conv)
{
    sidle_conv_frame f = {.channels = conv->in_channels};

    for (int i = 0; i < 2; i++) {
        f.places[i] = conv->in_places[i];
        f.before[i] = conv->padding[i];
        f.all[i] =
            (conv->out_places[i] - 1) * conv->stride[i] + conv->kernel[i];
    }
    return f;
}

size_t sidle_conv_frame_size(const sidle_conv_frame *frame)
{
    return (size_t)(frame->all[0] * frame->all[1] * frame->channels);
}

int sidle_conv_frame_is_empty(const sidle_conv_frame *frame)
{
    return frame->before[0] == 0 && frame->before[1] == 0 &&
           frame->all[0] <= frame->places[0] &&
           frame->all[1] == frame->places[1];
}

void sidle_conv_frame_put(const sidle_conv_frame *frame, const sidle_real *x,
                          sidle_real *to)
{
    const ptrdiff_t c = frame->channels, *before = frame->before;
    const ptrdiff_t rows =
        sidle_smaller(frame->places[0], frame->all[0] - before[0]);
    const ptrdiff_t n =
        sidle_smaller(frame->places[1], frame->all[1] - before[1]);

    memset(to, 0, sidle_conv_frame_size(frame) * sizeof(*to));
    for (ptrdiff_t y = 0; y < rows && n > 0; y++)
        memcpy(to + ((y + before[0]) * frame->all[1] + before[1]) * c,
               x + y * frame->places[1] * c, (size_t)(n * c) * sizeof(*to));
}
