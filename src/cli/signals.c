/* signals.c - SIGUSR1, SIGTERM and SIGINT as a wish to stop. */
#include "cli/signals.h"

#include "base/status.h"

#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t came;
static volatile time_t first_end; /* seconds, of the first TERM or INT */

static void remember(int number)
{
    if (number != SIGUSR1) {
        time_t now = time(NULL); /* may be called in a handler */

        if (first_end != 0 && now > first_end)
            _exit(128 + number);
        if (first_end == 0)
            first_end = now;
    }
    came = 1;
}

void sidle_signals_catch(void)
{
    const int numbers[] = {SIGUSR1, SIGTERM, SIGINT};
    struct sigaction action;

    memset(&action, 0, sizeof(action));
    action.sa_handler = remember;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        sigaction(numbers[i], &action, NULL);
}

int sidle_signals_came(void)
{
    return came;
}
