/* signals.c - SIGUSR1, SIGTERM and SIGINT as a wish to stop. */
#include "cli/signals.h"

#include "base/status.h"

#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { N_NUMBERS = 3 };

static const int numbers[N_NUMBERS] = {SIGUSR1, SIGTERM, SIGINT};
static struct sigaction inherited[N_NUMBERS];

static volatile sig_atomic_t came; /* the number of the last one */
/* Of the first TERM or INT; written once, by the handler. */
static volatile sig_atomic_t has_first;
static struct timespec first;

static int is_a_second_later(const struct timespec *now)
{
    time_t seconds = now->tv_sec - first.tv_sec;

    return seconds > 1 || (seconds == 1 && now->tv_nsec >= first.tv_nsec);
}

/* Only what a handler may call: clock_gettime() and _exit(). */
static void remember(int number)
{
    struct timespec now;

    came = number;
    if (number == SIGUSR1)
        return;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (!has_first) {
        first = now;
        has_first = 1;
    } else if (is_a_second_later(&now)) {
        _exit(128 + number);
    }
}

/* Open MPI's own words for it are a list of addresses. */
static void explain_bus(int number)
{
    static const char words[] =
        "sidle: bus error: a page of a mapped file could not be had. Either "
        "/dev/shm is full, through which Open MPI's ranks of a host exchange "
        "messages (make room, or export OMPI_MCA_btl=self,tcp), or a data file "
        "was cut while the run reads it (give it the whole file again). The "
        "run goes on from its last checkpoint\n";
    ssize_t n = write(STDERR_FILENO, words, sizeof(words) - 1);

    (void)n;
    (void)number;
    _exit(SIDLE_EINTERNAL);
}

void sidle_signals_explain(void)
{
    struct sigaction action;

    memset(&action, 0, sizeof(action));
    action.sa_handler = explain_bus;
    sigaction(SIGBUS, &action, NULL);
}

void sidle_signals_catch(void)
{
    struct sigaction action;

    memset(&action, 0, sizeof(action));
    action.sa_handler = remember;
    action.sa_flags = SA_RESTART;
    /* One at a time: the moment of the first is written and read here only. */
    for (int i = 0; i < N_NUMBERS; i++)
        sigaddset(&action.sa_mask, numbers[i]);
    for (int i = 0; i < N_NUMBERS; i++)
        sigaction(numbers[i], &action, &inherited[i]);
}

void sidle_signals_let_go(void)
{
    for (int i = 0; i < N_NUMBERS; i++)
        sigaction(numbers[i], &inherited[i], NULL);
    if (came != 0)
        raise(came);
}

int sidle_signals_came(void)
{
    return came != 0;
}
