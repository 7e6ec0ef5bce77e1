/* test_places.c - what position_sizes mean, and which contexts fit them. */
#include "check.h"

#include "layer/places.h"

#include <string.h>

static sidle_perceiver of(int n, const ptrdiff_t *sizes, ptrdiff_t context)
{
    sidle_perceiver config = {
        .positions = SIDLE_LEARNED, .context = context, .n_position_sizes = n};

    for (int i = 0; i < n; i++)
        config.position_sizes[i] = sizes[i];
    return config;
}

typedef struct row {
    int n;
    ptrdiff_t sizes[4], context;
    sidle_fit plain, padded, old; /* with nothing, position_pad, an old file */
} row;

static const row rows[] = {
    {1, {33}, 32, SIDLE_FITS, SIDLE_FITS, SIDLE_FITS},
    {1, {32}, 32, SIDLE_FITS_NOT, SIDLE_FITS_NOT, SIDLE_FITS_NOT},
    {1, {101}, 128, SIDLE_FITS_NOT, SIDLE_FITS_PADDED, SIDLE_FITS_NOT},
    {1, {33}, 31, SIDLE_FITS_SMALLER, SIDLE_FITS_SMALLER, SIDLE_FITS_SMALLER},
    {2, {30, 30}, 784, SIDLE_FITS, SIDLE_FITS, SIDLE_FITS},
    {2, {30, 30}, 785, SIDLE_FITS_NOT, SIDLE_FITS_NOT, SIDLE_FITS_OLD},
    {2, {30, 30}, 896, SIDLE_FITS_NOT, SIDLE_FITS_PADDED, SIDLE_FITS_OLD},
    {2,
     {30, 30},
     783,
     SIDLE_FITS_SMALLER,
     SIDLE_FITS_SMALLER,
     SIDLE_FITS_SMALLER},
    {2, {28, 28}, 784, SIDLE_FITS_NOT, SIDLE_FITS_NOT, SIDLE_FITS_OLD},
    {2, {28, 28}, 768, SIDLE_FITS_NOT, SIDLE_FITS_PADDED, SIDLE_FITS_OLD},
    {2, {16, 16}, 256, SIDLE_FITS_NOT, SIDLE_FITS_PADDED, SIDLE_FITS_OLD},
    {2, {128, 4}, 512, SIDLE_FITS_NOT, SIDLE_FITS_NOT, SIDLE_FITS_NOT},
    {3, {66, 66, 5}, 12288, SIDLE_FITS, SIDLE_FITS, SIDLE_FITS},
    {3, {66, 66, 5}, 12416, SIDLE_FITS_NOT, SIDLE_FITS_PADDED, SIDLE_FITS_OLD},
    {3, {66, 66, 5}, 12417, SIDLE_FITS_NOT, SIDLE_FITS_NOT, SIDLE_FITS_NOT},
    {4, {4, 4, 4, 4}, 16, SIDLE_FITS, SIDLE_FITS, SIDLE_FITS},
    {4, {4, 4, 4, 4}, 17, SIDLE_FITS_NOT, SIDLE_FITS_NOT, SIDLE_FITS_OLD},
};

TEST(contexts_fit_or_not)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        sidle_perceiver config = of(rows[i].n, rows[i].sizes, rows[i].context);

        assert_int_equal(sidle_places_fit(&config), rows[i].plain);
        assert_int_equal(sidle_places_check(&config),
                         rows[i].plain == SIDLE_FITS_NOT ? SIDLE_EUSAGE
                                                         : SIDLE_OK);
        config.has_old_places = 1;
        assert_int_equal(sidle_places_fit(&config), rows[i].old);
        config.has_old_places = 0;
        config.position_pad = 1;
        assert_int_equal(sidle_places_fit(&config), rows[i].padded);
    }
}

TEST(a_product_that_is_too_large_is_no_number)
{
    const ptrdiff_t most = INT32_MAX, sizes[3] = {most, most, most};
    sidle_perceiver config = of(3, sizes, 1024);

    assert_true(sidle_places(&config) == INT64_MAX);
    assert_int_equal(sidle_places_fit(&config), SIDLE_FITS_SMALLER);
    assert_int_equal(sidle_places_check(&config), SIDLE_OK);
}

static void says(const sidle_perceiver *config, const char *words)
{
    assert_int_equal(sidle_places_check(config), SIDLE_EUSAGE);
    if (strstr(sidle_fail_text(), words) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", sidle_fail_text(), words);
}

TEST(words_say_what_to_write)
{
    sidle_perceiver config = of(2, (const ptrdiff_t[]){28, 28}, 784);

    says(&config, "two sizes mean [X + 2, Y + 2], so [28, 28] is a 26 x 26 "
                  "grid");
    says(&config, "for 28 x 28 write [30, 30]");
    config = of(2, (const ptrdiff_t[]){16, 16}, 256);
    says(&config, "model.position_pad: true");
    config = of(2, (const ptrdiff_t[]){128, 4}, 512);
    says(&config, "for 128 x 4 write [130, 6]");
    config = of(1, (const ptrdiff_t[]){32}, 32);
    says(&config, "write [33]");
}

TEST(a_fit_that_is_not_exact_is_explained)
{
    sidle_perceiver config = of(2, (const ptrdiff_t[]){30, 30}, 784);
    char words[1024];

    sidle_places_explain(&config, words, sizeof(words));
    assert_string_equal(words, "");
    config.position_pad = 1;
    sidle_places_explain(&config, words, sizeof(words));
    assert_non_null(strstr(words, "model.position_pad has no effect"));
    config.position_pad = 0;
    config.context = 256;
    sidle_places_explain(&config, words, sizeof(words));
    assert_non_null(strstr(words, "28 x 28 grid with places for 784 inputs"));
    assert_non_null(strstr(words, "those after 256 are never used"));
    config.context = 896;
    config.position_pad = 1;
    sidle_places_explain(&config, words, sizeof(words));
    assert_non_null(strstr(words, "the 112 inputs after them"));
}

TEST_MAIN
