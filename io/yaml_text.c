/* yaml_text.c - what may stand in a configuration at all, and frequent reasons
 * why a text is not the YAML that was meant. */
#include "io/yaml.h"

#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

void sidle_yaml_stranger(const char *text, size_t size, char *out, size_t room)
{
    unsigned code = 0;

    if (sidle_character(text, size, &code) > 1)
        snprintf(out, room,
                 "the character U+%04X is invisible or undefined; remove it",
                 code);
    else
        snprintf(out, room, "byte 0x%02x is not text in UTF-8",
                 (unsigned char)*text);
}

sidle_status sidle_yaml_check(const char *name, const char *text, size_t size)
{
    size_t at = sidle_not_text(text, size, "\t\n\r");
    char words[128];
    int line = 1;

    if (size > SIDLE_YAML_MAX)
        return sidle_fail(
            SIDLE_EUSAGE,
            "%s: larger than %zu bytes, expected a configuration file", name,
            SIDLE_YAML_MAX);
    if (at == size)
        return SIDLE_OK;
    for (size_t i = 0; i < at; i++)
        line += text[i] == '\n';
    sidle_yaml_stranger(text + at, size - at, words, sizeof(words));
    return sidle_fail(SIDLE_EUSAGE, "%s:%d: %s; expected a YAML file", name,
                      line, words);
}

int sidle_yaml_lacks_blank(const char *text)
{
    size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz"
                            "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.");

    return n > 0 && text[n] == ':' && text[n + 1] != '\0' &&
           strchr(" \t\r\n", text[n + 1]) == NULL;
}

/* Whether the line holds a character that looks as if there were none. */
static int explain_unseen(const char *text, int line, char *out, size_t size)
{
    size_t left = strcspn(text, "\n"), n;
    unsigned code = 0;

    for (; left > 0; text += n, left -= n) {
        n = sidle_character(text, left, &code);
        if (n == 0)
            return 0;
        if (n == 1 || !sidle_is_unseen(code))
            continue;
        snprintf(out, size,
                 "; line %d contains the invisible character U+%04X; remove it",
                 line, code);
        return 1;
    }
    return 0;
}

/* Frequent reasons, which the library never names: in what line up to `last` a
 * blank is missing behind a key's colon; what stands in that line unseen. */
void sidle_yaml_explain(const char *text, int last, char *out, size_t size)
{
    out[0] = '\0';
    if (text != NULL && strstr(text, "${") != NULL)
        snprintf(out, size,
                 "; inside braces, put a value with ${NAME} in quotes");
    for (int line = 1; line <= last && text != NULL; line++) {
        text += strspn(text, " -");
        if (sidle_yaml_lacks_blank(text)) {
            snprintf(out, size,
                     "; in line %d, a space is missing after the colon of "
                     "'%.*s'",
                     line, (int)strcspn(text, " \t\r\n"), text);
            return;
        }
        if (line == last && explain_unseen(text, line, out, size))
            return;
        text = strchr(text, '\n');
        text = text != NULL ? text + 1 : NULL;
    }
}
