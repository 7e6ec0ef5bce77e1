/* channel.c - rings of two places, in memory or on both ends of a connection.
 */
#include "mpi/channel.h"

#include <limits.h>
#include <string.h>

static int lines(size_t bytes)
{
    size_t n = sidle_arena_round(bytes) / SIDLE_ALIGN;

    SIDLE_CHECK(n <= INT_MAX, "a message of %zu bytes is too large", bytes);
    return (int)n;
}

static void post(sidle_channel *ch, int i)
{
    SIDLE_MPI(MPI_Irecv(ch->place[i], lines(ch->bytes), ch->end.line,
                        ch->end.peer, ch->end.tag, ch->end.comm,
                        &ch->request[i]));
}

void sidle_channel_carve(sidle_carve *carve, sidle_channel *ch, size_t bytes)
{
    ch->bytes = sidle_arena_round(bytes);
    for (int i = 0; i < SIDLE_EDGE_PLACES; i++)
        ch->place[i] = sidle_carve_bytes(carve, bytes);
}

void sidle_channel_open(sidle_channel *ch, const sidle_channel_end *end)
{
    ch->end = *end;
    for (int i = 0; i < SIDLE_EDGE_PLACES; i++) {
        /* Whole cache lines are sent, padding too: none of it may be
         * undefined. */
        memset(ch->place[i], 0, ch->bytes);
        ch->request[i] = MPI_REQUEST_NULL;
        if (end->peer >= 0 && end->is_receiver)
            post(ch, i);
    }
}

static void withdraw(sidle_channel *ch, int i)
{
    if (ch->request[i] != MPI_REQUEST_NULL) {
        /* A cancelled receive must still be completed (MPI 3.1, section
         * 3.8.4). */
        SIDLE_MPI(MPI_Cancel(&ch->request[i]));
        SIDLE_MPI(MPI_Wait(&ch->request[i], MPI_STATUS_IGNORE));
    }
}

void sidle_channel_close(sidle_channel *ch)
{
    for (int i = 0; i < SIDLE_EDGE_PLACES; i++) {
        if (ch->end.is_receiver)
            withdraw(ch, i);
        else
            SIDLE_MPI(MPI_Wait(&ch->request[i], MPI_STATUS_IGNORE));
    }
}

/* Whether nothing is under way for a place (any more). */
static int is_settled(sidle_channel *ch, int i)
{
    int is_done;

    /* A place that was never used holds MPI_REQUEST_NULL, which tests as
     * done. */
    SIDLE_MPI(MPI_Test(&ch->request[i], &is_done, MPI_STATUS_IGNORE));
    return is_done;
}

void sidle_channel_poke(sidle_channel *ch)
{
    for (int i = 0; i < SIDLE_EDGE_PLACES; i++)
        /* A large message moves only while its request is tested, so all places
         * are, not just the next; completion leaves MPI_REQUEST_NULL and counts
         * once. */
        if (ch->request[i] != MPI_REQUEST_NULL && is_settled(ch, i) &&
            ch->end.is_receiver)
            ch->is_full[i] = 1;
}

unsigned char *sidle_channel_free_place(sidle_channel *ch)
{
    int i = ch->fill;

    SIDLE_CHECK(ch->end.peer < 0 || !ch->end.is_receiver,
                "sent at the wrong end");
    return !ch->is_full[i] && is_settled(ch, i) ? ch->place[i] : NULL;
}

void sidle_channel_send(sidle_channel *ch, size_t bytes)
{
    int i = ch->fill;

    if (ch->end.peer < 0)
        ch->is_full[i] = 1;
    else
        SIDLE_MPI(MPI_Isend(ch->place[i], lines(bytes), ch->end.line,
                            ch->end.peer, ch->end.tag, ch->end.comm,
                            &ch->request[i]));
    ch->fill = (i + 1) % SIDLE_EDGE_PLACES;
}

unsigned char *sidle_channel_waiting(sidle_channel *ch, int k)
{
    int i = (ch->take + k) % SIDLE_EDGE_PLACES;

    SIDLE_CHECK(ch->end.peer < 0 || ch->end.is_receiver,
                "received at the wrong end");
    if (k >= SIDLE_EDGE_PLACES)
        return NULL;
    sidle_channel_poke(ch);
    return ch->is_full[i] ? ch->place[i] : NULL;
}

void sidle_channel_taken(sidle_channel *ch)
{
    int i = ch->take;

    ch->is_full[i] = 0;
    /* Not before: until now the reader used the message in its place. */
    if (ch->end.peer >= 0)
        post(ch, i);
    ch->take = (i + 1) % SIDLE_EDGE_PLACES;
}

unsigned char *sidle_channel_put_back(sidle_channel *ch)
{
    int i = ch->take;

    for (int k = 0; k < SIDLE_EDGE_PLACES && ch->is_full[i]; k++)
        i = (i + 1) % SIDLE_EDGE_PLACES;
    SIDLE_CHECK(!ch->is_full[i], "more messages to restore than slots");
    /* The receive posted here at the opening would overwrite the message. */
    if (ch->end.is_receiver)
        withdraw(ch, i);
    ch->is_full[i] = 1;
    /* In memory both ends share the ring: the next message goes behind this
     * one. */
    if (ch->end.peer < 0)
        ch->fill = (i + 1) % SIDLE_EDGE_PLACES;
    return ch->place[i];
}
