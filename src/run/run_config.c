/* run_config.c - what a run shall be: a file, and keys set by the program. */
#include "run/run_config.h"

#include "run/expand.h"
#include "run/options.h"
#include "run/run_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sidle_run_config {
    sidle_run_words words;
    char *file;
    char **assignments; /* "key=value" */
};

sidle_run_config *sidle_run_config_new(void)
{
    sidle_run_config *config = calloc(1, sizeof(*config));

    SIDLE_CHECK(config != NULL, "no memory for a configuration");
    config->words.place = "the program";
    return config;
}

void sidle_run_config_free(sidle_run_config *config)
{
    if (config == NULL)
        return;
    for (int i = 0; i < config->words.n_overrides; i++)
        free(config->assignments[i]);
    free(config->assignments);
    free(config->file);
    free(config);
}

void sidle_run_config_file(sidle_run_config *config, const char *path)
{
    free(config->file);
    config->file = strdup(path);
    SIDLE_CHECK(config->file != NULL, "no memory for a path");
    config->words.file = config->file;
}

static void push(sidle_run_config *config, char *assignment)
{
    int n = config->words.n_overrides;
    size_t size = ((size_t)n + 1) * sizeof(char *);

    config->assignments = realloc(config->assignments, size);
    SIDLE_CHECK(config->assignments != NULL, "no memory for %d keys", n + 1);
    config->assignments[n] = assignment;
    config->words.overrides = config->assignments;
    config->words.n_overrides = n + 1;
}

static char *copy(const char *first, const char *between, const char *last)
{
    size_t size = strlen(first) + strlen(between) + strlen(last) + 1;
    char *text = malloc(size);

    SIDLE_CHECK(text != NULL, "no memory for a key");
    snprintf(text, size, "%s%s%s", first, between, last);
    return text;
}

void sidle_run_config_override(sidle_run_config *config, const char *assignment)
{
    config->words.place = NULL;
    push(config, copy(assignment, "", ""));
}

/* The key by itself: what it is with others is seen when a run is opened. */
static sidle_status try(const sidle_run_words *words)
{
    sidle_options *options = malloc(sizeof(*options));
    sidle_settings settings = {0};
    sidle_status status = sidle_run_words_apply(words, &settings);

    SIDLE_CHECK(options != NULL, "no memory for options");
    sidle_options_default(options);
    if (status == SIDLE_OK)
        status = sidle_expand(&settings, 0);
    if (status == SIDLE_OK)
        status = sidle_options_apply(options, &settings);
    sidle_settings_done(&settings);
    free(options);
    return status;
}

sidle_status sidle_run_config_set(sidle_run_config *config, const char *key,
                                  const char *value)
{
    char *assignment = copy(key, "=", value);
    const sidle_run_words one = {.overrides = &assignment,
                                 .n_overrides = 1,
                                 .place = config->words.place};
    sidle_status status = try(&one);

    if (status == SIDLE_OK)
        push(config, assignment);
    else
        free(assignment);
    return status;
}

const sidle_run_words *sidle_run_config_words(const sidle_run_config *config)
{
    return &config->words;
}
