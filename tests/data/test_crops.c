/* test_crops.c - training items in three orders, beside plain walks. */
#include "data/corpora.h"
#include "data/crops.h"

static sidle_crops crops_of(const sidle_corpus *corpus, sidle_order order)
{
    return (sidle_crops){.corpus = corpus,
                         .seed = 17,
                         .context = 12,
                         .latents = 5,
                         .rows = {.n = 4, .all = 4},
                         .order = order};
}

static sidle_source open_crops(const sidle_crops *crops)
{
    sidle_source source;

    assert_int_equal(sidle_crops_source(crops, &source), SIDLE_OK);
    assert_int_equal(sidle_source_bind(&source, source.fields, 1), SIDLE_OK);
    assert_true(source.n_items == INT64_MAX);
    return source;
}

/* Tokens number themselves, so a row tells its document and its end. */
static int64_t end_of_row(const item_rows *rows, ptrdiff_t row,
                          const documents *d, int64_t *document)
{
    int64_t last = rows->tokens[row * rows->width + rows->length[row]] - 1;

    *document = 0;
    while (d->offsets[*document + 1] <= last)
        ++*document;
    return last + 1 - d->offsets[*document];
}

/* The published examples: 12 tokens, Cx and smallest crop as given. */
static void check_ends(ptrdiff_t context, ptrdiff_t latents, int64_t first)
{
    static const int64_t lengths[] = {12};
    static documents d;
    static item_rows rows;
    int seen[13] = {0};
    sidle_crops crops;
    sidle_source source;
    int64_t document;

    documents_make(&d, lengths, 1);
    crops = crops_of(&d.corpus, SIDLE_SHUFFLE);
    crops.context = context;
    crops.latents = latents;
    source = open_crops(&crops);
    for (int64_t item = 1; item <= 200; item++) {
        item_fetch(&rows, &source, 4, context + 1, item);
        check_counted(&rows, latents);
        for (ptrdiff_t row = 0; row < 4; row++) {
            int64_t end = end_of_row(&rows, row, &d, &document);
            int64_t from = end > context + 1 ? end - context - 1 : 0;

            check_row(&rows, row, &d.corpus, 0, from, end);
            seen[end]++;
        }
    }
    for (int64_t end = 0; end <= 12; end++)
        assert_int_equal(seen[end] > 0, end >= first);
    source.done(&source);
}

TEST(shuffled_ends_are_the_published_ones)
{
    check_ends(14, 1, 2);
    check_ends(14, 4, 5);
    check_ends(14, 19, 12);
    check_ends(7, 5, 6);
    check_ends(4, 19, 5);
}

TEST(shuffled_documents_and_ends_are_uniform)
{
    static const int64_t lengths[] = {9, 25};
    static documents d;
    static item_rows rows;
    int n_of[2] = {0}, seen[26] = {0};
    sidle_crops crops;
    sidle_source source;
    int64_t document;

    documents_make(&d, lengths, 2);
    crops = crops_of(&d.corpus, SIDLE_SHUFFLE);
    source = open_crops(&crops);
    for (int64_t item = 1; item <= 10000; item++) {
        item_fetch(&rows, &source, 4, 13, item);
        for (ptrdiff_t row = 0; row < 4; row++) {
            int64_t end = end_of_row(&rows, row, &d, &document);

            n_of[document]++;
            if (document == 1)
                seen[end]++;
        }
    }
    /* six standard deviations of 40000 / 2 and of 20000 / 20 */
    assert_in_range(n_of[0], 20000 - 600, 20000 + 600);
    for (int end = 6; end <= 25; end++)
        assert_in_range(seen[end], 1000 - 190, 1000 + 190);
    source.done(&source);
}

TEST(shuffle_depends_on_the_seed)
{
    static unsigned char bytes[1000];
    static item_rows a, b;
    sidle_corpus text = text_random(bytes, 1000, 3);
    sidle_crops crops = crops_of(&text, SIDLE_SHUFFLE);
    sidle_source source = open_crops(&crops), other;

    crops.seed++;
    other = open_crops(&crops);
    item_fetch(&a, &source, 4, 13, 1);
    item_fetch(&b, &other, 4, 13, 1);
    assert_memory_not_equal(a.tokens, b.tokens, 4 * 13 * sizeof(int32_t));
    source.done(&source);
    other.done(&other);
}

TEST(sequential_walks_a_text_in_windows)
{
    static unsigned char bytes[61];
    static item_rows rows;
    sidle_corpus text = text_random(bytes, 61, 4); /* 62 targets */
    sidle_crops crops = crops_of(&text, SIDLE_SEQUENTIAL);
    sidle_source source = open_crops(&crops);
    int64_t end = 1;

    for (int64_t item = 1; item <= 10; item++) {
        item_fetch(&rows, &source, 4, 13, item);
        check_counted(&rows, 5);
        for (ptrdiff_t row = 0; row < 4; row++) {
            end = end == 63 ? 6 : (end + 5 < 63 ? end + 5 : 63);
            check_row(&rows, row, &text, 0, end > 13 ? end - 13 : 0, end);
            assert_int_equal(rows.scored[row], 5);
            assert_int_equal(rows.clip[row], 0);
        }
    }
    source.done(&source);
}

TEST(sequential_takes_the_end_of_each_document)
{
    static documents d;
    static item_rows rows;
    sidle_crops crops;
    sidle_source source;
    int64_t document = 0;

    documents_random(&d, 7, 30, 5);
    crops = crops_of(&d.corpus, SIDLE_SEQUENTIAL);
    source = open_crops(&crops);
    for (int64_t item = 1; item <= 6; item++) {
        item_fetch(&rows, &source, 4, 13, item);
        check_counted(&rows, 5);
        for (ptrdiff_t row = 0; row < 4; row++) {
            int64_t end = sidle_corpus_length(&d.corpus, document);

            check_row(&rows, row, &d.corpus, document, end > 13 ? end - 13 : 0,
                      end);
            document = (document + 1) % 7;
        }
    }
    source.done(&source);
}

/* A walk of one row of a stream, item by item. */
typedef struct walk {
    int64_t clip, document, first, end, last; /* of the tokens */
} walk;

/* Piece `piece` of a text: targets [n piece / pieces, n (piece + 1) / ...). */
static void walk_restart_text(walk *w, int64_t n, int64_t piece, int64_t pieces)
{
    w->document = 0;
    w->first = n * piece / pieces;
    w->last = n * (piece + 1) / pieces + 1;
    w->end = w->first + 1;
}

static void walk_restart_document(walk *w, const sidle_corpus *corpus,
                                  int64_t document)
{
    w->document = document;
    w->first = 0;
    w->last = sidle_corpus_length(corpus, document);
    w->end = 1;
}

/* The first clip with a target, not before the one that stands. */
static void walk_next_item(walk *w, const sidle_crops *crops, int64_t stride)
{
    const sidle_corpus *corpus = crops->corpus;

    while (w->end >= w->last) {
        w->clip++;
        if (corpus->bytes != NULL)
            w->end = w->first + 1;
        else
            walk_restart_document(w, corpus,
                                  (w->document + crops->rows.all) %
                                      corpus->n_documents);
    }
    w->end = w->end + stride < w->last ? w->end + stride : w->last;
}

static void check_stream(const sidle_crops *crops, int64_t n_items)
{
    static item_rows rows;
    walk walks[BATCH_MAX_ROWS] = {{0}};
    const sidle_corpus *corpus = crops->corpus;
    sidle_source source = open_crops(crops);
    int64_t stride = crops->stride > 0 ? crops->stride : crops->latents;
    int64_t clips[BATCH_MAX_ROWS]; /* of all rows */

    for (ptrdiff_t row = 0; row < crops->rows.n; row++) {
        int64_t global = crops->rows.first + row;

        if (corpus->bytes != NULL)
            walk_restart_text(&walks[row], corpus->n_bytes + 1, global,
                              crops->rows.all);
        else
            walk_restart_document(&walks[row], corpus,
                                  global % corpus->n_documents);
    }
    for (int64_t item = 1; item <= n_items; item++) {
        item_fetch(&rows, &source, crops->rows.n, crops->context + 1, item);
        check_counted(&rows, crops->latents);
        source.clips(&source, item, clips);
        for (ptrdiff_t row = 0; row < crops->rows.n; row++) {
            walk *w = &walks[row];
            int64_t from;

            walk_next_item(w, crops, stride);
            from = w->end - crops->context - 1;
            check_row(&rows, row, corpus, w->document,
                      from > w->first ? from : w->first, w->end);
            assert_int_equal(rows.clip[row], w->clip);
            assert_int_equal(clips[crops->rows.first + row], w->clip);
        }
    }
    source.done(&source);
}

TEST(stream_rows_go_through_documents)
{
    static documents d;
    sidle_crops crops;

    for (int64_t n = 1; n <= 13; n++) {
        documents_random(&d, n, 30, 6 + (uint64_t)n);
        /* each cycle needs a target: lengths of 2 at least in front */
        for (int64_t i = 0; i <= n; i++)
            d.offsets[i] += 2 * (i < 4 ? i : 4);
        for (int32_t i = 0; i < d.offsets[n]; i++)
            d.tokens[i] = i + 1;
        crops = crops_of(&d.corpus, SIDLE_STREAM);
        check_stream(&crops, 60);
        crops.stride = 3;
        crops.rows.n = 2;
        crops.rows.first = 2;
        check_stream(&crops, 60);
    }
}

TEST(stream_rows_keep_to_their_piece_of_a_text)
{
    static unsigned char bytes[101];
    sidle_corpus text = text_random(bytes, 101, 7);
    sidle_crops crops = crops_of(&text, SIDLE_STREAM);

    check_stream(&crops, 40);
    crops.stride = 1;
    crops.rows.all = 7;
    crops.rows.first = 3;
    check_stream(&crops, 60);
    crops.stride = 40;
    check_stream(&crops, 10);
}

TEST(stream_rows_without_a_target_are_padding)
{
    static const int64_t lengths[] = {1, 9, 0, 8};
    static documents d;
    static item_rows rows;
    sidle_crops crops;
    sidle_source source;

    documents_make(&d, lengths, 4);
    crops = crops_of(&d.corpus, SIDLE_STREAM);
    crops.rows.n = 2;
    crops.rows.all = 2;
    source = open_crops(&crops);
    item_fetch(&rows, &source, 2, 13, 3);
    check_row(&rows, 0, &d.corpus, 0, 0, 0);
    assert_int_equal(rows.scored[0], 0);
    assert_int_equal(rows.clip[0], 0);
    check_row(&rows, 1, &d.corpus, 3, 0, 6);
    assert_int_equal(rows.clip[1], 1);
    check_counted(&rows, 5);
    source.done(&source);
}

/* Backwards, with other items between: the batches of a forward reading. */
static void check_purity(const sidle_corpus *corpus, sidle_order order)
{
    static item_rows forward[20], again;
    sidle_crops crops = crops_of(corpus, order);
    sidle_source source = open_crops(&crops), other = open_crops(&crops);

    for (int64_t item = 1; item <= 20; item++)
        item_fetch(&forward[item - 1], &source, 4, 13, item);
    for (int64_t item = 20; item >= 1; item--) {
        const item_rows *first = &forward[item - 1];

        item_fetch(&again, &source, 4, 13, (item * 7) % 20 + 1);
        item_fetch(&again, item % 2 == 0 ? &source : &other, 4, 13, item);
        assert_memory_equal(again.tokens, first->tokens, sizeof(again.tokens));
        assert_memory_equal(again.length, first->length, sizeof(again.length));
        assert_memory_equal(again.scored, first->scored, sizeof(again.scored));
        assert_memory_equal(again.clip, first->clip, sizeof(again.clip));
        assert_int_equal(again.batch.n_counted, first->batch.n_counted);
    }
    source.done(&source);
    other.done(&other);
}

TEST(an_item_is_a_pure_function_of_its_number)
{
    static unsigned char bytes[301];
    static documents d;
    sidle_corpus text = text_random(bytes, 301, 8);

    documents_random(&d, 9, 50, 9);
    for (int order = SIDLE_SHUFFLE; order <= SIDLE_STREAM; order++) {
        check_purity(&text, (sidle_order)order);
        check_purity(&d.corpus, (sidle_order)order);
    }
}

/* The rows of one chain are those of its replicas, one after the other. */
static void check_sharing(const sidle_corpus *corpus, sidle_order order,
                          ptrdiff_t n_replicas)
{
    static item_rows whole, part;
    sidle_crops crops = crops_of(corpus, order);
    int64_t clips[BATCH_MAX_ROWS], again[BATCH_MAX_ROWS];
    sidle_source source;

    crops.rows.all = crops.rows.n = 2 * n_replicas;
    source = open_crops(&crops);
    crops.rows.n = 2;
    for (ptrdiff_t r = 0; r < n_replicas; r++) {
        sidle_source one;

        crops.rows.first = 2 * r;
        one = open_crops(&crops);
        for (int64_t item = 1; item <= 9; item++) {
            item_fetch(&whole, &source, 2 * n_replicas, 13, item);
            item_fetch(&part, &one, 2, 13, item);
            assert_memory_equal(whole.tokens + crops.rows.first * 13,
                                part.tokens, 2 * 13 * sizeof(int32_t));
            assert_memory_equal(whole.clip + crops.rows.first, part.clip,
                                2 * sizeof(int64_t));
            check_counted(&part, crops.latents);
            assert_int_equal(part.batch.n_all, whole.batch.n_counted);
            assert_int_equal(whole.batch.n_all, whole.batch.n_counted);
            if (order != SIDLE_STREAM)
                continue;
            source.clips(&source, item, clips);
            one.clips(&one, item, again);
            assert_memory_equal(clips, again,
                                (size_t)crops.rows.all * sizeof(clips[0]));
            assert_memory_equal(clips, whole.clip,
                                (size_t)crops.rows.all * sizeof(clips[0]));
        }
        one.done(&one);
    }
    source.done(&source);
}

TEST(replicas_share_the_rows_of_one_chain)
{
    static unsigned char bytes[301];
    static documents d;
    sidle_corpus text = text_random(bytes, 301, 10);

    /* short ones, so that rows have unequal numbers of targets */
    documents_random(&d, 11, 9, 12);
    for (int order = SIDLE_SHUFFLE; order <= SIDLE_STREAM; order++)
        for (ptrdiff_t n = 1; n <= 3; n++) {
            check_sharing(&text, (sidle_order)order, n);
            check_sharing(&d.corpus, (sidle_order)order, n);
        }
}

TEST(only_a_stream_has_clips)
{
    static unsigned char bytes[30];
    sidle_corpus text = text_random(bytes, 30, 11);

    for (int order = SIDLE_SHUFFLE; order <= SIDLE_STREAM; order++) {
        sidle_crops crops = crops_of(&text, (sidle_order)order);
        sidle_source source = open_crops(&crops);

        assert_int_equal(source.clips != NULL, order == SIDLE_STREAM);
        source.done(&source);
    }
}

TEST(nothing_to_learn_is_an_answer)
{
    static const int64_t lengths[] = {1, 0};
    static documents d;
    sidle_corpus empty = text_of(NULL, 0);
    sidle_crops crops;
    sidle_source source;

    documents_make(&d, lengths, 2);
    crops = crops_of(&d.corpus, SIDLE_SHUFFLE);
    assert_int_equal(sidle_crops_source(&crops, &source), SIDLE_EDATA);
    assert_non_null(strstr(sidle_fail_text(), "2 documents"));
    crops.corpus = &empty;
    assert_int_equal(sidle_crops_source(&crops, &source), SIDLE_EDATA);
    assert_non_null(strstr(sidle_fail_text(), "the text is empty"));
}

TEST_MAIN
