/* memory.h - what was predicted of each rank's memory, and what it was. */
#ifndef SIDLE_CLI_MEMORY_H
#define SIDLE_CLI_MEMORY_H

#include "cli/setup.h"

/**
 * Rank 0 tells, for every rank, the bytes predicted, those reserved in arenas
 * at this moment, and the peak of what was resident: the latter also holds the
 * program, the libraries, the data and what MPI and HDF5 took.
 *
 * Calls:   collective over comm.
 */
void sidle_memory_report(const sidle_comm *comm, const sidle_setup *setup);

#endif
