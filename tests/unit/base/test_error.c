/* test_error.c - the error table is complete and maps to RFC 6120 conditions. */
#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
test_every_row_is_complete(void **state)
{
    (void)state;
    for (int error = -1; error > -ERROR_INDEX_COUNT; error--) {
        assert_true(error_text(error)[0] != '\0');
        assert_true(error_stream_condition(error)[0] != '\0');
        assert_true(error_stanza_condition(error)[0] != '\0');
        assert_in_range(error_class(error), ERROR_CLASS_BLOCKED, ERROR_CLASS_IO);
    }
}

static void
test_values_are_negative_and_distinct(void **state)
{
    (void)state;
    assert_int_equal(E_AGAIN, -1);
    assert_int_equal(E_STORE, -(ERROR_INDEX_COUNT - 1));
}

static void
test_known_rows(void **state)
{
    (void)state;
    assert_int_equal(error_class(E_AGAIN), ERROR_CLASS_BLOCKED);
    assert_int_equal(error_class(E_XML_SYNTAX), ERROR_CLASS_PROTOCOL);
    assert_int_equal(error_class(E_TOO_BIG), ERROR_CLASS_LIMIT);
    assert_string_equal(error_stream_condition(E_XML_SYNTAX), "not-well-formed");
    assert_string_equal(error_stanza_condition(E_JID), "jid-malformed");
    assert_string_equal(error_text(E_NOT_FOUND), "not found");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_row_is_complete),
        cmocka_unit_test(test_values_are_negative_and_distinct),
        cmocka_unit_test(test_known_rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
