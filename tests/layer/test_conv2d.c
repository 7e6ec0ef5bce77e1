/* test_conv2d.c - conv2d and conv2d_transpose: through the kit, against a plain
 * twin that visits every tap, and shapes that do not fit. */
/* real: double */
/* with: kit_layer.c */
#include "check.h"
#include "kit_layer.h"

#include "layer/kinds.h"
#include "math/conv.h"
#include "math/conv_grad.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS = 2, MOST = 4096 };

/* Options of a kind from "key value key value". */
static void *options_of(const sidle_layer_ops *ops, const char *given)
{
    void *options = calloc(1, ops->options_size);
    char words[128], *rest = words;

    assert_non_null(options);
    sidle_option_defaults(ops->rows, (size_t)ops->n_rows, options);
    snprintf(words, sizeof(words), "%s", given);
    while (rest != NULL) {
        const char *key = strsep(&rest, " "), *value = strsep(&rest, " ");
        const sidle_option *row =
            sidle_option_row(ops->rows, (size_t)ops->n_rows, key);
        const sidle_option_text found = {value, strchr(value, ',') != NULL, 0};

        assert_non_null(row);
        assert_true(sidle_option_take(row, &found, options));
    }
    return options;
}

static void check_kind(const char *kind, sidle_shape in, const char *keys)
{
    const sidle_layer_ops *ops = sidle_layer_kind(kind);
    void *options = options_of(ops, keys);
    kit_case given = {.ops = ops,
                      .name = "layer.002",
                      .in = in,
                      .options = options,
                      .item = {.number = 3, .seed = 8, .rows = ROWS},
                      .grad_weight = 1.0,
                      .seed = 71};

    kit_check_layer(&given);
    free(options);
}

TEST(convolutions_pass_the_kit)
{
    const sidle_shape image = {3, {5, 4, 3}}, flat = {3, {6, 7, 1}};
    const sidle_shape deep = {3, {3, 4, 8}}, tall = {3, {40, 5, 1}};

    check_kind("conv2d", image, "channels 4");
    check_kind("conv2d", image, "channels 2 kernel 1 bias false");
    check_kind("conv2d", image, "channels 3 kernel 4 stride 2 padding 3");
    check_kind("conv2d", flat, "channels 2 kernel 2,5 stride 3,1 padding 0,2");
    check_kind("conv2d_transpose", image, "channels 2");
    check_kind("conv2d_transpose", image, "channels 3 kernel 1 bias false");
    check_kind("conv2d_transpose", flat,
               "channels 2 kernel 4,3 stride 2,1 padding 1");
    check_kind("conv2d_transpose", image, "channels 2 kernel 2 stride 3");
    /* several vectors of channels; nearly none; several stripes of places */
    check_kind("conv2d", image, "channels 18 kernel 2");
    check_kind("conv2d", deep, "channels 2 kernel 2,3");
    check_kind("conv2d", deep, "channels 1 kernel 3 stride 2");
    check_kind("conv2d_transpose", deep, "channels 2 kernel 4 stride 2");
    check_kind("conv2d", tall, "channels 2 kernel 3");
    /* places that no tap sees */
    check_kind("conv2d", image, "channels 2 kernel 1,2 stride 3 padding 2");
}

/* ---- values */

/* A convolution from its definition: every pair of an output place and a tap.
 */
struct form {
    ptrdiff_t in[3], out[3], kernel[2], stride[2], padding[2];
};

/* Calls back with the index in the output, the input and the weight. */
static void each_pair(const struct form *f, int is_transpose, double *y,
                      const sidle_real *x, const sidle_real *w)
{
    const ptrdiff_t *big = is_transpose ? f->out : f->in;
    const ptrdiff_t *small = is_transpose ? f->in : f->out;

    for (ptrdiff_t at = 0; at < ROWS * small[0] * small[1]; at++)
        for (ptrdiff_t tap = 0; tap < f->kernel[0] * f->kernel[1]; tap++) {
            ptrdiff_t row = at / (small[0] * small[1]);
            ptrdiff_t by = at / small[1] % small[0] * f->stride[0] +
                           tap / f->kernel[1] - f->padding[0];
            ptrdiff_t bx = at % small[1] * f->stride[1] + tap % f->kernel[1] -
                           f->padding[1];

            if (by < 0 || by >= big[0] || bx < 0 || bx >= big[1])
                continue;
            for (ptrdiff_t s = 0; s < small[2]; s++)
                for (ptrdiff_t b = 0; b < big[2]; b++) {
                    ptrdiff_t i = at * small[2] + s;
                    ptrdiff_t j =
                        ((row * big[0] + by) * big[1] + bx) * big[2] + b;
                    double v = (double)
                        w[(s * f->kernel[0] * f->kernel[1] + tap) * big[2] + b];

                    if (is_transpose)
                        y[j] += v * (double)x[i];
                    else
                        y[i] += v * (double)x[j];
                }
        }
}

static void check_values(const char *kind, const char *keys,
                         const struct form *f)
{
    const sidle_layer_ops *ops = sidle_layer_kind(kind);
    const sidle_shape in = {3, {f->in[0], f->in[1], f->in[2]}};
    void *options = options_of(ops, keys);
    static sidle_real x[MOST], w[MOST], y[MOST], scratch[MOST];
    static double expected[MOST];
    sidle_layer layer;
    size_t n;

    assert_int_equal(
        sidle_layer_init(&layer, ops, "layer.000", &in, ROWS, options),
        SIDLE_OK);
    free(options);
    for (int i = 0; i < 3; i++)
        assert_int_equal(layer.out_shape.dims[i], f->out[i]);
    n = layer.out;
    assert_true(layer.weights <= MOST && layer.in <= MOST && n <= MOST &&
                layer.scratch <= MOST);
    check_random(72, kind, MOST, x);
    check_random(73, kind, MOST, w);
    for (size_t i = 0; i < n; i++)
        expected[i] =
            (double)w[layer.params[1].offset + (ptrdiff_t)i % f->out[2]];
    each_pair(f, strcmp(kind, "conv2d") != 0, expected, x,
              w + layer.params[0].offset);
    layer.ops->forward(
        &layer, &(sidle_call){.w = w, .x = x, .y = y, .scratch = scratch});
    check_close(kind, (ptrdiff_t)n, y, expected, 1e-13);
    sidle_layer_done(&layer);
}

TEST(values_are_those_of_the_definition)
{
    check_values("conv2d", "channels 3 kernel 3",
                 &(struct form){{5, 4, 2}, {5, 4, 3}, {3, 3}, {1, 1}, {1, 1}});
    check_values("conv2d", "channels 2 kernel 4",
                 &(struct form){{6, 5, 3}, {5, 4, 2}, {4, 4}, {1, 1}, {1, 1}});
    check_values("conv2d", "channels 2 kernel 2,3 stride 2,3 padding 0,4",
                 &(struct form){{5, 6, 3}, {2, 4, 2}, {2, 3}, {2, 3}, {0, 4}});
    check_values("conv2d", "channels 19 kernel 3",
                 &(struct form){{3, 4, 2}, {3, 4, 19}, {3, 3}, {1, 1}, {1, 1}});
    check_values("conv2d", "channels 2 kernel 2,3 padding 1",
                 &(struct form){{3, 4, 8}, {4, 4, 2}, {2, 3}, {1, 1}, {1, 1}});
    check_values("conv2d_transpose", "channels 2 kernel 4 stride 2 padding 1",
                 &(struct form){{3, 4, 8}, {6, 8, 2}, {4, 4}, {2, 2}, {1, 1}});
    check_values("conv2d_transpose", "channels 2 kernel 3",
                 &(struct form){{3, 4, 2}, {5, 6, 2}, {3, 3}, {1, 1}, {0, 0}});
    check_values("conv2d_transpose",
                 "channels 3 kernel 4,2 stride 2,3 padding 1,0",
                 &(struct form){{3, 4, 2}, {6, 11, 3}, {4, 2}, {2, 3}, {1, 0}});
}

TEST(a_large_image_with_a_large_kernel)
{
    const sidle_layer_ops *ops = sidle_layer_kind("conv2d");
    const sidle_shape in = {3, {40, 40, 9}};
    void *options = options_of(ops, "channels 1 kernel 7");
    sidle_layer layer;
    sidle_real *x, *y, *w, *scratch;
    double *expected;
    const struct form f = {{40, 40, 9}, {40, 40, 1}, {7, 7}, {1, 1}, {3, 3}};

    assert_int_equal(
        sidle_layer_init(&layer, ops, "layer.000", &in, ROWS, options),
        SIDLE_OK);
    free(options);
    assert_true(layer.scratch < layer.out * 441 / 2);
    x = calloc(layer.in, sizeof(*x));
    y = calloc(layer.out, sizeof(*y));
    w = calloc(layer.weights, sizeof(*w));
    scratch = calloc(layer.scratch, sizeof(*scratch));
    expected = calloc(layer.out, sizeof(*expected));
    check_random(74, "x", (ptrdiff_t)layer.in, x);
    check_random(75, "w", 441, w);
    each_pair(&f, 0, expected, x, w);
    layer.ops->forward(
        &layer, &(sidle_call){.w = w, .x = x, .y = y, .scratch = scratch});
    check_close("y", (ptrdiff_t)layer.out, y, expected, 1e-11);
    sidle_layer_done(&layer);
    free(x);
    free(y);
    free(w);
    free(scratch);
    free(expected);
}

/* Small images pass several at a time; in the end their number does not
 * matter. */
TEST(gradients_of_many_images_are_the_sum_of_each)
{
    enum { IMAGES = 50, X = 6 * 3, Y = 6 * 2, W = 2 * 9 * 3 };
    const sidle_conv conv = {{2, 3}, 3, {2, 3}, 2, {3, 3}, {1, 1}, {1, 1}};
    sidle_real x[IMAGES * X], dy[IMAGES * Y], dw[W], db[2] = {0};
    size_t n = sidle_conv_scratch(&conv, IMAGES);
    sidle_real *scratch = calloc(n, sizeof(*scratch));
    double expected[W], expected_b[2] = {0};

    assert_non_null(scratch);
    check_random(76, "x", IMAGES * X, x);
    check_random(77, "dy", IMAGES * Y, dy);
    check_random(78, "dw", W, dw);
    for (int i = 0; i < W; i++)
        expected[i] = (double)dw[i];
    for (int b = 0; b < IMAGES; b++) {
        sidle_real one[W] = {0}, one_b[2] = {0};

        sidle_conv_weight_grad(&conv, 1, x + b * X, dy + b * Y, one, one_b,
                               scratch);
        for (int i = 0; i < W; i++)
            expected[i] += (double)one[i];
        for (int i = 0; i < 2; i++)
            expected_b[i] += (double)one_b[i];
    }
    sidle_conv_weight_grad(&conv, IMAGES, x, dy, dw, db, scratch);
    check_close("dw", W, dw, expected, 1e-12);
    check_close("db", 2, db, expected_b, 1e-12);
    free(scratch);
}

TEST(many_images_are_what_each_is_alone)
{
    enum { IMAGES = 50, X = 6 * 3, Y = 6 * 2, W = 2 * 9 * 3 };
    const sidle_conv conv = {{2, 3}, 3, {2, 3}, 2, {3, 3}, {1, 1}, {1, 1}};
    sidle_real x[IMAGES * X], y[IMAGES * Y], w[W], dx[IMAGES * X];
    size_t n = sidle_conv_scratch(&conv, IMAGES);
    sidle_real *scratch = calloc(n, sizeof(*scratch));

    assert_non_null(scratch);
    check_random(79, "x", IMAGES * X, x);
    check_random(80, "w", W, w);
    sidle_conv_forward(&conv, IMAGES, x, w, NULL, y, scratch);
    sidle_conv_adjoint(&conv, IMAGES, y, w, dx, scratch);
    for (int b = 0; b < IMAGES; b++) {
        sidle_real one_y[Y], one_dx[X];

        sidle_conv_forward(&conv, 1, x + b * X, w, NULL, one_y, scratch);
        assert_memory_equal(one_y, y + b * Y, sizeof(one_y));
        sidle_conv_adjoint(&conv, 1, one_y, w, one_dx, scratch);
        assert_memory_equal(one_dx, dx + b * X, sizeof(one_dx));
    }
    free(scratch);
}

TEST(scratch_does_not_grow_with_the_images)
{
    const sidle_conv conv = {{16, 16}, 3, {16, 16}, 5, {3, 3}, {1, 1}, {1, 1}};

    assert_true(sidle_conv_scratch(&conv, 2) == sidle_conv_scratch(&conv, 99));
}

/* ---- shapes, names, operations */

TEST(the_layer_says_what_it_is)
{
    const sidle_layer_ops *ops = sidle_layer_kind("conv2d");
    const sidle_shape in = {3, {8, 6, 3}};
    void *options = options_of(ops, "channels 4 kernel 3,2 stride 2");
    sidle_layer layer;

    assert_int_equal(
        sidle_layer_init(&layer, ops, "layer.005", &in, ROWS, options),
        SIDLE_OK);
    assert_int_equal(layer.out_shape.dims[0], 4);
    assert_int_equal(layer.out_shape.dims[1], 3); /* padding [1, 0] */
    assert_string_equal(layer.params[0].name, "layer/005/weight");
    assert_string_equal(layer.params[1].name, "layer/005/bias");
    assert_int_equal(layer.params[0].n_dims, 4);
    assert_int_equal(layer.params[0].dims[3], 3);
    assert_true(layer.params[0].is_matrix);
    assert_int_equal(layer.params[0].fan_in, 18);
    assert_true(layer.flops == 2.0 * ROWS * 12 * 4 * 18);
    sidle_layer_done(&layer);
    free(options);
}

static void refused(const char *kind, sidle_shape in, const char *keys,
                    const char *words)
{
    const sidle_layer_ops *ops = sidle_layer_kind(kind);
    void *options = options_of(ops, keys);
    sidle_layer layer;

    assert_int_equal(
        sidle_layer_init(&layer, ops, "layer.003", &in, ROWS, options),
        SIDLE_EUSAGE);
    if (strstr(sidle_fail_text(), words) == NULL ||
        strstr(sidle_fail_text(), "layer.003") == NULL)
        fail_msg("\"%s\" does not say \"%s\"", sidle_fail_text(), words);
    free(options);
}

TEST(shapes_that_do_not_fit_are_refused)
{
    const sidle_shape row = {1, {7}}, small = {3, {2, 9, 1}};

    refused("conv2d", row, "channels 2", "(7), it needs three dimensions");
    refused("conv2d", small, "channels 2 kernel 5 padding 1",
            "padding of 1 x 1 at each side at least the kernel's 5 x 5");
    refused("conv2d_transpose", row, "channels 2", "three dimensions");
    refused("conv2d_transpose", small, "channels 2 kernel 2 padding 2",
            "a smaller padding");
}

TEST_MAIN
