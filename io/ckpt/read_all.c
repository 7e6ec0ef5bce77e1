/* read_all.c - arrays of a shared checkpoint, each rank its own.
 *
 * Where only rank 0 sees the file the others ask it for their arrays, one rank
 * after the other, and get them in pieces. The rank that uses an array holds it
 * against its checksum: that covers the way that it came, too. */
#include "io/ckpt/inside.h"
#include "io/spread.h"

#include <stdlib.h>

/* The data sets that this rank wants, in the order of its list. */
typedef struct wishes {
    int32_t *entries; /* their numbers, the same on all ranks */
    void **out;
    int n;
} wishes;

static void wishes_new(int most, wishes *w)
{
    w->entries = calloc((size_t)most + 1, sizeof(*w->entries));
    w->out = calloc((size_t)most + 1, sizeof(*w->out));
    w->n = 0;
    SIDLE_CHECK(w->entries != NULL && w->out != NULL, "out of memory");
}

static void wishes_done(wishes *w)
{
    free(w->out);
    free(w->entries);
}

/* One that the file does not hold as expected leaves no wish at all. */
static sidle_status make_wishes(const sidle_ckpt *ckpt,
                                const sidle_array *arrays, int n, wishes *w)
{
    for (int i = 0; i < n; i++) {
        const sidle_entry *e;
        sidle_status status = SIDLE_OK;

        if (arrays[i].data == NULL)
            continue;
        status = sidle_ckpt_find_as(ckpt, &arrays[i], &e);
        if (status != SIDLE_OK) {
            w->n = 0;
            return status;
        }
        w->entries[w->n] = (int32_t)(e - ckpt->found.all);
        w->out[w->n++] = arrays[i].data;
    }
    return SIDLE_OK;
}

/* A message without a byte tells that the bytes cannot be read. */
static sidle_status send_entry(const sidle_ckpt *ckpt, const sidle_comm *comm,
                               int rank, const sidle_entry *e, char *room)
{
    sidle_status status = SIDLE_OK;

    for (int64_t at = 0; at < e->bytes && status == SIDLE_OK;
         at += SIDLE_SPREAD_PIECE) {
        int64_t left = e->bytes - at;
        int n = left < SIDLE_SPREAD_PIECE ? (int)left : SIDLE_SPREAD_PIECE;

        status = sidle_read_at(ckpt->fd, e->offset + at, n, room);
        /* Synchronous, or MPI might keep copies of whole arrays. */
        SIDLE_MPI(MPI_Ssend(room, status == SIDLE_OK ? n : 0, MPI_BYTE, rank,
                            SIDLE_TAG_FILE, comm->comm));
    }
    if (status != SIDLE_OK)
        sidle_fail_in(status, "'%s': '%s'", ckpt->path, e->array.path);
    return status;
}

/* What one rank wants; after a failure, too, it gets an answer to all. */
static sidle_status serve(const sidle_ckpt *ckpt, const sidle_comm *comm,
                          int rank, char *room)
{
    sidle_status status = SIDLE_OK;
    wishes w;
    int n;

    SIDLE_MPI(MPI_Recv(&n, 1, MPI_INT, rank, SIDLE_TAG_FILE, comm->comm,
                       MPI_STATUS_IGNORE));
    wishes_new(n, &w);
    SIDLE_MPI(MPI_Recv(w.entries, n, MPI_INT32_T, rank, SIDLE_TAG_FILE,
                       comm->comm, MPI_STATUS_IGNORE));
    for (int i = 0; i < n; i++) {
        const sidle_entry *e = &ckpt->found.all[w.entries[i]];

        if (send_entry(ckpt, comm, rank, e, room) != SIDLE_OK)
            status = SIDLE_EIO;
    }
    wishes_done(&w);
    return status;
}

static sidle_status serve_all(const sidle_ckpt *ckpt, const sidle_comm *comm)
{
    char *room = malloc(SIDLE_SPREAD_PIECE);
    sidle_status status = SIDLE_OK;

    SIDLE_CHECK(room != NULL, "out of memory");
    for (int rank = 1; rank < comm->size; rank++)
        if (serve(ckpt, comm, rank, room) != SIDLE_OK)
            status = SIDLE_EIO;
    free(room);
    return status;
}

/* Whether the bytes came. */
static int take_entry(const sidle_comm *comm, const sidle_entry *e, char *out)
{
    for (int64_t at = 0; at < e->bytes; at += SIDLE_SPREAD_PIECE) {
        int64_t left = e->bytes - at;
        int n = left < SIDLE_SPREAD_PIECE ? (int)left : SIDLE_SPREAD_PIECE;
        MPI_Status status;
        int got;

        SIDLE_MPI(MPI_Recv(out + at, n, MPI_BYTE, 0, SIDLE_TAG_FILE, comm->comm,
                           &status));
        SIDLE_MPI(MPI_Get_count(&status, MPI_BYTE, &got));
        /* The message that tells of a failure is shorter. */
        if (got < n)
            return 0;
    }
    return 1;
}

static sidle_status fail_at_rank_0(const sidle_ckpt *ckpt, const sidle_entry *e)
{
    return sidle_fail(SIDLE_EIO, "'%s': rank 0 cannot read '%s'", ckpt->path,
                      e->array.path);
}

static sidle_status check(const sidle_ckpt *ckpt, const sidle_entry *e,
                          const void *bytes)
{
    if (sidle_ckpt_check_bytes(ckpt, e, bytes) != SIDLE_OK)
        return sidle_fail_in(SIDLE_EIO, "'%s'", ckpt->path);
    return SIDLE_OK;
}

/* All that was asked for comes and is taken; the first fault is told. */
static sidle_status ask(const sidle_ckpt *ckpt, const sidle_comm *comm,
                        const wishes *w)
{
    sidle_status status = SIDLE_OK;

    SIDLE_MPI(MPI_Send(&w->n, 1, MPI_INT, 0, SIDLE_TAG_FILE, comm->comm));
    SIDLE_MPI(
        MPI_Send(w->entries, w->n, MPI_INT32_T, 0, SIDLE_TAG_FILE, comm->comm));
    for (int i = 0; i < w->n; i++) {
        const sidle_entry *e = &ckpt->found.all[w->entries[i]];
        int has_come = take_entry(comm, e, w->out[i]);

        if (status == SIDLE_OK)
            status =
                has_come ? check(ckpt, e, w->out[i]) : fail_at_rank_0(ckpt, e);
    }
    return status;
}

/* ---- whoever reads */

static sidle_status read_own(sidle_ckpt *ckpt, const sidle_array *arrays, int n)
{
    for (int i = 0; i < n; i++)
        if (arrays[i].data != NULL)
            SIDLE_TRY(sidle_ckpt_read(ckpt, &arrays[i], arrays[i].data));
    return SIDLE_OK;
}

static sidle_status read_from_rank_0(const sidle_ckpt *ckpt,
                                     const sidle_comm *comm,
                                     const sidle_array *arrays, int n)
{
    sidle_status status, own;
    wishes w;

    wishes_new(n, &w);
    own = make_wishes(ckpt, arrays, n, &w);
    /* Rank 0 expects a question of every rank, also of one without a wish. */
    status = ask(ckpt, comm, &w);
    wishes_done(&w);
    return own != SIDLE_OK ? own : status;
}

sidle_status sidle_ckpt_read_all(sidle_ckpt *ckpt, const sidle_comm *comm,
                                 const sidle_array *arrays, int n)
{
    sidle_status served = SIDLE_OK, status;

    if (ckpt->is_funnel && comm->rank != 0)
        return read_from_rank_0(ckpt, comm, arrays, n);
    /* First those who wait, whatever this rank meets. */
    if (ckpt->is_funnel)
        served = serve_all(ckpt, comm);
    status = read_own(ckpt, arrays, n);
    return status != SIDLE_OK ? status : served;
}
