/* twin_train.c - the schedules, played item by item with SGD.
 *
 * Every block's state is a struct; a message is a malloc'd array that goes
 * from hand to hand. Where a message is NULL there is none. */
#include "twin.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct block {
    int first, last; /* units */
    double *grad;    /* (count), only its own units are used */
    int n_grads;     /* valid gradients since the last update */
};

struct training {
    const twin *twin;
    const twin_run *run;
    const twin_item *items;
    int n_items;
    double *w, *velocity;
    twin_loss *losses;
    struct block *blocks;
};

static double *new_zeros(size_t n)
{
    double *array = calloc(n > 0 ? n : 1, sizeof(*array));

    if (array == NULL)
        abort();
    return array;
}

static double *new_message(const struct training *s, int item)
{
    const twin_config *c = &s->twin->config;

    return new_zeros((size_t)s->items[item].rows * (size_t)c->latents *
                     (size_t)c->width);
}

/* ---- what a block does */

/* Answers the output, NULL at the last block, which notes the loss. */
static double *forward(struct training *s, int b, int item, const double *x)
{
    const struct block *block = &s->blocks[b];
    int is_last = b == s->run->n_blocks - 1;
    double *y = is_last ? NULL : new_message(s, item);
    twin_loss loss = twin_forward(s->twin, s->w, block->first, block->last,
                                  &s->items[item], x, y);

    if (is_last && s->losses != NULL)
        s->losses[item] = loss;
    return y;
}

/* The gradient u at (x, w) of item `at`; adds it and answers that of x, NULL
 * at the first block. At the last block u is NULL. */
static double *backward(struct training *s, int b, int at, const double *x,
                        const double *w, const double *u)
{
    struct block *block = &s->blocks[b];
    int targets = twin_targets(s->twin, &s->items[at]);
    double weight = s->run->is_mean ? 1.0 / targets : 1.0;
    double *dx = b == 0 ? NULL : new_message(s, at);

    twin_backward(s->twin, w, block->first, block->last, &s->items[at], x, u,
                  weight, s->run->z_loss, dx, block->grad);
    block->n_grads++;
    return dx;
}

static double clip_factor(const struct training *s, const struct block *block,
                          double scale)
{
    double squares = 0.0;

    for (ptrdiff_t i = 0; i < s->twin->count; i++)
        squares += scale * block->grad[i] * scale * block->grad[i];
    if (s->run->clip <= 0.0 || squares == 0.0)
        return 1.0;
    return fmin(1.0, s->run->clip / sqrt(squares));
}

static void step(struct training *s, const struct block *block, double scale)
{
    const twin_run *run = s->run;

    for (int p = 0; p < s->twin->n_params; p++) {
        const twin_param *param = &s->twin->params[p];
        double decay = param->n_dims == 2 ? run->lr * run->weight_decay : 0.0;

        if (param->unit < block->first || param->unit >= block->last)
            continue;
        for (ptrdiff_t i = param->offset; i < param->offset + param->count;
             i++) {
            s->velocity[i] =
                run->momentum * s->velocity[i] + scale * block->grad[i];
            s->w[i] = s->w[i] * (1.0 - decay) - run->lr * s->velocity[i];
        }
    }
}

/* Steps if `enough` gradients are there. */
static void update(struct training *s, int b, int enough)
{
    struct block *block = &s->blocks[b];
    double scale;

    if (block->n_grads == 0 || block->n_grads < enough)
        return;
    scale = s->run->is_mean ? 1.0 / block->n_grads : 1.0;
    scale *= clip_factor(s, block, scale);
    step(s, block, scale);
    memset(block->grad, 0, (size_t)s->twin->count * sizeof(double));
    block->n_grads = 0;
}

/* ---- backprop: one item at a time, all blocks at the same weights */

static void backprop(struct training *s)
{
    int D = s->run->n_blocks;
    double **x = calloc((size_t)D + 1, sizeof(*x));

    if (x == NULL)
        abort();
    for (int k = 0; k < s->n_items; k++) {
        double *u = NULL;

        for (int b = 0; b < D; b++)
            x[b + 1] = forward(s, b, k, x[b]);
        for (int b = D - 1; b >= 0; b--) {
            if (twin_targets(s->twin, &s->items[k]) > 0) {
                double *left = backward(s, b, k, x[b], s->w, u);

                free(u);
                u = left;
            }
            free(x[b]);
            x[b] = NULL;
        }
        for (int b = 0; b < D; b++)
            update(s, b, s->run->update_every);
    }
    free(x);
}

/* ---- sideways: one tick after the other, messages one tick old */

struct tick_state {
    int held;       /* item of the newest activation, -1: none yet */
    double *x;      /* that activation */
    int sent_item;  /* item of the output of this tick */
    double *y, *dx; /* what this tick made */
};

/* One tick of a block. `before` and `after` are its neighbours as the last
 * tick left them, NULL at the ends. */
static void tick(struct training *s, int b, int fresh, struct tick_state *me,
                 struct tick_state *before, struct tick_state *after)
{
    int item = before == NULL ? fresh : before->sent_item;
    double *u = after == NULL ? NULL : after->dx;
    int has_grad = u != NULL;

    me->sent_item = item;
    if (item >= 0) {
        free(me->x);
        me->x = before == NULL ? NULL : before->y;
        me->held = item;
        me->y = forward(s, b, item, me->x);
    }
    if (after == NULL)
        has_grad = item >= 0 && twin_targets(s->twin, &s->items[item]) > 0;
    if (has_grad) {
        me->dx = backward(s, b, me->held, me->x, s->w, u);
        update(s, b, s->run->update_every);
    }
    free(u);
}

static void sideways(struct training *s)
{
    int D = s->run->n_blocks;
    struct tick_state *now = calloc((size_t)D, sizeof(*now));
    struct tick_state *old = calloc((size_t)D, sizeof(*old));

    if (now == NULL || old == NULL)
        abort();
    for (int b = 0; b < D; b++)
        now[b] = (struct tick_state){.held = -1, .sent_item = -1};
    for (int t = 0; t < s->n_items + 2 * D - 2; t++) {
        int fresh = t < s->n_items ? t : -1;

        memcpy(old, now, (size_t)D * sizeof(*old));
        for (int b = 0; b < D; b++) {
            now[b].y = NULL;
            now[b].dx = NULL;
            tick(s, b, fresh, &now[b], b == 0 ? NULL : &old[b - 1],
                 b == D - 1 ? NULL : &old[b + 1]);
        }
    }
    for (int b = 0; b < D; b++)
        free(now[b].x);
    free(now);
    free(old);
}

/* ---- the others: so many forwards ahead, then one forward, one backward */

struct stage {
    int ahead;
    int forwards, backwards;
    double **x;       /* (n_items) inputs, from the block before */
    double **u;       /* (n_items) gradients, from the block after */
    double **w;       /* (n_items) the weights that the forward used */
    char *has_x;      /* (n_items) the input is there */
    char *has_answer; /* (n_items) the block after is done with the item */
};

static double *copy_of(const double *array, ptrdiff_t n)
{
    double *copy = new_zeros((size_t)n);

    memcpy(copy, array, (size_t)n * sizeof(*copy));
    return copy;
}

static int stage_forward(struct training *s, struct stage *stages, int b)
{
    struct stage *me = &stages[b];
    int k = me->forwards;
    double *y;

    if (k == s->n_items || !me->has_x[k])
        return 0;
    me->w[k] = copy_of(s->w, s->twin->count);
    y = forward(s, b, k, me->x[k]);
    me->forwards++;
    if (b < s->run->n_blocks - 1) {
        stages[b + 1].x[k] = y;
        stages[b + 1].has_x[k] = 1;
    } else {
        me->has_answer[k] = 1;
    }
    return 1;
}

/* The gradient of item k, at the activation and the weights of the policies. */
static double *stage_gradient(struct training *s, const struct stage *me, int b,
                              int k)
{
    int is_newest = s->run->schedule == TWIN_SIDEWAYS_1F1B ||
                    s->run->schedule == TWIN_SIDEWAYS_LIST;
    int at = is_newest ? me->forwards - 1 : k;
    const double *w = s->run->schedule == TWIN_PIPEDREAM ? me->w[k] : s->w;

    return backward(s, b, at, me->x[at], w, me->u[k]);
}

static int stage_backward(struct training *s, struct stage *stages, int b)
{
    struct stage *me = &stages[b];
    int k = me->backwards;
    int is_last = b == s->run->n_blocks - 1;
    double *dx = NULL;

    if (k == s->n_items || !me->has_answer[k])
        return 0;
    if (is_last ? twin_targets(s->twin, &s->items[k]) > 0 : me->u[k] != NULL) {
        dx = stage_gradient(s, me, b, k);
        update(s, b, s->run->update_every);
    }
    me->backwards++;
    if (b > 0) {
        stages[b - 1].u[k] = dx;
        stages[b - 1].has_answer[k] = 1;
    }
    return 1;
}

/* The next step of block b's own list; 0 if what it needs is not there. */
static int stage_step(struct training *s, struct stage *stages, int b)
{
    const struct stage *me = &stages[b];

    if (me->forwards < s->n_items && me->forwards - me->backwards <= me->ahead)
        return stage_forward(s, stages, b);
    return stage_backward(s, stages, b);
}

static void free_arrays(double **arrays, int n)
{
    for (int k = 0; k < n; k++)
        free(arrays[k]);
    free(arrays);
}

static void streams(struct training *s)
{
    int D = s->run->n_blocks, went_on = 1;
    size_t n = (size_t)s->n_items;
    struct stage *stages = calloc((size_t)D, sizeof(*stages));
    int is_tick_order = s->run->schedule == TWIN_DELAYED ||
                        s->run->schedule == TWIN_SIDEWAYS_LIST;

    if (stages == NULL)
        abort();
    for (int b = 0; b < D; b++) {
        struct stage *stage = &stages[b];

        stage->ahead = (D - 1 - b) * (is_tick_order ? 2 : 1);
        stage->x = calloc(n, sizeof(*stage->x));
        stage->u = calloc(n, sizeof(*stage->u));
        stage->w = calloc(n, sizeof(*stage->w));
        stage->has_x = calloc(n, 1);
        stage->has_answer = calloc(n, 1);
        if (stage->x == NULL || stage->u == NULL || stage->w == NULL ||
            stage->has_x == NULL || stage->has_answer == NULL)
            abort();
    }
    memset(stages[0].has_x, 1, n);
    while (went_on) {
        went_on = 0;
        for (int b = 0; b < D; b++)
            went_on |= stage_step(s, stages, b);
    }
    for (int b = 0; b < D; b++) {
        free_arrays(stages[b].x, s->n_items);
        free_arrays(stages[b].u, s->n_items);
        free_arrays(stages[b].w, s->n_items);
        free(stages[b].has_x);
        free(stages[b].has_answer);
    }
    free(stages);
}

void twin_train(const twin *t, const twin_run *run, const twin_item *items,
                int n_items, double *w, twin_loss *losses)
{
    struct training s = {t, run, items, n_items, w, NULL, losses, NULL};

    s.velocity = new_zeros((size_t)t->count);
    s.blocks = calloc((size_t)run->n_blocks, sizeof(*s.blocks));
    if (s.blocks == NULL)
        abort();
    for (int b = 0; b < run->n_blocks; b++) {
        s.blocks[b].first = run->first_unit[b];
        s.blocks[b].last = run->first_unit[b + 1];
        s.blocks[b].grad = new_zeros((size_t)t->count);
    }
    if (run->schedule == TWIN_BACKPROP)
        backprop(&s);
    else if (run->schedule == TWIN_SIDEWAYS)
        sideways(&s);
    else
        streams(&s);
    for (int b = 0; b < run->n_blocks; b++) {
        update(&s, b, 1); /* what is left of a sum */
        free(s.blocks[b].grad);
    }
    free(s.blocks);
    free(s.velocity);
}
