/* memory.c - numbers of each rank, added up over a host or gathered. */
#include "cli/memory.h"

#include "base/arena.h"
#include "base/log.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

typedef struct memory {
    double predicted, reserved, resident; /* MiB */
} memory;

static double resident_peak(void)
{
    struct rusage usage = {0};

    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss / 1024.0; /* Linux tells KiB */
}

/* Bytes of this machine's main memory; 0: it does not tell. */
static double bytes_of_machine(void)
{
    long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);

    return pages > 0 && size > 0 ? (double)pages * (double)size : 0.0;
}

void sidle_memory_warn(const sidle_comm *comm, const sidle_setup *setup)
{
    const double gib = 1073741824.0;
    sidle_forecast f =
        sidle_setup_forecast(setup, comm->rank % setup->chain_ranks);
    double mine = (double)f.total, sum = 0.0, has = bytes_of_machine();
    MPI_Comm host;
    int rank;

    SIDLE_MPI(MPI_Comm_split_type(comm->comm, MPI_COMM_TYPE_SHARED, comm->rank,
                                  MPI_INFO_NULL, &host));
    SIDLE_MPI(MPI_Comm_rank(host, &rank));
    SIDLE_MPI(MPI_Reduce(&mine, &sum, 1, MPI_DOUBLE, MPI_SUM, 0, host));
    SIDLE_MPI(MPI_Comm_free(&host));
    if (rank == 0 && has > 0.0 && sum > has)
        sidle_warn(
            "the ranks on %s will reserve %.1f GiB, and it has %.1f GiB "
            "of memory: the run may be killed; \"sidle plan\" lists what "
            "each rank keeps (less with a smaller "
            "parallel.update_every, another parallel.schedule, a smaller "
            "data.batch, or more hosts)",
            comm->host, sum / gib, has / gib);
}

void sidle_memory_report(const sidle_comm *comm, const sidle_setup *setup)
{
    const double mib = 1048576.0;
    sidle_forecast f =
        sidle_setup_forecast(setup, comm->rank % setup->chain_ranks);
    memory mine = {(double)f.total / mib, (double)sidle_arena_total() / mib,
                   resident_peak()};
    memory *all = calloc((size_t)comm->size, sizeof(*all));

    SIDLE_CHECK(all != NULL, "no memory for %d ranks", comm->size);
    SIDLE_MPI(
        MPI_Gather(&mine, 3, MPI_DOUBLE, all, 3, MPI_DOUBLE, 0, comm->comm));
    for (int r = 0; comm->rank == 0 && r < comm->size; r++)
        sidle_info("memory of rank %d: %.2f MiB predicted, %.2f MiB reserved, "
                   "at most %.0f MiB resident",
                   r, all[r].predicted, all[r].reserved, all[r].resident);
    free(all);
}
