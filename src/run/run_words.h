/* run_words.h - a user's configuration of a run before it is parsed. */
#ifndef SIDLE_RUN_RUN_WORDS_H
#define SIDLE_RUN_RUN_WORDS_H

#include "io/config.h"

typedef struct sidle_run_words {
    const char *file;       /* YAML, "-": standard input; NULL: none */
    char *const *overrides; /* "key=value", which go before the file's */
    int n_overrides;
    const char *place; /* of these, in messages; NULL: "command line" */
} sidle_run_words;

/** Append the overrides to the settings. Errors: SIDLE_EUSAGE: not an
 * assignment. */
sidle_status sidle_run_words_apply(const sidle_run_words *words,
                                   sidle_settings *settings);

#endif
