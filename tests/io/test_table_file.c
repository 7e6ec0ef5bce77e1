/* test_table_file.c - rows of several columns come back from an HDF5 file; a
 * file that cannot be whole leaves the old one. */
#include "io/folder.h"

#include "io/table_file.h"

#include <hdf5.h>
#include <signal.h>
#include <sys/resource.h>

enum { N_ROWS = 10001, N_WIDE = 37 };

static const sidle_table_column columns[] = {
    {"number", 'q', 0, {0}},
    {"label", 'i', 0, {0}},
    {"wide", 'f', 1, {N_WIDE}},
    {"frames", 'B', 3, {3, 2, 2}},
};

static float value_at(int64_t row, int i)
{
    return (float)(row * 1000003 % 977) + (float)i / 64;
}

static sidle_status add_rows(sidle_table_file *table, int64_t n)
{
    for (int64_t row = 0; row < n; row++) {
        int64_t number = row << 33;
        int32_t label = -(int32_t)row;
        float wide[N_WIDE];
        unsigned char frame[12];

        for (int i = 0; i < N_WIDE; i++)
            wide[i] = value_at(row, i);
        for (int i = 0; i < 12; i++)
            frame[i] = (unsigned char)(row + i);
        SIDLE_TRY(sidle_table_file_add(
            table, (const void *const[]){&number, &label, wide, frame}));
    }
    return SIDLE_OK;
}

static void read_set(hid_t file, const char *name, hid_t type, int n_dims,
                     const hsize_t *expected, void *out)
{
    hid_t set = H5Dopen2(file, name, H5P_DEFAULT), space;
    hsize_t dims[4];

    assert_true(set >= 0);
    space = H5Dget_space(set);
    assert_int_equal(H5Sget_simple_extent_dims(space, dims, NULL), n_dims);
    for (int i = 0; i < n_dims; i++)
        assert_int_equal(dims[i], expected[i]);
    assert_true(H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, out) >= 0);
    H5Sclose(space);
    H5Dclose(set);
}

static void check_file(const char *path, int64_t n)
{
    const hsize_t dims[4] = {(hsize_t)n, N_WIDE, 0, 0};
    const hsize_t of_frames[4] = {(hsize_t)n, 3, 2, 2};
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    int64_t *number = calloc((size_t)n, sizeof(*number));
    int32_t *label = calloc((size_t)n, sizeof(*label));
    float *wide = calloc((size_t)n * N_WIDE, sizeof(*wide));
    unsigned char *frames = calloc((size_t)n, 12);

    assert_true(file >= 0);
    read_set(file, "number", H5T_NATIVE_INT64, 1, dims, number);
    read_set(file, "label", H5T_NATIVE_INT32, 1, dims, label);
    read_set(file, "wide", H5T_NATIVE_FLOAT, 2, dims, wide);
    read_set(file, "frames", H5T_NATIVE_UINT8, 4, of_frames, frames);
    assert_true(H5Aexists(file, "format") > 0);
    assert_true(H5Aexists(file, "format_version") > 0);
    assert_true(H5Aexists(file, "of") > 0);
    for (int64_t row = 0; row < n; row++) {
        assert_int_equal(number[row], row << 33);
        assert_int_equal(label[row], -row);
        for (int i = 0; i < N_WIDE; i++)
            assert_true(wide[row * N_WIDE + i] == value_at(row, i));
        for (int i = 0; i < 12; i++)
            assert_int_equal(frames[row * 12 + i], (unsigned char)(row + i));
    }
    H5Fclose(file);
    free(number);
    free(label);
    free(wide);
    free(frames);
}

static sidle_status write_rows(const char *path, int64_t n)
{
    sidle_table_file *table;
    sidle_status status;

    SIDLE_TRY(sidle_table_file_open(path, "sidle-rows", columns, 4, &table));
    status = sidle_table_file_text(table, "of", "a test");
    if (status == SIDLE_OK)
        status = add_rows(table, n);
    return sidle_table_file_close(table, status);
}

TEST_IN_FOLDER(rows_come_back_whatever_their_number)
{
    static const int64_t numbers[] = {0, 1, 4096, N_ROWS};

    for (int i = 0; i < 4; i++) {
        assert_int_equal(write_rows(check_path("a.h5"), numbers[i]), SIDLE_OK);
        if (numbers[i] > 0)
            check_file(check_path("a.h5"), numbers[i]);
    }
}

TEST_IN_FOLDER(a_file_that_is_no_such_table_is_not_lost)
{
    check_write("data.txt", "words", 5);
    assert_int_equal(write_rows(check_path("data.txt"), 1), SIDLE_EUSAGE);
    assert_non_null(strstr(sidle_fail_text(), "is no file of format"));
    check_file_is("data.txt", "words");
    assert_int_equal(write_rows(check_path("none/a.h5"), 1), SIDLE_EIO);
}

TEST_IN_FOLDER(the_old_file_stays_where_the_new_one_does_not_fit)
{
    struct rlimit old, less;

    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(write_rows(check_path("a.h5"), 5), SIDLE_OK);
    getrlimit(RLIMIT_FSIZE, &old);
    less = (struct rlimit){1500000, old.rlim_max};
    setrlimit(RLIMIT_FSIZE, &less);
    assert_int_equal(write_rows(check_path("a.h5"), N_ROWS), SIDLE_EIO);
    assert_non_null(strstr(sidle_fail_text(), "File too large"));
    setrlimit(RLIMIT_FSIZE, &old);
    check_file(check_path("a.h5"), 5);
    assert_int_equal(access(check_path(".a.h5.tmp"), F_OK), -1);
}

TEST_MAIN
