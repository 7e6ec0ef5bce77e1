/* write.c - the arrays into a file that is laid out: who writes. */
#include "io/ckpt/write.h"

#include "io/bytes.h"

#include "base/number.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A message is cut so short that rank 0 needs little memory. */
enum { FUNNEL_PIECE = 16 << 20 };

int64_t sidle_write_share(int size)
{
    int share = SIDLE_WRITE_ROUND / size;

    return share > SIDLE_WRITE_LEAST ? share : SIDLE_WRITE_LEAST;
}

int sidle_write_turns(int size)
{
    int at_once = (int)(SIDLE_WRITE_ROUND / sidle_write_share(size));

    return (size + at_once - 1) / at_once;
}

/* A part of an array; at first all zero. */
typedef struct piece {
    int array;
    int64_t at, n; /* bytes */
} piece;

/* On to the next one of those that `owner` owns (-1: that anybody owns). */
static int next_piece(const sidle_content *content, int owner, int64_t most,
                      piece *p)
{
    p->at += p->n;
    p->n = 0;
    for (; p->array < content->n_arrays; p->array++, p->at = 0) {
        const sidle_array *a = &content->arrays[p->array];
        int64_t left = sidle_array_bytes(a) - p->at;

        if ((owner >= 0 && a->owner != owner) || left == 0)
            continue;
        p->n = sidle_smaller(left, most);
        return 1;
    }
    return 0;
}

static int64_t offset_of(const sidle_writing *w, const piece *p)
{
    return w->layout->offsets[p->array + 1] + p->at;
}

static char *bytes_of(const sidle_writing *w, const piece *p)
{
    return (char *)w->content->arrays[p->array].data + p->at;
}

static sidle_status fail_in_array(const sidle_writing *w, const piece *p)
{
    return sidle_fail_in(SIDLE_EIO, "'%s' of '%s'",
                         w->content->arrays[p->array].path, w->path);
}

static sidle_status write_piece(const sidle_writing *w, const piece *p,
                                const void *bytes)
{
    return sidle_write_at(w->fd, offset_of(w, p), p->n, bytes) != SIDLE_OK
               ? fail_in_array(w, p)
               : SIDLE_OK;
}

sidle_status sidle_write_independent(const sidle_writing *w)
{
    piece p = {0};

    while (next_piece(w->content, w->rank, INT64_MAX, &p))
        SIDLE_TRY(write_piece(w, &p, bytes_of(w, &p)));
    return SIDLE_OK;
}

/* ---- by MPI-IO */

void sidle_write_add_reason(const sidle_writing *w)
{
    static const char block[65536];

    /* MPI-IO names no reason: a plain write behind the end meets the same one.
     * The first may be taken in part. */
    for (int i = 0; i < 2; i++)
        if (pwrite(w->fd, block, sizeof(block), (off_t)w->layout->size) < 0) {
            sidle_fail(SIDLE_EIO, "%s: %s", sidle_fail_text(), strerror(errno));
            return;
        }
}

static sidle_status mpi_fail(const sidle_writing *w, int code, const char *what)
{
    char text[MPI_MAX_ERROR_STRING];
    int length = 0;

    if (code == MPI_SUCCESS ||
        MPI_Error_string(code, text, &length) != MPI_SUCCESS)
        length = 0;
    text[length] = '\0';
    sidle_fail(SIDLE_EIO, "cannot %s '%s': %s", what, w->path,
               length > 0 ? text : "only a part was taken");
    sidle_write_add_reason(w);
    return SIDLE_EIO;
}

/* Of all ranks. */
static int has_any_failed(const sidle_writing *w, sidle_status status)
{
    int failed = status != SIDLE_OK;

    SIDLE_MPI(MPI_Allreduce(MPI_IN_PLACE, &failed, 1, MPI_INT, MPI_MAX,
                            w->comm->comm));
    return failed;
}

/* The file that this rank has open, whatever bears its name by now; MPI-IO
 * takes a path only. */
static void name_open_file(const sidle_writing *w, char path[PATH_MAX])
{
    snprintf(path, PATH_MAX, "/proc/self/fd/%d", w->fd);
    if (access(path, F_OK) != 0)
        snprintf(path, PATH_MAX, "%s", w->path);
}

/* All have it open, or none goes on. */
static sidle_status open_together(const sidle_writing *w, MPI_File *file)
{
    sidle_status status = SIDLE_OK;
    char path[PATH_MAX];
    int code;

    name_open_file(w, path);
    SIDLE_MPI_CODE(code, MPI_File_open(w->comm->comm, path, MPI_MODE_RDWR,
                                       MPI_INFO_NULL, file));
    if (code != MPI_SUCCESS)
        status = mpi_fail(w, code, "open by MPI-IO");
    else
        SIDLE_MPI(MPI_File_set_errhandler(*file, MPI_ERRORS_RETURN));
    if (has_any_failed(w, status) && status == SIDLE_OK)
        status =
            sidle_fail(SIDLE_EIO, "another rank cannot open '%s'", w->path);
    return status;
}

static int64_t count_pieces(const sidle_writing *w)
{
    piece p = {0};
    int64_t n = 0;

    while (
        next_piece(w->content, w->rank, sidle_write_share(w->comm->size), &p))
        n++;
    return n;
}

/* One call of all ranks; those that have no piece left, or whose turn it is
 * not, write no byte. */
static sidle_status write_round(const sidle_writing *w, MPI_File file,
                                int is_my_turn, piece *p)
{
    MPI_Status status;
    int code, put;

    if (!is_my_turn ||
        !next_piece(w->content, w->rank, sidle_write_share(w->comm->size), p)) {
        SIDLE_MPI_CODE(
            code, MPI_File_write_at_all(file, 0, NULL, 0, MPI_BYTE, &status));
        return code != MPI_SUCCESS ? mpi_fail(w, code, "write") : SIDLE_OK;
    }
    SIDLE_MPI_CODE(code, MPI_File_write_at_all(
                             file, (MPI_Offset)offset_of(w, p), bytes_of(w, p),
                             (int)p->n, MPI_BYTE, &status));
    if (code == MPI_SUCCESS)
        code = MPI_Get_count(&status, MPI_BYTE, &put);
    else
        put = 0;
    if (code == MPI_SUCCESS && put == p->n)
        return SIDLE_OK;
    mpi_fail(w, code, "write");
    return fail_in_array(w, p);
}

sidle_status sidle_write_collective(const sidle_writing *w)
{
    int turns = sidle_write_turns(w->comm->size);
    int64_t mine = count_pieces(w), most;
    sidle_status status = SIDLE_OK;
    piece p = {0};
    MPI_File file;
    int code;

    SIDLE_TRY(open_together(w, &file));
    SIDLE_MPI(
        MPI_Allreduce(&mine, &most, 1, MPI_INT64_T, MPI_MAX, w->comm->comm));
    for (int64_t i = 0; i < most * turns; i++) {
        status = write_round(w, file, i % turns == w->rank % turns, &p);
        /* All ranks see the failure of one, so all leave the collective
         * calls. */
        if (has_any_failed(w, status))
            break;
    }
    SIDLE_MPI_CODE(code, MPI_File_close(&file));
    if (code != MPI_SUCCESS && status == SIDLE_OK)
        status = mpi_fail(w, code, "close");
    return status;
}

/* ---- by rank 0 */

static void send_own(const sidle_writing *w)
{
    piece p = {0};

    /* Synchronous: rank 0 holds no more than one piece of each rank. */
    while (next_piece(w->content, w->rank, FUNNEL_PIECE, &p))
        SIDLE_MPI(MPI_Ssend(bytes_of(w, &p), (int)p.n, MPI_BYTE, 0,
                            SIDLE_TAG_FILE, w->comm->comm));
}

/* After a failure, too: those who send must not wait for ever. */
static sidle_status write_all(const sidle_writing *w)
{
    char *room = malloc(FUNNEL_PIECE);
    sidle_status status = SIDLE_OK;
    piece p = {0};

    SIDLE_CHECK(room != NULL, "out of memory");
    while (next_piece(w->content, -1, FUNNEL_PIECE, &p)) {
        int owner = w->content->arrays[p.array].owner;

        if (owner != 0)
            SIDLE_MPI(MPI_Recv(room, (int)p.n, MPI_BYTE, owner, SIDLE_TAG_FILE,
                               w->comm->comm, MPI_STATUS_IGNORE));
        if (status == SIDLE_OK)
            status = write_piece(w, &p, owner != 0 ? room : bytes_of(w, &p));
    }
    free(room);
    return status;
}

sidle_status sidle_write_funnel(const sidle_writing *w)
{
    if (w->rank == 0)
        return write_all(w);
    send_own(w);
    return SIDLE_OK;
}
