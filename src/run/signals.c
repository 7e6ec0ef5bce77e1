/* signals.c - signals that batch systems and terminals send, as a wish to stop.
 */
#include "run/signals.h"

#include "base/status.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

typedef struct kind {
    int number, ends_at_second;
    const char *name;
} kind;

static const kind kinds[] = {
    {SIGUSR1, 0, "SIGUSR1"},
    {SIGUSR2, 0, "SIGUSR2"},
    {SIGTERM, 1, "SIGTERM"},
    {SIGINT, 1, "SIGINT"},
    {SIGHUP, 0, "SIGHUP (as from a terminal that is gone)"},
    {SIGXCPU, 0, "SIGXCPU (as from a limit of processor time)"},
};

enum { N_KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static struct sigaction inherited[N_KINDS];
static int is_caught;

static volatile sig_atomic_t came; /* the number of the last one */
/* Of the first TERM or INT; written once, by the handler. */
static volatile sig_atomic_t has_first;
static struct timespec first;
/* Of the first of all; written once, by the handler, before `came`. */
static struct {
    int number, is_sent; /* by a process, else by the kernel */
    pid_t pid;
    char name[32]; /* of its program, "" where it is not told */
} cause;

static const kind *kind_of(int number)
{
    const kind *k = kinds;

    while (k->number != number)
        k++;
    return k;
}

static int is_a_second_later(const struct timespec *now)
{
    time_t seconds = now->tv_sec - first.tv_sec;

    return seconds > 1 || (seconds == 1 && now->tv_nsec >= first.tv_nsec);
}

/* Who sent it may have ended when it is told. Only what a handler may call. */
static void read_name(pid_t pid, char *out, size_t size)
{
    char path[40] = "/proc/", digits[16];
    size_t at = strlen(path), n = 0;
    ssize_t length;
    int fd;

    do
        digits[n++] = (char)('0' + pid % 10);
    while ((pid /= 10) > 0 && n < sizeof(digits));
    while (n > 0)
        path[at++] = digits[--n];
    memcpy(path + at, "/comm", sizeof("/comm"));
    fd = open(path, O_RDONLY | O_CLOEXEC);
    length = fd >= 0 ? read(fd, out, size - 1) : 0;
    if (fd >= 0)
        close(fd);
    out[length > 0 ? length : 0] = '\0';
    out[strcspn(out, "\n")] = '\0';
}

static void note_cause(int number, const siginfo_t *info)
{
    cause.number = number;
    cause.is_sent = info->si_code <= 0 && info->si_pid > 0;
    cause.pid = info->si_pid;
    if (cause.is_sent)
        read_name(cause.pid, cause.name, sizeof(cause.name));
}

/* Only what a handler may call, as clock_gettime() and _exit(). */
static void remember(int number, siginfo_t *info, void *nothing)
{
    struct timespec now;
    int error = errno;

    (void)nothing;
    if (came == 0)
        note_cause(number, info);
    /* The code that was interrupted may be about to read it. */
    errno = error;
    came = number;
    if (!kind_of(number)->ends_at_second)
        return;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (!has_first) {
        first = now;
        has_first = 1;
    } else if (is_a_second_later(&now)) {
        /* As a shell reports a signal; exit() is not for handlers. */
        _exit(128 + number);
    }
}

/* Open MPI's own words for it are a list of addresses. */
static void explain_bus(int number)
{
    static const char words[] =
        "sidle: bus error: a page of a mapped file is not available. Either "
        "/dev/shm, through which Open MPI's ranks of a host exchange "
        "messages, is full (free some space, or export "
        "OMPI_MCA_btl=self,tcp), or a data file was truncated while the run "
        "reads it (restore the file). The next start continues from the last "
        "checkpoint\n";
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

static int is_ignored(int number)
{
    struct sigaction now;

    return sigaction(number, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

void sidle_signals_catch(void)
{
    struct sigaction action;

    memset(&action, 0, sizeof(action));
    action.sa_sigaction = remember;
    /* Calls that a signal interrupts go on: no read or write fails by it. */
    action.sa_flags = SA_RESTART | SA_SIGINFO;
    /* One at a time: what is kept of the first is written and read here only.
     */
    for (int i = 0; i < N_KINDS; i++)
        sigaddset(&action.sa_mask, kinds[i].number);
    for (int i = 0; i < N_KINDS; i++) {
        sigaction(kinds[i].number, NULL, &inherited[i]);
        /* What is ignored stays so, as SIGHUP under nohup; but SIGUSR1 is what
         * batch systems are asked to send. */
        if (kinds[i].number == SIGUSR1 || !is_ignored(kinds[i].number))
            sigaction(kinds[i].number, &action, NULL);
    }
    /* A reader of the output that ends makes a write fail, not the run end. */
    signal(SIGPIPE, SIG_IGN);
    is_caught = 1;
}

void sidle_signals_let_go(void)
{
    if (!is_caught) /* they are the program's own */
        return;
    is_caught = 0;
    for (int i = 0; i < N_KINDS; i++)
        sigaction(kinds[i].number, &inherited[i], NULL);
    if (came != 0)
        /* It came while it was caught: now it has the effect it should have
         * had. */
        raise(came);
}

int sidle_signals_came(void)
{
    return came != 0;
}

void sidle_signals_why(char *out, size_t size)
{
    char who[80] = "the kernel";

    out[0] = '\0';
    if (came == 0)
        return;
    if (cause.is_sent)
        snprintf(who, sizeof(who), "process %d%s%s%s", (int)cause.pid,
                 cause.name[0] != '\0' ? " (" : "", cause.name,
                 cause.name[0] != '\0' ? ")" : "");
    snprintf(out, size, "%s, sent by %s", kind_of(cause.number)->name, who);
}
