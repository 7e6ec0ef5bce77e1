/* test_corpus.c - tokens of documents, and the held-out part. */
#include "data/corpora.h"

#include "data/ids.h"

TEST(a_text_stands_between_sos_and_eos)
{
    static const unsigned char bytes[] = {'a', 0, 255};
    static const int32_t expected[] = {SIDLE_SOS, SIDLE_BYTE + 'a', SIDLE_BYTE,
                                       SIDLE_BYTE + 255, SIDLE_EOS};
    sidle_corpus text = text_of(bytes, 3);
    int32_t out[5];

    assert_int_equal(sidle_corpus_length(&text, 0), 5);
    sidle_corpus_copy(&text, 0, 0, 5, out);
    assert_memory_equal(out, expected, sizeof(out));
    sidle_corpus_copy(&text, 0, 3, 2, out);
    assert_memory_equal(out, expected + 3, 2 * sizeof(*out));
}

TEST(documents_are_copied_as_they_are)
{
    static const int64_t lengths[] = {3, 0, 4};
    static documents d;
    int32_t out[4];

    documents_make(&d, lengths, 3);
    assert_int_equal(sidle_corpus_length(&d.corpus, 1), 0);
    assert_int_equal(sidle_corpus_length(&d.corpus, 2), 4);
    sidle_corpus_copy(&d.corpus, 2, 1, 3, out);
    assert_int_equal(out[0], 5);
    assert_int_equal(out[2], 7);
}

static void check_text_split(int64_t n, double fraction, int64_t held_out)
{
    static unsigned char bytes[1000];
    sidle_corpus text = text_random(bytes, n, 1), train, valid;

    sidle_corpus_split(&text, fraction, &train, &valid);
    assert_int_equal(train.n_bytes, n - held_out);
    assert_int_equal(train.n_documents, 1);
    assert_ptr_equal(train.bytes, bytes);
    assert_int_equal(valid.n_bytes, held_out);
    assert_int_equal(valid.n_documents, held_out > 0);
    if (held_out > 0)
        assert_ptr_equal(valid.bytes, bytes + n - held_out);
}

TEST(a_text_gives_its_last_bytes)
{
    check_text_split(1000, 0.02, 20);
    check_text_split(999, 0.02, 19);
    check_text_split(1000, 0.0, 0);
    check_text_split(30, 0.02, 1);
    check_text_split(2, 0.02, 1);
    check_text_split(1, 0.02, 0);
}

static void check_document_split(int64_t n, double fraction, int64_t held_out)
{
    static documents d;
    sidle_corpus train, valid;
    int32_t a, b;

    documents_random(&d, n, 9, 2);
    d.corpus.self = &d;
    sidle_corpus_split(&d.corpus, fraction, &train, &valid);
    assert_int_equal(train.n_documents, n - held_out);
    assert_int_equal(valid.n_documents, held_out);
    assert_null(valid.self);
    assert_null(train.done);
    for (int64_t i = 0; i < held_out; i++) {
        int64_t whole = n - held_out + i;
        int64_t length = sidle_corpus_length(&valid, i);

        assert_int_equal(length, sidle_corpus_length(&d.corpus, whole));
        for (int64_t k = 0; k < length; k++) {
            sidle_corpus_copy(&valid, i, k, 1, &a);
            sidle_corpus_copy(&d.corpus, whole, k, 1, &b);
            assert_int_equal(a, b);
        }
    }
}

TEST(documents_are_held_out_whole)
{
    check_document_split(20, 0.1, 2);
    check_document_split(20, 0.12, 2);
    check_document_split(20, 0.13, 3);
    check_document_split(20, 0.001, 1);
    check_document_split(20, 0.0, 0);
    check_document_split(1, 0.02, 1);
}

TEST_MAIN
