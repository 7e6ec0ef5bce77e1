/* test_setup.c - what is wrong with the data is told with its file */
#include "check.h"
#include "io/scratch.h"

#include "cli/setup.h"
#include "io/h5.h"

#include <stdlib.h>
#include <string.h>

static void put_column(hid_t file, const char *name, hsize_t n,
                       const int64_t *values)
{
    hid_t space = H5Screate_simple(1, &n, NULL);
    hid_t set = H5Dcreate2(file, name, H5T_STD_I64LE, space, H5P_DEFAULT,
                           H5P_DEFAULT, H5P_DEFAULT);

    assert_true(set >= 0 && H5Dwrite(set, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL,
                                     H5P_DEFAULT, values) >= 0);
    H5Dclose(set);
    H5Sclose(space);
}

/* Two documents of the given lengths. */
static void make_tokens(const char *path, int64_t first, int64_t second)
{
    const int64_t tokens[] = {5, 6, 7, 8, 9, 10, 11, 12};
    const int64_t offsets[] = {0, first, first + second};
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);

    assert_true(file >= 0 && first + second <= 8);
    assert_int_equal(sidle_h5_write_text(file, "format", "sidle-tokens"),
                     SIDLE_OK);
    assert_int_equal(sidle_h5_write_int(file, "format_version", 1), SIDLE_OK);
    assert_int_equal(sidle_h5_write_int(file, "vocab", 20), SIDLE_OK);
    put_column(file, "tokens", (hsize_t)(first + second), tokens);
    put_column(file, "offsets", 3, offsets);
    H5Fclose(file);
}

/* Half of the documents held out; the words of the refusal, or "" if none. */
static const char *set_up(const char *path)
{
    static char words[1024];
    sidle_options *options = malloc(sizeof(*options));
    sidle_setup *setup = malloc(sizeof(*setup));
    sidle_status status;

    assert_true(options != NULL && setup != NULL);
    sidle_options_default(options);
    options->model.vocab = 20;
    options->model.width = options->model.embed_width = 8;
    options->model.heads = options->model.cross_heads = 2;
    options->model.context = options->model.latents = 4;
    options->run.steps = 3;
    strcpy(options->data.kind, "tokens");
    snprintf(options->data.path, sizeof(options->data.path), "%s", path);
    options->data.valid_fraction = 0.5;
    status = sidle_setup_run(options, 1, setup);
    assert_true(status == SIDLE_OK || status == SIDLE_EDATA);
    snprintf(words, sizeof(words), "%s",
             status == SIDLE_OK ? "" : sidle_fail_text());
    sidle_setup_done(setup);
    free(setup);
    free(options);
    return words;
}

static void test_documents_without_a_target_are_told_with_their_file(void **c)
{
    scratch s = scratch_new();
    const char *words;

    (void)c;
    make_tokens(scratch_path(&s, "good.h5"), 4, 4);
    assert_string_equal(set_up(scratch_path(&s, "good.h5")), "");
    make_tokens(scratch_path(&s, "train.h5"), 1, 4);
    words = set_up(scratch_path(&s, "train.h5"));
    assert_non_null(strstr(words, "train.h5': none of 1 documents"));
    make_tokens(scratch_path(&s, "valid.h5"), 4, 1);
    words = set_up(scratch_path(&s, "valid.h5"));
    assert_non_null(strstr(words, "valid.h5': "));
    scratch_done(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_documents_without_a_target_are_told_with_their_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
