/* test_fence.c - work that crashes, loops, eats memory or says nothing ends
 * as a status, and so does work that fails in an orderly way. */
#include "check.h"

#include "io/fence.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A sanitizer that is refused memory says so, as the C library does. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

static const sidle_fence_limits limits = {
    .bytes = 64 << 20, .seconds = 1, .silence_seconds = 20};

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int is_from_outside; /* how the last work ended */

/* Runs the work to its end; what it said first is in `out`. */
static sidle_status run(const sidle_fence_limits *with, sidle_fenced *work,
                        char *out, size_t size, int *n_frames_p)
{
    sidle_fence fence;
    char frame[256];
    sidle_status status;
    size_t n;
    int kind;

    *n_frames_p = 0;
    assert_int_equal(sidle_fence_begin(with, work, NULL, &fence), SIDLE_OK);
    while ((status = sidle_fence_hear(&fence, &kind, frame, sizeof(frame),
                                      &n)) == SIDLE_OK &&
           kind != 0)
        if ((*n_frames_p)++ == 0)
            snprintf(out, size, "%.*s", (int)n, frame);
    is_from_outside = fence.is_from_outside;
    sidle_fence_end(&fence);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    return status;
}

static void expect(sidle_fenced *work, sidle_status expected, const char *words)
{
    char out[256] = "";
    int n;
    sidle_status status = run(&limits, work, out, sizeof(out), &n);

    if (status != expected || strstr(sidle_fail_text(), words) == NULL)
        fail_msg("status %d, '%s', expected %d and '%s'", (int)status,
                 sidle_fail_text(), (int)expected, words);
}

static sidle_status says_two(int out, void *context)
{
    (void)context;
    SIDLE_TRY(sidle_fence_say(out, 1, "one", 3));
    return sidle_fence_say(out, 2, "", 0);
}

TEST(frames_come_in_order_then_the_end)
{
    char out[8] = "";
    int n;

    assert_int_equal(run(&limits, says_two, out, sizeof(out), &n), SIDLE_OK);
    assert_string_equal(out, "one");
    assert_int_equal(n, 2);
}

static sidle_status fails(int out, void *context)
{
    (void)context;
    SIDLE_TRY(sidle_fence_say(out, 1, "one", 3));
    return sidle_fail(SIDLE_EIO, "there is a hole in it");
}

static sidle_status crashes(int out, void *context)
{
    (void)context;
    (void)out;
    raise(SIGSEGV);
    return SIDLE_OK;
}

static sidle_status leaves(int out, void *context)
{
    (void)context;
    (void)out;
    _exit(3);
}

static sidle_status has_a_bug(int out, void *context)
{
    (void)context;
    SIDLE_CHECK(out < 0, "a bug");
    return SIDLE_OK;
}

static sidle_status loops(int out, void *context)
{
    volatile unsigned x = (unsigned)out; /* it may wrap within a second */

    (void)context;
    for (;;)
        x++;
    return SIDLE_OK;
}

static sidle_status says_much(int out, void *context)
{
    static char much[1000];

    (void)context;
    return sidle_fence_say(out, 1, much, sizeof(much));
}

TEST(failure_and_death_are_told)
{
    expect(fails, SIDLE_EIO, "there is a hole in it");
    assert_false(is_from_outside);
    expect(crashes, SIDLE_EDATA, "was ended by signal 11");
    assert_false(is_from_outside);
    expect(leaves, SIDLE_EDATA, "ended with code 3");
    expect(loops, SIDLE_EDATA, "took more than 1 s of processor time");
    expect(says_much, SIDLE_EDATA, "a wrong size");
}

static sidle_status is_killed(int out, void *context)
{
    (void)context;
    (void)out;
    raise(SIGKILL);
    return SIDLE_OK;
}

/* As by the kernel where memory is short: nobody's fault, least the input's. */
TEST(a_kill_from_outside_tells_nothing_of_the_input)
{
    expect(is_killed, SIDLE_EIO, "could not be read");
    assert_true(is_from_outside);
    assert_null(strstr(sidle_fail_text(), "damaged"));
}

static void never(int code)
{
    (void)code;
    fail_msg("the hook of the parent was called");
}

/* The hook would end all ranks of a job. */
TEST(a_bug_ends_the_child_alone)
{
    sidle_set_die_hook(never);
    expect(has_a_bug, SIDLE_EDATA, "ended with code 70");
    sidle_set_die_hook(NULL);
}

/* 16 MiB are within the limit, 128 MiB are not. */
static sidle_status takes(int out, void *context)
{
    volatile char *little = malloc((size_t)16 << 20);
    volatile char *much = malloc((size_t)128 << 20);

    (void)context;
    if (little != NULL)
        memset((void *)little, 1, (size_t)16 << 20);
    return sidle_fence_say(out, 1,
                           little == NULL ? "-"
                           : much == NULL ? "+"
                                          : "*",
                           1);
}

TEST(memory_has_a_limit)
{
    char out[8] = "";
    int n;

    assert_int_equal(run(&limits, takes, out, sizeof(out), &n), SIDLE_OK);
    assert_string_equal(out, "+");
}

/* Nor do the signals that are sent to a whole job end it. */
static sidle_status waits(int out, void *context)
{
    (void)context;
    raise(SIGUSR1);
    raise(SIGTERM);
    raise(SIGXCPU);
    SIDLE_TRY(sidle_fence_say(out, 1, "alive", 5));
    pause();
    return SIDLE_OK;
}

TEST(silence_has_an_end)
{
    sidle_fence_limits short_ones = limits;
    double start = now();
    char out[8] = "";
    int n;

    short_ones.silence_seconds = 1;
    assert_int_equal(run(&short_ones, waits, out, sizeof(out), &n), SIDLE_EIO);
    assert_true(is_from_outside);
    assert_string_equal(out, "alive");
    assert_non_null(strstr(sidle_fail_text(), "said nothing for 1 s"));
    assert_true(now() - start < 15);
}

/* As where the parent of this process told it so, and exec kept it. */
TEST(ignored_children_do_no_harm)
{
    signal(SIGCHLD, SIG_IGN);
    expect(fails, SIDLE_EIO, "there is a hole in it");
    expect(crashes, SIDLE_EDATA, "ended with code -1");
    signal(SIGCHLD, SIG_DFL);
}

static int told[2]; /* a pipe: open as long as a child of a child lives */
static int is_ended_by_child;

/* Runs in the child before any line of the fence. */
static void end_parent(void)
{
    pid_t parent = getppid();

    if (!is_ended_by_child)
        return;
    kill(parent, SIGKILL);
    while (getppid() == parent)
        usleep(1000);
}

static sidle_status tells_and_waits(int out, void *context)
{
    (void)context;
    (void)out;
    if (write(told[1], "x", 1) != 1)
        return SIDLE_EIO;
    pause();
    return SIDLE_OK;
}

/* The parent, a process of its own, dies before the child has asked to be
 * ended with it. */
TEST(no_child_outlives_a_parent_that_died_early)
{
    sidle_fence fence;
    char byte;
    int code;
    pid_t parent;

    assert_int_equal(pthread_atfork(NULL, NULL, end_parent), 0);
    assert_int_equal(pipe(told), 0);
    parent = fork();
    if (parent == 0) {
        is_ended_by_child = 1;
        sidle_fence_begin(&limits, tells_and_waits, NULL, &fence);
        pause();
    }
    close(told[1]);
    assert_int_equal(waitpid(parent, &code, 0), parent);
    assert_true(WIFSIGNALED(code) && WTERMSIG(code) == SIGKILL);
    alarm(20);
    assert_int_equal(read(told[0], &byte, 1), 0);
    alarm(0);
    close(told[0]);
}

/* What the caller has does not count, however much it is. */
TEST(the_callers_memory_does_not_count)
{
    size_t n = (size_t)256 << 20;
    char *mine = malloc(n);

    assert_non_null(mine);
    memset(mine, 1, n);
    test_memory_has_a_limit();
    free(mine);
}

TEST_MAIN
