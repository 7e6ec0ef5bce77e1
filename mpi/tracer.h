/* tracer.h - records what this rank does in some items of a run, and when.
 *
 * A rank writes spans of time into an array that was reserved before the first
 * step: what its blocks worked on, and what it waited for. The recording begins
 * when its first block begins the first recorded item and ends when all its
 * blocks have finished the last one, so that nothing in between is left out,
 * also of the items before and after them that were in the pipe with them. Then
 * rank 0 gathers them (trace.h).
 *
 * Which items: N, rounded up to a multiple of U, from the first on that begins
 * an update after a warm-up of 2 D items in which the pipe fills; the last N
 * where fewer are left, all where those are fewer than N. The forward of the
 * item after them at a rank's first block is recorded, too: the time from the
 * start of the first item to the start of that one is the cost of N items on a
 * rank. */
#ifndef SIDLE_MPI_TRACER_H
#define SIDLE_MPI_TRACER_H

#include "mpi/sync.h"
#include "schedule/event.h"
#include "schedule/plan.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sidle_tracer sidle_tracer;

/** Bytes that sidle_tracer_new() reserves; 0 for no items. */
size_t sidle_tracer_bytes(const sidle_plan *plan, int first_block, int n_blocks,
                          int64_t items);
/**
 * Reserve room for the spans of `items` items, rounded up as above, in a rank's
 * blocks. `clock` is copied.
 * Calls:   local. Free with sidle_tracer_free().
 * Errors:  SIDLE_EINTERNAL (memory).
 */
sidle_status sidle_tracer_new(const sidle_plan *plan, int first_block,
                              int n_blocks, int64_t items,
                              const sidle_clock *clock,
                              sidle_tracer **tracer_p);
void sidle_tracer_free(sidle_tracer *tracer);

/** Choose the items of a run that continues after `item`; compare the clocks.
 * Calls: collective over comm, before the first step. */
void sidle_tracer_start(sidle_tracer *tracer, const sidle_comm *comm,
                        int64_t item);

/** Begin a span now: an instruction is tried. Calls: local. */
void sidle_tracer_begin(sidle_tracer *tracer);
/** End the present span now with this kind; the next one begins. */
void sidle_tracer_end(sidle_tracer *tracer, int block, sidle_event_kind kind,
                      int64_t item);
/**
 * End the present span as this instruction, which is done. `is_updated`: the
 * weights were changed; `is_settled`: no gradient waits for an update any more.
 */
void sidle_tracer_instr(sidle_tracer *tracer, int block,
                        const sidle_instr *instr, int is_updated,
                        int is_settled);
/** Add any span. */
void sidle_tracer_add(sidle_tracer *tracer, const sidle_event *span);

#ifdef __cplusplus
}
#endif

#endif
