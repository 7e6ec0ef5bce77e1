/* patience.c - the thread that looks whether a call of MPI has come back. */
#include "mpi/patience.h"

#include "base/log.h"
#include "base/status.h"
#include "base/text.h"

#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Seconds that other ranks leave to rank 0 to say whom it misses. */
enum { COURTESY = 2 };

static _Atomic(const char *) call_of_now; /* NULL: none */
static atomic_ulong n_calls;
static _Atomic(const char *) what = "the start";
static _Atomic double limit = SIDLE_PATIENCE, allowance;
static atomic_int missing = -1, is_on;
static int own_rank, n_ranks;

/* Up to the first bracket: the call without what it was given. */
static void name_of(const char *call, char *out, size_t size)
{
    size_t n = strcspn(call, "(");

    sidle_text_format(out, size, "%.*s", (int)n, call);
}

static void bark(const char *call, int seconds)
{
    char name[64], whom[96] = "another rank, the one that says nothing here";
    int rank = n_ranks == 2 ? 1 - own_rank : atomic_load(&missing);

    name_of(call, name, sizeof(name));
    if (rank >= 0)
        sidle_text_format(whom, sizeof(whom), "rank %d", rank);
    sidle_log_wipe();
    fprintf(stderr,
            "sidle: %s: waited for %d s (run.patience) in %s, in %s, for %s: "
            "it hangs or was stopped; look at that process, then start again: "
            "the run goes on from its last checkpoint; where a file system is "
            "that slow, set run.patience higher\n",
            sidle_speaker(), seconds, name, atomic_load(&what), whom);
    _exit(SIDLE_EINTERNAL);
}

static int limit_of_now(void)
{
    double seconds = atomic_load(&limit);

    if (seconds <= 0.0)
        return -1;
    /* Of both: no file is so large, but the cast must hold. */
    seconds = fmin(seconds + atomic_load(&allowance), 2e9);
    return (int)seconds + (own_rank > 0 ? COURTESY : 0);
}

static void *look(void *nothing)
{
    unsigned long before = 0;
    int seconds = 0;

    while (atomic_load(&is_on)) {
        const struct timespec second = {.tv_sec = 1};
        unsigned long calls = atomic_load(&n_calls);
        const char *call = atomic_load(&call_of_now);
        int most = limit_of_now();

        seconds = call != NULL && calls == before ? seconds + 1 : 0;
        before = calls;
        if (most >= 0 && seconds > most)
            bark(call, seconds);
        nanosleep(&second, NULL);
    }
    return nothing;
}

void sidle_patience_begin(int rank, int size)
{
    pthread_attr_t attributes;
    pthread_t thread;
    sigset_t all, before;
    int code;

    own_rank = rank;
    n_ranks = size;
    atomic_store(&is_on, 1);
    /* Signals are for the thread that trains. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    code = pthread_create(&thread, &attributes, look, NULL);
    pthread_attr_destroy(&attributes);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (code != 0)
        sidle_warn("no thread to watch MPI's calls: %s; a rank that is stopped "
                   "outside the training may hang the run",
                   strerror(code));
}

void sidle_patience_end(void)
{
    atomic_store(&is_on, 0);
}

void sidle_patience_set(double seconds)
{
    atomic_store(&limit, seconds);
}

void sidle_patience_for(const char *doing, double bytes)
{
    atomic_store(&what, doing);
    atomic_store(&allowance, bytes / SIDLE_PATIENCE_BYTES);
}

void sidle_patience_add(double bytes)
{
    atomic_store(&allowance,
                 atomic_load(&allowance) + bytes / SIDLE_PATIENCE_BYTES);
}

void sidle_patience_expect(int rank)
{
    atomic_store(&missing, rank);
}

void sidle_patience_enter(const char *call)
{
    atomic_fetch_add_explicit(&n_calls, 1, memory_order_relaxed);
    atomic_store_explicit(&call_of_now, call, memory_order_release);
}

void sidle_patience_leave(void)
{
    atomic_store_explicit(&call_of_now, NULL, memory_order_release);
}
