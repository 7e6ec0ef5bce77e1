/* trace.c - the spans of all ranks, gathered. */
#include "mpi/trace.h"

#include "mpi/tracer_inside.h"

#include <stdlib.h>
#include <string.h>

void sidle_trace_done(sidle_trace *trace)
{
    if (trace == NULL)
        return;
    free(trace->ranks);
    free(trace->spans);
    *trace = (sidle_trace){0};
}

static void translate(const sidle_tracer *tracer, const sidle_sync *after,
                      sidle_event *spans)
{
    for (int64_t i = 0; i < tracer->count; i++) {
        spans[i] = tracer->spans[i];
        spans[i].begin =
            sidle_sync_time(&tracer->before, after, spans[i].begin);
        spans[i].end = sidle_sync_time(&tracer->before, after, spans[i].end);
    }
}

static sidle_trace_rank part_of(const sidle_tracer *tracer,
                                const sidle_comm *comm, const sidle_sync *after)
{
    const sidle_sync *before = &tracer->before;
    sidle_trace_rank part;

    memset(&part, 0, sizeof(part));
    memcpy(part.host, comm->host, sizeof(part.host));
    part.first_block = tracer->first_block;
    part.n_blocks = tracer->n_blocks;
    part.error = before->error > after->error ? before->error : after->error;
    part.n_lost = tracer->n_lost;
    part.count = tracer->count;
    return part;
}

static void *reserve(size_t n, size_t size)
{
    void *memory = calloc(n > 0 ? n : 1, size);

    SIDLE_CHECK(memory != NULL, "no memory for a trace of %zu spans", n);
    return memory;
}

/* One rank after the other: there is time. */
static void collect(const sidle_comm *comm, MPI_Datatype type,
                    const sidle_event *mine, sidle_trace *trace)
{
    int64_t total = 0;

    for (int r = 0; r < comm->size; r++) {
        trace->ranks[r].first = total;
        total += trace->ranks[r].count;
    }
    trace->spans = reserve((size_t)total, sizeof(*trace->spans));
    memcpy(trace->spans, mine, (size_t)trace->ranks[0].count * sizeof(*mine));
    for (int r = 1; r < comm->size; r++)
        SIDLE_MPI(MPI_Recv(trace->spans + trace->ranks[r].first,
                           (int)trace->ranks[r].count, type, r, SIDLE_TAG_CLOCK,
                           comm->comm, MPI_STATUS_IGNORE));
}

void sidle_trace_gather(const sidle_tracer *tracer, const sidle_comm *comm,
                        sidle_trace *trace)
{
    sidle_sync after = sidle_sync_measure(comm, &tracer->clock);
    sidle_trace_rank part = part_of(tracer, comm, &after);
    sidle_event *mine = reserve((size_t)tracer->count, sizeof(*mine));
    MPI_Datatype type;

    *trace = (sidle_trace){.plan = tracer->plan,
                           .after = tracer->after,
                           .first_item = tracer->first,
                           .last_item = tracer->last};
    translate(tracer, &after, mine);
    if (comm->rank == 0) {
        trace->n_ranks = comm->size;
        trace->ranks = reserve((size_t)comm->size, sizeof(*trace->ranks));
    }
    SIDLE_MPI(MPI_Gather(&part, (int)sizeof(part), MPI_BYTE, trace->ranks,
                         (int)sizeof(part), MPI_BYTE, 0, comm->comm));
    SIDLE_MPI(MPI_Type_contiguous((int)sizeof(*mine), MPI_BYTE, &type));
    SIDLE_MPI(MPI_Type_commit(&type));
    if (comm->rank == 0)
        collect(comm, type, mine, trace);
    else
        SIDLE_MPI(MPI_Send(mine, (int)tracer->count, type, 0, SIDLE_TAG_CLOCK,
                           comm->comm));
    SIDLE_MPI(MPI_Type_free(&type));
    free(mine);
}
