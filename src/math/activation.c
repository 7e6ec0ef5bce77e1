/* activation.c - activation functions and dropout over arrays. */
#include "math/activation.h"

#include "base/status.h"
#include "math/vector.h"

#include <string.h>
#include <tgmath.h>

/* Elements that are worked on at a time: their temporaries stay in the cache.*/
#define CHUNK 256

static ptrdiff_t chunk_at(ptrdiff_t i, ptrdiff_t n)
{
    return n - i < CHUNK ? n - i : CHUNK;
}

static sidle_real positive_part(sidle_real x)
{
    return x > 0 ? x : 0;
}

static void sq_relu(ptrdiff_t n, const sidle_real *x, sidle_real *y)
{
    for (ptrdiff_t i = 0; i < n; i++)
        y[i] = positive_part(x[i]) * positive_part(x[i]);
}

static void sq_relu_grad(ptrdiff_t n, const sidle_real *x, const sidle_real *dy,
                         sidle_real *dx)
{
    for (ptrdiff_t i = 0; i < n; i++)
        dx[i] = 2 * positive_part(x[i]) * dy[i];
}

/* gelu(x) = x (1 + tanh u) / 2 = x s, with u = a (x + b x^3), a = sqrt(2 / pi)
 * and s = 1 / (1 + exp(-2 u)), which is the faster of the two.
 * Source: Hendrycks and Gimpel, arXiv:1606.08415. */
#define GELU_A ((sidle_real)0.79788456080286535588)
#define GELU_B ((sidle_real)0.044715)

static void gelu_sigmoid(ptrdiff_t n, const sidle_real *x, sidle_real *s)
{
    for (ptrdiff_t i = 0; i < n; i++)
        s[i] = -2 * GELU_A * x[i] * (1 + GELU_B * x[i] * x[i]);
    sidle_exp_shifted(n, s, 0, s);
    for (ptrdiff_t i = 0; i < n; i++)
        s[i] = 1 / (1 + s[i]);
}

static void gelu(ptrdiff_t n, const sidle_real *x, sidle_real *y)
{
    sidle_real s[CHUNK];

    gelu_sigmoid(n, x, s);
    for (ptrdiff_t i = 0; i < n; i++)
        y[i] = x[i] * s[i];
}

static void gelu_grad(ptrdiff_t n, const sidle_real *x, const sidle_real *dy,
                      sidle_real *dx)
{
    sidle_real s[CHUNK];

    gelu_sigmoid(n, x, s);
    for (ptrdiff_t i = 0; i < n; i++) {
        sidle_real slope = 2 * GELU_A * (1 + 3 * GELU_B * x[i] * x[i]);

        dx[i] = dy[i] * s[i] * (1 + x[i] * slope * (1 - s[i]));
    }
}

static void relu(ptrdiff_t n, const sidle_real *x, sidle_real *y)
{
    for (ptrdiff_t i = 0; i < n; i++)
        y[i] = positive_part(x[i]);
}

static void relu_grad(ptrdiff_t n, const sidle_real *x, const sidle_real *dy,
                      sidle_real *dx)
{
    for (ptrdiff_t i = 0; i < n; i++) {
        sidle_real g = dy[i]; /* read in any case: the loop has no branch */

        dx[i] = x[i] > 0 ? g : 0;
    }
}

static void tanh_all(ptrdiff_t n, const sidle_real *x, sidle_real *y)
{
    for (ptrdiff_t i = 0; i < n; i++)
        y[i] = tanh(x[i]);
}

static void tanh_grad(ptrdiff_t n, const sidle_real *x, const sidle_real *dy,
                      sidle_real *dx)
{
    for (ptrdiff_t i = 0; i < n; i++) {
        sidle_real y = tanh(x[i]);

        dx[i] = dy[i] * (1 - y * y);
    }
}

void sidle_activate(sidle_activation kind, ptrdiff_t n, const sidle_real *x,
                    sidle_real *y)
{
    switch (kind) {
    case SIDLE_SQ_RELU:
        sq_relu(n, x, y);
        break;
    case SIDLE_RELU:
        relu(n, x, y);
        break;
    case SIDLE_TANH:
        tanh_all(n, x, y);
        break;
    case SIDLE_GELU:
        for (ptrdiff_t i = 0; i < n; i += CHUNK)
            gelu(chunk_at(i, n), x + i, y + i);
    }
}

void sidle_activate_grad(sidle_activation kind, ptrdiff_t n,
                         const sidle_real *x, const sidle_real *dy,
                         sidle_real *dx)
{
    switch (kind) {
    case SIDLE_SQ_RELU:
        sq_relu_grad(n, x, dy, dx);
        break;
    case SIDLE_RELU:
        relu_grad(n, x, dy, dx);
        break;
    case SIDLE_TANH:
        tanh_grad(n, x, dy, dx);
        break;
    case SIDLE_GELU:
        for (ptrdiff_t i = 0; i < n; i += CHUNK)
            gelu_grad(chunk_at(i, n), x + i, dy + i, dx + i);
    }
}

/* A word below this drops its element; p = 1 drops all. */
static uint64_t drop_below(double p)
{
    SIDLE_CHECK(p >= 0.0 && p <= 1.0, "a dropout probability of %g", p);
    return (uint64_t)(p * 0x1p32);
}

/* The words of elements first .. first + n - 1: four elements a draw. */
static void draw(sidle_rng rng, uint64_t first, ptrdiff_t n,
                 uint32_t words[CHUNK])
{
    SIDLE_ASSERT(first % 4 == 0);
    for (ptrdiff_t i = 0; i < n; i += 4)
        sidle_rng_words(rng, (first + (uint64_t)i) / 4, words + i);
}

void sidle_dropout(sidle_rng rng, uint64_t first, double p, ptrdiff_t n,
                   const sidle_real *x, sidle_real *y)
{
    uint64_t below = drop_below(p);
    sidle_real scale = (sidle_real)(1.0 / (1.0 - p));
    uint32_t words[CHUNK];

    if (p <= 0.0) {
        if (y != x)
            memcpy(y, x, (size_t)n * sizeof *y);
        return;
    }
    for (ptrdiff_t i = 0; i < n; i += CHUNK) {
        ptrdiff_t m = chunk_at(i, n);

        draw(rng, first + (uint64_t)i, m, words);
        for (ptrdiff_t j = 0; j < m; j++)
            y[i + j] = words[j] >= below ? x[i + j] * scale : 0;
    }
}

void sidle_dropout_keys(sidle_rng rng, uint64_t first, double p, ptrdiff_t n,
                        uint8_t *keep)
{
    uint64_t below = drop_below(p);
    uint32_t words[CHUNK];

    for (ptrdiff_t i = 0; i < n; i += CHUNK) {
        ptrdiff_t m = chunk_at(i, n);

        draw(rng, first + (uint64_t)i, m, words);
        for (ptrdiff_t j = 0; j < m; j++)
            keep[i + j] = words[j] >= below;
    }
}
