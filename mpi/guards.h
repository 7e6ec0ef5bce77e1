/* guards.h - ranks and processors that do not fit: told before hours are lost.
 *
 * Nothing here changes a bit of a run or ends it; what is wrong costs time
 * only, often most of it. */
#ifndef SIDLE_MPI_GUARDS_H
#define SIDLE_MPI_GUARDS_H

#include "mpi/comm.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { SIDLE_SEAT_CORES = 1024 };

/* What one rank has to compute with. */
typedef struct sidle_seat {
    char host[64];
    char machine[64]; /* the same for all that share processors, whatever the
                         host is called there */
    int n_cores;      /* it may run on; 0: the system did not tell */
    int n_threads;    /* of its matrix products */
    int has_yield;    /* while it waits for a message, others may compute */
    unsigned char may_use[SIDLE_SEAT_CORES / 8]; /* one bit a core */
} sidle_seat;

/** This rank's seat. Calls: local, after sidle_comm_open(). */
void sidle_seat_take(const sidle_comm *comm, sidle_seat *seat);
int sidle_seat_has_core(const sidle_seat *seat, int core);

/**
 * Warn of ranks 0..n-1 on these seats, once for each machine and fault, with
 * the cure:
 *   - a rank whose products have more threads than it has cores;
 *   - two ranks that are bound to one and the same core;
 *   - more ranks than cores, some of which do not yield while they wait.
 * Calls:   local.
 */
void sidle_seats_check(const sidle_seat *seats, int n);

/**
 * Warn of a number of threads or cores in the environment (BLIS_NUM_THREADS,
 * OMP_NUM_THREADS, SLURM_CPUS_PER_TASK) that products of `n_threads` threads
 * make no use of.
 * Calls:   local.
 */
void sidle_threads_check(int n_threads);

/* Where the ranks of a run are. */
typedef struct sidle_company {
    char hosts[512]; /* "a (4 ranks), b (2 ranks)", or one name */
    int n_hosts;
    int n_cores; /* that may work at once: no more than ranks */
} sidle_company;

/** Of seats 0..n-1. Calls: local. */
void sidle_seats_company(const sidle_seat *seats, int n,
                         sidle_company *company);

/**
 * All of that for the ranks of a run; rank 0 speaks, and only there `company`
 * (NULL: not wanted) is filled.
 * Calls:   collective, once.
 */
void sidle_guards_look(const sidle_comm *comm, sidle_company *company);

#ifdef __cplusplus
}
#endif

#endif
