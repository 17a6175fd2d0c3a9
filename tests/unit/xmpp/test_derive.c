/* test_derive.c - the same for the same, another for anything else. */
#include "base/attributes.h"
#include "xmpp/derive.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
derive(const char *secret, const char *purpose, const char *a, const char *b, char ret[17])
{
    const struct str parts[] = { str_from(a), str_from(b) };

    derive_token(str_from(secret), str_from(purpose), parts, 2, ret, 17);
}

static void
test_same(void **state)
{
    char one[17], two[17];

    (void)state;
    derive("secret", "purpose", "anna", "phone", one);
    derive("secret", "purpose", "anna", "phone", two);
    assert_string_equal(one, two);
    assert_int_equal(strlen(one), 16);
    assert_int_equal(strspn(one, "abcdefghijklmnopqrstuvwxyz234567"), 16);
}

static void
test_different(void **state)
{
    const char *const others[][4] = {
        { "secreT", "purpose", "anna", "phone" }, { "secret", "purposE", "anna", "phone" },
        { "secret", "purpose", "annap", "hone" }, { "secret", "purpose", "anna", "" },
        { "secret", "purpose", "phone", "anna" }, { "secret", "purpose4:anna", "", "phone" },
    };
    char one[17], other[17];

    (void)state;
    derive("secret", "purpose", "anna", "phone", one);
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        derive(others[i][0], others[i][1], others[i][2], others[i][3], other);
        assert_string_not_equal(one, other);
    }
}

static void
test_lengths(void **state)
{
    char longest[DERIVE_CHARS_MAX + 1], some[DERIVE_CHARS_MAX + 1];

    (void)state;
    derive_token(STR("s"), STR("p"), NULL, 0, longest, sizeof(longest));
    assert_int_equal(strlen(longest), DERIVE_CHARS_MAX);
    for (size_t count = 1; count < sizeof(some); count++) {
        derive_token(STR("s"), STR("p"), NULL, 0, some, count);
        assert_int_equal(strlen(some), count - 1);
        assert_memory_equal(some, longest, count - 1);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same),
        cmocka_unit_test(test_different),
        cmocka_unit_test(test_lengths),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
