/* test_signals.c - signals are remembered; let go, they do what they did
 * before.
 */
#include "check.h"

#include "cli/signals.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* A process that inherited the action for SIGUSR1, caught the signals, got one
 * before and one after it let them go: the signal that ended it, or 0. */
static int what_ends(void (*action)(int), int before, int after)
{
    pid_t child = fork();
    int how;

    if (child == 0) {
        signal(SIGUSR1, action);
        sidle_signals_catch();
        if (before)
            raise(SIGUSR1);
        if (sidle_signals_came() != before)
            _exit(1);
        sidle_signals_let_go();
        if (after)
            raise(SIGUSR1);
        _exit(0);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &how, 0), child);
    if (WIFEXITED(how))
        assert_int_equal(WEXITSTATUS(how), 0);
    return WIFSIGNALED(how) ? WTERMSIG(how) : 0;
}

static void test_let_go_they_end_the_process(void **state)
{
    (void)state;
    assert_int_equal(what_ends(SIG_DFL, 0, 0), 0);
    assert_int_equal(what_ends(SIG_DFL, 1, 0), SIGUSR1);
    assert_int_equal(what_ends(SIG_DFL, 0, 1), SIGUSR1);
}

static void test_let_go_what_was_ignored_is_ignored(void **state)
{
    (void)state;
    assert_int_equal(what_ends(SIG_IGN, 1, 0), 0);
    assert_int_equal(what_ends(SIG_IGN, 0, 1), 0);
    assert_int_equal(what_ends(SIG_IGN, 1, 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_let_go_they_end_the_process),
        cmocka_unit_test(test_let_go_what_was_ignored_is_ignored),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
