/* uses.c - the keys that change something of what a command does. */
#include "run/uses.h"

#include "base/text.h"
#include "run/option_spec.h"
#include "run/option_table.h"

#include <stdio.h>
#include <string.h>

static int is_used(const char *path, const char *const *uses)
{
    for (; *uses != NULL; uses++) {
        size_t n = strlen(*uses);

        if ((*uses)[n - 1] == '.' ? strncmp(path, *uses, n) == 0
                                  : strcmp(path, *uses) == 0)
            return 1;
    }
    return 0;
}

/* "a, b and c"; all keys of a section as "model.*". */
static void list(const char *const *uses, char *out, size_t size)
{
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; uses[i] != NULL && used < size; i++) {
        const char *before = i == 0 ? "" : uses[i + 1] != NULL ? ", " : " and ";
        int is_section = uses[i][strlen(uses[i]) - 1] == '.';

        used += (size_t)snprintf(out + used, size - used, "%s%s%s", before,
                                 uses[i], is_section ? "*" : "");
    }
}

static sidle_status check(const char *command, const char *const *uses,
                          const sidle_settings *settings)
{
    char known[512];

    for (size_t i = 0; i < settings->n; i++) {
        const char *path = settings->all[i].path;

        if ((sidle_option_find(path) == NULL &&
             !sidle_option_spec_takes(&settings->all[i])) ||
            is_used(path, uses))
            continue;
        list(uses, known, sizeof(known));
        return sidle_fail(SIDLE_EUSAGE,
                          "command line: '%s' has no effect on %s; remove it: "
                          "%s uses %s",
                          path, command, command, known);
    }
    return SIDLE_OK;
}

sidle_status sidle_uses(const char *command, const char *const *uses,
                        char *const *overrides, int n_overrides)
{
    sidle_settings settings = {0};
    sidle_status status = SIDLE_OK;

    for (int i = 0; i < n_overrides && status == SIDLE_OK; i++)
        status = sidle_settings_override(&settings, overrides[i]);
    if (status == SIDLE_OK)
        status = check(command, uses, &settings);
    sidle_settings_done(&settings);
    return status;
}

sidle_status sidle_uses_eval(char *const *overrides, int n_overrides)
{
    static const char *const uses[] = {"data.path",
                                       "data.valid_path",
                                       "data.valid_fraction",
                                       "data.kind",
                                       "data.raw",
                                       "data.batch",
                                       "eval.batch",
                                       "eval.stride",
                                       "parallel.blocks",
                                       "parallel.partition",
                                       NULL};

    return sidle_uses("eval", uses, overrides, n_overrides);
}

sidle_status sidle_uses_bench(const char *what, char *const *overrides,
                              int n_overrides)
{
    /* run.dir, which every configuration has to have, is one's own name. */
    static const char *const uses[] = {
        "run.dir", "run.seed",  "run.patience", "run.on_nan", "run.precision",
        "model.",  "parallel.", "data.",        "optim.",     NULL};
    char command[32];

    sidle_text_format(command, sizeof(command), "bench %s", what);
    return sidle_uses(command, uses, overrides, n_overrides);
}
