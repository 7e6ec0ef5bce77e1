/* test_sideways.c - what the engine computes, property by property.
 *
 * Source: Malinowski et al., arXiv:2001.06232; the closed form and the counts
 * follow from its Figure 2. Exact gradients come from the schedule "backprop",
 * which a double-precision twin checks elsewhere. Items take the place of
 * ticks: in the tick in which block i runs item a forward, it takes the
 * gradient of item a - 2 (D - i). */
/* np: 1 2 3 */
/* with: kinds_test.c mpi/play.c mpi/play_share.c */
#include "blocks.h"
#include "play.h"
#include "ranks.h"

#include <string.h>

/* On all ranks; every one of them looks at what all of them did. */
static play spread(const char *schedule, int D, int64_t steps)
{
    play p = play_of(schedule, D, steps);

    p.over = &ranks;
    return p;
}

static play frozen(const char *schedule, int D, int64_t steps)
{
    play p = spread(schedule, D, steps);

    p.is_frozen = p.is_recorded = 1;
    return p;
}

static int lag(int D, int block)
{
    return 2 * (D - block);
}

static int is_same_gradient(const play_record *a, const play_record *b)
{
    return memcmp(a->grad, b->grad, a->weights * sizeof(sidle_real)) == 0;
}

static int64_t always_one(int64_t item)
{
    (void)item;
    return 1;
}

static int64_t period_two(int64_t item)
{
    return 1 + (item - 1) % 2;
}

static int64_t period_three(int64_t item)
{
    return 1 + (item - 1) % 3;
}

/* ---- P1 */

enum { N = PLAY_WIDTH };

/* One step of a tanh layer under a squared loss, in double loops. */
static void step_plainly(const play *p, int64_t item, double *w, double *v)
{
    sidle_real x[PLAY_ROWS * N], target[PLAY_ROWS * N];
    double g[N * N + N] = {0};

    play_values(p, item, x, target);
    for (int b = 0; b < PLAY_ROWS; b++)
        for (int o = 0; o < N; o++) {
            double y = w[N * N + o], d;

            for (int i = 0; i < N; i++)
                y += w[o * N + i] * (double)x[b * N + i];
            y = tanh(y);
            d = (y - (double)target[b * N + o]) / PLAY_ROWS * (1 - y * y);
            for (int i = 0; i < N; i++)
                g[o * N + i] += d * (double)x[b * N + i];
            g[N * N + o] += d;
        }
    for (int i = 0; i < N * N + N; i++) {
        v[i] = p->optim.momentum * v[i] + g[i];
        w[i] -= p->optim.lr * v[i];
    }
}

static void read_layer(const play *p, sidle_real *w)
{
    const sidle_block *b = block_of(p->runner, 0);
    const sidle_real *all = sidle_block_weights(b);

    memcpy(w, all + sidle_block_param_offset(b, 0, 0), N * N * sizeof(*w));
    memcpy(w + N * N, all + sidle_block_param_offset(b, 0, 1), N * sizeof(*w));
}

TEST(one_block_is_plain_sgd)
{
    const char *const names[] = {"backprop", "sideways", "pipedream"};

    for (int k = 0; k < 3; k++) {
        play p = play_of(names[k], 1, 30);
        sidle_real w[N * N + N];
        double expected[N * N + N], v[N * N + N] = {0};

        p.optim.momentum = 0.9;
        play_open(&p);
        play_start(&p);
        read_layer(&p, w);
        for (int i = 0; i < N * N + N; i++)
            expected[i] = (double)w[i];
        assert_int_equal(sidle_runner_run(p.runner), SIDLE_OK);
        for (int64_t item = 1; item <= 30; item++)
            step_plainly(&p, item, expected, v);
        read_layer(&p, w);
        check_close(names[k], N * N + N, w, expected, 1e-5);
        play_close(&p);
    }
}

/* ---- P2, P3: warm-up and counts */

TEST(constant_input_gives_the_exact_gradient)
{
    for (int D = 1; D <= 7; D += 2) {
        play p = frozen("sideways", D, 3 * D), q = frozen("backprop", D, 1);

        p.frame = q.frame = always_one;
        assert_int_equal(play_run(&p), SIDLE_OK);
        assert_int_equal(play_run(&q), SIDLE_OK);
        assert_int_equal(p.n_records, D * 3 * D);
        for (int i = 0; i < p.n_records; i++) {
            const play_record *r = &p.records[i];

            assert_true(is_same_gradient(r, play_find(&q, r->block, 1)));
        }
        play_close(&p);
        play_close(&q);
    }
}

TEST(gradients_meet_activations_two_items_a_block_later)
{
    enum { T = 17 };

    for (int D = 1; D <= 6; D++) {
        play p = frozen("sideways", D, T), q = frozen("sideways-1f1b", D, T);

        assert_int_equal(play_run(&p), SIDLE_OK);
        assert_int_equal(play_run(&q), SIDLE_OK);
        for (int block = 1; block <= D; block++)
            for (int64_t l = 1; l <= T; l++) {
                int64_t at = l + lag(D, block), half = l + D - block;

                /* the drain holds the last activation */
                assert_int_equal(play_find(&p, block, l)->at, at < T ? at : T);
                assert_int_equal(play_find(&q, block, l)->at,
                                 half < T ? half : T);
            }
        play_close(&p);
        play_close(&q);
    }
}

static int n_forwards[PLAY_MAX_BLOCKS + 1], n_backwards[PLAY_MAX_BLOCKS + 1];
static int n_sent_right[PLAY_MAX_BLOCKS + 1], n_sent_left[PLAY_MAX_BLOCKS + 1];
static int n_boundaries;

static void count_instr(void *context, int block, const sidle_instr *instr)
{
    const play *p = context;
    int64_t k = instr->item, n;

    n_forwards[block] += instr->op == SIDLE_OP_FORWARD;
    n_backwards[block] += instr->op == SIDLE_OP_WEIGHT_GRAD;
    n_sent_right[block] += instr->op == SIDLE_OP_SEND_ACT;
    n_sent_left[block] += instr->op == SIDLE_OP_SEND_GRAD;
    if (instr->op != SIDLE_OP_BOUNDARY)
        return;
    n = k > lag(p->n_blocks, block) ? k - lag(p->n_blocks, block) : 0;
    n_boundaries++;
    EXPECT(n_forwards[block] == k);
    EXPECT(n_backwards[block] == n);
    EXPECT(n_sent_right[block] == (block < p->n_blocks ? k : 0));
    EXPECT(n_sent_left[block] == (block > 1 ? n : 0));
}

TEST(counts_of_passes_and_messages)
{
    for (int D = 1; D <= 7; D++) {
        play p = spread("sideways", D, 3 * D + 3);

        memset(n_forwards, 0, sizeof(n_forwards));
        memset(n_backwards, 0, sizeof(n_backwards));
        memset(n_sent_left, 0, sizeof(n_sent_left));
        memset(n_sent_right, 0, sizeof(n_sent_right));
        play_open(&p);
        p.config.hooks.on_instr = count_instr;
        play_start(&p);
        assert_int_equal(play_go(&p), SIDLE_OK);
        for (int i = 0; p.runner != NULL && i < n_blocks_of(p.runner);
             i++) { /* P11: the drain */
            int block = block_of(p.runner, i)->index;

            EXPECT(n_forwards[block] == 3 * D + 3);
            EXPECT(n_backwards[block] == 3 * D + 3);
        }
        play_close(&p);
    }
    EXPECT(n_boundaries > 0);
    ranks_finish();
}

/* ---- P4: which frames are mixed */

/* Whether all gradients outside of the drain are those of backprop on the
 * frame that the block has at the time. */
static int is_periodic_exact(const char *schedule, int D,
                             int64_t (*frame)(int64_t))
{
    int64_t T = 4 * D + 6;
    play p = frozen(schedule, D, T), q = frozen("backprop", D, T);
    int is_exact = 1;

    p.frame = q.frame = frame;
    assert_int_equal(play_run(&p), SIDLE_OK);
    assert_int_equal(play_run(&q), SIDLE_OK);
    for (int i = 0; i < p.n_records; i++) {
        const play_record *r = &p.records[i];

        if (r->item + lag(D, r->block) <= T)
            is_exact &= is_same_gradient(r, play_find(&q, r->block, r->at));
    }
    play_close(&p);
    play_close(&q);
    return is_exact;
}

TEST(period_two_is_exact_and_period_three_is_not)
{
    for (int D = 2; D <= 6; D += 2)
        assert_true(is_periodic_exact("sideways", D, period_two));
    assert_false(is_periodic_exact("sideways", 3, period_three));
    assert_false(is_periodic_exact("sideways-1f1b", 4, period_two));
}

/* ---- P5, P6: the closed form */

/* Blocks of their own, used as plain functions of (weights, input). */
typedef struct oracle {
    const play *p;
    sidle_block *block[PLAY_MAX_BLOCKS + 1];
} oracle;

static oracle oracle_of(const play *p)
{
    const sidle_block_room room = {1, 1, 1, 0, 0};
    const int *first = p->partition.first;
    oracle o = {.p = p};

    for (int i = 1; i <= p->n_blocks; i++)
        assert_int_equal(sidle_block_new(p->model, i, first[i - 1],
                                         first[i] - first[i - 1], &room,
                                         &o.block[i]),
                         SIDLE_OK);
    return o;
}

static void oracle_close(oracle *o)
{
    for (int i = 1; i <= o->p->n_blocks; i++)
        sidle_block_free(o->block[i]);
}

/* The weights that block i had when it ran item `at` forward: those of the
 * gradient it took in the same tick, or, in its head start, the first ones. */
static const sidle_real *weights_at(const play *p, int i, int64_t at)
{
    int64_t item = at - lag(p->n_blocks, i);

    return play_find(p, i, item > 1 ? item : 1)->w;
}

/* Runs block i on item `at` as the pipeline did; x comes from the block before,
 * which ran that item with the weights it had then. */
static void oracle_forward(oracle *o, int i, int64_t at, sidle_real *y)
{
    sidle_block *b = o->block[i];
    sidle_slot *slot = &b->slots[0];
    sidle_real x[PLAY_ROWS * PLAY_WIDTH];

    if (i > 1)
        oracle_forward(o, i - 1, at, x);
    memcpy(sidle_block_weights(b), weights_at(o->p, i, at),
           b->weights * sizeof(sidle_real));
    play_values(o->p, at, slot->fields[0], slot->fields[1]);
    if (i > 1)
        memcpy(slot->x, x, sizeof(x));
    sidle_block_set_item(b, 0, at, 0, 0, 0);
    b->stamp++; /* other weights than last time */
    sidle_block_forward(b, 0, y);
}

/* block[i]->grad: the gradient of item l's loss through all blocks behind i,
 * each at the activation it had when the gradient passed. */
static void oracle_gradient(oracle *o, int i, int64_t l)
{
    int D = o->p->n_blocks;
    sidle_real dy[PLAY_ROWS * PLAY_WIDTH], dx[PLAY_ROWS * PLAY_WIDTH];
    sidle_real y[PLAY_ROWS * PLAY_WIDTH];

    for (int j = D; j >= i; j--) {
        sidle_block *b = o->block[j];

        oracle_forward(o, j, l + lag(D, j), j < D ? y : NULL);
        memset(b->grad, 0, b->weights * sizeof(sidle_real));
        sidle_block_input_grad(b, 0, 0, j < D ? dy : NULL, j > 1 ? dx : NULL);
        sidle_block_weight_grad(b, 0, 0, j < D ? dy : NULL);
        memcpy(dy, dx, sizeof(dy));
    }
}

static void expect_closed_form(int D, int64_t T, int is_frozen)
{
    play p = spread("sideways", D, T);
    oracle o;

    p.is_recorded = 1;
    p.is_frozen = is_frozen;
    p.optim.momentum = 0.5;
    assert_int_equal(play_run(&p), SIDLE_OK);
    o = oracle_of(&p);
    for (int i = 1; i <= D; i++)
        for (int64_t l = 1; l + lag(D, i) <= T; l++) {
            oracle_gradient(&o, i, l);
            assert_memory_equal(play_find(&p, i, l)->grad, o.block[i]->grad,
                                o.block[i]->weights * sizeof(sidle_real));
        }
    oracle_close(&o);
    play_close(&p);
}

TEST(closed_form_with_frozen_weights)
{
    expect_closed_form(5, 17, 1);
}

TEST(closed_form_with_an_update_each_item)
{
    expect_closed_form(4, 15, 0);
}

/* ---- P7: the light cone */

TEST(a_frame_reaches_exactly_its_light_cone)
{
    enum { D = 4, T = 26, S = 9 };
    play p = frozen("sideways", D, T), q = frozen("sideways", D, T);

    q.perturbed = S;
    assert_int_equal(play_run(&p), SIDLE_OK);
    assert_int_equal(play_run(&q), SIDLE_OK);
    for (int i = 0; i < p.n_records; i++) {
        const play_record *r = &p.records[i];
        int is_hit = 0;

        for (int j = r->block; j <= D; j++)
            is_hit |= r->item + lag(D, j) == S;
        assert_int_equal(!is_same_gradient(r, play_find(&q, r->block, r->item)),
                         is_hit);
    }
    play_close(&p);
    play_close(&q);
}

/* ---- P8: a held frame is online SGD */

static int64_t hold_length;

static int64_t hold(int64_t item)
{
    return 1 + (item - 1) / hold_length;
}

/* Updates in the last tick of each frame: then block i takes the gradient of
 * the item that it ran i - 1 ticks after block 1. */
static int is_last_tick(play *p, int block, int64_t item)
{
    int64_t tick = item + lag(p->n_blocks, block) + block - 1;

    return tick % hold_length == 0 && tick <= p->steps;
}

static int is_held_online_sgd(int D, int64_t length)
{
    enum { FRAMES = 8 };
    play p = spread("sideways", D, FRAMES * length);
    play q = spread("backprop", D, FRAMES);
    int is_same;

    hold_length = length;
    p.frame = hold;
    p.may_update = is_last_tick;
    p.optim.momentum = q.optim.momentum = 0.9;
    assert_int_equal(play_run(&p), SIDLE_OK);
    assert_int_equal(play_run(&q), SIDLE_OK);
    is_same = p.digest == q.digest;
    play_close(&p);
    play_close(&q);
    return is_same;
}

TEST(frames_held_long_enough_are_online_sgd)
{
    for (int D = 2; D <= 5; D++) {
        assert_true(is_held_online_sgd(D, 2 * D - 1));
        assert_false(is_held_online_sgd(D, 2 * D - 2));
    }
}

/* ---- P9: linear blocks */

TEST(linear_blocks_have_exact_activation_gradients)
{
    enum { D = 5, T = 22 };
    play p = frozen("sideways", D, T), q = frozen("backprop", D, T);
    int n_different = 0;

    p.kind = q.kind = &sidle_test_linear_ops;
    assert_int_equal(play_run(&p), SIDLE_OK);
    assert_int_equal(play_run(&q), SIDLE_OK);
    for (int i = 0; i < p.n_records; i++) {
        const play_record *r = &p.records[i];
        const play_record *e = play_find(&q, r->block, r->item);

        if (r->dy != NULL)
            assert_memory_equal(r->dy, e->dy,
                                PLAY_ROWS * PLAY_WIDTH * sizeof(*r->dy));
        n_different += !is_same_gradient(r, e);
    }
    assert_true(n_different > T); /* the weights' gradients are not */
    play_close(&p);
    play_close(&q);
}

/* ---- P11: a clip, drained */

TEST(a_constant_clip_averages_to_the_exact_gradient)
{
    enum { D = 5, T = 13 };
    play p = spread("sideways", D, T), q = spread("backprop", D, 1);

    p.frame = q.frame = always_one;
    p.update_every = T; /* one update, after the drain */
    assert_int_equal(play_run(&p), SIDLE_OK);
    assert_int_equal(play_run(&q), SIDLE_OK);
    assert_int_equal(p.n_updates, 1);
    for (int i = 1; i <= D; i++) {
        assert_true(p.n_weights[i] > 0);
        for (size_t k = 0; k < p.n_weights[i]; k++)
            assert_true(fabs((double)(p.weights[i][k] - q.weights[i][k])) <
                        1e-6);
    }
    play_close(&p);
    play_close(&q);
}

/* ---- P15: labels */

TEST(an_identity_net_has_no_loss_at_all)
{
    const char *const names[] = {"backprop", "sideways", "pipedream"};

    for (int k = 0; k < 3; k++) {
        play p = spread(names[k], 4, 14);

        p.kind = &sidle_test_identity_ops;
        p.is_echo = 1;
        assert_int_equal(play_run(&p), SIDLE_OK);
        assert_int_equal(p.n_reports, 14);
        for (int i = 0; i < p.n_reports; i++) {
            assert_int_equal(p.reports[i].item, i + 1);
            assert_int_equal(p.reports[i].n_targets, PLAY_ROWS);
            assert_true(p.reports[i].sum == 0.0);
        }
        play_close(&p);
    }
}

/* ---- P16: idle items */

TEST(idle_items_in_front_change_nothing)
{
    for (int idle = 1; idle <= 5; idle += 2) {
        play p = spread("sideways", 4, 18), q = spread("sideways", 4, 18);

        q.untaught = idle; /* the frames follow, each `idle` items later */
        q.steps += idle;
        assert_int_equal(play_run(&p), SIDLE_OK);
        assert_int_equal(play_run(&q), SIDLE_OK);
        assert_true(p.digest == q.digest);
        assert_int_equal(q.n_backwards[1], 18);
        assert_int_equal(q.n_forwards[1], 18 + idle);
        play_close(&p);
        play_close(&q);
    }
}

/* ---- P20, P23: what is always exact */

TEST(matched_activations_are_exact)
{
    const char *const names[] = {"delayed", "pipedream", "gpipe", "1f1b",
                                 "zero-bubble"};
    enum { D = 4, T = 15 };
    play q = frozen("backprop", D, T);

    assert_int_equal(play_run(&q), SIDLE_OK);
    for (int k = 0; k < 5; k++) {
        play p = frozen(names[k], D, T);

        assert_int_equal(play_run(&p), SIDLE_OK);
        assert_int_equal(p.n_records, D * T);
        for (int i = 0; i < p.n_records; i++) {
            const play_record *r = &p.records[i];

            assert_int_equal(r->at, r->item);
            assert_true(is_same_gradient(r, play_find(&q, r->block, r->item)));
        }
        play_close(&p);
    }
    play_close(&q);
}

TEST(flushed_schedules_are_one_and_the_same)
{
    const char *const names[] = {"gpipe", "1f1b", "zero-bubble"};

    for (int U = 1; U <= 8; U++) {
        play q = spread("backprop", 4, 29);

        q.update_every = U;
        q.skipped = U % 2 == 0 ? 3 : 0; /* also where items have no target */
        assert_int_equal(play_run(&q), SIDLE_OK);
        for (int k = 0; k < 3; k++) {
            play p = spread(names[k], 4, 29);

            p.update_every = U;
            p.skipped = q.skipped;
            assert_int_equal(play_run(&p), SIDLE_OK);
            assert_true(p.digest == q.digest);
            play_close(&p);
        }
        play_close(&q);
    }
}

TEST(the_last_block_is_always_exact)
{
    enum { D = 5, T = 12 };
    play p = frozen("sideways", D, T), q = frozen("backprop", D, T);

    assert_int_equal(play_run(&p), SIDLE_OK);
    assert_int_equal(play_run(&q), SIDLE_OK);
    for (int64_t l = 1; l <= T; l++) {
        assert_true(is_same_gradient(play_find(&p, D, l), play_find(&q, D, l)));
        /* and, on a stream that moves, the block before it is not */
        if (l < T)
            assert_false(is_same_gradient(play_find(&p, D - 1, l),
                                          play_find(&q, D - 1, l)));
    }
    play_close(&p);
    play_close(&q);
}

RANKS_MAIN
