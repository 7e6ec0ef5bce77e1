/* options.c - the options as a whole: defaults, and back to text. */
#include "run/options.h"

#include "model/spec_model.h"
#include "run/expand.h"
#include "run/option_spec.h"
#include "run/option_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(sizeof(sidle_activation) == sizeof(int) &&
                   sizeof(sidle_positions) == sizeof(int) &&
                   sizeof(sidle_on_cut) == sizeof(int) &&
                   sizeof(sidle_order) == sizeof(int) &&
                   sizeof(sidle_optim_kind) == sizeof(int) &&
                   sizeof(sidle_rest_kind) == sizeof(int) &&
                   sizeof(sidle_decay_kind) == sizeof(int),
               "the table writes an enum as an int");

void sidle_options_default(sidle_options *options)
{
    memset(options, 0, sizeof(*options));
    sidle_option_defaults(sidle_option_table, sidle_n_options, options);
}

sidle_status sidle_options_of(const sidle_settings *settings,
                              sidle_options *options)
{
    sidle_options_default(options);
    SIDLE_TRY(sidle_options_apply(options, settings));
    return sidle_options_check(options);
}

sidle_status sidle_options_of_old(const sidle_settings *settings,
                                  sidle_options *options)
{
    sidle_options_default_old(options);
    SIDLE_TRY(sidle_options_apply(options, settings));
    return sidle_options_check(options);
}

/* ---- back to text */

/* One line a key, and the network behind model.kind where it is a list. */
static void dump_row(const sidle_options *options, const sidle_option *row,
                     FILE *stream)
{
    int has_list = sidle_option_has_list(options);

    if (!sidle_option_is_set(row, options) ||
        sidle_option_is_for(options, row->name) != NULL)
        return;
    fprintf(stream, "  %s: ", sidle_option_key(row->name));
    sidle_option_print(row, options, stream);
    fputc('\n', stream);
    if (has_list && strcmp(row->name, "model.kind") == 0)
        sidle_option_spec_dump(options, stream);
}

sidle_status sidle_options_dump(const sidle_options *options, char **text_p)
{
    char *text = NULL;
    size_t size = 0, section = 0;
    FILE *stream = open_memstream(&text, &size);

    if (stream == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for the configuration");
    fputs(SIDLE_EXPANDED, stream);
    for (size_t i = 0; i < sidle_n_options; i++) {
        const sidle_option *row = &sidle_option_table[i];
        size_t n = (size_t)(sidle_option_key(row->name) - row->name);

        if (i == 0 || n != section ||
            strncmp(row->name, sidle_option_table[i - 1].name, n) != 0)
            fprintf(stream, "%.*s:\n", (int)n - 1, row->name);
        section = n;
        dump_row(options, row, stream);
    }
    /* A stream in memory tells only here that there was no room. */
    if (fclose(stream) != 0)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for the configuration");
    *text_p = text;
    return SIDLE_OK;
}

void sidle_options_help(void *stream)
{
    for (size_t i = 0; i < sidle_n_options; i++)
        sidle_option_help(&sidle_option_table[i], 2, stream);
    sidle_spec_help(stream);
}
