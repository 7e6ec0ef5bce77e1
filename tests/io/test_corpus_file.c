/* test_corpus_file.c - texts and token files, as h5py would write them too */
#include "check.h"
#include "io/scratch.h"

#include "io/corpus_file.h"
#include "io/data_file.h"
#include "io/h5.h"

enum { DOCUMENTS = 4, TOTAL = 30 };

/* A token file to be written; a test changes what it is about. */
typedef struct recipe {
    const char *format;
    int is_variable; /* strings of variable length, as h5py's default */
    int64_t version, vocab;
    hid_t token_type, offset_type; /* in the file */
    int64_t tokens[TOTAL], offsets[DOCUMENTS + 1];
    int n_offsets, n_dims;
    int is_chunked;
} recipe;

static recipe recipe_new(void)
{
    recipe r = {.format = "sidle-tokens",
                .version = 1,
                .vocab = 50,
                .token_type = H5T_STD_I32LE,
                .offset_type = H5T_STD_I64LE,
                .offsets = {0, 7, 7, 21, TOTAL},
                .n_offsets = DOCUMENTS + 1,
                .n_dims = 1};

    for (int i = 0; i < TOTAL; i++)
        r.tokens[i] = 1 + (i * 17) % 49;
    return r;
}

static void put_format(hid_t file, const recipe *r)
{
    hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR), attr;

    if (!r->is_variable) {
        assert_int_equal(sidle_h5_write_text(file, "format", r->format),
                         SIDLE_OK);
    } else {
        H5Tset_size(type, H5T_VARIABLE);
        H5Tset_cset(type, H5T_CSET_UTF8);
        attr =
            H5Acreate2(file, "format", type, space, H5P_DEFAULT, H5P_DEFAULT);
        assert_true(H5Awrite(attr, type, &r->format) >= 0);
        H5Aclose(attr);
    }
    H5Sclose(space);
    H5Tclose(type);
}

static void put_column(hid_t file, const char *name, hid_t type, int n_dims,
                       int n, int is_chunked, const int64_t *values)
{
    hsize_t dims[2] = {(hsize_t)n, 1}, chunk[2] = {4, 1};
    hid_t space = H5Screate_simple(n_dims, dims, NULL);
    hid_t list = H5Pcreate(H5P_DATASET_CREATE), set;

    if (is_chunked) {
        H5Pset_chunk(list, n_dims, chunk);
        H5Pset_shuffle(list);
        H5Pset_deflate(list, 4);
    }
    set = H5Dcreate2(file, name, type, space, H5P_DEFAULT, list, H5P_DEFAULT);
    assert_true(H5Dwrite(set, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                         values) >= 0);
    H5Dclose(set);
    H5Pclose(list);
    H5Sclose(space);
}

static void write_tokens(const scratch *s, const recipe *r)
{
    hid_t file = H5Fcreate(scratch_path(s, "t.h5"), H5F_ACC_TRUNC, H5P_DEFAULT,
                           H5P_DEFAULT);

    if (r->format != NULL)
        put_format(file, r);
    assert_int_equal(sidle_h5_write_int(file, "format_version", r->version),
                     SIDLE_OK);
    assert_int_equal(sidle_h5_write_int(file, "vocab", r->vocab), SIDLE_OK);
    put_column(file, "tokens", r->token_type, r->n_dims, TOTAL, r->is_chunked,
               r->tokens);
    if (r->n_offsets > 0)
        put_column(file, "offsets", r->offset_type, 1, r->n_offsets,
                   r->is_chunked, r->offsets);
    H5Fclose(file);
}

static void expect_tokens(const scratch *s, const recipe *r)
{
    sidle_corpus corpus = {0};

    write_tokens(s, r);
    if (sidle_corpus_tokens(scratch_path(s, "t.h5"), "data.path", 50,
                            &corpus) != SIDLE_OK)
        fail_msg("%s", sidle_fail_text());
    assert_null(corpus.bytes);
    assert_int_equal(corpus.n_documents, DOCUMENTS);
    assert_memory_equal(corpus.offsets, r->offsets, sizeof(r->offsets));
    for (int i = 0; i < TOTAL; i++)
        assert_int_equal(corpus.tokens[i], r->tokens[i]);
    corpus.done(&corpus);
    assert_null(corpus.tokens);
}

static void expect_refusal(const recipe *r, const char *words)
{
    scratch s = scratch_new();
    sidle_corpus corpus = {.n_bytes = 42};
    sidle_status status;

    write_tokens(&s, r);
    status =
        sidle_corpus_tokens(scratch_path(&s, "t.h5"), "data.path", 50, &corpus);
    if (status != SIDLE_EDATA || strstr(sidle_fail_text(), words) == NULL ||
        strstr(sidle_fail_text(), "t.h5' (data.path") == NULL)
        fail_msg("status %d, '%s', expected '%s'", (int)status,
                 sidle_fail_text(), words);
    assert_int_equal(corpus.n_bytes, 42);
    scratch_done(&s);
}

static void expect_format(const char *path, const char *expected)
{
    char format[64];

    sidle_data_file_format(path, format, sizeof(format));
    assert_string_equal(format, expected);
}

TEST(token_files_of_every_width_are_read)
{
    const hid_t types[] = {H5T_STD_I8LE,  H5T_STD_U8BE,  H5T_STD_U16LE,
                           H5T_STD_I32BE, H5T_STD_U32LE, H5T_STD_I64LE,
                           H5T_STD_U64LE};
    scratch s = scratch_new();

    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
        recipe r = recipe_new();

        r.token_type = types[i];
        r.offset_type = types[(i + 3) % 7];
        r.is_variable = (int)(i % 2);
        r.is_chunked = i % 3 == 0;
        expect_tokens(&s, &r);
        expect_format(scratch_path(&s, "t.h5"), "sidle-tokens");
    }
    scratch_done(&s);
}

TEST(wrong_attributes_are_refused)
{
    recipe r = recipe_new();

    r.format = NULL;
    expect_refusal(&r, "'format' is missing");
    r.format = "sidle-video";
    expect_refusal(&r, "is 'sidle-video', expected 'sidle-tokens'");
    r = recipe_new();
    r.version = 2;
    expect_refusal(&r, "format_version is 2");
    r = recipe_new();
    r.vocab = 51;
    expect_refusal(&r, "has 51 ids, expected 1 to model.vocab, which is 50");
}

TEST(wrong_offsets_are_refused)
{
    recipe r = recipe_new();

    r.offsets[0] = 1;
    expect_refusal(&r, "starts at 1, expected 0");
    r = recipe_new();
    r.offsets[2] = 22;
    expect_refusal(&r, "decreases from 22 to 21 at document 2");
    r = recipe_new();
    r.offsets[4] = 31;
    expect_refusal(&r, "ends at 31, expected the number of tokens, 30");
    r = recipe_new();
    r.n_offsets = 1;
    expect_refusal(&r, "'/offsets' has 1 number, expected one more than there "
                       "are documents, at least 2");
    r.n_offsets = 0;
    expect_refusal(&r, "'/offsets' is missing");
    r = recipe_new();
    r.offset_type = H5T_IEEE_F64LE;
    expect_refusal(&r, "'/offsets' is not one dimension of integers");
}

TEST(wrong_ids_are_refused_with_their_place)
{
    recipe r = recipe_new();

    r.tokens[9] = 50;
    expect_refusal(&r, "document 2 has id 50 at place 2 (both from 0), "
                       "expected 1 to 49");
    r.tokens[9] = -3;
    expect_refusal(&r, "document 2 has id -3 at place 2");
    r = recipe_new();
    r.tokens[29] = 0;
    expect_refusal(&r, "document 3 has id 0 at place 8");
    r = recipe_new();
    r.token_type = H5T_STD_I64LE;
    r.tokens[0] = 5000000000;
    expect_refusal(&r, "document 0 has id 5000000000 at place 0");
    r = recipe_new();
    r.n_dims = 2;
    expect_refusal(&r, "'/tokens' is not one dimension of integers");
}

/* In the place of the data set: `n` elements in chunks that nobody wrote. */
static void claim(const scratch *s, const char *name, hsize_t n, int is_packed)
{
    hsize_t chunk = 1024;
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    hid_t space = H5Screate_simple(1, &n, NULL), file, set;

    file = H5Fopen(scratch_path(s, "t.h5"), H5F_ACC_RDWR, H5P_DEFAULT);
    H5Ldelete(file, name, H5P_DEFAULT);
    H5Pset_chunk(list, 1, &chunk);
    if (is_packed)
        H5Pset_deflate(list, 4);
    set = H5Dcreate2(file, name, H5T_STD_I32LE, space, H5P_DEFAULT, list,
                     H5P_DEFAULT);
    H5Dclose(set);
    H5Sclose(space);
    H5Pclose(list);
    H5Fclose(file);
}

/* A chunked data set may claim anything at no cost: what counts is what it has
 * in the file, not how large the file is. */
TEST(a_claim_beyond_its_bytes_is_refused)
{
    static const char *const names[] = {"tokens", "offsets"};
    static const hsize_t claims[] = {(hsize_t)1 << 40, 100000};
    scratch s = scratch_new();
    recipe r = recipe_new();
    sidle_corpus corpus;

    for (int i = 0; i < 8; i++) {
        char words[64];

        write_tokens(&s, &r);
        claim(&s, names[i & 1], claims[i / 2 % 2], i / 4);
        snprintf(words, sizeof(words), "'/%s' claims %llu elements",
                 names[i & 1], (unsigned long long)claims[i / 2 % 2]);
        assert_int_equal(sidle_corpus_tokens(scratch_path(&s, "t.h5"),
                                             "data.path", 50, &corpus),
                         SIDLE_EDATA);
        assert_non_null(strstr(sidle_fail_text(), words));
    }
    scratch_done(&s);
}

enum { MANY = (1 << 16) + 10 }; /* more than come at once */

static void expect_many(const scratch *s, const int64_t *offsets,
                        const char *words)
{
    recipe r = recipe_new();
    sidle_corpus corpus = {0};
    sidle_status status;
    hid_t file;

    r.n_offsets = 0;
    write_tokens(s, &r);
    file = H5Fopen(scratch_path(s, "t.h5"), H5F_ACC_RDWR, H5P_DEFAULT);
    put_column(file, "offsets", r.offset_type, 1, MANY, 0, offsets);
    H5Fclose(file);
    status =
        sidle_corpus_tokens(scratch_path(s, "t.h5"), "data.path", 50, &corpus);
    if (words == NULL) {
        assert_int_equal(status, SIDLE_OK);
        assert_memory_equal(corpus.offsets, offsets, MANY * sizeof(*offsets));
        corpus.done(&corpus);
    } else if (status != SIDLE_EDATA ||
               strstr(sidle_fail_text(), words) == NULL) {
        fail_msg("status %d, '%s', expected '%s'", (int)status,
                 sidle_fail_text(), words);
    }
}

/* Most documents are empty here. */
TEST(offsets_are_checked_as_they_come)
{
    int64_t *offsets = calloc(MANY, sizeof(*offsets));
    scratch s = scratch_new();

    assert_non_null(offsets);
    for (int i = MANY / 2; i < MANY; i++)
        offsets[i] = i < MANY - 1 ? 7 : TOTAL;
    expect_many(&s, offsets, NULL);
    offsets[1 << 16] = 6;
    expect_many(&s, offsets, "decreases from 7 to 6 at document 65535");
    offsets[1 << 16] = 7;
    offsets[(1 << 16) - 1] = 31;
    expect_many(&s, offsets,
                "goes to 31, expected the number of tokens, 30, "
                "at most");
    free(offsets);
    scratch_done(&s);
}

/* ---- data sets that are not there as such */

/* t.h5 with right tokens, but no data set of that name; open to write. */
static hid_t without(const scratch *s, const char *name)
{
    recipe r = recipe_new();
    hid_t file;

    write_tokens(s, &r);
    file = H5Fopen(scratch_path(s, "t.h5"), H5F_ACC_RDWR, H5P_DEFAULT);
    assert_true(H5Ldelete(file, name, H5P_DEFAULT) >= 0);
    return file;
}

static void expect_words(const scratch *s, hid_t file, const char *words)
{
    sidle_corpus corpus;
    sidle_status status;

    if (file >= 0)
        H5Fclose(file);
    status =
        sidle_corpus_tokens(scratch_path(s, "t.h5"), "data.path", 50, &corpus);
    if (status != SIDLE_EDATA || strstr(sidle_fail_text(), words) == NULL)
        fail_msg("status %d, '%s', expected '%s'", (int)status,
                 sidle_fail_text(), words);
}

/* `n` elements that lie in other.h5 or, if is_raw, in a file of bytes. */
static void put_elsewhere(const scratch *s, hid_t file, const char *name,
                          hsize_t n, int is_raw)
{
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    hid_t space = H5Screate_simple(1, &n, NULL), set;
    int fill = 5;

    if (is_raw)
        H5Pset_external(list, scratch_path(s, "raw"), 0, H5F_UNLIMITED);
    else
        H5Pset_virtual(list, space, "other.h5", "/tokens", space);
    H5Pset_fill_value(list, H5T_NATIVE_INT, &fill);
    set = H5Dcreate2(file, name, H5T_STD_I32LE, space, H5P_DEFAULT, list,
                     H5P_DEFAULT);
    assert_true(set >= 0);
    H5Dclose(set);
    H5Sclose(space);
    H5Pclose(list);
}

/* A fill value is never taken for what lies elsewhere, however much of it. */
TEST(elements_in_other_files_are_refused)
{
    static const char *const names[] = {"tokens", "offsets"};
    scratch s = scratch_new();

    for (int i = 0; i < 8; i++) {
        hid_t file = without(&s, names[i & 1]);
        char words[128];

        put_elsewhere(&s, file, names[i & 1], i & 4 ? 100000 : TOTAL, i & 2);
        snprintf(words, sizeof(words), "'/%s' is stored in other files (%s",
                 names[i & 1], i & 2 ? "external" : "a virtual");
        expect_words(&s, file, words);
        assert_non_null(strstr(sidle_fail_text(), "h5repack -l CONTI"));
    }
    scratch_done(&s);
}

/* What a link into another file means must not be looked for in this one. */
TEST(links_and_other_objects_are_told)
{
    scratch s = scratch_new();
    sidle_corpus corpus = {0};
    recipe r = recipe_new();
    hid_t file, type;

    file = without(&s, "tokens");
    H5Lcreate_external("other.h5", "/offsets", file, "tokens", H5P_DEFAULT,
                       H5P_DEFAULT);
    expect_words(&s, file,
                 "'/tokens' is a link into another file ('other.h5', "
                 "there '/offsets')");
    file = without(&s, "tokens");
    H5Lcreate_external("other.h5", "/", file, "there", H5P_DEFAULT,
                       H5P_DEFAULT);
    H5Lcreate_soft("/there/offsets", file, "tokens", H5P_DEFAULT, H5P_DEFAULT);
    expect_words(&s, file, "'/tokens' is a soft link to '/there/offsets'");
    file = without(&s, "offsets");
    H5Gclose(
        H5Gcreate2(file, "offsets", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    expect_words(&s, file, "'/offsets' is a group, expected a data set");
    file = without(&s, "tokens");
    type = H5Tcopy(H5T_STD_I32LE);
    H5Tcommit2(file, "tokens", type, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Tclose(type);
    expect_words(&s, file, "'/tokens' is a named type, expected a data set");
    file = without(&s, "tokens");
    expect_words(&s, file, "data set '/tokens' is missing");

    /* A link within the file is as good as the data set. */
    write_tokens(&s, &r);
    file = H5Fopen(scratch_path(&s, "t.h5"), H5F_ACC_RDWR, H5P_DEFAULT);
    H5Lmove(file, "tokens", file, "ids", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_soft("/ids", file, "tokens", H5P_DEFAULT, H5P_DEFAULT);
    H5Fclose(file);
    assert_int_equal(
        sidle_corpus_tokens(scratch_path(&s, "t.h5"), "data.path", 50, &corpus),
        SIDLE_OK);
    assert_int_equal(corpus.tokens[1], r.tokens[1]);
    corpus.done(&corpus);
    scratch_done(&s);
}

static size_t turn_round(unsigned flags, size_t n_values,
                         const unsigned values[], size_t n, size_t *size,
                         void **data)
{
    unsigned char *bytes = *data;

    (void)flags;
    (void)n_values;
    (void)values;
    (void)size;
    for (size_t i = 0; i < n; i++)
        bytes[i] = (unsigned char)~bytes[i];
    return n;
}

/* Written by a program that has LZF, which this one has not. */
TEST(a_filter_that_lacks_is_named)
{
    static const H5Z_class2_t lzf = {.version = H5Z_CLASS_T_VERS,
                                     .id = 32000,
                                     .encoder_present = 1,
                                     .decoder_present = 1,
                                     .name = "other",
                                     .filter = turn_round};
    scratch s = scratch_new();
    recipe r = recipe_new();
    hsize_t n = TOTAL, chunk = 8;
    hid_t file = without(&s, "tokens"), list = H5Pcreate(H5P_DATASET_CREATE);
    hid_t space = H5Screate_simple(1, &n, NULL), set;

    H5Zregister(&lzf);
    H5Pset_chunk(list, 1, &chunk);
    H5Pset_filter(list, 32000, H5Z_FLAG_OPTIONAL, 0, NULL);
    set = H5Dcreate2(file, "tokens", H5T_STD_I32LE, space, H5P_DEFAULT, list,
                     H5P_DEFAULT);
    assert_true(H5Dwrite(set, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                         r.tokens) >= 0);
    H5Dclose(set);
    H5Sclose(space);
    H5Pclose(list);
    H5Fclose(file);
    assert_true(H5Zunregister(32000) >= 0);
    expect_words(&s, -1,
                 "'/tokens' is compressed by filter 32000 (lzf), which "
                 "HDF5 lacks here");
    assert_non_null(strstr(sidle_fail_text(), "HDF5_PLUGIN_PATH"));
    scratch_done(&s);
}

/* MATLAB's files have one of 512 bytes. */
TEST(a_user_block_is_passed_over)
{
    scratch s = scratch_new();
    recipe r = recipe_new();
    unsigned char *data, *moved;
    size_t n;

    write_tokens(&s, &r);
    data = scratch_read(&s, "t.h5", &n);
    for (size_t block = 512; block <= 4096; block *= 2) {
        sidle_corpus corpus = {0};

        moved = calloc(1, block + n);
        assert_non_null(moved);
        memcpy(moved + block, data, n);
        scratch_write(&s, "u.h5", moved, block + n);
        free(moved);
        if (sidle_corpus_tokens(scratch_path(&s, "u.h5"), "data.path", 50,
                                &corpus) != SIDLE_OK)
            fail_msg("block of %zu: %s", block, sidle_fail_text());
        assert_memory_equal(corpus.offsets, r.offsets, sizeof(r.offsets));
        assert_int_equal(corpus.tokens[29], r.tokens[29]);
        corpus.done(&corpus);
        expect_format(scratch_path(&s, "u.h5"), "sidle-tokens");
    }
    free(data);
    scratch_done(&s);
}

TEST(a_text_is_its_bytes)
{
    scratch s = scratch_new();
    sidle_corpus corpus = {0};

    scratch_write(&s, "text", "In the\0beginning\xff", 17);
    assert_int_equal(
        sidle_corpus_text(scratch_path(&s, "text"), "data.path", 0, &corpus),
        SIDLE_OK);
    assert_int_equal(corpus.n_bytes, 17);
    assert_int_equal(corpus.n_documents, 1);
    assert_null(corpus.tokens);
    assert_memory_equal(corpus.bytes, "In the\0beginning\xff", 17);
    corpus.done(&corpus);
    assert_null(corpus.bytes);
    scratch_done(&s);
}

static void expect_unreadable(const char *path, sidle_status expected,
                              const char *words)
{
    sidle_corpus corpus = {.n_bytes = 42};

    assert_int_equal(sidle_corpus_text(path, "data.path", 0, &corpus),
                     expected);
    assert_non_null(strstr(sidle_fail_text(), path));
    assert_non_null(strstr(sidle_fail_text(), words));
    assert_non_null(strstr(sidle_fail_text(), "data.path"));
    assert_int_equal(sidle_corpus_tokens(path, "data.path", 50, &corpus),
                     expected);
    assert_non_null(strstr(sidle_fail_text(), path));
    assert_non_null(strstr(sidle_fail_text(), "data.path"));
    assert_int_equal(corpus.n_bytes, 42);
}

/* Whatever HDF5 makes of a damaged file, here are documents of right ids or a
 * sentence; what a claim would take is not reserved. */
TEST(a_damaged_file_is_told_or_its_numbers_are_right)
{
    scratch s = scratch_new();
    recipe r = recipe_new();
    sidle_rng rng = {23, sidle_rng_stream("damage", 0)};
    unsigned char *data;
    size_t n;
    int n_told = 0;

    r.is_chunked = 1;
    write_tokens(&s, &r);
    data = scratch_read(&s, "t.h5", &n);
    for (uint64_t i = 0; i < 200; i++) {
        size_t at = (size_t)((double)n * sidle_rng_uniform(rng, 2 * i));
        unsigned char before = data[at];
        sidle_corpus corpus = {0};
        sidle_status status;

        data[at] = (unsigned char)(256 * sidle_rng_uniform(rng, 2 * i + 1));
        scratch_write(&s, "d.h5", data, n);
        data[at] = before;
        status = sidle_corpus_tokens(scratch_path(&s, "d.h5"), "data.path", 50,
                                     &corpus);
        if (status != SIDLE_OK) {
            assert_true(status == SIDLE_EDATA || status == SIDLE_EIO);
            n_told++;
            continue;
        }
        for (int64_t j = 0; j < corpus.offsets[corpus.n_documents]; j++)
            assert_in_range(corpus.tokens[j], 1, 49);
        corpus.done(&corpus);
    }
    assert_in_range(n_told, 1, 199);
    free(data);
    scratch_done(&s);
}

TEST(files_that_cannot_be_read_are_told)
{
    scratch s = scratch_new();
    sidle_corpus corpus;

    expect_unreadable(scratch_path(&s, "none"), SIDLE_EIO, "No such file");
    expect_unreadable(s.folder, SIDLE_EIO, "Is a directory");
    expect_unreadable("/dev/null", SIDLE_EIO, "expected a regular file");
    scratch_write(&s, "empty", "", 0);
    expect_unreadable(scratch_path(&s, "empty"), SIDLE_EDATA, "is empty");
    scratch_write(&s, "text", "In the beginning", 16);
    assert_int_equal(
        sidle_corpus_tokens(scratch_path(&s, "text"), "data.path", 50, &corpus),
        SIDLE_EDATA);
    assert_non_null(strstr(sidle_fail_text(), "is not an HDF5 file"));
    expect_format(scratch_path(&s, "text"), "");
    expect_format(scratch_path(&s, "none"), "");
    scratch_done(&s);
}

int main(void)
{
    sidle_h5_quiet();
    return test_all(NULL, NULL);
}
