/* spread.c - bytes of rank 0 to all ranks. */
#include "io/spread.h"

#include <stdlib.h>

void sidle_spread(const sidle_comm *comm, void *bytes, int64_t n)
{
    char *at = bytes;

    for (int64_t left = n; left > 0; left -= SIDLE_SPREAD_PIECE) {
        int now = left < SIDLE_SPREAD_PIECE ? (int)left : SIDLE_SPREAD_PIECE;

        SIDLE_MPI(MPI_Bcast(at, now, MPI_BYTE, 0, comm->comm));
        at += now;
    }
}

void sidle_spread_new(const sidle_comm *comm, void **bytes_p, int64_t n)
{
    if (comm->rank != 0) {
        char *room = malloc((size_t)n + 1);

        SIDLE_CHECK(room != NULL, "out of memory");
        room[n] = '\0';
        *bytes_p = room;
    }
    sidle_spread(comm, *bytes_p, n);
}
