/* test_frames.c - items of frames, beside the sentences of the design. */
#include "check.h"

#include "data/frames.h"

#include <string.h>

enum { MAX_CLIPS = 12, LONGEST = 9, MAX_FRAMES = MAX_CLIPS * LONGEST };
enum { Y = 2, X = 3, C = 1, SIZE = Y * X * C, MAX_ROWS = 9 };

/* Clips whose frames tell their number in the first byte. */
typedef struct film {
    int64_t offsets[MAX_CLIPS + 1];
    int32_t labels[MAX_CLIPS], frame_labels[MAX_FRAMES];
    int n_reads;
    sidle_clips clips;
} film;

static unsigned char byte_of(int64_t frame, int at)
{
    sidle_rng rng = {77, sidle_rng_stream("bytes", (uint64_t)frame)};

    return at == 0 ? (unsigned char)frame
                   : (unsigned char)sidle_rng_below(rng, (uint64_t)at, 256);
}

static void read_film(const sidle_clips *clips, int64_t first, int64_t n,
                      unsigned char *out)
{
    film *f = clips->self;

    f->n_reads++;
    for (int64_t i = 0; i < n; i++)
        for (int at = 0; at < SIZE; at++)
            out[i * SIZE + at] = byte_of(first + i, at);
}

static uint64_t draw(uint64_t seed, int64_t at, uint64_t n)
{
    return sidle_rng_below((sidle_rng){seed, sidle_rng_stream("films", 0)},
                           (uint64_t)at, n);
}

/* Some clips are empty, some labels -1; the first clip is neither. */
static void film_make(film *f, int64_t n_clips, uint64_t seed)
{
    memset(f, 0, sizeof(*f));
    for (int64_t i = 0; i < n_clips; i++) {
        f->offsets[i + 1] =
            f->offsets[i] + (i == 0 ? 3 : (int64_t)draw(seed, i, LONGEST + 1));
        f->labels[i] = i == 0 ? 2 : (int32_t)draw(seed, 100 + i, 5) - 1;
    }
    f->clips = (sidle_clips){.n_clips = n_clips,
                             .offsets = f->offsets,
                             .shape = {3, {Y, X, C}},
                             .labels = f->labels,
                             .read = read_film,
                             .self = f};
    for (int64_t i = 0; i < f->offsets[n_clips]; i++)
        f->frame_labels[i] = (int32_t)draw(seed, 200 + i, 4) - 1;
    f->frame_labels[0] = 3;
}

typedef struct item_frames {
    sidle_real frames[MAX_ROWS * SIZE], next[MAX_ROWS * SIZE];
    int32_t label[MAX_ROWS], length[MAX_ROWS], scored[MAX_ROWS];
    int64_t clip[MAX_ROWS];
    sidle_batch batch;
} item_frames;

static void fetch(item_frames *it, const sidle_source *source, ptrdiff_t rows,
                  int64_t item)
{
    memset(it, 0x5a, sizeof(*it));
    it->batch = (sidle_batch){.rows = rows,
                              .fields = {it->label, it->frames, it->next},
                              .length = it->length,
                              .scored = it->scored,
                              .clip = it->clip,
                              .n_counted = -1};
    sidle_source_fill(source, item, &it->batch);
}

static void bind(sidle_source *source)
{
    const sidle_field wanted[] = {{"label", 'i', {1, {1}}},
                                  {"frames", 'f', {3, {Y, X, C}}},
                                  {"next", 'f', {3, {Y, X, C}}}};

    assert_int_equal(sidle_source_bind(source, wanted, 3), SIDLE_OK);
}

static sidle_source open_frames(const sidle_frames *frames)
{
    sidle_source source;

    assert_int_equal(sidle_frames_source(frames, &source), SIDLE_OK);
    assert_true(source.n_items == INT64_MAX);
    bind(&source);
    return source;
}

/* ---- what a row is by the words of the design */

static int64_t clip_of(const film *f, int64_t frame)
{
    for (int64_t i = 0; i < f->clips.n_clips; i++)
        if (frame >= f->offsets[i] && frame < f->offsets[i + 1])
            return i;
    fail();
    return -1;
}

static void check_picture(const sidle_real *got, int64_t frame)
{
    for (int at = 0; at < SIZE; at++)
        assert_true(
            got[at] ==
            (frame < 0 ? 0 : (sidle_real)(byte_of(frame, at) / 127.5 - 1)));
}

/* Row `row` shows `frame`; answers whether it has a target. */
static int check_row(const item_frames *it, ptrdiff_t row,
                     const sidle_frames *frames, int64_t frame)
{
    const film *f = frames->clips->self;
    int64_t clip = frame < 0 ? -1 : clip_of(f, frame), next = -1;
    int32_t label = -1;

    if (clip >= 0) {
        next = frame + frames->ahead;
        next = next < f->offsets[clip + 1] ? next : -1;
        label = frames->clips->frame_labels != NULL ? f->frame_labels[frame]
                                                    : f->labels[clip];
    }
    check_picture(it->frames + row * SIZE, frame);
    check_picture(it->next + row * SIZE, next);
    assert_int_equal(it->label[row], label);
    assert_int_equal(it->length[row], frame >= 0);
    assert_int_equal(it->scored[row],
                     frames->scores_next ? next >= 0 : label >= 0);
    return it->scored[row];
}

/* One global row of a stream, walked on item by item. */
typedef struct walker {
    int64_t clip, at, left; /* at: frame of the clip */
} walker;

static int64_t length_of(const film *f, int64_t clip)
{
    return f->offsets[clip + 1] - f->offsets[clip];
}

/* The frame it shows now, -1: none of its clips has one. */
static int64_t settle(walker *w, const film *f, int64_t all_rows)
{
    for (int64_t i = 0; i <= f->clips.n_clips; i++) {
        if (w->at < length_of(f, w->clip))
            return f->offsets[w->clip] + w->at;
        w->clip = (w->clip + all_rows) % f->clips.n_clips;
        w->at = 0;
        w->left++;
    }
    w->left = 0;
    return -1;
}

static void check_stream(const sidle_frames *frames, int64_t items)
{
    const film *f = frames->clips->self;
    const sidle_rows *rows = &frames->rows;
    sidle_source source = open_frames(frames);
    walker w[MAX_ROWS];
    static item_frames it;

    for (ptrdiff_t row = 0; row < rows->all; row++)
        w[row] = (walker){.clip = row % f->clips.n_clips};
    for (int64_t item = 1; item <= items; item++) {
        int64_t clips[MAX_ROWS], mine = 0;

        fetch(&it, &source, rows->n, item);
        source.clips(&source, item, clips);
        for (ptrdiff_t row = 0; row < rows->all; row++) {
            int64_t frame = settle(&w[row], f, rows->all);
            ptrdiff_t own = row - rows->first;

            assert_int_equal(clips[row], w[row].left);
            w[row].at += frames->stride > 0 ? frames->stride : 1;
            if (own < 0 || own >= rows->n)
                continue;
            mine += check_row(&it, own, frames, frame);
            assert_int_equal(it.clip[own], w[row].left);
        }
        assert_int_equal(it.batch.n_counted, mine);
        if (source.counts != NULL)
            assert_int_equal(source.counts(&source, item), it.batch.n_all > 0);
        else
            assert_true(it.batch.n_all > 0);
    }
    source.done(&source);
}

/* ---- the tests */

TEST(a_stream_goes_through_every_rth_clip)
{
    for (uint64_t seed = 1; seed <= 40; seed++) {
        static film f;
        sidle_frames frames = {.clips = &f.clips, .order = SIDLE_STREAM};

        film_make(&f, 2 + (int64_t)draw(seed, 500, MAX_CLIPS - 1), seed);
        frames.rows.n = 1 + (ptrdiff_t)draw(seed, 501, 3);
        frames.rows.all = frames.rows.n * (1 + (ptrdiff_t)draw(seed, 502, 3));
        frames.rows.first = frames.rows.all - frames.rows.n;
        frames.stride = (int64_t)draw(seed, 503, 4);
        frames.scores_next = (int)draw(seed, 504, 2);
        frames.ahead = (int64_t)draw(seed, 505, 3);
        if (draw(seed, 506, 2) == 1)
            f.clips.frame_labels = f.frame_labels;
        check_stream(&frames, 60);
    }
}

/* A clip per row, long enough: the numbers by hand. */
TEST(stride_and_ahead_count_frames)
{
    static film f;
    static item_frames it;
    sidle_frames frames = {.clips = &f.clips,
                           .rows = {.n = 1, .all = 1},
                           .order = SIDLE_STREAM,
                           .stride = 3,
                           .scores_next = 1,
                           .ahead = 2};
    static const int64_t shown[] = {0, 3, 6, 8, 0};
    static const int targets[] = {1, 1, 0, 0, 1};
    sidle_source source;

    film_make(&f, 2, 1);
    f.offsets[1] = 8; /* frames 0 .. 7, and 8 .. 9 */
    f.offsets[2] = 10;
    source = open_frames(&frames);
    for (int i = 0; i < 5; i++) {
        fetch(&it, &source, 1, i + 1);
        check_row(&it, 0, &frames, shown[i]);
        assert_int_equal(it.scored[0], targets[i]);
        assert_int_equal(it.clip[0], i < 3 ? 0 : i - 2);
        assert_int_equal(source.counts(&source, i + 1), targets[i]);
    }
    source.done(&source);
}

TEST(sequential_rows_take_frames_in_the_order_of_the_file)
{
    static film f;
    static item_frames it;
    sidle_frames frames = {.clips = &f.clips,
                           .rows = {.n = 2, .first = 3, .all = 5},
                           .order = SIDLE_SEQUENTIAL};
    sidle_clips train, valid;
    sidle_source source;
    int64_t n;

    film_make(&f, 7, 3);
    f.labels[3] = 1;
    sidle_clips_split(&f.clips, 0.3, &train, &valid);
    /* of a part, too: the last clips, which begin in mid file */
    for (int part = 0; part < 3; part++) {
        const sidle_clips *clips = part == 0   ? &f.clips
                                   : part == 1 ? &train
                                               : &valid;

        frames.clips = clips;
        frames.scores_next = 1;
        source = open_frames(&frames);
        n = sidle_clips_frames(clips);
        for (int64_t t = 1; t <= 30; t++) {
            fetch(&it, &source, 2, t);
            for (ptrdiff_t row = 0; row < 2; row++)
                check_row(&it, row, &frames,
                          clips->offsets[0] + ((t - 1) * 5 + 3 + row) % n);
            assert_int_equal(it.clip[0], 0);
        }
        assert_null(source.clips);
        source.done(&source);
    }
}

/* The frame that a row shows, by its first byte. */
static int64_t shown_in(const item_frames *it, ptrdiff_t row)
{
    return (int64_t)lround(((double)it->frames[row * SIZE] + 1.0) * 127.5);
}

TEST(shuffled_frames_are_uniform_and_a_pure_function_of_the_item)
{
    static film f;
    static item_frames it, again;
    int seen[MAX_FRAMES] = {0};
    sidle_frames frames = {.clips = &f.clips,
                           .seed = 4,
                           .rows = {.n = 4, .all = 4},
                           .scores_next = 1,
                           .ahead = 1};
    sidle_source source, other;
    double chi = 0.0, expected;
    int64_t n, n_same = 0;

    film_make(&f, 8, 6);
    n = sidle_clips_frames(&f.clips);
    source = open_frames(&frames);
    for (int64_t t = 1; t <= 2000; t++) {
        fetch(&it, &source, 4, t);
        for (ptrdiff_t row = 0; row < 4; row++) {
            check_row(&it, row, &frames, shown_in(&it, row));
            seen[shown_in(&it, row)]++;
        }
    }
    expected = 8000.0 / (double)n;
    for (int64_t i = 0; i < n; i++)
        chi += (seen[i] - expected) * (seen[i] - expected) / expected;
    assert_true(n > 20 && chi < (double)n + 4.0 * sqrt(2.0 * (double)n));
    /* backwards, in another source: the same; with another seed: others */
    other = open_frames(&frames);
    fetch(&it, &source, 4, 9);
    fetch(&again, &other, 4, 9);
    assert_memory_equal(it.frames, again.frames, sizeof(it.frames));
    other.done(&other);
    frames.seed = 5;
    other = open_frames(&frames);
    for (int64_t t = 1; t <= 50; t++) {
        fetch(&it, &source, 4, t);
        fetch(&again, &other, 4, t);
        n_same += shown_in(&it, 0) == shown_in(&again, 0);
    }
    assert_true(n_same < 25);
    other.done(&other);
    source.done(&source);
}

TEST(replicas_share_the_rows_of_one_chain)
{
    static film f;
    static item_frames whole, part;
    sidle_frames frames = {.clips = &f.clips, .seed = 4, .ahead = 2};

    film_make(&f, 5, 8);
    f.clips.frame_labels = f.frame_labels;
    for (int k = 0; k < 6; k++) {
        sidle_source source;

        frames.order = (sidle_order)(k % 3);
        frames.scores_next = k / 3;
        frames.rows = (sidle_rows){6, 0, 6};
        source = open_frames(&frames);
        for (ptrdiff_t r = 0; r < 3; r++) {
            sidle_source one;

            frames.rows = (sidle_rows){2, 2 * r, 6};
            one = open_frames(&frames);
            for (int64_t item = 1; item <= 20; item++) {
                fetch(&whole, &source, 6, item);
                fetch(&part, &one, 2, item);
                assert_memory_equal(whole.frames + 2 * r * SIZE, part.frames,
                                    2 * SIZE * sizeof(sidle_real));
                assert_memory_equal(whole.label + 2 * r, part.label,
                                    2 * sizeof(int32_t));
                assert_memory_equal(whole.clip + 2 * r, part.clip,
                                    2 * sizeof(int64_t));
                assert_int_equal(part.batch.n_counted,
                                 part.scored[0] + part.scored[1]);
                assert_int_equal(part.batch.n_all, whole.batch.n_counted);
                assert_int_equal(whole.batch.n_all, whole.batch.n_counted);
            }
            one.done(&one);
        }
        source.done(&source);
    }
}

TEST(an_evaluation_shows_every_frame_once)
{
    static film f;
    static item_frames it;
    sidle_clips train, valid;
    sidle_frames frames = {.clips = &valid,
                           .order = SIDLE_STREAM,
                           .stride = 3,
                           .scores_next = 1,
                           .ahead = 1};
    int64_t frame, n;

    film_make(&f, 9, 12);
    sidle_clips_split(&f.clips, 0.5, &train, &valid);
    assert_int_equal(train.n_clips + valid.n_clips, 9);
    assert_int_equal(valid.n_clips, 5);
    n = sidle_clips_frames(&valid);
    for (int64_t most = 0; most <= 4; most += 4)
        for (ptrdiff_t r = 0; r < 2; r++) {
            int64_t shown = most > 0 ? most : n, counted = 0;
            sidle_source source;

            frames.rows = (sidle_rows){3, 3 * r, 6};
            assert_int_equal(sidle_every_frame_source(&frames, most, &source),
                             SIDLE_OK);
            bind(&source);
            assert_int_equal(source.n_items, (shown + 5) / 6);
            assert_null(source.clips);
            for (int64_t t = 1; t <= source.n_items; t++) {
                fetch(&it, &source, 3, t);
                for (ptrdiff_t row = 0; row < 3; row++) {
                    frame = (t - 1) * 6 + 3 * r + row;
                    frame = frame < shown ? valid.offsets[0] + frame : -1;
                    counted += check_row(&it, row, &frames, frame);
                    assert_int_equal(
                        it.clip[row],
                        frame < 0 ? 0 : sidle_clips_find(&valid, frame));
                }
            }
            assert_true(source.has_clips);
            assert_true(counted > 0 || most > 0);
            source.done(&source);
        }
}

/* The frame of a row that goes through its clips once, in the words of the
 * header; -1: it has no more. */
static int64_t frame_by_clips(const sidle_clips *clips, int64_t item,
                              int64_t row, int64_t all)
{
    for (int64_t clip = row; clip < clips->n_clips; clip += all) {
        int64_t length = clips->offsets[clip + 1] - clips->offsets[clip];

        if (item <= length)
            return clips->offsets[clip] + item - 1;
        item -= length;
    }
    return -1;
}

TEST(an_evaluation_by_clips_shows_every_frame_once)
{
    static film f;
    static item_frames it;
    sidle_clips train, valid;
    sidle_frames frames = {
        .clips = &valid, .order = SIDLE_SHUFFLE, .stride = 3, .is_by_clips = 1};

    film_make(&f, 9, 12);
    sidle_clips_split(&f.clips, 0.5, &train, &valid);
    for (int64_t all = 1; all <= 7; all += 2) {
        int64_t shown = 0;
        sidle_source source;

        frames.rows = (sidle_rows){all, 0, all};
        assert_int_equal(sidle_every_frame_source(&frames, 0, &source),
                         SIDLE_OK);
        bind(&source);
        for (int64_t t = 1; t <= source.n_items; t++) {
            fetch(&it, &source, all, t);
            for (int64_t row = 0; row < all; row++) {
                int64_t frame = frame_by_clips(&valid, t, row, all);

                check_row(&it, row, &frames, frame);
                shown += frame >= 0;
                assert_int_equal(it.clip[row],
                                 frame < 0 ? -1
                                           : sidle_clips_find(&valid, frame));
            }
        }
        assert_int_equal(shown, sidle_clips_frames(&valid));
        source.done(&source);
    }
}

static int64_t fetched[4 * MAX_ROWS];
static int n_fetched;

/* Each frame is to be read once. */
static int fetch_once(const sidle_clips *clips, int64_t frame)
{
    (void)clips;
    for (int i = 0; i < n_fetched; i++)
        if (fetched[i] == frame)
            return 0;
    fetched[n_fetched++] = frame;
    return 1;
}

TEST(what_a_block_reads_of_an_item_is_read_ahead)
{
    static film f;
    sidle_real values[MAX_ROWS * SIZE];
    sidle_frames frames = {.clips = &f.clips,
                           .rows = {.n = 3, .first = 3, .all = 6},
                           .order = SIDLE_STREAM,
                           .scores_next = 1,
                           .ahead = 1};
    sidle_source source;

    film_make(&f, 8, 5);
    f.clips.fetch = fetch_once;
    source = open_frames(&frames);
    for (int which = 1; which <= 2; which++) {
        sidle_batch batch = {.rows = 3};
        item_frames it;
        int n = 0;

        batch.fields[which] = values; /* frames, then next */
        n_fetched = 0;
        while (sidle_source_ahead(&source, 2, &batch))
            n++;
        assert_int_equal(n, n_fetched);
        fetch(&it, &source, 3, 2);
        for (int row = 0; row < 3; row++) {
            const sidle_real *x =
                (which == 1 ? it.frames : it.next) + row * SIZE;
            int is_found = 0;

            for (int i = 0; i < n_fetched; i++)
                is_found |=
                    x[0] == (sidle_real)(byte_of(fetched[i], 0) / 127.5 - 1);
            assert_true(is_found || (which == 2 && !it.scored[row]));
        }
        assert_true(n_fetched <= 3);
    }
    source.done(&source);
}

TEST(what_nobody_wants_is_not_read)
{
    static film f;
    sidle_frames frames = {.clips = &f.clips, .rows = {.n = 2, .all = 2}};
    sidle_batch batch = {.rows = 2};
    int32_t label[2];
    sidle_source source;

    film_make(&f, 5, 8);
    source = open_frames(&frames);
    batch.fields[0] = label;
    f.n_reads = 0;
    sidle_source_fill(&source, 3, &batch);
    assert_int_equal(f.n_reads, 0);
    source.done(&source);
}

TEST(a_model_that_reads_labels_needs_clips_that_have_them)
{
    static film f;
    sidle_frames frames = {.clips = &f.clips, .rows = {.n = 2, .all = 2}};
    const sidle_field label = {"label", 'i', {1, {1}}};
    sidle_source source;

    film_make(&f, 5, 8);
    f.clips.labels = NULL;
    assert_int_equal(sidle_frames_source(&frames, &source), SIDLE_OK);
    assert_int_equal(sidle_source_bind(&source, &label, 1), SIDLE_EUSAGE);
    assert_non_null(strstr(sidle_fail_text(), "'label'"));
    source.done(&source);
}

static void check_refused(const sidle_frames *frames, const char *why)
{
    sidle_source source = {0};

    assert_int_equal(sidle_frames_source(frames, &source), SIDLE_EDATA);
    assert_non_null(strstr(sidle_fail_text(), why));
    assert_int_equal(sidle_every_frame_source(frames, 0, &source), SIDLE_EDATA);
    assert_non_null(strstr(sidle_fail_text(), why));
    assert_null(source.self);
}

TEST(clips_without_a_target_are_an_answer)
{
    static film f;
    sidle_frames frames = {
        .clips = &f.clips, .rows = {.n = 2, .all = 2}, .order = SIDLE_STREAM};

    film_make(&f, 3, 8);
    f.offsets[1] = 2;
    f.offsets[2] = 6;
    f.offsets[3] = 7;
    f.labels[0] = f.labels[1] = f.labels[2] = -1;
    check_refused(&frames, "no frame of 3 clips has a label");
    frames.scores_next = 1;
    frames.ahead = 4;
    check_refused(&frames, "4 later to predict: the longest clip has 4");
    memset(f.offsets, 0, sizeof(f.offsets));
    check_refused(&frames, "none of 3 clips has a frame");
    f.clips.n_clips = 0;
    check_refused(&frames, "none of 0 clips has a frame");
}

/* A row that has only empty clips is there, and shows nothing. */
TEST(a_row_without_a_frame_is_padding)
{
    static film f;
    sidle_frames frames = {.clips = &f.clips,
                           .rows = {.n = 4, .all = 4},
                           .order = SIDLE_STREAM,
                           .scores_next = 1};

    film_make(&f, 2, 8);
    f.offsets[1] = 0;
    f.offsets[2] = 5;
    check_stream(&frames, 12);
}

TEST_MAIN
