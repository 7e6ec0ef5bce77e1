/* sample_text.h - the words of a sample as they come: bytes for a program, or
 * characters for a person. */
#ifndef SIDLE_CLI_SAMPLE_TEXT_H
#define SIDLE_CLI_SAMPLE_TEXT_H

#include "base/status.h"

#include <stddef.h>
#include <stdio.h>

typedef struct sidle_sample_text {
    FILE *stream;
    /* A person sees whole characters, U+FFFD for bytes that are none or that
     * would command a terminal, and each text ends with a newline. */
    int is_for_people;
    char held[4]; /* of a character that is not whole yet */
    size_t n_held;
    int is_in_line; /* something stands behind the last newline */
} sidle_sample_text;

void sidle_sample_put(sidle_sample_text *text, unsigned char byte);
void sidle_sample_puts(sidle_sample_text *text, const char *bytes, size_t n);
/** The text is at its end: for people also the line. */
void sidle_sample_end(sidle_sample_text *text);

/**
 * Read the escapes of a word: \n \t \r \0 \\ and \xHH.
 * Shapes:  out (strlen(word)) bytes, *n_p of them used.
 * Errors:  SIDLE_EUSAGE: another letter behind a backslash.
 */
sidle_status sidle_unescape(const char *word, char *out, size_t *n_p);

#endif
