/* token_scan.h - what a child behind a fence says of a file of tokens.
 *
 * HDF5 can be made to crash, to loop and to take any memory by a damaged file,
 * so it reads one in a process of its own (fence.h), and sends the numbers. */
#ifndef SIDLE_IO_TOKEN_SCAN_H
#define SIDLE_IO_TOKEN_SCAN_H

#include "base/status.h"
#include "io/fence.h"
#include "io/h5_column.h"

#include <stdint.h>

/* Kinds of frames, in the order of a good file; all numbers are int64. */
enum {
    SIDLE_TOKENS_SIZES = 1, /* (3) of /tokens, of /offsets; vocab */
    SIDLE_TOKENS_OFFSETS,   /* the next of them, SIDLE_TOKENS_PIECE at most */
    SIDLE_TOKENS_IDS,       /* likewise */
    SIDLE_TOKENS_FORMAT     /* the text of the attribute `format` */
};

enum { SIDLE_TOKENS_PIECE = 1 << 16 };

typedef struct sidle_token_task {
    int fd;
    int64_t size; /* of the file, in bytes */
} sidle_token_task;

/** Of a child that reads a data file of `size` bytes. */
sidle_fence_limits sidle_tokens_limits(int64_t size);

/**
 * In the child: say SIZES, all OFFSETS and all IDS, or only the FORMAT. Sizes
 * that no file of those bytes holds are refused before anything is read.
 * Shapes:  context is a sidle_token_task; frames go to `out`.
 * Errors:  SIDLE_EDATA: no file of tokens; SIDLE_EIO: it cannot be read.
 */
sidle_status sidle_tokens_say(int out, void *context);
sidle_status sidle_tokens_say_format(int out, void *context);

/** In the child: all integers of one dimension, in frames of `kind`. Errors: of
 * reading, or SIDLE_EIO: nobody listens. */
sidle_status sidle_say_column(int out, int kind, const sidle_h5_column *c);

#endif
