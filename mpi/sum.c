/* sum.c - pieces to their replicas, totals back. */
#include "mpi/sum.h"

#include "base/carve.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = SIDLE_ALIGN / sizeof(float) }; /* floats that travel together */

enum phase {
    IDLE,
    BEGUN,  /* the totals of the sum before may still be on their way */
    PIECES, /* to and from all others */
    TOTALS,
    THERE
};

struct sidle_sum {
    MPI_Comm comm;
    MPI_Datatype line;
    sidle_owners owners;
    int mine; /* the number of this replica */
    int tag;
    size_t lines; /* of a gradient */
    enum phase phase;
    float *grad;
    float **piece;  /* (R) of my part, from each replica; mine: NULL */
    float *total;   /* of my part; where the first of them arrived */
    int is_sending; /* totals, perhaps of the sum before */
    MPI_Request *in, *out, *old; /* (R) each; mine: MPI_REQUEST_NULL */
    sidle_arena *arena;
};

/* The part of the gradient that replica r cares for, in lines. */
static size_t begin_of(const sidle_sum *sum, int r)
{
    size_t n = (size_t)sum->owners.n, i = (size_t)r;

    /* lines * i / n, in an order in which no product overflows. */
    return sum->lines / n * i + sum->lines % n * i / n;
}

static int lines_of(const sidle_sum *sum, int r)
{
    return (int)(begin_of(sum, r + 1) - begin_of(sum, r));
}

static float *part_of(const sidle_sum *sum, int r)
{
    return sum->grad + begin_of(sum, r) * LINE;
}

static int rank_of(const sidle_sum *sum, int r)
{
    return sum->owners.first + r * sum->owners.stride;
}

static size_t largest_part(size_t weights, size_t n)
{
    return (weights / LINE + n - 1) / n * SIDLE_ALIGN;
}

/* One place for the part of every other replica, as large as any part. */
static void carve_places(sidle_carve *carve, sidle_sum *sum, size_t weights)
{
    size_t n = (size_t)sum->owners.n, requests = n * sizeof(MPI_Request);

    sum->piece = sidle_carve_bytes(carve, n * sizeof(*sum->piece));
    sum->in = sidle_carve_bytes(carve, requests);
    sum->out = sidle_carve_bytes(carve, requests);
    sum->old = sidle_carve_bytes(carve, requests);
    for (int r = 0; r < sum->owners.n; r++) {
        void *place = r == sum->mine
                          ? NULL
                          : sidle_carve_bytes(carve, largest_part(weights, n));

        if (sum->piece != NULL)
            sum->piece[r] = place;
    }
}

size_t sidle_sum_bytes(size_t weights, int n_replicas)
{
    sidle_carve measure = sidle_carve_of(NULL);
    sidle_sum sum = {.owners.n = n_replicas};

    if (n_replicas > 1)
        carve_places(&measure, &sum, weights);
    return sidle_carve_total(&measure);
}

static sidle_status open_places(sidle_sum *sum, size_t weights)
{
    size_t bytes = sidle_sum_bytes(weights, sum->owners.n);
    sidle_carve carve;

    SIDLE_TRY(sidle_arena_new("sums over replicas", bytes, &sum->arena));
    carve = sidle_carve_of(sidle_arena_take(sum->arena, bytes));
    carve_places(&carve, sum, weights);
    for (int r = 0; r < sum->owners.n; r++)
        sum->in[r] = sum->out[r] = sum->old[r] = MPI_REQUEST_NULL;
    sum->total = sum->piece[sum->mine == 0 ? 1 : 0];
    return SIDLE_OK;
}

sidle_status sidle_sum_open(const sidle_comm *comm, int block,
                            const sidle_owners *owners, size_t weights,
                            sidle_sum **sum_p)
{
    sidle_sum *sum = calloc(1, sizeof(*sum));
    sidle_status status;

    SIDLE_CHECK(owners->n > 1 && weights % LINE == 0 &&
                    weights / LINE < INT_MAX,
                "a sum of %zu floats over %d replicas", weights, owners->n);
    if (sum == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for a sum");
    sum->comm = comm->comm;
    sum->owners = *owners;
    sum->mine = (comm->rank - owners->first) / owners->stride;
    /* Ranks may share several blocks: the block is in the tag. */
    sum->tag = SIDLE_TAG_BLOCK * block;
    sum->lines = weights / LINE;
    status = open_places(sum, weights);
    if (status != SIDLE_OK) {
        free(sum);
        return status;
    }
    SIDLE_MPI(MPI_Type_contiguous(LINE, MPI_FLOAT, &sum->line));
    SIDLE_MPI(MPI_Type_commit(&sum->line));
    *sum_p = sum;
    return SIDLE_OK;
}

void sidle_sum_close(sidle_sum *sum)
{
    if (sum == NULL)
        return;
    SIDLE_CHECK(!sidle_sum_is_begun(sum), "a sum is closed before its end");
    SIDLE_MPI(MPI_Waitall(sum->owners.n, sum->old, MPI_STATUSES_IGNORE));
    SIDLE_MPI(MPI_Type_free(&sum->line));
    sidle_arena_free(sum->arena);
    free(sum);
}

/* ---- the way of a sum */

static int are_settled(const sidle_sum *sum, MPI_Request *requests)
{
    int are_done;

    SIDLE_MPI(
        MPI_Testall(sum->owners.n, requests, &are_done, MPI_STATUSES_IGNORE));
    return are_done;
}

static void send_pieces(sidle_sum *sum)
{
    int tag = sum->tag + SIDLE_TAG_PIECE;

    for (int r = 0; r < sum->owners.n; r++)
        if (r != sum->mine)
            SIDLE_MPI(MPI_Irecv(sum->piece[r], lines_of(sum, sum->mine),
                                sum->line, rank_of(sum, r), tag, sum->comm,
                                &sum->in[r]));
    for (int r = 0; r < sum->owners.n; r++)
        if (r != sum->mine)
            SIDLE_MPI(MPI_Isend(part_of(sum, r), lines_of(sum, r), sum->line,
                                rank_of(sum, r), tag, sum->comm, &sum->out[r]));
    sum->phase = PIECES;
}

static void add_up(sidle_sum *sum)
{
    float *mine = part_of(sum, sum->mine), *total = sum->total;
    size_t n = (size_t)lines_of(sum, sum->mine) * LINE;

    sum->piece[sum->mine] = mine;
    /* In the order of replicas, not of arrival: the same bits each time.
     * `total` is one of the two: each is read where it is written. */
    for (size_t i = 0; i < n; i++)
        total[i] = sum->piece[0][i] + sum->piece[1][i];
    for (int r = 2; r < sum->owners.n; r++)
        for (size_t i = 0; i < n; i++)
            total[i] += sum->piece[r][i];
    sum->piece[sum->mine] = NULL;
    memcpy(mine, total, n * sizeof(*mine));
}

/* From `total`, not from the gradient: nobody waits for a slow receiver. */
static void send_totals(sidle_sum *sum)
{
    int tag = sum->tag + SIDLE_TAG_TOTAL;

    for (int r = 0; r < sum->owners.n; r++)
        if (r != sum->mine)
            SIDLE_MPI(MPI_Irecv(part_of(sum, r), lines_of(sum, r), sum->line,
                                rank_of(sum, r), tag, sum->comm, &sum->in[r]));
    for (int r = 0; r < sum->owners.n; r++)
        if (r != sum->mine)
            SIDLE_MPI(MPI_Isend(sum->total, lines_of(sum, sum->mine), sum->line,
                                rank_of(sum, r), tag, sum->comm, &sum->old[r]));
    sum->is_sending = 1;
    sum->phase = TOTALS;
}

void sidle_sum_begin(sidle_sum *sum, float *grad)
{
    if (sum == NULL)
        return;
    SIDLE_CHECK(sum->phase == IDLE, "a sum was begun twice");
    sum->grad = grad;
    sum->phase = BEGUN;
    sidle_sum_poll(sum);
}

int sidle_sum_is_begun(const sidle_sum *sum)
{
    return sum != NULL && sum->phase != IDLE;
}

int sidle_sum_poll(sidle_sum *sum)
{
    if (sum == NULL)
        return 1;
    /* A large total leaves only where this rank looks after it. */
    if (sum->is_sending && are_settled(sum, sum->old))
        sum->is_sending = 0;
    /* The pieces arrive where the total of the sum before is still being
     * sent. */
    if (sum->phase == BEGUN && !sum->is_sending)
        send_pieces(sum);
    /* Sent pieces must be gone: totals are received in their places. */
    if (sum->phase == PIECES && are_settled(sum, sum->in) &&
        are_settled(sum, sum->out)) {
        add_up(sum);
        send_totals(sum);
    }
    if (sum->phase == TOTALS && are_settled(sum, sum->in))
        sum->phase = THERE;
    return sum->phase == THERE || sum->phase == IDLE;
}

void sidle_sum_end(sidle_sum *sum)
{
    if (sum == NULL)
        return;
    SIDLE_CHECK(sum->phase == THERE, "a sum was ended before its end");
    sum->phase = IDLE;
}

static int is_under_way(MPI_Request request)
{
    int is_done;

    SIDLE_MPI(MPI_Request_get_status(request, &is_done, MPI_STATUS_IGNORE));
    return !is_done;
}

int sidle_sum_missing(const sidle_sum *sum)
{
    for (int r = 0; r < sum->owners.n; r++)
        if (is_under_way(sum->in[r]) || is_under_way(sum->out[r]) ||
            (sum->phase == BEGUN && is_under_way(sum->old[r])))
            return r;
    return -1;
}
