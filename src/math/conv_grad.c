/* conv_grad.c - the gradient of a convolution's weights.
 *
 * dw[k][t] is the sum over places of dy[place][k] x[place's patch][t]. Sums of
 * some numbers t of a patch and one or two vectors of channels k stay in
 * registers while a stripe of places passes; dy of a stripe stays in the first
 * cache while all numbers take their turn. */
#include "math/conv_grad.h"

#include "base/number.h"
#include "math/conv_frame.h"
#include "math/conv_outer.h"
#include "math/vector.h"

#include <string.h>

enum { STRIPE = 128 }; /* places, about */

static ptrdiff_t rounded(ptrdiff_t n, ptrdiff_t to)
{
    return (n + to - 1) / to * to;
}

/* ---- the two factors */

/* A convolution's gradient is that of the turned one with x and dy exchanged,
 * where that fills the vectors better. */
typedef struct factors {
    sidle_conv conv; /* itself, or turned */
    int is_turned;
    sidle_conv_frame frame;
    ptrdiff_t patch, wide; /* numbers; channels of dy, in whole vectors */
    ptrdiff_t some;        /* images that pass together */
} factors;

static ptrdiff_t patch_of(const sidle_conv *conv)
{
    return conv->kernel[0] * conv->kernel[1] * conv->in_channels;
}

static int can_turn(const sidle_conv *conv)
{
    for (int i = 0; i < 2; i++)
        if (conv->stride[i] != 1 || conv->padding[i] >= conv->kernel[i])
            return 0;
    return 1;
}

static sidle_conv turned(const sidle_conv *conv)
{
    sidle_conv back = *conv;

    for (int i = 0; i < 2; i++) {
        back.in_places[i] = conv->out_places[i];
        back.out_places[i] = conv->in_places[i];
        back.padding[i] = conv->kernel[i] - 1 - conv->padding[i];
    }
    back.in_channels = conv->out_channels;
    back.out_channels = conv->in_channels;
    return back;
}

static ptrdiff_t sums_of(const sidle_conv *conv)
{
    return rounded(patch_of(conv), SIDLE_OUTER_NUMBERS) *
           rounded(conv->out_channels, SIDLE_LANES);
}

static factors factors_of(const sidle_conv *conv, ptrdiff_t images)
{
    sidle_conv back = turned(conv);
    factors f = {.conv = *conv};

    if (can_turn(conv) && sums_of(&back) < sums_of(conv)) {
        f.conv = back;
        f.is_turned = 1;
    }
    f.frame = sidle_conv_frame_of(&f.conv);
    f.patch = patch_of(&f.conv);
    f.wide = rounded(f.conv.out_channels, SIDLE_LANES);
    f.some =
        sidle_smaller(images, sidle_larger(1, STRIPE / (f.conv.out_places[0] *
                                                        f.conv.out_places[1])));
    return f;
}

static ptrdiff_t in_image(const factors *f)
{
    return f->conv.in_places[0] * f->conv.in_places[1] * f->conv.in_channels;
}

static ptrdiff_t out_places(const factors *f)
{
    return f->conv.out_places[0] * f->conv.out_places[1];
}

/* Images in their frames, one behind the other; `step` reals apart. */
static const sidle_real *put_in_frames(const factors *f, ptrdiff_t images,
                                       const sidle_real *x, sidle_real *to,
                                       ptrdiff_t *step)
{
    ptrdiff_t size = (ptrdiff_t)sidle_conv_frame_size(&f->frame);

    *step = in_image(f);
    if (sidle_conv_frame_is_empty(&f->frame))
        return x;
    *step = size;
    for (ptrdiff_t b = 0; b < images; b++)
        sidle_conv_frame_put(&f->frame, x + b * in_image(f), to + b * size);
    return to;
}

/* Places with their channels filled up to whole vectors. */
static const sidle_real *widen(const factors *f, ptrdiff_t images,
                               const sidle_real *dy, sidle_real *to)
{
    const ptrdiff_t n = f->conv.out_channels, places = images * out_places(f);

    if (f->wide == n)
        return dy;
    for (ptrdiff_t p = 0; p < places; p++, dy += n)
        for (ptrdiff_t k = 0; k < f->wide; k++)
            to[p * f->wide + k] = k < n ? dy[k] : 0;
    return to;
}

/* ---- stripes */

static ptrdiff_t width_at(const factors *f, ptrdiff_t k)
{
    return sidle_smaller(f->wide - k, 2 * SIDLE_LANES);
}

/* Where numbers t .. are in a patch; those that there are not repeat the last
 * one. */
static void find_numbers(const factors *f, ptrdiff_t t,
                         ptrdiff_t at[SIDLE_OUTER_NUMBERS])
{
    const ptrdiff_t c = f->conv.in_channels, row = f->conv.kernel[1] * c;

    for (ptrdiff_t i = 0; i < SIDLE_OUTER_NUMBERS; i++) {
        ptrdiff_t n = sidle_smaller(t + i, f->patch - 1);

        at[i] = n / row * f->frame.all[1] * c + n % row;
    }
}

/* sums: of each group of channels (numbers, channels). */
static void pass(const factors *f, const sidle_stripe *s, const sidle_real *x,
                 const sidle_real *dy, sidle_real *sums)
{
    ptrdiff_t at[SIDLE_OUTER_NUMBERS];

    for (ptrdiff_t k = 0, width; k < f->wide; k += width) {
        width = width_at(f, k);
        for (ptrdiff_t t = 0; t < f->patch; t += SIDLE_OUTER_NUMBERS) {
            find_numbers(f, t, at);
            sidle_outer_add(s, width, at, x, dy + k, sums);
            sums += SIDLE_OUTER_NUMBERS * width;
        }
    }
}

static void pass_images(const factors *f, ptrdiff_t images, ptrdiff_t step,
                        const sidle_real *x, const sidle_real *dy,
                        sidle_real *sums)
{
    const ptrdiff_t *out = f->conv.out_places, c = f->conv.in_channels;
    const ptrdiff_t rows = sidle_larger(1, STRIPE / out[1]);
    sidle_stripe s = {.images = images,
                      .places = out[1],
                      .in_image = step,
                      .in_row = f->conv.stride[0] * f->frame.all[1] * c,
                      .in_step = f->conv.stride[1] * c,
                      .out_step = f->wide};

    for (ptrdiff_t y = 0; y < out[0]; y += s.rows) {
        s.rows = images > 1 ? out[0] : sidle_smaller(rows, out[0] - y);
        pass(f, &s, x + y * s.in_row, dy + y * out[1] * f->wide, sums);
    }
}

/* ---- results */

/* The place of a sum in dw: number t of a patch, channel k. */
static ptrdiff_t place_of(const factors *f, ptrdiff_t t, ptrdiff_t k)
{
    const ptrdiff_t c = f->conv.in_channels, n = f->conv.out_channels;

    if (!f->is_turned)
        return k * f->patch + t;
    return (t % c * (f->patch / c) + f->patch / c - 1 - t / c) * n + k;
}

enum { AT_ONCE = 64 }; /* numbers whose sums stay in the cache */

static void add_sums(const factors *f, const sidle_real *sums, sidle_real *dw)
{
    for (ptrdiff_t k = 0, width; k < f->wide; k += width) {
        ptrdiff_t n;

        width = width_at(f, k);
        n = sidle_smaller(width, f->conv.out_channels - k);
        for (ptrdiff_t t = 0, end; t < f->patch; t = end) {
            end = sidle_smaller(t + AT_ONCE, f->patch);
            for (ptrdiff_t i = 0; i < n; i++)
                for (ptrdiff_t j = t; j < end; j++)
                    dw[place_of(f, j, k + i)] += sums[j * width + i];
        }
        sums += rounded(f->patch, SIDLE_OUTER_NUMBERS) * width;
    }
}

size_t sidle_conv_grad_scratch(const sidle_conv *conv, ptrdiff_t images)
{
    const factors f = factors_of(conv, images);
    size_t wide = (size_t)(f.some * out_places(&f) * f.wide);

    return (size_t)sums_of(&f.conv) +
           (size_t)f.some * sidle_conv_frame_size(&f.frame) +
           (f.wide > f.conv.out_channels ? wide : 0);
}

void sidle_conv_weight_grad(const sidle_conv *conv, ptrdiff_t images,
                            const sidle_real *x, const sidle_real *dy,
                            sidle_real *dw, sidle_real *db, sidle_real *scratch)
{
    const factors f = factors_of(conv, images);
    const ptrdiff_t n_in = in_image(&f);
    const ptrdiff_t n_out = out_places(&f) * f.conv.out_channels;
    const sidle_real *in = f.is_turned ? dy : x, *out = f.is_turned ? x : dy;
    sidle_real *frames = scratch + sums_of(&f.conv);
    sidle_real *wide =
        frames + f.some * (ptrdiff_t)sidle_conv_frame_size(&f.frame);

    memset(scratch, 0, (size_t)sums_of(&f.conv) * sizeof(*scratch));
    for (ptrdiff_t b = 0; b < images; b += f.some) {
        ptrdiff_t n = sidle_smaller(f.some, images - b), step;
        const sidle_real *framed =
            put_in_frames(&f, n, in + b * n_in, frames, &step);

        pass_images(&f, n, step, framed, widen(&f, n, out + b * n_out, wide),
                    scratch);
    }
    add_sums(&f, scratch, dw);
    if (db != NULL)
        sidle_add_column_sums(images * conv->out_places[0] *
                                  conv->out_places[1],
                              conv->out_channels, dy, db);
}
