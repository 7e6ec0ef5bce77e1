/* test_training.c - blocks, plans and SGD in one process, without a runner:
 * the weights after twelve items are the twin's. */
/* with: twin.c twin_train.c */
#include "check.h"
#include "twin.h"

#include "model/block.h"
#include "model/perceiver.h"
#include "optim/optim.h"
#include "schedule/plan.h"

#include <stdlib.h>
#include <string.h>

#define ITEMS 12
#define ROWS 2
#define BLOCKS 3
#define MAX_SEGMENTS 64

static const sidle_perceiver perceiver = {.vocab = 23,
                                          .context = 20,
                                          .latents = 8,
                                          .width = 16,
                                          .heads = 2,
                                          .layers = 2,
                                          .embed_width = 16,
                                          .cross_heads = 2,
                                          .mlp_factor = 2,
                                          .activation = SIDLE_SQ_RELU,
                                          .positions = SIDLE_ROTARY,
                                          .rotary_fraction = 0.5};
static const twin_config config = {23, 20, 8, 16,           2,           2,
                                   16, 2,  2, TWIN_SQ_RELU, TWIN_ROTARY, 0.5};
static const int first_unit[BLOCKS + 1] = {0, 1, 2, 4};

/* What is on its way to a block, by item. */
struct mail {
    sidle_real *x[ITEMS + 1]; /* activations that came from the left */
    sidle_real *u[ITEMS + 1]; /* gradients that came from the right */
    int is_done[ITEMS + 1];   /* the block on the right has answered */
};

struct stage {
    sidle_block *block;
    sidle_cursor cursor;
    sidle_instr next;
    struct mail mail;
    sidle_segment segments[MAX_SEGMENTS];
    sidle_optim *optim;
    sidle_real *y, *dx;
    int n_grads;
};

struct engine {
    const twin_run *run;
    sidle_model *model;
    sidle_plan plan;
    struct stage stages[BLOCKS];
    const twin *twin;
    const twin_item *items; /* item k is items[k - 1] */
};

/* ---- making it */

static int set_segments(const sidle_block *block, sidle_segment *segments)
{
    int n = 0;

    for (int k = 0; k < block->n_layers; k++) {
        int index = block->first_layer + k;
        const sidle_layer *layer = &block->model->layers[index];

        for (int p = 0; p < layer->n_params; p++, n++) {
            const sidle_param *param = &layer->params[p];
            int is_flat = param->n_dims == 1;

            assert_true(n < MAX_SEGMENTS);
            segments[n] = (sidle_segment){
                .offset = sidle_block_param_offset(block, index, p),
                .rows = param->dims[0],
                .cols = is_flat ? 1 : param->dims[1],
                .n_dims = param->n_dims,
                .is_matrix = param->is_matrix};
        }
    }
    return n;
}

static void stage_init(struct engine *e, int b)
{
    struct stage *stage = &e->stages[b];
    const sidle_optim_config sgd = {.kind = SIDLE_SGD,
                                    .lr = e->run->lr,
                                    .decay = SIDLE_DECAY_CONSTANT,
                                    .decay_steps = 1,
                                    .momentum = e->run->momentum,
                                    .weight_decay = e->run->weight_decay};
    sidle_block_room room = {
        sidle_plan_slots(&e->plan, b + 1), sidle_plan_versions(&e->plan, b + 1),
        sidle_plan_stashes(&e->plan, b + 1), e->plan.schedule->is_stashed, 0.0};
    int n_segments;

    assert_int_equal(sidle_block_new(e->model, b, first_unit[b],
                                     first_unit[b + 1] - first_unit[b], &room,
                                     &stage->block),
                     SIDLE_OK);
    sidle_block_init_weights(stage->block, 3);
    n_segments = set_segments(stage->block, stage->segments);
    assert_int_equal(sidle_optim_new(&sgd, stage->segments, n_segments,
                                     (ptrdiff_t)stage->block->weights,
                                     &stage->optim),
                     SIDLE_OK);
    stage->y = calloc(stage->block->out + 1, sizeof(sidle_real));
    stage->dx = calloc(stage->block->in + 1, sizeof(sidle_real));
    assert_non_null(stage->y);
    assert_non_null(stage->dx);
    sidle_cursor_init(&stage->cursor, &e->plan, b + 1);
    stage->next = sidle_cursor_next(&stage->cursor);
}

static void stage_done(struct stage *stage)
{
    for (int k = 0; k <= ITEMS; k++) {
        free(stage->mail.x[k]);
        free(stage->mail.u[k]);
    }
    free(stage->y);
    free(stage->dx);
    sidle_optim_free(stage->optim);
    sidle_block_free(stage->block);
}

/* The heads start at zero; these numbers let gradients through. */
static void wake_up(struct stage *last)
{
    const sidle_layer *final = &last->block->model->layers[3];

    for (int p = 0; p < final->n_params; p++)
        if (final->params[p].init == SIDLE_INIT_ZERO)
            check_random(2, final->params[p].name, final->params[p].count,
                         sidle_block_weights(last->block) +
                             sidle_block_param_offset(last->block, 3, p));
}

/* ---- carrying it out */

static int targets_of(const struct engine *e, int64_t item)
{
    return twin_targets(e->twin, &e->items[item - 1]);
}

/* All that a block knows of an item besides its activation. */
static void fill(const struct engine *e, sidle_block *block, int at,
                 int64_t item)
{
    sidle_slot *slot = &block->slots[at];
    const int32_t *tokens = e->items[item - 1].tokens;
    int width = config.context + 1, n = targets_of(e, item);

    sidle_block_set_item(block, at, item, 1, 0, 0);
    slot->grad_weight = e->run->is_mean && n > 0 ? 1.0 / n : 1.0;
    memcpy(slot->scored, e->items[item - 1].scored, sizeof(int32_t) * ROWS);
    for (int b = 0; b < ROWS; b++) {
        int length = 0;

        while (length < width && tokens[b * width + length] != 0)
            length++;
        slot->length[b] = length > 0 ? length - 1 : 0;
    }
    if (slot->fields[0] != NULL)
        memcpy(slot->fields[0], tokens, sizeof(*tokens) * ROWS * (size_t)width);
}

static sidle_real *copy_of(const sidle_real *from, size_t n)
{
    sidle_real *copy = calloc(n, sizeof(*copy));

    assert_non_null(copy);
    memcpy(copy, from, n * sizeof(*copy));
    return copy;
}

static void update(const struct engine *e, struct stage *stage, int is_drain)
{
    sidle_block *block = stage->block;
    sidle_real *w;
    double scale;

    if (stage->n_grads == 0 ||
        (stage->n_grads < e->run->update_every && !is_drain))
        return;
    w = sidle_block_begin_update(block);
    scale = e->run->is_mean ? 1.0 / stage->n_grads : 1.0;
    scale *= sidle_clip_factor(e->run->clip / scale,
                               sidle_grad_squares(stage->segments,
                                                  stage->optim->n_segments,
                                                  block->grad));
    for (size_t i = 0; i < block->weights; i++)
        block->grad[i] *= (sidle_real)scale;
    sidle_optim_step(stage->optim, 1.0, w, block->grad);
    sidle_block_end_update(block);
    stage->n_grads = 0;
}

/* 0 if the instruction's message is not there yet. */
static int is_ready(const struct stage *stage)
{
    if (stage->next.op == SIDLE_OP_RECV_ACT)
        return stage->mail.x[stage->next.item] != NULL;
    if (stage->next.op == SIDLE_OP_RECV_GRAD)
        return stage->mail.is_done[stage->next.item];
    return stage->next.op != SIDLE_OP_END;
}

static void carry_out(struct engine *e, int b)
{
    struct stage *stage = &e->stages[b];
    sidle_block *block = stage->block;
    sidle_instr in = stage->next;
    sidle_slot *slot = &block->slots[in.slot];
    const sidle_real *dy = stage->mail.u[in.item];
    int has_grad =
        block->is_last ? in.item > 0 && targets_of(e, in.item) > 0 : dy != NULL;

    if (in.op == SIDLE_OP_LOAD) {
        fill(e, block, in.slot, in.item);
    } else if (in.op == SIDLE_OP_RECV_ACT) {
        fill(e, block, in.slot, in.item);
        memcpy(slot->x, stage->mail.x[in.item], block->in * sizeof(sidle_real));
    } else if (in.op == SIDLE_OP_FORWARD) {
        sidle_block_forward(block, in.slot, block->is_last ? NULL : stage->y);
    } else if (in.op == SIDLE_OP_SEND_ACT) {
        e->stages[b + 1].mail.x[in.item] = copy_of(stage->y, block->out);
    } else if (in.op == SIDLE_OP_INPUT_GRAD && has_grad) {
        sidle_block_input_grad(block, in.slot, in.stash, dy,
                               block->is_first ? NULL : stage->dx);
    } else if (in.op == SIDLE_OP_SEND_GRAD) {
        e->stages[b - 1].mail.is_done[in.item] = 1;
        if (has_grad)
            e->stages[b - 1].mail.u[in.item] = copy_of(stage->dx, block->in);
    } else if (in.op == SIDLE_OP_WEIGHT_GRAD) {
        if (has_grad) {
            sidle_block_weight_grad(block, in.slot, in.stash, dy);
            stage->n_grads++;
        }
        sidle_block_release(block, in.slot);
    } else if (in.op == SIDLE_OP_UPDATE) {
        update(e, stage, in.is_drain);
    }
}

static void run_engine(struct engine *e)
{
    int went_on = 1;

    while (went_on) {
        went_on = 0;
        for (int b = 0; b < BLOCKS; b++)
            if (is_ready(&e->stages[b])) {
                carry_out(e, b);
                e->stages[b].next = sidle_cursor_next(&e->stages[b].cursor);
                went_on = 1;
            }
    }
    for (int b = 0; b < BLOCKS; b++)
        assert_int_equal(e->stages[b].next.op, SIDLE_OP_END);
}

/* ---- against the twin */

/* Random items; rows are of many lengths, and no target of item 5 counts. */
static void draw(int32_t tokens[ITEMS][ROWS * 21], twin_item *items)
{
    static const int32_t all[ROWS] = {8, 8}, none[ROWS] = {0, 0};

    memset(tokens, 0, sizeof(int32_t) * ITEMS * ROWS * 21);
    for (int k = 0; k < ITEMS; k++) {
        sidle_rng rng = {9, sidle_rng_stream("tokens", (uint64_t)k)};

        items[k] = (twin_item){ROWS, tokens[k], k == 4 ? none : all};
        for (int b = 0; b < ROWS; b++) {
            int n = 3 + (k * 5 + b * 7) % 19;

            for (int p = 0; p < n; p++)
                tokens[k][b * 21 + p] =
                    1 +
                    (int32_t)sidle_rng_below(rng, (uint64_t)(b * 21 + p), 22);
        }
    }
}

/* Copy the product's weights to the twin's array, or compare them with it. */
static void meet(const struct engine *e, double *w, int is_check)
{
    for (int b = 0; b < BLOCKS; b++) {
        const sidle_block *block = e->stages[b].block;

        for (int k = first_unit[b]; k < first_unit[b + 1]; k++)
            for (int p = 0; p < e->model->layers[k].n_params; p++) {
                const sidle_param *param = &e->model->layers[k].params[p];
                double *to = w + twin_find(e->twin, param->name)->offset;
                const sidle_real *from = sidle_block_weights(block) +
                                         sidle_block_param_offset(block, k, p);

                if (is_check)
                    check_close(param->name, param->count, from, to, 2e-5);
                for (ptrdiff_t i = 0; i < param->count && !is_check; i++)
                    to[i] = (double)from[i];
            }
    }
}

static void assert_same_training(const char *name, const twin_run *run)
{
    static int32_t tokens[ITEMS][ROWS * 21];
    twin_item items[ITEMS];
    twin *t = twin_new(&config);
    double *w = calloc((size_t)t->count, sizeof(*w));
    struct engine e = {.run = run, .twin = t, .items = items};
    sidle_perceiver net = perceiver;

    assert_non_null(w);
    draw(tokens, items);
    e.plan = (sidle_plan){.schedule = sidle_schedule_find(name),
                          .n_blocks = BLOCKS,
                          .update_every = run->update_every,
                          .steps = ITEMS};
    assert_int_equal(sidle_plan_check(&e.plan), SIDLE_OK);
    net.z_loss = run->z_loss;
    assert_int_equal(sidle_model_perceiver(&net, ROWS, &e.model), SIDLE_OK);
    for (int b = 0; b < BLOCKS; b++)
        stage_init(&e, b);
    wake_up(&e.stages[BLOCKS - 1]);
    meet(&e, w, 0);
    run_engine(&e);
    twin_train(t, run, items, ITEMS, w, NULL);
    meet(&e, w, 1);
    for (int b = 0; b < BLOCKS; b++)
        stage_done(&e.stages[b]);
    sidle_model_free(e.model);
    free(w);
    twin_free(t);
}

TEST(twelve_items_of_every_schedule_are_the_twins)
{
    static const struct {
        const char *name;
        twin_schedule schedule;
    } rows[] = {{"backprop", TWIN_BACKPROP},
                {"sideways", TWIN_SIDEWAYS},
                {"pipedream", TWIN_PIPEDREAM}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        for (int U = 1; U <= 3; U += 2) {
            twin_run run = {.schedule = rows[i].schedule,
                            .n_blocks = BLOCKS,
                            .first_unit = first_unit,
                            .update_every = U,
                            .is_mean = 1,
                            .lr = 0.02,
                            .momentum = 0.5,
                            .weight_decay = 0.1,
                            .z_loss = 0.01};

            assert_same_training(rows[i].name, &run);
            run.clip = 0.5;
            assert_same_training(rows[i].name, &run);
            run.is_mean = 0;
            assert_same_training(rows[i].name, &run);
        }
}

TEST_MAIN
