/* test_skips.c - skip-sideways against a twin in double precision that plays it
 * tick by tick; the same bits on any number of ranks and over a resume. */
/* np: 1 2 3 5 */
/* with: kinds_test.c mpi/play.c mpi/play_share.c */
#include "blocks.h"
#include "play.h"
#include "ranks.h"

#include "layer/kinds.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    D = 5,
    UNITS = 9,
    N = PLAY_WIDTH,
    B = PLAY_ROWS,
    X = B * N,
    W = N * N + N,
    ITEMS = 24,
    MAX_TICKS = 64
};

/* Which unit's output a unit adds; -1: it is a layer y = tanh(W x + b). Edges:
 * to the next block, from inside a block, and past blocks. */
static const int from_of[UNITS] = {-1, -1, 0, -1, 1, -1, 1, 0, -1};
static const int first[D + 1] = {0, 1, 3, 5, 7, UNITS};

static int block_of_unit(int unit)
{
    int b = 0;

    while (unit >= first[b + 1])
        b++;
    return b;
}

static int is_edge(int unit)
{
    return from_of[unit] >= 0 &&
           block_of_unit(from_of[unit]) != block_of_unit(unit);
}

/* ---- the twin, in the words of the contract */

typedef struct message {
    int is_there;
    int64_t item;
    double x[X];
} message;

/* What is sent in a tick: by the chain to or from a block, and by skips. */
typedef struct post {
    message act[D], side[UNITS], grad[D], dside[UNITS];
} post;

typedef struct twin {
    const play *play;
    int masks;
    double w[UNITS][W], dw[UNITS][W];
    post then, now;
    message main[D], side[UNITS]; /* newest inputs */
    int n_valid[D], n_grads[D];
} twin;

static int64_t clip_of(const twin *t, int64_t item, int row)
{
    return t->play->clip != NULL ? t->play->clip(item, row) : 0;
}

static void apply(const double *w, const double *x, double *y)
{
    for (int b = 0; b < B; b++)
        for (int o = 0; o < N; o++) {
            double sum = w[N * N + o];

            for (int i = 0; i < N; i++)
                sum += w[o * N + i] * x[b * N + i];
            y[b * N + o] = tanh(sum);
        }
}

static void apply_back(const double *w, const double *x, const double *y,
                       const double *dy, double *dx, double *dw)
{
    memset(dx, 0, X * sizeof(*dx));
    for (int b = 0; b < B; b++)
        for (int o = 0; o < N; o++) {
            double d = dy[b * N + o] * (1.0 - y[b * N + o] * y[b * N + o]);

            dw[N * N + o] += d;
            for (int i = 0; i < N; i++) {
                dw[o * N + i] += d * x[b * N + i];
                dx[b * N + i] += d * w[o * N + i];
            }
        }
}

static void add(double *to, const double *x)
{
    for (int i = 0; i < X; i++)
        to[i] += x[i];
}

static const double *input_of(const twin *t, int u, double y[UNITS][X])
{
    return u == first[block_of_unit(u)] ? t->main[block_of_unit(u)].x
                                        : y[u - 1];
}

static void forward(const twin *t, int block, double y[UNITS][X])
{
    for (int u = first[block]; u < first[block + 1]; u++) {
        const double *x = input_of(t, u, y);

        if (from_of[u] < 0) {
            apply(t->w[u], x, y[u]);
            continue;
        }
        memcpy(y[u], x, sizeof(y[u]));
        add(y[u], is_edge(u) ? t->side[u].x : y[from_of[u]]);
    }
}

static void send_acts(twin *t, int block, double y[UNITS][X])
{
    message m = {1, t->main[block].item, {0}};

    for (int u = 0; u < UNITS; u++) {
        if (!is_edge(u) || block_of_unit(from_of[u]) != block)
            continue;
        memcpy(m.x, y[from_of[u]], sizeof(m.x));
        t->now.side[u] = m;
    }
    if (block == D - 1)
        return;
    memcpy(m.x, y[first[block + 1] - 1], sizeof(m.x));
    t->now.act[block + 1] = m;
}

/* One part of the gradient: added at the output of a unit, where a row meets
 * its own clip. Answers whether a row is left. */
static int add_part(const twin *t, int block, const message *m, double *dy)
{
    int n_left = 0;

    for (int b = 0; b < B; b++) {
        int is_met =
            clip_of(t, m->item, b) == clip_of(t, t->main[block].item, b);

        if (t->masks && !is_met)
            continue;
        n_left++;
        for (int i = 0; i < N; i++)
            dy[b * N + i] += m->x[b * N + i];
    }
    return n_left > 0;
}

static int64_t gather(const twin *t, int block, double dy[UNITS][X])
{
    const message *m = &t->then.grad[block];
    int64_t newest = 0;

    if (m->is_there && add_part(t, block, m, dy[first[block + 1] - 1]))
        newest = m->item;
    for (int u = 0; u < UNITS; u++) {
        m = &t->then.dside[u];
        if (is_edge(u) && block_of_unit(from_of[u]) == block && m->is_there &&
            add_part(t, block, m, dy[from_of[u]]))
            newest = m->item > newest ? m->item : newest;
    }
    return newest;
}

static int64_t gradient_of_loss(const twin *t, const double *y, double *dy)
{
    int64_t item = t->main[D - 1].item;
    sidle_real target[X];

    play_values(t->play, item, NULL, target);
    for (int i = 0; i < X; i++)
        dy[i] = (y[i] - (double)target[i]) / B;
    return item;
}

static void backward(twin *t, int block, int64_t item, double y[UNITS][X],
                     double dy[UNITS][X])
{
    for (int u = first[block + 1] - 1; u >= first[block]; u--) {
        const double *x = input_of(t, u, y);
        message m = {1, item, {0}};

        if (from_of[u] < 0)
            apply_back(t->w[u], x, y[u], dy[u], m.x, t->dw[u]);
        else
            memcpy(m.x, dy[u], sizeof(m.x));
        if (is_edge(u))
            t->now.dside[u] = m;
        else if (from_of[u] >= 0)
            add(dy[from_of[u]], dy[u]);
        if (u > first[block])
            add(dy[u - 1], m.x);
        else if (block > 0)
            t->now.grad[block - 1] = m;
    }
    t->n_valid[block]++;
    t->n_grads[block]++;
}

static void update(twin *t, int block)
{
    for (int u = first[block]; u < first[block + 1]; u++)
        for (int i = 0; i < W; i++) {
            t->w[u][i] -= t->play->optim.lr * t->dw[u][i] / t->n_valid[block];
            t->dw[u][i] = 0.0;
        }
    t->n_valid[block] = 0;
}

static void take_inputs(twin *t, int block, int64_t tick)
{
    for (int u = first[block]; u < first[block + 1]; u++)
        if (is_edge(u) && t->then.side[u].is_there)
            t->side[u] = t->then.side[u];
    if (block > 0) {
        t->main[block].is_there = 0;
        if (t->then.act[block].is_there)
            t->main[block] = t->then.act[block];
        return;
    }
    t->main[0].is_there = tick <= t->play->steps;
    if (t->main[0].is_there) {
        sidle_real x[X];

        play_values(t->play, tick, x, NULL);
        t->main[0].item = tick;
        for (int i = 0; i < X; i++)
            t->main[0].x[i] = (double)x[i];
    }
}

static void play_block(twin *t, int block, int64_t tick)
{
    double y[UNITS][X], dy[UNITS][X] = {{0}};
    int64_t item = 0;

    take_inputs(t, block, tick);
    if (t->main[block].item == 0)
        return;
    forward(t, block, y);
    if (t->main[block].is_there)
        send_acts(t, block, y);
    if (block < D - 1)
        item = gather(t, block, dy);
    else if (t->main[block].is_there)
        item = gradient_of_loss(t, y[UNITS - 1], dy[UNITS - 1]);
    if (item > 0)
        backward(t, block, item, y, dy);
    if (t->n_valid[block] == t->play->update_every)
        update(t, block);
}

static void play_twin(twin *t)
{
    for (int64_t tick = 1; tick <= MAX_TICKS; tick++) {
        memset(&t->now, 0, sizeof(t->now));
        for (int b = 0; b < D; b++)
            play_block(t, b, tick);
        t->then = t->now;
    }
    for (int b = 0; b < D; b++)
        if (t->n_valid[b] > 0)
            update(t, b);
}

/* ---- the engine */

typedef struct trial {
    play play;
    sidle_graph *graph;
} trial;

static void *new_options(const sidle_layer_ops *skip, const char *from)
{
    void *options = calloc(1, skip->options_size);
    size_t n = (size_t)skip->n_rows;

    assert_non_null(options);
    sidle_option_defaults(skip->rows, n, options);
    assert_true(sidle_option_read(sidle_option_row(skip->rows, n, "from"), from,
                                  options));
    return options;
}

static sidle_model *new_model(void)
{
    static const char *const names[UNITS] = {"u0", "u1", "u2", "u3", "u4",
                                             "u5", "u6", "u7", "u8"};
    static const sidle_test_size size = {N, N};
    const sidle_layer_ops *skip = sidle_layer_kind("skip");
    const sidle_field values = sidle_test_field("values", N);
    sidle_layer_entry entries[UNITS + 1];
    void *options[UNITS] = {NULL};
    sidle_model *model;

    for (int u = 0; u < UNITS; u++) {
        entries[u] = (sidle_layer_entry){&sidle_test_tanh_ops, names[u], &size};
        if (from_of[u] < 0)
            continue;
        options[u] = new_options(skip, names[from_of[u]]);
        entries[u] = (sidle_layer_entry){skip, names[u], options[u]};
    }
    entries[UNITS] = (sidle_layer_entry){&sidle_test_mse_ops, "loss", &size};
    assert_int_equal(sidle_model_list(entries, UNITS + 1, &values, B, &model),
                     SIDLE_OK);
    for (int u = 0; u < UNITS; u++)
        free(options[u]);
    return model;
}

static void open_trial(trial *t)
{
    sidle_edge edges[UNITS];
    play *p = &t->play;
    int n = 0;

    play_open(p);
    sidle_model_free(p->model);
    p->config.model = p->model = new_model();
    memcpy(p->partition.first, first, sizeof(first));
    p->partition.first[D] = UNITS + 1;
    for (int u = 0; u < UNITS; u++)
        if (is_edge(u))
            edges[n++] =
                (sidle_edge){block_of_unit(from_of[u]) + 1,
                             block_of_unit(u) + 1, 1, SIDLE_EDGE_PLACES};
    assert_int_equal(sidle_graph_new(D, edges, n, &t->graph), SIDLE_OK);
    p->plan.graph = t->graph;
    play_start(p);
}

static void close_trial(trial *t)
{
    play_close(&t->play);
    sidle_graph_free(t->graph);
}

static int64_t new_clips(int64_t item, int row)
{
    return row == 0 ? item / 5 : item / 8;
}

static trial trial_of(int update_every, int64_t (*clip)(int64_t, int))
{
    trial t = {.play = play_of("skip-sideways", D, ITEMS)};

    t.play.over = &ranks;
    t.play.update_every = update_every;
    t.play.clip = clip;
    t.play.optim.lr = 0.2;
    return t;
}

/* The initial weights, which every rank can make. */
static void initial(const play *p, twin *t)
{
    for (int u = 0; u < UNITS; u++) {
        const sidle_layer *layer = &p->model->layers[u];
        sidle_real w[4 * W];

        if (from_of[u] >= 0)
            continue;
        sidle_layer_init_weights(layer, p->seed, w);
        for (int i = 0; i < W; i++)
            t->w[u][i] =
                (double)(i < N * N ? w[layer->params[0].offset + i]
                                   : w[layer->params[1].offset + i - N * N]);
    }
}

static void compare(const play *p, const twin *t)
{
    for (int i = 0; p->runner != NULL && i < n_blocks_of(p->runner); i++) {
        const sidle_block *block = block_of(p->runner, i);
        int b = block->index - 1;

        EXPECT(p->n_backwards[b + 1] == t->n_grads[b]);
        for (int u = first[b]; u < first[b + 1]; u++)
            for (int k = 0; k < W && from_of[u] < 0; k++) {
                ptrdiff_t at =
                    k < N * N
                        ? sidle_block_param_offset(block, u, 0) + k
                        : sidle_block_param_offset(block, u, 1) + k - N * N;
                double w = (double)sidle_block_weights(block)[at];

                EXPECT(fabs(w - t->w[u][k]) < 1e-5);
            }
    }
}

static void check_trial(int update_every, int64_t (*clip)(int64_t, int),
                        sidle_on_cut on_cut)
{
    trial t = trial_of(update_every, clip);
    twin *w = calloc(1, sizeof(*w));

    assert_non_null(w);
    open_trial(&t);
    if (t.play.runner != NULL)
        t.play.runner->config.on_cut = on_cut;
    w->play = &t.play;
    w->masks = on_cut == SIDLE_CUT_MASK;
    initial(&t.play, w);
    EXPECT(play_go(&t.play) == SIDLE_OK);
    play_twin(w);
    compare(&t.play, w);
    /* By a skip gradients come early: there are more than items. */
    EXPECT(clip != NULL || w->n_grads[0] > ITEMS);
    free(w);
    close_trial(&t);
    ranks_finish();
}

TEST(weights_are_those_of_the_twin)
{
    check_trial(1, NULL, SIDLE_CUT_LEAK);
    check_trial(3, NULL, SIDLE_CUT_LEAK);
}

TEST(rows_are_masked_by_edge)
{
    check_trial(1, new_clips, SIDLE_CUT_MASK);
    check_trial(2, new_clips, SIDLE_CUT_MASK);
    check_trial(1, new_clips, SIDLE_CUT_LEAK);
}

/* P22: all gradients are exact from tick 2 P - 1 on, P = D blocks on the
 * longest way: those of one block agree from then on, and not before. */
static int64_t always_one(int64_t item)
{
    (void)item;
    return 1;
}

TEST(constant_input_gives_constant_gradients)
{
    trial t = trial_of(1, NULL);
    const play_record *last[D + 1] = {NULL};

    t.play.is_frozen = t.play.is_recorded = 1;
    t.play.frame = always_one;
    open_trial(&t);
    EXPECT(play_go(&t.play) == SIDLE_OK);
    for (int i = 0; i < t.play.n_records; i++) {
        const play_record *r = &t.play.records[i];
        const play_record *before = last[r->block];

        /* Item r->at went forward in tick at + block - 1. */
        if (before != NULL && before->at + r->block - 1 >= 2 * D - 1 &&
            r->at < ITEMS)
            EXPECT(memcmp(before->grad, r->grad,
                          r->weights * sizeof(*r->grad)) == 0);
        last[r->block] = r;
    }
    close_trial(&t);
    ranks_finish();
}

RANKS_MAIN
