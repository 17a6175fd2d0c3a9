/* test_account.c - two people at one server: they talk, rename, lose the connection and come back.
 */
#include "person.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct world {
    struct fake_server *server;
    struct person *anna, *ben;
};

static int
set_up(void **state)
{
    struct world *world = g_new0(struct world, 1);
    world->server = fake_server_new();
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

static JdConversation *
lobby_of(struct person *person)
{
    return jd_account_get_lobby(person->account);
}

static JdConnectionState
state_of(struct person *person)
{
    return jd_account_get_state(person->account);
}

static void
both_sign_in(struct world *world)
{
    person_sign_in(world->anna, world->server, "anna", "secret");
    WAIT_FOR(world->anna->signed_in == 1);
    person_sign_in(world->ben, world->server, "ben", "secret");
    WAIT_FOR(world->ben->signed_in == 1);
    WAIT_FOR(person_sees(world->anna, "ben") && person_sees(world->ben, "anna"));
}

/* ---- the lobby ---- */

static void
people_come_and_go(void **state)
{
    struct world *world = *state;
    both_sign_in(world);
    WAIT_FOR(count_lines(lobby_of(world->anna), JD_MESSAGE_JOINED, "ben joined") == 1);
    assert_int_equal(count_lines(lobby_of(world->ben), JD_MESSAGE_JOINED, NULL), 0);
    assert_string_equal(jd_member_get_jid(person_sees(world->ben, "anna")), "anna@" FAKE_DOMAIN);
    jd_account_sign_out(world->ben->account);
    WAIT_FOR(person_sees(world->anna, "ben") == NULL);
    WAIT_FOR(count_lines(lobby_of(world->anna), JD_MESSAGE_LEFT, "ben left") == 1);
}

static void
a_word_in_the_lobby(void **state)
{
    struct world *world = *state;
    both_sign_in(world);
    jd_conversation_send(lobby_of(world->anna), "hello <ben> & all 😺");
    assert_int_equal(jd_message_get_state(last_line(lobby_of(world->anna))), JD_MESSAGE_PENDING);
    WAIT_FOR(jd_message_get_state(last_line(lobby_of(world->anna))) == JD_MESSAGE_SENT);
    WAIT_FOR(count_lines(lobby_of(world->ben), JD_MESSAGE_TEXT, NULL) == 1);
    JdMessage *heard = last_line(lobby_of(world->ben));
    assert_string_equal(jd_message_get_body(heard), "hello <ben> & all 😺");
    assert_string_equal(jd_message_get_sender(heard), "anna");
    assert_false(jd_message_get_outgoing(heard));
    assert_true(jd_message_get_mentions_me(heard));
    assert_int_equal(jd_conversation_get_unread(lobby_of(world->ben)), 1);
    assert_true(jd_conversation_get_mentioned(lobby_of(world->ben)));
    WAIT_FOR(count_lines(lobby_of(world->anna), JD_MESSAGE_TEXT, NULL) == 1);
}

static void
late_comer_reads_the_history(void **state)
{
    struct world *world = *state;
    person_sign_in(world->anna, world->server, "anna", "secret");
    WAIT_FOR(world->anna->signed_in == 1);
    jd_conversation_send(lobby_of(world->anna), "first");
    jd_conversation_send(lobby_of(world->anna), "second");
    WAIT_FOR(jd_message_get_state(last_line(lobby_of(world->anna))) == JD_MESSAGE_SENT);
    person_sign_in(world->ben, world->server, "ben", "secret");
    WAIT_FOR(world->ben->signed_in == 1);
    WAIT_FOR(count_lines(lobby_of(world->ben), JD_MESSAGE_TEXT, NULL) == 2);
    assert_int_equal(jd_conversation_get_unread(lobby_of(world->ben)), 0);
}

static void
another_nickname(void **state)
{
    struct world *world = *state;
    both_sign_in(world);
    jd_account_set_nickname(world->anna->account, " Annika ");
    WAIT_FOR(g_strcmp0(jd_account_get_nickname(world->anna->account), "Annika") == 0);
    WAIT_FOR(person_sees(world->ben, "Annika"));
    assert_null(person_sees(world->ben, "anna"));
    const char *line = "anna is now known as Annika";
    WAIT_FOR(count_lines(lobby_of(world->ben), JD_MESSAGE_RENAMED, line) == 1);
    assert_int_equal(count_lines(lobby_of(world->ben), JD_MESSAGE_JOINED, NULL), 0);
    assert_int_equal(count_lines(lobby_of(world->ben), JD_MESSAGE_LEFT, NULL), 0);
}

static void
a_nickname_that_is_taken(void **state)
{
    struct world *world = *state;
    both_sign_in(world);
    jd_account_set_nickname(world->anna->account, "ben");
    WAIT_FOR(world->anna->refusals == 1);
    assert_true(
        g_error_matches(world->anna->refusal, JD_CLIENT_ERROR, JD_CLIENT_ERROR_NICKNAME_TAKEN));
    assert_string_equal(jd_account_get_nickname(world->anna->account), "anna");
    jd_account_set_nickname(world->anna->account, "");
    assert_int_equal(world->anna->refusals, 2);
    jd_conversation_send(lobby_of(world->anna), "still me");
    WAIT_FOR(jd_message_get_state(last_line(lobby_of(world->anna))) == JD_MESSAGE_SENT);
}

/* ---- in private ---- */

static void
talk_in_private(struct world *world)
{
    both_sign_in(world);
    JdConversation *to_ben =
        jd_account_open_private(world->anna->account, person_sees(world->anna, "ben"));
    assert_string_equal(jd_conversation_get_jid(to_ben), "ben@" FAKE_DOMAIN);
    assert_string_equal(jd_conversation_get_title(to_ben), "ben");
    assert_int_equal(jd_conversation_get_show(to_ben), JD_SHOW_ONLINE);
    jd_conversation_send(to_ben, "between us");
    WAIT_FOR(jd_message_get_state(last_line(to_ben)) == JD_MESSAGE_SENT);
    WAIT_FOR(nth_conversation(world->ben, 1) != NULL);
    JdConversation *from_anna = nth_conversation(world->ben, 1);
    WAIT_FOR(count_lines(from_anna, JD_MESSAGE_TEXT, "between us") == 1);
    assert_string_equal(jd_conversation_get_title(from_anna), "anna");
    assert_int_equal(jd_conversation_get_unread(from_anna), 1);

    jd_conversation_send(from_anna, "indeed");
    WAIT_FOR(count_lines(to_ben, JD_MESSAGE_TEXT, "indeed") == 1);
    assert_int_equal(g_list_model_get_n_items(jd_account_get_conversations(world->anna->account)),
                     2);
}

static void
private_words(void **state)
{
    struct world *world = *state;
    talk_in_private(world);
    jd_account_sign_out(world->ben->account);
    JdConversation *to_ben = nth_conversation(world->anna, 1);
    WAIT_FOR(jd_conversation_get_show(to_ben) == JD_SHOW_OFFLINE);
    jd_conversation_send(to_ben, "are you there?");
    WAIT_FOR(jd_message_get_state(last_line(to_ben)) == JD_MESSAGE_FAILED);
    assert_non_null(jd_message_get_failure(last_line(to_ben)));
    jd_conversation_leave(to_ben);
    assert_null(nth_conversation(world->anna, 1));
}

static void
private_words_without_stream_management(void **state)
{
    struct world *world = *state;
    world->server->has_no_sm = TRUE;
    talk_in_private(world);
    WAIT_FOR(fake_server_count(world->server, "urn:xmpp:ping") == 2);
}

static void
addresses_are_checked(void **state)
{
    static const char *const wrong[] = { "", "ben", "@chat.example", "a b@c", "chat.example/x" };
    struct world *world = *state;
    person_sign_in(world->anna, world->server, "anna", "secret");
    WAIT_FOR(world->anna->signed_in == 1);
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autoptr(GError) error = NULL;
        assert_null(jd_account_open_jid(world->anna->account, wrong[i], &error));
        assert_non_null(error);
    }
    JdConversation *one = jd_account_open_jid(world->anna->account, " Ben@Chat.Example/x ", NULL);
    assert_string_equal(jd_conversation_get_jid(one), "ben@chat.example");
    assert_ptr_equal(jd_account_open_jid(world->anna->account, "ben@chat.example", NULL), one);
}

/* ---- the connection breaks ---- */

static void
reconnect(struct person *person)
{
    WAIT_FOR(state_of(person) == JD_CONNECTION_WAITING);
    assert_true(jd_account_get_retry_in(person->account) >= 1);
    assert_non_null(jd_account_get_last_error(person->account));
    jd_account_reconnect_now(person->account);
    WAIT_FOR(state_of(person) == JD_CONNECTION_ONLINE);
    WAIT_FOR(jd_conversation_get_joined(lobby_of(person)));
    assert_null(jd_account_get_last_error(person->account));
}

static void
text_written_offline_goes_out_once(void **state)
{
    struct world *world = *state;
    both_sign_in(world);
    JdConversation *lobby = lobby_of(world->anna);
    JdConversation *to_ben =
        jd_account_open_private(world->anna->account, person_sees(world->anna, "ben"));
    fake_server_pause(world->server);
    fake_server_cut(world->server);
    WAIT_FOR(state_of(world->anna) == JD_CONNECTION_WAITING);
    assert_ptr_equal(lobby_of(world->anna), lobby);
    assert_false(jd_conversation_get_joined(lobby));
    jd_conversation_send(lobby, "written offline");
    jd_conversation_send(lobby, "and more");
    jd_conversation_send(to_ben, "private and offline");
    run_for(30);
    assert_int_equal(jd_message_get_state(last_line(lobby)), JD_MESSAGE_PENDING);

    fake_server_resume(world->server);
    reconnect(world->ben);
    reconnect(world->anna);
    WAIT_FOR(jd_message_get_state(last_line(lobby)) == JD_MESSAGE_SENT);
    WAIT_FOR(jd_message_get_state(last_line(to_ben)) == JD_MESSAGE_SENT);
    WAIT_FOR(count_lines(lobby_of(world->ben), JD_MESSAGE_TEXT, "and more") == 1);
    WAIT_FOR(count_lines(lobby_of(world->ben), JD_MESSAGE_TEXT, "written offline") == 1);
    WAIT_FOR(count_lines(lobby, JD_MESSAGE_TEXT, NULL) == 2);
    assert_int_equal(fake_server_count(world->server, "written offline"), 1);
    assert_int_equal(fake_server_count(world->server, "private and offline"), 1);
    assert_int_equal(world->anna->signed_in, 1);
}

static void
rejoining_makes_no_noise(void **state)
{
    struct world *world = *state;
    both_sign_in(world);
    JdConversation *lobby = lobby_of(world->anna);
    person_settle_history(world->anna);
    guint before = g_list_model_get_n_items(jd_conversation_get_messages(lobby));
    JdMember *self = person_sees(world->anna, "anna");
    fake_server_cut(world->server);
    WAIT_FOR(state_of(world->ben) == JD_CONNECTION_WAITING);
    jd_account_sign_out(world->ben->account);
    reconnect(world->anna);
    person_settle_history(world->anna);
    assert_int_equal(g_list_model_get_n_items(jd_conversation_get_messages(lobby)), before);
    assert_null(person_sees(world->anna, "ben"));
    assert_ptr_equal(person_sees(world->anna, "anna"), self);
}

/* The room had shown it, but the connection broke before we heard. */
static void
history_confirms_what_was_on_its_way(void **state)
{
    struct world *world = *state;
    both_sign_in(world);
    JdConversation *lobby = lobby_of(world->anna);
    world->server->reflects_nothing = TRUE;
    jd_conversation_send(lobby, "did it arrive?");
    WAIT_FOR(fake_server_count(world->server, "did it arrive?") == 1);
    g_autofree char *kept = g_strdup_printf(
        "<message from='" FAKE_LOBBY "/anna' type='groupchat' id='%s'><body>did it arrive?</body>",
        jd_message_get_id(last_line(lobby)));
    g_ptr_array_add(world->server->history, g_steal_pointer(&kept));
    world->server->reflects_nothing = FALSE;
    fake_server_cut(world->server);
    reconnect(world->anna);
    WAIT_FOR(jd_message_get_state(last_line(lobby)) == JD_MESSAGE_SENT);
    run_for(50);
    WAIT_FOR(count_lines(lobby, JD_MESSAGE_TEXT, NULL) == 1);
    assert_int_equal(fake_server_count(world->server, "did it arrive?"), 1);
}

static void
lost_on_the_way_is_sent_once_more(void **state)
{
    struct world *world = *state;
    both_sign_in(world);
    JdConversation *lobby = lobby_of(world->anna);
    JdConversation *to_ben =
        jd_account_open_private(world->anna->account, person_sees(world->anna, "ben"));
    world->server->reflects_nothing = world->server->acknowledges_nothing = TRUE;
    jd_conversation_send(lobby, "to all");
    jd_conversation_send(to_ben, "to ben");
    WAIT_FOR(fake_server_count(world->server, "to ben") == 1);
    fake_server_cut(world->server);
    reconnect(world->anna);
    WAIT_FOR(fake_server_count(world->server, "to all") == 2);
    WAIT_FOR(fake_server_count(world->server, "to ben") == 2);
    assert_int_equal(jd_message_get_state(last_line(lobby)), JD_MESSAGE_PENDING);

    /* What broke two connections may be why they broke. */
    fake_server_cut(world->server);
    reconnect(world->anna);
    WAIT_FOR(jd_message_get_state(last_line(lobby)) == JD_MESSAGE_FAILED);
    WAIT_FOR(jd_message_get_state(last_line(to_ben)) == JD_MESSAGE_FAILED);
    world->server->reflects_nothing = world->server->acknowledges_nothing = FALSE;
    jd_conversation_retry(lobby, last_line(lobby));
    WAIT_FOR(jd_message_get_state(last_line(lobby)) == JD_MESSAGE_SENT);
    assert_int_equal(fake_server_count(world->server, "to all"), 3);
}

/* The other side of sending twice: the second one is not shown. */
static void
sent_twice_is_shown_once(void **state)
{
    struct world *world = *state;
    both_sign_in(world);
    for (guint i = 0; i < 2; i++)
        fake_server_push(world->server,
                         "<message from='cleo@chat.example/x' to='%s' type='chat' id='7'><body>"
                         "hi</body><origin-id xmlns='urn:xmpp:sid:0' id='7'/></message>");
    fake_server_push(world->server, "<message from='cleo@chat.example/x' to='%s' type='chat'>"
                                    "<body>end</body></message>");
    WAIT_FOR(nth_conversation(world->ben, 1) != NULL);
    WAIT_FOR(count_lines(nth_conversation(world->ben, 1), JD_MESSAGE_TEXT, "end") == 1);
    WAIT_FOR(count_lines(nth_conversation(world->ben, 1), JD_MESSAGE_TEXT, "hi") == 1);
}

static void
server_is_away_for_longer(void **state)
{
    struct world *world = *state;
    both_sign_in(world);
    fake_server_pause(world->server);
    fake_server_cut(world->server);
    WAIT_FOR(state_of(world->anna) == JD_CONNECTION_WAITING);
    for (guint i = 0; i < 3; i++) {
        jd_account_reconnect_now(world->anna->account);
        assert_int_equal(state_of(world->anna), JD_CONNECTION_CONNECTING);
        WAIT_FOR(state_of(world->anna) == JD_CONNECTION_WAITING);
    }
    assert_true(jd_account_get_retry_in(world->anna->account) > 4);
    assert_true(g_error_matches(jd_account_get_last_error(world->anna->account), JD_CLIENT_ERROR,
                                JD_CLIENT_ERROR_PORT));
    fake_server_resume(world->server);
    reconnect(world->anna);
    assert_int_equal(world->anna->failures, 0);
}

static void
password_changed_meanwhile(void **state)
{
    struct world *world = *state;
    both_sign_in(world);
    world->server->password = "another";
    fake_server_cut(world->server);
    WAIT_FOR(state_of(world->anna) == JD_CONNECTION_WAITING);
    jd_account_reconnect_now(world->anna->account);
    WAIT_FOR(state_of(world->anna) == JD_CONNECTION_OFFLINE);
    assert_true(g_error_matches(jd_account_get_last_error(world->anna->account), JD_CLIENT_ERROR,
                                JD_CLIENT_ERROR_CREDENTIALS));
    assert_non_null(lobby_of(world->anna));
    world->server->password = "secret";
    jd_account_reconnect_now(world->anna->account);
    WAIT_FOR(state_of(world->anna) == JD_CONNECTION_ONLINE);
}

#define JOURNEY(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        JOURNEY(people_come_and_go),
        JOURNEY(a_word_in_the_lobby),
        JOURNEY(late_comer_reads_the_history),
        JOURNEY(another_nickname),
        JOURNEY(a_nickname_that_is_taken),
        JOURNEY(private_words),
        JOURNEY(private_words_without_stream_management),
        JOURNEY(addresses_are_checked),
        JOURNEY(text_written_offline_goes_out_once),
        JOURNEY(rejoining_makes_no_noise),
        JOURNEY(history_confirms_what_was_on_its_way),
        JOURNEY(lost_on_the_way_is_sent_once_more),
        JOURNEY(sent_twice_is_shown_once),
        JOURNEY(server_is_away_for_longer),
        JOURNEY(password_changed_meanwhile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
