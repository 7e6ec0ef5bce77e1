/* guards.h - warnings about ranks that do not fit the processors, at the start
 * of a run.
 *
 * Nothing here changes the results of a run or ends it; these faults cost time
 * only, often most of it. */
#ifndef SIDLE_MPI_GUARDS_H
#define SIDLE_MPI_GUARDS_H

#include "mpi/comm.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { SIDLE_SEAT_CORES = 1024 };

/* The processors that one rank may use. */
typedef struct sidle_seat {
    char host[64];
    char machine[64]; /* the same for all ranks that share processors, whatever
                         their host name */
    int n_cores;      /* it may run on; 0: unknown */
    int n_threads;    /* that its matrix products use */
    int has_yield;    /* others may compute while it waits for a message */
    unsigned char may_use[SIDLE_SEAT_CORES / 8]; /* one bit per core */
} sidle_seat;

/** This rank's seat. Calls: local, after sidle_comm_open(). */
void sidle_seat_take(const sidle_comm *comm, sidle_seat *seat);
int sidle_seat_has_core(const sidle_seat *seat, int core);

/**
 * Warn of ranks 0..n-1 on these seats, once for each machine and fault, and say
 * what to do:
 *   - a rank whose products have more threads than it has cores;
 *   - two ranks that are bound to the same core;
 *   - more ranks than cores, some of which do not yield while they wait.
 * Calls:   local.
 */
void sidle_seats_check(const sidle_seat *seats, int n);

/**
 * Warn of a number of threads or cores in the environment (BLIS_NUM_THREADS,
 * OMP_NUM_THREADS, SLURM_CPUS_PER_TASK) that matrix products with `n_threads`
 * threads do not use.
 * Calls:   local.
 */
void sidle_threads_check(int n_threads);

/* Where the ranks of a run are. */
typedef struct sidle_company {
    char hosts[512]; /* "a (4 ranks), b (2 ranks)", or one name */
    int n_hosts;
    int n_cores; /* that can work at the same time, at most one per rank */
} sidle_company;

/** Summarise seats 0..n-1. Calls: local. */
void sidle_seats_company(const sidle_seat *seats, int n,
                         sidle_company *company);

/**
 * Make all these checks for the ranks of a run. Rank 0 alone prints the
 * warnings and fills `company` (NULL: not wanted).
 * Calls:   collective, once.
 */
void sidle_guards_look(const sidle_comm *comm, sidle_company *company);

#ifdef __cplusplus
}
#endif

#endif
