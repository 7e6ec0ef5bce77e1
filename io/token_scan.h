/* token_scan.h - the frames that a fenced child sends about a token file. */
#ifndef SIDLE_IO_TOKEN_SCAN_H
#define SIDLE_IO_TOKEN_SCAN_H

#include "io/data_scan.h"

/* Kinds of frames, in the order in which a valid file gives them; all numbers
 * are int64. */
enum {
    SIDLE_TOKENS_SIZES = 1, /* (3) of /tokens, of /offsets; vocab */
    SIDLE_TOKENS_OFFSETS,   /* the next ones, at most SIDLE_DATA_PIECE */
    SIDLE_TOKENS_IDS        /* likewise */
};

/**
 * In the child: send SIZES, all OFFSETS and all IDS. Sizes that the file cannot
 * hold are refused before anything is read.
 * Shapes:  context is a sidle_data_task; frames go to `out`.
 * Errors:  SIDLE_EDATA: not a token file; SIDLE_EIO: it cannot be read.
 */
sidle_status sidle_tokens_say(int out, void *context);

#endif
