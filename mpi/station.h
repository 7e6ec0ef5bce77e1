/* station.h - a block at run time: its present instruction, its links, its
 * optimizer, its gradients; and the rank that it belongs to.
 *
 * The base of the runner: all its files use it, and they call each other in one
 * direction only: station, feed, losses, on_nan, update, gradients, actions,
 * halt, runner. Private to them. */
#ifndef SIDLE_MPI_STATION_H
#define SIDLE_MPI_STATION_H

#include "mpi/decisions.h"
#include "mpi/link.h"
#include "mpi/replica.h"
#include "mpi/reports.h"
#include "mpi/sum.h"
#include "mpi/tracer.h"

#include "base/arena.h"
#include "base/carve.h"
#include "model/block_probe.h"

typedef struct sidle_state sidle_state;
typedef struct sidle_runner sidle_runner;

/* A gradient from its arrival to its weight gradient. Where a block has several
 * outgoing edges it is a sum of parts, one of each, and its item, norm, length
 * and clip are those of the newest valid part. */
typedef struct sidle_gradient {
    int64_t number; /* of the backward */
    int64_t item;   /* the item whose loss it is the gradient of */
    int is_open;    /* parts of this number are arriving */
    int has_dy;     /* one of them is in dy */
    int is_valid;
    int is_stashed;  /* its input gradient is done; else, after a resume, the
                        weight gradient computes it once more */
    int is_bad;      /* came with numbers that are not finite */
    int sends_bad;   /* so does what is sent to the previous block */
    double norm;     /* that came with it, see sidle_header */
    int32_t *length; /* (B) of that item */
    int64_t *clip;   /* (B) */
    sidle_real *dy;  /* (out); NULL in the last block */
} sidle_gradient;

typedef enum sidle_norms_phase {
    NORMS_GATHER, /* from the next block */
    NORMS_SEND,
    NORMS_AWAIT, /* the total, from the previous block */
    NORMS_PASS
} sidle_norms_phase;

/* A block's end of an edge. */
typedef struct sidle_end {
    int edge;         /* its number in the plan */
    int other;        /* the block at the other end */
    int unit, from;   /* of a skip: its layer, and the layer whose output it
                         takes; else -1 */
    char host[64];    /* of that block's rank */
    sidle_link *link; /* the runner's */
    sidle_link *eval_link; /* of evaluations, if the plan has skips */
    sidle_message m;       /* borrowed from the link, being filled */
    sidle_real *dy;      /* of a skip from a layer that is not the block's last:
                            the gradient that came by it; else NULL */
    int n_ring;          /* of an incoming skip: so many of its newest .. */
    sidle_real *ring;    /* .. activations of an evaluation are kept, */
    int64_t *ring_clips; /* item k at k modulo their number */
} sidle_end;

typedef struct sidle_station {
    sidle_runner *runner; /* the rank, for its data; see below */
    sidle_block *block;
    sidle_optim *optim;
    sidle_segment *segments;
    int n_segments;
    sidle_end *in, *out; /* (n_in), (n_out) main first, then skips in order */
    int n_in, n_out;     /* 0 at the ends of the model */
    sidle_cursor cursor;
    sidle_instr instr;         /* the next instruction to carry out */
    int64_t fed;               /* the newest item that was filled in */
    int64_t n_ahead;           /* pieces of the next one that were read */
    int64_t read_ahead;        /* .. and read ahead, completely */
    int is_announced;          /* to hooks.on_instr */
    int is_at_boundary;        /* waits there until all may continue */
    int item_flags;            /* of the last item that arrived */
    sidle_gradient *gradients; /* (n_stashes) */
    sidle_real *dys;           /* of all outgoing skips, see sidle_end */
    sidle_real *rings;         /* of all incoming skips */
    int64_t *ring_clips;
    sidle_outer *outer; /* (n_out) those that came valid */
    int n_outer;
    int64_t n_valid;          /* gradients in block->grad */
    int owes_update;          /* resumed from a boundary before which this plan
                                 makes an update, and the saved run's plan did
                                 not */
    sidle_sum *sum;           /* of block->grad; NULL: one replica */
    int64_t updates;          /* the counter of the learning rate's schedule */
    double factor, grad_norm; /* of the last update */
    sidle_norms_phase norms_phase; /* of SIDLE_OP_SUM_NORMS */
    double *squares;               /* (blocks from this one to the last) */
    double total;                  /* squares of all blocks */
    sidle_report training, trying; /* sums since the last report; last block */
    /* on_nan.h: counts of this start; and whether the gradients since the last
     * update include one that arrived bad, one whose loss was bad. */
    int64_t bad_losses, bad_updates; /* of this start */
    int bad_in_a_row; /* updates left out since the last that was made */
    int has_heard_bad, has_lost;
    int is_last_bad;          /* the newest loss of training was not finite */
    int has_good;             /* a plausible loss since sidle_runner_health() */
    sidle_block_probe *probe; /* of log.staleness, or NULL */
    sidle_arena *arena;
} sidle_station;

struct sidle_runner {
    sidle_runner_config config;
    sidle_plan plan;    /* config.plan: it may end before the caller's does */
    int64_t eval_begin; /* items of config.eval before those of an evaluation */
    int is_evaluating;  /* in sidle_runner_evaluate(), or nothing else is
                           planned */
    sidle_comm comm;    /* a duplicate of the caller's, so that no messages are
                           confused */
    int first_block;    /* of this rank, from 1 */
    int n_stations;
    sidle_station *stations;
    sidle_link **links; /* (n_links) of all edges that end at a station */
    int n_links;
    sidle_reports *reports;
    int *owner; /* (D) rank of each block, in this rank's replica */
    int replica, chain_ranks;   /* of this rank; ranks of each replica */
    sidle_replicas *replicas;   /* first ranks of several chains, else NULL */
    sidle_decisions *decisions; /* where blocks have skips, else NULL */
    int64_t *clips;             /* (2, all rows) where rows are compared */
    int64_t probed;             /* boundary of the last figures of staleness */
    int is_finished;   /* the plan is done, and every report was seen */
    int wants_stop;    /* requested by this rank or a later one */
    double waited;     /* seconds in the present window */
    double since;      /* when the window began */
    double busy;       /* share of the last window */
    double busy_then;  /* lowest share of the later ranks, as last received */
    double *norms;     /* (D) of the blocks' gradients, as last received; 0:
                          none */
    int is_predicted;  /* the list of the state holds predictions */
    int is_same_rule;  /* the state to restore is of this run's optimizer */
    int is_idle;       /* no instruction was ready .. */
    double idle_since; /* .. since then: the end of the last instruction */
    sidle_silence silence; /* rounds of polls without progress */
    sidle_tracer *tracer;  /* NULL: none */
    sidle_state *state;
};

/** The slot of the instruction's item. */
sidle_slot *sidle_station_slot(const sidle_station *station);
/** The end of the edge that the instruction names. */
sidle_end *sidle_station_end(const sidle_station *station);
/** The link by which the instruction's messages go. */
sidle_link *sidle_station_link(const sidle_station *station,
                               const sidle_end *end);
/** Get places to send into for all these ends; returns 0 if one has none
 * yet. */
int sidle_station_can_send(const sidle_station *station, sidle_end *ends, int n,
                           sidle_direction direction);
/** The links to the previous and the next block, NULL at the ends of the
 * model. */
sidle_link *sidle_station_before(const sidle_station *station);
sidle_link *sidle_station_behind(const sidle_station *station);
/** The rows of an item in this replica. */
size_t sidle_station_rows(const sidle_station *station);
/* The places of a block's gradients, of their squares, and of gradients that
 * come by skips. */
typedef struct sidle_places {
    sidle_gradient *gradients;
    double *squares;
    sidle_real *dys, *rings;
    int64_t *ring_clips;
} sidle_places;

/** Take these places, or measure them (base/carve.h). */
void sidle_station_carve(sidle_carve *carve, const sidle_runner_config *config,
                         int block, sidle_places *places);
/** Whether the norm of an update is that of all blocks; else that of its own
 * block. */
int sidle_station_is_global(const sidle_station *station);
/** Record a span of time of the block's instruction in the trace, if there is
 * one. */
void sidle_station_record(const sidle_station *station, sidle_event_kind kind,
                          double begin, double end);

/** The station of a block; NULL: another rank owns it. */
sidle_station *sidle_runner_station(const sidle_runner *runner, int block);
/** The rank of a block in a replica. */
int sidle_runner_owner(const sidle_runner *runner, int replica, int block);
/** The clock of this rank, and its time in seconds. */
sidle_clock sidle_runner_clock(const sidle_runner *runner);
double sidle_runner_now(const sidle_runner *runner);
/** Lowest busy share of the ranks, as last received: of this one and the later
 * ones; on rank 0: of all. */
double sidle_runner_busy(const sidle_runner *runner);
/** Begin and end the window in which the busy share of this rank is measured:
 * from one report to the next, without saves. */
void sidle_runner_begin_window(sidle_runner *runner);
void sidle_runner_end_window(sidle_runner *runner);
/** Items fed to the first block of this rank. */
int64_t sidle_runner_item(const sidle_runner *runner);

#endif
