/* test_mate.c - private conversations with people of the lobby: renamed, gone, and back again. */
#include "person.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#define LEFT      "ben has left. Nothing reaches a guest who is gone."
#define NEW_GUEST "ben is here again, as a new guest: nobody can say whether it is the same person."

struct world {
    struct fake_server *server;
    struct person *anna, *ben;
};

static int
set_up(void **state)
{
    struct world *world = g_new0(struct world, 1);
    world->server = fake_server_new();
    world->server->guests = TRUE;
    world->anna = person_new();
    world->ben = person_new();
    *state = world;
    return 0;
}

static int
tear_down(void **state)
{
    struct world *world = *state;
    person_free(world->anna);
    person_free(world->ben);
    fake_server_free(world->server);
    g_free(world);
    return 0;
}

/* Anna has an account. Her conversation with Ben, whose password may be NULL: a guest. */
static JdConversation *
open_private(struct world *world, const char *password)
{
    person_sign_in(world->anna, world->server, "anna", "secret");
    WAIT_FOR(world->anna->signed_in == 1);
    person_sign_in(world->ben, world->server, "ben", password);
    WAIT_FOR(world->ben->signed_in == 1);
    WAIT_FOR(person_sees(world->anna, "ben") && person_sees(world->ben, "anna"));
    return jd_account_open_private(world->anna->account, person_sees(world->anna, "ben"));
}

static void
say(JdConversation *conversation, const char *text)
{
    jd_conversation_send(conversation, text);
    WAIT_FOR(jd_message_get_state(last_line(conversation)) != JD_MESSAGE_PENDING);
}

/* Ben hears it in a private conversation. */
static void
assert_heard(struct world *world, JdConversation *from, const char *text)
{
    say(from, text);
    assert_int_equal(jd_message_get_state(last_line(from)), JD_MESSAGE_SENT);
    WAIT_FOR(nth_conversation(world->ben, 1) &&
             count_lines(nth_conversation(world->ben, 1), JD_MESSAGE_TEXT, text) == 1);
}

static void
assert_only_one(struct world *world)
{
    assert_non_null(nth_conversation(world->anna, 1));
    assert_null(nth_conversation(world->anna, 2));
}

static void
renames_are_followed(struct world *world, const char *password)
{
    JdConversation *to_ben = open_private(world, password);
    jd_account_set_nickname(world->ben->account, "benjamin");
    WAIT_FOR(strcmp(jd_conversation_get_title(to_ben), "benjamin") == 0);
    WAIT_FOR(count_lines(to_ben, JD_MESSAGE_RENAMED, "ben is now known as benjamin") == 1);
    assert_int_equal(jd_conversation_get_show(to_ben), JD_SHOW_ONLINE);
    assert_heard(world, to_ben, "still you?");
    assert_only_one(world);
}

static void
an_account_has_another_nickname(void **state)
{
    renames_are_followed(*state, "secret");
}

static void
a_guest_has_another_nickname(void **state)
{
    renames_are_followed(*state, NULL);
}

static void
somebody_hidden_has_another_nickname(void **state)
{
    struct world *world = *state;
    world->server->hides_addresses = TRUE;
    renames_are_followed(world, NULL);
    assert_string_equal(jd_conversation_get_jid(nth_conversation(world->anna, 1)),
                        FAKE_LOBBY "/benjamin");
}

static void
a_guest_leaves(void **state)
{
    struct world *world = *state;
    JdConversation *to_ben = open_private(world, NULL);
    assert_int_equal(jd_conversation_get_show(to_ben), JD_SHOW_ONLINE);
    jd_account_sign_out(world->ben->account);
    WAIT_FOR(count_lines(to_ben, JD_MESSAGE_NOTICE, LEFT) == 1);
    assert_string_equal(jd_conversation_get_subtitle(to_ben), "guest left");
    assert_string_equal(jd_conversation_get_preview(to_ben), LEFT);
    assert_int_equal(jd_conversation_get_show(to_ben), JD_SHOW_OFFLINE);
    say(to_ben, "are you there?");
    assert_int_equal(jd_message_get_state(last_line(to_ben)), JD_MESSAGE_FAILED);
    assert_string_equal(jd_message_get_failure(last_line(to_ben)), "They have left.");
}

static void
an_account_leaves(void **state)
{
    struct world *world = *state;
    JdConversation *to_ben = open_private(world, "secret");
    jd_account_sign_out(world->ben->account);
    WAIT_FOR(jd_conversation_get_show(to_ben) == JD_SHOW_OFFLINE);
    assert_string_equal(jd_conversation_get_subtitle(to_ben), "offline");
    assert_int_equal(count_lines(to_ben, JD_MESSAGE_NOTICE, NULL), 0);
}

/* With another address: the nickname is all there is to go by. */
static void
a_guest_comes_back(void **state)
{
    struct world *world = *state;
    JdConversation *to_ben = open_private(world, NULL);
    g_autofree char *before = g_strdup(jd_conversation_get_jid(to_ben));
    jd_account_sign_out(world->ben->account);
    WAIT_FOR(count_lines(to_ben, JD_MESSAGE_NOTICE, LEFT) == 1);
    person_sign_in(world->ben, world->server, "ben", NULL);
    WAIT_FOR(count_lines(to_ben, JD_MESSAGE_NOTICE, NEW_GUEST) == 1);
    assert_string_not_equal(jd_conversation_get_jid(to_ben), before);
    assert_string_equal(jd_conversation_get_subtitle(to_ben), "guest, online");
    WAIT_FOR(world->ben->signed_in == 2);
    assert_heard(world, to_ben, "welcome back");
    jd_conversation_send(nth_conversation(world->ben, 1), "thanks");
    WAIT_FOR(count_lines(to_ben, JD_MESSAGE_TEXT, "thanks") == 1);
    assert_only_one(world);
}

/* An account is somebody, and not the guest who had the nickname before. */
static void
an_account_takes_the_nickname_of_a_guest(void **state)
{
    struct world *world = *state;
    JdConversation *to_guest = open_private(world, NULL);
    g_autofree char *before = g_strdup(jd_conversation_get_jid(to_guest));
    jd_account_sign_out(world->ben->account);
    WAIT_FOR(count_lines(to_guest, JD_MESSAGE_NOTICE, LEFT) == 1);
    person_sign_in(world->ben, world->server, "ben", "secret");
    WAIT_FOR(person_sees(world->anna, "ben"));
    assert_string_equal(jd_conversation_get_jid(to_guest), before);
    assert_string_equal(jd_conversation_get_subtitle(to_guest), "guest left");
    JdConversation *to_ben =
        jd_account_open_private(world->anna->account, person_sees(world->anna, "ben"));
    assert_ptr_not_equal(to_ben, to_guest);
}

/* Nor is a guest under another nickname. */
static void
another_guest_is_somebody_else(void **state)
{
    struct world *world = *state;
    JdConversation *to_ben = open_private(world, NULL);
    jd_account_sign_out(world->ben->account);
    WAIT_FOR(count_lines(to_ben, JD_MESSAGE_NOTICE, LEFT) == 1);
    person_sign_in(world->ben, world->server, "cleo", NULL);
    WAIT_FOR(person_sees(world->anna, "cleo"));
    assert_string_equal(jd_conversation_get_title(to_ben), "ben");
    assert_string_equal(jd_conversation_get_subtitle(to_ben), "guest left");
}

static void
somebody_hidden_leaves_and_comes_back(void **state)
{
    struct world *world = *state;
    world->server->hides_addresses = TRUE;
    JdConversation *to_ben = open_private(world, "secret");
    jd_account_sign_out(world->ben->account);
    WAIT_FOR(count_lines(to_ben, JD_MESSAGE_NOTICE, NULL) == 1);
    assert_string_equal(jd_conversation_get_subtitle(to_ben), "not in the room");
    person_sign_in(world->ben, world->server, "ben", "secret");
    WAIT_FOR(count_lines(to_ben, JD_MESSAGE_NOTICE, "ben is here again.") == 1);
    assert_string_equal(jd_conversation_get_subtitle(to_ben), "online");
}

static void
come_back(struct person *person)
{
    WAIT_FOR(jd_account_get_state(person->account) == JD_CONNECTION_WAITING);
    jd_account_reconnect_now(person->account);
    WAIT_FOR(jd_account_get_state(person->account) == JD_CONNECTION_ONLINE);
    WAIT_FOR(jd_conversation_get_joined(jd_account_get_lobby(person->account)));
}

/* Both lose the connection; the guest is first to come back. */
static void
both_come_back(void **state)
{
    struct world *world = *state;
    JdConversation *to_ben = open_private(world, NULL);
    fake_server_cut(world->server);
    come_back(world->ben);
    come_back(world->anna);
    WAIT_FOR(count_lines(to_ben, JD_MESSAGE_NOTICE, NEW_GUEST) == 1);
    assert_string_equal(jd_conversation_get_subtitle(to_ben), "guest, online");
    assert_heard(world, to_ben, "here we are");
    assert_only_one(world);
}

static void
an_account_was_renamed_meanwhile(void **state)
{
    struct world *world = *state;
    JdConversation *to_ben = open_private(world, "secret");
    fake_server_cut(world->server);
    come_back(world->ben);
    jd_account_set_nickname(world->ben->account, "benjamin");
    WAIT_FOR(person_sees(world->ben, "benjamin"));
    come_back(world->anna);
    WAIT_FOR(strcmp(jd_conversation_get_title(to_ben), "benjamin") == 0);
    WAIT_FOR(jd_conversation_get_show(to_ben) == JD_SHOW_ONLINE);
    assert_heard(world, to_ben, "there you are");
}

static void
a_guest_left_meanwhile(void **state)
{
    struct world *world = *state;
    JdConversation *to_ben = open_private(world, NULL);
    fake_server_cut(world->server);
    jd_account_sign_out(world->ben->account);
    come_back(world->anna);
    WAIT_FOR(count_lines(to_ben, JD_MESSAGE_NOTICE, LEFT) == 1);
    assert_string_equal(jd_conversation_get_subtitle(to_ben), "guest left");
}

#define JOURNEY(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        JOURNEY(an_account_has_another_nickname),
        JOURNEY(a_guest_has_another_nickname),
        JOURNEY(somebody_hidden_has_another_nickname),
        JOURNEY(a_guest_leaves),
        JOURNEY(an_account_leaves),
        JOURNEY(a_guest_comes_back),
        JOURNEY(an_account_takes_the_nickname_of_a_guest),
        JOURNEY(another_guest_is_somebody_else),
        JOURNEY(somebody_hidden_leaves_and_comes_back),
        JOURNEY(both_come_back),
        JOURNEY(an_account_was_renamed_meanwhile),
        JOURNEY(a_guest_left_meanwhile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
