/* test_room_config.c - a room's options: kept as text, shown as a form, read back. */
#include "server/room/room_config.h"

#include "base/error.h"
#include "xmpp/ns.h"

#include <stdio.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void
print_and_parse(const struct room_config *config, struct room_config *ret)
{
    struct buffer text;

    buffer_init(&text, 64 * 1024);
    room_config_print(config, &text);
    assert_false(buffer_failed(&text));
    room_config_init(ret, 1);
    assert_int_equal(room_config_parse(ret, buffer_str(&text)), 0);
    buffer_fini(&text);
}

static void
defaults_are_those_of_a_passing_room(void **state)
{
    struct room_config config, other;

    (void)state;
    room_config_init(&config, 25);
    room_config_init(&other, 25);
    assert_false(config.persistent);
    assert_true(config.listed);
    assert_int_equal(config.history, 25);
    assert_int_equal(strlen(config.secret), ROOM_SECRET_BYTES - 1);
    assert_string_not_equal(config.secret, other.secret);
}

static void
text_is_read_back(void **state)
{
    struct room_config config, read;

    (void)state;
    room_config_init(&config, 7);
    (void)snprintf(config.title, sizeof(config.title), "A dark \\ cave\nwith = signs \xc3\xa4");
    (void)snprintf(config.description, sizeof(config.description), "\\n is two characters\n\n");
    (void)snprintf(config.password, sizeof(config.password), " spaces around ");
    (void)snprintf(config.creator, sizeof(config.creator), "anna@chat.example");
    config.persistent = config.members_only = config.password_protected = true;
    config.whois = WHOIS_ANYONE;
    config.allow_pm = PM_MODERATORS;
    config.max_users = 100000;
    print_and_parse(&config, &read);
    assert_memory_equal(&read, &config, sizeof(config));
}

static void
the_longest_values_fit(void **state)
{
    struct room_config config, read;

    (void)state;
    room_config_init(&config, 7);
    memset(config.title, '\n', sizeof(config.title) - 1);
    memset(config.description, '\\', sizeof(config.description) - 1);
    memset(config.creator, 'a', sizeof(config.creator) - 1);
    print_and_parse(&config, &read);
    assert_memory_equal(&read, &config, sizeof(config));
}

static void
bad_text_changes_nothing(void **state)
{
    static const char *const bad[] = {
        "title = x\npersistent = maybe\n", "title = x\nwhois = everybody\n",
        "title = x\nmax_users = -1\n",     "title = x\nmax_users = 100001\n",
        "title = x\nhistory = many\n",     "title = x\nnonsense\n",
        "title = x\nlisted=1\n",
    };
    struct room_config config, before;

    (void)state;
    room_config_init(&config, 7);
    before = config;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        if (room_config_parse(&config, str_from(bad[i])) != E_FORMAT)
            fail_msg("row %zu is taken", i);
        assert_memory_equal(&config, &before, sizeof(config));
    }
}

static void
what_a_newer_server_wrote_is_skipped(void **state)
{
    struct room_config config;

    (void)state;
    room_config_init(&config, 7);
    assert_int_equal(room_config_parse(&config, STR("colour = blue\n\ntitle = Cave\nlisted = 0\n")),
                     0);
    assert_string_equal(config.title, "Cave");
    assert_false(config.listed);
    assert_int_equal(room_config_parse(&config, STR_EMPTY), 0);
}

/* ---- forms ---- */

static struct element *
new_form(struct arena *arena)
{
    arena_init(arena, 64 * 1024);
    return element_new(arena, NS_DATA_FORM, STR("x"));
}

static void
add_field(struct arena *arena, struct element *form, const char *var, const char *value)
{
    struct element *field = element_add(arena, form, NS_DATA_FORM, STR("field"));

    element_set(arena, field, STR("var"), str_from(var));
    element_add_with_text(arena, field, NS_DATA_FORM, STR("value"), str_from(value));
}

static void
a_form_is_taken_whole(void **state)
{
    struct room_config config;
    struct arena arena;
    struct element *form = new_form(&arena);

    (void)state;
    room_config_init(&config, 7);
    add_field(&arena, form, "FORM_TYPE", "http://jabber.org/protocol/muc#roomconfig");
    add_field(&arena, form, "muc#roomconfig_roomname", "A Dark Cave");
    add_field(&arena, form, "muc#roomconfig_persistentroom", "true");
    add_field(&arena, form, "muc#roomconfig_publicroom", "0");
    add_field(&arena, form, "muc#roomconfig_whois", "anyone");
    add_field(&arena, form, "muc#roomconfig_maxusers", "none");
    add_field(&arena, form, "muc#roomconfig_passwordprotectedroom", "1");
    add_field(&arena, form, "muc#roomconfig_roomsecret", "cauldronburn");
    add_field(&arena, form, "muc#roomconfig_lang", "en");
    assert_int_equal(room_config_submit(&config, &arena, form), 0);
    assert_string_equal(config.title, "A Dark Cave");
    assert_true(config.persistent);
    assert_false(config.listed);
    assert_int_equal(config.whois, WHOIS_ANYONE);
    assert_int_equal(config.max_users, 0);
    assert_string_equal(config.password, "cauldronburn");
    arena_fini(&arena);
}

static void
an_empty_form_takes_the_defaults(void **state)
{
    struct room_config config, before;
    struct arena arena;
    struct element *form = new_form(&arena);

    (void)state;
    room_config_init(&config, 7);
    before = config;
    assert_int_equal(room_config_submit(&config, &arena, form), 0);
    assert_memory_equal(&config, &before, sizeof(config));
    arena_fini(&arena);
}

static void
bad_forms_change_nothing(void **state)
{
    static char long_title[ROOM_TITLE_BYTES + 1];
    static const struct {
        const char *var, *value;
    } bad[] = {
        { "FORM_TYPE", "http://jabber.org/protocol/muc#register" },
        { "muc#roomconfig_persistentroom", "yes" },
        { "muc#roomconfig_persistentroom", "" },
        { "muc#roomconfig_whois", "nobody" },
        { "muc#roomconfig_maxusers", "-5" },
        { "muc#roomconfig_maxusers", "1000000000" },
        { "muc#maxhistoryfetch", "1e9" },
        { "muc#roomconfig_roomname", long_title },
        /* A blank password protects nothing. */
        { "muc#roomconfig_passwordprotectedroom", "1" },
    };
    struct room_config config, before;

    (void)state;
    memset(long_title, 'x', sizeof(long_title) - 1);
    room_config_init(&config, 7);
    before = config;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct arena arena;
        struct element *form = new_form(&arena);
        add_field(&arena, form, "muc#roomconfig_roomdesc", "changed");
        add_field(&arena, form, bad[i].var, bad[i].value);
        if (room_config_submit(&config, &arena, form) != E_FORMAT)
            fail_msg("row %zu is taken", i);
        assert_memory_equal(&config, &before, sizeof(config));
        arena_fini(&arena);
    }
}

/* What the server shows, sent back as it is, changes nothing; and secrets stay here. */
static void
the_form_shown_can_be_submitted(void **state)
{
    struct room_config config, before;
    struct arena arena;
    struct element *query = new_form(&arena);

    (void)state;
    room_config_init(&config, 7);
    (void)snprintf(config.title, sizeof(config.title), "Cave");
    (void)snprintf(config.creator, sizeof(config.creator), "anna@chat.example");
    config.moderated = true;
    before = config;
    room_config_form(&config, &arena, query, STR("cave@rooms.chat.example"));
    const struct element *form = element_child(query, NS_DATA_FORM, STR("x"));
    assert_true(str_is(element_get(form, STR("type")), "form"));
    assert_int_equal(room_config_submit(&config, &arena, form), 0);
    assert_memory_equal(&config, &before, sizeof(config));

    const struct element *field = element_child(form, NS_DATA_FORM, STR("field"));
    for (; field; field = element_next_named(field, NS_DATA_FORM, STR("field"))) {
        const struct str value = element_child_text(&arena, field, NS_DATA_FORM, STR("value"));
        assert_false(str_is(value, config.secret));
        assert_false(str_is(value, config.creator));
    }
    arena_fini(&arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_those_of_a_passing_room),
        cmocka_unit_test(text_is_read_back),
        cmocka_unit_test(the_longest_values_fit),
        cmocka_unit_test(bad_text_changes_nothing),
        cmocka_unit_test(what_a_newer_server_wrote_is_skipped),
        cmocka_unit_test(a_form_is_taken_whole),
        cmocka_unit_test(an_empty_form_takes_the_defaults),
        cmocka_unit_test(bad_forms_change_nothing),
        cmocka_unit_test(the_form_shown_can_be_submitted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
