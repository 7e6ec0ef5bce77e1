/* test_corpus_file.c - texts and token files, as h5py would write them too */
#include "check.h"
#include "io/scratch.h"

#include "io/corpus_file.h"
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
    if (sidle_corpus_tokens(scratch_path(s, "t.h5"), 50, &corpus) != SIDLE_OK)
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
    sidle_status st;

    write_tokens(&s, r);
    st = sidle_corpus_tokens(scratch_path(&s, "t.h5"), 50, &corpus);
    if (st != SIDLE_EDATA || strstr(sidle_fail_text(), words) == NULL ||
        strstr(sidle_fail_text(), "t.h5' (data.path") == NULL)
        fail_msg("status %d, '%s', expected '%s'", (int)st, sidle_fail_text(),
                 words);
    assert_int_equal(corpus.n_bytes, 42);
    scratch_done(&s);
}

static void test_token_files_of_every_width_are_read(void **context)
{
    const hid_t types[] = {H5T_STD_I8LE,  H5T_STD_U8BE,  H5T_STD_U16LE,
                           H5T_STD_I32BE, H5T_STD_U32LE, H5T_STD_I64LE,
                           H5T_STD_U64LE};
    scratch s = scratch_new();

    (void)context;
    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
        recipe r = recipe_new();

        r.token_type = types[i];
        r.offset_type = types[(i + 3) % 7];
        r.is_variable = (int)(i % 2);
        r.is_chunked = i % 3 == 0;
        expect_tokens(&s, &r);
        assert_true(sidle_corpus_is_tokens(scratch_path(&s, "t.h5")));
    }
    scratch_done(&s);
}

static void test_wrong_attributes_are_refused(void **context)
{
    recipe r = recipe_new();

    (void)context;
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

static void test_wrong_offsets_are_refused(void **context)
{
    recipe r = recipe_new();

    (void)context;
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
    expect_refusal(&r, "tells of no document");
    r.n_offsets = 0;
    expect_refusal(&r, "'/offsets' is missing");
    r = recipe_new();
    r.offset_type = H5T_IEEE_F64LE;
    expect_refusal(&r, "'/offsets' is not one dimension of integers");
}

static void test_wrong_ids_are_refused_with_their_place(void **context)
{
    recipe r = recipe_new();

    (void)context;
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
static void test_a_claim_beyond_its_bytes_is_refused(void **context)
{
    static const char *const names[] = {"tokens", "offsets"};
    static const hsize_t claims[] = {(hsize_t)1 << 40, 100000};
    scratch s = scratch_new();
    recipe r = recipe_new();
    sidle_corpus corpus;

    (void)context;
    for (int i = 0; i < 8; i++) {
        char words[64];

        write_tokens(&s, &r);
        claim(&s, names[i & 1], claims[i / 2 % 2], i / 4);
        snprintf(words, sizeof(words), "'/%s' claims %llu elements",
                 names[i & 1], (unsigned long long)claims[i / 2 % 2]);
        assert_int_equal(
            sidle_corpus_tokens(scratch_path(&s, "t.h5"), 50, &corpus),
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
    sidle_status st;
    hid_t file;

    r.n_offsets = 0;
    write_tokens(s, &r);
    file = H5Fopen(scratch_path(s, "t.h5"), H5F_ACC_RDWR, H5P_DEFAULT);
    put_column(file, "offsets", r.offset_type, 1, MANY, 0, offsets);
    H5Fclose(file);
    st = sidle_corpus_tokens(scratch_path(s, "t.h5"), 50, &corpus);
    if (words == NULL) {
        assert_int_equal(st, SIDLE_OK);
        assert_memory_equal(corpus.offsets, offsets, MANY * sizeof(*offsets));
        corpus.done(&corpus);
    } else if (st != SIDLE_EDATA || strstr(sidle_fail_text(), words) == NULL) {
        fail_msg("status %d, '%s', expected '%s'", (int)st, sidle_fail_text(),
                 words);
    }
}

/* Most documents are empty here. */
static void test_offsets_are_checked_as_they_come(void **context)
{
    int64_t *offsets = calloc(MANY, sizeof(*offsets));
    scratch s = scratch_new();

    (void)context;
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

static void test_a_text_is_its_bytes(void **context)
{
    scratch s = scratch_new();
    sidle_corpus corpus = {0};

    (void)context;
    scratch_write(&s, "text", "In the\0beginning\xff", 17);
    assert_int_equal(sidle_corpus_text(scratch_path(&s, "text"), &corpus),
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

    assert_int_equal(sidle_corpus_text(path, &corpus), expected);
    assert_non_null(strstr(sidle_fail_text(), path));
    assert_non_null(strstr(sidle_fail_text(), words));
    assert_non_null(strstr(sidle_fail_text(), "data.path"));
    assert_int_equal(sidle_corpus_tokens(path, 50, &corpus), expected);
    assert_non_null(strstr(sidle_fail_text(), path));
    assert_non_null(strstr(sidle_fail_text(), "data.path"));
    assert_int_equal(corpus.n_bytes, 42);
}

/* Whatever HDF5 makes of a damaged file, here are documents of right ids or a
 * sentence; what a claim would take is not reserved. */
static void test_a_damaged_file_is_told_or_its_numbers_are_right(void **context)
{
    scratch s = scratch_new();
    recipe r = recipe_new();
    sidle_rng rng = {23, sidle_rng_stream("damage", 0)};
    unsigned char *data;
    size_t n;
    int n_told = 0;

    (void)context;
    r.is_chunked = 1;
    write_tokens(&s, &r);
    data = scratch_read(&s, "t.h5", &n);
    for (uint64_t i = 0; i < 200; i++) {
        size_t at = (size_t)((double)n * sidle_rng_uniform(rng, 2 * i));
        unsigned char before = data[at];
        sidle_corpus corpus = {0};
        sidle_status st;

        data[at] = (unsigned char)(256 * sidle_rng_uniform(rng, 2 * i + 1));
        scratch_write(&s, "d.h5", data, n);
        data[at] = before;
        st = sidle_corpus_tokens(scratch_path(&s, "d.h5"), 50, &corpus);
        if (st != SIDLE_OK) {
            assert_true(st == SIDLE_EDATA || st == SIDLE_EIO);
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

static void test_files_that_cannot_be_read_are_told(void **context)
{
    scratch s = scratch_new();
    sidle_corpus corpus;

    (void)context;
    expect_unreadable(scratch_path(&s, "none"), SIDLE_EIO, "No such file");
    expect_unreadable(s.folder, SIDLE_EIO, "Is a directory");
    expect_unreadable("/dev/null", SIDLE_EIO, "expected a regular file");
    scratch_write(&s, "empty", "", 0);
    expect_unreadable(scratch_path(&s, "empty"), SIDLE_EDATA, "is empty");
    scratch_write(&s, "text", "In the beginning", 16);
    assert_int_equal(sidle_corpus_tokens(scratch_path(&s, "text"), 50, &corpus),
                     SIDLE_EDATA);
    assert_non_null(strstr(sidle_fail_text(), "is not an HDF5 file"));
    assert_false(sidle_corpus_is_tokens(scratch_path(&s, "text")));
    assert_false(sidle_corpus_is_tokens(scratch_path(&s, "none")));
    scratch_done(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_token_files_of_every_width_are_read),
        cmocka_unit_test(test_wrong_attributes_are_refused),
        cmocka_unit_test(test_wrong_offsets_are_refused),
        cmocka_unit_test(test_wrong_ids_are_refused_with_their_place),
        cmocka_unit_test(test_a_claim_beyond_its_bytes_is_refused),
        cmocka_unit_test(test_offsets_are_checked_as_they_come),
        cmocka_unit_test(test_a_text_is_its_bytes),
        cmocka_unit_test(test_a_damaged_file_is_told_or_its_numbers_are_right),
        cmocka_unit_test(test_files_that_cannot_be_read_are_told),
    };

    sidle_h5_quiet();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
