/* group_norm.c - normalisation of a row, (Y, X, C) or (C), over groups of
 * channels and all places.
 *
 * Source: Wu and He, arXiv:1803.08494; variance over n. */
#include "layer/kinds.h"

#include "base/carve.h"
#include "base/text.h"
#include "layer/place_sums.h"
#include "math/vector.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct group_norm_options {
    ptrdiff_t groups;
    double eps;
} group_norm_options;

static const sidle_option rows[] = {
    {.name = "groups",
     .type = SIDLE_OPTION_SIZE,
     SIDLE_OPTION_AT(group_norm_options, groups),
     .is_required = 1,
     SIDLE_OPTION_RANGE(1, INT32_MAX),
     .help = "Groups of channels; divides their number"},
    {.name = "eps",
     .type = SIDLE_OPTION_REAL,
     SIDLE_OPTION_AT(group_norm_options, eps),
     .standard = "1e-5",
     SIDLE_OPTION_RANGE(0, 1),
     .above_least = 1,
     .help = "Added to the variance"},
};

typedef struct group_norm {
    ptrdiff_t groups, channels, places; /* of a row */
    double eps;
    ptrdiff_t scale, offset; /* in the weights */
} group_norm;

/* What is kept of all rows: of the forward for the backward, of the input
 * gradient for the weights'. */
typedef struct kept {
    sidle_real *mean, *rstd; /* cache: (B, groups) */
    sidle_real *dy, *dyx;    /* stash: (B, C) sums over the places */
} kept;

typedef struct work {
    sidle_real *sum, *sum2;        /* (C) of a chunk */
    sidle_real *shift, *a, *b, *c; /* (C) a number for each channel */
    double *all, *all2;            /* (C) of a row */
} work;

static work carve_work(sidle_carve *carve, const group_norm *norm)
{
    work w;
    size_t bytes = (size_t)norm->channels * sizeof(double);

    w.sum = sidle_carve_reals(carve, norm->channels);
    w.sum2 = sidle_carve_reals(carve, norm->channels);
    w.shift = sidle_carve_reals(carve, norm->channels);
    w.a = sidle_carve_reals(carve, norm->channels);
    w.b = sidle_carve_reals(carve, norm->channels);
    w.c = sidle_carve_reals(carve, norm->channels);
    w.all = sidle_carve_bytes(carve, bytes);
    w.all2 = sidle_carve_bytes(carve, bytes);
    return w;
}

static void carve_cache(sidle_carve *carve, const sidle_layer *layer, kept *k)
{
    const group_norm *norm = layer->self;

    k->mean = sidle_carve_reals(carve, layer->rows * norm->groups);
    k->rstd = sidle_carve_reals(carve, layer->rows * norm->groups);
}

static void carve_stash(sidle_carve *carve, const sidle_layer *layer, kept *k)
{
    const group_norm *norm = layer->self;

    k->dy = sidle_carve_reals(carve, layer->rows * norm->channels);
    k->dyx = sidle_carve_reals(carve, layer->rows * norm->channels);
}

/* A number for each channel; returns its place in the weights. */
static ptrdiff_t add_param(sidle_layer *layer, const char *leaf,
                           ptrdiff_t channels, sidle_init init)
{
    char name[64];
    int i;

    sidle_text_format(name, sizeof(name), "%s/%s", layer->path, leaf);
    i = sidle_layer_add_param(layer, name, channels, 0, 0, init, 0);
    return layer->params[i].offset;
}

static sidle_status setup(sidle_layer *layer, const void *given)
{
    const group_norm_options *options = given;
    const ptrdiff_t *in = layer->in_shape.dims;
    sidle_carve cache = {NULL, 0}, stash = {NULL, 0}, scratch = {NULL, 0};
    group_norm *norm;
    kept k;
    char needs[64];
    int n_dims = layer->in_shape.n_dims;
    ptrdiff_t channels;

    /* A row (C) has one place. */
    if (n_dims != 3 && n_dims != 1)
        return sidle_layer_refuse(layer, "dimensions (Y, X, C) or (C)");
    channels = in[n_dims - 1];
    if (channels % options->groups != 0) {
        sidle_text_format(needs, sizeof(needs),
                          "a multiple of its %td groups as channels",
                          options->groups);
        return sidle_layer_refuse(layer, needs);
    }
    norm = calloc(1, sizeof(*norm));
    if (norm == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for a layer");
    layer->self = norm;
    *norm = (group_norm){.groups = options->groups,
                         .channels = channels,
                         .places = n_dims == 3 ? in[0] * in[1] : 1,
                         .eps = options->eps};
    norm->scale = add_param(layer, "scale", channels, SIDLE_INIT_ONE);
    norm->offset = add_param(layer, "offset", channels, SIDLE_INIT_ZERO);
    layer->out_shape = layer->in_shape;
    carve_cache(&cache, layer, &k);
    carve_stash(&stash, layer, &k);
    carve_work(&scratch, norm);
    layer->cache = cache.used;
    layer->stash = stash.used;
    layer->scratch = scratch.used;
    return SIDLE_OK;
}

static void done(sidle_layer *layer)
{
    free(layer->self);
}

static kept kept_of(const sidle_layer *layer, const sidle_call *call)
{
    sidle_carve cache = sidle_carve_of(call->cache);
    sidle_carve stash = sidle_carve_of(call->stash);
    kept k;

    carve_cache(&cache, layer, &k);
    carve_stash(&stash, layer, &k);
    return k;
}

static work work_of(const group_norm *norm, const sidle_call *call)
{
    sidle_carve carve = sidle_carve_of(call->scratch);

    return carve_work(&carve, norm);
}

/* ---- numbers of a group */

static ptrdiff_t group_width(const group_norm *norm)
{
    return norm->channels / norm->groups;
}

/* Mean over a group of a sum over the places; `factor` (C) or NULL for ones */
static double group_mean(const group_norm *norm, ptrdiff_t group,
                         const double *sum, const sidle_real *factor)
{
    const ptrdiff_t width = group_width(norm), first = group * width;
    double all = 0.0;

    for (ptrdiff_t c = first; c < first + width; c++)
        all += sum[c] * (factor != NULL ? (double)factor[c] : 1.0);
    return all / (double)(width * norm->places);
}

static void set_group(const group_norm *norm, ptrdiff_t group, double value,
                      sidle_real *channels)
{
    const ptrdiff_t width = group_width(norm);

    sidle_fill(width, (sidle_real)value, channels + group * width);
}

/* ---- the three calls, a row at a time */

static void moments_of_row(const group_norm *norm, const sidle_real *x,
                           const work *w, sidle_real *mean, sidle_real *rstd)
{
    sidle_sum_places(norm->places, norm->channels, x, w->sum, w->all);
    for (ptrdiff_t g = 0; g < norm->groups; g++) {
        mean[g] = (sidle_real)group_mean(norm, g, w->all, NULL);
        set_group(norm, g, (double)mean[g], w->shift);
    }
    sidle_sum_squares_of_places(norm->places, norm->channels, x, w->shift,
                                w->sum, w->all);
    for (ptrdiff_t g = 0; g < norm->groups; g++)
        rstd[g] = (sidle_real)(1.0 / sqrt(group_mean(norm, g, w->all, NULL) +
                                          norm->eps));
}

static void forward(const sidle_layer *layer, const sidle_call *call)
{
    const group_norm *norm = layer->self;
    const ptrdiff_t n = norm->channels, size = norm->places * n;
    const sidle_real *scale = call->w + norm->scale;
    const sidle_real *offset = call->w + norm->offset;
    const work w = work_of(norm, call);
    const kept k = kept_of(layer, call);

    for (ptrdiff_t b = 0; b < layer->rows; b++) {
        const sidle_real *x = call->x + b * size;
        sidle_real *y = call->y + b * size;
        sidle_real *rstd = k.rstd + b * norm->groups;

        moments_of_row(norm, x, &w, k.mean + b * norm->groups, rstd);
        for (ptrdiff_t g = 0; g < norm->groups; g++)
            set_group(norm, g, (double)rstd[g], w.a);
        for (ptrdiff_t c = 0; c < n; c++)
            w.a[c] *= scale[c];
        for (ptrdiff_t p = 0; p < size; p += n)
            for (ptrdiff_t c = 0; c < n; c++)
                y[p + c] = (x[p + c] - w.shift[c]) * w.a[c] + offset[c];
    }
}

/* With the normalised x' = (x - mean) rstd and g = dy scale:
 * dx = rstd (g - mean of g - x' mean of g x'), means over the group. As a
 * number a, b and c for each channel: dx = a dy + b (x - mean) + c. */
static void gradient_factors(const group_norm *norm, const sidle_real *scale,
                             const sidle_real *rstd, const work *w)
{
    for (ptrdiff_t g = 0; g < norm->groups; g++) {
        double r = (double)rstd[g];

        set_group(norm, g, r, w->a);
        set_group(norm, g, -r * r * r * group_mean(norm, g, w->all2, scale),
                  w->b);
        set_group(norm, g, -r * group_mean(norm, g, w->all, scale), w->c);
    }
    for (ptrdiff_t c = 0; c < norm->channels; c++)
        w->a[c] *= scale[c];
}

static void keep_sums(const group_norm *norm, const sidle_real *rstd,
                      const work *w, sidle_real *dy, sidle_real *dyx)
{
    const ptrdiff_t width = group_width(norm);

    for (ptrdiff_t c = 0; c < norm->channels; c++) {
        dy[c] = (sidle_real)w->all[c];
        dyx[c] = (sidle_real)(w->all2[c] * (double)rstd[c / width]);
    }
}

static void input_grad(const sidle_layer *layer, const sidle_call *call)
{
    const group_norm *norm = layer->self;
    const ptrdiff_t n = norm->channels, size = norm->places * n;
    const work w = work_of(norm, call);
    const kept k = kept_of(layer, call);

    for (ptrdiff_t b = 0; b < layer->rows; b++) {
        const sidle_real *x = call->x + b * size, *dy = call->dy + b * size;
        const sidle_real *rstd = k.rstd + b * norm->groups;

        for (ptrdiff_t g = 0; g < norm->groups; g++)
            set_group(norm, g, (double)k.mean[b * norm->groups + g], w.shift);
        sidle_sum_gradients_of_places(
            norm->places, n, x, w.shift, dy,
            &(sidle_place_sums){w.sum, w.sum2, w.all, w.all2});
        keep_sums(norm, rstd, &w, k.dy + b * n, k.dyx + b * n);
        if (call->dx == NULL)
            continue;
        gradient_factors(norm, call->w + norm->scale, rstd, &w);
        for (ptrdiff_t p = 0; p < size; p += n)
            for (ptrdiff_t c = 0; c < n; c++)
                call->dx[b * size + p + c] = w.a[c] * dy[p + c] +
                                             w.b[c] * (x[p + c] - w.shift[c]) +
                                             w.c[c];
    }
}

static void weight_grad(const sidle_layer *layer, const sidle_call *call)
{
    const group_norm *norm = layer->self;
    const kept k = kept_of(layer, call);

    sidle_add_column_sums(layer->rows, norm->channels, k.dyx,
                          call->dw + norm->scale);
    sidle_add_column_sums(layer->rows, norm->channels, k.dy,
                          call->dw + norm->offset);
}

const sidle_layer_ops sidle_group_norm_ops = {
    .kind = "group_norm",
    .rows = rows,
    .n_rows = sizeof(rows) / sizeof(rows[0]),
    .options_size = sizeof(group_norm_options),
    .setup = setup,
    .done = done,
    .forward = forward,
    .input_grad = input_grad,
    .weight_grad = weight_grad,
};
