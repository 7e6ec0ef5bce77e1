/* fence.c - work of a library in a child process with limits.
 *
 * A frame is a head, kind and size, and so many bytes. The last one has kind 0
 * and holds the status of the work and its sentence; a pipe that ends without
 * it tells of a death. */
#include "io/fence.h"

#include "base/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

typedef struct head {
    int32_t kind;
    uint32_t size;
} head;

typedef struct verdict {
    int32_t status;
    char text[2048];
} verdict;

/* ---- the child */

/* Of private memory that can be written: code and files do not count. It is
 * the measure that holds with an address sanitizer, too. 0: not known. */
static int64_t bytes_in_use(void)
{
    long long pages = 0;
    FILE *stream = fopen("/proc/self/statm", "r");

    if (stream == NULL)
        return 0;
    if (fscanf(stream, "%*s %*s %*s %*s %*s %lld", &pages) != 1)
        pages = 0;
    fclose(stream);
    return pages * sysconf(_SC_PAGESIZE);
}

static void limit(int what, int64_t most)
{
    struct rlimit r;

    if (getrlimit(what, &r) != 0 || r.rlim_cur <= (rlim_t)most)
        return;
    r.rlim_cur = (rlim_t)most;
    setrlimit(what, &r);
}

static void set_limits(const sidle_fence_limits *limits)
{
    int64_t in_use = bytes_in_use();

    if (in_use > 0)
        limit(RLIMIT_DATA, in_use + limits->bytes);
    if (limits->seconds > 0)
        limit(RLIMIT_CPU, limits->seconds);
    limit(RLIMIT_CORE, 0);
}

/* The limit's own ends it; one that a batch system sends to the job does not.
 */
static void on_time_over(int number, siginfo_t *info, void *nothing)
{
    (void)nothing;
    if (info->si_code != SI_KERNEL)
        return;
    signal(number, SIG_DFL);
    raise(number);
}

/* A crash ends it at once, whoever handles crashes in the parent; what is sent
 * to the whole job does not. It does not outlive its parent, not even one that
 * ended before it could be said so. */
static void set_signals(pid_t parent)
{
    static const int job[] = {SIGINT,  SIGTERM, SIGHUP,
                              SIGUSR1, SIGUSR2, SIGPIPE};
    const struct sigaction over = {.sa_sigaction = on_time_over,
                                   .sa_flags = SA_SIGINFO | SA_RESTART};
    sigset_t none;

    for (int s = 1; s < NSIG; s++)
        signal(s, SIG_DFL);
    for (size_t i = 0; i < sizeof(job) / sizeof(*job); i++)
        signal(job[i], SIG_IGN);
    sigaction(SIGXCPU, &over, NULL);
    sigemptyset(&none);
    pthread_sigmask(SIG_SETMASK, &none, NULL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(0);
}

/* A bug of ours ends the child alone, not the job. */
static void end_now(int code)
{
    _exit(code);
}

/* The last words of libraries are no words of ours. A sanitizer's are: tests
 * look into them for errors of our own, which the child's end would hide. */
static void set_quiet(void)
{
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

    if (null < 0)
        return;
    dup2(null, STDOUT_FILENO);
#ifndef __SANITIZE_ADDRESS__
    dup2(null, STDERR_FILENO);
#endif
}

static int write_all(int fd, const void *data, size_t n)
{
    const char *from = data;

    while (n > 0) {
        ssize_t done = write(fd, from, n);

        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return 0;
        from += done;
        n -= (size_t)done;
    }
    return 1;
}

static sidle_status say(int out, int kind, const void *data, size_t n)
{
    head h = {kind, (uint32_t)n};

    return write_all(out, &h, sizeof(h)) && write_all(out, data, n)
               ? SIDLE_OK
               : sidle_fail(SIDLE_EIO, "nobody listens");
}

sidle_status sidle_fence_say(int out, int kind, const void *data, size_t n)
{
    SIDLE_CHECK(kind > 0 && n <= SIDLE_FRAME_MAX, "a frame of %zu bytes", n);
    return say(out, kind, data, n);
}

static void live(pid_t parent, const sidle_fence_limits *limits,
                 sidle_fenced *work, void *context, int out)
    __attribute__((noreturn));

static void live(pid_t parent, const sidle_fence_limits *limits,
                 sidle_fenced *work, void *context, int out)
{
    static verdict v;

    set_signals(parent);
    sidle_set_die_hook(end_now);
    set_quiet();
    set_limits(limits);
    v.status = (int32_t)work(out, context);
    snprintf(v.text, sizeof(v.text), "%s", sidle_fail_text());
    say(out, 0, &v, sizeof(v));
    _exit(0);
}

/* ---- the parent */

sidle_status sidle_fence_begin(const sidle_fence_limits *limits,
                               sidle_fenced *work, void *context,
                               sidle_fence *fence)
{
    sigset_t all, before;
    int ends[2];
    pid_t parent = getpid(), child;

    *fence = (sidle_fence){.in = -1, .limits = *limits};
    if (pipe(ends) != 0)
        return sidle_fail(SIDLE_EIO, "cannot make a pipe: %s", strerror(errno));
    for (int i = 0; i < 2; i++)
        fcntl(ends[i], F_SETFD, FD_CLOEXEC);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    child = fork();
    if (child == 0) {
        close(ends[0]);
        live(parent, limits, work, context, ends[1]);
    }
    if (child < 0)
        sidle_fail(SIDLE_EIO, "cannot start a process: %s", strerror(errno));
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close(ends[1]);
    if (child < 0) {
        close(ends[0]);
        return SIDLE_EIO;
    }
    fence->child = child;
    fence->in = ends[0];
    return SIDLE_OK;
}

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Exactly n bytes by the deadline; 0: they do not come. */
static int read_all(sidle_fence *fence, void *out, size_t n, int64_t deadline)
{
    char *to = out;

    while (n > 0) {
        struct pollfd p = {.fd = fence->in, .events = POLLIN};
        int64_t left = deadline - now_ms();
        int ready = poll(&p, 1, left > 0 ? (int)left : 0);
        ssize_t got;

        if (ready < 0 && errno == EINTR)
            continue;
        if (ready == 0)
            fence->is_late = 1;
        if (ready <= 0)
            return 0;
        got = read(fence->in, to, n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return 0;
        to += got;
        n -= (size_t)got;
    }
    return 1;
}

/* How the child ended; it has a second to do so. -1 if it is not known, as
 * where the caller's parent told it to ignore its children. */
static int reap(sidle_fence *fence)
{
    const struct timespec nap = {.tv_nsec = 1000000};
    int code = -1;
    pid_t found = 0;

    for (int i = 0; i < 1000 && found == 0; i++) {
        found = waitpid(fence->child, &code, WNOHANG);
        if (found == 0)
            nanosleep(&nap, NULL);
    }
    if (found == 0)
        kill(fence->child, SIGKILL);
    while (found == 0 || (found < 0 && errno == EINTR))
        found = waitpid(fence->child, &code, 0);
    fence->child = 0;
    return found < 0 ? -1 : code;
}

void sidle_fence_end(sidle_fence *fence)
{
    if (fence->child > 0) {
        kill(fence->child, SIGKILL);
        reap(fence);
    }
    if (fence->in >= 0)
        close(fence->in);
    fence->in = -1;
}

static sidle_status fail(const char *what, int n, const char *words)
{
    return sidle_fail(SIDLE_EDATA,
                      "the process that read its structure %s%d%s: it is "
                      "damaged",
                      what, n, words);
}

/* The input may be as good as any: a file system stood still, or memory was
 * short and somebody had to go. */
static sidle_status fail_from_outside(sidle_fence *fence, const char *what,
                                      int n, const char *words)
{
    fence->is_from_outside = 1;
    return sidle_fail(SIDLE_EIO,
                      "could not be read: the process that reads its "
                      "structure %s%d%s",
                      what, n, words);
}

/* What became of a child that said no more, before its end. */
static sidle_status tell_death(sidle_fence *fence)
{
    char name[64];
    int code;

    fence->has_died = 1;
    if (fence->is_late) {
        sidle_fence_end(fence);
        return fail_from_outside(fence, "said nothing for ",
                                 fence->limits.silence_seconds, " s");
    }
    code = reap(fence);
    sidle_fence_end(fence);
    if (code >= 0 && WIFSIGNALED(code) && WTERMSIG(code) == SIGXCPU)
        return fail("took more than ", fence->limits.seconds,
                    " s of processor time");
    if (code >= 0 && WIFSIGNALED(code) && WTERMSIG(code) == SIGKILL)
        return fail_from_outside(fence, "was ended by signal ", SIGKILL,
                                 " (SIGKILL), probably for lack of memory");
    if (code >= 0 && WIFSIGNALED(code)) {
        snprintf(name, sizeof(name), " (%s)", strsignal(WTERMSIG(code)));
        return fail("was ended by signal ", WTERMSIG(code), name);
    }
    return fail("ended with code ",
                code >= 0 && WIFEXITED(code) ? WEXITSTATUS(code) : -1, "");
}

static sidle_status hear_verdict(sidle_fence *fence, size_t n, int64_t deadline)
{
    static verdict v;

    if (n != sizeof(v) || !read_all(fence, &v, n, deadline))
        return tell_death(fence);
    sidle_fence_end(fence);
    v.text[sizeof(v.text) - 1] = '\0';
    sidle_make_text(v.text);
    if (v.status == SIDLE_OK)
        return SIDLE_OK;
    return sidle_fail(v.status == SIDLE_EIO ? SIDLE_EIO : SIDLE_EDATA, "%s",
                      v.text);
}

sidle_status sidle_fence_hear(sidle_fence *fence, int *kind_p, void *out,
                              size_t size, size_t *n_p)
{
    int64_t deadline = now_ms() + 1000 * (int64_t)fence->limits.silence_seconds;
    head h;

    *kind_p = 0;
    *n_p = 0;
    if (!read_all(fence, &h, sizeof(h), deadline))
        return tell_death(fence);
    if (h.kind == 0)
        return hear_verdict(fence, h.size, deadline);
    if (h.kind < 0 || h.size > size) {
        sidle_fence_end(fence);
        fence->has_died = 1;
        return fail("sent a frame of kind ", (int)h.kind, " and a wrong size");
    }
    if (!read_all(fence, out, h.size, deadline))
        return tell_death(fence);
    *kind_p = h.kind;
    *n_p = h.size;
    return SIDLE_OK;
}
