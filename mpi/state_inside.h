/* state_inside.h - the private side of the state of a run: the numbers that are
 * copied for it, and what plan and model define for any block, owned or not. */
#ifndef SIDLE_MPI_STATE_INSIDE_H
#define SIDLE_MPI_STATE_INSIDE_H

#include "mpi/state.h"
#include "mpi/station.h"

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

/* What the report of the items since the last one will state about updates,
 * where it differs from counters and scalars: the report of a flushed schedule
 * states the values at the last item's forward. T_UPDATES -1: there are no such
 * items, or the values were not recorded. */
enum { T_UPDATES, T_FACTOR, T_GRAD_NORM, N_TOLD };

enum { S_ITEM, S_IS_USED, S_STAMP, S_VERSION, N_SLOT };

enum { G_ITEM, G_IS_THERE, G_IS_VALID, N_GRADIENT };

enum { F_ITEM, F_NUMBER, F_IS_THERE, F_IS_VALID, N_FLIGHT };

/* A message in flight, of a plan with skips (state_edges.h). */
typedef struct sidle_flight {
    int edge, place;
    sidle_direction direction;
    int64_t words[N_FLIGHT];
    int32_t *length;
    int64_t *clip;
    float *payload;
} sidle_flight;

enum { MAX_ON_THEIR_WAY = 2 }; /* capacity of a link */

/* Copies of what is not an array in a block, one per station. */
typedef struct copies {
    int64_t counters[N_COUNTERS];
    double scalars[N_SCALARS];
    double told[N_TOLD];
    int64_t (*slot)[N_SLOT];      /* (kept slots) */
    int64_t (*stash)[N_GRADIENT]; /* (stashes that are saved) */
    int64_t gradient[MAX_ON_THEIR_WAY][N_GRADIENT];
    int32_t *length[MAX_ON_THEIR_WAY];
    int64_t *clip[MAX_ON_THEIR_WAY];
    float *payload[MAX_ON_THEIR_WAY];
    sidle_flight *flights; /* where the plan has skips */
    sidle_arena *arena;
    float *predicted; /* (weights) of a run that predicted, read to here */
} copies;

struct sidle_state {
    copies *of; /* (n_stations) */
    int n_stations;
    sidle_array *entries;
    int n_entries, capacity;
    int replica;     /* whose part of the pipeline is being listed */
    int32_t *length; /* (rows) of an item, while it is checked */
    int64_t *clip;   /* (rows) */
};

static inline int n_kept(const sidle_runner *runner, int block)
{
    return sidle_plan_slots(runner->config.plan, block);
}

/* Gradients that may wait at a boundary; if none can wait, none is saved. */
static inline int stashes_saved(const sidle_plan *plan, int block)
{
    return sidle_plan_deferral(plan, block) > 0
               ? sidle_plan_stashes(plan, block)
               : 0;
}

static inline int n_waiting(const sidle_runner *runner, int block)
{
    return stashes_saved(runner->config.plan, block);
}

static inline int n_older(const sidle_runner *runner, int block)
{
    return sidle_plan_versions(runner->config.plan, block) - 1;
}

/* The largest number of gradients that can be in flight to a block at a
 * boundary. */
static inline int most_on_their_way(const sidle_plan *plan, int block)
{
    int n;

    if (block == plan->n_blocks || sidle_plan_has_skips(plan))
        return 0;
    n = sidle_plan_most_grads(plan, sidle_plan_out_edge(plan, block, 0));
    SIDLE_CHECK(n <= MAX_ON_THEIR_WAY,
                "%d gradients on their way at a boundary", n);
    return n;
}

static inline int n_on_their_way(const sidle_runner *runner, int block)
{
    return most_on_their_way(runner->config.plan, block);
}

static inline const sidle_layer *first_layer(const sidle_runner *runner,
                                             int block)
{
    return &runner->config.model
                ->layers[runner->config.partition->first[block - 1]];
}

/* Whether the list has a block's newest version as a prediction. */
static inline int is_predicted(const sidle_runner *runner, int block)
{
    return runner->is_predicted &&
           sidle_plan_delay(runner->config.plan, block) > 0.0;
}

/* Places of older versions, in their order, without the newest. */
static inline sidle_real *older_version(const sidle_block *block, int k)
{
    return block->w[k < block->version ? k : k + 1];
}

/** Take the places of a block's copies, or measure them (base/carve.h). */
void sidle_copies_carve(sidle_carve *carve, const sidle_runner_config *config,
                        int block, copies *of);
void sidle_state_free(sidle_state *state);

/* ---- in state_words.c */
/* Names of the numbers in the arrays above. */
extern const sidle_words sidle_counter_words, sidle_scalar_words,
    sidle_told_words, sidle_slot_words, sidle_gradient_words,
    sidle_flight_words;
/** Call before they are used: sets the names of the optimizers in them. */
void sidle_state_name_kinds(void);

/* ---- in state_list.c */
/** Build the list of all arrays again, in model order. Calls: local. */
void sidle_state_list(sidle_runner *runner);

/* ---- in state_edges.c */
/** Message i that can be in flight to a block at a boundary of a plan with
 * skips, from 0: its edge and direction, and its place among those of the edge.
 * Returns 0 behind the last one. */
int sidle_flight_at(const sidle_plan *plan, int block, int i,
                    sidle_flight *flight);
/** Number of these messages. */
int sidle_flights_count(const sidle_plan *plan, int block);
/** Name of a message's arrays: "edge_004/activation_0". */
void sidle_flight_name(const sidle_flight *flight, char *out, size_t size);
/** Take their places, or measure them (base/carve.h). */
void sidle_flights_carve(sidle_carve *carve, const sidle_runner_config *config,
                         int block, copies *of);
/** Copy what has arrived, and clear the rest. Calls: when all have arrived. */
void sidle_flights_copy(const sidle_station *station, copies *of);
/** Put them back into the links. Calls: before anything is sent. */
void sidle_flights_restore(const sidle_station *station, const copies *of);

/* ---- in state_check.c */
/**
 * Check that what was read for a block belongs to a run at the boundary of
 * `item`: every integer, and the reals that decisions depend on. Nothing of it
 * was used yet: the newest weights are still where they were read to.
 * Calls:   local.
 * Errors:  SIDLE_EDATA with data set, place, value and what was expected;
 *          SIDLE_EUSAGE: the state is of a drained pipe, or of one that was
 *          flushed at another item.
 */
sidle_status sidle_state_check(const sidle_station *s, const copies *of,
                               int64_t item);

#endif
