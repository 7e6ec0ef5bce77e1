/* replica.c - letters between replica 0's first block and those of the others:
 * a pool of sends and one posted receive a peer, at both ends. */
#include "mpi/replica.h"

#include <stdlib.h>
#include <string.h>

enum { N_POOL = 4 };

enum kind { DECISION, WISH, BUSY, MARK };

/* Both ends are the same program on the same kind of machine. */
typedef struct letter {
    int kind, flags;
    int64_t item;
    double busy;
} letter;

typedef struct peer {
    int rank;
    letter in;
    MPI_Request awaited;
    MPI_Request sent[N_POOL];
    int n_marks;
    double busy;
} peer;

struct sidle_replicas {
    MPI_Comm comm;
    int is_first;
    int n_peers; /* of replica 0: the others; of the others: replica 0 */
    peer *peers;
    letter out[N_POOL]; /* the same to all peers */
    int next;
    int has_wish, has_wished;
};

static void await_letter(const sidle_replicas *replicas, peer *p)
{
    SIDLE_MPI(MPI_Irecv(&p->in, (int)sizeof(p->in), MPI_BYTE, p->rank,
                        SIDLE_TAG_REPLICA, replicas->comm, &p->awaited));
}

sidle_status sidle_replicas_open(const sidle_comm *comm, int n_replicas,
                                 sidle_replicas **replicas_p)
{
    sidle_replicas *replicas = calloc(1, sizeof(*replicas));
    int is_first = comm->rank == 0, n = is_first ? n_replicas - 1 : 1;

    if (replicas != NULL)
        replicas->peers = calloc((size_t)n, sizeof(*replicas->peers));
    if (replicas == NULL || replicas->peers == NULL) {
        free(replicas);
        return sidle_fail(SIDLE_EINTERNAL, "no memory for %d replicas", n);
    }
    replicas->comm = comm->comm;
    replicas->is_first = is_first;
    replicas->n_peers = n;
    for (int i = 0; i < n; i++) {
        peer *p = &replicas->peers[i];

        p->rank = is_first ? (i + 1) * (comm->size / n_replicas) : 0;
        /* Not heard of yet: it must not be the least busy. */
        p->busy = 1.0;
        for (int k = 0; k < N_POOL; k++)
            p->sent[k] = MPI_REQUEST_NULL;
        await_letter(replicas, p);
    }
    *replicas_p = replicas;
    return SIDLE_OK;
}

void sidle_replicas_close(sidle_replicas *replicas)
{
    if (replicas == NULL)
        return;
    for (int i = 0; i < replicas->n_peers; i++) {
        peer *p = &replicas->peers[i];

        SIDLE_MPI(MPI_Waitall(N_POOL, p->sent, MPI_STATUSES_IGNORE));
        SIDLE_MPI(MPI_Cancel(&p->awaited));
        SIDLE_MPI(MPI_Wait(&p->awaited, MPI_STATUS_IGNORE));
    }
    free(replicas->peers);
    free(replicas);
}

/* ---- sending */

static int can_send(sidle_replicas *replicas)
{
    for (int i = 0; i < replicas->n_peers; i++) {
        int is_free;

        SIDLE_MPI(MPI_Test(&replicas->peers[i].sent[replicas->next], &is_free,
                           MPI_STATUS_IGNORE));
        if (!is_free)
            return 0;
    }
    return 1;
}

/* Waits for the place, if need be: replica 0 takes everything at any time. A
 * decision's place is free when it was taken, so that replica 0 runs no more
 * than a few items ahead however seldom the chains update. */
static void post_letter(sidle_replicas *replicas, const letter *l)
{
    int (*send)(const void *, int, MPI_Datatype, int, int, MPI_Comm,
                MPI_Request *) = l->kind == DECISION ? MPI_Issend : MPI_Isend;
    int at = replicas->next;

    for (int i = 0; i < replicas->n_peers; i++)
        SIDLE_MPI(MPI_Wait(&replicas->peers[i].sent[at], MPI_STATUS_IGNORE));
    replicas->out[at] = *l;
    for (int i = 0; i < replicas->n_peers; i++)
        SIDLE_MPI(send(&replicas->out[at], (int)sizeof(*l), MPI_BYTE,
                       replicas->peers[i].rank, SIDLE_TAG_REPLICA,
                       replicas->comm, &replicas->peers[i].sent[at]));
    replicas->next = (at + 1) % N_POOL;
}

static void post(sidle_replicas *replicas, enum kind kind, int64_t item,
                 int flags, double busy)
{
    letter l;

    /* Sent as bytes, with whatever lies between the members. */
    memset(&l, 0, sizeof(l));
    l.kind = kind;
    l.item = item;
    l.flags = flags;
    l.busy = busy;
    post_letter(replicas, &l);
}

int sidle_replicas_can_decide(sidle_replicas *replicas)
{
    return replicas == NULL || can_send(replicas);
}

int sidle_replicas_behind(const sidle_replicas *replicas)
{
    for (int i = 0; replicas != NULL && i < replicas->n_peers; i++) {
        const peer *p = &replicas->peers[i];
        int is_free;

        SIDLE_MPI(MPI_Request_get_status(p->sent[replicas->next], &is_free,
                                         MPI_STATUS_IGNORE));
        if (!is_free)
            return p->rank;
    }
    return -1;
}

void sidle_replicas_decide(sidle_replicas *replicas, int64_t item, int flags)
{
    if (replicas != NULL)
        post(replicas, DECISION, item, flags, 0.0);
}

void sidle_replicas_wish(sidle_replicas *replicas)
{
    /* Once is enough: replica 0 keeps a wish until it is fulfilled. */
    if (replicas->has_wished || !can_send(replicas))
        return;
    post(replicas, WISH, 0, 0, 0.0);
    replicas->has_wished = 1;
}

void sidle_replicas_tell_busy(sidle_replicas *replicas, double busy)
{
    /* A figure that comes late is worth nothing: it is dropped, not waited
     * for. */
    if (replicas != NULL && !replicas->is_first && can_send(replicas))
        post(replicas, BUSY, 0, 0, busy);
}

void sidle_replicas_mark(sidle_replicas *replicas)
{
    if (replicas != NULL && !replicas->is_first)
        post(replicas, MARK, 0, 0, 0.0);
}

/* ---- receiving */

static int has_come(peer *p)
{
    int is_there;

    SIDLE_MPI(MPI_Test(&p->awaited, &is_there, MPI_STATUS_IGNORE));
    return is_there;
}

int sidle_replicas_decided(sidle_replicas *replicas, int64_t item, int *flags)
{
    peer *p = replicas->peers;

    if (!has_come(p))
        return 0;
    SIDLE_CHECK(p->in.kind == DECISION && p->in.item == item,
                "replica 0 decided about item %lld, expected %lld",
                (long long)p->in.item, (long long)item);
    *flags = p->in.flags;
    await_letter(replicas, p);
    return 1;
}

static void take_letter(sidle_replicas *replicas, peer *p)
{
    if (p->in.kind == WISH)
        replicas->has_wish = 1;
    else if (p->in.kind == BUSY)
        p->busy = p->in.busy;
    else
        p->n_marks++;
    await_letter(replicas, p);
}

int sidle_replicas_have_wish(sidle_replicas *replicas)
{
    if (replicas == NULL || !replicas->is_first)
        return 0;
    for (int i = 0; i < replicas->n_peers; i++)
        while (has_come(&replicas->peers[i]))
            take_letter(replicas, &replicas->peers[i]);
    return replicas->has_wish;
}

double sidle_replicas_busy(const sidle_replicas *replicas)
{
    double least = 1.0;

    for (int i = 0; replicas != NULL && i < replicas->n_peers; i++)
        if (replicas->peers[i].busy < least)
            least = replicas->peers[i].busy;
    return least;
}

int sidle_replicas_are_marked(sidle_replicas *replicas)
{
    if (replicas == NULL || !replicas->is_first)
        return 1;
    sidle_replicas_have_wish(replicas);
    for (int i = 0; i < replicas->n_peers; i++)
        if (replicas->peers[i].n_marks == 0)
            return 0;
    for (int i = 0; i < replicas->n_peers; i++)
        replicas->peers[i].n_marks--;
    return 1;
}

void sidle_replicas_forget(sidle_replicas *replicas)
{
    if (replicas != NULL)
        replicas->has_wish = replicas->has_wished = 0;
}
