/* state.c - the state of a run at a cut as a list of named arrays.
 *
 *   /model/<name>                 newest weights, true shape
 *   /optimizer/<name>/<state>     the optimizer's arrays
 *   /pipeline/block_<i>/counters  (enum below); scalars; grad: a partial sum
 *     slot_<k>/{item,length,clip,x}             a kept activation
 *     weights_<k>                               an older version still in use
 *     predicted                                 the newest version, where
 *                                               versions are predictions
 *     gradient_<k>/{item,length,clip,payload}   on its way from block i + 1
 *     stash_<k>/{item,length,clip,payload}      waits for its weight gradient;
 *                                               where a schedule lets it wait
 *
 * The replicas from 1 on have theirs in /pipeline/replica_<r>/block_<i>/; older
 * weights, and what is not below /pipeline, all have alike: it is there once.
 *
 * Paths and shapes follow from model and plan alone, whatever is in use at the
 * moment; what is not in use is zero. Tokens and labels are not kept: the data
 * source gives them again. Neither are caches: a kept activation runs forward
 * again, with the weights that its item used, before its gradient is taken, and
 * a gradient that waits goes through the block again. */
#include "mpi/forecast.h"
#include "mpi/station.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

enum {
    C_ITEM,
    C_BACKWARDS,
    C_UPDATES,
    C_STAMP,
    C_VERSION,
    C_N_VALID,
    C_OPTIM_KIND,
    C_OPTIM_UPDATES,
    C_LOG_ITEMS,
    C_LOG_TARGETS,
    C_LOG_CORRECT,
    N_COUNTERS
};

enum { D_PRODUCT, D_FACTOR, D_GRAD_NORM, D_LOG_NATS, D_LOG_Z, N_SCALARS };

enum { S_ITEM, S_IS_USED, S_STAMP, S_VERSION, N_SLOT };

enum { G_ITEM, G_IS_THERE, G_IS_VALID, N_GRADIENT };

enum { MAX_ON_THEIR_WAY = 2 }; /* what a link holds */

/* Copies of what is not an array in a block, one a station. */
typedef struct copies {
    int64_t counters[N_COUNTERS];
    double scalars[N_SCALARS];
    int64_t (*slot)[N_SLOT];      /* (kept slots) */
    int64_t (*stash)[N_GRADIENT]; /* (stashes that are saved) */
    int64_t gradient[MAX_ON_THEIR_WAY][N_GRADIENT];
    int32_t *length[MAX_ON_THEIR_WAY];
    int64_t *clip[MAX_ON_THEIR_WAY];
    float *payload[MAX_ON_THEIR_WAY];
    sidle_arena *arena;
    float *predicted; /* (weights) of a run that predicted, to be read here */
} copies;

struct sidle_state {
    copies *of; /* (n_stations) */
    int n_stations;
    sidle_state_entry *entries;
    int n_entries, capacity;
    int replica; /* whose part of the pipeline is being listed */
};

static void free_copies(copies *of)
{
    sidle_arena_free(of->arena);
    free(of->predicted);
}

void sidle_state_free(sidle_state *state)
{
    if (state == NULL)
        return;
    for (int i = 0; state->of != NULL && i < state->n_stations; i++)
        free_copies(&state->of[i]);
    free(state->of);
    free(state->entries);
    free(state);
}

/* ---- what a plan says of any block, owned or not */

static int n_kept(const sidle_runner *runner, int block)
{
    return sidle_plan_slots(runner->config.plan, block);
}

/* Gradients that may wait at a cut; where none waits, none is saved. */
static int stashes_saved(const sidle_plan *plan, int block)
{
    return sidle_plan_deferral(plan, block) > 0
               ? sidle_plan_stashes(plan, block)
               : 0;
}

static int n_waiting(const sidle_runner *runner, int block)
{
    return stashes_saved(runner->config.plan, block);
}

static int n_older(const sidle_runner *runner, int block)
{
    return sidle_plan_versions(runner->config.plan, block) - 1;
}

/* The most gradients that can be on their way to a block at a cut. */
static int most_on_their_way(const sidle_plan *plan, int block)
{
    int n;

    if (block == plan->n_blocks)
        return 0;
    n = sidle_plan_head_start(plan, block) -
        sidle_plan_head_start(plan, block + 1);
    SIDLE_CHECK(n <= MAX_ON_THEIR_WAY, "%d gradients on their way at a cut", n);
    return n;
}

static int n_on_their_way(const sidle_runner *runner, int block)
{
    return most_on_their_way(runner->config.plan, block);
}

static const sidle_layer *first_layer(const sidle_runner *runner, int block)
{
    return &runner->config.model
                ->layers[runner->config.partition->first[block - 1]];
}

/* Whether the list has a block's newest version as a prediction. */
static int is_predicted(const sidle_runner *runner, int block)
{
    return runner->is_predicted &&
           sidle_plan_delay(runner->config.plan, block) > 0.0;
}

/* ---- memory */

size_t sidle_copies_bytes(const sidle_model *model,
                          const sidle_partition *partition,
                          const sidle_plan *plan, int block)
{
    static const copies of;
    size_t rows = (size_t)model->rows;
    size_t slots = (size_t)sidle_plan_slots(plan, block) * sizeof(*of.slot);
    size_t stashes = (size_t)stashes_saved(plan, block) * sizeof(*of.stash);
    size_t payload =
        model->layers[partition->first[block] - 1].out * sizeof(*of.payload[0]);

    return sidle_arena_round(slots) + sidle_arena_round(stashes) +
           (size_t)most_on_their_way(plan, block) *
               (sidle_arena_round(rows * sizeof(*of.length[0])) +
                sidle_arena_round(rows * sizeof(*of.clip[0])) +
                sidle_arena_round(payload));
}

static sidle_status open_copies(const sidle_runner *runner, copies *of,
                                const sidle_block *block)
{
    size_t rows = (size_t)block->rows;
    size_t slots = (size_t)n_kept(runner, block->index) * sizeof(*of->slot);
    size_t stashes =
        (size_t)n_waiting(runner, block->index) * sizeof(*of->stash);
    size_t lengths = rows * sizeof(int32_t), clips = rows * sizeof(int64_t);
    size_t payload = block->out * sizeof(float);
    int n = n_on_their_way(runner, block->index);

    SIDLE_TRY(sidle_arena_new(
        "a checkpoint's copies",
        sidle_copies_bytes(runner->config.model, runner->config.partition,
                           runner->config.plan, block->index),
        &of->arena));
    of->slot = sidle_arena_take(of->arena, slots);
    of->stash = sidle_arena_take(of->arena, stashes);
    for (int k = 0; k < n; k++) {
        of->length[k] = sidle_arena_take(of->arena, lengths);
        of->clip[k] = sidle_arena_take(of->arena, clips);
        of->payload[k] = sidle_arena_take(of->arena, payload);
    }
    return SIDLE_OK;
}

static sidle_status open_state(sidle_runner *runner)
{
    sidle_state *state = calloc(1, sizeof(*state));

    if (state == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for a checkpoint");
    runner->state = state;
    state->n_stations = runner->n_stations;
    state->of = calloc((size_t)state->n_stations, sizeof(*state->of));
    if (state->of == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for a checkpoint");
    for (int i = 0; i < state->n_stations; i++)
        SIDLE_TRY(
            open_copies(runner, &state->of[i], runner->stations[i].block));
    return SIDLE_OK;
}

/* ---- saving: copy, and clear what is not in use */

static void copy_numbers(const sidle_station *s, copies *of)
{
    const sidle_report *sum = &s->training;

    of->counters[C_ITEM] = s->cursor.forwards;
    of->counters[C_BACKWARDS] = s->cursor.backwards;
    of->counters[C_UPDATES] = s->updates;
    of->counters[C_STAMP] = s->block->stamp;
    of->counters[C_VERSION] = s->block->version;
    of->counters[C_N_VALID] = s->n_valid;
    of->counters[C_OPTIM_KIND] = (int64_t)s->optim->config.kind;
    of->counters[C_OPTIM_UPDATES] = s->optim->updates;
    of->counters[C_LOG_ITEMS] = sum->items;
    of->counters[C_LOG_TARGETS] = sum->n_targets;
    of->counters[C_LOG_CORRECT] = sum->n_correct;
    of->scalars[D_PRODUCT] = s->optim->product;
    of->scalars[D_FACTOR] = s->factor;
    of->scalars[D_GRAD_NORM] = s->grad_norm;
    of->scalars[D_LOG_NATS] = sum->nats;
    of->scalars[D_LOG_Z] = sum->z;
}

static void clear_slot(const sidle_block *block, sidle_slot *slot)
{
    size_t rows = (size_t)block->rows;

    memset(slot->length, 0, rows * sizeof(*slot->length));
    memset(slot->clip, 0, rows * sizeof(*slot->clip));
    if (slot->x != NULL)
        memset(slot->x, 0, block->in * sizeof(*slot->x));
}

static void copy_slots(const sidle_runner *runner, sidle_block *block,
                       copies *of)
{
    for (int k = 0; k < n_kept(runner, block->index); k++) {
        sidle_slot *slot = &block->slots[k];

        memset(of->slot[k], 0, sizeof(of->slot[k]));
        if (slot->is_used) {
            of->slot[k][S_ITEM] = slot->item.number;
            of->slot[k][S_IS_USED] = 1;
            of->slot[k][S_STAMP] = slot->stamp;
            of->slot[k][S_VERSION] = slot->version;
        } else {
            clear_slot(block, slot);
        }
    }
}

static void copy_stashes(const sidle_runner *runner, sidle_station *s,
                         copies *of)
{
    size_t rows = (size_t)s->block->rows;

    for (int k = 0; k < n_waiting(runner, s->block->index); k++) {
        sidle_gradient *g = &s->gradients[k];
        int is_there =
            g->item > s->cursor.weights && g->item <= s->cursor.backwards;

        of->stash[k][G_ITEM] = is_there ? g->item : 0;
        of->stash[k][G_IS_THERE] = is_there;
        of->stash[k][G_IS_VALID] = is_there && g->is_valid;
        if (!is_there) {
            memset(g->length, 0, rows * sizeof(*g->length));
            memset(g->clip, 0, rows * sizeof(*g->clip));
        }
        if (g->dy != NULL && !of->stash[k][G_IS_VALID])
            memset(g->dy, 0, s->block->out * sizeof(*g->dy));
    }
}

static void clear_versions(sidle_block *block)
{
    for (int v = 0; v < block->n_versions; v++) {
        int is_used = v == block->version;

        for (int k = 0; k < block->n_slots; k++)
            is_used |= block->slots[k].is_used && block->slots[k].version == v;
        if (!is_used)
            memset(block->w[v], 0, block->weights * sizeof(sidle_real));
    }
}

static void copy_gradients(const sidle_runner *runner, const sidle_station *s,
                           copies *of)
{
    size_t rows = (size_t)s->block->rows;

    for (int k = 0; k < n_on_their_way(runner, s->block->index); k++) {
        sidle_message m;

        memset(of->gradient[k], 0, sizeof(of->gradient[k]));
        memset(of->length[k], 0, rows * sizeof(*of->length[k]));
        memset(of->clip[k], 0, rows * sizeof(*of->clip[k]));
        memset(of->payload[k], 0, s->block->out * sizeof(*of->payload[k]));
        if (!sidle_link_peek(s->right, SIDLE_LEFT, k, &m))
            continue;
        of->gradient[k][G_ITEM] = m.header->item;
        of->gradient[k][G_IS_THERE] = 1;
        memcpy(of->length[k], m.length, rows * sizeof(*m.length));
        memcpy(of->clip[k], m.clip, rows * sizeof(*m.clip));
        if (!(m.header->flags & SIDLE_MSG_VALID))
            continue;
        of->gradient[k][G_IS_VALID] = 1;
        memcpy(of->payload[k], m.payload, s->block->out * sizeof(*m.payload));
    }
}

/* ---- the list */

static sidle_state_entry *add_entry(sidle_state *state, char type, int n_dims,
                                    const int64_t *dims, int owner, void *data)
{
    sidle_state_entry *entry;

    if (state->n_entries == state->capacity) {
        int capacity = 2 * state->capacity + 64;

        state->entries =
            realloc(state->entries, (size_t)capacity * sizeof(*state->entries));
        SIDLE_CHECK(state->entries != NULL, "no memory for a checkpoint");
        state->capacity = capacity;
    }
    entry = &state->entries[state->n_entries++];
    memset(entry, 0, sizeof(*entry));
    entry->type = type;
    entry->n_dims = n_dims;
    memcpy(entry->dims, dims, (size_t)n_dims * sizeof(*dims));
    entry->owner = owner;
    entry->data = data;
    return entry;
}

/* The station of a block; NULL: another rank's. */
static sidle_station *station_of(const sidle_runner *runner, int block)
{
    int i = block - runner->first_block;

    return i >= 0 && i < runner->n_stations ? &runner->stations[i] : NULL;
}

/* Calls `add` for each parameter of the model, in model order. */
static void for_each_param(sidle_runner *runner,
                           void (*add)(sidle_runner *, int block,
                                       const sidle_param *, ptrdiff_t offset))
{
    const sidle_partition *partition = runner->config.partition;

    for (int b = 1; b <= partition->n_blocks; b++) {
        const sidle_station *s = station_of(runner, b);

        for (int l = partition->first[b - 1]; l < partition->first[b]; l++) {
            const sidle_layer *layer = &runner->config.model->layers[l];

            for (int p = 0; p < layer->n_params; p++)
                add(runner, b, &layer->params[p],
                    s == NULL ? 0 : sidle_block_param_offset(s->block, l, p));
        }
    }
}

static void add_weights(sidle_runner *runner, int block,
                        const sidle_param *param, ptrdiff_t offset)
{
    const sidle_station *s = station_of(runner, block);
    const int64_t dims[2] = {param->dims[0], param->dims[1]};
    sidle_state_entry *entry =
        add_entry(runner->state, 'f', param->n_dims, dims,
                  sidle_runner_owner(runner, 0, block),
                  s == NULL ? NULL : sidle_block_weights(s->block) + offset);

    sidle_text_format(entry->path, sizeof(entry->path), "/model/%s",
                      param->name);
}

static void add_optimizer(sidle_runner *runner, int block,
                          const sidle_param *param, ptrdiff_t offset)
{
    const sidle_optim_config *optim = runner->config.optim;
    const sidle_station *s = station_of(runner, block);
    const int64_t dims[2] = {param->dims[0], param->dims[1]};
    const sidle_segment segment = {.rows = param->dims[0],
                                   .cols =
                                       param->n_dims == 2 ? param->dims[1] : 1,
                                   .n_dims = param->n_dims,
                                   .is_matrix = param->is_matrix};

    for (int i = 0; i < sidle_optim_n_states(optim); i++) {
        sidle_state_entry *entry;

        if (!sidle_optim_has_state(optim, i, &segment))
            continue;
        entry = add_entry(runner->state, 'f', param->n_dims, dims,
                          sidle_runner_owner(runner, 0, block),
                          s == NULL ? NULL : s->optim->state[i] + offset);
        sidle_text_format(entry->path, sizeof(entry->path), "/optimizer/%s/%s",
                          param->name, sidle_optim_state_name(optim, i));
    }
}

/* One array that all replicas of a block have alike. */
static sidle_state_entry *add_common(sidle_runner *runner, int block,
                                     const char *name, char type, int64_t rows,
                                     int64_t cols, void *data)
{
    const int64_t dims[2] = {rows, cols};
    sidle_state_entry *entry =
        add_entry(runner->state, type, cols == 0 ? 1 : 2, dims,
                  sidle_runner_owner(runner, 0, block),
                  station_of(runner, block) == NULL ? NULL : data);

    sidle_text_format(entry->path, sizeof(entry->path),
                      "/pipeline/block_%03d/%s", block, name);
    return entry;
}

/* One array of a block's part of the pipeline, of the listed replica. */
static void add_part(sidle_runner *runner, int block, const char *name,
                     char type, int64_t rows, int64_t cols, void *data)
{
    int replica = runner->state->replica;
    sidle_state_entry *entry =
        add_common(runner, block, name, type, rows, cols, data);

    entry->owner = sidle_runner_owner(runner, replica, block);
    if (replica != runner->replica)
        entry->data = NULL;
    if (replica > 0)
        sidle_text_format(entry->path, sizeof(entry->path),
                          "/pipeline/replica_%03d/block_%03d/%s", replica,
                          block, name);
}

static void add_slot(sidle_runner *runner, int block, int k)
{
    static sidle_slot nothing;
    const sidle_station *s = station_of(runner, block);
    const sidle_slot *slot = s == NULL ? &nothing : &s->block->slots[k];
    int64_t rows = runner->config.model->rows;
    char name[64];

    sidle_text_format(name, sizeof(name), "slot_%d/item", k);
    add_part(runner, block, name, 'l', N_SLOT, 0,
             s == NULL ? NULL
                       : runner->state->of[s - runner->stations].slot[k]);
    sidle_text_format(name, sizeof(name), "slot_%d/length", k);
    add_part(runner, block, name, 'i', rows, 0, slot->length);
    sidle_text_format(name, sizeof(name), "slot_%d/clip", k);
    add_part(runner, block, name, 'l', rows, 0, slot->clip);
    if (block == 1)
        return; /* its input comes from the data source */
    sidle_text_format(name, sizeof(name), "slot_%d/x", k);
    add_part(runner, block, name, 'f', rows,
             (int64_t)first_layer(runner, block)->in / rows, slot->x);
}

/* A gradient as four arrays; the last block's has no payload. */
static void add_gradient(sidle_runner *runner, int block, const char *name,
                         int64_t *item, int32_t *length, int64_t *clip,
                         float *payload)
{
    int64_t rows = runner->config.model->rows;
    char path[64];

    sidle_text_format(path, sizeof(path), "%s/item", name);
    add_part(runner, block, path, 'l', N_GRADIENT, 0, item);
    sidle_text_format(path, sizeof(path), "%s/length", name);
    add_part(runner, block, path, 'i', rows, 0, length);
    sidle_text_format(path, sizeof(path), "%s/clip", name);
    add_part(runner, block, path, 'l', rows, 0, clip);
    if (block == runner->config.plan->n_blocks)
        return;
    sidle_text_format(path, sizeof(path), "%s/payload", name);
    add_part(runner, block, path, 'f', rows,
             (int64_t)first_layer(runner, block + 1)->in / rows, payload);
}

static void add_stash(sidle_runner *runner, int block, int k, copies *of)
{
    static const sidle_gradient nothing;
    const sidle_station *s = station_of(runner, block);
    const sidle_gradient *g = s == NULL ? &nothing : &s->gradients[k];
    char name[32];

    sidle_text_format(name, sizeof(name), "stash_%d", k);
    add_gradient(runner, block, name, s == NULL ? NULL : of->stash[k],
                 g->length, g->clip, g->dy);
}

static int64_t weights_of(const sidle_runner *runner, int block)
{
    const sidle_partition *partition = runner->config.partition;
    int64_t n = 0;

    for (int l = partition->first[block - 1]; l < partition->first[block]; l++)
        n += (int64_t)runner->config.model->layers[l].weights;
    return n;
}

/* Places of older versions, in their order, the newest left out. */
static sidle_real *older_version(const sidle_block *block, int k)
{
    return block->w[k < block->version ? k : k + 1];
}

/* A run that does not predict reads the version into memory of its own. */
static void add_predicted(sidle_runner *runner, int block, copies *of,
                          int64_t n)
{
    const sidle_station *s = station_of(runner, block);
    sidle_real *place = NULL;

    if (s != NULL && s->block->truth != NULL) {
        place = s->block->w[s->block->version];
    } else if (s != NULL) {
        if (of->predicted == NULL)
            of->predicted = calloc((size_t)n, sizeof(*of->predicted));
        SIDLE_CHECK(of->predicted != NULL, "no memory for a prediction");
        place = of->predicted;
    }
    add_common(runner, block, "predicted", 'f', n, 0, place);
}

/* Weights besides the newest, which all replicas have alike. */
static void add_versions(sidle_runner *runner, int block, copies *of, int64_t n)
{
    const sidle_station *s = station_of(runner, block);
    char name[64];

    for (int k = 0; k < n_older(runner, block); k++) {
        sidle_text_format(name, sizeof(name), "weights_%d", k);
        add_common(runner, block, name, 'f', n, 0,
                   s == NULL ? NULL : older_version(s->block, k));
    }
    if (is_predicted(runner, block))
        add_predicted(runner, block, of, n);
}

static void add_block(sidle_runner *runner, int block)
{
    static copies nothing;
    const sidle_station *s = station_of(runner, block);
    copies *of =
        s == NULL ? &nothing : &runner->state->of[s - runner->stations];
    int64_t n = weights_of(runner, block);
    char name[64];

    SIDLE_CHECK(s == NULL || n == (int64_t)s->block->weights,
                "block %d has %zu weights, its layers %lld", block,
                s->block->weights, (long long)n);
    add_part(runner, block, "counters", 'l', N_COUNTERS, 0, of->counters);
    add_part(runner, block, "scalars", 'd', N_SCALARS, 0, of->scalars);
    add_part(runner, block, "grad", 'f', n, 0,
             s == NULL ? NULL : s->block->grad);
    for (int k = 0; k < n_kept(runner, block); k++)
        add_slot(runner, block, k);
    if (runner->state->replica == 0)
        add_versions(runner, block, of, n);
    for (int k = 0; k < n_on_their_way(runner, block); k++) {
        sidle_text_format(name, sizeof(name), "gradient_%d", k);
        add_gradient(runner, block, name, of->gradient[k], of->length[k],
                     of->clip[k], of->payload[k]);
    }
    for (int k = 0; k < n_waiting(runner, block); k++)
        add_stash(runner, block, k, of);
}

void sidle_runner_expect(sidle_runner *runner, int is_predicted_there)
{
    runner->is_predicted = is_predicted_there;
}

void sidle_runner_state(sidle_runner *runner, sidle_state_entry **entries_p,
                        int *n_entries_p)
{
    if (runner->state == NULL && open_state(runner) != SIDLE_OK)
        SIDLE_DIE(SIDLE_EINTERNAL, "%s", sidle_fail_text());
    for (int i = 0; i < runner->n_stations; i++) {
        sidle_station *s = &runner->stations[i];

        copy_numbers(s, &runner->state->of[i]);
        copy_slots(runner, s->block, &runner->state->of[i]);
        copy_stashes(runner, s, &runner->state->of[i]);
        clear_versions(s->block);
        copy_gradients(runner, s, &runner->state->of[i]);
    }
    runner->state->n_entries = 0;
    for_each_param(runner, add_weights);
    for_each_param(runner, add_optimizer);
    for (int r = 0; r < runner->config.n_replicas; r++) {
        runner->state->replica = r;
        for (int b = 1; b <= runner->config.plan->n_blocks; b++)
            add_block(runner, b);
    }
    *entries_p = runner->state->entries;
    *n_entries_p = runner->state->n_entries;
}

/* ---- restoring */

static void restore_numbers(sidle_station *s, const copies *of)
{
    int is_same_rule =
        of->counters[C_OPTIM_KIND] == (int64_t)s->optim->config.kind;

    s->updates = of->counters[C_UPDATES];
    s->block->stamp = of->counters[C_STAMP];
    s->n_valid = of->counters[C_N_VALID];
    s->optim->updates = is_same_rule ? of->counters[C_OPTIM_UPDATES] : 0;
    s->optim->product = is_same_rule ? of->scalars[D_PRODUCT] : 1.0;
    s->factor = of->scalars[D_FACTOR];
    s->grad_norm = of->scalars[D_GRAD_NORM];
    s->training = (sidle_report){.items = of->counters[C_LOG_ITEMS],
                                 .n_targets = of->counters[C_LOG_TARGETS],
                                 .n_correct = of->counters[C_LOG_CORRECT],
                                 .nats = of->scalars[D_LOG_NATS],
                                 .z = of->scalars[D_LOG_Z]};
}

/* The arrays were read with the newest weights in place `from`; they belong in
 * place `to`, the others keep their order. */
static void move_newest(sidle_block *block, int from, int to)
{
    sidle_real *newest = block->w[from];

    for (; from < to; from++)
        block->w[from] = block->w[from + 1];
    for (; from > to; from--)
        block->w[from] = block->w[from - 1];
    block->w[to] = newest;
    block->version = to;
}

static void restore_slots(sidle_station *s, const copies *of)
{
    for (int k = 0; k < n_kept(s->runner, s->block->index); k++) {
        sidle_slot *slot = &s->block->slots[k];

        slot->is_used = of->slot[k][S_IS_USED] != 0;
        slot->version = (int)of->slot[k][S_VERSION];
        slot->stamp = -1; /* its forward is run before its gradient */
        if (slot->is_used)
            sidle_station_ask(s, slot, of->slot[k][S_ITEM], 0);
    }
}

/* The newest version is the weights where the run that is resumed did not
 * predict. Where it did and this one does not, what is in flight keeps that
 * version, and the weights are another. */
static void restore_prediction(sidle_station *s, copies *of)
{
    sidle_block *block = s->block;
    size_t bytes = block->weights * sizeof(sidle_real);
    int newest = block->version;

    if (block->truth != NULL && !s->runner->is_predicted)
        memcpy(block->w[newest], block->truth, bytes);
    if (of->predicted == NULL)
        return;
    if (sidle_block_begin_update(block) != block->w[newest])
        memcpy(block->w[newest], of->predicted, bytes);
    free(of->predicted);
    of->predicted = NULL;
}

static void restore_gradients(sidle_station *s, copies *of)
{
    for (int k = 0; k < n_on_their_way(s->runner, s->block->index); k++) {
        int is_valid = of->gradient[k][G_IS_VALID] != 0;
        sidle_header header = {.item = of->gradient[k][G_ITEM],
                               .flags = is_valid ? SIDLE_MSG_VALID : 0,
                               .busy = 1.0};
        sidle_message m = {&header, of->length[k], of->clip[k], of->payload[k]};

        if (of->gradient[k][G_IS_THERE])
            sidle_link_restore(s->right, SIDLE_LEFT, &m);
    }
}

static void restore_stashes(sidle_station *s, const copies *of)
{
    for (int k = 0; k < n_waiting(s->runner, s->block->index); k++) {
        s->gradients[k].item = of->stash[k][G_ITEM];
        s->gradients[k].is_valid = of->stash[k][G_IS_VALID] != 0;
        s->gradients[k].is_stashed = 0;
    }
}

/* Whether those gradients wait that the plan lets wait. */
static sidle_status check_stashes(const sidle_station *s, const copies *of,
                                  int64_t item)
{
    const sidle_plan *plan = s->runner->config.plan;
    int block = s->block->index;
    int64_t back = sidle_plan_backwards(plan, block, item);

    if (n_waiting(s->runner, block) == 0)
        return SIDLE_OK;
    for (int64_t i = sidle_plan_weight_grads(plan, block, item) + 1; i <= back;
         i++) {
        int64_t there = of->stash[sidle_plan_stash(plan, block, i)][G_ITEM];

        if (there != i)
            return sidle_fail(SIDLE_EDATA,
                              "block %d of the checkpoint holds back the "
                              "gradient of item %lld, expected item %lld",
                              block, (long long)there, (long long)i);
    }
    return SIDLE_OK;
}

/* Whether the arrays are of this item, and the pipe as this plan has it. */
static sidle_status check_numbers(const sidle_station *s, const copies *of,
                                  int64_t item)
{
    const sidle_block *block = s->block;
    int64_t version = of->counters[C_VERSION];
    int64_t back =
        sidle_plan_backwards(s->runner->config.plan, block->index, item);

    if (of->counters[C_ITEM] != item)
        return sidle_fail(SIDLE_EDATA,
                          "block %d of the checkpoint stands at item %lld, "
                          "expected %lld",
                          block->index, (long long)of->counters[C_ITEM],
                          (long long)item);
    if (of->counters[C_BACKWARDS] != back)
        return sidle_fail(
            SIDLE_EUSAGE,
            "block %d of the checkpoint has gradients of %lld of its %lld "
            "items, this run would have %lld: it was drained, or "
            "parallel.on_cut was another; go on from a step-* file with the "
            "same parallel.on_cut, or begin a new run with --init",
            block->index, (long long)of->counters[C_BACKWARDS], (long long)item,
            (long long)back);
    if (version < 0 || version >= block->n_versions)
        return sidle_fail(SIDLE_EDATA,
                          "block %d of the checkpoint uses version %lld of %d "
                          "of its weights",
                          block->index, (long long)version, block->n_versions);
    return SIDLE_OK;
}

static sidle_status restore_station(sidle_station *s, copies *of, int64_t item)
{
    SIDLE_TRY(check_numbers(s, of, item));
    SIDLE_TRY(check_stashes(s, of, item));
    restore_numbers(s, of);
    move_newest(s->block, s->block->version, (int)of->counters[C_VERSION]);
    restore_slots(s, of);
    restore_prediction(s, of);
    restore_gradients(s, of);
    restore_stashes(s, of);
    s->cut_flags = 0;
    sidle_cursor_seek(&s->cursor, s->runner->config.plan, s->block->index,
                      item);
    s->instr = sidle_cursor_next(&s->cursor);
    return SIDLE_OK;
}

sidle_status sidle_runner_restore(sidle_runner *runner, int64_t item)
{
    sidle_status st = SIDLE_OK;

    SIDLE_CHECK(runner->state != NULL, "there is nothing to restore from");
    for (int i = 0; i < runner->n_stations && st == SIDLE_OK; i++)
        st = restore_station(&runner->stations[i], &runner->state->of[i], item);
    runner->is_predicted = runner->config.optim->predict;
    /* Nobody sends before everybody's messages are back in place. */
    return sidle_agree(runner->config.comm, st);
}
