/* test_image_kinds.c - the kinds that need places, (Y, X, C): norms, pools and
 * upsample through the kit, against plain twins, and what does not fit. */
/* real: double */
/* with: kit_layer.c */
#include "check.h"
#include "kit_layer.h"

#include "layer/kinds.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 2, Y = 4, X = 6, C = 6, ALL = ROWS * Y * X * C, MOST = 4 * ALL };

static const sidle_shape image = {3, {Y, X, C}};

/* Options of a kind from "key value key value". */
static void *options_of(const sidle_layer_ops *ops, const char *given)
{
    void *options = calloc(1, ops->options_size + 1);
    char words[128], *rest = words;

    assert_non_null(options);
    sidle_option_defaults(ops->rows, (size_t)ops->n_rows, options);
    snprintf(words, sizeof(words), "%s", given);
    while (rest != NULL && *rest != '\0') {
        const char *key = strsep(&rest, " "), *value = strsep(&rest, " ");
        const sidle_option *row =
            sidle_option_row(ops->rows, (size_t)ops->n_rows, key);
        const sidle_option_text found = {value, strchr(value, ',') != NULL, 0};

        assert_non_null(row);
        assert_true(sidle_option_take(row, &found, options));
    }
    return options;
}

static void check_kind_at(sidle_shape in, const char *kind, const char *keys)
{
    const sidle_layer_ops *ops = sidle_layer_kind(kind);
    void *options = options_of(ops, keys);
    kit_case given = {.ops = ops,
                      .name = "layer.002",
                      .in = in,
                      .options = options,
                      .item = {.number = 3, .seed = 8, .rows = ROWS},
                      .grad_weight = 1.0,
                      .seed = 81};

    kit_check_layer(&given);
    free(options);
}

static void check_kind(const char *kind, const char *keys)
{
    check_kind_at(image, kind, keys);
}

TEST(kinds_pass_the_kit)
{
    const sidle_shape channels = {1, {12}};

    check_kind_at(channels, "group_norm", "groups 3");
    check_kind("group_norm", "groups 1");
    check_kind("group_norm", "groups 3 eps 0.01");
    check_kind("group_norm", "groups 6");
    check_kind("max_pool", "size 2");
    check_kind("max_pool", "size 3,2 stride 1,2");
    check_kind("avg_pool", "size 2");
    check_kind("avg_pool", "size 2,3 stride 2");
    check_kind("global_pool", "");
    check_kind("upsample", "");
    check_kind("upsample", "factor 1,3");
}

/* A residual of layers with caches, stashes, scratch and draws of their own;
 * places shrink and grow again. */
TEST(residuals_of_images_pass_the_kit)
{
    static const struct part {
        const char *kind, *keys;
    } parts[] = {{"conv2d", "channels 8 stride 2"},
                 {"group_norm", "groups 2"},
                 {"gelu", ""},
                 {"dropout", "rate 0.3"},
                 {"avg_pool", "size 1"},
                 {"upsample", ""},
                 {"layer_norm", ""},
                 {"conv2d", "channels 6 bias false"},
                 {"tanh", ""}};
    enum { N = sizeof(parts) / sizeof(parts[0]) };
    sidle_layer_entry entries[N];
    const sidle_layer_list list = {entries, N};
    kit_case given = {
        .ops = sidle_layer_kind("residual"),
        .name = "layer.003",
        .in = image,
        .options = &list,
        .item = {.number = 3, .seed = 8, .rows = ROWS, .is_training = 1},
        .grad_weight = 1.0,
        .seed = 84};
    void *options[N];

    for (int i = 0; i < N; i++) {
        const sidle_layer_ops *ops = sidle_layer_kind(parts[i].kind);

        options[i] = options_of(ops, parts[i].keys);
        entries[i] = (sidle_layer_entry){ops, "", options[i]};
    }
    kit_check_layer(&given);
    for (int i = 0; i < N; i++)
        free(options[i]);
}

/* ---- values */

struct run {
    sidle_layer layer;
    sidle_real x[ALL], y[MOST], w[MOST], cache[MOST], scratch[MOST];
};

static struct run r;

static void run_kind(const char *kind, const char *keys)
{
    const sidle_layer_ops *ops = sidle_layer_kind(kind);
    void *options = options_of(ops, keys);

    assert_int_equal(
        sidle_layer_init(&r.layer, ops, "layer.000", &image, ROWS, options),
        SIDLE_OK);
    free(options);
    assert_true(r.layer.weights <= MOST && r.layer.out <= MOST &&
                r.layer.cache <= MOST && r.layer.scratch <= MOST);
    check_random(82, kind, ALL, r.x);
    check_random(83, kind, MOST, r.w);
    r.layer.ops->forward(&r.layer, &(sidle_call){.w = r.w,
                                                 .x = r.x,
                                                 .y = r.y,
                                                 .cache = r.cache,
                                                 .scratch = r.scratch});
}

/* x at a place of a row */
static double at(int b, ptrdiff_t y, ptrdiff_t x, int c)
{
    return (double)r.x[((b * Y + y) * X + x) * C + c];
}

TEST(a_group_norm_is_over_its_channels_and_all_places)
{
    enum { GROUPS = 2, WIDTH = C / GROUPS, N = WIDTH * Y * X };
    double expected[ALL];

    run_kind("group_norm", "groups 2 eps 0.1");
    assert_string_equal(r.layer.params[0].name, "layer/000/scale");
    assert_string_equal(r.layer.params[1].name, "layer/000/offset");
    for (int i = 0; i < ALL; i++) {
        int b = i / (Y * X * C), c = i % C, first = c / WIDTH * WIDTH;
        double mean = 0.0, variance = 0.0;

        for (int j = 0; j < N; j++)
            mean += at(b, j / WIDTH / X, j / WIDTH % X, first + j % WIDTH) / N;
        for (int j = 0; j < N; j++)
            variance +=
                pow(at(b, j / WIDTH / X, j / WIDTH % X, first + j % WIDTH) -
                        mean,
                    2.0) /
                N;
        expected[i] = ((double)r.x[i] - mean) / sqrt(variance + 0.1) *
                          (double)r.w[r.layer.params[0].offset + c] +
                      (double)r.w[r.layer.params[1].offset + c];
    }
    check_close("y", ALL, r.y, expected, 1e-13);
    sidle_layer_done(&r.layer);
}

/* Windows of 2 x 3 places, 1 x 3 apart. */
static void check_pool(const char *kind, int is_max)
{
    double expected[ALL];
    int n = 0;

    run_kind(kind, "size 2,3 stride 1,3");
    for (int i = 0; i < ROWS * (Y - 1) * (X / 3) * C; i++, n++) {
        int c = i % C, x = i / C % (X / 3), y = i / C / (X / 3) % (Y - 1);
        int b = i / C / (X / 3) / (Y - 1);
        double most = -INFINITY, sum = 0.0;

        for (int tap = 0; tap < 6; tap++) {
            double v = at(b, y + tap / 3, x * 3 + tap % 3, c);

            most = fmax(most, v);
            sum += v;
        }
        expected[i] = is_max ? most : sum / 6.0;
    }
    assert_int_equal(r.layer.out, n);
    check_close("y", n, r.y, expected, 1e-14);
    sidle_layer_done(&r.layer);
}

TEST(a_pool_looks_at_its_window)
{
    check_pool("max_pool", 1);
    check_pool("avg_pool", 0);
}

TEST(a_global_pool_is_the_mean_over_the_places)
{
    double expected[ROWS * C] = {0};

    run_kind("global_pool", "");
    assert_int_equal(r.layer.out_shape.n_dims, 1);
    for (int i = 0; i < ALL; i++)
        expected[i / (Y * X * C) * C + i % C] += (double)r.x[i] / (Y * X);
    check_close("y", (ptrdiff_t)ROWS * C, r.y, expected, 1e-14);
    sidle_layer_done(&r.layer);
}

TEST(upsample_repeats_places)
{
    double expected[MOST];

    run_kind("upsample", "factor 2,1");
    for (int i = 0; i < 2 * ALL; i++)
        expected[i] = at(i / (2 * Y * X * C), i / (X * C) % (2 * Y) / 2,
                         i / C % X, i % C);
    check_close("y", 2 * (ptrdiff_t)ALL, r.y, expected, 0.0);
    sidle_layer_done(&r.layer);
}

/* The first of equal maxima gets the gradient; what is not a number stays. */
TEST(equal_maxima_and_numbers_that_are_none)
{
    const sidle_shape line = {3, {1, 4, 1}};
    const sidle_layer_ops *ops = sidle_layer_kind("max_pool");
    void *options = options_of(ops, "size 1,4");
    sidle_real x[4] = {1, 7, 7, 2}, dy[1] = {5}, y[1], dx[4], cache[64];
    sidle_layer layer;

    assert_int_equal(
        sidle_layer_init(&layer, ops, "layer.000", &line, 1, options),
        SIDLE_OK);
    ops->forward(&layer, &(sidle_call){.x = x, .y = y, .cache = cache});
    ops->input_grad(&layer,
                    &(sidle_call){.x = x, .dy = dy, .dx = dx, .cache = cache});
    for (int i = 0; i < 4; i++)
        assert_true(dx[i] == (i == 1 ? 5 : 0));
    x[2] = (sidle_real)NAN;
    ops->forward(&layer, &(sidle_call){.x = x, .y = y, .cache = cache});
    assert_true(isnan((double)y[0]));
    sidle_layer_done(&layer);
    free(options);
}

/* ---- what does not fit */

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
    const sidle_shape row = {1, {7}};

    refused("group_norm", row, "groups 2",
            "(7), it needs a multiple of its 2 groups");
    refused("group_norm", image, "groups 4",
            "(4, 6, 6), it needs a multiple of its 4 groups");
    refused("max_pool", row, "size 2", "three dimensions, (Y, X, C)");
    refused("max_pool", image, "size 5", "at least as many places as its size");
    refused("avg_pool", image, "size 1,7", "as many places as its size");
    refused("global_pool", row, "", "three dimensions, (Y, X, C)");
    refused("upsample", row, "", "three dimensions, (Y, X, C)");
}

TEST_MAIN
