/* guards.c - ranks and processors that do not fit: told before hours are lost.
 */
#define _GNU_SOURCE /* sched_getaffinity */
#include "mpi/guards.h"

#include "base/log.h"
#include "base/text.h"
#include "math/gemm.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- one rank's seat */

/* What Open MPI really does: mpirun sets it by itself where it knows that there
 * are more ranks than slots, and the environment may say otherwise. A library
 * without that variable is not blamed. */
static int yields(void)
{
    union {
        _Bool is_on;
        char room[64];
    } value = {.is_on = 1};
    MPI_T_cvar_handle handle;
    int index, count, provided;

    if (MPI_T_init_thread(MPI_THREAD_FUNNELED, &provided) != MPI_SUCCESS)
        return 1;
    if (MPI_T_cvar_get_index("mpi_yield_when_idle", &index) == MPI_SUCCESS &&
        MPI_T_cvar_handle_alloc(index, NULL, &handle, &count) == MPI_SUCCESS) {
        if (count != 1 || MPI_T_cvar_read(handle, &value) != MPI_SUCCESS)
            value.is_on = 1;
        MPI_T_cvar_handle_free(&handle);
    }
    MPI_T_finalize();
    return value.is_on;
}

/* Of the running system: name spaces and Slurm's nodes have other host names,
 * but the same cores. */
static void name_machine(const char *host, char *out, size_t size)
{
    FILE *file = fopen("/proc/sys/kernel/random/boot_id", "r");

    snprintf(out, size, "%s", host);
    if (file == NULL)
        return;
    if (fgets(out, (int)size, file) == NULL)
        snprintf(out, size, "%s", host);
    fclose(file);
}

static void count_cores(sidle_seat *seat)
{
    cpu_set_t set;

    if (sched_getaffinity(0, sizeof(set), &set) != 0)
        return;
    for (size_t core = 0; core < SIDLE_SEAT_CORES && core < CPU_SETSIZE; core++)
        if (CPU_ISSET(core, &set)) {
            seat->may_use[core / 8] |= (unsigned char)(1u << core % 8);
            seat->n_cores++;
        }
}

void sidle_seat_take(const sidle_comm *comm, sidle_seat *seat)
{
    memset(seat, 0, sizeof(*seat));
    sidle_text_format(seat->host, sizeof(seat->host), "%s", comm->host);
    name_machine(comm->host, seat->machine, sizeof(seat->machine));
    count_cores(seat);
    seat->n_threads = sidle_gemm_threads();
    seat->has_yield = yields();
}

int sidle_seat_has_core(const sidle_seat *seat, int core)
{
    return seat->may_use[core / 8] >> core % 8 & 1;
}

/* ---- the seats of a machine */

typedef struct machine {
    int n_ranks, n_cores; /* of them all, each core once */
    int are_known;        /* the cores of all ranks */
    int is_any_waiting;   /* without yielding */
    const sidle_seat *first;
} machine;

static int is_first_of_machine(const sidle_seat *seats, int rank)
{
    for (int r = 0; r < rank; r++)
        if (strcmp(seats[r].machine, seats[rank].machine) == 0)
            return 0;
    return 1;
}

static machine survey(const sidle_seat *seats, int n, int first)
{
    machine m = {.first = &seats[first], .are_known = 1};
    sidle_seat all = {0};

    for (int r = first; r < n; r++) {
        if (strcmp(seats[r].machine, m.first->machine) != 0)
            continue;
        m.n_ranks++;
        m.are_known &= seats[r].n_cores > 0;
        m.is_any_waiting |= !seats[r].has_yield;
        for (size_t i = 0; i < sizeof(all.may_use); i++)
            all.may_use[i] |= seats[r].may_use[i];
    }
    for (int core = 0; core < SIDLE_SEAT_CORES; core++)
        m.n_cores += sidle_seat_has_core(&all, core);
    return m;
}

/* The first other rank that is bound to the one core of `rank`; -1: none. */
static int rank_beside(const sidle_seat *seats, int n, int rank)
{
    const sidle_seat *mine = &seats[rank];

    for (int r = rank + 1; mine->n_cores == 1 && r < n; r++)
        if (seats[r].n_cores == 1 &&
            strcmp(seats[r].machine, mine->machine) == 0 &&
            memcmp(seats[r].may_use, mine->may_use, sizeof(mine->may_use)) == 0)
            return r;
    return -1;
}

static void check_binding(const sidle_seat *seats, int n, const machine *m)
{
    for (int rank = (int)(m->first - seats); rank < n; rank++) {
        int core = 0, other = rank_beside(seats, n, rank);

        if (other < 0 || strcmp(seats[rank].machine, m->first->machine) != 0)
            continue;
        while (!sidle_seat_has_core(&seats[rank], core))
            core++;
        sidle_warn("ranks %d and %d are both bound to core %d of host %s, "
                   "and each computes while the other one waits; let mpirun "
                   "--bind-to none (or srun --cpu-bind=cores with a core for "
                   "each task) place them, or remove the binding of the "
                   "whole job",
                   rank, other, core, m->first->host);
        return;
    }
}

static void check_threads(const sidle_seat *seats, int n, const machine *m)
{
    for (int rank = (int)(m->first - seats); rank < n; rank++) {
        const sidle_seat *seat = &seats[rank];
        char who[96] = "this process";

        if (seat->n_cores == 0 || seat->n_threads <= seat->n_cores ||
            strcmp(seat->machine, m->first->machine) != 0)
            continue;
        if (n > 1)
            snprintf(who, sizeof(who), "rank %d on host %s", rank, seat->host);
        sidle_warn(
            "%s computes with %d threads and may run on "
            "%d core%s; set BLIS_NUM_THREADS=%d, or give each rank more "
            "cores (srun --cpus-per-task=%d, mpirun --map-by slot:PE=%d)",
            who, seat->n_threads, seat->n_cores, sidle_plural(seat->n_cores),
            seat->n_cores, seat->n_threads, seat->n_threads);
        return;
    }
}

static void check_waiting(const machine *m)
{
    if (!m->are_known || m->n_ranks <= m->n_cores || !m->is_any_waiting)
        return;
    sidle_warn(
        "%d ranks share %d core%s of host %s and do not yield while they "
        "wait, so that a message may take up to a hundred times as long; set "
        "OMPI_MCA_mpi_yield_when_idle=1 (mpirun --oversubscribe does so "
        "where it knows the number of cores), or start fewer ranks: one may "
        "own several blocks",
        m->n_ranks, m->n_cores, sidle_plural(m->n_cores), m->first->host);
}

void sidle_seats_check(const sidle_seat *seats, int n)
{
    for (int rank = 0; rank < n; rank++)
        if (is_first_of_machine(seats, rank)) {
            machine m = survey(seats, n, rank);

            check_threads(seats, n, &m);
            check_binding(seats, n, &m);
            check_waiting(&m);
        }
}

static void add_host(const machine *m, int n_ranks, sidle_company *company)
{
    size_t used = strlen(company->hosts), room = sizeof(company->hosts);
    const char *gap = used > 0 ? ", " : "";

    company->n_hosts++;
    if (used + 112 > room) /* the names of the others are left out */
        snprintf(company->hosts + used, room - used, "%s",
                 strstr(company->hosts, " ..") == NULL ? " .." : "");
    else if (m->n_ranks == n_ranks)
        snprintf(company->hosts + used, room - used, "%s%s", gap,
                 m->first->host);
    else
        snprintf(company->hosts + used, room - used, "%s%s (%d rank%s)", gap,
                 m->first->host, m->n_ranks, sidle_plural(m->n_ranks));
}

void sidle_seats_company(const sidle_seat *seats, int n, sidle_company *company)
{
    memset(company, 0, sizeof(*company));
    for (int rank = 0; rank < n; rank++)
        if (is_first_of_machine(seats, rank)) {
            machine m = survey(seats, n, rank);
            int has_fewer = m.are_known && m.n_cores < m.n_ranks;

            company->n_cores += has_fewer ? m.n_cores : m.n_ranks;
            add_host(&m, n, company);
        }
}

/* ---- what the environment asks for */

void sidle_threads_check(int n_threads)
{
    static const char *const names[] = {"BLIS_NUM_THREADS", "OMP_NUM_THREADS",
                                        "SLURM_CPUS_PER_TASK"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *text = getenv(names[i]);
        int64_t value;

        if (text == NULL || !sidle_text_int(text, &value))
            continue;
        if (i == 0 && value <= n_threads)
            i++; /* BLIS does not ask for OMP_NUM_THREADS then */
        if (value <= n_threads)
            continue;
        sidle_warn("%s is %lld, but this build computes with %d thread%s a "
                   "rank; to use more cores, start more ranks (mpirun -n, "
                   "sbatch -n), up to one per block, or set parallel.replicas",
                   names[i], (long long)value, n_threads,
                   sidle_plural(n_threads));
        return;
    }
}

void sidle_guards_look(const sidle_comm *comm, sidle_company *company)
{
    sidle_seat mine, *all = NULL;

    sidle_seat_take(comm, &mine);
    if (comm->rank == 0) {
        all = calloc((size_t)comm->size, sizeof(*all));
        SIDLE_CHECK(all != NULL, "no memory for %d seats", comm->size);
    }
    SIDLE_MPI(MPI_Gather(&mine, sizeof(mine), MPI_BYTE, all, sizeof(mine),
                         MPI_BYTE, 0, comm->comm));
    if (comm->rank == 0) {
        sidle_threads_check(mine.n_threads);
        sidle_seats_check(all, comm->size);
        if (company != NULL)
            sidle_seats_company(all, comm->size, company);
    }
    free(all);
}
