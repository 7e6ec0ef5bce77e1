/* prompt.h - the beginning of a sequence: a text, and its tokens. */
#ifndef SIDLE_RUN_PROMPT_H
#define SIDLE_RUN_PROMPT_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Zero, then filled by one of the next two, then encoded. */
typedef struct sidle_prompt {
    char *text;
    size_t n_text;
    int32_t *tokens;
    int64_t n_tokens;
} sidle_prompt;

/** Copy `text` into the prompt. Calls: local. */
void sidle_prompt_set(sidle_prompt *prompt, const char *text);
/** Read the file `path`, "-": standard input. Calls: local. Errors: SIDLE_EIO;
 * SIDLE_EUSAGE: more than 64 MiB. */
sidle_status sidle_prompt_read(const char *path, sidle_prompt *prompt);

/**
 * Convert the text to tokens: its bytes, or (has_bytes 0) the token ids that it
 * contains.
 * Calls:   local.
 * Errors:  SIDLE_EDATA: a word that is not a token id, or an id outside the
 *          vocabulary (naming place and value).
 */
sidle_status sidle_prompt_encode(sidle_prompt *prompt, int has_bytes,
                                 ptrdiff_t vocab);

void sidle_prompt_done(sidle_prompt *prompt);

#ifdef __cplusplus
}
#endif

#endif
