/* test_clip_tally.c - the classes of clips, beside sums over all frames. */
#include "check.h"

#include "run/clip_tally.h"

#include <string.h>

enum { CLIPS = 23, CLASSES = 5, MOST_ROWS = 6, MOST_FRAMES = 200 };

/* Frames in the order of their clips, each with what a network says. */
typedef struct film {
    int n;
    int64_t clip[MOST_FRAMES];
    int32_t label[MOST_FRAMES];
    sidle_real log_p[MOST_FRAMES][CLASSES];
} film;

static uint64_t draw(uint64_t seed, const char *what, int at, uint64_t n)
{
    return sidle_rng_below((sidle_rng){seed, sidle_rng_stream(what, 0)},
                           (uint64_t)at, n);
}

/* Some clips are empty, some have frames without a label or with another. */
static void make(film *f, uint64_t seed)
{
    f->n = 0;
    for (int i = 0; i < CLIPS; i++)
        for (int k = (int)draw(seed, "length", i, 8); k > 0; k--, f->n++) {
            f->clip[f->n] = i;
            f->label[f->n] = (int32_t)draw(seed, "label", i, CLASSES);
            if (draw(seed, "odd", f->n, 5) == 0)
                f->label[f->n] = (int32_t)draw(seed, "other", f->n, 2) - 1;
            for (int c = 0; c < CLASSES; c++)
                f->log_p[f->n][c] =
                    -(sidle_real)draw(seed, "p", f->n * CLASSES + c, 1000);
        }
}

static sidle_clip_counts count_plainly(const film *f)
{
    sidle_clip_counts counts = {0};

    for (int i = 0; i < CLIPS; i++) {
        double sum[CLASSES] = {0};
        int32_t label = -1;
        int best = 0, is_mixed = 0;

        for (int k = 0; k < f->n; k++) {
            if (f->clip[k] != i || f->label[k] < 0)
                continue;
            is_mixed |= label >= 0 && f->label[k] != label;
            label = f->label[k];
            for (int c = 0; c < CLASSES; c++)
                sum[c] += (double)f->log_p[k][c];
        }
        for (int c = 1; c < CLASSES; c++)
            best = sum[c] > sum[best] ? c : best;
        counts.n_clips += label >= 0 && !is_mixed;
        counts.n_correct += label >= 0 && !is_mixed && best == label;
    }
    return counts;
}

/* Rows [first, first + n) of an item of `all` rows, by frames in order. */
static void add(sidle_clip_tally *tally, const film *f, int64_t item, int first,
                int n, int all)
{
    int64_t memory[1024];
    sidle_scores scores = sidle_scores_at(memory, n, CLASSES);

    assert_true(sidle_scores_bytes(n, CLASSES) <= sizeof(memory));
    for (int row = 0; row < n; row++) {
        int at = (int)(item - 1) * all + first + row;
        int is_empty = at >= f->n;

        scores.clip[row] = is_empty ? -1 : f->clip[at];
        scores.label[row] = is_empty ? -1 : f->label[at];
        if (!is_empty)
            memcpy(scores.log_p + row * CLASSES, f->log_p[at],
                   sizeof(f->log_p[at]));
    }
    sidle_clip_tally_add(tally, item, &scores);
}

TEST(clips_are_counted_by_the_mean_of_their_frames)
{
    for (uint64_t seed = 1; seed <= 60; seed++) {
        int rows = 1 + (int)draw(seed, "rows", 0, MOST_ROWS);
        int replicas = 1 + (int)draw(seed, "replicas", 0, 3);
        int all = rows * replicas;
        sidle_clip_tally *tally = sidle_clip_tally_new(all, CLASSES);
        film f;

        /* Twice: the second evaluation begins at zero. */
        for (int i = 0; i < 2; i++) {
            sidle_clip_counts expected, got;

            make(&f, seed + 1000 * (uint64_t)i);
            for (int item = 1; (item - 1) * all < f.n; item++)
                for (int r = 0; r < replicas; r++)
                    add(tally, &f, item, r * rows, rows, all);
            expected = count_plainly(&f);
            got = sidle_clip_tally_end(tally);
            assert_int_equal(got.n_clips, expected.n_clips);
            assert_int_equal(got.n_correct, expected.n_correct);
            assert_true(expected.n_clips > 2);
        }
        sidle_clip_tally_free(tally);
    }
}

TEST(sums_that_are_not_finite_are_of_no_class)
{
    sidle_clip_tally *tally = sidle_clip_tally_new(1, CLASSES);
    sidle_clip_counts counts;
    film f = {.n = 1};

    for (int c = 0; c < CLASSES; c++)
        f.log_p[0][c] = (sidle_real)NAN;
    add(tally, &f, 1, 0, 1, 1);
    counts = sidle_clip_tally_end(tally);
    assert_int_equal(counts.n_clips, 1);
    assert_int_equal(counts.n_correct, 0);
    assert_true(sidle_clip_accuracy(&counts) == 0.0);
    counts = sidle_clip_tally_end(tally);
    assert_true(isnan(sidle_clip_accuracy(&counts)));
    sidle_clip_tally_free(tally);
    sidle_clip_tally_free(NULL);
}

TEST_MAIN
