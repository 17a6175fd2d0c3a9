/* test_random.c - bytes differ and tokens keep to their alphabet. */
#include "base/random.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
test_bytes_differ(void **state)
{
    char a[1000] = { 0 }, b[1000] = { 0 };
    char untouched = 42;

    (void)state;
    random_bytes(a, sizeof(a));
    random_bytes(b, sizeof(b));
    assert_memory_not_equal(a, b, sizeof(a));
    random_bytes(&untouched, 0);
    assert_int_equal(untouched, 42);
}

static void
test_tokens(void **state)
{
    char seen[256] = { 0 };
    char token[1001], other[1001], empty[1] = { 'x' };
    size_t kinds = 0;

    (void)state;
    random_token(token, sizeof(token));
    random_token(other, sizeof(other));
    assert_int_equal(strlen(token), 1000);
    assert_string_not_equal(token, other);
    assert_int_equal(strspn(token, "abcdefghijklmnopqrstuvwxyz234567"), 1000);
    for (size_t i = 0; i < 1000; i++) {
        kinds += seen[(unsigned char)token[i]] == 0;
        seen[(unsigned char)token[i]] = 1;
    }
    assert_int_equal(kinds, 32); /* one missing of 1000 draws: less likely than 1e-12 */
    random_token(empty, 1);
    assert_int_equal(empty[0], '\0');
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes_differ),
        cmocka_unit_test(test_tokens),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
