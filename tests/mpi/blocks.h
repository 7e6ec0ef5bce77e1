/* blocks.h - the blocks of this rank, for tests that look into them. */
#ifndef TESTS_MPI_BLOCKS_H
#define TESTS_MPI_BLOCKS_H

#include "mpi/station.h"

static inline int n_blocks_of(const sidle_runner *runner)
{
    return runner->n_stations;
}

static inline sidle_block *block_of(const sidle_runner *runner, int i)
{
    return runner->stations[i].block;
}

#endif
