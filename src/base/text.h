/* text.h - numbers from text, bounded strings, and the nearest valid word. */
#ifndef SIDLE_BASE_TEXT_H
#define SIDLE_BASE_TEXT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Read all of `text` as a number; 0 if it is not one or is out of range. */
int sidle_text_int(const char *text, int64_t *value_p);
/** The same with the notations of YAML's core schema, and with a fraction and
 * an exponent if the value is whole: 1e6, 2.5e3, 0x10, 0o17. */
int sidle_text_whole(const char *text, int64_t *value_p);
int sidle_text_real(const char *text, double *value_p);

/** Edit distance (insert, delete, change) of two words. Calls: local. */
int sidle_text_distance(const char *a, const char *b);

/**
 * The word of a list that is nearest to `word`, NULL if none is near.
 * Near: an edit distance of at most a third of its letters, or of two.
 */
const char *sidle_text_nearest(const char *word, const char *const *list,
                               size_t n_list);

/** As snprintf, but a text that does not fit is a bug and is not truncated. */
void sidle_text_format(char *out, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** "s" for a count whose noun is in the plural, "" for 1. Calls: local. */
const char *sidle_plural(int64_t n);

/** Number of characters of a text in UTF-8, each counted as one column of a
 * terminal; a byte that begins no character counts as one. */
size_t sidle_text_columns(const char *text);
/** Truncate `text` to at most `columns` characters, never inside one. */
void sidle_text_cut(char *text, size_t columns);
/**
 * Join words with two blanks in at most `columns` characters, up to the first
 * word that does not fit; if word 0 does not fit, it is truncated.
 * Shapes:  words (n); empty ones are left out.
 */
void sidle_text_line(const char *const *words, size_t n, size_t columns,
                     char *out, size_t size);

/** Write a duration as "1h02m", "3m20s", "12s", "0.25s" or "3d04h". */
void sidle_text_duration(double seconds, char *out, size_t size);

#ifdef __cplusplus
}
#endif

#endif
