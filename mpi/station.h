/* station.h - a block at work: where it stands in its plan, its links, its
 * optimizer, and the gradient it carries. Private to the runner. */
#ifndef SIDLE_MPI_STATION_H
#define SIDLE_MPI_STATION_H

#include "mpi/link.h"
#include "mpi/replica.h"
#include "mpi/report.h"
#include "mpi/runner.h"
#include "mpi/sum.h"

#include "base/arena.h"

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
    NORMS_GATHER, /* from the right */
    NORMS_SEND,
    NORMS_AWAIT, /* the total, from the left */
    NORMS_PASS
} sidle_norms_phase;

typedef struct sidle_station {
    sidle_runner *runner;
    sidle_block *block;
    sidle_optim *optim;
    sidle_segment *segments;
    int n_segments;
    sidle_link *left, *right; /* NULL at the ends of the model */
    sidle_cursor cursor;
    sidle_instr instr;             /* the next one to be carried out */
    int is_announced;              /* to hooks.on_instr */
    int is_at_cut;                 /* stands there until all may leave */
    int cut_flags;                 /* of the last item that came in */
    sidle_gradient *gradients;     /* (n_stashes) */
    sidle_message ahead, back;     /* lent by the links, being filled */
    int64_t n_valid;               /* gradients in block->grad */
    int owes_update;               /* resumed from a CUT in front of which this
                                      plan makes an update, and that one's did
                                      not */
    sidle_sum *sum;                /* of block->grad; NULL: one replica */
    int64_t updates;               /* what the rate's schedule counts */
    double factor, grad_norm;      /* of the last update */
    sidle_norms_phase norms_phase; /* of SIDLE_OP_SUM_NORMS */
    double *squares;               /* (blocks from this one to the last) */
    double total;                  /* squares of all blocks */
    sidle_report training, trying; /* sums since the last report; last block */
    /* finite.h: in this start; and among the gradients since the last update
       one that came bad, one whose loss was. */
    int64_t bad_losses, bad_updates; /* of this start */
    int bad_in_a_row; /* updates left out since the last that was made */
    int has_heard_bad, has_lost;
    int is_last_bad; /* the newest loss of training was not finite */
    int has_good;    /* a sane one came since sidle_runner_health() */
    sidle_arena *arena;
} sidle_station;

typedef struct sidle_state sidle_state;

struct sidle_runner {
    sidle_runner_config config;
    sidle_plan plan;    /* config.plan: it may end before the caller's does */
    int64_t eval_begin; /* items of config.eval in front of an evaluation's */
    int is_evaluating;  /* in sidle_runner_evaluate() */
    sidle_comm comm;    /* a copy of the caller's: no message meets another's */
    int first_block;    /* of this rank, from 1 */
    int n_stations;
    sidle_station *stations;
    sidle_link **links; /* (n_stations + 1) left of each, right of the last */
    sidle_reports *reports;
    int *owner; /* (D) rank of each block, in this rank's replica */
    int replica, chain_ranks; /* of this rank; ranks of each replica */
    sidle_replicas *replicas; /* first ranks of several chains, else NULL */
    int64_t *clips;           /* (2, all rows) where rows are compared */
    int is_finished;          /* the plan, and every report seen */
    int wants_stop;           /* a wish of this rank or from the right */
    double waited;            /* seconds in the present window */
    double since;             /* when the window began */
    double busy;              /* share of the last window */
    double busy_then;  /* least share of the ranks behind, as last heard */
    double *norms;     /* (D) of the blocks' gradients, as last heard; 0: not */
    int is_predicted;  /* the list of the state holds predictions */
    int is_same_rule;  /* the state to restore is of this run's optimizer */
    int is_idle;       /* nothing could go on .. */
    double idle_since; /* .. since then: the end of the last thing done */
    double silence;    /* seconds of waiting in vain .. */
    double looked;     /* .. until then */
    sidle_trace *trace;                    /* NULL: none */
    char host_before[64], host_behind[64]; /* of the ranks at the links */
    sidle_state *state;
};

/** Least busy share of the ranks, as last heard: of this one and those behind;
 * rank 0: of all. */
double sidle_runner_busy(const sidle_runner *runner);

/** The clock of this rank, and its seconds. */
sidle_clock sidle_runner_clock(const sidle_runner *runner);
double sidle_runner_now(const sidle_runner *runner);
/** Carry out the next instruction; 0 if it has to wait. */
int sidle_station_act(sidle_station *station);
/** After a weight gradient: begin to sum over the replicas, if it was the last
 * one of its update. */
void sidle_station_begin_sum(sidle_station *station);
/** The actions of SIDLE_OP_SUM_NORMS and SIDLE_OP_UPDATE; 0 if they have to
 * wait. */
int sidle_station_sum_norms(sidle_station *station);
/** Whether the norm of an update is that of all blocks; else of its block. */
int sidle_station_is_global(const sidle_station *station);
int sidle_station_update(sidle_station *station);
/** After a forward of the last block: add its loss up, or say that it is not
 * finite (finite.h); the last item of an evaluation sends the report. */
void sidle_station_count_loss(sidle_station *station);
/** Send a sum of losses as a report of the items up to `item`, and begin anew.
 * Calls: the last block's, when sidle_reports_can_send(). */
void sidle_station_report(sidle_station *station, sidle_report *sum,
                          int64_t item);
/** At the end of the plan: what is left to report. Once. */
void sidle_station_end(sidle_station *station);
/** Ask the data source for what the slot's item needs in this block: input in
 * the first, labels in the last. */
void sidle_station_ask(sidle_station *station, sidle_slot *slot, int64_t item,
                       int is_eval);
/** Whether the gradients on their way at this cut have all arrived. */
int sidle_station_has_arrivals(sidle_station *station);

/** Whether what the block waits for is the left one's; else the right one's. */
int sidle_station_looks_left(const sidle_station *station);
/** Learn the hosts of the ranks at both links. Calls: collective. */
void sidle_watchdog_meet(sidle_runner *runner);
/** Nothing came for too long: say what each block waits for, and `why`, which
 * may be NULL, and die. */
void sidle_watchdog_bark(const sidle_runner *runner, double seconds,
                         const char *why) __attribute__((noreturn));
/** The rank of a block in a replica. */
int sidle_runner_owner(const sidle_runner *runner, int replica, int block);

void sidle_state_free(sidle_state *state);

#endif
