/* test_h5.c - attributes of any kind, checksums, space */
#include "check.h"
#include "io/scratch.h"

#include "io/digest.h"
#include "io/h5.h"

#include <sys/resource.h>

static hid_t new_file(const scratch *s)
{
    hid_t file = H5Fcreate(scratch_path(s, "a.h5"), H5F_ACC_TRUNC, H5P_DEFAULT,
                           H5P_DEFAULT);

    assert_true(file >= 0);
    return file;
}

static void put(hid_t file, const char *name, hid_t type, hid_t space,
                const void *value)
{
    hid_t attr = H5Acreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT);

    assert_true(attr >= 0 && H5Awrite(attr, type, value) >= 0);
    H5Aclose(attr);
}

static void expect_text(hid_t file, const char *name, const char *expected)
{
    char out[16] = "";

    assert_int_equal(sidle_h5_read_text(file, name, out, sizeof(out)),
                     SIDLE_OK);
    assert_string_equal(out, expected);
}

TEST(strings_of_every_kind_are_read)
{
    scratch s = scratch_new();
    hid_t file = new_file(&s), scalar = H5Screate(H5S_SCALAR);
    hid_t fixed = H5Tcopy(H5T_C_S1), variable = H5Tcopy(H5T_C_S1);
    const char *word = "variable";
    char out[16] = "untouched";

    H5Tset_size(variable, H5T_VARIABLE);
    put(file, "ascii", variable, scalar, &word);
    H5Tset_cset(variable, H5T_CSET_UTF8);
    put(file, "utf8", variable, scalar, &word);
    H5Tset_size(fixed, 8);
    put(file, "terminated", fixed, scalar, "word\0\0\0");
    H5Tset_strpad(fixed, H5T_STR_SPACEPAD);
    put(file, "spaces", fixed, scalar, "word    ");
    assert_int_equal(sidle_h5_write_text(file, "ours", "word"), SIDLE_OK);
    assert_int_equal(sidle_h5_write_text(file, "long", "0123456789abcdef"),
                     SIDLE_OK);
    assert_int_equal(sidle_h5_write_int(file, "number", 5), SIDLE_OK);
    expect_text(file, "ascii", "variable");
    expect_text(file, "utf8", "variable");
    expect_text(file, "terminated", "word");
    expect_text(file, "spaces", "word");
    expect_text(file, "ours", "word");
    assert_int_equal(sidle_h5_read_text(file, "long", out, sizeof(out)),
                     SIDLE_EDATA);
    assert_int_equal(sidle_h5_read_text(file, "number", out, sizeof(out)),
                     SIDLE_EDATA);
    assert_int_equal(sidle_h5_read_text(file, "none", out, sizeof(out)),
                     SIDLE_EDATA);
    assert_non_null(strstr(sidle_fail_text(), "'none' is missing"));
    assert_string_equal(out, "untouched");
    H5Tclose(variable);
    H5Tclose(fixed);
    H5Sclose(scalar);
    H5Fclose(file);
    scratch_done(&s);
}

TEST(integers_of_any_width_and_sign_are_read)
{
    scratch s = scratch_new();
    hid_t file = new_file(&s), scalar = H5Screate(H5S_SCALAR);
    hsize_t two = 2, one = 1;
    hid_t pair = H5Screate_simple(1, &two, NULL);
    hid_t single = H5Screate_simple(1, &one, NULL);
    int64_t values[2] = {-5, 7}, out = 0;
    unsigned char byte = 200;
    double real = 1.5;

    put(file, "int64", H5T_NATIVE_INT64, scalar, values);
    put(file, "one", H5T_NATIVE_INT64, single, values);
    put(file, "uint8", H5T_NATIVE_UINT8, scalar, &byte);
    put(file, "two", H5T_NATIVE_INT64, pair, values);
    put(file, "real", H5T_NATIVE_DOUBLE, scalar, &real);
    assert_int_equal(sidle_h5_read_int(file, "int64", &out), SIDLE_OK);
    assert_int_equal(out, -5);
    assert_int_equal(sidle_h5_read_int(file, "uint8", &out), SIDLE_OK);
    assert_int_equal(out, 200);
    assert_int_equal(sidle_h5_read_int(file, "one", &out), SIDLE_OK);
    assert_int_equal(out, -5);
    assert_int_equal(sidle_h5_read_int(file, "two", &out), SIDLE_EDATA);
    assert_int_equal(sidle_h5_read_int(file, "real", &out), SIDLE_EDATA);
    assert_int_equal(sidle_h5_read_int(file, "none", &out), SIDLE_EDATA);
    assert_int_equal(out, -5);
    H5Sclose(single);
    H5Sclose(pair);
    H5Sclose(scalar);
    H5Fclose(file);
    scratch_done(&s);
}

/* Known answers: `printf abc | xxh128sum`, `xxh128sum /dev/null`. */
TEST(digests_are_xxh3_128)
{
    scratch s = scratch_new();
    sidle_digest digest;
    int64_t size = -1;
    size_t n = 3 << 20;
    unsigned char *big = calloc(n, 1);

    sidle_digest_memory("abc", 3, &digest);
    assert_string_equal(digest.hex, "06b05ab6733a618578af5f94892f3950");
    scratch_write(&s, "empty", "", 0);
    assert_int_equal(
        sidle_file_digest(scratch_path(&s, "empty"), &size, &digest), SIDLE_OK);
    assert_int_equal(size, 0);
    assert_string_equal(digest.hex, "99aa06d3014798d86001c324468d497f");
    for (size_t i = 0; i < n; i++)
        big[i] = (unsigned char)(i * i >> 7);
    scratch_write(&s, "big", big, n - 5);
    assert_int_equal(sidle_file_digest(scratch_path(&s, "big"), &size, &digest),
                     SIDLE_OK);
    assert_int_equal(size, n - 5);
    {
        sidle_digest memory;

        sidle_digest_memory(big, n - 5, &memory);
        assert_string_equal(digest.hex, memory.hex);
    }
    free(big);
    assert_int_equal(
        sidle_file_digest(scratch_path(&s, "none"), &size, &digest), SIDLE_EIO);
    assert_int_equal(sidle_file_digest(s.folder, &size, &digest), SIDLE_EIO);
    assert_non_null(strstr(sidle_fail_text(), "Is a directory"));
    scratch_done(&s);
}

TEST(a_range_beyond_the_end_is_told)
{
    scratch s = scratch_new();
    sidle_digest digest;
    int fd;

    scratch_write(&s, "short", "0123456789", 10);
    fd = open(scratch_path(&s, "short"), O_RDONLY);
    assert_int_equal(sidle_digest_range(fd, 4, 6, &digest), SIDLE_OK);
    assert_int_equal(sidle_digest_range(fd, 4, 7, &digest), SIDLE_EIO);
    assert_string_equal(sidle_fail_text(), "the file ends at byte 10");
    close(fd);
    scratch_done(&s);
}

int main(void)
{
    sidle_h5_quiet();
    return test_all(NULL, NULL);
}
