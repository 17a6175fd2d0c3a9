/* test_trust.c - pinned certificates, in memory and on disk. */
#include "client/trust.h"

#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

#define ONE   "AA:BB:CC"
#define OTHER "AA:BB:CD"

static char *folder;
static char *file;

static int
set_up(void **state)
{
    (void)state;
    g_autofree char *parent = g_dir_make_tmp("trust-XXXXXX", NULL);
    folder = g_build_filename(parent, "deeper", NULL);
    file = g_build_filename(folder, "trusted-servers.ini", NULL);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    g_autofree char *parent = g_path_get_dirname(folder);
    g_unlink(file);
    g_rmdir(folder);
    g_rmdir(parent);
    g_clear_pointer(&folder, g_free);
    g_clear_pointer(&file, g_free);
    return 0;
}

static void
first_meeting_then_pinned_then_changed(void **state)
{
    (void)state;
    struct trust *trust = trust_new(folder);
    assert_int_equal(trust_check(trust, "chat.example", 5222, ONE), TRUST_UNKNOWN);
    assert_null(trust_pinned(trust, "chat.example", 5222));
    trust_pin(trust, "chat.example", 5222, ONE);
    assert_int_equal(trust_check(trust, "chat.example", 5222, ONE), TRUST_PINNED);
    assert_int_equal(trust_check(trust, "Chat.Example", 5222, "aa:bb:cc"), TRUST_PINNED);
    assert_int_equal(trust_check(trust, "chat.example", 5222, OTHER), TRUST_CHANGED);
    assert_string_equal(trust_pinned(trust, "chat.example", 5222), ONE);
    trust_free(trust);
}

static void
servers_do_not_mix(void **state)
{
    (void)state;
    struct trust *trust = trust_new(folder);
    trust_pin(trust, "chat.example", 5222, ONE);
    assert_int_equal(trust_check(trust, "chat.example", 5223, ONE), TRUST_UNKNOWN);
    assert_int_equal(trust_check(trust, "chat.example.org", 5222, ONE), TRUST_UNKNOWN);
    assert_int_equal(trust_check(trust, "::1", 5222, ONE), TRUST_UNKNOWN);
    trust_pin(trust, "::1", 5222, OTHER);
    assert_int_equal(trust_check(trust, "::1", 5222, OTHER), TRUST_PINNED);
    trust_free(trust);
}

static void
decisions_last(void **state)
{
    struct stat status;
    (void)state;
    struct trust *trust = trust_new(folder);
    trust_pin(trust, "chat.example", 5222, ONE);
    trust_pin(trust, "chat.example", 5222, OTHER);
    trust_free(trust);

    trust = trust_new(folder);
    assert_int_equal(trust_check(trust, "chat.example", 5222, OTHER), TRUST_PINNED);
    trust_free(trust);
    assert_int_equal(stat(file, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
}

static void
broken_file_pins_nothing(void **state)
{
    (void)state;
    trust_free(trust_new(folder));
    assert_true(g_file_set_contents(file, "no key file at all\n", -1, NULL));
    g_test_expect_message("jackdaw-client", G_LOG_LEVEL_WARNING, "*Cannot read*");
    struct trust *trust = trust_new(folder);
    assert_int_equal(trust_check(trust, "chat.example", 5222, ONE), TRUST_UNKNOWN);
    trust_pin(trust, "chat.example", 5222, ONE);
    assert_int_equal(trust_check(trust, "chat.example", 5222, ONE), TRUST_PINNED);
    trust_free(trust);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(first_meeting_then_pinned_then_changed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(servers_do_not_mix, set_up, tear_down),
        cmocka_unit_test_setup_teardown(decisions_last, set_up, tear_down),
        cmocka_unit_test_setup_teardown(broken_file_pins_nothing, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
