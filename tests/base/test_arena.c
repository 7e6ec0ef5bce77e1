/* test_arena.c - pieces of an arena, and what all arenas hold together. */
#include "check.h"

#include "base/arena.h"

#include <stdint.h>

static void test_the_total_follows_what_is_reserved_and_freed(void **state)
{
    size_t before = sidle_arena_total();
    sidle_arena *a, *b;

    (void)state;
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

static void test_pieces_are_aligned_and_apart(void **state)
{
    sidle_arena *arena;
    char *first, *second;

    (void)state;
    assert_int_equal(sidle_arena_new("pieces", 3 * SIDLE_ALIGN, &arena),
                     SIDLE_OK);
    first = sidle_arena_take(arena, 1);
    second = sidle_arena_take(arena, SIDLE_ALIGN + 1);
    assert_int_equal((uintptr_t)first % SIDLE_ALIGN, 0);
    assert_int_equal(second - first, SIDLE_ALIGN);
    assert_int_equal(sidle_arena_used(arena), 3 * SIDLE_ALIGN);
    sidle_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_total_follows_what_is_reserved_and_freed),
        cmocka_unit_test(test_pieces_are_aligned_and_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
