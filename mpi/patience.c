/* patience.c - the thread that looks whether a call of MPI has come back, and
 * the seconds of one who polls instead. */
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

/* Seconds: of MPI_Init, until it is said what it waits for, and until the end;
 * that other ranks leave to rank 0 to say whom it misses. */
enum { SAY_AFTER = 30, END_AFTER = 300, COURTESY = 2 };
/* Seconds; rounds of one who polls are shorter, also on a busy machine. */
#define LONGEST_ROUND 1.0

static _Atomic(const char *) call_of_now; /* NULL: none */
static atomic_ulong n_calls;
static _Atomic(const char *) what = "the start";
static _Atomic double limit = SIDLE_PATIENCE, allowance;
static atomic_int missing = -1, is_on, is_starting;
static int own_rank, n_ranks;
static void (*wait_a_second)(void);

/* ---- who is waited for */

/* Up to the first bracket: the call without what it was given. */
static void name_of(const char *call, char *out, size_t size)
{
    size_t n = strcspn(call, "(");

    sidle_text_format(out, size, "%.*s", (int)n, call);
}

static void give_up(const char *call, int seconds)
{
    char name[64], whom[96] = "another rank, the one without a message here";
    int rank = n_ranks == 2 ? 1 - own_rank : atomic_load(&missing);

    name_of(call, name, sizeof(name));
    if (rank >= 0)
        sidle_text_format(whom, sizeof(whom), "rank %d", rank);
    sidle_log_wipe();
    fprintf(stderr,
            "sidle: %s: waited for %d s (run.patience) in %s, in %s, for %s: "
            "it hangs or was stopped; examine that process, then start "
            "again: the run continues from its last checkpoint; if a file "
            "system is this slow, set run.patience higher\n",
            sidle_speaker(), seconds, name, atomic_load(&what), whom);
    /* Neither exit(), whose handlers may wait for the same call, nor MPI_Abort,
     * which belongs to the thread that trains; the launcher ends the others. */
    _exit(SIDLE_EINTERNAL);
}

/* Nobody knows yet who is missing; two ranks speak for all. */
static void look_at_start(int seconds)
{
    int is_over = seconds >= END_AFTER;

    if (own_rank < 2 && is_over)
        fprintf(stderr,
                "sidle: rank %d: MPI did not start within %d s: a process of "
                "this job never called MPI_Init\n",
                own_rank, END_AFTER);
    else if (own_rank < 2 && seconds == SAY_AFTER)
        fprintf(stderr,
                "sidle: rank %d: MPI has been starting for %d s: a process "
                "of this job has not called MPI_Init yet; it hangs, or it "
                "ended without MPI: check that all processes run this "
                "program and that every host can start it; waiting for %d s "
                "more\n",
                own_rank, SAY_AFTER, END_AFTER - SAY_AFTER);
    if (is_over)
        _exit(SIDLE_EINTERNAL);
}

/* ---- the thread */

static int limit_of_now(void)
{
    double seconds = atomic_load(&limit);

    if (seconds <= 0.0)
        return -1;
    /* Of both: no file is so large, but the cast must hold. */
    seconds = fmin(seconds + atomic_load(&allowance), 2e9);
    return (int)seconds + (own_rank > 0 ? COURTESY : 0);
}

static void sleep_a_second(void)
{
    const struct timespec second = {.tv_sec = 1};

    nanosleep(&second, NULL);
}

static void *look(void *nothing)
{
    unsigned long before = 0;
    int seconds = 0;

    while (atomic_load(&is_on)) {
        unsigned long calls = atomic_load(&n_calls);
        const char *call = atomic_load(&call_of_now);
        int most = limit_of_now();

        /* The count tells one long call from many short ones of the same
         * name. */
        seconds = call != NULL && calls == before ? seconds + 1 : 0;
        before = calls;
        if (atomic_load(&is_starting))
            look_at_start(seconds);
        else if (most >= 0 && seconds > most)
            give_up(call, seconds);
        wait_a_second();
    }
    return nothing;
}

void sidle_patience_begin(int rank, void (*second)(void))
{
    pthread_attr_t attributes;
    pthread_t thread;
    sigset_t all, before;
    int code;

    own_rank = rank;
    wait_a_second = second != NULL ? second : sleep_a_second;
    atomic_store(&is_starting, 1);
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
        sidle_warn("the thread that watches MPI's calls cannot start: %s; a "
                   "rank that is stopped outside the training may hang the "
                   "run",
                   strerror(code));
}

void sidle_patience_end(void)
{
    atomic_store(&is_on, 0);
}

void sidle_patience_started(int rank, int size)
{
    own_rank = rank;
    n_ranks = size;
    atomic_store(&is_starting, 0);
    if (size == 1) /* there is nobody to wait for */
        sidle_patience_end();
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

/* ---- one who polls */

double sidle_silence_add(sidle_silence *silence, double now, int is_first)
{
    double gap = now - silence->looked;

    silence->looked = now;
    if (is_first)
        silence->seconds = 0.0;
    /* A longer gap is this process itself, stopped or starved: no silence. */
    else if (gap < LONGEST_ROUND)
        silence->seconds += gap;
    return silence->seconds;
}
