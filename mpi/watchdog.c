/* watchdog.c - what a rank that has waited for too long has to say. */
#include "mpi/watchdog.h"

#include "base/text.h"

#include <inttypes.h>
#include <sched.h>
#include <string.h>

/* Rounds without progress before the processor is offered to others. */
enum { SPINS = 64 };

/* Ranks fall silent within some items of each other; patience is longer than an
 * item takes to pass through all blocks. */
static unsigned linger_of(double patience)
{
    return patience > 30.0 ? (unsigned)(patience / 10.0) : 3;
}

/* What a block needs before it can go on, and from where. */
typedef struct want {
    const char *phase, *what; /* NULL: it needs nobody */
    int is_left;
} want;

static want norms_of(const sidle_station *s)
{
    static const want wants[] = {
        [NORMS_GATHER] = {"the update", "the norms of its gradients", 0},
        [NORMS_SEND] = {"the update", "room to send the norms", 1},
        [NORMS_AWAIT] = {"the update", "the norm of all gradients", 1},
        [NORMS_PASS] = {"the update", "room to send the norm", 0}};

    return wants[s->norms_phase];
}

static want want_of(const sidle_station *s)
{
    const char *forward = s->instr.is_eval ? "the evaluation" : "the forward";

    switch (s->instr.op) {
    case SIDLE_OP_RECV_ACT:
        return (want){forward, "its activation", 1};
    case SIDLE_OP_FORWARD:
        return (want){forward, "room to send its activation", 0};
    case SIDLE_OP_RECV_GRAD:
        return (want){"the backward", "its gradient", 0};
    case SIDLE_OP_INPUT_GRAD:
        return (want){"the backward", "room to send its gradient", 1};
    case SIDLE_OP_SUM_NORMS:
        return norms_of(s);
    default:
        return (want){0};
    }
}

int sidle_watchdog_looks_left(const sidle_station *station)
{
    return want_of(station).is_left;
}

static const char *host_of(const sidle_runner *runner, int rank)
{
    if (rank == runner->comm.rank)
        return runner->comm.host;
    return rank < runner->comm.rank ? runner->host_before : runner->host_behind;
}

/* Whether it is another replica that the block waits for. */
static int describe_replicas(const sidle_station *s, char *out, size_t size)
{
    const sidle_runner *runner = s->runner;
    int index = s->block->index, is_sum = sidle_sum_is_begun(s->sum);
    int is_load = s->instr.op == SIDLE_OP_LOAD && !s->is_at_cut;
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
                          " for replica %d (rank %d), which is behind",
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
    int index = s->block->index, other = w.is_left ? index - 1 : index + 1;
    int rank;

    if (describe_replicas(s, out, size))
        return;
    if (s->instr.op == SIDLE_OP_END) {
        sidle_text_format(out, size, "block %d is at its end", index);
    } else if (s->is_at_cut) {
        sidle_text_format(out, size,
                          "block %d stands at the cut of item %" PRId64, index,
                          s->instr.item);
    } else if (w.what == NULL || other > runner->config.plan->n_blocks) {
        sidle_text_format(out, size,
                          "block %d waits at item %" PRId64
                          " for room to send its losses to rank 0",
                          index, s->instr.item);
    } else {
        rank = runner->owner[other - 1];
        sidle_text_format(out, size,
                          "block %d waits in %s of item %" PRId64
                          " for %s, block %d (rank %d on host %s)",
                          index, w.phase, s->instr.item, w.what, other, rank,
                          host_of(runner, rank));
    }
}

static void bark(const sidle_runner *runner, double seconds, const char *why)
    __attribute__((noreturn));
static void bark(const sidle_runner *runner, double seconds, const char *why)
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
              "nothing came for %.0f s (run.patience): %s%s%s; look at the "
              "rank that it waits for%s, then start again: the run goes on "
              "from its last checkpoint; where an item takes that long, set "
              "run.patience higher",
              seconds, text, why != NULL ? "; the rank waits for " : "",
              why != NULL ? why : "",
              runner->comm.size > 2
                  ? " (if that one waits as well, it says so here)"
                  : "");
}

void sidle_watchdog_look(sidle_runner *runner, int spins, const char *why)
{
    double patience = runner->config.patience, seconds;

    if (spins < SPINS)
        return;
    sched_yield();
    seconds = sidle_silence_add(&runner->silence, sidle_runner_now(runner),
                                spins == SPINS);
    if (patience > 0.0 && seconds > patience)
        bark(runner, seconds, why);
}

static int rank_at(const sidle_runner *runner, int block)
{
    return block >= 1 && block <= runner->config.plan->n_blocks
               ? runner->owner[block - 1]
               : MPI_PROC_NULL;
}

void sidle_watchdog_meet(sidle_runner *runner)
{
    const sidle_comm *comm = &runner->comm;
    int before = rank_at(runner, runner->first_block - 1);
    int behind = rank_at(runner, runner->first_block + runner->n_stations);
    int n = (int)sizeof(comm->host);

    SIDLE_MPI(MPI_Sendrecv(comm->host, n, MPI_CHAR, behind, SIDLE_TAG_CLOCK,
                           runner->host_before, n, MPI_CHAR, before,
                           SIDLE_TAG_CLOCK, comm->comm, MPI_STATUS_IGNORE));
    SIDLE_MPI(MPI_Sendrecv(comm->host, n, MPI_CHAR, before, SIDLE_TAG_CLOCK,
                           runner->host_behind, n, MPI_CHAR, behind,
                           SIDLE_TAG_CLOCK, comm->comm, MPI_STATUS_IGNORE));
}
