/* test_patience.c - MPI that does not start: told after a while, ended after a
 * longer one. The seconds are the test's, so nobody waits for them. */
#include "said.h"

#include "mpi/patience.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>

static said words;
static int seconds_left;
static atomic_int is_held; /* no second passes */

/* The process ends by itself when so many seconds have passed. */
static void pass_a_second(void)
{
    while (atomic_load(&is_held))
        sched_yield();
    if (seconds_left-- == 0)
        _exit(0);
}

/* A process of that rank whose MPI_Init has lasted for some seconds: how it
 * ended. */
static int start(int rank, int seconds)
{
    pid_t child;
    int status;

    seconds_left = seconds;
    said_begin(&words);
    child = fork();
    if (child == 0) {
        sidle_patience_enter("MPI_Init_thread(NULL)");
        sidle_patience_begin(rank, pass_a_second);
        for (;;)
            pause();
    }
    if (child < 0 || waitpid(child, &status, 0) != child)
        _exit(1);
    said_end(&words);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(who_waits_long_is_told_for_what)
{
    assert_int_equal(start(1, 29), 0);
    assert_string_equal(words.text, "");
    assert_int_equal(start(1, 299), 0);
    said_expect(&words, "rank 1: MPI has been starting for 30 s: a process of "
                        "this job has not called MPI_Init yet");
    said_expect(&words, "waiting for 270 s more");
    assert_null(strstr(words.text, "did not start"));
    ranks_finish();
}

TEST(who_waits_too_long_ends)
{
    assert_int_equal(start(0, 400), 70);
    said_expect(&words, "rank 0: MPI did not start within 300 s: a process of "
                        "this job never called MPI_Init");
    ranks_finish();
}

TEST(two_ranks_speak_for_all)
{
    assert_int_equal(start(2, 400), 70);
    assert_string_equal(words.text, "");
}

/* What was a hang of the start is none any more. */
TEST(a_start_that_succeeded_is_no_start)
{
    pid_t child = fork();
    int status;

    assert_true(child >= 0);
    if (child == 0) {
        sidle_patience_enter("MPI_Barrier(comm)");
        sidle_patience_set(350.0);
        seconds_left = 340;
        atomic_store(&is_held, 1);
        sidle_patience_begin(0, pass_a_second);
        sidle_patience_started(0, 2);
        atomic_store(&is_held, 0);
        for (;;)
            pause();
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* A stop of the whole run is no silence of another rank. */
TEST(seconds_of_ones_own_are_counted)
{
    sidle_silence silence = {0};

    assert_true(sidle_silence_add(&silence, 1000.0, 1) == 0.0);
    assert_true(sidle_silence_add(&silence, 1000.5, 0) == 0.5);
    assert_true(sidle_silence_add(&silence, 1060.5, 0) == 0.5);
    assert_true(sidle_silence_add(&silence, 1061.0, 0) == 1.0);
    assert_true(sidle_silence_add(&silence, 1061.5, 1) == 0.0);
}

RANKS_MAIN
