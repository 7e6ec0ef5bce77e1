/* spec_print.c - a specification as YAML in one canonical form, and where two
 * of them differ. */
#include "model/spec.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/* ---- as YAML */

/* Numbers and flags, which stand plainly for every reader to take them so. */
static int is_plain_value(const char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.+-";
    int64_t whole;
    double real;

    if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
        return 1;
    return strspn(text, "0123456789.+-") > 0 &&
           strspn(text, letters) == strlen(text) &&
           (sidle_text_whole(text, &whole) || sidle_text_real(text, &real));
}

static void print_value(const char *text, FILE *stream)
{
    if (is_plain_value(text))
        fputs(text, stream);
    else
        sidle_option_print_text(text, stream);
}

/* "3, 5": between two elements stand a comma and one blank. */
static void print_list(const char *text, FILE *stream)
{
    char *copy = strdup(text), *at = copy, *comma;

    SIDLE_CHECK(copy != NULL, "no memory for a list");
    fputc('[', stream);
    for (; (comma = strchr(at, ',')) != NULL; at = comma + 2) {
        *comma = '\0';
        print_value(at, stream);
        fputs(", ", stream);
    }
    if (text[0] != '\0')
        print_value(at, stream);
    fputc(']', stream);
    free(copy);
}

static void print_option(const sidle_spec_option *option, FILE *stream)
{
    sidle_option_print_text(option->key, stream);
    fputs(": ", stream);
    if (option->is_list)
        print_list(option->text, stream);
    else if (option->is_null)
        fputs("null", stream);
    else
        print_value(option->text, stream);
}

static void print_options(const sidle_spec_entry *entry, FILE *stream)
{
    for (size_t i = 0; i < entry->n_options; i++) {
        fputs(i > 0 ? ", " : "", stream);
        print_option(&entry->options[i], stream);
    }
}

/* "relu", "conv2d: {channels: 16}", "residual: [relu]". */
static void print_entry(const sidle_spec_entry *entry, FILE *stream)
{
    sidle_option_print_text(entry->kind, stream);
    if (entry->inner.n > 0) {
        fputs(": [", stream);
        sidle_spec_print_flow(&entry->inner, stream);
        fputc(']', stream);
    } else if (entry->n_options > 0) {
        fputs(": {", stream);
        print_options(entry, stream);
        fputc('}', stream);
    }
}

static int is_map(const sidle_spec_entry *entry)
{
    return entry->inner.n > 0 || entry->n_options > 0;
}

void sidle_spec_print_flow(const sidle_spec_list *list, FILE *stream)
{
    for (size_t i = 0; i < list->n; i++) {
        const sidle_spec_entry *entry = &list->entries[i];

        fprintf(stream, "%s%s", i > 0 ? ", " : "", is_map(entry) ? "{" : "");
        print_entry(entry, stream);
        fputs(is_map(entry) ? "}" : "", stream);
    }
}

void sidle_spec_print(const sidle_spec_list *list, int indent, FILE *stream)
{
    for (size_t i = 0; i < list->n; i++) {
        fprintf(stream, "%*s- ", indent, "");
        print_entry(&list->entries[i], stream);
        fputc('\n', stream);
    }
}

void sidle_spec_print_loss(const sidle_spec_entry *loss, FILE *stream)
{
    if (loss->n_options == 0) {
        sidle_option_print_text(loss->kind, stream);
        return;
    }
    fputs("{kind: ", stream);
    sidle_option_print_text(loss->kind, stream);
    fputs(", ", stream);
    print_options(loss, stream);
    fputc('}', stream);
}

/* ---- against each other */

static int is_same_text(const char *a, const char *b)
{
    double x, y;

    return strcmp(a, b) == 0 ||
           (sidle_text_real(a, &x) && sidle_text_real(b, &y) && x == y);
}

static int is_same_option(const sidle_spec_option *a,
                          const sidle_spec_option *b)
{
    return a->is_list == b->is_list && a->is_null == b->is_null &&
           is_same_text(a->text, b->text);
}

static void say_option(const sidle_spec_option *option, char *out, size_t size)
{
    if (option == NULL)
        snprintf(out, size, SIDLE_SPEC_NOT_SET);
    else
        snprintf(out, size, option->is_list ? "[%s]" : "%s",
                 option->is_null ? "null" : option->text);
}

static int differs_at(const char *path, const sidle_spec_entry *entry,
                      const char *key, const sidle_spec_option *a,
                      const sidle_spec_option *b, sidle_spec_difference *d)
{
    int is_in_list = path[0] != '\0' && path[strlen(path) - 1] == ']';

    snprintf(d->path, sizeof(d->path), "%s%s%s.%s", path, is_in_list ? "." : "",
             is_in_list ? entry->kind : "", key);
    say_option(a, d->a, sizeof(d->a));
    say_option(b, d->b, sizeof(d->b));
    return 1;
}

static int options_differ(const sidle_spec_entry *a, const sidle_spec_entry *b,
                          const char *path, sidle_spec_difference *d)
{
    for (size_t i = 0; i < a->n_options; i++) {
        const sidle_spec_option *mine = &a->options[i];
        const sidle_spec_option *other = sidle_spec_get(b, mine->key);

        if (other == NULL || !is_same_option(mine, other))
            return differs_at(path, a, mine->key, mine, other, d);
    }
    for (size_t i = 0; i < b->n_options; i++)
        if (sidle_spec_get(a, b->options[i].key) == NULL)
            return differs_at(path, b, b->options[i].key, NULL, &b->options[i],
                              d);
    return 0;
}

int sidle_spec_entries_differ(const sidle_spec_entry *a,
                              const sidle_spec_entry *b, const char *path,
                              sidle_spec_difference *d)
{
    char inner[256];

    if (strcmp(a->kind, b->kind) != 0) {
        snprintf(d->path, sizeof(d->path), "%s", path);
        snprintf(d->a, sizeof(d->a), "%s", a->kind);
        snprintf(d->b, sizeof(d->b), "%s", b->kind);
        return 1;
    }
    if (options_differ(a, b, path, d))
        return 1;
    snprintf(inner, sizeof(inner), "%s.%s", path, a->kind);
    return sidle_spec_differ(&a->inner, &b->inner, inner, d);
}

int sidle_spec_differ(const sidle_spec_list *a, const sidle_spec_list *b,
                      const char *path, sidle_spec_difference *d)
{
    size_t n = a->n < b->n ? a->n : b->n;
    char inner[256];

    for (size_t i = 0; i < n; i++) {
        snprintf(inner, sizeof(inner), "%s[%zu]", path, i);
        if (sidle_spec_entries_differ(&a->entries[i], &b->entries[i], inner, d))
            return 1;
    }
    if (a->n == b->n)
        return 0;
    snprintf(d->path, sizeof(d->path), "%s[%zu]", path, n);
    snprintf(d->a, sizeof(d->a), "%s",
             a->n > n ? a->entries[n].kind : SIDLE_SPEC_NOT_SET);
    snprintf(d->b, sizeof(d->b), "%s",
             b->n > n ? b->entries[n].kind : SIDLE_SPEC_NOT_SET);
    return 1;
}
