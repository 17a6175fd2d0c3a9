/* test_sign_in.c - every field of the welcome form, right and wrong. */
#include "client/sign_in.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define FINE (-1)

static void
fields_are_checked(void **state)
{
    static const char too_long[] =
        "0123456789012345678901234567890123456789012345678901234567890123456789"
        "0123456789012345678901234567890123456789012345678901234567890";
    static const struct {
        JdSignIn details;
        int code;
    } cases[] = {
        { { .server = "chat.example", .nickname = "anna" }, FINE },
        { { .server = " chat.example ", .nickname = " Anna " }, FINE },
        { { .server = "127.0.0.1", .nickname = "anna", .port = 65535 }, FINE },
        { { .server = "::1", .nickname = "anna" }, FINE },
        { { .server = "[::1]", .nickname = "anna" }, FINE },
        { { .server = "bücher.example", .nickname = "Anna B" }, FINE },
        { { .server = "", .nickname = "anna" }, JD_CLIENT_ERROR_SERVER },
        { { .server = NULL, .nickname = "anna" }, JD_CLIENT_ERROR_SERVER },
        { { .server = "  ", .nickname = "anna" }, JD_CLIENT_ERROR_SERVER },
        { { .server = "a b", .nickname = "anna" }, JD_CLIENT_ERROR_SERVER },
        { { .server = "anna@chat.example", .nickname = "anna" }, JD_CLIENT_ERROR_SERVER },
        { { .server = "chat.example", .nickname = "anna", .port = 65536 }, JD_CLIENT_ERROR_PORT },
        { { .server = "chat.example", .nickname = "" }, JD_CLIENT_ERROR_NICKNAME },
        { { .server = "chat.example", .nickname = NULL }, JD_CLIENT_ERROR_NICKNAME },
        { { .server = "chat.example", .nickname = " \t" }, JD_CLIENT_ERROR_NICKNAME },
        { { .server = "chat.example", .nickname = "an\x01na" }, JD_CLIENT_ERROR_NICKNAME },
        { { .server = "chat.example", .nickname = too_long }, JD_CLIENT_ERROR_NICKNAME },
        { { .server = "chat.example", .nickname = "Anna B", .password = "x" },
          JD_CLIENT_ERROR_NICKNAME },
        { { .server = "chat.example", .nickname = "a@b", .password = "x" },
          JD_CLIENT_ERROR_NICKNAME },
        { { .server = "chat.example", .nickname = "a@b", .password = "" }, FINE },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        struct sign_in *sign_in = sign_in_new(&cases[i].details, &error);
        if ((sign_in != NULL) != (cases[i].code == FINE))
            fail_msg("case %zu", i);
        if (cases[i].code != FINE)
            assert_true(g_error_matches(error, JD_CLIENT_ERROR, cases[i].code));
        sign_in_free(sign_in);
    }
}

static void
form_is_tidied(void **state)
{
    const JdSignIn details = {
        .server = "[::1]",
        .nickname = " Anna ",
        .password = "secret",
        .registers = TRUE,
    };
    (void)state;
    struct sign_in *sign_in = sign_in_new(&details, NULL);
    assert_string_equal(sign_in->server, "::1");
    assert_int_equal(sign_in->port, 5222);
    assert_string_equal(sign_in->nickname, "Anna");
    assert_string_equal(sign_in->name, "anna");
    assert_true(sign_in->registers);
    sign_in_free(sign_in);
}

static void
guests_register_nothing(void **state)
{
    const JdSignIn details = { .server = "a", .nickname = "Anna", .registers = TRUE };
    (void)state;
    struct sign_in *sign_in = sign_in_new(&details, NULL);
    assert_false(sign_in->registers);
    assert_null(sign_in->name);
    assert_null(sign_in->password);
    sign_in_free(sign_in);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_checked),
        cmocka_unit_test(form_is_tidied),
        cmocka_unit_test(guests_register_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
