/* live.h - the line of a terminal that is drawn again and again, below the
 * lines that stay.
 *
 * It is never wider than the terminal, whose width is asked each time, and all
 * that base/log.h prints goes above it. Nothing is drawn where nobody watches,
 * and on a terminal that cannot erase (TERM=dumb). */
#ifndef SIDLE_CLI_LIVE_H
#define SIDLE_CLI_LIVE_H

#include "run/display.h"

#include <stddef.h>

/**
 * Look whether a person watches standard error, also through mpirun. Only the
 * process that `draws` has a line; the others know then that one may be there,
 * and wipe it before they speak.
 * Calls:   local; sidle_live_end() ends it.
 */
void sidle_live_begin(int draws);
/** What a run draws on; NULL where standard error goes to no terminal. Owns:
 * the program, to sidle_live_end(). */
const sidle_display *sidle_live_display(void);
/** Columns that a line may have: one less than the terminal, since some go on
 * to the next line with the last one. */
size_t sidle_live_columns(void);
/** Draw these words (sidle_text_line()) as the line. */
void sidle_live_draw(const char *const *words, size_t n);
/** Print those that fit as a line that stays, above it; the terminal only. */
void sidle_live_print(const char *const *words, size_t n);
/** Wipe the line: the last word of the terminal is a line that stays. */
void sidle_live_end(void);

#endif
