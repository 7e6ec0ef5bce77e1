/* test_streams.c - streams of clips: missing targets, still frames, a flush
 * between two clips, property by property.
 *
 * In the tick in which block i runs item a forward, it takes the gradient of
 * item a - 2 (D - i) in tick order, of a - (D - i) in 1F1B order; the drain
 * holds the last item. Exact gradients are those of "backprop". */
/* np: 1 2 3 */
/* with: kinds_test.c mpi/play.c mpi/play_share.c */
#include "play.h"
#include "ranks.h"

#include <math.h>
#include <string.h>

enum { D = 4, T = 20, CUT = 9 };

static const char *const newest[] = {"sideways", "sideways-1f1b"};

static play stream_of(const char *schedule, int64_t steps, int is_frozen)
{
    play p = play_of(schedule, D, steps);

    p.over = &ranks;
    p.is_frozen = p.is_recorded = is_frozen;
    return p;
}

static int64_t met_by(const char *schedule, int block, int64_t item)
{
    int64_t lag = strcmp(schedule, "sideways") == 0 ? 2 : 1;
    int64_t at = item + lag * (D - block);

    return at < T ? at : T;
}

static int is_same(const play_record *a, const play_record *b)
{
    return memcmp(a->grad, b->grad, a->weights * sizeof(sidle_real)) == 0;
}

/* ---- P17: frames without a target */

/* What is missing is one gradient of each block: frames go forward, and the
 * gradients of the others do not change by a bit. */
TEST(a_missing_target_is_a_bubble_and_nothing_else)
{
    for (int k = 0; k < 2; k++) {
        play p = stream_of(newest[k], T, 1), q = stream_of(newest[k], T, 1);

        p.skipped = 3;
        assert_int_equal(play_run(&p), SIDLE_OK);
        assert_int_equal(play_run(&q), SIDLE_OK);
        assert_int_equal(p.n_records, D * (T - T / 3));
        for (int block = 1; block <= D; block++)
            assert_int_equal(p.n_forwards[block], T);
        for (int i = 0; i < p.n_records; i++) {
            const play_record *r = &p.records[i];

            assert_true(r->item % 3 != 0);
            assert_int_equal(r->at, met_by(newest[k], r->block, r->item));
            assert_true(is_same(r, play_find(&q, r->block, r->item)));
        }
        play_close(&p);
        play_close(&q);
    }
}

/* ---- P12b: cuts, in both orders, also where targets are missing */

static int64_t clip_of(int64_t item, int row)
{
    (void)row;
    return item >= CUT ? 2 : 1;
}

static play play_cut(const char *schedule, sidle_on_cut on_cut, int skipped)
{
    play p = stream_of(schedule, T, 1);

    p.clip = clip_of;
    p.skipped = skipped;
    play_open(&p);
    p.config.on_cut = on_cut;
    play_start(&p);
    assert_int_equal(play_go(&p), SIDLE_OK);
    return p;
}

static int is_mixed(const char *schedule, int block, int64_t item)
{
    return clip_of(item, 0) != clip_of(met_by(schedule, block, item), 0);
}

/* A gradient is there or not as the definition says. */
static void expect_gradients(const char *schedule, sidle_on_cut on_cut,
                             int skipped)
{
    play p = play_cut(schedule, on_cut, skipped);

    for (int block = 1; block <= D; block++)
        for (int64_t item = 1; item <= T; item++) {
            int is_masked =
                on_cut == SIDLE_CUT_MASK && is_mixed(schedule, block, item);
            int is_missing = skipped > 0 && item % skipped == 0;

            assert_int_equal(play_find(&p, block, item) != NULL,
                             !is_masked && !is_missing);
        }
    play_close(&p);
}

TEST(cuts_and_missing_targets_take_what_is_theirs)
{
    for (int k = 0; k < 2; k++)
        for (int skipped = 0; skipped <= 3; skipped += 3) {
            expect_gradients(newest[k], SIDLE_CUT_LEAK, skipped);
            expect_gradients(newest[k], SIDLE_CUT_MASK, skipped);
        }
}

TEST(the_other_order_mixes_half_as_many)
{
    play p = play_cut("sideways-1f1b", SIDLE_CUT_LEAK, 0);
    int n_mixed[D + 1] = {0};

    for (int i = 0; i < p.n_records; i++)
        n_mixed[p.records[i].block] +=
            clip_of(p.records[i].item, 0) != clip_of(p.records[i].at, 0);
    for (int block = 1; block <= D; block++)
        assert_int_equal(n_mixed[block], D - block);
    play_close(&p);
}

/* ---- P2: what a moving stream leaves behind is gone with its items */

static int64_t comes_to_rest(int64_t item)
{
    return item < CUT ? item : CUT;
}

TEST(a_film_that_stands_still_is_exact_at_once)
{
    for (int k = 0; k < 2; k++) {
        play p = stream_of(newest[k], T, 1), q = stream_of("backprop", T, 1);
        int n_late = 0;

        p.frame = q.frame = comes_to_rest;
        assert_int_equal(play_run(&p), SIDLE_OK);
        assert_int_equal(play_run(&q), SIDLE_OK);
        for (int i = 0; i < p.n_records; i++) {
            const play_record *r = &p.records[i];
            int is_exact = is_same(r, play_find(&q, r->block, r->item));

            assert_int_equal(is_exact, r->item >= CUT || r->block == D);
            n_late += !is_exact;
        }
        assert_int_equal(n_late, (D - 1) * (CUT - 1));
        play_close(&p);
        play_close(&q);
    }
}

/* ---- P11: a flush between two clips */

static int64_t next_clip(void *context, int64_t from)
{
    (void)context;
    return from < CUT ? CUT : INT64_MAX;
}

static int64_t frame_of_clip(int64_t item)
{
    return clip_of(item, 0);
}

static double farthest(const play *p, const play *q)
{
    double far = 0.0;

    for (int i = 1; i <= D; i++) {
        assert_true(p->n_weights[i] > 0 && p->n_weights[i] == q->n_weights[i]);
        for (size_t k = 0; k < p->n_weights[i]; k++)
            far =
                fmax(far, fabs((double)(p->weights[i][k] - q->weights[i][k])));
    }
    return far;
}

/* Each clip shows one frame. Its gradients, all of them exact, are one partial
 * sum, which the flush applies, divided by their number: backprop's step on
 * that frame, clip after clip. */
TEST(a_flush_makes_of_still_clips_one_exact_step_each)
{
    for (int k = 0; k < 2; k++) {
        play p = stream_of(newest[k], T, 0), q = stream_of("backprop", 2, 0);

        p.frame = frame_of_clip;
        p.clip = clip_of;
        p.update_every = 100;
        p.optim.momentum = q.optim.momentum = 0.5;
        play_open(&p);
        p.config.on_cut = SIDLE_CUT_FLUSH;
        p.plan.next_clip = next_clip;
        play_start(&p);
        assert_int_equal(play_go(&p), SIDLE_OK);
        assert_int_equal(play_run(&q), SIDLE_OK);
        assert_int_equal(p.n_updates, 2);
        for (int block = 1; block <= D; block++) {
            assert_int_equal(p.n_forwards[block], T);
            assert_int_equal(p.n_backwards[block], T);
        }
        assert_true(farthest(&p, &q) < 1e-6);
        play_close(&p);
        play_close(&q);
    }
}

RANKS_MAIN
