/* token_scan.h - what a child behind a fence says of a file of tokens. */
#ifndef SIDLE_IO_TOKEN_SCAN_H
#define SIDLE_IO_TOKEN_SCAN_H

#include "io/data_scan.h"

/* Kinds of frames, in the order of a good file; all numbers are int64. */
enum {
    SIDLE_TOKENS_SIZES = 1, /* (3) of /tokens, of /offsets; vocab */
    SIDLE_TOKENS_OFFSETS,   /* the next of them, SIDLE_DATA_PIECE at most */
    SIDLE_TOKENS_IDS        /* likewise */
};

/**
 * In the child: say SIZES, all OFFSETS and all IDS. Sizes that no file of those
 * bytes holds are refused before anything is read.
 * Shapes:  context is a sidle_data_task; frames go to `out`.
 * Errors:  SIDLE_EDATA: no file of tokens; SIDLE_EIO: it cannot be read.
 */
sidle_status sidle_tokens_say(int out, void *context);

#endif
