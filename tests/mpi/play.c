/* play.c - making, running and recording small runs. */
#include "play.h"
#include "blocks.h"

#include "../check.h"

#include "base/text.h"
#include "model/perceiver.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

play play_of(const char *schedule, int n_blocks, int64_t steps)
{
    return (play){.comm = {.comm = MPI_COMM_SELF, .size = 1},
                  .schedule = schedule,
                  .n_blocks = n_blocks,
                  .kind = &sidle_test_tanh_ops,
                  .optim = {.kind = SIDLE_SGD,
                            .lr = 0.05,
                            .decay_steps = 1000,
                            .final_lr = 1.0,
                            .beta1 = 0.95,
                            .beta2 = 0.999,
                            .eps = 1e-8,
                            .matrix_lr = 0.02,
                            .matrix_momentum = 0.9},
                  .steps = steps,
                  .update_every = 1,
                  .seed = 5,
                  .dropout = 0.2};
}

/* ---- data */

static int has_targets(const play *p, int64_t item)
{
    return item > p->untaught && (p->skipped == 0 || item % p->skipped != 0);
}

/* A stream as smooth as one likes, with the same labels throughout. */
static void move(const play *p, int64_t item, sidle_real *values,
                 sidle_real *targets)
{
    sidle_real way[PLAY_ROWS * PLAY_WIDTH];

    if (targets != NULL)
        check_random(p->seed, "labels", PLAY_ROWS * PLAY_WIDTH, targets);
    if (values == NULL)
        return;
    check_random(p->seed, "start", PLAY_ROWS * PLAY_WIDTH, values);
    check_random(p->seed, "way", PLAY_ROWS * PLAY_WIDTH, way);
    for (int i = 0; i < PLAY_ROWS * PLAY_WIDTH; i++)
        values[i] += (sidle_real)(p->speed * (double)item) * way[i];
}

void play_values(const play *p, int64_t item, sidle_real *values,
                 sidle_real *targets)
{
    int64_t frame = p->frame != NULL ? p->frame(item) : item - p->untaught;
    uint64_t of_values = (uint64_t)frame * 2;

    if (p->speed > 0.0) {
        move(p, item, values, targets);
        return;
    }
    if (frame == p->perturbed)
        of_values += 1000000;
    if (values != NULL)
        check_random(of_values, "values", PLAY_ROWS * PLAY_WIDTH, values);
    if (targets != NULL)
        check_random((uint64_t)frame * 2 + (uint64_t)!p->is_echo,
                     p->is_echo ? "values" : "targets", PLAY_ROWS * PLAY_WIDTH,
                     targets);
}

/* The first row of this rank's replica among the rows of all. */
static ptrdiff_t first_row(const play *p)
{
    return p->comm.rank / (p->comm.size / p->n_replicas) * p->rows;
}

/* Texts of random length, some of them shorter than the latents. */
static void put_tokens(const play *p, int64_t item, sidle_batch *out)
{
    sidle_rng rng = {p->seed, sidle_rng_stream("tokens", (uint64_t)item)};
    ptrdiff_t width = p->perceiver.context + 1;
    ptrdiff_t latents = p->perceiver.latents;
    uint64_t vocab = (uint64_t)p->perceiver.vocab;
    int32_t *tokens = out->fields[0];

    for (ptrdiff_t row = 0; row < p->n_replicas * p->rows; row++) {
        uint64_t at = (uint64_t)(row * width);
        ptrdiff_t n = p->n_tokens != NULL
                          ? (ptrdiff_t)p->n_tokens(item, (int)row)
                          : 2 + (ptrdiff_t)sidle_rng_below(rng, 1000000 + at,
                                                           (uint64_t)width - 1);
        ptrdiff_t length = n > 0 ? n - 1 : 0, b = row - first_row(p);
        int64_t targets = length < latents ? length : latents;

        out->n_all += targets;
        if (b < 0 || b >= out->rows)
            continue;
        for (ptrdiff_t i = 0; tokens != NULL && i < width; i++)
            tokens[b * width + i] =
                i < n ? 3 + (int32_t)sidle_rng_below(rng, at + (uint64_t)i,
                                                     vocab - 3)
                      : 0;
        if (out->length != NULL)
            out->length[b] = (int32_t)length;
        out->n_counted += targets;
    }
}

static void give_clips(const sidle_source *source, int64_t item, int64_t *clip)
{
    const play *p = source->self;

    for (int row = 0; row < p->n_replicas * p->rows; row++)
        clip[row] = p->clip(item, row);
}

static void put_clips(const play *p, int64_t item, const sidle_batch *out)
{
    for (int b = 0; b < out->rows; b++) {
        if (out->clip != NULL)
            out->clip[b] =
                p->clip != NULL ? p->clip(item, (int)first_row(p) + b) : 0;
        if (out->scored != NULL)
            out->scored[b] = (int32_t)sidle_model_loss(p->model)->targets;
    }
}

static void give_batch(const sidle_source *source, int64_t item,
                       sidle_batch *out)
{
    const play *p = source->self;

    put_clips(p, item, out);
    out->n_counted = out->n_all = 0;
    if (p->kind == NULL) {
        put_tokens(p, item, out);
    } else {
        play_values(p, item, out->fields[0], out->fields[1]);
        for (int b = 0; out->length != NULL && b < out->rows; b++)
            out->length[b] = 1;
        out->n_counted = out->n_all = out->rows;
    }
    if (!has_targets(p, item))
        out->n_counted = out->n_all = 0;
}

/* Evaluation items are like training items far away. */
static void give_eval_batch(const sidle_source *source, int64_t item,
                            sidle_batch *out)
{
    give_batch(source, item + 500000, out);
}

/* What the model reads. */
static sidle_source source_of(play *p)
{
    sidle_source source = {
        .batch = give_batch,
        .clips = p->clip != NULL ? give_clips : NULL,
        .n_items = INT64_MAX,
        .self = p,
    };

    source.n_fields = p->model->n_fields;
    memcpy(source.fields, p->model->fields, sizeof(source.fields));
    assert_int_equal(
        sidle_source_bind(&source, p->model->fields, p->model->n_fields),
        SIDLE_OK);
    return source;
}

/* ---- hooks */

static void *copy_of(const void *from, size_t bytes)
{
    void *to = malloc(bytes);

    assert_non_null(to);
    memcpy(to, from, bytes);
    return to;
}

static void on_gradient(void *context, int block, int64_t item, int64_t at,
                        const sidle_block *b, const sidle_real *dy)
{
    play *p = context;
    size_t weights = b->weights * sizeof(sidle_real);
    play_record *record;

    p->n_backwards[block]++;
    if (!p->is_recorded)
        return;
    p->records =
        realloc(p->records, ((size_t)p->n_records + 1) * sizeof(*p->records));
    assert_non_null(p->records);
    record = &p->records[p->n_records++];
    *record = (play_record){.block = block, .item = item, .at = at};
    record->weights = b->weights;
    record->grad = copy_of(b->grad, weights);
    record->w = copy_of(sidle_block_weights(b), weights);
    record->out = dy != NULL ? b->out : 0;
    if (dy != NULL)
        record->dy = copy_of(dy, b->out * sizeof(sidle_real));
}

static void on_forward(void *context, int block, int64_t item)
{
    play *p = context;

    (void)item;
    p->n_forwards[block]++;
}

static void on_instr(void *context, int block, const sidle_instr *instr)
{
    play *p = context;
    sidle_rng rng = {p->seed + (uint64_t)p->comm.rank,
                     sidle_rng_stream("sleep", (uint64_t)block)};

    if (p->is_sleepy && instr->op != SIDLE_OP_BOUNDARY)
        usleep((useconds_t)sidle_rng_below(
            rng, (uint64_t)instr->item * 16 + instr->op, 300));
}

static int may_update(void *context, int block, int64_t item)
{
    play *p = context;

    if (p->may_update != NULL)
        return p->may_update(p, block, item);
    return !p->is_frozen;
}

static void on_report(void *context, const sidle_report *report)
{
    play *p = context;

    assert_true(p->n_reports < 256);
    p->reports[p->n_reports++] = *report;
}

static int on_item(void *context, int64_t item)
{
    const play *p = context;

    return (item == p->save_at ? SIDLE_MSG_SAVE : 0) |
           (item == p->stop_at ? SIDLE_MSG_STOP : 0);
}

static int wants_stop(void *context)
{
    play *p = context;

    return p->wish_after > 0 && ++p->n_wishes > p->wish_after;
}

/* ---- making */

static void make_perceiver(play *p)
{
    p->perceiver =
        (sidle_perceiver){.vocab = 23,
                          .context = 14,
                          .latents = 6,
                          .width = 8,
                          .heads = 2,
                          .layers = p->layers > 0 ? p->layers : p->n_blocks,
                          .embed_width = 8,
                          .cross_heads = 2,
                          .mlp_factor = 2,
                          .activation = SIDLE_SQ_RELU,
                          .positions = SIDLE_ROTARY,
                          .rotary_fraction = 0.5,
                          .dropout = p->dropout,
                          .cross_dropout = p->dropout / 2};
    assert_int_equal(sidle_model_perceiver(&p->perceiver, p->rows, &p->model),
                     SIDLE_OK);
    assert_int_equal(sidle_partition_auto(p->model, p->n_blocks, &p->partition),
                     SIDLE_OK);
}

/* One layer a block; the last block has the squared loss besides. */
static void make_list(play *p)
{
    sidle_layer_entry entries[PLAY_MAX_BLOCKS + 1];
    const sidle_field values = sidle_test_field("values", PLAY_WIDTH);
    char names[PLAY_MAX_BLOCKS][16];
    int D = p->n_blocks;

    p->size = (sidle_test_size){PLAY_WIDTH, PLAY_WIDTH};
    p->partition.n_blocks = D;
    for (int i = 0; i < D; i++) {
        sidle_text_format(names[i], sizeof(names[i]), "l%d", i);
        entries[i] = (sidle_layer_entry){p->kind, names[i], &p->size};
        p->partition.first[i] = i;
    }
    entries[D] = (sidle_layer_entry){&sidle_test_mse_ops, "loss", &p->size};
    p->partition.first[D] = D + 1;
    assert_int_equal(
        sidle_model_list(entries, D + 1, &values, PLAY_ROWS, &p->model),
        SIDLE_OK);
}

static int counts(void *context, int64_t item)
{
    return has_targets(context, item);
}

void play_open(play *p)
{
    if (p->over != NULL)
        play_first_ranks(
            p->over, p->over->size < p->n_blocks ? p->over->size : p->n_blocks,
            &p->comm);
    p->rows = p->rows > 0 ? p->rows : PLAY_ROWS;
    p->n_replicas = p->n_replicas > 0 ? p->n_replicas : 1;
    if (p->kind == NULL)
        make_perceiver(p);
    else
        make_list(p);
    p->plan = (sidle_plan){.schedule = sidle_schedule_find(p->schedule),
                           .n_blocks = p->n_blocks,
                           .update_every = p->update_every,
                           .steps = p->steps,
                           .start = p->start,
                           .counts = counts,
                           .context = p};
    p->train = source_of(p);
    p->eval = source_of(p);
    p->eval.batch = give_eval_batch;
    p->eval.clips = NULL;
    p->eval.n_items = 2;
    p->config = (sidle_runner_config){.comm = &p->comm,
                                      .n_replicas = p->n_replicas,
                                      .model = p->model,
                                      .partition = &p->partition,
                                      .plan = &p->plan,
                                      .optim = &p->optim,
                                      .block_lr = p->block_lr,
                                      .train = &p->train,
                                      .eval = &p->eval,
                                      .seed = p->seed,
                                      .is_mean = 1,
                                      .on_cut = SIDLE_CUT_MASK,
                                      .log_every = 1,
                                      .on_report = on_report,
                                      .on_item = on_item,
                                      .wants_stop = wants_stop,
                                      .context = p,
                                      .hooks = {.context = p,
                                                .on_gradient = on_gradient,
                                                .on_forward = on_forward,
                                                .on_instr = on_instr,
                                                .may_update = may_update}};
    p->plan.sums_norms = p->config.is_clip_global = p->is_global;
}

/* Whether this rank has blocks to play. */
static int is_playing(const play *p)
{
    return p->over == NULL || p->over->rank < p->comm.size;
}

void play_start(play *p)
{
    int is_made =
        !is_playing(p) || sidle_runner_new(&p->config, &p->runner) == SIDLE_OK;

    if (p->over != NULL) /* all ranks fail together */
        SIDLE_MPI(MPI_Allreduce(MPI_IN_PLACE, &is_made, 1, MPI_INT, MPI_MIN,
                                p->over->comm));
    assert_true(is_made);
}

sidle_status play_go(play *p)
{
    sidle_status status = SIDLE_OK;

    if (is_playing(p)) {
        status = sidle_runner_run(p->runner);
        p->n_updates = sidle_runner_updates(p->runner);
    }
    if (p->over != NULL && is_playing(p))
        p->digest = play_digest(p);
    if (p->over != NULL) {
        play_share(p);
        SIDLE_MPI(MPI_Bcast(&status, (int)sizeof(status), MPI_BYTE, 0,
                            p->over->comm));
    }
    return status;
}

sidle_status play_run(play *p)
{
    play_open(p);
    play_start(p);
    return play_go(p);
}

void play_close(play *p)
{
    sidle_runner_free(p->runner);
    sidle_model_free(p->model);
    for (int i = 0; i <= PLAY_MAX_BLOCKS; i++)
        free(p->weights[i]);
    if (p->over != NULL && is_playing(p))
        SIDLE_MPI(MPI_Comm_free(&p->comm.comm));
    for (int i = 0; i < p->n_records; i++) {
        free(p->records[i].grad);
        free(p->records[i].dy);
        free(p->records[i].w);
    }
    free(p->records);
}

/* ---- looking */

const play_record *play_find(const play *p, int block, int64_t item)
{
    for (int i = 0; i < p->n_records; i++)
        if (p->records[i].block == block && p->records[i].item == item)
            return &p->records[i];
    return NULL;
}

uint64_t play_digest_of(const void *data, size_t bytes, uint64_t seed)
{
    const unsigned char *at = data;
    uint64_t digest = seed ^ 0xcbf29ce484222325u; /* FNV-1a */

    for (size_t i = 0; i < bytes; i++)
        digest = (digest ^ at[i]) * 0x100000001b3u;
    return digest;
}

/* Field by field: what lies between the fields is anything. */
uint64_t play_digest_of_report(const sidle_report *r, uint64_t seed)
{
    const int64_t counts[] = {r->is_eval,   r->item,      r->items,
                              r->n_targets, r->n_correct, r->bad,
                              r->updates,   r->n_clips,   r->n_clips_correct};
    const double reals[] = {r->sum, r->z, r->factor, r->grad_norm};

    _Static_assert(sizeof(counts) + sizeof(reals) + sizeof(r->busy) ==
                       sizeof(sidle_report),
                   "a report has other fields");
    seed = play_digest_of(counts, sizeof(counts), seed);
    return play_digest_of(reals, sizeof(reals), seed);
}

uint64_t play_digest(const play *p)
{
    uint64_t mine = 0, all = 0;

    for (int i = 0; i < n_blocks_of(p->runner); i++) {
        const sidle_block *b = block_of(p->runner, i);

        mine +=
            play_digest_of(sidle_block_weights(b),
                           b->weights * sizeof(sidle_real), (uint64_t)b->index);
    }
    SIDLE_MPI(
        MPI_Allreduce(&mine, &all, 1, MPI_UINT64_T, MPI_SUM, p->comm.comm));
    return all;
}

int play_first_ranks(const sidle_comm *all, int n, sidle_comm *some)
{
    int is_in = all->rank < n;

    *some = *all;
    SIDLE_MPI(MPI_Comm_split(all->comm, is_in ? 0 : MPI_UNDEFINED, all->rank,
                             &some->comm));
    some->size = n;
    return is_in;
}
