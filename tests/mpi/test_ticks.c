/* test_ticks.c - the engine against a clock: tick-order Sideways one tick of
 * all blocks after the other, and how far apart free-running ranks may be
 * (P14b, P28).
 *
 * Source: Malinowski et al., arXiv:2001.06232, section 3 and Algorithm 1. */
/* np: 1 3 5 */
/* with: kinds_test.c mpi/play.c mpi/play_share.c */
/* timeout: 120 */
#include "play.h"
#include "ranks.h"

#include "base/clock.h"
#include "mpi/layout.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { D = 5, T = 23, N_X = PLAY_ROWS * PLAY_WIDTH };

/* ---- P28: a list with a head start is the clock, drain included */

/* What a block sends in one tick: item 0 is nothing. */
typedef struct note {
    int64_t item;
    sidle_real x[N_X];
} note;

typedef struct clockwork {
    const play *p;
    sidle_block *block[D + 1];
    sidle_segment *segments[D + 1];
    sidle_optim *optim[D + 1];
    /* Of the tick before, by the block that sent it. */
    note act[D + 2], grad[D + 2];
    int64_t n_gradients;
} clockwork;

static void wind_up(clockwork *c, const play *p)
{
    const sidle_block_room room = {1, 1, 1, 0, 0};
    const int *first = p->partition.first;

    memset(c, 0, sizeof(*c));
    c->p = p;
    for (int i = 1; i <= D; i++) {
        int n_segments;
        int n_layers = first[i] - first[i - 1];

        assert_int_equal(sidle_block_new(p->model, i, first[i - 1], n_layers,
                                         &room, &c->block[i]),
                         SIDLE_OK);
        sidle_block_init_weights(c->block[i], p->config.seed);
        assert_int_equal(sidle_layout_segments(p->model, first[i - 1], n_layers,
                                               &c->segments[i], &n_segments),
                         SIDLE_OK);
        assert_int_equal(sidle_optim_new(&p->optim, c->segments[i], n_segments,
                                         (ptrdiff_t)c->block[i]->weights,
                                         &c->optim[i]),
                         SIDLE_OK);
    }
}

static void run_down(clockwork *c)
{
    for (int i = 1; i <= D; i++) {
        sidle_optim_free(c->optim[i]);
        free(c->segments[i]);
        sidle_block_free(c->block[i]);
    }
}

static void go_forward(const clockwork *c, int i, const note *in, note *out)
{
    sidle_block *b = c->block[i];
    sidle_slot *slot = &b->slots[0];

    play_values(c->p, in->item, slot->fields[0], slot->fields[1]);
    if (i > 1)
        memcpy(slot->x, in->x, sizeof(in->x));
    sidle_block_set_item(b, 0, in->item, 0, 0, 0);
    slot->grad_weight = 1.0;
    sidle_block_forward(b, 0, b->is_last ? NULL : out->x);
    out->item = in->item;
}

/* A gradient meets the newest activation, and is an update of its own. */
static void go_back(clockwork *c, int i, const note *in, note *out)
{
    sidle_block *b = c->block[i];
    const sidle_real *dy = b->is_last ? NULL : in->x;

    sidle_block_input_grad(b, 0, 0, dy, b->is_first ? NULL : out->x);
    sidle_block_weight_grad(b, 0, 0, dy);
    sidle_optim_step(c->optim[i], 1.0, sidle_block_begin_update(b), b->grad);
    sidle_block_end_update(b);
    out->item = in->item;
    c->n_gradients++;
}

/* All blocks read what was sent in the tick before. */
static void tick(clockwork *c, int64_t t)
{
    note act[D + 2] = {{0}}, grad[D + 2] = {{0}};

    c->act[0].item = t <= c->p->steps ? t : 0;
    for (int i = 1; i <= D; i++) {
        const note *back = i < D ? &c->grad[i + 1] : &act[D];

        if (c->act[i - 1].item > 0)
            go_forward(c, i, &c->act[i - 1], &act[i]);
        if (back->item > 0)
            go_back(c, i, back, &grad[i]);
    }
    memcpy(c->act, act, sizeof(act));
    memcpy(c->grad, grad, sizeof(grad));
}

TEST(the_engine_is_the_clock)
{
    for (int64_t steps = 1; steps <= T; steps += 11) {
        play p = play_of("sideways", D, steps);
        clockwork c;

        p.over = &ranks;
        p.optim.momentum = 0.7;
        p.is_sleepy = 1;
        EXPECT(play_run(&p) == SIDLE_OK);
        wind_up(&c, &p);
        for (int64_t t = 1; t <= steps + 2 * D; t++)
            tick(&c, t);
        EXPECT(c.n_gradients == D * steps);
        for (int i = 1; i <= D; i++)
            EXPECT(memcmp(p.weights[i], sidle_block_weights(c.block[i]),
                          c.block[i]->weights * sizeof(sidle_real)) == 0);
        run_down(&c);
        play_close(&p);
    }
    ranks_finish();
}

/* ---- P14b: how far apart the ranks are */

/* When each block began an item and was done with that tick; ranks of one host
 * have one clock. */
typedef enum moment { BEGUN, DONE, N_MOMENTS } moment;

typedef struct diary {
    play *p;
    void (*on_instr)(void *context, int block, const sidle_instr *instr);
    int slow; /* the block that the others would run away from */
    double at[N_MOMENTS][D + 1][T + 1];
} diary;

static void write_down(void *context, int block, const sidle_instr *instr)
{
    diary *d = context;

    if (block == d->slow && instr->op == SIDLE_OP_FORWARD)
        usleep(2000);
    if (instr->op == SIDLE_OP_FORWARD)
        d->at[BEGUN][block][instr->item] = sidle_now();
    if (instr->op == SIDLE_OP_BOUNDARY)
        d->at[DONE][block][instr->item] = sidle_now();
    d->on_instr(d->p, block, instr);
}

/* By how many ticks block i was done before block j began, at the worst moment;
 * block i works on item k in tick k + i - 1. While the pipe is filled nothing
 * comes back that would hold a block, only what a link takes. */
static int64_t lead_of(const diary *d, int i, int j)
{
    int64_t lead = 0;

    for (int64_t k = 2 * D - 1; k <= T; k++) {
        int64_t begun = 0;

        while (begun < T && d->at[BEGUN][j][begun + 1] < d->at[DONE][i][k])
            begun++;
        if (begun < T && k + i - (begun + j) > lead)
            lead = k + i - (begun + j);
    }
    return lead;
}

TEST(no_rank_runs_away)
{
    int64_t widest = 0;

    for (int slow = 0; slow <= D; slow++) {
        play p = play_of("sideways", D, T);
        diary d = {.p = &p, .slow = slow};

        p.over = &ranks;
        p.is_sleepy = slow == 0;
        play_open(&p);
        d.on_instr = p.config.hooks.on_instr;
        p.config.hooks.on_instr = write_down;
        p.config.hooks.context = &d;
        p.config.hooks.on_gradient = NULL;
        p.config.hooks.on_forward = NULL;
        p.config.hooks.may_update = NULL;
        play_start(&p);
        EXPECT(play_go(&p) == SIDLE_OK);
        SIDLE_MPI(MPI_Allreduce(MPI_IN_PLACE, d.at,
                                N_MOMENTS * (D + 1) * (T + 1), MPI_DOUBLE,
                                MPI_MAX, ranks.comm));
        for (int i = 1; i <= D; i++)
            for (int j = 1; j <= D; j++) {
                int64_t lead = lead_of(&d, i, j);

                EXPECT(lead <= (i < j ? j - i : i - j));
                widest = lead > widest ? lead : widest;
            }
        play_close(&p);
    }
    /* One block after the other on one rank: nothing to be seen there. */
    EXPECT(widest > 0 || ranks.size == 1);
    ranks_finish();
}

RANKS_MAIN
