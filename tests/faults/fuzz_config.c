/* fuzz_config.c - any bytes as a configuration and overrides: up to the first
 * zero byte the text of a file, then one override up to each next one. */
#include "run/expand.h"
#include "run/options.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static sidle_status override_all(sidle_settings *settings, const char *text,
                                 size_t size)
{
    for (size_t at = 0; at < size; at += strlen(text + at) + 1)
        SIDLE_TRY(sidle_settings_override(settings, text + at));
    return SIDLE_OK;
}

/* What is dumped must read back, and to the same text. */
static void dump_twice(const sidle_options *options)
{
    static sidle_options again;
    sidle_settings settings = {0};
    char *first = NULL, *second = NULL;

    if (sidle_options_dump(options, &first) != SIDLE_OK ||
        sidle_settings_parse("dump", first, strlen(first), &settings) !=
            SIDLE_OK ||
        sidle_options_of(&settings, &again) != SIDLE_OK ||
        sidle_options_dump(&again, &second) != SIDLE_OK ||
        strcmp(first, second) != 0)
        abort();
    free(second);
    free(first);
    sidle_settings_done(&settings);
}

static void try(const char *text, size_t size)
{
    static sidle_options options;
    size_t end = strnlen(text, size), rest = end < size ? end + 1 : end;
    sidle_settings settings = {0};
    sidle_status status = sidle_settings_parse("fuzz", text, end, &settings);

    if (status == SIDLE_OK)
        status = override_all(&settings, text + rest, size - rest);
    if (status == SIDLE_OK)
        status = sidle_expand(&settings, 0);
    if (status == SIDLE_OK)
        status = sidle_options_of(&settings, &options);
    if (status == SIDLE_OK)
        dump_twice(&options);
    sidle_settings_done(&settings);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);

    if (text == NULL)
        abort();
    memcpy(text, data, size);
    text[size] = '\0';
    try(text, size);
    free(text);
    return 0;
}
