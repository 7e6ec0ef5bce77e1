/* sample_text.c - the words of a sample as they come. */
#include "cli/sample_text.h"

#include "base/utf8.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd"

static void write_out(sidle_sample_text *text, const char *bytes, size_t n)
{
    if (n == 0)
        return;
    fwrite(bytes, 1, n, text->stream);
    text->is_in_line = bytes[n - 1] != '\n';
}

/* Whether bytes can still become a character: with the least or the largest
 * that may follow. */
static int may_become_one(const char *held, size_t n)
{
    static const char follow[] = {'\x80', '\xbf'};

    for (size_t i = 0; i < sizeof(follow); i++) {
        char whole[4];
        unsigned code;

        memset(whole, follow[i], sizeof(whole));
        memcpy(whole, held, n);
        if (sidle_character(whole, sizeof(whole), &code) > n)
            return 1;
    }
    return 0;
}

static void drop_held(sidle_sample_text *text)
{
    if (text->n_held > 0)
        write_out(text, REPLACEMENT, strlen(REPLACEMENT));
    text->n_held = 0;
}

static void put_character(sidle_sample_text *text)
{
    int is_shown = sidle_not_text(text->held, text->n_held, "\t\n\r") > 0;

    if (is_shown)
        write_out(text, text->held, text->n_held);
    else
        write_out(text, REPLACEMENT, strlen(REPLACEMENT));
    text->n_held = 0;
}

/* One replacement for all bytes of a character that does not go on. */
static void put_for_people(sidle_sample_text *text, char byte)
{
    unsigned code;

    text->held[text->n_held++] = byte;
    if (sidle_character(text->held, text->n_held, &code) == text->n_held) {
        put_character(text);
    } else if (!may_become_one(text->held, text->n_held)) {
        int is_alone = text->n_held == 1;

        text->n_held -= !is_alone;
        drop_held(text);
        if (!is_alone)
            put_for_people(text, byte);
    }
}

void sidle_sample_put(sidle_sample_text *text, unsigned char byte)
{
    char bytes[1] = {(char)byte};

    if (text->is_for_people)
        put_for_people(text, bytes[0]);
    else
        write_out(text, bytes, 1);
}

void sidle_sample_puts(sidle_sample_text *text, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sidle_sample_put(text, (unsigned char)bytes[i]);
}

void sidle_sample_end(sidle_sample_text *text)
{
    if (!text->is_for_people)
        return;
    drop_held(text);
    if (text->is_in_line)
        write_out(text, "\n", 1);
}

/* ---- escapes */

static int hex(char c)
{
    return isdigit((unsigned char)c)    ? c - '0'
           : isxdigit((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10
                                        : -1;
}

sidle_status sidle_unescape(const char *word, char *out, size_t *n_p)
{
    static const char letters[] = "n\nt\tr\r\\\\0\0";
    size_t n = 0;

    for (const char *at = word; *at != '\0'; at++) {
        size_t k = 0;

        if (*at != '\\') {
            out[n++] = *at;
            continue;
        }
        at++;
        while (k + 1 < sizeof(letters) && letters[k] != *at)
            k += 2;
        if (k + 1 < sizeof(letters) && *at != '\0') {
            out[n++] = letters[k + 1];
        } else if (*at == 'x' && hex(at[1]) >= 0 && hex(at[2]) >= 0) {
            out[n++] = (char)(hex(at[1]) * 16 + hex(at[2]));
            at += 2;
        } else {
            return sidle_fail(SIDLE_EUSAGE,
                              "\"%s\": expected one of n t r 0 \\ after a "
                              "backslash, or x and two digits, as in \\x1e",
                              word);
        }
    }
    *n_p = n;
    return SIDLE_OK;
}
