/* test_short.c - the lists that short names write fit frames of every size. */
#include "check.h"

#include "layer/kinds.h"
#include "model/short.h"
#include "model/spec_model.h"

#include <string.h>

/* The model of a short name, on frames of a shape. */
static sidle_model *model_of(const char *name, const sidle_short_sizes *sizes)
{
    const sidle_short *of = sidle_short_find(name);
    const sidle_field frames = {"frames", 'f', sizes->frame};
    sidle_model *model = NULL;
    sidle_spec spec = {0};

    assert_non_null(of);
    of->write(sizes, &spec.layers);
    sidle_spec_begin(&spec.loss, of->loss, "model.loss", "");
    if (sidle_spec_model(&spec, &frames, 2, &model) != SIDLE_OK)
        fail_msg("%s of %td x %td: %s", name, frames.shape.dims[0],
                 frames.shape.dims[1], sidle_fail_text());
    sidle_spec_done(&spec);
    return model;
}

static int count(const sidle_model *model, const char *kind)
{
    int n = 0;

    for (int i = 0; i < model->n_layers; i++)
        n += strcmp(model->layers[i].ops->kind, kind) == 0;
    return n;
}

static sidle_short_sizes sizes_of(uint64_t i, ptrdiff_t most_places,
                                  ptrdiff_t layers)
{
    double random[5];
    sidle_rng rng = {i, sidle_rng_stream("sizes", 0)};

    for (uint64_t k = 0; k < 5; k++)
        random[k] = sidle_rng_uniform(rng, k);
    return (sidle_short_sizes){
        .width = 1 + (ptrdiff_t)(random[0] * 12),
        .layers = layers,
        .classes = 2 + (ptrdiff_t)(random[1] * 20),
        .frame = {3,
                  {1 + (ptrdiff_t)(random[2] * (double)most_places),
                   1 + (ptrdiff_t)(random[3] * (double)most_places),
                   1 + (ptrdiff_t)(random[4] * 3)}}};
}

TEST(an_autoencoder_makes_frames_of_the_same_size)
{
    for (uint64_t i = 0; i < 60; i++) {
        const ptrdiff_t layers = 2 + 2 * (ptrdiff_t)(i % 8);
        const sidle_short_sizes sizes = sizes_of(i, 70, layers);
        sidle_model *model = model_of("autoencoder", &sizes);

        assert_int_equal(count(model, "conv2d"), layers / 2);
        assert_int_equal(count(model, "conv2d_transpose"), layers / 2);
        assert_true(sidle_shape_equal(
            &model->layers[model->n_layers - 2].out_shape, &sizes.frame));
        sidle_model_free(model);
    }
}

TEST(a_video_cnn_has_an_output_for_each_class)
{
    for (uint64_t i = 0; i < 60; i++) {
        const ptrdiff_t layers = 1 + (ptrdiff_t)(i % 9);
        const sidle_short_sizes sizes = sizes_of(i, 70, layers);
        sidle_model *model = model_of("video_cnn", &sizes);
        const sidle_layer *head = &model->layers[model->n_layers - 2];

        assert_int_equal(count(model, "conv2d"), layers);
        assert_int_equal(count(model, "relu"), layers);
        assert_true(sidle_shape_equal(&head->out_shape,
                                      &(sidle_shape){1, {sizes.classes}}));
        assert_int_equal(head->params[0].init, SIDLE_INIT_ZERO);
        sidle_model_free(model);
    }
}

TEST(layers_double_where_places_are_halved)
{
    const sidle_short_sizes sizes = {
        .width = 6, .layers = 8, .classes = 10, .frame = {3, {24, 24, 1}}};
    sidle_model *model = model_of("video_cnn", &sizes);
    const sidle_layer *first = &model->layers[0];
    /* 24, 12, 6, 3: three places are not halved */
    const sidle_layer *last = &model->layers[model->n_layers - 4];

    assert_string_equal(first->params[0].name, "layer/000/weight");
    assert_true(
        sidle_shape_equal(&first->out_shape, &(sidle_shape){3, {24, 24, 6}}));
    assert_string_equal(last->ops->kind, "relu");
    assert_true(
        sidle_shape_equal(&last->out_shape, &(sidle_shape){3, {3, 3, 48}}));
    assert_int_equal(count(model, "max_pool"), 3);
    sidle_model_free(model);
}

TEST(there_are_two_names)
{
    assert_non_null(sidle_short_find("video_cnn"));
    assert_non_null(sidle_short_find("autoencoder"));
    assert_null(sidle_short_find("layers"));
}

TEST_MAIN
