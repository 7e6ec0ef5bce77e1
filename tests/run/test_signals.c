/* test_signals.c - signals are remembered; let go, they do what they did
 * before.
 */
#include "check.h"

#include "run/signals.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const int all[] = {SIGUSR1, SIGUSR2, SIGTERM, SIGINT, SIGHUP, SIGXCPU};

enum { N_ALL = sizeof(all) / sizeof(all[0]) };

/* A process that inherited the action for a signal, caught them, got one
 * before and one after it let them go: the signal that ended it, or 0. */
static int what_ends(int number, void (*action)(int), int before, int after)
{
    /* an ignored one that is no SIGUSR1 does not count */
    int counts = before && (action == SIG_DFL || number == SIGUSR1);
    pid_t child = fork();
    int how;

    if (child == 0) {
        signal(number, action);
        sidle_signals_catch();
        if (before)
            raise(number);
        if (sidle_signals_came() != counts)
            _exit(1);
        sidle_signals_let_go();
        if (after)
            raise(number);
        _exit(0);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &how, 0), child);
    if (WIFEXITED(how))
        assert_int_equal(WEXITSTATUS(how), 0);
    return WIFSIGNALED(how) ? WTERMSIG(how) : 0;
}

static void on_signal(int number)
{
    (void)number;
}

/* As in a program of the library, whose signals are its own. */
TEST(what_was_not_caught_is_not_let_go)
{
    struct sigaction now;

    signal(SIGUSR1, on_signal);
    sidle_signals_let_go();
    sigaction(SIGUSR1, NULL, &now);
    assert_true(now.sa_handler == on_signal);
    signal(SIGUSR1, SIG_DFL);
}

TEST(let_go_they_end_the_process)
{
    for (int i = 0; i < N_ALL; i++) {
        assert_int_equal(what_ends(all[i], SIG_DFL, 0, 0), 0);
        assert_int_equal(what_ends(all[i], SIG_DFL, 1, 0), all[i]);
        assert_int_equal(what_ends(all[i], SIG_DFL, 0, 1), all[i]);
    }
}

TEST(let_go_what_was_ignored_is_ignored)
{
    for (int i = 0; i < N_ALL; i++) {
        assert_int_equal(what_ends(all[i], SIG_IGN, 1, 0), 0);
        assert_int_equal(what_ends(all[i], SIG_IGN, 0, 1), 0);
        assert_int_equal(what_ends(all[i], SIG_IGN, 1, 1), 0);
    }
}

/* A child that says why, and ends well if that has these words. */
static int says(int number, const char *words)
{
    pid_t child = fork();
    char why[128];
    int how;

    if (child == 0) {
        sidle_signals_catch();
        sidle_signals_why(why, sizeof(why));
        if (why[0] != '\0')
            _exit(1);
        raise(number);
        raise(SIGUSR1); /* the first one is the reason */
        sidle_signals_why(why, sizeof(why));
        fprintf(stderr, "%s\n", why);
        _exit(strstr(why, words) != NULL ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &how, 0), child);
    return WIFEXITED(how) && WEXITSTATUS(how) == 0;
}

TEST(the_first_one_is_told_with_its_sender)
{
    assert_true(says(SIGHUP, "SIGHUP (as from a terminal that is gone), sent "
                             "by process "));
    assert_true(says(SIGXCPU, "SIGXCPU (as from a limit of processor time)"));
    assert_true(says(SIGUSR2, " (test_run_sig"));
}

TEST(a_reader_that_leaves_ends_nothing)
{
    pid_t child = fork();
    int how, ends[2];

    if (child == 0) {
        if (pipe(ends) != 0)
            _exit(1);
        close(ends[0]);
        sidle_signals_catch();
        sidle_signals_let_go();
        _exit(write(ends[1], "x", 1) < 0 && !sidle_signals_came() ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_true(WIFEXITED(how) && WEXITSTATUS(how) == 0);
}

TEST_MAIN
