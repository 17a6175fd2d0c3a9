/* test_command_sessions.c - an id is one user's, for one command, once, for a while. */
#include "server/host/command_sessions.h"

#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const int one_command, other_command;

static void
an_id_is_bound(void **state)
{
    static struct command_sessions sessions = COMMAND_SESSIONS_INIT;
    char id[COMMAND_SESSION_ID_BYTES];

    (void)state;
    command_sessions_open(&sessions, STR("anna@a/1"), &one_command, 5, id);
    assert_int_equal(
        command_sessions_close(&sessions, str_from(id), STR("anna@a/2"), &one_command, 6),
        E_NOT_FOUND);
    assert_int_equal(
        command_sessions_close(&sessions, str_from(id), STR("anna@a/1"), &other_command, 6),
        E_NOT_FOUND);
    assert_int_equal(command_sessions_close(&sessions, STR("x"), STR("anna@a/1"), &one_command, 6),
                     E_NOT_FOUND);
    assert_int_equal(command_sessions_close(&sessions, STR_EMPTY, STR("anna@a/1"), &one_command, 6),
                     E_NOT_FOUND);
    assert_int_equal(
        command_sessions_close(&sessions, str_from(id), STR("anna@a/1"), &one_command, 6), 0);
    assert_int_equal(
        command_sessions_close(&sessions, str_from(id), STR("anna@a/1"), &one_command, 6),
        E_NOT_FOUND);
}

static void
an_id_grows_old(void **state)
{
    static struct command_sessions sessions = COMMAND_SESSIONS_INIT;
    char id[COMMAND_SESSION_ID_BYTES];

    (void)state;
    command_sessions_open(&sessions, STR("anna@a/1"), &one_command, 5, id);
    assert_int_equal(command_sessions_close(&sessions, str_from(id), STR("anna@a/1"), &one_command,
                                            6 + COMMAND_SESSION_US),
                     E_TIMEOUT);
    assert_int_equal(
        command_sessions_close(&sessions, str_from(id), STR("anna@a/1"), &one_command, 6),
        E_NOT_FOUND);
}

static void
the_oldest_makes_place(void **state)
{
    static struct command_sessions sessions = COMMAND_SESSIONS_INIT;
    char ids[COMMAND_SESSIONS_MAX + 1][COMMAND_SESSION_ID_BYTES];

    (void)state;
    for (int i = 0; i <= COMMAND_SESSIONS_MAX; i++)
        command_sessions_open(&sessions, STR("anna@a/1"), &one_command, 5 + i, ids[i]);
    assert_int_equal(
        command_sessions_close(&sessions, str_from(ids[0]), STR("anna@a/1"), &one_command, 300),
        E_NOT_FOUND);
    for (int i = 1; i <= COMMAND_SESSIONS_MAX; i++)
        assert_int_equal(
            command_sessions_close(&sessions, str_from(ids[i]), STR("anna@a/1"), &one_command, 300),
            0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_is_bound),
        cmocka_unit_test(an_id_grows_old),
        cmocka_unit_test(the_oldest_makes_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
