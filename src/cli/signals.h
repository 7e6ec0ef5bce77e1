/* signals.h - SIGUSR1, SIGTERM and SIGINT as a wish to stop; SIGBUS in words.
 */
#ifndef SIDLE_CLI_SIGNALS_H
#define SIDLE_CLI_SIGNALS_H

/** From now on the three signals are remembered. A second SIGTERM or SIGINT,
 * a second or more after the first, ends the process at once; SIGUSR1 counts
 * once. */
void sidle_signals_catch(void);
/** Take that back: each signal does what it did before sidle_signals_catch()
 * (it ends the process, or is ignored, as a job script may have it); one that
 * was remembered does so now. */
void sidle_signals_let_go(void);
/** Whether one came since sidle_signals_catch(). */
int sidle_signals_came(void);
/** From now on SIGBUS says what it comes from, and ends the process with 70.
 * After MPI_Init, which has a handler of its own. */
void sidle_signals_explain(void);

#endif
