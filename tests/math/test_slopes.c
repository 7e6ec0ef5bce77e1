/* test_slopes.c - gradients of the double build against finite differences. */
/* real: double */
#include "check.h"

#include "math/activation.h"
#include "math/attention.h"
#include "math/norm.h"
#include "math/xent.h"

#include <string.h>

#define ROOM 20000
#define STEP 1e-6

/* A scalar function of the numbers x (n) that a test varies. */
typedef double (*scalar)(const sidle_real *x);

static void check_slope(const char *what, scalar f, ptrdiff_t n, sidle_real *x,
                        const sidle_real *grad)
{
    static double slope[ROOM];

    for (ptrdiff_t i = 0; i < n; i++) {
        sidle_real kept = x[i];
        double above;

        x[i] = kept + STEP;
        above = f(x);
        x[i] = kept - STEP;
        slope[i] = (above - f(x)) / (2 * STEP);
        x[i] = kept;
    }
    check_close(what, n, grad, slope, 1e-8);
}

enum { V = 13, ROWS = 5 };
static const int32_t label[ROWS] = {3, 0, 12, 1, -1};

static double xent_of(const sidle_real *logits)
{
    sidle_real softmax[2 * ROWS];
    sidle_loss loss = {0};

    sidle_xent(ROWS, V, logits, label, softmax, &loss);
    return 0.5 * (loss.sum + 0.1 * loss.z);
}

TEST(cross_entropy)
{
    sidle_real x[ROWS * V], grad[ROWS * V], softmax[2 * ROWS];
    sidle_loss loss = {0};

    check_random(1, "logits", ROWS * V, x);
    sidle_xent(ROWS, V, x, label, softmax, &loss);
    sidle_xent_grad(ROWS, V, x, label, softmax, 0.5, 0.1, grad);
    check_slope("logits", xent_of, ROWS * V, x, grad);
}

enum { D = 19 };

/* Everything of a norm in one array: x, then scale and offset. */
static double norm_of(const sidle_real *x)
{
    const sidle_real *scale = x + ROWS * D, *offset = scale + D;
    sidle_real y[ROWS * D], mean[ROWS], rstd[ROWS];
    double sum = 0.0;

    sidle_layernorm(ROWS, D, SIDLE_NORM_EPS, x, scale, offset, y, mean, rstd);
    for (int i = 0; i < ROWS * D; i++)
        sum += sin(i) * y[i];
    return sum;
}

TEST(layer_norm)
{
    enum { N = ROWS * D + 2 * D };
    sidle_real x[N], grad[N], y[ROWS * D], dy[ROWS * D], mean[ROWS], rstd[ROWS];
    const sidle_real *scale = x + ROWS * D, *offset = scale + D;

    memset(grad, 0, sizeof grad);
    check_random(2, "x", N, x);
    for (int i = 0; i < ROWS * D; i++)
        dy[i] = sin(i);
    sidle_layernorm(ROWS, D, SIDLE_NORM_EPS, x, scale, offset, y, mean, rstd);
    sidle_layernorm_input_grad(ROWS, D, x, scale, mean, rstd, dy, 0, grad);
    sidle_layernorm_weight_grad(ROWS, D, x, mean, rstd, dy, grad + ROWS * D,
                                grad + ROWS * D + D);
    check_slope("norm", norm_of, N, x, grad);
}

static double gelu_of(const sidle_real *x)
{
    sidle_real y[300];
    double sum = 0.0;

    sidle_activate(SIDLE_GELU, 300, x, y);
    for (int i = 0; i < 300; i++)
        sum += cos(i) * y[i];
    return sum;
}

static double sq_relu_of(const sidle_real *x)
{
    sidle_real y[300];
    double sum = 0.0;

    sidle_activate(SIDLE_SQ_RELU, 300, x, y);
    for (int i = 0; i < 300; i++)
        sum += cos(i) * y[i];
    return sum;
}

TEST(activations)
{
    sidle_real x[300], dy[300], dx[300];

    check_random(3, "x", 300, x);
    for (int i = 0; i < 300; i++) {
        x[i] *= 3;
        dy[i] = cos(i);
    }
    sidle_activate_grad(SIDLE_GELU, 300, x, dy, dx);
    check_slope("gelu", gelu_of, 300, x, dx);
    sidle_activate_grad(SIDLE_SQ_RELU, 300, x, dy, dx);
    check_slope("sq_relu", sq_relu_of, 300, x, dx);
}

/* q, k and v in one array. */
enum {
    QUERIES = 9,
    KEYS = 23,
    WIDTH = 4,
    Q = QUERIES * WIDTH,
    K = KEYS * WIDTH
};
static const int32_t first[QUERIES] = {0, 0, 0, 5, 22, 3, 0, 9, 2};
static const int32_t last[QUERIES] = {1, 2, 23, 7, 23, 3, 14, 20, 22};
static uint8_t keep[KEYS];
static const sidle_attention attention = {
    .n_queries = QUERIES,
    .n_keys = KEYS,
    .width = WIDTH,
    .query_stride = WIDTH,
    .key_stride = WIDTH,
    .scale = 0.7,
    .first = first,
    .last = last,
    .keep = keep,
};

static double attention_of(const sidle_real *x)
{
    sidle_real y[Q], softmax[2 * QUERIES], scratch[ROOM];
    double sum = 0.0;

    sidle_attention_forward(&attention, x, x + Q, x + Q + K, y, softmax,
                            scratch);
    for (int i = 0; i < Q; i++)
        sum += sin(3 * i) * y[i];
    return sum;
}

TEST(attention)
{
    enum { N = Q + 2 * K };
    sidle_real x[N], grad[N], y[Q], dy[Q], softmax[2 * QUERIES], scratch[ROOM];

    assert_true(sidle_attention_scratch(QUERIES, KEYS, WIDTH) <= ROOM);
    check_random(4, "x", N, x);
    for (int i = 0; i < Q; i++)
        dy[i] = sin(3 * i);
    for (int j = 0; j < KEYS; j++)
        keep[j] = j % 5 != 0;
    sidle_attention_forward(&attention, x, x + Q, x + Q + K, y, softmax,
                            scratch);
    sidle_attention_backward(&attention, x, x + Q, x + Q + K, y, softmax, dy,
                             grad, grad + Q, grad + Q + K, scratch);
    check_slope("attention", attention_of, N, x, grad);
}

TEST_MAIN
