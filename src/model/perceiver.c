/* perceiver.c - a Perceiver AR written as a list of units. */
#include "model/perceiver.h"

#include "base/text.h"

#include <stdlib.h>

struct unit {
    char name[32];
};

static void describe(const sidle_perceiver *config, struct unit *units,
                     sidle_layer_entry *entries)
{
    int last = (int)config->layers + 1;

    for (int k = 0; k <= last; k++) {
        entries[k] =
            (sidle_layer_entry){&sidle_self_ops, units[k].name, config};
        if (k > 0 && k < last)
            sidle_text_format(units[k].name, sizeof(units[k].name), "self.%03d",
                              k - 1);
    }
    entries[0].ops = &sidle_cross_ops;
    entries[0].name = "cross";
    entries[last].ops = &sidle_final_ops;
    entries[last].name = "final";
}

sidle_status sidle_model_perceiver(const sidle_perceiver *config,
                                   ptrdiff_t rows, sidle_model **model_p)
{
    int n = (int)config->layers + 2;
    struct unit *units;
    sidle_layer_entry *entries;
    sidle_status status;

    SIDLE_TRY(sidle_perceiver_check(config));
    units = calloc((size_t)n, sizeof(*units));
    entries = calloc((size_t)n, sizeof(*entries));
    if (units == NULL || entries == NULL) {
        status =
            sidle_fail(SIDLE_EINTERNAL, "no memory for a list of %d units", n);
    } else {
        describe(config, units, entries);
        status = sidle_model_list(entries, n, NULL, rows, model_p);
    }
    if (status == SIDLE_OK)
        (*model_p)->reported = sidle_perceiver_flops(config, rows);
    free(units);
    free(entries);
    return status;
}
