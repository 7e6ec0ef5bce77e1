/* poke.h - a call that long computations make between their parts, so that
 * somebody above can let messages go forward meanwhile. */
#ifndef SIDLE_BASE_POKE_H
#define SIDLE_BASE_POKE_H

/** Let sidle_poke() call `poke`; NULL: nothing. Calls: local. */
void sidle_set_poke(void (*poke)(void *context), void *context);

/** To be called some milliseconds apart at the most, and cheap for that. */
void sidle_poke(void);

#endif
