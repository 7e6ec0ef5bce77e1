/* test_embed.c - positions as vectors: golden sinusoids, rows of tables. */
#include "check.h"
#include "layer/embed.h"

#include <stdlib.h>

/* Sets up a cross layer's embedding alone. */
static sidle_embed make(sidle_layer *layer, const sidle_perceiver *config)
{
    sidle_embed embed = {0};

    *layer = (sidle_layer){0};
    assert_int_equal(sidle_embed_add(&embed, layer, config), SIDLE_OK);
    return embed;
}

TEST(golden_sinusoids)
{
    const double at_1[8] = {.8414710, .0463992, .0021544, .0001,
                            .5403023, .9989230, .9999977, 1.0};
    const double at_5[8] = {-.9589243, .2300017, .0107720, .0005,
                            .2836622,  .9731902, .9999420, .9999999};
    sidle_perceiver config = {.vocab = 4,
                              .context = 5,
                              .embed_width = 8,
                              .positions = SIDLE_SINUSOIDAL};
    const int32_t tokens[5] = {2, 3, 3, 3, 3};
    sidle_layer layer;
    sidle_embed embed = make(&layer, &config);
    sidle_real *w = calloc(layer.weights, sizeof(*w)), x[5 * 8];

    assert_non_null(w);
    sidle_embed_tokens(&embed, w, 5, tokens, 1, x);
    check_close("position 1", 8, x, at_1, 1e-7);
    check_close("position 5", 8, x + 32, at_5, 1e-7);
    sidle_embed_done(&embed);
    free(w);
}

static void check_rows(const sidle_embed *embed, int64_t position, int x, int y,
                       int channel)
{
    assert_int_equal(sidle_embed_row(embed, 0, position), x);
    assert_int_equal(sidle_embed_row(embed, 1, position), y);
    assert_int_equal(sidle_embed_row(embed, 2, position), channel);
}

TEST(sinusoids_are_those_of_the_table)
{
    sidle_perceiver config = {.vocab = 4,
                              .context = 9,
                              .embed_width = 8,
                              .positions = SIDLE_SINUSOIDAL};
    const int32_t tokens[9] = {2, 3, 3, 3, 3, 3, 3, 3, 3};
    sidle_layer layer;
    sidle_embed embed = make(&layer, &config);
    sidle_real *w = calloc(layer.weights, sizeof(*w)), x[9 * 8], y[9 * 8];

    sidle_embed_tokens(&embed, w, 9, tokens, 1, x);
    assert_null(embed.waves);
    assert_int_equal(sidle_embed_ready(&embed), SIDLE_OK);
    assert_non_null(embed.waves);
    sidle_embed_tokens(&embed, w, 9, tokens, 1, y);
    assert_memory_equal(x, y, sizeof(x));
    sidle_embed_done(&embed);
    free(w);
}

TEST(rows_of_an_image)
{
    sidle_perceiver config = {.vocab = 259,
                              .context = 12416,
                              .embed_width = 2,
                              .positions = SIDLE_LEARNED,
                              .n_position_sizes = 3,
                              .position_sizes = {66, 66, 5}};
    sidle_layer layer;
    sidle_embed embed = make(&layer, &config);

    assert_int_equal(sidle_embed_elements(&config), 12289);
    check_rows(&embed, 1, 1, 1, 1);          /* SOS */
    check_rows(&embed, 2, 2, 2, 2);          /* red of the first pixel */
    check_rows(&embed, 4, 2, 2, 4);          /* its blue */
    check_rows(&embed, 5, 3, 2, 2);          /* the pixel on its right */
    check_rows(&embed, 2 + 64 * 3, 2, 3, 2); /* the second line */
    check_rows(&embed, 12289, 65, 65, 4);    /* the last element */
    check_rows(&embed, 12416, 65, 65, 4);    /* nothing: as the last */
}

TEST(rows_of_one_and_of_two_dimensions)
{
    sidle_perceiver config = {
        .vocab = 5, .context = 9, .embed_width = 2, .positions = SIDLE_LEARNED};
    sidle_layer layer;
    sidle_embed embed = make(&layer, &config);

    for (int p = 1; p <= 9; p++)
        assert_int_equal(sidle_embed_row(&embed, 0, p), p);
    config.n_position_sizes = 2;
    config.position_sizes[0] = 5; /* three wide */
    config.position_sizes[1] = 4; /* two high */
    embed = make(&layer, &config);
    assert_int_equal(sidle_embed_row(&embed, 0, 1), 1);
    assert_int_equal(sidle_embed_row(&embed, 0, 4), 4);
    assert_int_equal(sidle_embed_row(&embed, 1, 4), 2);
    assert_int_equal(sidle_embed_row(&embed, 0, 5), 2);
    assert_int_equal(sidle_embed_row(&embed, 1, 5), 3);
    assert_int_equal(sidle_embed_row(&embed, 1, 9), 3);
}

TEST_MAIN
