/* test_startup.c - MPI that does not start: told after a while, ended after a
 * longer one. The alarm is rung by hand, so nobody waits for it. */
#include "said.h"

#include "mpi/startup.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

static said words;

/* A process of that rank before its MPI_Init, in which the alarm rings n times:
 * 70 if that ends it, else the tens of seconds until the alarm rings again. */
static int start(const char *rank, int n)
{
    pid_t child;
    int status;

    setenv("OMPI_COMM_WORLD_RANK", rank, 1);
    setenv("OMPI_COMM_WORLD_LOCAL_SIZE", "1", 1);
    said_begin(&words);
    child = fork();
    if (child == 0) {
        sidle_startup_begin();
        for (int i = 0; i < n; i++)
            raise(SIGALRM);
        _exit((int)alarm(0) / 10);
    }
    if (child < 0 || waitpid(child, &status, 0) != child)
        _exit(1);
    said_end(&words);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(who_waits_long_is_told_for_what)
{
    assert_int_equal(start("1", 0), 3);
    assert_string_equal(words.text, "");
    assert_int_equal(start("1", 1), 27);
    said_expect(&words, "rank 1: MPI has been starting for 30 s: a process of "
                        "this job has not called MPI_Init yet");
    said_expect(&words, "waiting for 270 s more");
    ranks_finish();
}

TEST(who_waits_too_long_ends)
{
    assert_int_equal(start("0", 2), 70);
    said_expect(&words, "rank 0: MPI did not start within 300 s: a process of "
                        "this job never called MPI_Init");
    ranks_finish();
}

TEST(two_ranks_speak_for_all)
{
    assert_int_equal(start("2", 2), 70);
    assert_string_equal(words.text, "");
}

static void ring(int number)
{
    (void)number;
}

TEST(the_alarm_is_given_back)
{
    struct sigaction mine = {.sa_handler = ring}, now;

    assert_int_equal(sigaction(SIGALRM, &mine, NULL), 0);
    sidle_startup_begin();
    sidle_startup_end();
    assert_int_equal(alarm(0), 0);
    assert_int_equal(sigaction(SIGALRM, NULL, &now), 0);
    assert_ptr_equal(now.sa_handler, ring);
}

RANKS_MAIN
