/* test_arena.c - bump allocation, its limit and its reuse. */
#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
test_takes_nothing_until_used(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena, 4096);
    assert_int_equal(arena_taken(&arena), 0);
    assert_non_null(arena_alloc(&arena, 1));
    assert_int_equal(arena_taken(&arena), 1024);
    arena_reset(&arena);
    assert_int_equal(arena_taken(&arena), 0);
    arena_fini(&arena);
}

static void
test_bytes_are_zeroed_and_aligned(void **state)
{
    static const char zeros[300];
    struct arena arena;

    (void)state;
    arena_init(&arena, 1024 * 1024);
    for (size_t size = 0; size < sizeof(zeros); size++) {
        char *bytes = arena_alloc(&arena, size);

        assert_non_null(bytes);
        assert_int_equal((uintptr_t)bytes % 8, 0);
        assert_memory_equal(bytes, zeros, size);
        memset(bytes, 0xAA, size);
    }
    arena_fini(&arena);
}

static void
test_chunks_grow_to_a_bound(void **state)
{
    struct arena arena;
    size_t before = 0, step, largest = 0;

    (void)state;
    arena_init(&arena, 1024 * 1024);
    for (int i = 0; i < 1000; i++) {
        assert_non_null(arena_alloc(&arena, 200));
        step = arena_taken(&arena) - before;
        before = arena_taken(&arena);
        if (step > largest)
            largest = step;
    }
    assert_int_equal(largest, 16 * 1024);
    arena_fini(&arena);
}

static void
test_a_large_piece_leaves_the_chunk_in_use(void **state)
{
    struct arena arena;
    char *small, *large, *next;

    (void)state;
    arena_init(&arena, 1024 * 1024);
    small = arena_alloc(&arena, 8);
    large = arena_alloc(&arena, 100 * 1000);
    next = arena_alloc(&arena, 8);
    assert_non_null(large);
    memset(large, 1, 100 * 1000);
    assert_ptr_equal(next, small + 8);
    arena_fini(&arena);
}

static void
test_limit(void **state)
{
    struct arena arena;
    int count = 0;

    (void)state;
    arena_init(&arena, 5000);
    while (arena_alloc(&arena, 100))
        count++;
    assert_in_range(count, 40, 49);
    assert_true(arena_taken(&arena) <= 5000);
    assert_true(arena_is_full(&arena));
    arena_reset(&arena);
    assert_false(arena_is_full(&arena));
    assert_non_null(arena_alloc(&arena, 4900));
    arena_fini(&arena);
}

static void
test_absurd_sizes_are_refused(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena, SIZE_MAX);
    assert_null(arena_alloc(&arena, SIZE_MAX));
    assert_true(arena_is_full(&arena));
    arena_reset(&arena);
    assert_null(arena_alloc(&arena, SIZE_MAX - 16));
    arena_fini(&arena);

    arena_init(&arena, 0);
    assert_null(arena_alloc(&arena, 0));
    arena_fini(&arena);
}

static void
test_text(void **state)
{
    struct arena arena;
    struct str s;

    (void)state;
    arena_init(&arena, 2048);
    s = arena_dup(&arena, str_slice(STR("anna@chat"), 0, 4));
    assert_int_equal(s.len, 4);
    assert_string_equal(s.data, "anna");
    s = arena_dup(&arena, STR_EMPTY);
    assert_int_equal(s.len, 0);
    assert_string_equal(s.data, "");
    s = arena_printf(&arena, "%s/%d", "phone", 7);
    assert_int_equal(s.len, 7);
    assert_string_equal(s.data, "phone/7");
    assert_false(arena_is_full(&arena));
    assert_null(arena_printf(&arena, "%4000d", 1).data);
    assert_true(arena_is_full(&arena));
    assert_null(arena_dup(&arena, (struct str){ "x", 1 << 20 }).data);
    arena_fini(&arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_takes_nothing_until_used),
        cmocka_unit_test(test_bytes_are_zeroed_and_aligned),
        cmocka_unit_test(test_chunks_grow_to_a_bound),
        cmocka_unit_test(test_a_large_piece_leaves_the_chunk_in_use),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_absurd_sizes_are_refused),
        cmocka_unit_test(test_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
