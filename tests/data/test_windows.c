/* test_windows.c - an evaluation counts every target once. */
#include "data/corpora.h"
#include "data/windows.h"

/* How often a target counted; tokens are their own numbers. */
static int counted[CORPUS_MAX_TOKENS + 1];

static sidle_status open_bound(const sidle_windows *windows,
                               sidle_source *source)
{
    SIDLE_TRY(sidle_windows_source(windows, source));
    return sidle_source_bind(source, source->fields, 1);
}

static sidle_status open_windows(const sidle_corpus *corpus, ptrdiff_t context,
                                 ptrdiff_t latents, ptrdiff_t rows,
                                 int64_t stride, sidle_source *source)
{
    const sidle_windows windows = {.corpus = corpus,
                                   .context = context,
                                   .latents = latents,
                                   .rows = {.n = rows, .all = rows},
                                   .stride = stride};

    return open_bound(&windows, source);
}

static void count_targets(const item_rows *rows, ptrdiff_t latents)
{
    for (ptrdiff_t row = 0; row < rows->batch.rows; row++) {
        const int32_t *tokens = rows->tokens + row * rows->width;
        int32_t length = rows->length[row];

        assert_true(rows->scored[row] <= latents);
        assert_true(rows->scored[row] <= length);
        for (int32_t i = 0; i < rows->scored[row]; i++)
            counted[tokens[length - i]]++;
    }
}

static int64_t count_items(const sidle_source *source, item_rows *rows,
                           ptrdiff_t n_rows, ptrdiff_t width, ptrdiff_t latents)
{
    int64_t sum = 0;

    memset(counted, 0, sizeof(counted));
    for (int64_t item = 1; item <= source->n_items; item++) {
        item_fetch(rows, source, n_rows, width, item);
        check_counted(rows, latents);
        count_targets(rows, latents);
        sum += rows->batch.n_counted;
    }
    return sum;
}

/* Tokens are their own numbers: every one but each document's first once. */
static void check_every_target_once(uint64_t seed, ptrdiff_t context,
                                    ptrdiff_t latents, int64_t stride,
                                    ptrdiff_t n_rows)
{
    static documents d;
    static item_rows rows;
    sidle_source source;
    int64_t n_targets = 0;

    documents_random(&d, 20, 40, seed);
    assert_int_equal(
        open_windows(&d.corpus, context, latents, n_rows, stride, &source),
        SIDLE_OK);
    for (int64_t i = 0; i < 20; i++)
        n_targets += sidle_corpus_length(&d.corpus, i) > 1
                         ? sidle_corpus_length(&d.corpus, i) - 1
                         : 0;
    assert_int_equal(count_items(&source, &rows, n_rows, context + 1, latents),
                     n_targets);
    for (int64_t i = 0; i < 20; i++)
        for (int64_t k = d.offsets[i]; k < d.offsets[i + 1]; k++)
            assert_int_equal(counted[d.tokens[k]], k > d.offsets[i]);
    source.done(&source);
}

TEST(every_target_counts_once)
{
    check_every_target_once(1, 12, 6, 0, 4);
    check_every_target_once(2, 12, 6, 3, 5);
    check_every_target_once(3, 6, 6, 6, 1);
    check_every_target_once(4, 30, 7, 1, 16);
    check_every_target_once(5, 60, 50, 0, 3);
}

TEST(windows_are_the_published_ones)
{
    /* 10 inputs, targets 51 .. 60, stride 3, window 6: ends 1, 4, 7, 10 */
    static const int64_t ends[] = {1, 4, 7, 10}, scored[] = {1, 3, 3, 3};
    static const int64_t lengths[] = {11};
    static documents d;
    static item_rows rows;
    sidle_source source;

    documents_make(&d, lengths, 1);
    for (int32_t i = 0; i < 11; i++)
        d.tokens[i] = 50 + i;
    assert_int_equal(open_windows(&d.corpus, 6, 6, 3, 3, &source), SIDLE_OK);
    assert_int_equal(source.n_items, 2);
    for (int64_t k = 0; k < 4; k++) {
        int64_t from = ends[k] > 6 ? ends[k] - 6 : 0;

        item_fetch(&rows, &source, 3, 7, k / 3 + 1);
        check_row(&rows, k % 3, &d.corpus, 0, from, ends[k] + 1);
        assert_int_equal(rows.scored[k % 3], scored[k]);
        assert_int_equal(rows.tokens[k % 3 * 7 + rows.length[k % 3]],
                         50 + ends[k]);
    }
    source.done(&source);
}

TEST(left_over_rows_are_padding)
{
    static const int64_t lengths[] = {11};
    static documents d;
    static item_rows rows;
    sidle_source source;

    documents_make(&d, lengths, 1);
    assert_int_equal(open_windows(&d.corpus, 6, 6, 3, 3, &source), SIDLE_OK);
    item_fetch(&rows, &source, 3, 7, 2);
    for (ptrdiff_t row = 1; row < 3; row++) {
        check_row(&rows, row, &d.corpus, 0, 0, 0);
        assert_int_equal(rows.scored[row], 0);
        assert_int_equal(rows.clip[row], 0);
    }
    assert_int_equal(rows.batch.n_counted, 3);
    source.done(&source);
}

TEST(a_text_is_one_document)
{
    static unsigned char bytes[50];
    static item_rows rows;
    sidle_corpus text = text_random(bytes, 50, 6);
    sidle_source source;

    assert_int_equal(open_windows(&text, 16, 8, 2, 0, &source), SIDLE_OK);
    assert_int_equal(source.n_items, 4); /* 51 targets, 7 windows */
    item_fetch(&rows, &source, 2, 17, 1);
    check_row(&rows, 0, &text, 0, 0, 4);
    assert_int_equal(rows.scored[0], 3);
    item_fetch(&rows, &source, 2, 17, 4);
    check_row(&rows, 0, &text, 0, 51 - 16, 52);
    assert_int_equal(rows.scored[0], 8);
    source.done(&source);
}

TEST(arrays_that_nobody_wants_may_be_missing)
{
    static unsigned char bytes[50];
    sidle_corpus text = text_random(bytes, 50, 7);
    sidle_batch batch = {.rows = 2};
    sidle_source source;

    assert_int_equal(open_windows(&text, 16, 8, 2, 0, &source), SIDLE_OK);
    sidle_source_fill(&source, 1, &batch);
    assert_int_equal(batch.n_counted, 3 + 8);
    source.done(&source);
}

/* Two replicas of 2 rows take turns on what one chain of 4 rows sees; the
 * second has nothing left to do in the last item. */
TEST(replicas_share_the_windows_of_one_chain)
{
    static const int64_t lengths[] = {11, 8};
    static documents d;
    static item_rows whole, part;
    sidle_windows windows = {
        .context = 6, .latents = 6, .rows = {.n = 4, .all = 4}, .stride = 3};
    sidle_source source, half[2];
    int64_t n = 0;

    documents_make(&d, lengths, 2);
    windows.corpus = &d.corpus;
    windows.most = 6; /* of 7 windows */
    assert_int_equal(open_bound(&windows, &source), SIDLE_OK);
    windows.rows.n = 2;
    for (int r = 0; r < 2; r++) {
        windows.rows.first = 2 * r;
        assert_int_equal(open_bound(&windows, &half[r]), SIDLE_OK);
        assert_int_equal(half[r].n_items, source.n_items);
    }
    for (int64_t item = 1; item <= source.n_items; item++) {
        item_fetch(&whole, &source, 4, 7, item);
        assert_int_equal(whole.batch.n_all, whole.batch.n_counted);
        n = 0;
        for (int r = 0; r < 2; r++) {
            item_fetch(&part, &half[r], 2, 7, item);
            check_counted(&part, 6);
            assert_memory_equal(whole.tokens + r * 2 * 7, part.tokens,
                                2 * 7 * sizeof(int32_t));
            assert_memory_equal(whole.scored + r * 2, part.scored,
                                2 * sizeof(int32_t));
            assert_int_equal(part.batch.n_all, whole.batch.n_counted);
            n += part.batch.n_counted;
        }
        assert_int_equal(n, whole.batch.n_counted);
    }
    assert_int_equal(part.batch.n_counted, 0);
    assert_true(n > 0);
    source.done(&source);
    half[0].done(&half[0]);
    half[1].done(&half[1]);
}

TEST(what_cannot_be_evaluated_is_an_answer)
{
    static const int64_t lengths[] = {1, 0, 1};
    static documents d;
    sidle_corpus empty = text_of(NULL, 0);
    sidle_source source;

    documents_make(&d, lengths, 3);
    assert_int_equal(open_windows(&d.corpus, 8, 4, 2, 0, &source), SIDLE_EDATA);
    assert_non_null(strstr(sidle_fail_text(), "3 documents"));
    assert_int_equal(open_windows(&empty, 8, 4, 2, 0, &source), SIDLE_EDATA);
    assert_non_null(strstr(sidle_fail_text(), "empty"));
    assert_int_equal(open_windows(&d.corpus, 8, 4, 2, 5, &source),
                     SIDLE_EUSAGE);
    assert_non_null(strstr(sidle_fail_text(), "eval.stride is 5"));
}

TEST_MAIN
