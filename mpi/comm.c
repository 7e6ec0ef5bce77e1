/* comm.c - MPI from its start to its end, and leaving together. */
#include "mpi/comm.h"
#include "mpi/startup.h"

#include "base/launcher.h"
#include "base/log.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static unsigned linger; /* seconds */

void sidle_comm_linger(unsigned seconds)
{
    linger = seconds;
}

static void abort_all(int code)
{
    /* MPI_Abort ends the other ranks, which may be about to say what they
     * know. */
    sleep(linger);
    MPI_Abort(MPI_COMM_WORLD, code);
}

void sidle_mpi_failed(int code, const char *call, const char *file, int line)
{
    char text[MPI_MAX_ERROR_STRING];
    int length = 0;

    if (MPI_Error_string(code, text, &length) != MPI_SUCCESS)
        length = 0;
    text[length] = '\0';
    sidle_die(SIDLE_EINTERNAL, file, line, "%s failed: %s", call, text);
}

/* The number in an environment variable, 0 if there is none. */
static int64_t promised(const char *name)
{
    const char *text = getenv(name);
    int64_t value = 0;

    return text != NULL && sidle_text_int(text, &value) ? value : 0;
}

/* In a job script, an allocation or a shell that has SLURM_NTASKS, but below
 * neither srun nor mpirun: the tasks, or at least a job's nodes, asked for. */
static int64_t idle_tasks(void)
{
    int64_t n_tasks;

    if (getenv("SLURM_STEP_ID") != NULL)
        return 0;
    n_tasks = promised("SLURM_NTASKS");
    if (n_tasks > 0 || getenv("SLURM_JOB_ID") == NULL)
        return n_tasks;
    return promised("SLURM_JOB_NUM_NODES");
}

/* A program that was linked with another MPI than the one that starts it runs
 * as many lonely copies of rank 0, each of which would train the whole net; one
 * that nobody started leaves all but one core of its job idle. */
static sidle_status check_company(int size)
{
    const char *starter = "mpirun";
    int64_t expected = promised("OMPI_COMM_WORLD_SIZE");

    /* mpirun knows best: below it Slurm's numbers are those of its daemons. */
    if (expected == 0) {
        starter = "srun";
        expected = promised("SLURM_STEP_NUM_TASKS");
        if (expected == 0 && getenv("SLURM_STEP_ID") != NULL)
            expected = promised("SLURM_NTASKS");
    }
    if (size > 1 || expected == 1)
        return SIDLE_OK;
    if (expected <= 0) {
        if (idle_tasks() <= 1)
            return SIDLE_OK;
        return sidle_fail(SIDLE_EUSAGE,
                          "this Slurm job is for %lld processes, but only "
                          "this one was started; put srun --mpi=pmix (or "
                          "mpirun) before the command; for one process that "
                          "owns all blocks, use srun --mpi=pmix -n 1; "
                          "outside a job, unset SLURM_NTASKS",
                          (long long)idle_tasks());
    }
    return sidle_fail(SIDLE_EUSAGE,
                      "%s started %lld processes, but each of them is alone; "
                      "start with the mpirun of the MPI that sidle was built "
                      "with, or with srun --mpi=pmix",
                      starter, (long long)expected);
}

static int start_mpi(void)
{
    int provided, size;

    sidle_startup_begin();
    /* Before MPI_Init, which waits without limit for a process that never
     * starts. */
    sidle_patience_begin(sidle_launcher_rank(), NULL);
    /* FUNNELED is enough: the thread that watches calls no function of MPI. */
    SIDLE_MPI(MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided));
    sidle_startup_end();
    sidle_set_die_hook(abort_all);
    SIDLE_MPI(MPI_Comm_size(MPI_COMM_WORLD, &size));
    return size;
}

static void end_mpi(void)
{
    /* Behind MPI_Finalize a call of MPI_Abort would itself be an error. */
    sidle_set_die_hook(NULL);
    SIDLE_MPI(MPI_Finalize());
    /* MPI_Finalize waits for all ranks, too, so the watch ends behind it. */
    sidle_patience_end();
}

sidle_status sidle_comm_open(sidle_comm *comm)
{
    char who[128];
    sidle_status status;

    SIDLE_TRY(sidle_startup_check());
    comm->size = start_mpi();
    status = check_company(comm->size);
    if (status != SIDLE_OK) {
        end_mpi();
        return status;
    }
    SIDLE_MPI(MPI_Comm_dup(MPI_COMM_WORLD, &comm->comm));
    SIDLE_MPI(MPI_Comm_set_errhandler(comm->comm, MPI_ERRORS_RETURN));
    SIDLE_MPI(MPI_Comm_rank(comm->comm, &comm->rank));
    sidle_patience_started(comm->rank, comm->size);
    if (gethostname(comm->host, sizeof(comm->host)) != 0)
        strcpy(comm->host, "unknown");
    /* POSIX leaves open whether a name that was cut has its end. */
    comm->host[sizeof(comm->host) - 1] = '\0';
    if (comm->size == 1) /* nobody else could speak */
        return SIDLE_OK;
    sidle_text_format(who, sizeof(who), "rank %d on host %s", comm->rank,
                      comm->host);
    sidle_set_speaker(who);
    return SIDLE_OK;
}

void sidle_comm_close(sidle_comm *comm)
{
    SIDLE_MPI(MPI_Comm_free(&comm->comm));
    end_mpi();
    sidle_set_speaker("");
}

/* To be stopped is no fault: any failure is worse. */
static int badness(sidle_status status)
{
    return status == SIDLE_OK         ? 0
           : status == SIDLE_ESTOPPED ? 1
                                      : 1 + (int)status;
}

static sidle_status status_of(int badness)
{
    return badness == 0   ? SIDLE_OK
           : badness == 1 ? SIDLE_ESTOPPED
                          : (sidle_status)(badness - 1);
}

void sidle_meet(const sidle_comm *comm)
{
    if (comm->rank > 0)
        SIDLE_MPI(MPI_Send(NULL, 0, MPI_BYTE, 0, SIDLE_TAG_MEET, comm->comm));
    for (int rank = 1; comm->rank == 0 && rank < comm->size; rank++) {
        /* One by one, so that it is known who is missing. */
        sidle_patience_expect(rank);
        SIDLE_MPI(MPI_Recv(NULL, 0, MPI_BYTE, rank, SIDLE_TAG_MEET, comm->comm,
                           MPI_STATUS_IGNORE));
    }
    sidle_patience_expect(-1);
}

sidle_status sidle_agree(const sidle_comm *comm, sidle_status mine)
{
    struct {
        int badness;
        int rank;
    } in = {badness(mine), comm->rank}, worst;

    /* A collective cannot tell which rank never came; these messages can. */
    sidle_meet(comm);
    SIDLE_MPI(MPI_Allreduce(&in, &worst, 1, MPI_2INT, MPI_MAXLOC, comm->comm));
    /* MPI_MAXLOC names the lowest of the ranks that are equally bad: one
     * speaks. */
    if (worst.badness > 1 && worst.rank == comm->rank) {
        sidle_log_wipe();
        fprintf(stderr, "sidle: %s: %s\n",
                comm->size > 1 ? sidle_speaker() : sidle_status_text(mine),
                sidle_fail_text());
        fflush(stderr);
    }
    return status_of(worst.badness);
}

void sidle_mpi_version(char *out, size_t size)
{
    char text[MPI_MAX_LIBRARY_VERSION_STRING];
    int length;

    if (MPI_Get_library_version(text, &length) != MPI_SUCCESS)
        length = 0;
    text[length] = '\0';
    text[strcspn(text, ",\n")] = '\0';
    snprintf(out, size, "%s", text);
}
