/* signals.h - SIGUSR1, SIGTERM and SIGINT as a wish to stop. */
#ifndef SIDLE_CLI_SIGNALS_H
#define SIDLE_CLI_SIGNALS_H

/**
 * From here on the signals are remembered. A second SIGTERM or SIGINT at least
 * a second after the first ends the process at once; SIGUSR1 counts once.
 */
void sidle_signals_catch(void);
/** Whether one came. */
int sidle_signals_came(void);

#endif
