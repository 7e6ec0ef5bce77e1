/* arena.h - aligned memory, planned once and reserved in one piece.
 *
 * Measure, then reserve: the caller adds up the sizes of its buffers with
 * sidle_arena_round(), reserves one arena for the sum and takes them from it.
 * No buffer is freed before the whole arena is. Fresh memory is zero; debug
 * builds fill it with NaN so that a read before a write is visible. */
#ifndef SIDLE_BASE_ARENA_H
#define SIDLE_BASE_ARENA_H

#include "base/status.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SIDLE_ALIGN 64 /* bytes: a cache line, and the widest vector */

typedef struct sidle_arena sidle_arena;

/** Size of `bytes` inside an arena: the next multiple of SIDLE_ALIGN. */
size_t sidle_arena_round(size_t bytes);
/** Bytes that sidle_arena_new() reserves for `bytes`: the same, at least one
 * SIDLE_ALIGN. */
size_t sidle_arena_size(size_t bytes);
/** Bytes of all arenas that this process has reserved at present. */
size_t sidle_arena_total(void);

/**
 * Reserve an arena; messages print `name`, which is borrowed.
 * Owns:    the caller frees it with sidle_arena_free().
 * Errors:  SIDLE_EINTERNAL if the memory cannot be allocated; the message
 *          states the bytes.
 */
sidle_status sidle_arena_new(const char *name, size_t bytes,
                             sidle_arena **arena_p);

/** The next `bytes`, aligned to SIDLE_ALIGN. To take more than was reserved is
 * a bug. */
void *sidle_arena_take(sidle_arena *arena, size_t bytes);

/** Sum of the rounded sizes that were taken so far, bytes. */
size_t sidle_arena_used(const sidle_arena *arena);

void sidle_arena_free(sidle_arena *arena);

#ifdef __cplusplus
}
#endif

#endif
