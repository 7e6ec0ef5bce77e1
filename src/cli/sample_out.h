/* sample_out.h - sequences on standard output, token by token: as texts, or as
 * token ids with one line per sequence. */
#ifndef SIDLE_CLI_SAMPLE_OUT_H
#define SIDLE_CLI_SAMPLE_OUT_H

#include "cli/sample_text.h"

#include <stdint.h>

typedef struct sidle_sample_out {
    int is_ids;
    int64_t n_written; /* tokens of this sequence */
    sidle_sample_text text;
} sidle_sample_out;

/** A sequence begins with its prompt. Calls: local, as all of these. */
void sidle_sample_out_begin(sidle_sample_out *out, const int32_t *prompt,
                            int64_t n);
/** Its next token, for a sidle_sampling (`context` is the output). Errors:
 * SIDLE_EIO. */
sidle_status sidle_sample_out_next(void *context, int32_t token);
/** Whatever came of it: what follows on a terminal has its own line. Errors:
 * SIDLE_EIO. */
sidle_status sidle_sample_out_end(sidle_sample_out *out);
/** Between two texts; people have a newline unless they ask for more (separator
 * not NULL). */
void sidle_sample_out_between(sidle_sample_out *out, const char *separator,
                              size_t n);

/** Whether a text has ended without a newline in the pipe or file that standard
 * error goes to, too. */
int sidle_sample_out_is_open(const sidle_sample_out *out);

#endif
