/* conv.c - convolution and its adjoint, as passes of filters over images. */
#include "math/conv.h"

#include "base/number.h"
#include "math/conv_frame.h"
#include "math/conv_grad.h"
#include "math/conv_sweep.h"

#include <string.h>

/* ---- images that are swept together */

enum { PLACES = 128 }; /* about: then a large filter is read seldom enough */

static ptrdiff_t some_images(const ptrdiff_t places[2], ptrdiff_t images)
{
    return sidle_smaller(images,
                         sidle_larger(1, PLACES / (places[0] * places[1])));
}

typedef struct framed {
    const sidle_real *images;
    ptrdiff_t step; /* from one to the next */
} framed;

/* Images with what is around them, in `space` if they need it. */
static framed put_in_frames(const sidle_conv_frame *frame, ptrdiff_t images,
                            const sidle_real *x, sidle_real *space)
{
    const ptrdiff_t size = (ptrdiff_t)sidle_conv_frame_size(frame);
    const ptrdiff_t n = frame->places[0] * frame->places[1] * frame->channels;

    if (sidle_conv_frame_is_empty(frame))
        return (framed){x, n};
    for (ptrdiff_t b = 0; b < images; b++)
        sidle_conv_frame_put(frame, x + b * n, space + b * size);
    return (framed){space, size};
}

/* ---- forward */

static sidle_filter filter_of(const sidle_conv *conv, const sidle_real *w)
{
    const ptrdiff_t ins = conv->in_channels, row = conv->kernel[1] * ins;

    return (sidle_filter){.at = w,
                          .taps = {conv->kernel[0], conv->kernel[1]},
                          .ins = ins,
                          .outs = conv->out_channels,
                          .step = {row, ins},
                          .step_in = 1,
                          .step_out = conv->kernel[0] * row};
}

void sidle_conv_forward(const sidle_conv *conv, ptrdiff_t images,
                        const sidle_real *x, const sidle_real *w,
                        const sidle_real *bias, sidle_real *y,
                        sidle_real *scratch)
{
    const ptrdiff_t ins = conv->in_channels, outs = conv->out_channels;
    const ptrdiff_t *in = conv->in_places, *out = conv->out_places;
    const ptrdiff_t some = some_images(out, images);
    const sidle_conv_frame frame = sidle_conv_frame_of(conv);
    const sidle_filter filter = filter_of(conv, w);
    sidle_sweep sweep = {.places = {out[0], out[1]},
                         .in_row = frame.all[1] * ins,
                         .in_step = {conv->stride[0] * frame.all[1] * ins,
                                     conv->stride[1] * ins},
                         .out_image = out[0] * out[1] * outs,
                         .out_step = {out[1] * outs, outs}};
    sidle_real *packed = scratch + (size_t)some * sidle_conv_frame_size(&frame);

    sidle_filter_pack(&filter, bias, packed);
    for (ptrdiff_t b = 0; b < images; b += some) {
        framed f;

        sweep.images = sidle_smaller(some, images - b);
        f = put_in_frames(&frame, sweep.images, x + b * in[0] * in[1] * ins,
                          scratch);
        sweep.in_image = f.step;
        sidle_sweep_run(&sweep, &filter, packed, f.images,
                        y + b * sweep.out_image);
    }
}

/* ---- adjoint */

/* Of an axis, the input places u - padding with u = q stride + r see the taps
 * r, r + stride, .. only, at the output places q, q - 1, ..: for each remainder
 * r, dx is an ordinary convolution of dy with every stride-th tap, in reverse
 * order. */
typedef struct remainder {
    ptrdiff_t r, taps;
    ptrdiff_t q, places, first; /* the first q, and its place of dx */
} remainder;

static remainder remainder_of(const sidle_conv *conv, int axis, ptrdiff_t r)
{
    const ptrdiff_t stride = conv->stride[axis], pad = conv->padding[axis];
    ptrdiff_t last = pad + conv->in_places[axis] - 1 - r;
    remainder of = {.r = r};

    of.taps = (conv->kernel[axis] - r + stride - 1) / stride;
    of.q = pad > r ? (pad - r + stride - 1) / stride : 0;
    of.places = last < of.q * stride ? 0 : last / stride - of.q + 1;
    of.first = of.q * stride + r - pad;
    return of;
}

/* Input places of larger remainders see no tap. */
static ptrdiff_t remainders(const sidle_conv *conv, int axis)
{
    return sidle_smaller(conv->stride[axis], conv->kernel[axis]);
}

static sidle_conv_frame gradient_frame(const sidle_conv *conv)
{
    sidle_conv_frame f = {.channels = conv->out_channels};

    for (int i = 0; i < 2; i++) {
        ptrdiff_t last = conv->padding[i] + conv->in_places[i] - 1;

        f.places[i] = conv->out_places[i];
        f.before[i] = (conv->kernel[i] - 1) / conv->stride[i];
        f.all[i] = f.before[i] + last / conv->stride[i] + 1;
    }
    return f;
}

static sidle_filter turned(const sidle_conv *conv, const sidle_real *w,
                           const remainder of[2])
{
    const ptrdiff_t c = conv->in_channels, row = conv->kernel[1] * c;
    ptrdiff_t last[2];

    for (int i = 0; i < 2; i++)
        last[i] = of[i].r + conv->stride[i] * (of[i].taps - 1);
    return (sidle_filter){
        .at = w + last[0] * row + last[1] * c,
        .taps = {of[0].taps, of[1].taps},
        .ins = conv->out_channels,
        .outs = c,
        .step = {-conv->stride[0] * row, -conv->stride[1] * c},
        .step_in = conv->kernel[0] * row,
        .step_out = 1};
}

/* The places of dx of a pair of remainders; dy is in its frame. */
static void sweep_remainders(const sidle_conv *conv,
                             const sidle_conv_frame *frame,
                             const remainder of[2], const sidle_filter *filter,
                             const sidle_real *packed, ptrdiff_t images,
                             const framed *dy, sidle_real *dx)
{
    const ptrdiff_t in_row = frame->all[1] * frame->channels;
    const ptrdiff_t c = conv->in_channels, row = conv->in_places[1] * c;
    const sidle_sweep sweep = {
        .images = images,
        .places = {of[0].places, of[1].places},
        .in_image = dy->step,
        .in_row = in_row,
        .in_step = {in_row, frame->channels},
        .out_image = conv->in_places[0] * row,
        .out_step = {conv->stride[0] * row, conv->stride[1] * c}};
    ptrdiff_t start[2];

    if (of[0].places == 0 || of[1].places == 0)
        return;
    for (int i = 0; i < 2; i++)
        start[i] = frame->before[i] + of[i].q - of[i].taps + 1;
    sidle_sweep_run(&sweep, filter, packed,
                    dy->images + start[0] * in_row + start[1] * frame->channels,
                    dx + of[0].first * row + of[1].first * c);
}

static void adjoint_of_images(const sidle_conv *conv,
                              const sidle_conv_frame *frame, int is_first,
                              const sidle_real *w, ptrdiff_t images,
                              const framed *dy, sidle_real *dx,
                              sidle_real *packed)
{
    for (ptrdiff_t y = 0; y < remainders(conv, 0); y++)
        for (ptrdiff_t x = 0; x < remainders(conv, 1); x++) {
            const remainder of[2] = {remainder_of(conv, 0, y),
                                     remainder_of(conv, 1, x)};
            const sidle_filter filter = turned(conv, w, of);

            if (is_first)
                sidle_filter_pack(&filter, NULL, packed);
            sweep_remainders(conv, frame, of, &filter, packed, images, dy, dx);
            packed += sidle_filter_size(filter.outs, filter.ins,
                                        filter.taps[0] * filter.taps[1]);
        }
}

void sidle_conv_adjoint(const sidle_conv *conv, ptrdiff_t images,
                        const sidle_real *dy, const sidle_real *w,
                        sidle_real *dx, sidle_real *scratch)
{
    const sidle_conv_frame frame = gradient_frame(conv);
    const ptrdiff_t some = some_images(conv->in_places, images);
    const ptrdiff_t n_x =
        conv->in_places[0] * conv->in_places[1] * conv->in_channels;
    const ptrdiff_t n_y =
        conv->out_places[0] * conv->out_places[1] * conv->out_channels;

    if (remainders(conv, 0) < conv->stride[0] ||
        remainders(conv, 1) < conv->stride[1])
        memset(dx, 0, (size_t)(images * n_x) * sizeof(*dx));
    for (ptrdiff_t b = 0; b < images; b += some) {
        ptrdiff_t n = sidle_smaller(some, images - b);
        const framed f = put_in_frames(&frame, n, dy + b * n_y, scratch);

        adjoint_of_images(conv, &frame, b == 0, w, n, &f, dx + b * n_x,
                          scratch +
                              (size_t)some * sidle_conv_frame_size(&frame));
    }
}

/* ---- scratch */

size_t sidle_conv_scratch(const sidle_conv *conv, ptrdiff_t images)
{
    const sidle_conv_frame in = sidle_conv_frame_of(conv);
    const sidle_conv_frame out = gradient_frame(conv);
    const ptrdiff_t taps = conv->kernel[0] * conv->kernel[1];
    const size_t pairs = (size_t)(remainders(conv, 0) * remainders(conv, 1));
    const size_t frames_in = (size_t)some_images(conv->out_places, images);
    const size_t frames_out = (size_t)some_images(conv->in_places, images);
    size_t forward =
        frames_in * sidle_conv_frame_size(&in) +
        sidle_filter_size(conv->out_channels, conv->in_channels, taps);
    /* Each pair of remainders has a bias, too. */
    size_t adjoint =
        frames_out * sidle_conv_frame_size(&out) +
        sidle_filter_size(conv->in_channels, conv->out_channels, taps) +
        pairs * sidle_filter_size(conv->in_channels, 0, 0);

    return sidle_larger_size(sidle_larger_size(forward, adjoint),
                             sidle_conv_grad_scratch(conv, images));
}
