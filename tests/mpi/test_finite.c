/* test_finite.c - numbers that are not finite: named and the end of the run, or
 * left out without a trace in anything else. */
/* np: 1 2 3 */
/* with: kinds_test.c mpi/play.c mpi/play_share.c */
/* timeout: 180 */
#include "blocks.h"
#include "play.h"
#include "said.h"

#include "base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { D = 4, BAD = 5, STEPS = 9 };

typedef enum place {
    NOWHERE,
    INPUT,    /* of block 2 */
    WEIGHTS,  /* of block 1, in its forward only */
    GRADIENT, /* one number of block 3's sum, before its update */
    CACHE,    /* of block 3's forward, before the item's gradient */
    PART      /* the same, after the item's own gradient was added */
} place;

/* A run with one bad item. */
typedef struct spoilt {
    play play;
    place place;
    int is_eval;
    int64_t bad;      /* the item */
    int only_replica; /* -1: all */
    sidle_real *kept; /* weights of block 1 while they are bad */
} spoilt;

static const sidle_block *owned(const play *p, int block)
{
    for (int i = 0; i < n_blocks_of(p->runner); i++)
        if (block_of(p->runner, i)->index == block)
            return block_of(p->runner, i);
    return NULL;
}

static void fill(sidle_real *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = (sidle_real)(i % 3 == 1 ? INFINITY : NAN);
}

static void spoil_weights(spoilt *s, const sidle_block *b)
{
    sidle_real *w[2] = {b->w[b->version], sidle_block_weights(b)};

    s->kept = malloc(2 * b->weights * sizeof(*s->kept));
    assert_non_null(s->kept);
    for (size_t k = 0; k < 2; k++)
        memcpy(s->kept + k * b->weights, w[k], b->weights * sizeof(**w));
    fill(w[0], b->weights);
    fill(w[1], b->weights);
}

static void heal_weights(spoilt *s, const sidle_block *b)
{
    sidle_real *w[2] = {b->w[b->version], sidle_block_weights(b)};

    for (size_t k = 0; k < 2; k++)
        memcpy(w[k], s->kept + k * b->weights, b->weights * sizeof(**w));
    free(s->kept);
    s->kept = NULL;
}

static void spoil(void *context, int block, const sidle_instr *instr)
{
    spoilt *s = context;
    const sidle_block *b = owned(&s->play, block);
    int of_replica =
        s->play.comm.rank / (s->play.comm.size / s->play.n_replicas);

    if (s->kept != NULL && block == 1 && instr->op != SIDLE_OP_FORWARD)
        heal_weights(s, b);
    if (instr->item != s->bad || instr->is_eval != s->is_eval ||
        (s->only_replica >= 0 && s->only_replica != of_replica))
        return;
    if (s->place == INPUT && block == 2 && instr->op == SIDLE_OP_FORWARD)
        fill(b->slots[instr->slot].x, b->in);
    if (s->place == WEIGHTS && block == 1 && instr->op == SIDLE_OP_FORWARD)
        spoil_weights(s, b);
    if (s->place == CACHE && block == 3 && instr->op == SIDLE_OP_INPUT_GRAD)
        fill(b->slots[instr->slot].cache, b->in);
    if (s->place == GRADIENT && block == 3 && instr->op == SIDLE_OP_UPDATE)
        b->grad[b->weights / 2] = (sidle_real)-INFINITY;
}

static void spoil_part(void *context, int block, int64_t item, int64_t at,
                       const sidle_block *b, const sidle_real *dy)
{
    const spoilt *s = context;

    (void)at;
    (void)dy;
    if (s->place == PART && block == 3 && item == s->bad)
        b->grad[b->weights / 2] = (sidle_real)NAN;
}

/* A Perceiver AR with all remedies that the schedule bears. */
static spoilt spoilt_of(const char *schedule, place where)
{
    spoilt s = {.play = play_of(schedule, D, STEPS),
                .place = where,
                .bad = BAD,
                .only_replica = -1};

    s.play.kind = NULL;
    s.play.optim.kind = SIDLE_NADAM;
    s.play.optim.clip = 0.5;
    s.play.optim.warmup = 3;
    s.play.optim.predict = 1;
    s.play.optim.spike_compensation = 1;
    s.play.optim.lookahead = 0.99;
    return s;
}

static void start(spoilt *s, int skips)
{
    play_open(&s->play);
    s->play.config.skips_bad = skips;
    s->play.config.hooks = (sidle_runner_hooks){
        .context = s, .on_instr = spoil, .on_gradient = spoil_part};
    play_start(&s->play);
}

static int is_finite_all(const play *p)
{
    int is_finite = 1;

    for (int i = 0; i < n_blocks_of(p->runner); i++) {
        const sidle_block *b = block_of(p->runner, i);
        const sidle_real *w = sidle_block_weights(b);

        for (size_t k = 0; k < b->weights; k++)
            is_finite &= isfinite(w[k]) != 0;
    }
    return is_finite;
}

/* Run through; the digest of the weights at the end, and what was said. */
static uint64_t digest_of(spoilt *s, said *words, int64_t *n_updates_p)
{
    uint64_t digest;

    start(s, 1);
    said_begin(words);
    EXPECT(sidle_runner_run(s->play.runner) == SIDLE_OK);
    said_end(words);
    EXPECT(is_finite_all(&s->play));
    sidle_runner_check_state(s->play.runner);
    digest = play_digest(&s->play);
    *n_updates_p = sidle_runner_updates(s->play.runner);
    play_close(&s->play);
    return digest;
}

static const char *const matched[] = {"backprop",    "gpipe",   "1f1b",
                                      "zero-bubble", "delayed", "pipedream"};
enum { N_MATCHED = sizeof(matched) / sizeof(matched[0]) };

/* An item whose numbers are bad leaves the same bits as one that has no target;
 * what it leaves in caches and scratch meets no later item. */
TEST(a_skipped_item_is_one_without_targets)
{
    for (int i = 0; i < N_MATCHED; i++)
        for (place at = INPUT; at <= WEIGHTS; at++)
            for (int is_muon = 0; is_muon < 2; is_muon++) {
                spoilt s = spoilt_of(matched[i], at);
                spoilt without = spoilt_of(matched[i], NOWHERE);
                int64_t n, m;
                uint64_t is, expected;
                said words;

                s.play.comm = without.play.comm = ranks;
                without.play.skipped = BAD;
                if (is_muon)
                    s.play.optim.kind = without.play.optim.kind = SIDLE_MUON;
                is = digest_of(&s, &words, &n);
                expected = digest_of(&without, &words, &m);
                EXPECT(is == expected);
                EXPECT(n == STEPS - 1 && m == STEPS - 1);
            }
    ranks_finish();
}

/* Only the block whose gradient it is leaves its update out. */
TEST(a_block_skips_for_itself)
{
    for (int i = 0; i < N_MATCHED; i++) {
        spoilt s = spoilt_of(matched[i], GRADIENT);
        const sidle_block *b;
        said words;

        s.play.comm = ranks;
        start(&s, 1);
        said_begin(&words);
        EXPECT(sidle_runner_run(s.play.runner) == SIDLE_OK);
        said_end(&words);
        EXPECT(is_finite_all(&s.play));
        for (int k = 1; k <= D; k++) {
            b = owned(&s.play, k);
            EXPECT(b == NULL || b->stamp == STEPS - (k == 3));
        }
        if (owned(&s.play, 3) != NULL) {
            said_expect(&words, "block 3, item 5: the gradient of self/");
            said_expect(&words, "the update is skipped (run.on_nan; 1 so far");
            said_expect(&words, "block 3: 1 update of this start was skipped");
        }
        play_close(&s.play);
    }
    ranks_finish();
}

/* All schedules, sums of several gradients, a norm of all blocks: the bits do
 * not depend on the number of ranks, and the loss is in no mean. */
TEST(ranks_change_no_bit_of_it)
{
    const char *const names[] = {"backprop",      "gpipe",    "1f1b",
                                 "zero-bubble",   "sideways", "delayed",
                                 "sideways-1f1b", "pipedream"};

    for (int i = 0; i < 8; i++)
        for (place at = INPUT; at <= GRADIENT; at++)
            for (int U = 1; U <= 3; U += 2) {
                spoilt alone = spoilt_of(names[i], at), s;
                int64_t n, m;
                uint64_t is, expected;
                said words;

                alone.play.update_every = U;
                if (i < 4) /* flushed */
                    alone.play.is_global = U > 1;
                s = alone;
                s.play.comm = ranks;
                expected = digest_of(&alone, &words, &m);
                is = digest_of(&s, &words, &n);
                EXPECT(is == expected);
                EXPECT(n == m || ranks.rank > 0); /* of its first block */
                EXPECT(n < (STEPS + U - 1) / U || at == GRADIENT);
                for (int k = 0; ranks.rank == 0 && k < s.play.n_reports; k++) {
                    const sidle_report *r = &s.play.reports[k];

                    EXPECT(isfinite(r->sum));
                    EXPECT(r->bad == (at != GRADIENT && r->item == BAD));
                    EXPECT((r->n_targets > 0) == (r->bad == 0));
                }
            }
    ranks_finish();
}

/* What is bad in one replica is so in their sum. */
TEST(replicas_skip_together)
{
    for (int i = 0; ranks.size == 2 && i < N_MATCHED; i++) {
        spoilt s = spoilt_of(matched[i], INPUT);
        spoilt without = spoilt_of(matched[i], NOWHERE);
        int64_t n, m;
        uint64_t is, expected;
        said words;

        s.play.comm = without.play.comm = ranks;
        s.play.n_replicas = without.play.n_replicas = 2;
        s.only_replica = 1;
        without.play.skipped = BAD;
        is = digest_of(&s, &words, &n);
        expected = digest_of(&without, &words, &m);
        EXPECT(is == expected && n == m);
    }
    ranks_finish();
}

TEST(an_evaluation_goes_on_and_says_so)
{
    spoilt s = spoilt_of("pipedream", INPUT), clean;
    uint64_t is, expected;
    said words;

    s.play.comm = ranks;
    s.is_eval = 1;
    s.bad = 1; /* of two in each evaluation */
    clean = s;
    clean.place = NOWHERE;
    for (int k = 0; k < 2; k++) {
        spoilt *at = k == 0 ? &s : &clean;

        play_open(&at->play);
        at->play.plan.eval_every = 4;
        at->play.plan.eval_items = 2;
        at->play.config.hooks =
            (sidle_runner_hooks){.context = at, .on_instr = spoil};
        play_start(&at->play);
        said_begin(&words);
        EXPECT(sidle_runner_run(at->play.runner) == SIDLE_OK);
        said_end(&words);
        if (k == 0 && owned(&at->play, D) != NULL)
            said_expect(&words, "the evaluation after item 4: the loss of its "
                                "item 1 is nan");
    }
    is = play_digest(&s.play);
    expected = play_digest(&clean.play);
    EXPECT(is == expected);
    play_close(&s.play);
    play_close(&clean.play);
    ranks_finish();
}

/* ---- to stop: in one process, which has all blocks */

static void expect_death(spoilt *s, const char *expected)
{
    int code;
    said words;

    start(s, 0);
    said_begin(&words);
    CODE_OF_DEATH(&code, (void)sidle_runner_run(s->play.runner));
    said_end(&words);
    EXPECT(code == SIDLE_EINTERNAL);
    said_expect(&words, expected);
    said_expect(&words, "continue from the last checkpoint");
    EXPECT(is_finite_all(&s->play));
    play_close(&s->play);
    free(s->kept);
}

TEST(a_loss_ends_the_run)
{
    spoilt s = spoilt_of("pipedream", INPUT);

    expect_death(&s, "block 4, item 5: the loss is nan");
    ranks_finish();
}

/* With clipping and without. */
TEST(a_gradient_ends_the_run)
{
    spoilt s = spoilt_of("pipedream", GRADIENT);

    expect_death(&s, "block 3, item 5: the gradient of self/");
    s = spoilt_of("pipedream", GRADIENT);
    s.play.optim.clip = 0.0;
    expect_death(&s, "block 3, item 5: the gradient of self/");
    ranks_finish();
}

/* Bad numbers that arise on the way back are named where they do, before they
 * are sent on, also where the weight gradient was to come later. */
TEST(a_gradient_does_not_leave_its_block)
{
    const char *const names[] = {"backprop", "zero-bubble", "pipedream"};

    for (int i = 0; i < 3; i++) {
        spoilt s = spoilt_of(names[i], CACHE);

        s.play.update_every = 2;
        s.play.optim.predict = 0; /* it would run the forward again */
        expect_death(&s, "block 3, item 5: the gradient of self/");
    }
    ranks_finish();
}

/* Of several gradients it is their sum that is bad; with the norm of all blocks
 * it is the block that it is in which speaks. */
TEST(a_sum_of_gradients_is_named)
{
    spoilt s = spoilt_of("1f1b", PART);

    s.play.update_every = 3;
    expect_death(&s, "block 3, the sum of 3 gradients up to item 6: the "
                     "gradient of self/");
    s = spoilt_of("1f1b", PART);
    s.play.update_every = 3;
    s.play.is_global = 1;
    expect_death(&s, "block 3, the sum of 3 gradients up to item 6: the "
                     "gradient of self/");
    ranks_finish();
}

/* Weights that are no numbers cannot be skipped, and are not saved. */
TEST(weights_that_are_bad_end_it_all)
{
    spoilt s = spoilt_of("pipedream", NOWHERE);
    const sidle_block *b;
    said words;
    int code;

    start(&s, 1);
    b = owned(&s.play, 2);
    sidle_block_weights(b)[0] = (sidle_real)INFINITY;
    said_begin(&words);
    CODE_OF_DEATH(&code, sidle_runner_check_state(s.play.runner));
    said_end(&words);
    EXPECT(code == SIDLE_EINTERNAL);
    said_expect(&words, "item 0: /model/self/");
    said_expect(&words, "is not finite and is not saved");
    said_begin(&words);
    CODE_OF_DEATH(&code, (void)sidle_runner_run(s.play.runner));
    said_end(&words);
    EXPECT(code == SIDLE_EINTERNAL);
    said_expect(&words, "block 2, item 1: the weights of self/");
    play_close(&s.play);
    ranks_finish();
}

RANKS_MAIN
