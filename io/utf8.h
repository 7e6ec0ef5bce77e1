/* utf8.h - whether bytes are text for people. */
#ifndef SIDLE_IO_UTF8_H
#define SIDLE_IO_UTF8_H

#include <stddef.h>

/**
 * Where the first byte stands that is not text: no UTF-8, a control character
 * (but those in `also`), a line separator, a byte order mark, a character that
 * Unicode never gives a meaning; `size` if all is text.
 */
size_t sidle_not_text(const char *text, size_t size, const char *also);

/** Put a '?' in the place of every byte that is not text; lines stay. */
void sidle_make_text(char *text);

#endif
