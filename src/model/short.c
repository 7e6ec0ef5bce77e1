/* short.c - the table of short names, and what writes their lists. */
#include "model/short.h"

#include "base/text.h"

#include <string.h>

extern const sidle_short sidle_short_video_cnn, sidle_short_autoencoder;

static const sidle_short *const names[] = {&sidle_short_video_cnn,
                                           &sidle_short_autoencoder};

const sidle_short *sidle_short_find(const char *name)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(names[i]->name, name) == 0)
            return names[i];
    return NULL;
}

sidle_status sidle_short_check(const sidle_short *of, ptrdiff_t layers)
{
    if (layers >= of->least && layers <= of->most &&
        !(of->is_even && layers % 2 != 0))
        return SIDLE_OK;
    return sidle_fail(SIDLE_EUSAGE,
                      "'model.layers' is %td, but a network of model.kind=%s "
                      "has %td to %td convolutions%s; set model.layers",
                      layers, of->name, of->least, of->most,
                      of->is_even ? ", an even number" : "");
}

sidle_spec_entry *sidle_short_add(sidle_spec_list *list, const char *kind)
{
    char path[64];

    sidle_text_format(path, sizeof(path), "model.layers[%zu]", list->n);
    return sidle_spec_add(list, kind, path, "");
}

static void set(sidle_spec_entry *entry, const char *key, char *text,
                int is_list)
{
    const sidle_option_text value = {text, is_list, 0};

    sidle_spec_set(entry, key, &value, "");
}

void sidle_short_set(sidle_spec_entry *entry, const char *key, ptrdiff_t value)
{
    char text[32];

    sidle_text_format(text, sizeof(text), "%td", value);
    set(entry, key, text, 0);
}

void sidle_short_set_pair(sidle_spec_entry *entry, const char *key,
                          const ptrdiff_t value[2])
{
    char text[64];

    sidle_text_format(text, sizeof(text), "%td, %td", value[0], value[1]);
    set(entry, key, text, 1);
}

ptrdiff_t sidle_short_groups(ptrdiff_t channels)
{
    ptrdiff_t n = 8;

    while (channels % n != 0)
        n--;
    return n;
}
