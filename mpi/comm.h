/* comm.h - the ranks of a run: their communicator, their tags, their common
 * exit.
 *
 * No other file uses MPI_COMM_WORLD. Every MPI call is wrapped in SIDLE_MPI(),
 * on a duplicated communicator that returns its errors, so that a fault is
 * reported with rank, host and place before the run ends. */
#ifndef SIDLE_MPI_COMM_H
#define SIDLE_MPI_COMM_H

#include "mpi/patience.h"

#include "base/status.h"

/* In C++: the functions of C only, not the removed C++ bindings. */
#ifndef OMPI_SKIP_MPICXX
#define OMPI_SKIP_MPICXX 1
#endif
#include <mpi.h>

#ifdef __cplusplus
extern "C" {
#endif

enum sidle_tag {
    SIDLE_TAG_FILE,    /* a piece of an array, to rank 0, which writes it */
    SIDLE_TAG_ACT = 1, /* activation of an item, to the next block */
    SIDLE_TAG_GRAD,    /* its gradient, to the previous block */
    SIDLE_TAG_NORM,    /* squares of gradient norms, for global clipping */
    SIDLE_TAG_REPORT,  /* losses, from the last block's ranks to rank 0 */
    SIDLE_TAG_PIECE,   /* a piece of a gradient, to the replica that sums it */
    SIDLE_TAG_TOTAL,   /* the sum of a piece, to all replicas */
    SIDLE_TAG_REPLICA, /* decisions to the other replicas, stop requests back */
    SIDLE_TAG_MEET,    /* arrival at a collective call, to rank 0 */
    SIDLE_TAG_CLOCK,   /* a request for the time, to rank 0 and back */
    SIDLE_TAG_PICTURE, /* frames of an evaluation, from the last block's rank to
                          rank 0 */
    SIDLE_TAG_PROBE,   /* parts of the exact gradients of log.staleness */
    SIDLE_TAG_DECISION, /* about an item, to the ranks of the chain */
    SIDLE_TAG_BLOCK /* times a block's number, or one more than an edge's, is
                       added to its tags: they equal none of these */
};

typedef struct sidle_comm {
    MPI_Comm comm;
    int rank, size;
    char host[64];
} sidle_comm;

/**
 * Start MPI (also alone, without mpirun), duplicate the world, take over the
 * die hook and the speaker.
 * Calls:   collective, once; sidle_comm_close() ends MPI.
 * Errors:  SIDLE_EUSAGE if SLURM_* or OMPI_* announce more ranks than the
 *          communicator has (a silent singleton, or a process of a Slurm job
 *          that neither srun nor mpirun started); the message says what to do.
 *          Those of sidle_startup_check().
 */
sidle_status sidle_comm_open(sidle_comm *comm);
void sidle_comm_close(sidle_comm *comm);

/** Set how long a failing process waits for the messages of the others before
 * it aborts the job; 0 at first. Calls: local. */
void sidle_comm_linger(unsigned seconds);

/**
 * Rank 0 waits until every other rank has called this, so that it can name one
 * that has not (patience.h); the others proceed at once to a collective call.
 * Calls:   collective over comm.
 */
void sidle_meet(const sidle_comm *comm);

/**
 * All ranks return the same status: the worst of all, whose message the first
 * failing rank prints. Never inside a tick.
 * Calls:   collective over comm.
 */
sidle_status sidle_agree(const sidle_comm *comm, sidle_status mine);

/** Name and version of the MPI library. Calls: local, also without MPI. */
void sidle_mpi_version(char *out, size_t size);

void sidle_mpi_failed(int code, const char *call, const char *file, int line)
    __attribute__((noreturn));

/* A call that may fail without ending the run: an int gets its error code. */
#define SIDLE_MPI_CODE(code, call)                                             \
    do {                                                                       \
        sidle_patience_enter(#call);                                           \
        (code) = (call);                                                       \
        sidle_patience_leave();                                                \
    } while (0)

#define SIDLE_MPI(call)                                                        \
    do {                                                                       \
        int sidle_mpi_code;                                                    \
        SIDLE_MPI_CODE(sidle_mpi_code, call);                                  \
        if (sidle_mpi_code != MPI_SUCCESS)                                     \
            sidle_mpi_failed(sidle_mpi_code, #call, __FILE__, __LINE__);       \
    } while (0)

#ifdef __cplusplus
}
#endif

#endif
