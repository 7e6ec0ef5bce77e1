/* fence.h - runs a library that damaged input can crash or slow down, in a
 * child process with limits.
 *
 * The child sends frames through a pipe; the parent receives them one at a time
 * and checks each. It waits for a limited time; a crash of the child becomes a
 * status. The child is a fork of the caller: nothing has to be installed, and
 * its memory is a copy of the caller's. */
#ifndef SIDLE_IO_FENCE_H
#define SIDLE_IO_FENCE_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { SIDLE_FRAME_MAX = 1 << 20 }; /* most bytes in a frame */

typedef struct sidle_fence_limits {
    int64_t bytes;       /* of memory, in addition to the caller's */
    int seconds;         /* of processor time in total; 0: no limit */
    int silence_seconds; /* from one frame to the next */
} sidle_fence_limits;

/**
 * The work of the child: it sends frames to `out` and returns its status.
 * Owns:    the context is the child's copy.
 * Errors:  SIDLE_EIO, SIDLE_EDATA; the parent receives status and message.
 */
typedef sidle_status sidle_fenced(int out, void *context);

typedef struct sidle_fence {
    pid_t child; /* 0: none runs */
    int in;
    int has_died;        /* before it reported the result of the work */
    int is_late;         /* it was ended because it had sent nothing */
    int is_from_outside; /* its end has nothing to do with the input: silence,
                            or SIGKILL, as on a machine short of memory */
    sidle_fence_limits limits;
} sidle_fence;

/**
 * Start the work in a child process.
 *
 * Calls:   local; best while no message is in flight: a child shares the pages
 *          that a network card may be writing to.
 * Owns:    the caller ends it with sidle_fence_end(), after a failure too.
 * Errors:  SIDLE_EIO: no process or pipe can be created, with errno's text.
 */
sidle_status sidle_fence_begin(const sidle_fence_limits *limits,
                               sidle_fenced *work, void *context,
                               sidle_fence *fence);
/** In the child: send one frame. `kind` > 0. Errors: SIDLE_EIO: the pipe is
 * closed. */
sidle_status sidle_fence_say(int out, int kind, const void *data, size_t n);
/**
 * Wait for the next frame and receive it into `out`, which has `size` bytes.
 * *kind_p is 0 when the work has ended with SIDLE_OK; then there is no frame.
 * Errors:  those of the work; SIDLE_EDATA with the reason: the child was ended
 *          by a signal, exceeded a limit, or sent a frame that does not fit;
 *          SIDLE_EIO and is_from_outside: silent, or killed by SIGKILL.
 */
sidle_status sidle_fence_hear(sidle_fence *fence, int *kind_p, void *out,
                              size_t size, size_t *n_p);
/** Stop the work and its process. Calls: local. */
void sidle_fence_end(sidle_fence *fence);

#endif
