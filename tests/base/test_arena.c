/* test_arena.c - pieces of an arena, and what all arenas hold together. */
#include "check.h"

#include "base/arena.h"

#include <stdint.h>

TEST(the_total_follows_what_is_reserved_and_freed)
{
    size_t before = sidle_arena_total();
    sidle_arena *a, *b;

    assert_int_equal(sidle_arena_new("a", 0, &a), SIDLE_OK);
    assert_int_equal(sidle_arena_total() - before, sidle_arena_size(0));
    assert_int_equal(sidle_arena_new("b", 100, &b), SIDLE_OK);
    assert_int_equal(sidle_arena_total() - before, SIDLE_ALIGN + 128);
    sidle_arena_free(a);
    assert_int_equal(sidle_arena_total() - before, 128);
    sidle_arena_free(b);
    sidle_arena_free(NULL);
    assert_int_equal(sidle_arena_total(), before);
}

TEST(pieces_are_aligned_and_apart)
{
    sidle_arena *arena;
    char *first, *second;

    assert_int_equal(sidle_arena_new("pieces", 3 * SIDLE_ALIGN, &arena),
                     SIDLE_OK);
    first = sidle_arena_take(arena, 1);
    second = sidle_arena_take(arena, SIDLE_ALIGN + 1);
    assert_int_equal((uintptr_t)first % SIDLE_ALIGN, 0);
    assert_int_equal(second - first, SIDLE_ALIGN);
    assert_int_equal(sidle_arena_used(arena), 3 * SIDLE_ALIGN);
    sidle_arena_free(arena);
}

TEST_MAIN
