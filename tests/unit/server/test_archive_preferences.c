/* test_archive_preferences.c - whose messages are archived. */
#include "base/error.h"
#include "server/account/archive_preferences.h"
#include "xmpp/ns.h"
#include "xmpp/xml_reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#define PREFS(value, lists) "<prefs xmlns='urn:xmpp:mam:2' default='" value "'>" lists "</prefs>"

static int
set(struct archive_preferences *preferences, const char *xml)
{
    struct arena arena;
    struct element *root;
    int r;

    arena_init(&arena, 1024 * 1024);
    assert_int_equal(xml_parse(&arena, str_from(xml), NS_CLIENT, &root), 0);
    r = archive_preferences_set(preferences, root);
    arena_fini(&arena);
    return r;
}

static void
rules_of_who_is_archived(void **state)
{
    static const char lists[] =
        PREFS("%s", "<always><jid>Anna@chat.example</jid><jid>bert@chat.example/desk</jid></always>"
                    "<never><jid>carl@chat.example</jid><jid>chat.example</jid></never>");
    static const struct {
        const char *value, *peer;
        bool in_roster, wanted;
    } cases[] = {
        { "never", "anna@chat.example", false, true },
        { "never", "anna@chat.example/any", false, true },
        { "never", "bert@chat.example/desk", false, true },
        { "never", "bert@chat.example/phone", false, false },
        { "never", "bert@chat.example", true, false },
        { "always", "carl@chat.example/x", true, false },
        { "always", "chat.example", true, false },
        { "always", "dora@chat.example", false, true },
        { "roster", "dora@chat.example", false, false },
        { "roster", "dora@chat.example/x", true, true },
        { "roster", "carl@chat.example", true, false },
        { "roster", "anna@chat.example", false, true },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct archive_preferences preferences;
        struct arena arena;
        struct jid peer;
        char xml[1024];

        arena_init(&arena, 64 * 1024);
        archive_preferences_init(&preferences);
        (void)snprintf(xml, sizeof(xml), lists, cases[i].value);
        assert_int_equal(set(&preferences, xml), 0);
        assert_int_equal(jid_parse(&arena, str_from(cases[i].peer), &peer), 0);
        if (archive_preferences_want(&preferences, peer, cases[i].in_roster) != cases[i].wanted)
            fail_msg("%s: %s", cases[i].value, cases[i].peer);
        archive_preferences_fini(&preferences);
        arena_fini(&arena);
    }
}

static void
what_is_none_changes_nothing(void **state)
{
    static const struct {
        const char *xml;
        int error;
    } cases[] = {
        { "<prefs xmlns='urn:xmpp:mam:2'/>", E_FORMAT },
        { PREFS("", ""), E_FORMAT },
        { PREFS("sometimes", ""), E_FORMAT },
        { PREFS("always", "<never><jid>a@b@c</jid></never>"), E_JID },
        { PREFS("always", "<always><jid/></always>"), E_JID },
    };
    struct archive_preferences preferences;
    struct buffer before, after;

    (void)state;
    archive_preferences_init(&preferences);
    buffer_init(&before, 1024);
    assert_int_equal(set(&preferences, PREFS("never", "<always><jid>a@b</jid></always>")), 0);
    archive_preferences_write(&preferences, &before);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_equal(set(&preferences, cases[i].xml), cases[i].error);
        buffer_init(&after, 1024);
        archive_preferences_write(&preferences, &after);
        assert_true(str_equal(buffer_str(&before), buffer_str(&after)));
        buffer_fini(&after);
    }
    buffer_fini(&before);
    archive_preferences_fini(&preferences);
}

static void
they_are_read_as_they_were_written(void **state)
{
    struct archive_preferences one, other;
    struct buffer text, again;

    (void)state;
    archive_preferences_init(&one);
    archive_preferences_init(&other);
    buffer_init(&text, 1024);
    buffer_init(&again, 1024);
    archive_preferences_write(&one, &text);
    assert_int_equal(buffer_len(&text), 0);
    assert_int_equal(set(&one, PREFS("roster", "<never><jid>a@b/c&amp;d</jid></never>")), 0);
    archive_preferences_write(&one, &text);
    archive_preferences_read(&other, buffer_str(&text));
    archive_preferences_write(&other, &again);
    assert_true(buffer_len(&text) > 0);
    assert_true(str_equal(buffer_str(&text), buffer_str(&again)));
    /* What cannot be read was never set. */
    archive_preferences_fini(&other);
    archive_preferences_init(&other);
    archive_preferences_read(&other, STR("<prefs"));
    assert_null(other.root);
    buffer_fini(&again);
    buffer_fini(&text);
    archive_preferences_fini(&other);
    archive_preferences_fini(&one);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_of_who_is_archived),
        cmocka_unit_test(what_is_none_changes_nothing),
        cmocka_unit_test(they_are_read_as_they_were_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
