/* display.h - where a person watches a run: a line that is drawn again and
 * again below lines that stay. */
#ifndef SIDLE_RUN_DISPLAY_H
#define SIDLE_RUN_DISPLAY_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Words in the order of their weight: those that do not fit are left out. */
typedef struct sidle_display {
    void (*draw)(const char *const *words, size_t n); /* in the line's place */
    void (*keep)(const char *const *words, size_t n); /* above it */
    void (*end)(void);                                /* wipe the line */
} sidle_display;

#ifdef __cplusplus
}
#endif

#endif
