/* poke.h - a call that long computations make between their parts, so that a
 * higher room can progress its messages in the meantime. */
#ifndef SIDLE_BASE_POKE_H
#define SIDLE_BASE_POKE_H

/** Let sidle_poke() call `poke`; NULL: no function. Calls: local. */
void sidle_set_poke(void (*poke)(void *context), void *context);

/** Call the function that was set. Long computations call it every few
 * milliseconds, so it must be cheap. */
void sidle_poke(void);

#endif
