/* utf8.h - whether bytes are text for people. */
#ifndef SIDLE_IO_UTF8_H
#define SIDLE_IO_UTF8_H

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

#endif
