/* memory.h - what was predicted of each rank's memory, whether its machine has
 * that, and what it was. */
#ifndef SIDLE_CLI_MEMORY_H
#define SIDLE_CLI_MEMORY_H

#include "cli/setup.h"

/**
 * A host whose ranks will reserve more than its main memory (a limit of the job
 * may be lower) is warned of, by the first of them: what is reserved is given
 * by the system at its first use, so the run would be killed later, in the
 * midst of an item.
 *
 * Calls:   collective over comm; the setup is of this rank.
 */
void sidle_memory_warn(const sidle_comm *comm, const sidle_setup *setup);

/**
 * Rank 0 tells, for every rank, the bytes predicted, those reserved in arenas
 * at this moment, and the peak of what was resident: the latter also holds the
 * program, the libraries, the data and what MPI and HDF5 took.
 *
 * Calls:   collective over comm.
 */
void sidle_memory_report(const sidle_comm *comm, const sidle_setup *setup);

#endif
