/* rotary.c - tables of cosines and sines, and the turn of channel pairs. */
#include "math/rotary.h"

#include <math.h>
#include <stdlib.h>

static void angle(const sidle_rotary *rotary, int64_t position, ptrdiff_t band,
                  sidle_real cos_sin[2])
{
    double t = (double)position * rotary->frequency[band];

    cos_sin[0] = (sidle_real)cos(t);
    cos_sin[1] = (sidle_real)sin(t);
}

static sidle_status fail_memory(ptrdiff_t n_cached)
{
    return sidle_fail(SIDLE_EINTERNAL,
                      "no memory for rotary tables of %td positions", n_cached);
}

sidle_status sidle_rotary_init(sidle_rotary *rotary, ptrdiff_t head_width,
                               double fraction, double longest,
                               ptrdiff_t n_cached)
{
    ptrdiff_t n = (ptrdiff_t)floor((double)head_width * fraction / 2.0);
    sidle_status status;

    *rotary = (sidle_rotary){.n_bands = n};
    /* one more than needed: no size is zero */
    rotary->frequency = malloc((size_t)(n + 1) * sizeof *rotary->frequency);
    if (rotary->frequency == NULL)
        return fail_memory(n_cached);
    for (ptrdiff_t i = 0; i < n; i++)
        rotary->frequency[i] =
            n > 1 ? pow(longest, -(double)i / (double)(n - 1)) : 1.0;
    if (n_cached == 0)
        return SIDLE_OK;
    status = sidle_rotary_tabulate(rotary, n_cached);
    if (status != SIDLE_OK)
        sidle_rotary_done(rotary);
    return status;
}

sidle_status sidle_rotary_tabulate(sidle_rotary *rotary, ptrdiff_t n_cached)
{
    ptrdiff_t n = rotary->n_bands;
    sidle_real *cos_sin =
        malloc((size_t)(2 * n * n_cached + 1) * sizeof(*cos_sin));

    if (cos_sin == NULL)
        return fail_memory(n_cached);
    for (ptrdiff_t p = 0; p < n_cached; p++)
        for (ptrdiff_t i = 0; i < n; i++)
            angle(rotary, p, i, cos_sin + 2 * (n * p + i));
    free(rotary->cos_sin);
    rotary->cos_sin = cos_sin;
    rotary->n_cached = n_cached;
    return SIDLE_OK;
}

void sidle_rotary_done(sidle_rotary *rotary)
{
    free(rotary->frequency);
    free(rotary->cos_sin);
    *rotary = (sidle_rotary){0};
}

static void turn(ptrdiff_t n_bands, const sidle_real *cos_sin,
                 sidle_real direction, sidle_real *x)
{
    for (ptrdiff_t i = 0; i < n_bands; i++) {
        sidle_real c = cos_sin[2 * i], s = direction * cos_sin[2 * i + 1];
        sidle_real a = x[2 * i], b = x[2 * i + 1];

        x[2 * i] = a * c - b * s;
        x[2 * i + 1] = b * c + a * s;
    }
}

/* A position beyond the table: its angles are made band by band. */
static void turn_far(const sidle_rotary *rotary, int64_t position,
                     sidle_real direction, ptrdiff_t heads,
                     ptrdiff_t head_width, sidle_real *x)
{
    for (ptrdiff_t i = 0; i < rotary->n_bands; i++) {
        sidle_real cos_sin[2];

        angle(rotary, position, i, cos_sin);
        for (ptrdiff_t h = 0; h < heads; h++)
            turn(1, cos_sin, direction, x + h * head_width + 2 * i);
    }
}

void sidle_rotary_apply(const sidle_rotary *rotary, int direction, ptrdiff_t n,
                        ptrdiff_t heads, ptrdiff_t head_width, ptrdiff_t stride,
                        const int64_t *position, sidle_real *x)
{
    sidle_real sign = (sidle_real)direction;

    for (ptrdiff_t r = 0; r < n; r++, x += stride) {
        if (position[r] >= rotary->n_cached) {
            turn_far(rotary, position[r], sign, heads, head_width, x);
            continue;
        }
        for (ptrdiff_t h = 0; h < heads; h++)
            turn(rotary->n_bands,
                 rotary->cos_sin + 2 * rotary->n_bands * position[r], sign,
                 x + h * head_width);
    }
}
