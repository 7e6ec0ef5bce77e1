/* watchdog.c - what a rank that has waited for too long has to say. */
#include "mpi/watchdog.h"

#include "base/text.h"

#include <inttypes.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

/* Rounds without progress before the processor is offered to others. */
enum { SPINS = 64 };

/* Ranks fall silent within some items of each other; patience is longer than an
 * item takes to pass through all blocks. */
static unsigned linger_of(double patience)
{
    return patience > 30.0 ? (unsigned)(patience / 10.0) : 3;
}

/* What a block needs before it can go on, and from whom. */
typedef struct want {
    const char *phase, *what;
    const sidle_end *end; /* NULL: it needs no other block */
} want;

int sidle_watchdog_looks_before(const sidle_station *s)
{
    switch (s->instr.op) {
    case SIDLE_OP_RECV_ACT:
    case SIDLE_OP_INPUT_GRAD:
        return 1;
    case SIDLE_OP_SUM_NORMS:
        return s->norms_phase == NORMS_SEND || s->norms_phase == NORMS_AWAIT;
    default:
        return 0;
    }
}

static const char *norms_of(const sidle_station *s)
{
    static const char *const whats[] = {
        [NORMS_GATHER] = "the norms of its gradients",
        [NORMS_SEND] = "room to send the norms",
        [NORMS_AWAIT] = "the norm of all gradients",
        [NORMS_PASS] = "room to send the norm"};

    return whats[s->norms_phase];
}

/* Of several ends to send by the first that has no room; NULL: there is none.
 */
static const sidle_end *end_to_send(const sidle_station *s, sidle_end *ends,
                                    int n, sidle_direction direction)
{
    for (int i = 0; i < n; i++)
        if (!sidle_station_can_send(s, &ends[i], 1, direction))
            return &ends[i];
    return n > 0 ? ends : NULL;
}

static want want_of(const sidle_station *s)
{
    const char *forward = s->instr.is_eval ? "the evaluation" : "the forward";
    const sidle_end *in = s->n_in > 0 ? s->in : NULL;
    const sidle_end *out = s->n_out > 0 ? s->out : NULL;

    switch (s->instr.op) {
    case SIDLE_OP_RECV_ACT:
        return (want){forward, "its activation", sidle_station_end(s)};
    case SIDLE_OP_FORWARD:
        return (want){forward, "room to send its activation",
                      end_to_send(s, s->out, s->n_out, SIDLE_AHEAD)};
    case SIDLE_OP_RECV_GRAD:
        return (want){"the backward", "its gradient", sidle_station_end(s)};
    case SIDLE_OP_INPUT_GRAD:
        return (want){"the backward", "room to send its gradient",
                      end_to_send(s, s->in, s->n_in, SIDLE_BACK)};
    case SIDLE_OP_SUM_NORMS:
        return (want){"the update", norms_of(s),
                      sidle_watchdog_looks_before(s) ? in : out};
    default:
        return (want){0};
    }
}

/* Whether it is another replica that the block waits for. */
static int describe_replicas(const sidle_station *s, char *out, size_t size)
{
    const sidle_runner *runner = s->runner;
    int index = s->block->index, is_sum = sidle_sum_is_begun(s->sum);
    int is_load = s->instr.op == SIDLE_OP_LOAD && !s->is_at_boundary;
    int r = is_sum ? sidle_sum_missing(s->sum) : -1;
    int behind = is_load && runner->replica == 0
                     ? sidle_replicas_behind(runner->replicas)
                     : -1;

    if (r >= 0)
        sidle_text_format(out, size,
                          "block %d waits for its gradients of replica %d "
                          "(rank %d), whose sum is due at item %" PRId64,
                          index, r, sidle_runner_owner(runner, r, index),
                          s->instr.item);
    else if (is_load && runner->replica > 0)
        sidle_text_format(out, size,
                          "block %d waits for the decision about item %" PRId64
                          ", replica 0 (rank 0)",
                          index, s->instr.item);
    else if (behind >= 0)
        sidle_text_format(out, size,
                          "block %d waits at item %" PRId64
                          " for replica %d (rank %d), which is at an earlier "
                          "item",
                          index, s->instr.item, behind / runner->chain_ranks,
                          behind);
    else
        return 0;
    return 1;
}

/* The last block has no neighbour behind; its losses go to rank 0. */
static void describe(const sidle_station *s, char *out, size_t size)
{
    const sidle_runner *runner = s->runner;
    want w = want_of(s);
    int index = s->block->index;

    if (describe_replicas(s, out, size))
        return;
    if (s->instr.op == SIDLE_OP_END) {
        sidle_text_format(out, size, "block %d is at its end", index);
    } else if (s->is_at_boundary) {
        sidle_text_format(out, size,
                          "block %d is at the boundary of item %" PRId64, index,
                          s->instr.item);
    } else if (w.end == NULL) {
        sidle_text_format(out, size,
                          "block %d waits at item %" PRId64
                          " for room to send its losses to rank 0",
                          index, s->instr.item);
    } else {
        sidle_text_format(out, size,
                          "block %d waits in %s of item %" PRId64
                          " for %s, block %d (rank %d on host %s)",
                          index, w.phase, s->instr.item, w.what, w.end->other,
                          runner->owner[w.end->other - 1], w.end->host);
    }
}

static void give_up(const sidle_runner *runner, double seconds, const char *why)
    __attribute__((noreturn));
static void give_up(const sidle_runner *runner, double seconds, const char *why)
{
    char text[1024] = "";
    size_t used = 0;

    for (int i = 0; i < runner->n_stations && used < sizeof(text) / 2; i++) {
        char one[256];

        describe(&runner->stations[i], one, sizeof(one));
        sidle_text_format(text + used, sizeof(text) - used, "%s%s",
                          i > 0 ? "; " : "", one);
        used += strlen(text + used);
    }
    /* Who waits for the same rank through this one says so now, too. */
    if (runner->comm.size > 2)
        sidle_comm_linger(linger_of(runner->config.patience));
    SIDLE_DIE(SIDLE_EINTERNAL,
              "nothing was received for %.0f s (run.patience): %s%s%s; "
              "examine the rank that it waits for%s, then start again: the "
              "run continues from its last checkpoint; if an item takes this "
              "long, set run.patience higher",
              seconds, text, why != NULL ? "; the rank waits for " : "",
              why != NULL ? why : "",
              runner->comm.size > 2
                  ? " (if that rank waits as well, it reports so here)"
                  : "");
}

void sidle_watchdog_look(sidle_runner *runner, int spins, const char *why)
{
    double patience = runner->config.patience, seconds;

    if (spins < SPINS)
        return;
    /* With more ranks than cores, the one waited for may need this core. */
    sched_yield();
    seconds = sidle_silence_add(&runner->silence, sidle_runner_now(runner),
                                spins == SPINS);
    if (patience > 0.0 && seconds > patience)
        give_up(runner, seconds, why);
}

/* Of both ends of an edge each tells its host to the other; answers how many
 * requests were made. */
static int meet(const sidle_runner *runner, sidle_end *ends, int n_ends,
                MPI_Request *requests)
{
    const sidle_comm *comm = &runner->comm;
    int bytes = (int)sizeof(comm->host), n = 0;

    for (int i = 0; i < n_ends; i++) {
        int rank = runner->owner[ends[i].other - 1];
        int tag = SIDLE_TAG_BLOCK * (ends[i].edge + 1) + SIDLE_TAG_CLOCK;

        memcpy(ends[i].host, comm->host, sizeof(comm->host));
        if (rank == comm->rank)
            continue;
        SIDLE_MPI(MPI_Irecv(ends[i].host, bytes, MPI_CHAR, rank, tag,
                            comm->comm, &requests[n++]));
        SIDLE_MPI(MPI_Isend(comm->host, bytes, MPI_CHAR, rank, tag, comm->comm,
                            &requests[n++]));
    }
    return n;
}

void sidle_watchdog_meet(sidle_runner *runner)
{
    /* Of a link to another rank one end is here. */
    size_t most = 2 * (size_t)runner->n_links;
    MPI_Request *requests = calloc(most + 1, sizeof(MPI_Request));
    int n = 0;

    SIDLE_CHECK(requests != NULL, "no memory for %d links", runner->n_links);
    for (int i = 0; i < runner->n_stations; i++) {
        sidle_station *s = &runner->stations[i];

        n += meet(runner, s->in, s->n_in, requests + n);
        n += meet(runner, s->out, s->n_out, requests + n);
    }
    SIDLE_MPI(MPI_Waitall(n, requests, MPI_STATUSES_IGNORE));
    free(requests);
}
