/* memory.c - numbers of each rank, added up over a host or gathered. */
#include "run/memory.h"
#include "run/setup_views.h"

#include "base/arena.h"
#include "base/log.h"
#include "base/text.h"

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

/* ---- what is needed against what there is */

double sidle_memory_need(const sidle_setup *setup, int place)
{
    sidle_forecast f = sidle_setup_forecast(setup, place);
    const int *first = setup->partition.first;
    double bytes = (double)f.total;

    for (int l = first[f.first - 1]; l < first[f.last]; l++)
        bytes += (double)setup->model->layers[l].tables;
    return bytes;
}

static int is_same(const sidle_limit *a, const sidle_limit *b)
{
    return a->device == b->device && a->inode == b->inode;
}

/* Of all needs that this limit holds for. */
static sidle_squeeze sum_up(const sidle_need *needs, int n,
                            const sidle_limit *limit)
{
    sidle_squeeze sum = {.limit = limit};

    for (int r = 0; r < n; r++)
        for (int i = 0; i < needs[r].n_limits; i++)
            if (is_same(&needs[r].limits[i], limit)) {
                /* A rank counts once, also where it names the limit twice. */
                sum.bytes += needs[r].bytes;
                sum.n_ranks++;
                break;
            }
    return sum;
}

sidle_squeeze sidle_memory_squeeze(const sidle_need *needs, int n)
{
    sidle_squeeze worst = {0};

    for (int r = 0; r < n; r++)
        for (int i = 0; i < needs[r].n_limits; i++) {
            sidle_squeeze s = sum_up(needs, n, &needs[r].limits[i]);

            if (worst.limit == NULL ||
                s.bytes / s.limit->bytes > worst.bytes / worst.limit->bytes)
                worst = s;
        }
    return worst;
}

/* ---- words */

#define MOST_OF_IT 0.9
#define GIB 1073741824.0

/* "it has 23.5 GiB of memory" */
static void name_limit(const char *who, const sidle_limit *limit, char *out,
                       size_t size)
{
    if (limit->name[0] == '\0')
        sidle_text_format(out, size, "%s has %.1f GiB of memory (%.0f bytes)",
                          who, limit->bytes / GIB, limit->bytes);
    else
        sidle_text_format(out, size,
                          "%s has %.1f GiB of memory for this (%.0f bytes, the "
                          "limit in %s)",
                          who, limit->bytes / GIB, limit->bytes, limit->name);
}

static void describe(const char *host, const sidle_squeeze *s, char *out,
                     size_t size)
{
    char has[SIDLE_TEXT_MAX];

    name_limit("it", s->limit, has, sizeof(has));
    sidle_text_format(out, size,
                      "the %s on %s will reserve %.1f GiB (%.0f bytes), "
                      "and %s",
                      s->n_ranks == 1 ? "process" : "ranks", host,
                      s->bytes / GIB, s->bytes, has);
}

static const char advice[] =
    "\"sidle plan\" lists the memory of each rank; use a smaller data.batch, "
    "network (width, context) or parallel.update_every, another "
    "parallel.schedule, or more hosts";

sidle_status sidle_memory_judge(const char *host, const sidle_squeeze *s,
                                int may_refuse)
{
    char words[2 * SIDLE_TEXT_MAX];

    if (s->limit == NULL || s->bytes <= MOST_OF_IT * s->limit->bytes)
        return SIDLE_OK;
    describe(host, s, words, sizeof(words));
    if (s->bytes <= s->limit->bytes) {
        sidle_warn("%s: this is more than 90 %%, without the data, MPI and "
                   "HDF5; %s",
                   words, advice);
        return SIDLE_OK;
    }
    if (may_refuse)
        return sidle_fail(SIDLE_EUSAGE,
                          "%s: the run would be killed; %s; run.overcommit: "
                          "true starts it nevertheless",
                          words, advice);
    sidle_warn("%s: the run may be killed, and is refused unless "
               "run.overcommit is true; %s",
               words, advice);
    return SIDLE_OK;
}

/* ---- the ranks of a host together */

sidle_status sidle_memory_check(const sidle_comm *comm,
                                const sidle_setup *setup, int is_dry)
{
    sidle_need mine = {0}, *all = NULL;
    sidle_status status = SIDLE_OK;
    MPI_Comm host;
    int rank, size;

    mine.bytes = sidle_memory_need(setup, comm->rank % setup->chain_ranks);
    mine.n_limits = sidle_limits_find(mine.limits);
    SIDLE_MPI(MPI_Comm_split_type(comm->comm, MPI_COMM_TYPE_SHARED, comm->rank,
                                  MPI_INFO_NULL, &host));
    SIDLE_MPI(MPI_Comm_rank(host, &rank));
    SIDLE_MPI(MPI_Comm_size(host, &size));
    if (rank == 0)
        all = calloc((size_t)size, sizeof(*all));
    SIDLE_CHECK(rank > 0 || all != NULL, "no memory for %d ranks", size);
    SIDLE_MPI(MPI_Gather(&mine, sizeof(mine), MPI_BYTE, all, sizeof(mine),
                         MPI_BYTE, 0, host));
    SIDLE_MPI(MPI_Comm_free(&host));
    if (rank == 0) {
        sidle_squeeze s = sidle_memory_squeeze(all, size);

        status = sidle_memory_judge(comm->host, &s,
                                    !is_dry && !setup->options.run.overcommit);
    }
    free(all);
    return sidle_agree(comm, status);
}

void sidle_memory_words(double bytes, char *out, size_t size)
{
    sidle_need need = {.bytes = bytes};
    sidle_squeeze s;
    char has[SIDLE_TEXT_MAX];

    out[0] = '\0';
    need.n_limits = sidle_limits_find(need.limits);
    s = sidle_memory_squeeze(&need, 1);
    if (s.limit == NULL || bytes <= MOST_OF_IT * s.limit->bytes)
        return;
    name_limit("this machine", s.limit, has, sizeof(has));
    sidle_text_format(out, size, "%.1f GiB (%.0f bytes), and %s", bytes / GIB,
                      bytes, has);
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
