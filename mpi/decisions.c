/* decisions.c - letters from the rank of the first block: a pool of sends
 * there, one posted receive at every other rank, and a ring of what is known.
 */
#include "mpi/decisions.h"

#include <stdlib.h>

enum { N_POOL = 8 };

/* Both ends are the same program on the same kind of machine. */
typedef struct letter {
    int64_t item, flags;
} letter;

struct sidle_decisions {
    MPI_Comm comm;
    int first_rank, n_peers; /* peers: ranks behind the first; else 0 */
    letter out[N_POOL];
    MPI_Request *sent; /* (N_POOL, n_peers) */
    int next;
    letter in;
    MPI_Request awaited;
    letter *known; /* (n_known) item k at k modulo n_known */
    int n_known;
};

static void await_letter(sidle_decisions *d)
{
    SIDLE_MPI(MPI_Irecv(&d->in, (int)sizeof(d->in), MPI_BYTE, d->first_rank,
                        SIDLE_TAG_DECISION, d->comm, &d->awaited));
}

sidle_status sidle_decisions_open(const sidle_comm *comm, int first_rank,
                                  int n_ranks, int n_blocks,
                                  sidle_decisions **decisions_p)
{
    sidle_decisions *d = calloc(1, sizeof(*d));
    int is_first = comm->rank == first_rank;

    if (d == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for decisions");
    d->comm = comm->comm;
    d->first_rank = first_rank;
    d->n_peers = is_first ? n_ranks - 1 : 0;
    d->awaited = MPI_REQUEST_NULL;
    /* Two places an edge hold blocks together: no rank is this far behind. */
    d->n_known = 4 * n_blocks + 16;
    d->known = calloc((size_t)d->n_known, sizeof(*d->known));
    d->sent = calloc((size_t)(N_POOL * d->n_peers) + 1, sizeof(MPI_Request));
    if (d->known == NULL || d->sent == NULL) {
        sidle_decisions_close(d);
        return sidle_fail(SIDLE_EINTERNAL, "no memory for decisions");
    }
    for (int i = 0; i < N_POOL * d->n_peers; i++)
        d->sent[i] = MPI_REQUEST_NULL;
    if (!is_first)
        await_letter(d);
    *decisions_p = d;
    return SIDLE_OK;
}

void sidle_decisions_close(sidle_decisions *d)
{
    if (d == NULL)
        return;
    if (d->sent != NULL)
        SIDLE_MPI(
            MPI_Waitall(N_POOL * d->n_peers, d->sent, MPI_STATUSES_IGNORE));
    if (d->awaited != MPI_REQUEST_NULL) {
        SIDLE_MPI(MPI_Cancel(&d->awaited));
        SIDLE_MPI(MPI_Wait(&d->awaited, MPI_STATUS_IGNORE));
    }
    free(d->known);
    free(d->sent);
    free(d);
}

int sidle_decisions_can_tell(sidle_decisions *d)
{
    int is_free = 1;

    if (d != NULL && d->n_peers > 0)
        SIDLE_MPI(MPI_Testall(d->n_peers, d->sent + d->next * d->n_peers,
                              &is_free, MPI_STATUSES_IGNORE));
    return is_free;
}

static void keep(sidle_decisions *d, const letter *l)
{
    d->known[l->item % d->n_known] = *l;
}

void sidle_decisions_tell(sidle_decisions *d, int64_t item, int flags)
{
    letter *l;

    if (d == NULL)
        return;
    l = &d->out[d->next];
    *l = (letter){item, flags};
    keep(d, l);
    for (int i = 0; i < d->n_peers; i++)
        SIDLE_MPI(MPI_Isend(l, (int)sizeof(*l), MPI_BYTE, d->first_rank + 1 + i,
                            SIDLE_TAG_DECISION, d->comm,
                            &d->sent[d->next * d->n_peers + i]));
    d->next = (d->next + 1) % N_POOL;
}

void sidle_decisions_poll(sidle_decisions *d, int64_t oldest)
{
    int has_come = d != NULL && d->awaited != MPI_REQUEST_NULL;

    while (has_come) {
        SIDLE_MPI(MPI_Test(&d->awaited, &has_come, MPI_STATUS_IGNORE));
        if (!has_come)
            return;
        SIDLE_CHECK(d->in.item < oldest + d->n_known,
                    "the decision about item %lld came while item %lld is at "
                    "its boundary",
                    (long long)d->in.item, (long long)oldest);
        keep(d, &d->in);
        await_letter(d);
    }
}

int sidle_decisions_find(sidle_decisions *d, int64_t item, int *flags)
{
    const letter *l = &d->known[item % d->n_known];

    /* No item is 0, so an empty place is none's. */
    if (l->item != item)
        return 0;
    *flags = (int)l->flags;
    return 1;
}
