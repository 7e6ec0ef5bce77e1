/* state_list.c - the names, shapes and places of all arrays of a run's state.
 *
 * Messages in flight stand with the block that receives them: the gradients of
 * a chain as gradient_0, .. of /pipeline/block_NNN. Where a plan has skips,
 * those of its edge MMM, skip or not, are edge_MMM/gradient_0, .. and, since at
 * a boundary activations may be in flight, too, edge_MMM/activation_0, .. of
 * the block that receives them. */
#include "mpi/layout.h"
#include "mpi/state_inside.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

static sidle_array *add_entry(sidle_state *state, sidle_dtype type, int n_dims,
                              const int64_t *dims, int owner, void *data)
{
    sidle_array *entry;

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

/* Calls `add` for each parameter of the model, in model order. */
static void for_each_param(sidle_runner *runner,
                           void (*add)(sidle_runner *, int block,
                                       const sidle_param *, ptrdiff_t offset))
{
    const sidle_partition *partition = runner->config.partition;

    for (int b = 1; b <= partition->n_blocks; b++) {
        const sidle_station *s = sidle_runner_station(runner, b);

        for (int l = partition->first[b - 1]; l < partition->first[b]; l++) {
            const sidle_layer *layer = &runner->config.model->layers[l];

            for (int p = 0; p < layer->n_params; p++)
                add(runner, b, &layer->params[p],
                    s == NULL ? 0 : sidle_block_param_offset(s->block, l, p));
        }
    }
}

/* An array of the true shape of a parameter. */
static sidle_array *add_param(sidle_runner *runner, int block,
                              const sidle_param *param, void *data)
{
    int64_t dims[4];

    for (int i = 0; i < param->n_dims; i++)
        dims[i] = param->dims[i];
    return add_entry(runner->state, SIDLE_F32, param->n_dims, dims,
                     sidle_runner_owner(runner, 0, block), data);
}

static void add_weights(sidle_runner *runner, int block,
                        const sidle_param *param, ptrdiff_t offset)
{
    const sidle_station *s = sidle_runner_station(runner, block);
    sidle_array *entry =
        add_param(runner, block, param,
                  s == NULL ? NULL : sidle_block_weights(s->block) + offset);

    sidle_text_format(entry->path, sizeof(entry->path), "/model/%s",
                      param->name);
}

static void add_optimizer(sidle_runner *runner, int block,
                          const sidle_param *param, ptrdiff_t offset)
{
    const sidle_optim_config *optim = runner->config.optim;
    const sidle_station *s = sidle_runner_station(runner, block);
    const sidle_segment segment = sidle_layout_segment(param, 0);

    for (int i = 0; i < sidle_optim_n_states(optim); i++) {
        sidle_array *entry;

        if (!sidle_optim_has_state(optim, i, &segment))
            continue;
        entry = add_param(runner, block, param,
                          s == NULL ? NULL : s->optim->state[i] + offset);
        sidle_text_format(entry->path, sizeof(entry->path), "/optimizer/%s/%s",
                          param->name, sidle_optim_state_name(optim, i));
    }
}

/* One array that all replicas of a block have alike. */
static sidle_array *add_common(sidle_runner *runner, int block,
                               const char *name, sidle_dtype type, int64_t rows,
                               int64_t cols, void *data)
{
    const int64_t dims[2] = {rows, cols};
    sidle_array *entry =
        add_entry(runner->state, type, cols == 0 ? 1 : 2, dims,
                  sidle_runner_owner(runner, 0, block),
                  sidle_runner_station(runner, block) == NULL ? NULL : data);

    sidle_text_format(entry->path, sizeof(entry->path),
                      "/pipeline/block_%03d/%s", block, name);
    return entry;
}

/* One array of a block's part of the pipeline, of the listed replica. */
static sidle_array *add_part(sidle_runner *runner, int block, const char *name,
                             sidle_dtype type, int64_t rows, int64_t cols,
                             void *data)
{
    int replica = runner->state->replica;
    sidle_array *entry =
        add_common(runner, block, name, type, rows, cols, data);

    entry->owner = sidle_runner_owner(runner, replica, block);
    /* Every rank lists all arrays in one order; only the owner has the data. */
    if (replica != runner->replica)
        entry->data = NULL;
    if (replica > 0)
        sidle_text_format(entry->path, sizeof(entry->path),
                          "/pipeline/replica_%03d/block_%03d/%s", replica,
                          block, name);
    return entry;
}

/* Reals of what skips bring to a block, every piece padded. */
static int64_t sides_of(const sidle_runner *runner, int block)
{
    const sidle_runner_config *config = &runner->config;
    size_t n = 0;

    for (int i = 1, e; (e = sidle_plan_in_edge(config->plan, block, i)) >= 0;
         i++)
        n += sidle_layout_padded(config, e);
    return (int64_t)n;
}

static void add_slot(sidle_runner *runner, int block, int k)
{
    static sidle_slot nothing;
    const sidle_station *s = sidle_runner_station(runner, block);
    const sidle_slot *slot = s == NULL ? &nothing : &s->block->slots[k];
    int64_t rows = runner->config.model->rows;
    char name[64];

    sidle_text_format(name, sizeof(name), "slot_%d/item", k);
    add_part(runner, block, name, SIDLE_I64, N_SLOT, 0,
             s == NULL ? NULL : runner->state->of[s - runner->stations].slot[k])
        ->words = &sidle_slot_words;
    sidle_text_format(name, sizeof(name), "slot_%d/length", k);
    add_part(runner, block, name, SIDLE_I32, rows, 0, slot->length);
    sidle_text_format(name, sizeof(name), "slot_%d/clip", k);
    add_part(runner, block, name, SIDLE_I64, rows, 0, slot->clip);
    if (block == 1)
        return; /* its input comes from the data source */
    sidle_text_format(name, sizeof(name), "slot_%d/x", k);
    add_part(runner, block, name, SIDLE_F32, rows,
             (int64_t)first_layer(runner, block)->in / rows, slot->x);
    if (sides_of(runner, block) == 0)
        return;
    sidle_text_format(name, sizeof(name), "slot_%d/sides", k);
    add_part(runner, block, name, SIDLE_F32, sides_of(runner, block), 0,
             slot->sides);
}

/* A gradient as four arrays; the last block's has no payload. */
static void add_gradient(sidle_runner *runner, int block, const char *name,
                         int64_t *item, int32_t *length, int64_t *clip,
                         float *payload)
{
    int64_t rows = runner->config.model->rows;
    char path[64];

    sidle_text_format(path, sizeof(path), "%s/item", name);
    add_part(runner, block, path, SIDLE_I64, N_GRADIENT, 0, item)->words =
        &sidle_gradient_words;
    sidle_text_format(path, sizeof(path), "%s/length", name);
    add_part(runner, block, path, SIDLE_I32, rows, 0, length);
    sidle_text_format(path, sizeof(path), "%s/clip", name);
    add_part(runner, block, path, SIDLE_I64, rows, 0, clip);
    if (block == runner->config.plan->n_blocks)
        return;
    sidle_text_format(path, sizeof(path), "%s/payload", name);
    add_part(runner, block, path, SIDLE_F32, rows,
             (int64_t)first_layer(runner, block + 1)->in / rows, payload);
}

/* Message i in flight to a block, of a plan with skips. */
static void add_flight(sidle_runner *runner, int block, int i, copies *of)
{
    const sidle_runner_config *config = &runner->config;
    int64_t rows = config->model->rows;
    int is_here = sidle_runner_station(runner, block) != NULL;
    sidle_flight f = {0};
    char name[32], path[64];

    sidle_flight_at(config->plan, block, i, &f);
    if (is_here)
        f = of->flights[i];
    sidle_flight_name(&f, name, sizeof(name));
    sidle_text_format(path, sizeof(path), "%s/item", name);
    add_part(runner, block, path, SIDLE_I64, N_FLIGHT, 0,
             is_here ? of->flights[i].words : NULL)
        ->words = &sidle_flight_words;
    sidle_text_format(path, sizeof(path), "%s/length", name);
    add_part(runner, block, path, SIDLE_I32, rows, 0, f.length);
    sidle_text_format(path, sizeof(path), "%s/clip", name);
    add_part(runner, block, path, SIDLE_I64, rows, 0, f.clip);
    sidle_text_format(path, sizeof(path), "%s/payload", name);
    add_part(runner, block, path, SIDLE_F32, rows,
             (int64_t)sidle_layout_payload(config, f.edge) / rows, f.payload);
}

static void add_stash(sidle_runner *runner, int block, int k, copies *of)
{
    static const sidle_gradient nothing;
    const sidle_station *s = sidle_runner_station(runner, block);
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

/* A run that does not predict reads the version into memory of its own. */
static void add_predicted(sidle_runner *runner, int block, copies *of,
                          int64_t n)
{
    const sidle_station *s = sidle_runner_station(runner, block);
    sidle_real *place = NULL;

    if (s != NULL && s->block->truth != NULL) {
        place = s->block->w[s->block->version];
    } else if (s != NULL) {
        if (of->predicted == NULL)
            of->predicted = calloc((size_t)n, sizeof(*of->predicted));
        SIDLE_CHECK(of->predicted != NULL, "no memory for a prediction");
        place = of->predicted;
    }
    add_common(runner, block, "predicted", SIDLE_F32, n, 0, place);
}

/* Weights besides the newest, which all replicas have alike. */
static void add_versions(sidle_runner *runner, int block, copies *of, int64_t n)
{
    const sidle_station *s = sidle_runner_station(runner, block);
    char name[64];

    for (int k = 0; k < n_older(runner, block); k++) {
        sidle_text_format(name, sizeof(name), "weights_%d", k);
        add_common(runner, block, name, SIDLE_F32, n, 0,
                   s == NULL ? NULL : older_version(s->block, k));
    }
    if (is_predicted(runner, block))
        add_predicted(runner, block, of, n);
}

/* All replicas have it alike. */
static void add_report(sidle_runner *runner, int block, copies *of)
{
    const sidle_plan *plan = runner->config.plan;
    sidle_array *entry;

    if (block != plan->n_blocks || !plan->schedule->is_flushed)
        return;
    entry = add_common(runner, block, "report", SIDLE_F64, N_TOLD, 0, of->told);
    entry->is_optional = 1;
    entry->words = &sidle_told_words;
}

static void add_block(sidle_runner *runner, int block)
{
    static copies nothing;
    const sidle_station *s = sidle_runner_station(runner, block);
    copies *of =
        s == NULL ? &nothing : &runner->state->of[s - runner->stations];
    int64_t n = weights_of(runner, block);
    char name[64];

    SIDLE_CHECK(s == NULL || n == (int64_t)s->block->weights,
                "block %d has %zu weights, its layers %lld", block,
                s->block->weights, (long long)n);
    add_part(runner, block, "counters", SIDLE_I64, N_COUNTERS, 0, of->counters)
        ->words = &sidle_counter_words;
    add_part(runner, block, "scalars", SIDLE_F64, N_SCALARS, 0, of->scalars)
        ->words = &sidle_scalar_words;
    if (runner->state->replica == 0)
        add_report(runner, block, of);
    add_part(runner, block, "grad", SIDLE_F32, n, 0,
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
    for (int i = 0; i < sidle_flights_count(runner->config.plan, block); i++)
        add_flight(runner, block, i, of);
    for (int k = 0; k < n_waiting(runner, block); k++)
        add_stash(runner, block, k, of);
}

void sidle_state_list(sidle_runner *runner)
{
    runner->state->n_entries = 0;
    sidle_state_name_kinds();
    for_each_param(runner, add_weights);
    for_each_param(runner, add_optimizer);
    for (int r = 0; r < runner->config.n_replicas; r++) {
        runner->state->replica = r;
        for (int b = 1; b <= runner->config.plan->n_blocks; b++)
            add_block(runner, b);
    }
}
