/* arena.h - aligned memory, planned once and reserved in one piece.
 *
 * Ask, then reserve: whoever needs buffers adds up their sizes with
 * sidle_arena_round(), reserves one arena for the sum and takes them from it.
 * Nothing is given back before the arena goes. Fresh memory is zero; debug
 * builds fill it with NaN so that a read before a write shows. */
#ifndef SIDLE_BASE_ARENA_H
#define SIDLE_BASE_ARENA_H

#include "base/status.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SIDLE_ALIGN 64 /* bytes: a cache line, and the widest vector */

typedef struct sidle_arena sidle_arena;

/** What `bytes` take up inside an arena: the next multiple of SIDLE_ALIGN. */
size_t sidle_arena_round(size_t bytes);
/** What sidle_arena_new() reserves for `bytes`: the same, but never nothing. */
size_t sidle_arena_size(size_t bytes);
/** Bytes of all arenas that are reserved at this moment, in this process. */
size_t sidle_arena_total(void);

/**
 * Reserve an arena; `name` stands in messages and is borrowed.
 * Owns:    the caller frees it with sidle_arena_free().
 * Errors:  SIDLE_EINTERNAL if the memory cannot be had, naming the bytes.
 */
sidle_status sidle_arena_new(const char *name, size_t bytes,
                             sidle_arena **arena_p);

/** The next `bytes`, aligned to SIDLE_ALIGN. Taking too much is a bug. */
void *sidle_arena_take(sidle_arena *arena, size_t bytes);

/** Bytes taken so far, rounded sizes. */
size_t sidle_arena_used(const sidle_arena *arena);

void sidle_arena_free(sidle_arena *arena);

#ifdef __cplusplus
}
#endif

#endif
