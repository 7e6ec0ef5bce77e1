/* test_clips.c - new clips: what happens between a gradient and the activation
 * of another clip that it meets. */
/* np: 1 3 */
/* with: kinds_test.c mpi/play.c mpi/play_share.c */
#include "play.h"
#include "ranks.h"

#include <string.h>

enum { D = 4, T = 20 };

/* Row 0 shows its second clip from item 9 on, row 1 from item 12 on. */
static int64_t clip_of(int64_t item, int row)
{
    return item >= 9 + 3 * row ? 2 : 1;
}

static int64_t clip_of_both(int64_t item, int row)
{
    (void)row;
    return item >= 9 ? 2 : 1;
}

static play play_clips(int64_t (*clip)(int64_t, int), sidle_on_cut on_cut)
{
    play p = play_of("sideways", D, T);

    p.over = &ranks;
    p.is_frozen = p.is_recorded = 1;
    p.clip = clip;
    play_open(&p);
    p.config.on_cut = on_cut;
    play_start(&p);
    assert_int_equal(play_go(&p), SIDLE_OK);
    return p;
}

static int is_mixed(const play_record *r)
{
    return clip_of_both(r->item, 0) != clip_of_both(r->at, 0);
}

/* P12b. */
TEST(leak_mixes_two_items_a_block_behind)
{
    play p = play_clips(clip_of_both, SIDLE_CUT_LEAK);
    int n_mixed[D + 1] = {0};

    for (int i = 0; i < p.n_records; i++)
        n_mixed[p.records[i].block] += is_mixed(&p.records[i]);
    for (int block = 1; block <= D; block++) {
        assert_int_equal(n_mixed[block], 2 * (D - block));
        assert_int_equal(p.n_backwards[block], T);
    }
    play_close(&p);
}

TEST(mask_drops_them_and_all_before_them)
{
    play p = play_clips(clip_of_both, SIDLE_CUT_MASK);

    for (int i = 0; i < p.n_records; i++)
        assert_false(is_mixed(&p.records[i]));
    /* a gradient that one block drops is none for those before it */
    for (int block = 1; block <= D; block++)
        assert_int_equal(p.n_backwards[block], T - 2 * (D - block));
    play_close(&p);
}

/* With one clip throughout, the mask changes nothing. */
TEST(mask_without_a_clip_change_changes_nothing)
{
    play p = play_clips(NULL, SIDLE_CUT_MASK);
    play q = play_clips(NULL, SIDLE_CUT_LEAK);

    assert_int_equal(p.n_records, D * T);
    for (int i = 0; i < p.n_records; i++)
        assert_memory_equal(
            p.records[i].grad,
            play_find(&q, p.records[i].block, p.records[i].item)->grad,
            PLAY_WIDTH * sizeof(sidle_real));
    play_close(&p);
    play_close(&q);
}

static int is_zero(const sidle_real *x, int n)
{
    for (int i = 0; i < n; i++)
        if (x[i] != 0)
            return 0;
    return 1;
}

TEST(mask_zeroes_the_rows_that_differ)
{
    play p = play_clips(clip_of, SIDLE_CUT_MASK);
    int n_half = 0;

    for (int i = 0; i < p.n_records; i++) {
        const play_record *r = &p.records[i];
        int n_kept = 0;

        for (int row = 0; r->dy != NULL && row < PLAY_ROWS; row++) {
            int is_kept = clip_of(r->item, row) == clip_of(r->at, row);

            n_kept += is_kept;
            assert_int_equal(!is_kept,
                             is_zero(r->dy + row * PLAY_WIDTH, PLAY_WIDTH));
        }
        assert_true(r->dy == NULL || n_kept > 0);
        n_half += n_kept == 1;
    }
    assert_true(n_half > 0);
    play_close(&p);
}

/* Clips of 7 items, in both rows alike. */
static int64_t clips_of_7(int64_t item, int row)
{
    (void)row;
    return (item - 1) / 7;
}

/* Whether w went by the mean of the U gradients that r is the last of. */
static int is_step(const play *p, const play_record *r, const play_record *next,
                   int U)
{
    for (size_t i = 0; i < r->weights; i++) {
        double step = p->optim.lr * (double)r->grad[i] / U;
        double off = (double)r->w[i] - step - (double)next->w[i];

        if (off > 1e-6 || off < -1e-6)
            return 0;
    }
    return 1;
}

static int is_still(const play_record *r, const play_record *next)
{
    return memcmp(r->w, next->w, r->weights * sizeof(sidle_real)) == 0;
}

/* Of a block: nothing moves before U valid gradients are there, however many
 * items have passed, and their sum is divided by U. Answers the updates. */
static int expect_updates(const play *p, int block, int U)
{
    const play_record *last = NULL;
    int n_valid = 0, n_updates = 0;

    for (int i = 0; i < p->n_records; i++) {
        const play_record *r = &p->records[i];

        if (r->block != block)
            continue;
        assert_true(last == NULL || r->item > last->item);
        assert_int_equal(clips_of_7(r->item, 0), clips_of_7(r->at, 0));
        if (last != NULL)
            assert_true(n_valid % U == 0 ? is_step(p, last, r, U)
                                         : is_still(last, r));
        n_updates += n_valid > 0 && n_valid % U == 0;
        n_valid++;
        last = r;
    }
    return n_updates;
}

/* A stream of short clips: a block in front gets fewer valid gradients, and
 * each of its updates is a mean of valid ones all the same (P12). */
TEST(updates_of_a_stream_count_valid_gradients)
{
    const char *const names[] = {"sideways", "sideways-1f1b"};

    for (int k = 0; k < 2; k++)
        for (int U = 1; U <= 3; U++) {
            play p = play_of(names[k], D, 40);
            int front, back;

            p.over = &ranks;
            p.is_recorded = 1;
            p.update_every = U;
            p.clip = clips_of_7;
            assert_int_equal(play_run(&p), SIDLE_OK);
            front = expect_updates(&p, 1, U);
            for (int block = 2; block < D; block++)
                expect_updates(&p, block, U);
            back = expect_updates(&p, D, U);
            assert_true(front > 0 && front < back);
            play_close(&p);
        }
}

static int64_t next_clip(void *context, int64_t from)
{
    (void)context;
    return from < 9 ? 9 : INT64_MAX;
}

TEST(flush_lets_no_gradient_meet_another_clip)
{
    play p = play_of("sideways", D, T);

    p.over = &ranks;
    p.is_frozen = p.is_recorded = 1;
    p.clip = clip_of_both;
    play_open(&p);
    p.config.on_cut = SIDLE_CUT_FLUSH;
    p.plan.next_clip = next_clip;
    play_start(&p);
    assert_int_equal(play_go(&p), SIDLE_OK);
    assert_int_equal(p.n_records, D * T);
    for (int i = 0; i < p.n_records; i++)
        assert_false(is_mixed(&p.records[i]));
    play_close(&p);
}

static int n_walks;

static int64_t count_walk(void *context, int64_t from)
{
    n_walks++;
    return next_clip(context, from);
}

/* On the way a plan looks ahead from each round once. Behind it no block
 * looks, whatever is saved: that way is as long as the run. */
TEST(a_save_walks_over_no_clips)
{
    play p = play_of("sideways", D, T);

    p.over = &ranks;
    p.clip = clip_of_both;
    p.save_at = T - 2;
    play_open(&p);
    p.config.on_cut = SIDLE_CUT_FLUSH;
    p.plan.next_clip = count_walk;
    n_walks = 0;
    play_start(&p);
    assert_int_equal(play_go(&p), SIDLE_OK);
    SIDLE_MPI(
        MPI_Allreduce(MPI_IN_PLACE, &n_walks, 1, MPI_INT, MPI_SUM, ranks.comm));
    assert_int_equal(n_walks, 2 * D);
    play_close(&p);
}

RANKS_MAIN
