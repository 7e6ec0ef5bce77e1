/* memory.h - each rank's memory: predicted, compared with its machine's, and
 * measured. */
#ifndef SIDLE_RUN_MEMORY_H
#define SIDLE_RUN_MEMORY_H

#include "run/limits.h"
#include "run/setup.h"

/* The memory that a rank will need, and its limits. */
typedef struct sidle_need {
    double bytes;
    int n_limits;
    sidle_limit limits[SIDLE_MOST_LIMITS];
} sidle_need;

/* The limit that is nearest, or exceeded most. */
typedef struct sidle_squeeze {
    const sidle_limit *limit; /* of one of the needs; NULL: there is none */
    double bytes;             /* of all needs that it applies to */
    int n_ranks;
} sidle_squeeze;

/** Bytes that a rank will take: its arenas and the tables of its layers. */
double sidle_memory_need(const sidle_setup *setup, int place);

/** Compare each limit with the sum of the needs that it applies to. Shapes:
 * needs (n), of one host. */
sidle_squeeze sidle_memory_squeeze(const sidle_need *needs, int n);

/** A warning above 90 %; above all of it SIDLE_EUSAGE, or a warning, too. */
sidle_status sidle_memory_judge(const char *host, const sidle_squeeze *squeeze,
                                int may_refuse);

/**
 * Check the need of each host's ranks against its main memory and the limits of
 * the control groups that they run in; how much of it is free does not count.
 * The system provides reserved memory at its first use, so a run that needs
 * more would be killed later, during an item. Warns above 90 %.
 *
 * Calls:   collective over comm; the setup is of this rank.
 * Errors:  SIDLE_EUSAGE where a host has less than its ranks need, unless
 *          run.overcommit or `is_dry`, which make a warning of it.
 */
sidle_status sidle_memory_check(const sidle_comm *comm,
                                const sidle_setup *setup, int is_dry);

/** Check one process without MPI that will need `bytes`: get a message only, ""
 * if there is enough. Calls: local. */
void sidle_memory_words(double bytes, char *out, size_t size);

/**
 * Rank 0 reports, for every rank, the bytes predicted, those reserved in arenas
 * at this moment, and the peak of what was resident: the latter also holds the
 * program, the libraries, the data and what MPI and HDF5 took.
 *
 * Calls:   collective over comm.
 */
void sidle_memory_report(const sidle_comm *comm, const sidle_setup *setup);

#endif
