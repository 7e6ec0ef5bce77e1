/* memory.c - three numbers a rank, gathered. */
#include "cli/memory.h"

#include "base/arena.h"
#include "base/log.h"

#include <stdlib.h>
#include <sys/resource.h>

typedef struct memory {
    double predicted, reserved, resident; /* MiB */
} memory;

static double resident_peak(void)
{
    struct rusage usage = {0};

    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss / 1024.0; /* Linux tells KiB */
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
