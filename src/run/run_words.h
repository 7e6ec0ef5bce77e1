/* run_words.h - what a user says a run shall be, before it is read. */
#ifndef SIDLE_RUN_RUN_WORDS_H
#define SIDLE_RUN_RUN_WORDS_H

#include "io/config.h"

typedef struct sidle_run_words {
    const char *file;       /* YAML, "-": standard input; NULL: none */
    char *const *overrides; /* "key=value", which go before the file's */
    int n_overrides;
    const char *place; /* of these, in messages; NULL: "command line" */
} sidle_run_words;

/** The overrides, behind the settings that are there. Errors: SIDLE_EUSAGE: no
 * assignment. */
sidle_status sidle_run_words_apply(const sidle_run_words *words,
                                   sidle_settings *settings);

#endif
