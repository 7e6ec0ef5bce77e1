/* utf8.c - whether bytes are text for people, and what they get to see. */
#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

size_t sidle_character(const char *text, size_t size, unsigned *code_p)
{
    static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *bytes = (const unsigned char *)text;
    size_t n = bytes[0] < 0x80   ? 1
               : bytes[0] < 0xc0 ? 0
               : bytes[0] < 0xe0 ? 2
               : bytes[0] < 0xf0 ? 3
               : bytes[0] < 0xf8 ? 4
                                 : 0;
    unsigned code = bytes[0];

    if (n == 0 || n > size)
        return 0;
    if (n > 1)
        code &= 0x7fu >> n;
    for (size_t i = 1; i < n; i++) {
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (bytes[i] & 0x3f);
    }
    if (code < least[n] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
        return 0;
    *code_p = code;
    return n;
}

/* Spaces but the blank, marks of direction and of joining, fillers, private
 * use: of Unicode's categories Cc, Cf, Co, Zl, Zp, Zs and what has no width. */
int sidle_is_unseen(unsigned code)
{
    static const unsigned ranges[][2] = {
        {0x01, 0x1f},       {0x7f, 0xa0},       {0xad, 0xad},
        {0x34f, 0x34f},     {0x600, 0x605},     {0x61c, 0x61c},
        {0x6dd, 0x6dd},     {0x70f, 0x70f},     {0x115f, 0x1160},
        {0x1680, 0x1680},   {0x17b4, 0x17b5},   {0x180b, 0x180f},
        {0x2000, 0x200f},   {0x2028, 0x202f},   {0x205f, 0x206f},
        {0x2800, 0x2800},   {0x3000, 0x3000},   {0x3164, 0x3164},
        {0xe000, 0xf8ff},   {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},
        {0xffa0, 0xffa0},   {0xfff0, 0xfffb},   {0xfffe, 0xffff},
        {0x1d173, 0x1d17a}, {0xe0000, 0x10ffff}};

    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
        if (code >= ranges[i][0] && code <= ranges[i][1])
            return 1;
    return 0;
}

/* Bytes of the character at `text`; 0 if it is none, or not for people. */
static size_t character(const char *text, size_t size)
{
    unsigned code = 0;
    size_t n = sidle_character(text, size, &code);

    if (n == 0 || code < 0x20 || (code >= 0x7f && code < 0xa0) ||
        code == 0x2028 || code == 0x2029 || code == 0xfeff ||
        (code & 0xfffe) == 0xfffe)
        return 0;
    return n;
}

size_t sidle_not_text(const char *text, size_t size, const char *also)
{
    size_t at = 0;

    while (at < size) {
        size_t n = character(text + at, size - at);

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

/* What stands for a byte; the letters of C where there are some. */
static size_t show_byte(unsigned char byte, char out[8])
{
    static const char letters[] = "\tt\nn\rr";
    const char *at = byte != '\0' ? strchr(letters, byte) : NULL;

    if (at != NULL && (at - letters) % 2 == 0)
        return (size_t)snprintf(out, 8, "\\%c", at[1]);
    return (size_t)snprintf(out, 8, "\\x%02x", byte);
}

void sidle_show_text(const char *text, int keeps_lines, char *out, size_t size)
{
    size_t n = strlen(text), at = 0, used = 0;

    while (at < n) {
        size_t taken = character(text + at, n - at), given;
        const char *shown = text + at;
        char byte[8];

        if (taken == 0 && keeps_lines && text[at] == '\n')
            taken = 1;
        given = taken;
        if (taken == 0) {
            given = show_byte((unsigned char)text[at], byte);
            shown = byte;
            taken = 1;
        }
        if (used + given >= size)
            break;
        memcpy(out + used, shown, given);
        used += given;
        at += taken;
    }
    out[used] = '\0';
}

enum { LONGEST = 2048 };

const char *sidle_shown(const char *text)
{
    static char shown[4 * LONGEST];

    sidle_show_text(text, 0, shown, sizeof(shown));
    return shown;
}

/* A character that was cut at the end. */
static void drop_part(char *text)
{
    size_t n = strlen(text), at = n;
    unsigned code;

    while (at > 0 && n - at < 3 && (text[at - 1] & 0xc0) == 0x80)
        at--;
    if (at > 0 && sidle_character(text + at - 1, n - at + 1, &code) == 0)
        text[at - 1] = '\0';
}

/* Whether the format means its lines. */
static int keeps_lines(const char *format)
{
    return strchr(format, '\n') != NULL || strcmp(format, "%s") == 0;
}

void sidle_show(char *out, size_t size, const char *format, va_list args)
{
    char text[LONGEST];

    if (vsnprintf(text, sizeof(text), format, args) >= LONGEST)
        drop_part(text);
    sidle_show_text(text, keeps_lines(format), out, size);
}
