/* state_look.h - checks of single numbers that were read for a block, and their
 * error messages. Errors of all: SIDLE_EDATA with data set, place, what was
 * found and what was expected. Private to the state. */
#ifndef SIDLE_MPI_STATE_LOOK_H
#define SIDLE_MPI_STATE_LOOK_H

#include "mpi/state_inside.h"

/* What was read for a block, and what the plan states about it at that item. */
typedef struct sidle_look {
    const sidle_station *s;
    const copies *of;
    const sidle_plan *plan;
    int block;
    int64_t item, weights, back; /* fed to, and finished by, this block */
    int64_t forwards;            /* items that it forwarded */
} sidle_look;

/** Fails: data set `set`, with a path relative to the block, has `found` at
 * index `at`. */
sidle_status sidle_look_refuse(const sidle_look *l, const char *set, int at,
                               const char *found, const char *expected);
/** Check that a number is within bounds, is equal to one, is 0 to `most`. */
sidle_status sidle_look_within(const sidle_look *l, const char *set, int at,
                               int64_t value, int64_t least, int64_t most);
sidle_status sidle_look_is(const sidle_look *l, const char *set, int at,
                           int64_t value, int64_t expected);
sidle_status sidle_look_real(const sidle_look *l, const char *set, int at,
                             double value, double most);

#endif
