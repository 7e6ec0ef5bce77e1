/* text.c - numbers from text, bounded strings, lines of a given width, and the
 * nearest right word. */
#include "base/text.h"

#include "base/status.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int sidle_text_int(const char *text, int64_t *value_p)
{
    char *end;
    long long value;

    errno = 0;
    value = strtoll(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0)
        return 0;
    *value_p = value;
    return 1;
}

#define DIGITS "0123456789"

/* "0x10" and "0o17", without a sign. */
static int read_prefixed(const char *text, int64_t *value_p)
{
    int base = strncmp(text, "0x", 2) == 0 ? 16 : 8;
    const char *digits = base == 16 ? DIGITS "abcdefABCDEF" : "01234567";
    size_t n;

    if (base == 8 && strncmp(text, "0o", 2) != 0)
        return 0;
    n = strspn(text + 2, digits);
    if (n == 0 || text[2 + n] != '\0')
        return 0;
    errno = 0;
    *value_p = strtoll(text + 2, NULL, base);
    return errno == 0;
}

/* A number's digits, n of them, the last one times 10 to the power. */
struct decimal {
    const char *digits;
    size_t before, n; /* before the point, which is left out; in all */
    long power;
};

static char digit_of(const struct decimal *d, size_t i)
{
    return d->digits[i < d->before ? i : i + 1];
}

static int read_decimal(const char *text, struct decimal *d)
{
    const char *end;
    char *stop;

    d->digits = text + (*text == '-' || *text == '+');
    d->n = d->before = strspn(d->digits, DIGITS);
    end = d->digits + d->before;
    if (*end == '.') {
        d->n += strspn(end + 1, DIGITS);
        end += 1 + d->n - d->before;
    }
    d->power = 0;
    if (d->n > 0 && (*end == 'e' || *end == 'E')) {
        d->power = strtol(end + 1, &stop, 10);
        if (strchr(DIGITS "+-", end[1]) == NULL || stop == end + 1)
            return 0;
        end = stop;
    }
    if (labs(d->power) > 1000000)
        return 0;
    d->power -= (long)(d->n - d->before);
    return d->n > 0 && *end == '\0';
}

int sidle_text_whole(const char *text, int64_t *value_p)
{
    struct decimal d;
    int64_t value = 0;

    if (sidle_text_int(text, value_p) || read_prefixed(text, value_p))
        return 1;
    if (!read_decimal(text, &d))
        return 0;
    for (; d.n > 0 && d.power < 0 && digit_of(&d, d.n - 1) == '0'; d.n--)
        d.power++;
    if (d.n > 0 && d.power < 0)
        return 0;
    for (size_t i = 0; i < d.n; i++)
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, digit_of(&d, i) - '0', &value))
            return 0;
    for (; d.power > 0 && value != 0; d.power--)
        if (__builtin_mul_overflow(value, 10, &value))
            return 0;
    *value_p = *text == '-' ? -value : value;
    return 1;
}

int sidle_text_real(const char *text, double *value_p)
{
    char *end;
    double value;

    value = strtod(text, &end);
    if (end == text || *end != '\0' || !isfinite(value))
        return 0;
    *value_p = value;
    return 1;
}

#define LONGEST_WORD 64

int sidle_text_distance(const char *a, const char *b)
{
    size_t n_a = strlen(a), n_b = strlen(b);
    int row[LONGEST_WORD + 1];

    if (n_a > LONGEST_WORD || n_b > LONGEST_WORD)
        return (int)(n_a > n_b ? n_a : n_b);
    for (size_t j = 0; j <= n_b; j++)
        row[j] = (int)j;
    for (size_t i = 1; i <= n_a; i++) {
        int diagonal = row[0];

        row[0] = (int)i;
        for (size_t j = 1; j <= n_b; j++) {
            int change = diagonal + (a[i - 1] != b[j - 1]);
            int other = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;

            diagonal = row[j];
            row[j] = change < other ? change : other;
        }
    }
    return row[n_b];
}

const char *sidle_text_nearest(const char *word, const char *const *list,
                               size_t n_list)
{
    int allowed = (int)strlen(word) / 3;
    const char *best = NULL;
    int best_distance = (allowed > 2 ? allowed : 2) + 1;

    for (size_t i = 0; i < n_list; i++) {
        int distance = sidle_text_distance(word, list[i]);

        if (distance < best_distance) {
            best = list[i];
            best_distance = distance;
        }
    }
    return best;
}

void sidle_text_format(char *out, size_t size, const char *format, ...)
{
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(out, size, format, args);
    va_end(args);
    SIDLE_CHECK(n >= 0 && (size_t)n < size, "text of %d bytes for room of %zu",
                n, size);
}

const char *sidle_plural(int64_t n)
{
    return n == 1 ? "" : "s";
}

/* ---- lines */

/* Bytes behind the first one of a character. */
static int is_inside(char byte)
{
    return ((unsigned char)byte & 0xc0) == 0x80;
}

size_t sidle_text_columns(const char *text)
{
    size_t n = 0;

    for (size_t i = 0; text[i] != '\0'; i++)
        n += i == 0 || !is_inside(text[i]);
    return n;
}

void sidle_text_cut(char *text, size_t columns)
{
    size_t n = 0;

    for (size_t i = 0; text[i] != '\0'; i++) {
        n += i == 0 || !is_inside(text[i]);
        if (n > columns) {
            text[i] = '\0';
            return;
        }
    }
}

void sidle_text_line(const char *const *words, size_t n, size_t columns,
                     char *out, size_t size)
{
    size_t used = 0, bytes = 0;

    out[0] = '\0';
    for (size_t i = 0; i < n; i++) {
        size_t wide = sidle_text_columns(words[i]);
        size_t length = strlen(words[i]);
        size_t gap = bytes > 0 ? 2 : 0;

        if (length == 0)
            continue;
        if (bytes + gap + length >= size ||
            (bytes > 0 && used + gap + wide > columns))
            break;
        memcpy(out + bytes, "  ", gap);
        memcpy(out + bytes + gap, words[i], length + 1);
        bytes += gap + length;
        used += gap + wide;
    }
    sidle_text_cut(out, columns);
}

void sidle_text_duration(double seconds, char *out, size_t size)
{
    long long s = (long long)(seconds + 0.5);

    if (!(seconds < 1e15))
        snprintf(out, size, "?");
    else if (s >= 48 * 3600)
        snprintf(out, size, "%lldd%02lldh", s / 86400, s / 3600 % 24);
    else if (s >= 3600)
        snprintf(out, size, "%lldh%02lldm", s / 3600, s / 60 % 60);
    else if (s >= 60)
        snprintf(out, size, "%lldm%02llds", s / 60, s % 60);
    else if (seconds < 1.0 && seconds > 0.0)
        snprintf(out, size, "%.2gs", seconds);
    else
        snprintf(out, size, "%llds", s);
}
