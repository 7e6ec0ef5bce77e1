/* test_source.c - a source meets the fields that a model reads. */
#include "check.h"

#include "data/source.h"

#include <string.h>

enum { ROWS = 3 };

/* Field k of row b holds 10 k + b; what nobody wants is not written. */
static void give(const sidle_source *source, int64_t item, sidle_batch *out)
{
    sidle_real *frames = out->fields[0], *next = out->fields[2];
    int32_t *label = out->fields[1];

    (void)source;
    for (int32_t b = 0; b < ROWS; b++) {
        for (int i = 0; frames != NULL && i < 2; i++)
            frames[2 * b + i] = (sidle_real)b;
        if (label != NULL)
            label[b] = 10 + b;
        for (int i = 0; next != NULL && i < 2; i++)
            next[2 * b + i] = (sidle_real)(20 + b);
    }
    if (out->clip != NULL)
        out->clip[0] = item;
    out->n_counted = item;
    out->n_all = 2 * item;
}

static sidle_source open_source(void)
{
    return (sidle_source){.n_fields = 3,
                          .fields = {{"frames", 'f', {2, {1, 2}}},
                                     {"label", 'i', {1, {1}}},
                                     {"next", 'f', {2, {1, 2}}}},
                          .batch = give};
}

TEST(a_model_gets_the_fields_it_reads_in_its_own_order)
{
    const sidle_field wanted[] = {{"next", 'f', {2, {1, 2}}},
                                  {"label", 'i', {1, {1}}}};
    sidle_source source = open_source();
    sidle_real next[2 * ROWS];
    int32_t label[ROWS];
    int64_t clip[ROWS];
    sidle_batch batch = {
        .rows = ROWS, .fields = {next, label}, .clip = clip, .n_all = -1};

    assert_int_equal(sidle_source_bind(&source, wanted, 2), SIDLE_OK);
    sidle_source_fill(&source, 4, &batch);
    for (int b = 0; b < ROWS; b++) {
        assert_int_equal(label[b], 10 + b);
        assert_true(next[2 * b + 1] == (sidle_real)(20 + b));
    }
    assert_int_equal(clip[0], 4);
    assert_int_equal(batch.n_counted, 4);
    assert_int_equal(batch.n_all, 8);
    assert_ptr_equal(batch.fields[0], next);
}

TEST(a_field_without_an_array_is_left_out)
{
    const sidle_field wanted[] = {{"next", 'f', {2, {1, 2}}},
                                  {"label", 'i', {1, {1}}}};
    sidle_source source = open_source();
    int32_t label[ROWS];
    sidle_batch batch = {.rows = ROWS, .fields = {NULL, label}};

    assert_int_equal(sidle_source_bind(&source, wanted, 2), SIDLE_OK);
    sidle_source_fill(&source, 4, &batch);
    assert_int_equal(label[ROWS - 1], 10 + ROWS - 1);
}

TEST(a_source_that_is_not_bound_gives_no_field)
{
    sidle_source source = open_source();
    int32_t label[ROWS] = {-5, -5, -5};
    sidle_batch batch = {.rows = ROWS, .fields = {label, label, label}};

    sidle_source_fill(&source, 4, &batch);
    assert_int_equal(label[0], -5);
    assert_int_equal(batch.n_counted, 4);
}

static void check_refused(const sidle_field *wanted, const char *reads)
{
    sidle_source source = open_source();

    assert_int_equal(sidle_source_bind(&source, wanted, 1), SIDLE_EUSAGE);
    assert_non_null(strstr(sidle_fail_text(), reads));
    assert_non_null(strstr(sidle_fail_text(),
                           "'frames' of shape (1, 2), reals; 'label' of shape "
                           "(1), integers; 'next'"));
    assert_int_equal(source.n_bound, 0);
}

TEST(what_a_source_does_not_offer_is_named)
{
    check_refused(&(sidle_field){"tokens", 'i', {1, {9}}},
                  "'tokens' of shape (9), integers");
    check_refused(&(sidle_field){"frames", 'f', {2, {1, 3}}},
                  "'frames' of shape (1, 3), reals");
    check_refused(&(sidle_field){"label", 'f', {1, {1}}},
                  "'label' of shape (1), reals");
}

TEST_MAIN
