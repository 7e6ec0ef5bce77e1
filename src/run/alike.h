/* alike.h - checks that all ranks have the same command line. mpirun may give
 * each rank a command line of its own (A : B), and so may a script on each
 * host. */
#ifndef SIDLE_RUN_ALIKE_H
#define SIDLE_RUN_ALIKE_H

#include "mpi/comm.h"
#include "run/options.h"

/**
 * Compare version, commit and command with rank 0's: the first thing that ranks
 * do together, so that none waits in another call than the others.
 * Calls:   collective over comm; the same result on every rank.
 * Errors:  SIDLE_EUSAGE naming the first rank that differs, and both values.
 */
sidle_status sidle_alike_program(const sidle_comm *comm, const char *command);
/**
 * Compare an argument of the command line with rank 0's. `name` is its name,
 * the same on all ranks; `value` NULL: it was not given.
 * Calls:   collective over comm; the same result on every rank.
 * Errors:  SIDLE_EUSAGE naming the first rank that differs, and both values.
 */
sidle_status sidle_alike_word(const sidle_comm *comm, const char *name,
                              const char *value);
/**
 * Compare all options with those of rank 0.
 * Calls:   collective over comm; the same result on every rank.
 * Errors:  SIDLE_EUSAGE naming the first rank that differs, the first key in
 *          which it does, and both values.
 */
sidle_status sidle_alike_options(const sidle_comm *comm,
                                 const sidle_options *options);

#endif
