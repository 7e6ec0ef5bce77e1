/* test_spec_model.c - specifications by the table of layer kinds: what is wrong
 * with them, their canonical form, and the models that they make. */
#include "check.h"

#include "layer/kinds.h"
#include "model/spec_model.h"

#include <stdlib.h>
#include <string.h>

static const sidle_field frames = {"frames", 'f', {3, {4, 4, 1}}};

static void set(sidle_spec_entry *entry, const char *key, const char *text)
{
    const sidle_option_text value = {text, strchr(text, ',') != NULL, 0};

    sidle_spec_set(entry, key, &value, "run.yaml:7:9");
}

static sidle_spec_entry *add(sidle_spec_list *list, const char *kind)
{
    char path[64];

    sprintf(path, "model.layers[%zu]", list->n);
    return sidle_spec_add(list, kind, path, "run.yaml:7:3");
}

/* [flatten, linear: {width: 6}, residual: [linear: {width: 6}, relu],
 * linear: {width: 3}], cross_entropy */
static void make(sidle_spec *spec)
{
    sidle_spec_entry *entry;

    memset(spec, 0, sizeof(*spec));
    add(&spec->layers, "flatten");
    set(add(&spec->layers, "linear"), "width", "6");
    entry = add(&spec->layers, "residual");
    set(add(&entry->inner, "linear"), "width", "0x6");
    add(&entry->inner, "relu");
    set(add(&spec->layers, "linear"), "width", "3");
    sidle_spec_begin(&spec->loss, "cross_entropy", "model.loss", "");
}

TEST(units_have_names_shapes_and_parameters)
{
    sidle_model *model;
    sidle_spec spec;

    make(&spec);
    assert_int_equal(sidle_spec_check(&spec), SIDLE_OK);
    assert_int_equal(sidle_spec_model(&spec, &frames, 2, &model), SIDLE_OK);
    assert_int_equal(model->n_layers, 5);
    assert_string_equal(model->layers[0].name, "layer.000");
    assert_string_equal(model->layers[4].name, "loss");
    assert_string_equal(model->layers[2].params[0].name,
                        "layer/002/000/weight");
    assert_int_equal(model->layers[3].out_shape.dims[0], 3);
    assert_int_equal(sidle_model_count(model), 6 * 17 + 6 * 7 + 3 * 7);
    sidle_model_free(model);
    sidle_spec_done(&spec);
}

/* Also inside residuals, and not one in front of them. */
TEST(the_head_may_be_inside_a_residual)
{
    sidle_spec_entry *outer, *inner;
    const sidle_layer *layers;
    sidle_model *model;
    sidle_spec spec;

    make(&spec);
    outer = add(&spec.layers, "residual");
    inner = add(&outer->inner, "residual");
    set(add(&inner->inner, "linear"), "width", "3");
    set(add(&inner->inner, "linear"), "width", "3");
    add(&outer->inner, "tanh");
    add(&add(&spec.layers, "residual")->inner, "relu");
    assert_int_equal(sidle_spec_model(&spec, &frames, 2, &model), SIDLE_OK);
    layers = model->layers;
    assert_true(layers[3].params[0].is_matrix);
    assert_true(layers[4].params[0].is_matrix);
    assert_int_equal(layers[4].params[0].init, SIDLE_INIT_HE);
    assert_string_equal(layers[4].params[2].name, "layer/004/000/001/weight");
    assert_false(layers[4].params[2].is_matrix);
    assert_int_equal(layers[4].params[2].init, SIDLE_INIT_ZERO);
    sidle_model_free(model);
    sidle_spec_done(&spec);
}

TEST(the_last_linear_layer_is_the_head_of_classes)
{
    sidle_model *model;
    sidle_spec spec;

    make(&spec);
    assert_int_equal(sidle_spec_model(&spec, &frames, 2, &model), SIDLE_OK);
    assert_true(model->layers[1].params[0].is_matrix);
    assert_false(model->layers[3].params[0].is_matrix);
    assert_int_equal(model->layers[3].params[0].init, SIDLE_INIT_ZERO);
    sidle_model_free(model);
    sidle_spec_begin(&spec.loss, "mse", "model.loss", "");
    assert_int_equal(sidle_spec_model(&spec, &frames, 2, &model), SIDLE_OK);
    assert_true(model->layers[3].params[0].is_matrix);
    sidle_model_free(model);
    sidle_spec_done(&spec);
}

static void check_refused(sidle_spec *spec, const char *words)
{
    assert_int_equal(sidle_spec_check(spec), SIDLE_EUSAGE);
    if (strstr(sidle_fail_text(), words) == NULL)
        fail_msg("'%s', not '%s'", sidle_fail_text(), words);
    assert_int_equal(sidle_spec_settle(spec), SIDLE_EUSAGE);
    sidle_spec_done(spec);
}

TEST(what_no_kind_takes_is_named_with_its_place)
{
    sidle_spec spec;

    make(&spec);
    add(&spec.layers, "rleu");
    check_refused(&spec, "run.yaml:7:3: 'model.layers[4]' is 'rleu', expected "
                         "a layer kind: ");
    make(&spec);
    add(&spec.layers, "rleu");
    check_refused(&spec, ", skip; did you mean 'relu'");
    make(&spec);
    add(&spec.layers, "mse");
    check_refused(&spec, "'model.layers[4]' is 'mse', expected a layer kind");
    make(&spec);
    sidle_spec_begin(&spec.loss, "relu", "model.loss", "");
    check_refused(&spec, "'model.loss' is 'relu', expected a loss: "
                         "cross_entropy, mse");
    make(&spec);
    sidle_spec_begin(&spec.loss, "mes", "model.loss", "");
    check_refused(&spec, "cross_entropy, mse; did you mean 'mse'");
    make(&spec);
    set(&spec.layers.entries[1], "widht", "6");
    check_refused(&spec, "run.yaml:7:9: unknown key "
                         "'model.layers[1].linear.widht'; did you mean "
                         "'width'; linear has the keys width, bias");
    make(&spec);
    set(&spec.layers.entries[2].inner.entries[0], "width", "0");
    check_refused(&spec, ".linear.width' is '0', expected an integer, 1 to ");
    make(&spec);
    add(&spec.layers, "linear");
    check_refused(&spec, "'model.layers[4].linear.width' is not set, expected");
    make(&spec);
    add(&spec.layers, "residual");
    check_refused(&spec, "'model.layers[4]' has no entries");
    make(&spec);
    add(&add(&spec.layers, "relu")->inner, "gelu");
    check_refused(&spec, "'model.layers[4]' is a list, but 'relu' takes no");
}

TEST(a_shape_that_does_not_fit_names_the_unit)
{
    sidle_model *model = NULL;
    sidle_spec spec;

    make(&spec);
    sidle_spec_begin(&spec.layers.entries[0], "relu", "", "");
    assert_int_equal(sidle_spec_model(&spec, &frames, 2, &model), SIDLE_EUSAGE);
    assert_non_null(strstr(sidle_fail_text(), "\"layer.001\" (linear)"));
    sidle_spec_done(&spec);
    assert_null(model);
}

static char *settled(sidle_spec *spec)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);

    assert_int_equal(sidle_spec_settle(spec), SIDLE_OK);
    sidle_spec_print_flow(&spec->layers, stream);
    sidle_spec_print_loss(&spec->loss, stream);
    fclose(stream);
    return text;
}

TEST(the_canonical_form_has_all_options_in_one_way)
{
    sidle_spec spec;
    char *text, *again;

    make(&spec);
    set(&spec.layers.entries[3], "bias", "False");
    add(&spec.layers, "layer_norm");
    set(add(&spec.layers, "layer_norm"), "eps", "1e-3");
    sidle_spec_begin(&spec.loss, "mse", "model.loss", "");
    text = settled(&spec);
    assert_string_equal(
        text, "flatten, {linear: {width: 6, bias: true}}, {residual: [{linear: "
              "{width: 6, bias: true}}, relu]}, {linear: {width: 3, bias: "
              "false}}, {layer_norm: {eps: 1.0e-05}}, {layer_norm: {eps: "
              "0.001}}{kind: mse, ahead: 0}");
    again = settled(&spec);
    assert_string_equal(text, again);
    assert_string_equal(spec.layers.entries[3].options[0].place,
                        "run.yaml:7:9");
    free(text);
    free(again);
    sidle_spec_done(&spec);
}

TEST(help_names_every_kind_and_its_keys)
{
    const sidle_layer_ops *ops;
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);

    sidle_spec_help(stream);
    fclose(stream);
    for (int i = 0; (ops = sidle_layer_kind_at(i)) != NULL; i++) {
        char line[64];

        sprintf(line, "\n  %s", ops->kind);
        assert_non_null(strstr(text, line));
        for (int k = 0; k < ops->n_rows; k++)
            assert_non_null(strstr(text, ops->rows[k].help));
    }
    assert_non_null(strstr(text, "  relu: no keys\n"));
    assert_non_null(strstr(text, "  residual: a list of layers\n"));
    assert_true(strstr(text, "  mse") > strstr(text, "losses (model.loss"));
    free(text);
}

TEST_MAIN
