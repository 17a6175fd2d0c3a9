/* test_block.c - bytes that live as long as their last reference. */
#include "base/block.h"

#include <pthread.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
test_copies_and_counts(void **state)
{
    char bytes[] = "<message/>";
    struct block *block = block_new((struct str){ bytes, 10 });
    struct block *other = block_ref(block);

    (void)state;
    bytes[0] = 'X';
    assert_ptr_equal(block, other);
    block_unref(block);
    assert_true(str_is(block_str(other), "<message/>"));
    block_unref(other);
    block_unref(NULL);
}

static void
test_empty(void **state)
{
    struct block *block = block_new(STR_EMPTY);

    (void)state;
    assert_int_equal(block_str(block).len, 0);
    block_unref(block);
}

static void *
ref_and_unref(void *context)
{
    struct block *block = context;

    for (int i = 0; i < 10000; i++) {
        struct block *mine = block_ref(block);

        if (!str_is(block_str(mine), "shared"))
            return block;
        block_unref(mine);
    }
    block_unref(block);
    return NULL;
}

static void
test_many_threads(void **state)
{
    struct block *block = block_new(STR("shared"));
    pthread_t threads[4];

    (void)state;
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ref_and_unref, block_ref(block)), 0);
    block_unref(block);
    for (int i = 0; i < 4; i++) {
        void *failed;

        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_copies_and_counts),
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_many_threads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
