/* tokens.h - a small token file of two documents, vocabulary 20. */
#ifndef SIDLE_TESTS_CLI_TOKENS_H
#define SIDLE_TESTS_CLI_TOKENS_H

#include "check.h"

#include "io/h5.h"

static inline void put_column(hid_t file, const char *name, hsize_t n,
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
static inline void make_tokens(const char *path, int64_t first, int64_t second)
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

#endif
