/* signals.h - signals that batch systems and terminals send, as a request to
 * stop; explains SIGBUS.
 */
#ifndef SIDLE_RUN_SIGNALS_H
#define SIDLE_RUN_SIGNALS_H

#include <stddef.h>

/**
 * Remember from now on SIGUSR1, SIGUSR2, SIGTERM, SIGINT, SIGHUP and SIGXCPU. A
 * second SIGTERM or SIGINT, a second or more after the first, ends the process
 * at once; the others count once. One that is ignored now (nohup) stays
 * ignored, except for SIGUSR1, which job scripts ignore until the program can
 * take it. A closed output pipe (SIGPIPE) does not end the process.
 */
void sidle_signals_catch(void);
/** Undo sidle_signals_catch(), except for SIGPIPE: each signal does what it did
 * before sidle_signals_catch() (it ends the process, or is ignored, as a job
 * script may have it); one that was remembered does so now. Without that call
 * it changes nothing. */
void sidle_signals_let_go(void);
/** Whether one came since sidle_signals_catch(). */
int sidle_signals_came(void);
/** Describe the first signal that came and its sender: "SIGHUP (as from a
 * terminal that is gone), sent by process 71 (bash)"; "" if none came. */
void sidle_signals_why(char *out, size_t size);
/** From now on SIGBUS reports its cause and ends the process with exit code 70.
 * After MPI_Init, which has a handler of its own. */
void sidle_signals_explain(void);

#endif
