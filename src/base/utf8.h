/* utf8.h - whether bytes are printable text, and how others are shown. */
#ifndef SIDLE_BASE_UTF8_H
#define SIDLE_BASE_UTF8_H

#include <stdarg.h>
#include <stddef.h>

/** Bytes of the character that begins at `text`, and its number; 0 if it is not
 * valid UTF-8. size > 0. */
size_t sidle_character(const char *text, size_t size, unsigned *code_p);
/** Whether the character is invisible or looks like an ordinary blank. */
int sidle_is_unseen(unsigned code);

/**
 * Position of the first byte that is not text: invalid UTF-8, a control
 * character (except those in `also`), a line separator, a byte order mark, or a
 * noncharacter of Unicode; `size` if all is text.
 */
size_t sidle_not_text(const char *text, size_t size, const char *also);

/** Replace every byte that is not text by '?'; line breaks stay. */
void sidle_make_text(char *text);

/** Copy a text in printable form: each byte that is not text as \xNN, and a
 * newline as \n unless lines are kept. A text that does not fit is truncated
 * between characters. */
void sidle_show_text(const char *text, int keeps_lines, char *out, size_t size);
/** The same for one line; valid until the next call. */
const char *sidle_shown(const char *text);

/**
 * As vsnprintf, in printable form: a name from outside cannot move the cursor
 * or begin a line. Line breaks of the format itself are kept; with the format
 * "%s", whose argument is printable already, those of the argument too.
 */
void sidle_show(char *out, size_t size, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));

#endif
