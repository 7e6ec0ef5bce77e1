/* sync.c - questions to rank 0 about the time. */
#include "mpi/sync.h"

#include "base/clock.h"

enum { N_EXCHANGES = 100 };

double sidle_clock_now(const sidle_clock *clock)
{
    return clock->now != NULL ? clock->now(clock->context) : sidle_now();
}

static double way(const sidle_exchange *exchange)
{
    return exchange->got - exchange->asked;
}

sidle_sync sidle_sync_of(const sidle_exchange *exchanges, int n)
{
    const sidle_exchange *best = exchanges;
    double middle;

    for (int i = 1; i < n; i++)
        if (way(&exchanges[i]) < way(best))
            best = &exchanges[i];
    middle = best->asked + 0.5 * way(best);
    return (sidle_sync){.at = middle,
                        .offset = best->answered - middle,
                        .error = 0.5 * way(best)};
}

double sidle_sync_time(const sidle_sync *before, const sidle_sync *after,
                       double time)
{
    double between = after->at - before->at;
    double drift =
        between > 0.0 ? (after->offset - before->offset) / between : 0.0;

    return time + before->offset + drift * (time - before->at);
}

/* Rank 0 answers all of one rank's questions, then the next one's. */
static void answer(const sidle_comm *comm, const sidle_clock *clock, int rank)
{
    for (int i = 0; i < N_EXCHANGES; i++) {
        double time;

        SIDLE_MPI(MPI_Recv(&time, 1, MPI_DOUBLE, rank, SIDLE_TAG_CLOCK,
                           comm->comm, MPI_STATUS_IGNORE));
        time = sidle_clock_now(clock);
        SIDLE_MPI(
            MPI_Send(&time, 1, MPI_DOUBLE, rank, SIDLE_TAG_CLOCK, comm->comm));
    }
}

static sidle_exchange ask(const sidle_comm *comm, const sidle_clock *clock)
{
    sidle_exchange exchange = {.asked = sidle_clock_now(clock)};

    SIDLE_MPI(MPI_Sendrecv(&exchange.asked, 1, MPI_DOUBLE, 0, SIDLE_TAG_CLOCK,
                           &exchange.answered, 1, MPI_DOUBLE, 0,
                           SIDLE_TAG_CLOCK, comm->comm, MPI_STATUS_IGNORE));
    exchange.got = sidle_clock_now(clock);
    return exchange;
}

sidle_sync sidle_sync_measure(const sidle_comm *comm, const sidle_clock *clock)
{
    sidle_exchange exchanges[N_EXCHANGES];

    if (comm->rank == 0) {
        for (int rank = 1; rank < comm->size; rank++)
            answer(comm, clock, rank);
        return (sidle_sync){.at = sidle_clock_now(clock)};
    }
    for (int i = 0; i < N_EXCHANGES; i++)
        exchanges[i] = ask(comm, clock);
    return sidle_sync_of(exchanges, N_EXCHANGES);
}
