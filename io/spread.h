/* spread.h - bytes of rank 0 to all ranks. */
#ifndef SIDLE_IO_SPREAD_H
#define SIDLE_IO_SPREAD_H

#include "mpi/comm.h"

#include <stdint.h>

/* Bytes of one message at most: no message may fill the memory of those who
 * pass it on, and MPI counts in int. */
enum { SIDLE_SPREAD_PIECE = 16 << 20 };

/**
 * Rank 0's `n` bytes become those of every rank.
 * Calls:   collective over comm, with the same n.
 */
void sidle_spread(const sidle_comm *comm, void *bytes, int64_t n);

/**
 * The same, of bytes that only rank 0 has yet: the others get room for them,
 * and one zero more behind.
 * Owns:    *bytes_p of the other ranks is the caller's to free.
 */
void sidle_spread_new(const sidle_comm *comm, void **bytes_p, int64_t n);

#endif
