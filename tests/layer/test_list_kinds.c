/* test_list_kinds.c - the kinds that a list of layers may name: each through
 * the kit, its values against a plain twin, and inputs that do not fit. */
/* real: double */
/* with: kit_layer.c */
#include "check.h"
#include "kit_layer.h"

#include "layer/kinds.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 3, MOST = 64 };

/* Options of a kind, set by the names of its rows. */
static void *options_of(const sidle_layer_ops *ops, const char *key,
                        const char *text)
{
    void *options = calloc(1, ops->options_size + 1);

    assert_non_null(options);
    sidle_option_defaults(ops->rows, (size_t)ops->n_rows, options);
    if (key != NULL)
        assert_true(sidle_option_read(
            sidle_option_row(ops->rows, (size_t)ops->n_rows, key), text,
            options));
    return options;
}

static kit_case case_of(const char *kind, sidle_shape in, const void *options)
{
    return (kit_case){.ops = sidle_layer_kind(kind),
                      .name = "layer.003",
                      .in = in,
                      .options = options,
                      .item = {.number = 4, .seed = 9, .rows = ROWS},
                      .grad_weight = 0.25,
                      .seed = 51};
}

static void check_kind(const char *kind, sidle_shape in, const char *key,
                       const char *text)
{
    const sidle_layer_ops *ops = sidle_layer_kind(kind);
    void *options;
    kit_case given;

    assert_non_null(ops);
    options = options_of(ops, key, text);
    given = case_of(kind, in, options);
    given.item.is_training = 1;
    kit_check_layer(&given);
    free(options);
}

TEST(kinds_pass_the_kit)
{
    const sidle_shape row = {1, {7}}, image = {3, {3, 2, 5}};

    check_kind("linear", row, "width", "4");
    check_kind("linear", row, "width", "1");
    check_kind("layer_norm", row, NULL, NULL);
    check_kind("layer_norm", image, "eps", "0.01");
    check_kind("relu", image, NULL, NULL);
    check_kind("gelu", image, NULL, NULL);
    check_kind("sq_relu", row, NULL, NULL);
    check_kind("tanh", row, NULL, NULL);
    check_kind("flatten", image, NULL, NULL);
    check_kind("dropout", image, "rate", "0.4");
    check_kind("dropout", image, "rate", "0");
}

static void check_loss(const char *kind, sidle_shape in, const void *field,
                       const int32_t *scored)
{
    kit_case given = case_of(kind, in, NULL);
    void *options = options_of(given.ops, NULL, NULL);

    given.options = options;
    given.item.fields[0] = field;
    given.item.scored = scored;
    kit_check_layer(&given);
    free(options);
}

TEST(losses_pass_the_kit)
{
    const int32_t label[ROWS] = {0, -1, 4}, some[ROWS] = {1, 1, 0};
    const sidle_shape image = {3, {2, 2, 3}};
    sidle_real next[ROWS * 12];

    check_random(52, "next", ROWS * 12, next);
    check_loss("cross_entropy", (sidle_shape){1, {5}}, label, NULL);
    check_loss("cross_entropy", (sidle_shape){1, {5}}, label, some);
    check_loss("mse", image, next, NULL);
    check_loss("mse", image, next, some);
}

/* A residual in a residual; the inner ones have an activation, a norm and
 * weights. */
TEST(residuals_pass_the_kit)
{
    const sidle_layer_ops *linear = sidle_layer_kind("linear");
    const sidle_layer_ops *norm = sidle_layer_kind("layer_norm");
    void *wide = options_of(linear, "width", "9");
    void *narrow = options_of(linear, "width", "6");
    void *plain = options_of(norm, NULL, NULL);
    const sidle_layer_entry deep[] = {{norm, "", plain},
                                      {sidle_layer_kind("tanh"), "", NULL}};
    const sidle_layer_list inner = {deep, 2};
    const sidle_layer_entry entries[] = {
        {linear, "", wide},
        {sidle_layer_kind("gelu"), "", NULL},
        {sidle_layer_kind("residual"), "", &inner},
        {linear, "", narrow}};
    const sidle_layer_list list = {entries, 4};
    kit_case given = case_of("residual", (sidle_shape){1, {6}}, &list);
    sidle_layer layer;

    kit_check_layer(&given);
    assert_int_equal(sidle_layer_init(&layer, given.ops, "layer.003", &given.in,
                                      ROWS, &list),
                     SIDLE_OK);
    assert_int_equal(layer.n_params, 6);
    assert_string_equal(layer.params[0].name, "layer/003/000/weight");
    assert_string_equal(layer.params[2].name, "layer/003/002/000/scale");
    assert_string_equal(layer.params[5].name, "layer/003/003/bias");
    sidle_layer_done(&layer);
    free(wide);
    free(narrow);
    free(plain);
}

/* ---- values */

struct run {
    sidle_layer layer;
    sidle_real x[MOST], y[MOST], w[MOST], cache[MOST], scratch[MOST];
    sidle_loss loss;
};

/* One forward of a kind on random weights and inputs. */
static void run_kind(struct run *r, const char *kind, sidle_shape in,
                     const char *key, const char *text, const sidle_item *item)
{
    const sidle_layer_ops *ops = sidle_layer_kind(kind);
    void *options = options_of(ops, key, text);

    memset(r, 0, sizeof(*r));
    assert_int_equal(
        sidle_layer_init(&r->layer, ops, "layer.000", &in, item->rows, options),
        SIDLE_OK);
    free(options);
    assert_true(r->layer.weights <= MOST && r->layer.in <= MOST);
    check_random(53, kind, MOST, r->x);
    check_random(54, kind, MOST, r->w);
    r->layer.ops->forward(&r->layer, &(sidle_call){.item = item,
                                                   .w = r->w,
                                                   .x = r->x,
                                                   .y = r->y,
                                                   .cache = r->cache,
                                                   .scratch = r->scratch,
                                                   .loss = &r->loss});
}

TEST(a_linear_is_a_product_and_a_bias)
{
    const sidle_item item = {.rows = 2};
    struct run r;
    double expected[6];

    run_kind(&r, "linear", (sidle_shape){1, {4}}, "width", "3", &item);
    assert_int_equal(r.layer.n_params, 2);
    for (int b = 0; b < 2; b++)
        for (int o = 0; o < 3; o++) {
            double sum = (double)r.w[r.layer.params[1].offset + o];

            for (int i = 0; i < 4; i++)
                sum += (double)r.x[b * 4 + i] *
                       (double)r.w[r.layer.params[0].offset + o * 4 + i];
            expected[b * 3 + o] = sum;
        }
    check_close("y", 6, r.y, expected, 1e-14);
    sidle_layer_done(&r.layer);
}

TEST(a_norm_is_over_the_channels_of_a_place)
{
    const sidle_item item = {.rows = 2};
    struct run r;
    double expected[24];

    run_kind(&r, "layer_norm", (sidle_shape){3, {2, 2, 3}}, "eps", "0.1",
             &item);
    for (int p = 0; p < 8; p++) {
        double mean = 0.0, variance = 0.0;

        for (int c = 0; c < 3; c++)
            mean += (double)r.x[p * 3 + c] / 3.0;
        for (int c = 0; c < 3; c++)
            variance += pow((double)r.x[p * 3 + c] - mean, 2.0) / 3.0;
        for (int c = 0; c < 3; c++)
            expected[p * 3 + c] =
                ((double)r.x[p * 3 + c] - mean) / sqrt(variance + 0.1) *
                    (double)r.w[r.layer.params[0].offset + c] +
                (double)r.w[r.layer.params[1].offset + c];
    }
    check_close("y", 24, r.y, expected, 1e-13);
    sidle_layer_done(&r.layer);
}

TEST(mean_squares_are_summed_over_the_rows_with_a_target)
{
    const int32_t scored[3] = {1, 0, 1};
    sidle_real next[12];
    sidle_item item = {.rows = 3, .scored = scored, .fields = {next}};
    struct run r;
    double sum = 0.0;

    check_random(55, "next", 12, next);
    run_kind(&r, "mse", (sidle_shape){1, {4}}, NULL, NULL, &item);
    for (int i = 0; i < 12; i++)
        if (i / 4 != 1)
            sum += pow((double)r.x[i] - (double)next[i], 2.0) / 4.0;
    assert_true(fabs(r.loss.sum - sum) < 1e-14);
    assert_int_equal(r.loss.n_targets, 2);
    assert_null(r.layer.ops->loss->uninformed);
    sidle_layer_done(&r.layer);
}

TEST(cross_entropy_counts_labels_and_hits)
{
    const int32_t label[3] = {2, -1, 0};
    sidle_item item = {.rows = 3, .fields = {label}};
    struct run r;
    double sum = 0.0;
    int hits = 0;

    run_kind(&r, "cross_entropy", (sidle_shape){1, {4}}, NULL, NULL, &item);
    for (int b = 0; b < 3; b += 2) {
        double z = 0.0;
        int is_best = 1;

        for (int k = 0; k < 4; k++) {
            z += exp((double)r.x[b * 4 + k]);
            is_best = is_best && r.x[b * 4 + k] <= r.x[b * 4 + label[b]];
        }
        sum += log(z) - (double)r.x[b * 4 + label[b]];
        hits += is_best;
    }
    assert_true(fabs(r.loss.sum - sum) < 1e-13);
    assert_int_equal(r.loss.n_targets, 2);
    assert_int_equal(r.loss.n_correct, hits);
    assert_true(r.layer.ops->loss->uninformed(&r.layer) == log(4.0));
    sidle_layer_done(&r.layer);
}

/* ---- what does not fit */

static void refused(const char *kind, sidle_shape in, const void *options,
                    const char *words)
{
    sidle_layer layer;

    assert_int_equal(sidle_layer_init(&layer, sidle_layer_kind(kind),
                                      "layer.003", &in, ROWS, options),
                     SIDLE_EUSAGE);
    if (strstr(sidle_fail_text(), words) == NULL ||
        strstr(sidle_fail_text(), "layer.003") == NULL)
        fail_msg("\"%s\" does not say \"%s\"", sidle_fail_text(), words);
}

TEST(shapes_that_do_not_fit_are_refused)
{
    const sidle_shape none = {0}, image = {3, {2, 2, 3}}, one = {1, {1}};
    const sidle_layer_ops *linear = sidle_layer_kind("linear");
    void *four = options_of(linear, "width", "4");
    const sidle_layer_entry entry = {linear, "", four};
    const sidle_layer_entry loss = {sidle_layer_kind("mse"), "", four};
    const sidle_layer_list list = {&entry, 1}, empty = {&entry, 0};
    const sidle_layer_list of_loss = {&loss, 1};

    refused("linear", image, four, "(2, 2, 3), it needs one dimension");
    refused("layer_norm", none, four, "it needs at least one dimension");
    refused("relu", none, NULL, "it needs at least one dimension");
    refused("flatten", none, NULL, "it needs at least one dimension");
    refused("dropout", none, four, "it needs at least one dimension");
    refused("cross_entropy", image, NULL, "at least two classes");
    refused("cross_entropy", one, NULL, "at least two classes");
    refused("mse", none, four, "it needs at least one dimension");
    refused("residual", one, &list, "make (4) of it");
    refused("residual", one, &empty, "has no layers");
    refused("residual", one, &of_loss, "cannot stand inside");
    free(four);
}

/* Optimizers let what has several dimensions decay, and nothing else: these are
 * the weights, however small they are. */
static void check_dims(const char *kind, sidle_shape in, const char *key,
                       const char *text)
{
    const sidle_layer_ops *ops = sidle_layer_kind(kind);
    void *options = options_of(ops, key, text);
    sidle_layer layer;

    assert_int_equal(
        sidle_layer_init(&layer, ops, "layer.000", &in, ROWS, options),
        SIDLE_OK);
    assert_true(layer.n_params > 0);
    for (int i = 0; i < layer.n_params; i++) {
        const sidle_param *param = &layer.params[i];
        int is_weight = strcmp(param->name, "layer/000/weight") == 0;

        if ((param->n_dims > 1) != is_weight)
            fail_msg("%s of %s has %d dimensions", param->name, kind,
                     param->n_dims);
    }
    sidle_layer_done(&layer);
    free(options);
}

TEST(weights_alone_have_several_dimensions)
{
    const sidle_shape row = {1, {1}}, image = {3, {3, 2, 1}};

    check_dims("linear", row, "width", "1");
    check_dims("conv2d", image, "channels", "1");
    check_dims("conv2d_transpose", image, "channels", "1");
    check_dims("group_norm", image, "groups", "1");
    check_dims("layer_norm", image, NULL, NULL);
}

TEST(kinds_are_found_by_name)
{
    int n = 0;

    while (sidle_layer_kind_at(n) != NULL) {
        const sidle_layer_ops *ops = sidle_layer_kind_at(n++);

        assert_ptr_equal(sidle_layer_kind(ops->kind), ops);
    }
    assert_int_equal(n, 19);
    assert_null(sidle_layer_kind("lineer"));
    assert_string_equal(sidle_layer_nearest_kind("lineer")->kind, "linear");
    assert_null(sidle_layer_nearest_kind("perceptron_machine"));
}

TEST_MAIN
