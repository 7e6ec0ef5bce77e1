/* signals.h - SIGUSR1, SIGTERM and SIGINT as a wish to stop. */
#ifndef SIDLE_CLI_SIGNALS_H
#define SIDLE_CLI_SIGNALS_H

/** From now on the three signals are remembered. A second SIGTERM or SIGINT,
 * a second or more after the first, ends the process at once; SIGUSR1 counts
 * once. */
void sidle_signals_catch(void);
/** Take that back: the signals end the process again; one that was remembered
 * does so now. */
void sidle_signals_let_go(void);
/** Whether one came since sidle_signals_catch(). */
int sidle_signals_came(void);

#endif
