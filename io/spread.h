/* spread.h - broadcasts bytes of rank 0 in pieces. */
#ifndef SIDLE_IO_SPREAD_H
#define SIDLE_IO_SPREAD_H

#include "mpi/comm.h"

#include <stdint.h>

/* Most bytes of one message: it must not fill the memory of the ranks that
 * forward it, and MPI counts in int. */
enum { SIDLE_SPREAD_PIECE = 16 << 20 };

/**
 * Broadcast rank 0's `n` bytes to every rank.
 * Calls:   collective over comm, with the same n.
 */
void sidle_spread(const sidle_comm *comm, void *bytes, int64_t n);

/**
 * As sidle_spread(), but the other ranks get newly reserved memory for the
 * bytes and a terminating zero.
 * Owns:    *bytes_p of the other ranks is the caller's to free.
 */
void sidle_spread_new(const sidle_comm *comm, void **bytes_p, int64_t n);

#endif
