/* trace.h - what every rank did in some items of a run, and when.
 *
 * A rank writes spans of time into an array that was reserved before the first
 * step: what its blocks worked on, and what it waited for. It begins when its
 * first block takes up the first recorded item and ends when all its blocks
 * have done with the last one, so that in between nothing is left out, also of
 * the items before and after them that were in the pipe with them. When the run
 * ends or is stopped, rank 0 gathers the spans of all ranks, in its own time.
 *
 * Which items: N, rounded up to a multiple of U, from the first on that begins
 * an update after a warm-up of 2 D items in which the pipe fills; the last N
 * where fewer are left, all where those are fewer than N. The forward of the
 * item after them at a rank's first block is recorded, too: from taking up the
 * first to taking up that one a rank does what N items cost. */
#ifndef SIDLE_MPI_TRACE_H
#define SIDLE_MPI_TRACE_H

#include "mpi/sync.h"
#include "schedule/event.h"
#include "schedule/plan.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One rank's part of a timeline. */
typedef struct sidle_recording_rank {
    char host[64];
    int first_block, n_blocks;
    double error;         /* its spans are not farther off, seconds */
    int64_t n_lost;       /* spans that had no room: none but by a bug */
    int64_t first, count; /* its spans among all */
} sidle_recording_rank;

/* All ranks' spans; times on the clock of rank 0. */
typedef struct sidle_recording {
    const sidle_plan *plan;        /* borrowed from the runner */
    int64_t after;                 /* the item that this start went on after */
    int64_t first_item, last_item; /* that were chosen */
    int n_ranks;                   /* 0: nothing was recorded */
    sidle_recording_rank *ranks;
    sidle_event *spans; /* by rank, then by end */
} sidle_recording;

/** NULL is nothing. */
void sidle_recording_done(sidle_recording *timeline);

typedef struct sidle_trace sidle_trace;

/** Bytes that sidle_trace_new() reserves; 0 for no items. */
size_t sidle_trace_bytes(const sidle_plan *plan, int first_block, int n_blocks,
                         int64_t items);
/**
 * Reserve room for the spans of `items` items, rounded up as said above, in a
 * rank's blocks. `clock` is copied.
 * Calls:   local. Free with sidle_trace_free().
 * Errors:  SIDLE_EINTERNAL (memory).
 */
sidle_status sidle_trace_new(const sidle_plan *plan, int first_block,
                             int n_blocks, int64_t items,
                             const sidle_clock *clock, sidle_trace **trace_p);
void sidle_trace_free(sidle_trace *trace);

/** Choose the items of a run that goes on after `item`; compare the clocks.
 * Calls: collective over comm, before the first step. */
void sidle_trace_start(sidle_trace *trace, const sidle_comm *comm,
                       int64_t item);

/** A span begins now: an instruction is tried. Calls: local. */
void sidle_trace_begin(sidle_trace *trace);
/** What began ends now as a span of its own; the next one begins. */
void sidle_trace_end(sidle_trace *trace, int block, sidle_event_kind kind,
                     int64_t item);
/**
 * What began was this instruction, which is done. `is_updated`: the weights
 * were changed; `is_settled`: no gradient waits for an update any more.
 */
void sidle_trace_instr(sidle_trace *trace, int block, const sidle_instr *instr,
                       int is_updated, int is_settled);
/** Any span. */
void sidle_trace_add(sidle_trace *trace, const sidle_event *span);

/**
 * All ranks' spans, at rank 0; an empty timeline at the others.
 * Calls:   collective over comm, between two steps or after the last one.
 * Owns:    the caller ends it with sidle_recording_done().
 */
void sidle_trace_gather(const sidle_trace *trace, const sidle_comm *comm,
                        sidle_recording *timeline);

#ifdef __cplusplus
}
#endif

#endif
