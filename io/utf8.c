/* utf8.c - whether bytes are text for people. */
#include "io/utf8.h"

#include <string.h>

/* Bytes of the character at `text`; 0 if it is none, or not for people. */
static size_t character(const unsigned char *text, size_t size)
{
    static const unsigned least[] = {0, 0x20, 0x80, 0x800, 0x10000};
    size_t n = text[0] < 0x80   ? 1
               : text[0] < 0xc0 ? 0
               : text[0] < 0xe0 ? 2
               : text[0] < 0xf0 ? 3
               : text[0] < 0xf8 ? 4
                                : 0;
    unsigned code = text[0];

    if (n == 0 || n > size)
        return 0;
    if (n > 1)
        code &= 0x7fu >> n;
    for (size_t i = 1; i < n; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (text[i] & 0x3f);
    }
    if (code < least[n] || code > 0x10ffff || (code >= 0x7f && code < 0xa0) ||
        (code >= 0xd800 && code < 0xe000) || code == 0x2028 || code == 0x2029 ||
        code == 0xfeff || (code & 0xfffe) == 0xfffe)
        return 0;
    return n;
}

size_t sidle_not_text(const char *text, size_t size, const char *also)
{
    size_t at = 0;

    while (at < size) {
        size_t n = character((const unsigned char *)text + at, size - at);

        if (n == 0 && text[at] != '\0' && strchr(also, text[at]) != NULL)
            n = 1;
        if (n == 0)
            break;
        at += n;
    }
    return at;
}

void sidle_make_text(char *text)
{
    size_t size = strlen(text), at = 0;

    while ((at += sidle_not_text(text + at, size - at, "\t\n\r")) < size)
        text[at++] = '?';
}
