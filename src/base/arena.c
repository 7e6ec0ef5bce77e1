/* arena.c - one aligned reservation, given out from front to back. */
#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

struct sidle_arena {
    const char *name;
    unsigned char *base;
    size_t size, used;
};

static size_t total;

size_t sidle_arena_round(size_t bytes)
{
    return (bytes + SIDLE_ALIGN - 1) / SIDLE_ALIGN * SIDLE_ALIGN;
}

size_t sidle_arena_size(size_t bytes)
{
    return sidle_arena_round(bytes > 0 ? bytes : 1);
}

size_t sidle_arena_total(void)
{
    return total;
}

sidle_status sidle_arena_new(const char *name, size_t bytes,
                             sidle_arena **arena_p)
{
    size_t size = sidle_arena_size(bytes);
    sidle_arena *arena = malloc(sizeof(*arena));
    unsigned char *base = aligned_alloc(SIDLE_ALIGN, size);

    if (arena == NULL || base == NULL) {
        free(arena);
        free(base);
        return sidle_fail(SIDLE_EINTERNAL,
                          "cannot reserve %zu bytes of memory for %s; use a "
                          "smaller model or batch, or more ranks",
                          size, name);
    }
#ifdef NDEBUG
    memset(base, 0, size);
#else
    memset(base, 0xff, size); /* every float of it is NaN */
#endif
    *arena = (sidle_arena){.name = name, .base = base, .size = size};
    *arena_p = arena;
    total += size;
    return SIDLE_OK;
}

void *sidle_arena_take(sidle_arena *arena, size_t bytes)
{
    size_t need = sidle_arena_round(bytes);
    unsigned char *start = arena->base + arena->used;

    SIDLE_CHECK(arena->used + need <= arena->size,
                "arena \"%s\" of %zu bytes holds %zu, asked for %zu more",
                arena->name, arena->size, arena->used, need);
    arena->used += need;
    return start;
}

size_t sidle_arena_used(const sidle_arena *arena)
{
    return arena->used;
}

void sidle_arena_free(sidle_arena *arena)
{
    if (arena == NULL)
        return;
    total -= arena->size;
    free(arena->base);
    free(arena);
}
