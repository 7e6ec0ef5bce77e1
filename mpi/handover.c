/* handover.c - weights, optimizer and counters from one runner to another. */
#include "mpi/handover.h"

#include "mpi/restore.h"
#include "mpi/state_inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of one broadcast: counts of MPI are int. */
enum { PIECE = 1 << 30 };

/* What a block counts for each of its layers. */
enum { L_UPDATES, L_OPTIM_KIND, L_OPTIM_UPDATES, N_LAYER_COUNTERS };
enum { L_PRODUCT, L_FACTOR, L_GRAD_NORM, N_LAYER_SCALARS };

/* An array of the old runner that this rank owned. */
typedef struct held {
    char path[sizeof(((sidle_array *)0)->path)];
    size_t bytes;
    void *data;
} held;

struct sidle_handover {
    held *arrays; /* (n_arrays), in the list's order */
    int n_arrays;
    int first_layer, n_layers;             /* of this rank in the old runner */
    int64_t (*counters)[N_LAYER_COUNTERS]; /* (n_layers) */
    double (*scalars)[N_LAYER_SCALARS];    /* (n_layers) */
    int has_report; /* it had the last block: sums since the last report */
    sidle_report report;
};

static int belongs_to_a_layer(const char *path)
{
    return strncmp(path, "/model/", 7) == 0 ||
           strncmp(path, "/optimizer/", 11) == 0;
}

/* ---- taking */

static sidle_status hold(sidle_handover *h, const sidle_array *entry)
{
    held *array = &h->arrays[h->n_arrays];

    *array = (held){.bytes = (size_t)sidle_array_bytes(entry)};
    memcpy(array->path, entry->path, sizeof(array->path));
    array->data = malloc(array->bytes);
    if (array->data == NULL)
        return sidle_fail(SIDLE_EINTERNAL,
                          "no memory for %zu bytes of '%s', which a drained "
                          "run hands over",
                          array->bytes, entry->path);
    memcpy(array->data, entry->data, array->bytes);
    h->n_arrays++;
    return SIDLE_OK;
}

static sidle_status hold_arrays(sidle_handover *h, sidle_runner *runner)
{
    sidle_array *entries;
    int n;

    sidle_runner_state(runner, &entries, &n);
    h->arrays = calloc((size_t)n, sizeof(*h->arrays));
    if (h->arrays == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for a list of arrays");
    for (int i = 0; i < n; i++)
        if (entries[i].owner == runner->comm.rank &&
            belongs_to_a_layer(entries[i].path))
            SIDLE_TRY(hold(h, &entries[i]));
    return SIDLE_OK;
}

static void count_layers(sidle_handover *h, const sidle_station *s)
{
    const sidle_block *block = s->block;

    for (int l = 0; l < block->n_layers; l++) {
        int at = block->first_layer + l - h->first_layer;

        h->counters[at][L_UPDATES] = s->updates;
        h->counters[at][L_OPTIM_KIND] = sidle_optim_rule(&s->optim->config);
        h->counters[at][L_OPTIM_UPDATES] = s->optim->updates;
        h->scalars[at][L_PRODUCT] = s->optim->product;
        h->scalars[at][L_FACTOR] = s->factor;
        h->scalars[at][L_GRAD_NORM] = s->grad_norm;
    }
}

static sidle_status hold_counters(sidle_handover *h, const sidle_runner *runner)
{
    const sidle_station *first = &runner->stations[0];
    const sidle_station *last = &runner->stations[runner->n_stations - 1];

    h->first_layer = first->block->first_layer;
    h->n_layers =
        last->block->first_layer + last->block->n_layers - h->first_layer;
    h->counters = calloc((size_t)h->n_layers, sizeof(*h->counters));
    h->scalars = calloc((size_t)h->n_layers, sizeof(*h->scalars));
    if (h->counters == NULL || h->scalars == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for counters");
    for (int i = 0; i < runner->n_stations; i++)
        count_layers(h, &runner->stations[i]);
    h->has_report = last->block->is_last;
    h->report = last->training;
    /* Without a flush a report tells the updates of its own moment, not those
     * of an item's forward (mpi/losses.c). */
    if (!runner->config.plan->schedule->is_flushed) {
        h->report.updates = last->updates;
        h->report.factor = last->factor;
        h->report.grad_norm = last->grad_norm;
    }
    return SIDLE_OK;
}

sidle_status sidle_handover_take(sidle_runner *runner,
                                 sidle_handover **handover_p)
{
    sidle_handover *h = calloc(1, sizeof(*h));
    sidle_status status = SIDLE_OK;

    if (h == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for a handover");
    if (runner != NULL) {
        status = hold_arrays(h, runner);
        if (status == SIDLE_OK)
            status = hold_counters(h, runner);
    }
    if (status != SIDLE_OK) {
        sidle_handover_free(h);
        return status;
    }
    *handover_p = h;
    return SIDLE_OK;
}

void sidle_handover_free(sidle_handover *handover)
{
    if (handover == NULL)
        return;
    for (int i = 0; i < handover->n_arrays; i++)
        free(handover->arrays[i].data);
    free(handover->arrays);
    free(handover->counters);
    free(handover->scalars);
    free(handover);
}

/* ---- giving */

static const held *find(const sidle_handover *h, const char *path)
{
    for (int i = 0; i < h->n_arrays; i++)
        if (strcmp(h->arrays[i].path, path) == 0)
            return &h->arrays[i];
    return NULL;
}

/* The rank that holds each array, -1 where nobody does. */
static int *find_holders(const sidle_handover *h, const sidle_runner *runner,
                         const sidle_array *entries, int n)
{
    int *holder = malloc((size_t)n * sizeof(*holder));

    SIDLE_CHECK(holder != NULL, "no memory for a list of %d arrays", n);
    for (int i = 0; i < n; i++)
        holder[i] = belongs_to_a_layer(entries[i].path) &&
                            find(h, entries[i].path) != NULL
                        ? runner->comm.rank
                        : -1;
    SIDLE_MPI(MPI_Allreduce(MPI_IN_PLACE, holder, n, MPI_INT, MPI_MAX,
                            runner->comm.comm));
    return holder;
}

/* One array to all ranks; those that need it not hear it in `scratch`. */
static void give_array(const sidle_handover *h, const sidle_runner *runner,
                       const sidle_array *entry, int holder,
                       unsigned char *scratch)
{
    size_t bytes = (size_t)sidle_array_bytes(entry);
    unsigned char *place = entry->data != NULL ? entry->data : scratch;

    if (holder == runner->comm.rank) {
        const held *array = find(h, entry->path);

        SIDLE_CHECK(array->bytes == bytes, "'%s' has %zu bytes, not %zu",
                    entry->path, array->bytes, bytes);
        memcpy(place, array->data, bytes);
    }
    for (size_t at = 0; at < bytes; at += PIECE) {
        size_t left = bytes - at;

        SIDLE_MPI(MPI_Bcast(place + at, left < PIECE ? (int)left : (int)PIECE,
                            MPI_BYTE, holder, runner->comm.comm));
    }
}

static sidle_status give_arrays(const sidle_handover *h, sidle_runner *runner,
                                int is_new_rule)
{
    sidle_array *entries;
    unsigned char *scratch;
    size_t most = 1;
    int n, *holder;
    sidle_status status = SIDLE_OK;

    sidle_runner_expect(runner, 0);
    sidle_runner_state(runner, &entries, &n);
    holder = find_holders(h, runner, entries, n);
    for (int i = 0; i < n; i++)
        if (belongs_to_a_layer(entries[i].path) &&
            (size_t)sidle_array_bytes(&entries[i]) > most)
            most = (size_t)sidle_array_bytes(&entries[i]);
    scratch = malloc(most);
    SIDLE_CHECK(scratch != NULL, "no memory for an array of %zu bytes", most);
    for (int i = 0; i < n; i++) {
        int is_model = strncmp(entries[i].path, "/model/", 7) == 0;

        /* Another optimizer's states mean nothing to this one: its own stay
         * zero. */
        if (!belongs_to_a_layer(entries[i].path) || (!is_model && is_new_rule))
            continue;
        if (holder[i] >= 0)
            give_array(h, runner, &entries[i], holder[i], scratch);
        else
            status =
                sidle_fail(SIDLE_EDATA, "the run that is resumed has no '%s'",
                           entries[i].path);
    }
    free(scratch);
    free(holder);
    return status;
}

/* What the old blocks counted, to all ranks, a row for each layer. */
static void share_counters(const sidle_handover *h, const sidle_runner *runner,
                           int64_t *counters, double *scalars)
{
    int n = runner->config.model->n_layers;

    /* Below every value that is counted: MPI_MAX then keeps the owner's. */
    for (int i = 0; i < n * N_LAYER_COUNTERS; i++)
        counters[i] = -1;
    for (int i = 0; i < n * N_LAYER_SCALARS; i++)
        scalars[i] = -HUGE_VAL;
    if (h->n_layers > 0) {
        memcpy(counters + (ptrdiff_t)h->first_layer * N_LAYER_COUNTERS,
               h->counters, (size_t)h->n_layers * sizeof(*h->counters));
        memcpy(scalars + (ptrdiff_t)h->first_layer * N_LAYER_SCALARS,
               h->scalars, (size_t)h->n_layers * sizeof(*h->scalars));
    }
    SIDLE_MPI(MPI_Allreduce(MPI_IN_PLACE, counters, n * N_LAYER_COUNTERS,
                            MPI_INT64_T, MPI_MAX, runner->comm.comm));
    SIDLE_MPI(MPI_Allreduce(MPI_IN_PLACE, scalars, n * N_LAYER_SCALARS,
                            MPI_DOUBLE, MPI_MAX, runner->comm.comm));
}

static void give_counters(const sidle_handover *h, sidle_runner *runner)
{
    size_t n = (size_t)runner->config.model->n_layers;
    int64_t(*counters)[N_LAYER_COUNTERS] = calloc(n, sizeof(*counters));
    double(*scalars)[N_LAYER_SCALARS] = calloc(n, sizeof(*scalars));

    SIDLE_CHECK(counters != NULL && scalars != NULL, "no memory for counters");
    share_counters(h, runner, counters[0], scalars[0]);
    for (int i = 0; i < runner->n_stations; i++) {
        copies *of = &runner->state->of[i];
        int layer = runner->stations[i].block->first_layer;
        int64_t item = runner->config.plan->start;

        /* The pipe was drained: every item that went forward has come back. */
        of->counters[C_ITEM] = of->counters[C_BACKWARDS] = item;
        /* The partition may be a new one: a block goes on from its first
         * layer. */
        of->counters[C_UPDATES] = counters[layer][L_UPDATES];
        of->counters[C_OPTIM_KIND] = counters[layer][L_OPTIM_KIND];
        of->counters[C_OPTIM_UPDATES] = counters[layer][L_OPTIM_UPDATES];
        of->scalars[D_PRODUCT] = scalars[layer][L_PRODUCT];
        of->scalars[D_FACTOR] = scalars[layer][L_FACTOR];
        of->scalars[D_GRAD_NORM] = scalars[layer][L_GRAD_NORM];
    }
    free(scalars);
    free(counters);
}

/* The sums since the last report go to the last block of the same replica. */
static void give_report(const sidle_handover *h, sidle_runner *runner)
{
    enum { ITEMS, TARGETS, CORRECT, UPDATES, N_INTS };
    enum { NATS, Z, FACTOR, GRAD_NORM, N_REALS };
    int last = runner->n_stations - 1;
    copies *of = &runner->state->of[last];
    size_t replicas = (size_t)runner->config.n_replicas;
    int64_t(*ints)[N_INTS] = calloc(replicas, sizeof(*ints));
    double(*reals)[N_REALS] = calloc(replicas, sizeof(*reals));
    int r = runner->replica;

    SIDLE_CHECK(ints != NULL && reals != NULL, "no memory for a report");
    if (h->has_report) {
        ints[r][ITEMS] = h->report.items;
        ints[r][TARGETS] = h->report.n_targets;
        ints[r][CORRECT] = h->report.n_correct;
        reals[r][NATS] = h->report.sum;
        reals[r][Z] = h->report.z;
        ints[r][UPDATES] = h->report.updates;
        reals[r][FACTOR] = h->report.factor;
        reals[r][GRAD_NORM] = h->report.grad_norm;
    }
    /* One rank of a replica has numbers, the others zeros: the sum is a
     * copy. */
    SIDLE_MPI(MPI_Allreduce(MPI_IN_PLACE, ints, (int)replicas * N_INTS,
                            MPI_INT64_T, MPI_SUM, runner->comm.comm));
    SIDLE_MPI(MPI_Allreduce(MPI_IN_PLACE, reals, (int)replicas * N_REALS,
                            MPI_DOUBLE, MPI_SUM, runner->comm.comm));
    if (runner->stations[last].block->is_last) {
        of->counters[C_LOG_ITEMS] = ints[r][ITEMS];
        of->counters[C_LOG_TARGETS] = ints[r][TARGETS];
        of->counters[C_LOG_CORRECT] = ints[r][CORRECT];
        of->scalars[D_LOG_NATS] = reals[r][NATS];
        of->scalars[D_LOG_Z] = reals[r][Z];
        of->told[T_UPDATES] =
            ints[r][ITEMS] > 0 ? (double)ints[r][UPDATES] : -1.0;
        of->told[T_FACTOR] = reals[r][FACTOR];
        of->told[T_GRAD_NORM] = reals[r][GRAD_NORM];
    }
    free(reals);
    free(ints);
}

sidle_status sidle_handover_give(const sidle_handover *handover,
                                 sidle_runner *runner, int is_new_rule)
{
    sidle_status status = give_arrays(handover, runner, is_new_rule);

    /* The same on all ranks: they have one list and one table of holders. */
    if (status != SIDLE_OK)
        return sidle_agree(&runner->comm, status);
    give_counters(handover, runner);
    give_report(handover, runner);
    return sidle_runner_restore(runner, runner->config.plan->start);
}
