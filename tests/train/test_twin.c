/* test_twin.c - weights after twelve items through the runner, its data source
 * and SGD are those of the independent twin (P28b, P28c for 1F1B orders). */
/* np: 1 2 4 */
/* with: twin.c twin_train.c */
#include "../mpi/blocks.h"
#include "../mpi/ranks.h"
#include "twin.h"

#include "data/crops.h"
#include "model/perceiver.h"
#include "mpi/runner.h"

#include <stdlib.h>
#include <string.h>

enum {
    ITEMS = 12,
    ROWS = 2,
    CONTEXT = 14,
    LATENTS = 6,
    WIDTH = 8,
    LAYERS = 3,
    VOCAB = 19,
    BLOCKS = 4,
    DOCUMENTS = 7
};

/* Tokens of each document: longer than the context, shorter than the latents,
 * one target; two of one token make an item without a target. */
static const int lengths[DOCUMENTS] = {21, 4, CONTEXT + 1, 1, 1, 2, LATENTS};

static const char *const partition_text = "[cross, self.000, self.002, final]";

/* Sizes that both know; what the case adds is written in set_case(). */
static const twin_config sizes = {.vocab = VOCAB,
                                  .context = CONTEXT,
                                  .latents = LATENTS,
                                  .width = WIDTH,
                                  .heads = 2,
                                  .layers = LAYERS,
                                  .embed_width = 12,
                                  .cross_heads = 3,
                                  .mlp_factor = 2,
                                  .rotary_fraction = 0.5};

static const struct {
    const char *name;
    twin_schedule twin;
} schedules[] = {{"backprop", TWIN_BACKPROP},
                 {"sideways", TWIN_SIDEWAYS},
                 {"pipedream", TWIN_PIPEDREAM},
                 {"gpipe", TWIN_BACKPROP}, /* exact: all the same */
                 {"1f1b", TWIN_BACKPROP},
                 {"zero-bubble", TWIN_BACKPROP},
                 {"sideways-1f1b", TWIN_SIDEWAYS_1F1B},
                 {"delayed", TWIN_DELAYED}};

enum { N_SCHEDULES = sizeof(schedules) / sizeof(schedules[0]) };

/* One training, for both. */
typedef struct trial {
    uint64_t seed;
    const char *schedule;
    twin_run run; /* without the blocks */
    twin_config config;

    sidle_perceiver perceiver;
    sidle_model *model;
    sidle_partition partition;
    int32_t tokens[64];
    int64_t offsets[DOCUMENTS + 1];
    sidle_corpus corpus;
    sidle_source source;
    twin *twin;
    double *w; /* of the twin */
} trial;

/* ---- the data, and what an item of it is by the words of the contract */

static void draw_corpus(trial *t)
{
    sidle_rng rng = {t->seed, sidle_rng_stream("tokens", 0)};

    for (int d = 0; d < DOCUMENTS; d++)
        t->offsets[d + 1] = t->offsets[d] + lengths[d];
    for (int64_t i = 0; i < t->offsets[DOCUMENTS]; i++)
        t->tokens[i] =
            1 + (int32_t)sidle_rng_below(rng, (uint64_t)i, VOCAB - 1);
    t->corpus = (sidle_corpus){
        .tokens = t->tokens, .offsets = t->offsets, .n_documents = DOCUMENTS};
}

/* Row b of item k is the last crop of document ((k - 1) B + b) mod K. */
static void twin_items(const trial *t, int32_t *tokens, twin_item *items)
{
    for (int row = 0; row < ITEMS * ROWS; row++) {
        int d = row % DOCUMENTS;
        int n = lengths[d] < CONTEXT + 1 ? lengths[d] : CONTEXT + 1;
        int32_t *to = tokens + row * (CONTEXT + 1);

        memcpy(to, t->tokens + t->offsets[d + 1] - n,
               (size_t)n * sizeof(*tokens));
        items[row / ROWS] =
            (twin_item){ROWS, tokens + row / ROWS * ROWS * (CONTEXT + 1), NULL};
    }
}

/* ---- initial weights, the same for both: heads of zero would hide a lot */

static void initial_weights(const trial *t, int layer, sidle_real *w)
{
    const sidle_layer *l = &t->model->layers[layer];

    sidle_layer_init_weights(l, t->seed, w);
    for (int p = 0; p < l->n_params; p++)
        if (l->params[p].init == SIDLE_INIT_ZERO)
            check_random(t->seed, l->params[p].name, l->params[p].count,
                         w + l->params[p].offset);
}

static sidle_real *new_weights(const sidle_layer *layer)
{
    sidle_real *w = calloc(layer->weights, sizeof(*w));

    assert_non_null(w);
    return w;
}

static void give_to_twin(trial *t)
{
    for (int l = 0; l < t->model->n_layers; l++) {
        const sidle_layer *layer = &t->model->layers[l];
        sidle_real *w = new_weights(layer);

        initial_weights(t, l, w);
        for (int p = 0; p < layer->n_params; p++) {
            const sidle_param *param = &layer->params[p];
            double *to = t->w + twin_find(t->twin, param->name)->offset;

            for (ptrdiff_t i = 0; i < param->count; i++)
                to[i] = (double)w[param->offset + i];
        }
        free(w);
    }
}

/* Where a parameter of the newest weights of a block lies. */
static sidle_real *place_of(const sidle_block *block, int layer, int param)
{
    return sidle_block_weights(block) +
           sidle_block_param_offset(block, layer, param);
}

static void give_to_block(const trial *t, const sidle_block *block)
{
    for (int k = 0; k < block->n_layers; k++) {
        int l = block->first_layer + k;
        const sidle_layer *layer = &t->model->layers[l];
        sidle_real *w = new_weights(layer);

        initial_weights(t, l, w);
        for (int p = 0; p < layer->n_params; p++)
            memcpy(place_of(block, l, p), w + layer->params[p].offset,
                   (size_t)layer->params[p].count * sizeof(*w));
        free(w);
    }
}

/* ---- both trainings */

static void train_twin(trial *t)
{
    static int32_t tokens[ITEMS * ROWS * (CONTEXT + 1)];
    twin_item items[ITEMS];

    memset(tokens, 0, sizeof(tokens));
    twin_items(t, tokens, items);
    t->run.n_blocks = BLOCKS;
    t->run.first_unit = t->partition.first;
    twin_train(t->twin, &t->run, items, ITEMS, t->w, NULL);
}

/* The largest distance of a parameter from the twin's, relative to it. */
static double distance(const trial *t, const sidle_block *block)
{
    double worst = 0.0;

    for (int k = 0; k < block->n_layers; k++) {
        int l = block->first_layer + k;

        for (int p = 0; p < t->model->layers[l].n_params; p++) {
            const sidle_param *param = &t->model->layers[l].params[p];
            const sidle_real *a = place_of(block, l, p);
            const double *b = t->w + twin_find(t->twin, param->name)->offset;
            double far = 0.0, largest = 0.0;

            for (ptrdiff_t i = 0; i < param->count; i++) {
                far = fmax(far, fabs((double)a[i] - b[i]));
                largest = fmax(largest, fabs(b[i]));
                EXPECT(!isnan((double)a[i]));
            }
            worst = fmax(worst, far / (1.0 + largest));
        }
    }
    return worst;
}

static int counts(void *context, int64_t item)
{
    const sidle_source *source = context;

    return source->counts(source, item);
}

/* Answers how far this rank's weights are from the twin's. */
static double train_product(const trial *t)
{
    sidle_optim_config sgd = {.kind = SIDLE_SGD,
                              .lr = t->run.lr,
                              .decay = SIDLE_DECAY_CONSTANT,
                              .decay_steps = 1,
                              .momentum = t->run.momentum,
                              .weight_decay = t->run.weight_decay,
                              .clip = t->run.clip};
    sidle_plan plan = {.schedule = sidle_schedule_find(t->schedule),
                       .n_blocks = BLOCKS,
                       .update_every = t->run.update_every,
                       .steps = ITEMS,
                       .counts = counts,
                       .context = (void *)&t->source};
    sidle_runner_config config = {.comm = &ranks,
                                  .model = t->model,
                                  .partition = &t->partition,
                                  .plan = &plan,
                                  .optim = &sgd,
                                  .train = &t->source,
                                  .seed = t->seed,
                                  .is_mean = t->run.is_mean,
                                  .on_cut = SIDLE_CUT_MASK};
    sidle_runner *runner;
    double worst = 0.0;

    EXPECT(sidle_runner_new(&config, &runner) == SIDLE_OK);
    for (int i = 0; i < n_blocks_of(runner); i++)
        give_to_block(t, block_of(runner, i));
    EXPECT(sidle_runner_run(runner) == SIDLE_OK);
    for (int i = 0; i < n_blocks_of(runner); i++)
        worst = fmax(worst, distance(t, block_of(runner, i)));
    sidle_runner_free(runner);
    return worst;
}

/* ---- trials */

static void open_trial(trial *t)
{
    const twin_config *c = &t->config;
    sidle_crops crops = {.corpus = &t->corpus,
                         .seed = t->seed,
                         .context = CONTEXT,
                         .latents = LATENTS,
                         .rows = {.n = ROWS, .all = ROWS},
                         .order = SIDLE_SEQUENTIAL};

    t->perceiver = (sidle_perceiver){
        .vocab = c->vocab,
        .context = c->context,
        .latents = c->latents,
        .width = c->width,
        .heads = c->heads,
        .layers = c->layers,
        .embed_width = c->embed_width,
        .cross_heads = c->cross_heads,
        .mlp_factor = c->mlp_factor,
        .activation = c->activation == TWIN_GELU ? SIDLE_GELU : SIDLE_SQ_RELU,
        .positions = c->positions == TWIN_LEARNED      ? SIDLE_LEARNED
                     : c->positions == TWIN_SINUSOIDAL ? SIDLE_SINUSOIDAL
                                                       : SIDLE_ROTARY,
        .rotary_fraction = c->rotary_fraction,
        .z_loss = t->run.z_loss};
    draw_corpus(t);
    assert_int_equal(sidle_crops_source(&crops, &t->source), SIDLE_OK);
    assert_int_equal(sidle_source_bind(&t->source, t->source.fields, 1),
                     SIDLE_OK);
    assert_int_equal(sidle_model_perceiver(&t->perceiver, ROWS, &t->model),
                     SIDLE_OK);
    assert_int_equal(
        sidle_partition_parse(t->model, partition_text, BLOCKS, &t->partition),
        SIDLE_OK);
    t->twin = twin_new(&t->config);
    t->w = calloc((size_t)t->twin->count, sizeof(*t->w));
    assert_non_null(t->w);
    give_to_twin(t);
}

static void close_trial(trial *t)
{
    t->source.done(&t->source);
    sidle_model_free(t->model);
    twin_free(t->twin);
    free(t->w);
}

static void expect_same_training(trial *t)
{
    double worst;

    open_trial(t);
    train_twin(t);
    worst = train_product(t);
    if (worst >= 4e-6)
        fprintf(stderr, "rank %d: %s, U %d, %s, clip %g, seed %d: %.3g\n",
                ranks.rank, t->schedule, t->run.update_every,
                t->run.is_mean ? "mean" : "sum", t->run.clip, (int)t->seed,
                worst);
    EXPECT(worst < 4e-6);
    close_trial(t);
}

/* Positions, activation and clipping change from trial to trial. */
static trial trial_of(int schedule, int U, int is_mean, int number)
{
    trial t = {.seed = 100 + (uint64_t)number,
               .schedule = schedules[schedule].name,
               .run = {.schedule = schedules[schedule].twin,
                       .update_every = U,
                       .is_mean = is_mean,
                       .lr = is_mean ? 0.05 : 0.05 / (ROWS * LATENTS),
                       .momentum = number % 2 == 0 ? 0.5 : 0.0,
                       .weight_decay = 0.1,
                       .clip = number % 4 == 0 ? 0.0 : 0.7,
                       .z_loss = number % 5 == 0 ? 0.01 : 0.0},
               .config = sizes};

    t.config.positions = (twin_positions)(number % 3);
    t.config.activation = number % 4 < 2 ? TWIN_SQ_RELU : TWIN_GELU;
    return t;
}

TEST(twelve_items_are_the_twins)
{
    int number = 0;

    for (int seed = 0; seed < 3; seed++)
        for (int s = 0; s < N_SCHEDULES; s++)
            for (int U = 1; U <= 3; U += 2)
                for (int is_mean = 0; is_mean < 2; is_mean++) {
                    /* + seed: each gets all kinds of positions in turn */
                    trial t = trial_of(s, U, is_mean, number++ + seed);

                    expect_same_training(&t);
                }
    ranks_finish();
}

RANKS_MAIN
