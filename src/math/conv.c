/* conv.c - convolution as matrix products over panels of unfolded patches. */
#include "math/conv.h"

#include "base/number.h"
#include "math/gemm.h"
#include "math/vector.h"

#include <string.h>

/* Reals of a panel: half of a second-level cache of 1 MiB in single precision.
 */
#define PANEL 131072

/* Numbers of a patch: what one output place sees. */
static ptrdiff_t patch_of(const sidle_conv *conv)
{
    return conv->kernel[0] * conv->kernel[1] * conv->in_channels;
}

static ptrdiff_t places_of(const sidle_conv *conv, ptrdiff_t images)
{
    return images * conv->out_places[0] * conv->out_places[1];
}

/* A product has at least 64 rows, however long a patch is. */
static ptrdiff_t panel_of(const sidle_conv *conv, ptrdiff_t images)
{
    ptrdiff_t rows = PANEL / patch_of(conv);

    return sidle_smaller(sidle_larger(rows, 64), places_of(conv, images));
}

/* Patches are the input itself: nothing to unfold. */
static int is_pointwise(const sidle_conv *conv)
{
    for (int i = 0; i < 2; i++)
        if (conv->kernel[i] != 1 || conv->stride[i] != 1 ||
            conv->padding[i] != 0)
            return 0;
    return 1;
}

/* Of stride 1, the adjoint is a convolution, too: with the kernel turned by
 * 180 degrees and input and output exchanged. */
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

static size_t panel_size(const sidle_conv *conv, ptrdiff_t images)
{
    if (is_pointwise(conv))
        return 0;
    return (size_t)(panel_of(conv, images) * patch_of(conv));
}

static size_t weight_size(const sidle_conv *conv)
{
    return (size_t)(conv->out_channels * patch_of(conv));
}

size_t sidle_conv_scratch(const sidle_conv *conv, ptrdiff_t images)
{
    size_t forward = panel_size(conv, images), adjoint = forward;

    if (can_turn(conv) && !is_pointwise(conv)) {
        sidle_conv back = turned(conv);

        adjoint = weight_size(conv) + panel_size(&back, images);
    }
    return sidle_larger_size(forward, adjoint);
}

/* ---- patches */

/* The taps first .. last - 1 of a kernel's row that lie inside of the image, of
 * an output place whose first tap meets the input place `start`. */
typedef struct taps {
    ptrdiff_t first, last;
} taps;

static taps inside(ptrdiff_t start, ptrdiff_t kernel, ptrdiff_t places)
{
    taps in = {start < 0 ? sidle_smaller(-start, kernel) : 0, kernel};

    if (start + kernel > places)
        in.last = places - start;
    if (in.last < in.first)
        in.last = in.first;
    return in;
}

/* An output place, counted through all images. */
typedef struct place {
    ptrdiff_t image, y, x;
} place;

static place place_at(const sidle_conv *conv, ptrdiff_t i)
{
    ptrdiff_t x = conv->out_places[1], y = conv->out_places[0];

    return (place){i / (x * y), i / x % y, i % x};
}

static void next_place(const sidle_conv *conv, place *at)
{
    if (++at->x < conv->out_places[1])
        return;
    at->x = 0;
    if (++at->y < conv->out_places[0])
        return;
    at->y = 0;
    at->image++;
}

static void copy(ptrdiff_t n, const sidle_real *from, sidle_real *to)
{
    memcpy(to, from, (size_t)n * sizeof(*to));
}

static void clear(ptrdiff_t n, sidle_real *to)
{
    memset(to, 0, (size_t)n * sizeof(*to));
}

/* Where the patch of a place begins in its image; can lie outside. */
static ptrdiff_t start_of(const sidle_conv *conv, int axis, ptrdiff_t at)
{
    return at * conv->stride[axis] - conv->padding[axis];
}

/* Offset in x of tap (ky, kx) of a place. */
static ptrdiff_t offset_of(const sidle_conv *conv, const place *at,
                           ptrdiff_t ky, ptrdiff_t kx)
{
    ptrdiff_t y = start_of(conv, 0, at->y) + ky;
    ptrdiff_t x = start_of(conv, 1, at->x) + kx;

    return ((at->image * conv->in_places[0] + y) * conv->in_places[1] + x) *
           conv->in_channels;
}

/* A row of a kernel lies in one piece in the image: channels are last. */
static void unfold_place(const sidle_conv *conv, const place *at,
                         const sidle_real *x, sidle_real *patch)
{
    const ptrdiff_t c = conv->in_channels, row = conv->kernel[1] * c;
    taps ty =
        inside(start_of(conv, 0, at->y), conv->kernel[0], conv->in_places[0]);
    taps tx =
        inside(start_of(conv, 1, at->x), conv->kernel[1], conv->in_places[1]);

    clear(ty.first * row, patch);
    for (ptrdiff_t ky = ty.first; ky < ty.last; ky++) {
        sidle_real *to = patch + ky * row;

        clear(tx.first * c, to);
        if (tx.last > tx.first)
            copy((tx.last - tx.first) * c,
                 x + offset_of(conv, at, ky, tx.first), to + tx.first * c);
        clear((conv->kernel[1] - tx.last) * c, to + tx.last * c);
    }
    clear((conv->kernel[0] - ty.last) * row, patch + ty.last * row);
}

static void fold_place(const sidle_conv *conv, const place *at,
                       const sidle_real *patch, sidle_real *x)
{
    const ptrdiff_t c = conv->in_channels, row = conv->kernel[1] * c;
    taps ty =
        inside(start_of(conv, 0, at->y), conv->kernel[0], conv->in_places[0]);
    taps tx =
        inside(start_of(conv, 1, at->x), conv->kernel[1], conv->in_places[1]);

    if (tx.last <= tx.first)
        return;
    for (ptrdiff_t ky = ty.first; ky < ty.last; ky++)
        sidle_add((tx.last - tx.first) * c, patch + ky * row + tx.first * c,
                  x + offset_of(conv, at, ky, tx.first));
}

/* Patches of n places from the first one on, (n, ky, kx, C). */
static const sidle_real *unfold(const sidle_conv *conv, ptrdiff_t first,
                                ptrdiff_t n, const sidle_real *x,
                                sidle_real *panel)
{
    ptrdiff_t patch = patch_of(conv);
    place at = place_at(conv, first);

    if (is_pointwise(conv))
        return x + first * patch;
    for (ptrdiff_t i = 0; i < n; i++) {
        unfold_place(conv, &at, x, panel + i * patch);
        next_place(conv, &at);
    }
    return panel;
}

/* ---- the three products */

void sidle_conv_forward(const sidle_conv *conv, ptrdiff_t images,
                        const sidle_real *x, const sidle_real *w,
                        const sidle_real *bias, sidle_real *y,
                        sidle_real *scratch)
{
    const ptrdiff_t all = places_of(conv, images),
                    step = panel_of(conv, images);

    for (ptrdiff_t i = 0; i < all; i += step) {
        ptrdiff_t n = sidle_smaller(step, all - i);

        sidle_linear(n, patch_of(conv), conv->out_channels,
                     unfold(conv, i, n, x, scratch), w, bias,
                     y + i * conv->out_channels);
    }
}

/* w (K, ky, kx, C) turned: (C, ky, kx, K), taps in reverse order */
static void turn_weight(const sidle_conv *conv, const sidle_real *w,
                        sidle_real *back)
{
    const ptrdiff_t n = conv->kernel[0] * conv->kernel[1];
    const ptrdiff_t channels = conv->in_channels, outs = conv->out_channels;

    for (ptrdiff_t c = 0; c < channels; c++)
        for (ptrdiff_t t = 0; t < n; t++)
            for (ptrdiff_t k = 0; k < outs; k++)
                back[(c * n + t) * outs + k] =
                    w[(k * n + n - 1 - t) * channels + c];
}

/* Of any stride: patches of the gradient, added where they overlap. */
static void fold_adjoint(const sidle_conv *conv, ptrdiff_t images,
                         const sidle_real *dy, const sidle_real *w,
                         sidle_real *dx, sidle_real *panel)
{
    const ptrdiff_t all = places_of(conv, images), patch = patch_of(conv);
    const ptrdiff_t step = panel_of(conv, images);
    place at = {0, 0, 0};

    clear(images * conv->in_places[0] * conv->in_places[1] * conv->in_channels,
          dx);
    for (ptrdiff_t i = 0; i < all; i += step) {
        ptrdiff_t n = sidle_smaller(step, all - i);

        sidle_linear_input_grad(n, patch, conv->out_channels,
                                dy + i * conv->out_channels, w, (sidle_real)0,
                                panel);
        for (ptrdiff_t j = 0; j < n; j++) {
            fold_place(conv, &at, panel + j * patch, dx);
            next_place(conv, &at);
        }
    }
}

void sidle_conv_adjoint(const sidle_conv *conv, ptrdiff_t images,
                        const sidle_real *dy, const sidle_real *w,
                        sidle_real *dx, sidle_real *scratch)
{
    if (is_pointwise(conv)) {
        sidle_linear_input_grad(places_of(conv, images), conv->in_channels,
                                conv->out_channels, dy, w, (sidle_real)0, dx);
    } else if (can_turn(conv)) {
        sidle_conv back = turned(conv);

        turn_weight(conv, w, scratch);
        sidle_conv_forward(&back, images, dy, scratch, NULL, dx,
                           scratch + weight_size(conv));
    } else {
        fold_adjoint(conv, images, dy, w, dx, scratch);
    }
}

void sidle_conv_weight_grad(const sidle_conv *conv, ptrdiff_t images,
                            const sidle_real *x, const sidle_real *dy,
                            sidle_real *dw, sidle_real *db, sidle_real *scratch)
{
    const ptrdiff_t all = places_of(conv, images),
                    step = panel_of(conv, images);

    for (ptrdiff_t i = 0; i < all; i += step) {
        ptrdiff_t n = sidle_smaller(step, all - i);

        sidle_linear_weight_grad(n, patch_of(conv), conv->out_channels,
                                 unfold(conv, i, n, x, scratch),
                                 dy + i * conv->out_channels, dw, db);
    }
}
