/* station.h - a block at work: where it stands in its plan, its links, its
 * optimizer, the gradients it carries; and the rank that it works in.
 *
 * The ground of the runner: its files stand on it and call each other one way
 * only, station, feed, losses, on_nan, update, gradients, actions, halt,
 * runner. Private to them. */
#ifndef SIDLE_MPI_STATION_H
#define SIDLE_MPI_STATION_H

#include "mpi/link.h"
#include "mpi/replica.h"
#include "mpi/reports.h"
#include "mpi/sum.h"
#include "mpi/tracer.h"

#include "base/arena.h"
#include "base/carve.h"

typedef struct sidle_state sidle_state;
typedef struct sidle_runner sidle_runner;

/* A gradient from its arrival to its weight gradient. */
typedef struct sidle_gradient {
    int64_t item; /* whose loss it is the gradient of */
    int is_valid;
    int is_stashed;  /* its input gradient is taken; else, after a resume, the
                        weight gradient takes it once more */
    int is_bad;      /* came with numbers that are not finite */
    int sends_bad;   /* so does what goes on to the block before */
    double norm;     /* that came with it, see sidle_header */
    int32_t *length; /* (B) of that item */
    int64_t *clip;   /* (B) */
    sidle_real *dy;  /* (out); NULL in the last block */
} sidle_gradient;

typedef enum sidle_norms_phase {
    NORMS_GATHER, /* from the block behind */
    NORMS_SEND,
    NORMS_AWAIT, /* the total, from the block before */
    NORMS_PASS
} sidle_norms_phase;

/* A block's end of an edge. */
typedef struct sidle_end {
    int edge;         /* its number in the plan */
    int other;        /* the block at the other end */
    char host[64];    /* of that block's rank */
    sidle_link *link; /* the runner's */
    sidle_message m;  /* lent by the link, being filled */
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
    sidle_instr instr;         /* the next one to be carried out */
    int is_announced;          /* to hooks.on_instr */
    int is_at_boundary;        /* stands there until all may leave */
    int item_flags;            /* of the last item that came in */
    sidle_gradient *gradients; /* (n_stashes) */
    int64_t n_valid;           /* gradients in block->grad */
    int owes_update;           /* resumed from a boundary in front of which this
                                  plan makes an update, and that one's did
                                  not */
    sidle_sum *sum;            /* of block->grad; NULL: one replica */
    int64_t updates;           /* what the rate's schedule counts */
    double factor, grad_norm;  /* of the last update */
    sidle_norms_phase norms_phase; /* of SIDLE_OP_SUM_NORMS */
    double *squares;               /* (blocks from this one to the last) */
    double total;                  /* squares of all blocks */
    sidle_report training, trying; /* sums since the last report; last block */
    /* on_nan.h: in this start; and among the gradients since the last update
       one that came bad, one whose loss was. */
    int64_t bad_losses, bad_updates; /* of this start */
    int bad_in_a_row; /* updates left out since the last that was made */
    int has_heard_bad, has_lost;
    int is_last_bad; /* the newest loss of training was not finite */
    int has_good;    /* a plausible one since sidle_runner_health() */
    sidle_arena *arena;
} sidle_station;

struct sidle_runner {
    sidle_runner_config config;
    sidle_plan plan;    /* config.plan: it may end before the caller's does */
    int64_t eval_begin; /* items of config.eval in front of an evaluation's */
    int is_evaluating;  /* in sidle_runner_evaluate() */
    sidle_comm comm;    /* a copy of the caller's: no message meets another's */
    int first_block;    /* of this rank, from 1 */
    int n_stations;
    sidle_station *stations;
    sidle_link **links; /* (n_links) of all edges that end at a station */
    int n_links;
    sidle_reports *reports;
    int *owner; /* (D) rank of each block, in this rank's replica */
    int replica, chain_ranks; /* of this rank; ranks of each replica */
    sidle_replicas *replicas; /* first ranks of several chains, else NULL */
    int64_t *clips;           /* (2, all rows) where rows are compared */
    int is_finished;          /* the plan, and every report seen */
    int wants_stop;           /* a wish of this rank or of one behind */
    double waited;            /* seconds in the present window */
    double since;             /* when the window began */
    double busy;              /* share of the last window */
    double busy_then;  /* least share of the ranks behind, as last heard */
    double *norms;     /* (D) of the blocks' gradients, as last heard; 0: not */
    int is_predicted;  /* the list of the state holds predictions */
    int is_same_rule;  /* the state to restore is of this run's optimizer */
    int is_idle;       /* nothing could go on .. */
    double idle_since; /* .. since then: the end of the last thing done */
    sidle_silence silence; /* of waiting in vain */
    sidle_tracer *tracer;  /* NULL: none */
    sidle_state *state;
};

/** Where the item of the instruction is kept. */
sidle_slot *sidle_station_slot(const sidle_station *station);
/** The end of the edge that the instruction names. */
sidle_end *sidle_station_end(const sidle_station *station);
/** Places to send into by all these ends, or 0 if one has none yet. */
int sidle_station_can_send(sidle_end *ends, int n, sidle_direction direction);
/** The links of the chain, NULL at the ends of the model. */
sidle_link *sidle_station_before(const sidle_station *station);
sidle_link *sidle_station_behind(const sidle_station *station);
/** Of an item, in this replica. */
size_t sidle_station_rows(const sidle_station *station);
/** Take the places of block's gradients and of their squares, or measure them
 * (base/carve.h). */
void sidle_station_carve(sidle_carve *carve, const sidle_runner_config *config,
                         int block, sidle_gradient **gradients_p,
                         double **squares_p);
/** Whether the norm of an update is that of all blocks; else of its block. */
int sidle_station_is_global(const sidle_station *station);
/** Into the trace, if there is one: a span of time at its instruction. */
void sidle_station_record(const sidle_station *station, sidle_event_kind kind,
                          double begin, double end);

/** The station of a block; NULL: another rank's. */
sidle_station *sidle_runner_station(const sidle_runner *runner, int block);
/** The rank of a block in a replica. */
int sidle_runner_owner(const sidle_runner *runner, int replica, int block);
/** The clock of this rank, and its seconds. */
sidle_clock sidle_runner_clock(const sidle_runner *runner);
double sidle_runner_now(const sidle_runner *runner);
/** Least busy share of the ranks, as last heard: of this one and those behind;
 * rank 0: of all. */
double sidle_runner_busy(const sidle_runner *runner);
/** The time over which it is measured how busy this rank is: from a report to
 * the next one, in which saving does not count. */
void sidle_runner_begin_window(sidle_runner *runner);
void sidle_runner_end_window(sidle_runner *runner);
/** Items fed to the first block of this rank. */
int64_t sidle_runner_item(const sidle_runner *runner);

#endif
