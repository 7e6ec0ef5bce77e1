/* tracer_inside.h - the private layout of a rank's spans. */
#ifndef SIDLE_MPI_TRACER_INSIDE_H
#define SIDLE_MPI_TRACER_INSIDE_H

#include "mpi/tracer.h"

#include "base/carve.h"

struct sidle_tracer {
    const sidle_plan *plan;
    sidle_clock clock;
    sidle_sync before;
    int first_block, n_blocks;
    int64_t items; /* to record, whole updates */
    int64_t after, first, last;
    int is_on;
    int n_done;   /* blocks that are done with the last item */
    int *is_done; /* (n_blocks) */
    int has_next; /* the first block began the item after the last */
    double mark;  /* time of the last sidle_tracer_begin() */
    int64_t capacity, count, n_lost;
    sidle_event *spans;
    sidle_arena *arena;
};

#endif
