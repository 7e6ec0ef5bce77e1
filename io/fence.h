/* fence.h - runs a library that damaged input can crash or slow down in a
 * child process with limits.
 *
 * The child sends frames through a pipe; the parent receives them one at a
 * time and checks each. It waits for a limited time, and the death of the
 * child is a status like any other. The child is a fork of the caller:
 * nothing has to be installed, and its memory is a copy of the caller's. */
#ifndef SIDLE_IO_FENCE_H
#define SIDLE_IO_FENCE_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { SIDLE_FRAME_MAX = 1 << 20 }; /* bytes of a frame at most */

typedef struct sidle_fence_limits {
    int64_t bytes;       /* of memory, beyond what the caller has */
    int seconds;         /* of processor time in all; 0: any */
    int silence_seconds; /* from one frame to the next */
} sidle_fence_limits;

/**
 * The work of the child: it sends frames to `out` and returns its status.
 * Owns:    the context is the child's copy.
 * Errors:  SIDLE_EIO, SIDLE_EDATA; status and sentence reach the parent.
 */
typedef sidle_status sidle_fenced(int out, void *context);

typedef struct sidle_fence {
    pid_t child; /* 0: none runs */
    int in;
    int has_died;        /* before it could say how the work went */
    int is_late;         /* it was ended because it had been silent */
    int is_from_outside; /* its end tells nothing of the input: silence, or
                            SIGKILL, as of a machine short of memory */
    sidle_fence_limits limits;
} sidle_fence;

/**
 * Start the work.
 *
 * Calls:   local; best where no message is in flight: a child shares the pages
 *          that a network card may be writing to.
 * Owns:    the caller ends it with sidle_fence_end(), after a failure too.
 * Errors:  SIDLE_EIO: no process or pipe can be made, with errno's words.
 */
sidle_status sidle_fence_begin(const sidle_fence_limits *limits,
                               sidle_fenced *work, void *context,
                               sidle_fence *fence);
/** In the child: one frame. `kind` > 0. Errors: SIDLE_EIO: nobody listens. */
sidle_status sidle_fence_say(int out, int kind, const void *data, size_t n);
/**
 * Wait for the next frame and take it, at most `size` bytes of it being room.
 * *kind_p is 0 when the work has ended well; then there is no frame.
 * Errors:  the work's own; SIDLE_EDATA with what became of the child: ended
 *          by a signal, beyond a limit, or a frame that does not fit; SIDLE_EIO
 *          and is_from_outside: silent, or killed by SIGKILL.
 */
sidle_status sidle_fence_hear(sidle_fence *fence, int *kind_p, void *out,
                              size_t size, size_t *n_p);
/** Stop the work and its process. Calls: local. */
void sidle_fence_end(sidle_fence *fence);

#endif
