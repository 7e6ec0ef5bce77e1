/* link.c - messages between two blocks, in four channels.
 *
 * A message is one piece: header, clips, lengths, and the payload from the next
 * cache line on. One without SIDLE_MSG_VALID travels without its payload. */
#include "mpi/link.h"

#include "mpi/channel.h"

#include <stdlib.h>
#include <string.h>

#define MAGIC 0x5349444cu /* "SIDL" */
#define MAX_NORMS 1024    /* as many as a run may have blocks */

struct sidle_link {
    MPI_Comm comm;
    MPI_Datatype line;
    sidle_edge edge;
    int rows;
    size_t length, payload;             /* offsets in a message */
    size_t bytes;                       /* of a message with its payload */
    size_t n_payload;                   /* floats */
    sidle_channel message[2], norms[2]; /* by direction */
    sidle_arena *arena;
};

static sidle_message message_at(const sidle_link *link, unsigned char *place)
{
    return (sidle_message){
        .header = (sidle_header *)(void *)place,
        .clip = (int64_t *)(void *)(place + sizeof(sidle_header)),
        .length = (int32_t *)(void *)(place + link->length),
        .payload = (float *)(void *)(place + link->payload)};
}

static int sender_of(const sidle_link *link, sidle_direction direction)
{
    return direction == SIDLE_AHEAD ? link->edge.from : link->edge.to;
}

static void check_header(const sidle_link *link, sidle_direction direction,
                         const sidle_header *header)
{
    SIDLE_CHECK(header->magic == MAGIC,
                "a message between blocks %d and %d begins with %08x, "
                "expected %08x",
                link->edge.from, link->edge.to, header->magic, MAGIC);
    SIDLE_CHECK(header->block == sender_of(link, direction),
                "a message came from block %d, expected block %d",
                header->block, sender_of(link, direction));
    SIDLE_CHECK(header->rows == link->rows,
                "a message from block %d has %d rows, expected %d",
                header->block, header->rows, link->rows);
}

static int receives_here(int rank, const sidle_link_config *config,
                         int direction)
{
    return rank ==
           (direction == SIDLE_AHEAD ? config->to_rank : config->from_rank);
}

static void open_channels(sidle_link *link, const sidle_comm *comm,
                          const sidle_link_config *config)
{
    int from = config->from_rank, to = config->to_rank;
    sidle_channel_end end = {.comm = link->comm,
                             .line = link->line,
                             .peer = from == to           ? -1
                                     : comm->rank == from ? to
                                                          : from};
    /* Two ranks may share several edges: the edge is in the tag. */
    int tag = SIDLE_TAG_BLOCK * (config->number + 1);

    for (int way = SIDLE_AHEAD; way <= SIDLE_BACK; way++) {
        int kind = way == SIDLE_AHEAD ? SIDLE_TAG_ACT : SIDLE_TAG_GRAD;

        end.is_receiver = receives_here(comm->rank, config, way);
        end.tag = tag + kind;
        sidle_channel_open(&link->message[way], &end);
        end.tag = tag + SIDLE_TAG_NORM;
        sidle_channel_open(&link->norms[way], &end);
    }
}

/* Where a message's lengths and its payload begin, and where it ends. */
static void lay_out(sidle_link *link, int rows, size_t payload)
{
    link->rows = rows;
    link->n_payload = payload;
    link->length = sizeof(sidle_header) + (size_t)rows * sizeof(int64_t);
    link->payload =
        sidle_arena_round(link->length + (size_t)rows * sizeof(int32_t));
    link->bytes = link->payload + sidle_arena_round(payload * sizeof(float));
}

static void carve_places(sidle_carve *carve, sidle_link *link)
{
    for (int way = SIDLE_AHEAD; way <= SIDLE_BACK; way++) {
        sidle_channel_carve(carve, &link->message[way], link->bytes);
        sidle_channel_carve(carve, &link->norms[way],
                            MAX_NORMS * sizeof(double));
    }
}

size_t sidle_link_bytes(int rows, size_t payload)
{
    sidle_carve measure = sidle_carve_of(NULL);
    sidle_link link = {0};

    lay_out(&link, rows, payload);
    carve_places(&measure, &link);
    return sidle_arena_size(sidle_carve_total(&measure));
}

static sidle_status take_places(sidle_link *link, size_t bytes)
{
    sidle_carve carve;

    SIDLE_TRY(sidle_arena_new("messages between blocks", bytes, &link->arena));
    carve = sidle_carve_of(sidle_arena_take(link->arena, bytes));
    carve_places(&carve, link);
    return SIDLE_OK;
}

sidle_status sidle_link_open(const sidle_comm *comm,
                             const sidle_link_config *config,
                             sidle_link **link_p)
{
    sidle_link *link;
    sidle_status status;

    if (config->edge.places != SIDLE_EDGE_PLACES)
        return sidle_fail(SIDLE_EUSAGE,
                          "the edge from block %d to block %d has %d places "
                          "for messages, expected %d",
                          config->edge.from, config->edge.to,
                          config->edge.places, SIDLE_EDGE_PLACES);
    link = calloc(1, sizeof(*link));
    if (link == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for a link");
    link->comm = comm->comm;
    link->edge = config->edge;
    lay_out(link, config->rows, config->payload);
    status = take_places(link, sidle_link_bytes(config->rows, config->payload));
    if (status != SIDLE_OK) {
        free(link);
        return status;
    }
    SIDLE_MPI(MPI_Type_contiguous(SIDLE_ALIGN, MPI_BYTE, &link->line));
    SIDLE_MPI(MPI_Type_commit(&link->line));
    open_channels(link, comm, config);
    *link_p = link;
    return SIDLE_OK;
}

void sidle_link_close(sidle_link *link)
{
    if (link == NULL)
        return;
    for (int way = SIDLE_AHEAD; way <= SIDLE_BACK; way++) {
        sidle_channel_close(&link->message[way]);
        sidle_channel_close(&link->norms[way]);
    }
    SIDLE_MPI(MPI_Type_free(&link->line));
    sidle_arena_free(link->arena);
    free(link);
}

int sidle_link_send_begin(sidle_link *link, sidle_direction direction,
                          sidle_message *message)
{
    unsigned char *place = sidle_channel_free_place(&link->message[direction]);

    if (place == NULL)
        return 0;
    *message = message_at(link, place);
    *message->header = (sidle_header){.magic = MAGIC,
                                      .rows = link->rows,
                                      .block = sender_of(link, direction)};
    return 1;
}

void sidle_link_send_end(sidle_link *link, sidle_direction direction)
{
    sidle_channel *ch = &link->message[direction];
    sidle_message message = message_at(link, ch->place[ch->fill]);
    int has_payload = message.header->flags & SIDLE_MSG_VALID;

    sidle_channel_send(ch, has_payload ? link->bytes : link->payload);
}

int sidle_link_peek(sidle_link *link, sidle_direction direction, int i,
                    sidle_message *message)
{
    unsigned char *place = sidle_channel_waiting(&link->message[direction], i);

    if (place == NULL)
        return 0;
    *message = message_at(link, place);
    check_header(link, direction, message->header);
    return 1;
}

int sidle_link_receive_begin(sidle_link *link, sidle_direction direction,
                             sidle_message *message)
{
    return sidle_link_peek(link, direction, 0, message);
}

void sidle_link_receive_end(sidle_link *link, sidle_direction direction)
{
    sidle_channel_taken(&link->message[direction]);
}

void sidle_link_restore(sidle_link *link, sidle_direction direction,
                        const sidle_message *message)
{
    unsigned char *place = sidle_channel_put_back(&link->message[direction]);
    sidle_message to = message_at(link, place);
    size_t rows = (size_t)link->rows;

    /* A checkpoint does not keep what both ends know of every message. */
    *to.header = *message->header;
    to.header->magic = MAGIC;
    to.header->rows = link->rows;
    to.header->block = sender_of(link, direction);
    memcpy(to.clip, message->clip, rows * sizeof(*to.clip));
    memcpy(to.length, message->length, rows * sizeof(*to.length));
    memcpy(to.payload, message->payload, link->n_payload * sizeof(float));
}

int sidle_link_send_norms(sidle_link *link, sidle_direction direction, int n,
                          const double *squares)
{
    sidle_channel *ch = &link->norms[direction];
    unsigned char *place = sidle_channel_free_place(ch);
    size_t bytes = (size_t)n * sizeof(*squares);

    SIDLE_CHECK(bytes <= ch->bytes, "%d norms at once are too many", n);
    if (place == NULL)
        return 0;
    memcpy(place, squares, bytes);
    sidle_channel_send(ch, bytes);
    return 1;
}

int sidle_link_receive_norms(sidle_link *link, sidle_direction direction, int n,
                             double *squares)
{
    sidle_channel *ch = &link->norms[direction];
    unsigned char *place = sidle_channel_waiting(ch, 0);

    if (place == NULL)
        return 0;
    memcpy(squares, place, (size_t)n * sizeof(*squares));
    sidle_channel_taken(ch);
    return 1;
}

void sidle_link_poke(sidle_link *link)
{
    for (int way = SIDLE_AHEAD; way <= SIDLE_BACK; way++) {
        sidle_channel_poke(&link->message[way]);
        sidle_channel_poke(&link->norms[way]);
    }
}
