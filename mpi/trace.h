/* trace.h - what every rank did in some items of a run, and when: the spans of
 * all ranks (tracer.h), gathered when the run ends or is stopped, in the time
 * of rank 0. */
#ifndef SIDLE_MPI_TRACE_H
#define SIDLE_MPI_TRACE_H

#include "mpi/tracer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One rank's part of a trace. */
typedef struct sidle_trace_rank {
    char host[64];
    int first_block, n_blocks;
    double error;         /* bound of its spans' error, seconds */
    int64_t n_lost;       /* spans that had no room: 0 unless there is a bug */
    int64_t first, count; /* its spans among all */
} sidle_trace_rank;

/* All ranks' spans; times on the clock of rank 0. */
typedef struct sidle_trace {
    const sidle_plan *plan;        /* borrowed from the runner */
    int64_t after;                 /* the item after which this start
                                      continued */
    int64_t first_item, last_item; /* that were chosen */
    int n_ranks;                   /* 0: nothing was recorded */
    sidle_trace_rank *ranks;
    sidle_event *spans; /* by rank, then by end */
} sidle_trace;

/** NULL is allowed. */
void sidle_trace_done(sidle_trace *trace);

/**
 * Gather all ranks' spans at rank 0; an empty trace at the others.
 * Calls:   collective over comm, between two steps or after the last one.
 * Owns:    the caller ends it with sidle_trace_done().
 */
void sidle_trace_gather(const sidle_tracer *tracer, const sidle_comm *comm,
                        sidle_trace *trace);

#ifdef __cplusplus
}
#endif

#endif
