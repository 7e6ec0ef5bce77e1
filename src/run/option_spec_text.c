/* option_spec_text.c - a network as the text that options keep, and back. */
#include "run/option_spec.h"

#include "io/yaml_list.h"

#include <stdlib.h>
#include <string.h>

#define LAYERS "model.layers"
#define LOSS "model.loss"

/* Entries as sidle_spec_print() writes them. */
static void parse(const char *text, const char *path, sidle_spec_list *list)
{
    sidle_yaml yaml;
    sidle_status status = sidle_yaml_open(&yaml, path, text);

    for (int i = 0; i < 3 && status == SIDLE_OK; i++)
        status = sidle_yaml_next(&yaml);
    if (status == SIDLE_OK)
        status = sidle_yaml_list(&yaml, path, "", list);
    SIDLE_CHECK(status == SIDLE_OK, "'%s' does not read back: %s", path,
                sidle_fail_text());
    sidle_yaml_close(&yaml);
}

void sidle_option_spec_get(const sidle_options *options, sidle_spec *spec)
{
    sidle_spec_list loss = {0};

    memset(spec, 0, sizeof(*spec));
    if (options->layers[0] != '\0')
        parse(options->layers, LAYERS, &spec->layers);
    if (options->loss[0] == '\0')
        return;
    parse(options->loss, LOSS, &loss);
    spec->loss = loss.entries[0];
    spec->loss.path[strlen(LOSS)] = '\0'; /* "model.loss[0]" */
    free(loss.entries);
}

/* 0 if there is no room. */
static int print(const sidle_spec_list *list, char *out, size_t size)
{
    FILE *stream = fmemopen(out, size - 1, "w");
    int is_whole;

    out[size - 1] = '\0';
    SIDLE_CHECK(stream != NULL, "no memory for a specification");
    sidle_spec_print(list, 0, stream);
    is_whole = fflush(stream) == 0;
    fclose(stream);
    return is_whole;
}

sidle_status sidle_option_spec_put(sidle_options *options,
                                   const sidle_spec *spec)
{
    const sidle_spec_list loss = {(sidle_spec_entry *)&spec->loss,
                                  spec->loss.kind != NULL};

    options->layers[0] = options->loss[0] = '\0';
    if (!print(&spec->layers, options->layers, sizeof(options->layers)))
        return sidle_fail(SIDLE_EUSAGE,
                          "'" LAYERS "' takes more than %zu bytes as text",
                          sizeof(options->layers) - 1);
    if (!print(&loss, options->loss, sizeof(options->loss)))
        return sidle_fail(SIDLE_EUSAGE,
                          "'" LOSS "' takes more than %zu bytes as text",
                          sizeof(options->loss) - 1);
    return SIDLE_OK;
}

void sidle_option_spec_dump(const sidle_options *options, FILE *stream)
{
    sidle_spec spec;

    sidle_option_spec_get(options, &spec);
    if (spec.layers.n > 0) {
        fputs("  layers:\n", stream);
        sidle_spec_print(&spec.layers, 4, stream);
    }
    if (spec.loss.kind != NULL) {
        fputs("  loss: ", stream);
        sidle_spec_print_loss(&spec.loss, stream);
        fputc('\n', stream);
    }
    sidle_spec_done(&spec);
}

/* How far ahead a loss of frames looks; its own rows hold the default. */
int64_t sidle_option_ahead(const sidle_options *options)
{
    const sidle_spec_option *ahead;
    sidle_spec spec;
    int64_t n = 0;

    sidle_option_spec_get(options, &spec);
    ahead = spec.loss.kind != NULL ? sidle_spec_get(&spec.loss, "ahead") : NULL;
    if (ahead != NULL)
        n = strtoll(ahead->text, NULL, 10);
    sidle_spec_done(&spec);
    return n;
}
