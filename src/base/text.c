/* text.c - numbers from text, bounded strings, and the nearest right word. */
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
