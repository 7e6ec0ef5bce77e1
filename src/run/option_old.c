/* option_old.c - the defaults that earlier programs had, for their checkpoints:
 * what a file does not tell was at them. */
#include "run/option_table.h"
#include "run/options.h"

#include <string.h>

/* Where another default holds today. */
static const struct old_default {
    const char *path, *value;
} changed[] = {{"parallel.update_every", "1"},
               {"data.batch", "16"},
               {"eval.items", "20"},
               {"optim.predict", "false"}};

enum { N_CHANGED = sizeof(changed) / sizeof(changed[0]) };

const char *sidle_option_old_default(const char *path)
{
    const sidle_option *row = sidle_option_find(path);

    for (int i = 0; i < N_CHANGED; i++)
        if (strcmp(changed[i].path, path) == 0)
            return changed[i].value;
    return row != NULL ? row->standard : NULL;
}

void sidle_options_default_old(sidle_options *options)
{
    sidle_options_default(options);
    options->model.has_old_places = 1;
    for (int i = 0; i < N_CHANGED; i++)
        SIDLE_CHECK(sidle_option_read(sidle_option_find(changed[i].path),
                                      changed[i].value, options),
                    "the old default of '%s' is not right", changed[i].path);
}
