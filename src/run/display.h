/* display.h - the live display of a run: a line that is redrawn below permanent
 * lines. */
#ifndef SIDLE_RUN_DISPLAY_H
#define SIDLE_RUN_DISPLAY_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Texts, the most important first: those that do not fit are left out. */
typedef struct sidle_display {
    void (*draw)(const char *const *words, size_t n); /* in the line's place */
    void (*keep)(const char *const *words, size_t n); /* above it */
    void (*end)(void);                                /* wipe the line */
} sidle_display;

#ifdef __cplusplus
}
#endif

#endif
