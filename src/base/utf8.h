/* utf8.h - whether bytes are text for people, and what they get to see. */
#ifndef SIDLE_BASE_UTF8_H
#define SIDLE_BASE_UTF8_H

#include <stdarg.h>
#include <stddef.h>

/** Bytes of the character that begins at `text`, of size > 0, and its number;
 * 0 if it is none in UTF-8. */
size_t sidle_character(const char *text, size_t size, unsigned *code_p);
/** Whether people see nothing of it, or a blank that it is not. */
int sidle_is_unseen(unsigned code);

/**
 * Where the first byte stands that is not text: no UTF-8, a control character
 * (but those in `also`), a line separator, a byte order mark, a character that
 * Unicode never gives a meaning; `size` if all is text.
 */
size_t sidle_not_text(const char *text, size_t size, const char *also);

/** Put a '?' in the place of every byte that is not text; lines stay. */
void sidle_make_text(char *text);

/** Copy a text for people: each byte that is none as \xNN, a newline, too, as
 * \n, unless lines are kept. What does not fit is cut between characters. */
void sidle_show_text(const char *text, int keeps_lines, char *out, size_t size);
/** The same of one line, kept until the next call. */
const char *sidle_shown(const char *text);

/**
 * As vsnprintf, shown: a name that came from outside moves no cursor and makes
 * no line of its own. Lines are kept where they stand in the format, and with
 * the format "%s", which passes on what has been shown before.
 */
void sidle_show(char *out, size_t size, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));

#endif
