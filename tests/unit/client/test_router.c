/* test_router.c - what a server or a stranger may send, and what comes of it: mostly nothing. */
#include "client/xep0115_caps.h"
#include "person.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct world {
    struct fake_server *server;
    struct person *anna;
};

static int
set_up(void **state)
{
    struct world *world = g_new0(struct world, 1);
    world->server = fake_server_new();
    world->anna = person_new();
    person_sign_in(world->anna, world->server, "anna", "secret");
    WAIT_FOR(world->anna->signed_in == 1);
    /* It asks two archives for what it has missed. */
    WAIT_FOR(fake_server_count(world->server, "urn:xmpp:mam:2") == 2);
    *state = world;
    return 0;
}

static int
tear_down(void **state)
{
    struct world *world = *state;
    person_free(world->anna);
    fake_server_free(world->server);
    g_free(world);
    return 0;
}

static guint
conversations(struct world *world)
{
    return g_list_model_get_n_items(jd_account_get_conversations(world->anna->account));
}

static guint
lines(struct world *world)
{
    JdConversation *lobby = jd_account_get_lobby(world->anna->account);
    return g_list_model_get_n_items(jd_conversation_get_messages(lobby));
}

/* Everything before is dealt with when its answer is there. */
static void
settle(struct world *world)
{
    guint before = fake_server_count(world->server, "id='fence'");
    fake_server_push(world->server, "<iq type='get' id='fence' to='%s' from='chat.example'>"
                                    "<ping xmlns='urn:xmpp:ping'/></iq>");
    WAIT_FOR(fake_server_count(world->server, "id='fence'") == before + 1);
    person_settle_history(world->anna);
}

/* ---- requests ---- */

struct request {
    const char *stanza;
    const char *answer; /* part of it; NULL = none at all */
};

#define GET(from, payload) "<iq type='get' id='q' to='%s' " from ">" payload "</iq>"
#define SET(from, payload) "<iq type='set' id='q' to='%s' " from ">" payload "</iq>"
#define PING               "<ping xmlns='urn:xmpp:ping'/>"
#define VERSION            "<query xmlns='jabber:iq:version'/>"
#define ROSTER             "<query xmlns='jabber:iq:roster'><item jid='mallory@evil.example'/></query>"
#define INFO               "<query xmlns='http://jabber.org/protocol/disco#info'/>"

static const struct request requests[] = {
    { GET("from='chat.example'", PING), "type='result'" },
    { GET("", PING), "type='result'" },
    { GET("from='anna@chat.example'", PING), "type='result'" },
    { GET("from='anna@chat.example/other'", VERSION), "<name>Jackdaw</name>" },
    { GET("from='chat.example'", "<time xmlns='urn:xmpp:time'/>"), "<utc>" },
    { GET("from='chat.example'", INFO), "urn:xmpp:time" },
    { GET("from='chat.example'", "<query xmlns='http://jabber.org/protocol/disco#items'/>"),
      "type='result'" },
    { GET("from='chat.example'",
          "<query xmlns='http://jabber.org/protocol/disco#info' node='other'/>"),
      "item-not-found" },
    { GET("from='" FAKE_LOBBY "/ben'", VERSION), "type='result'" }, /* in our room */
    /* strangers learn nothing */
    { GET("from='mallory@evil.example/x'", PING), "service-unavailable" },
    { GET("from='mallory@evil.example/x'", VERSION), "service-unavailable" },
    { GET("from='mallory@evil.example/x'", INFO), "service-unavailable" },
    { GET("from='other@rooms.chat.example/ben'", VERSION), "service-unavailable" },
    /* RFC 6121 2.1.6 */
    { SET("", ROSTER), "type='result'" },
    { SET("from='anna@chat.example'", ROSTER), "type='result'" },
    { SET("from='anna@chat.example/x'", ROSTER), "service-unavailable" },
    { SET("from='chat.example'", ROSTER), "service-unavailable" },
    { SET("from='mallory@evil.example'", ROSTER), "service-unavailable" },
    /* RFC 6120 8.2.3 */
    { GET("from='chat.example'", "<unknown xmlns='urn:unknown'/>"), "service-unavailable" },
    { SET("from='chat.example'", PING), "service-unavailable" },
    { GET("from='chat.example'", ""), "bad-request" },
    { GET("from='chat.example'", PING PING), "bad-request" },
    { "<iq type='get' to='%s' from='chat.example'>" PING "</iq>", NULL },
    { "<iq type='result' id='q' to='%s' from='chat.example'/>", NULL },
    { "<iq type='error' id='q' to='%s' from='mallory@evil.example'/>", NULL },
    { "<iq type='strange' id='q' to='%s' from='chat.example'/>", NULL },
    { "<iq id='q' to='%s' from='chat.example'/>", NULL },
};

static void
requests_are_answered_with_care(void **state)
{
    struct world *world = *state;
    for (size_t i = 0; i < G_N_ELEMENTS(requests); i++) {
        guint before = world->server->log->len;
        fake_server_push(world->server, requests[i].stanza);
        settle(world);
        guint answers = world->server->log->len - before - 1;
        if (answers != (requests[i].answer ? 1 : 0))
            fail_msg("%u answers to %s", answers, requests[i].stanza);
        if (requests[i].answer == NULL)
            continue;
        const char *answer = g_ptr_array_index(world->server->log, before);
        if (strstr(answer, requests[i].answer) == NULL)
            fail_msg("%s to %s", answer, requests[i].stanza);
    }
}

/* ---- what goes nowhere ---- */

#define BODY      "<body>gotcha</body>"
#define ROOM_USER "http://jabber.org/protocol/muc#user"

/* XEP-0280: what another device of ours has sent or received, or somebody pretends that it has. */
#define COPY(by, direction, from, to)                                                              \
    "<message from='" by "' to='%s'><" direction " xmlns='urn:xmpp:carbons:2'><forwarded "         \
    "xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' type='chat' from='" from            \
    "' to='" to "'>" BODY "</message></forwarded></" direction "></message>"

static const char *const silent[] = {
    /* CVE-2017-5589 */
    "<message from='mallory@evil.example' to='%s'><received xmlns='urn:xmpp:carbons:2'><forwarded "
    "xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='ben@chat.example'>" BODY
    "</message></forwarded></received></message>",
    "<message from='anna@chat.example' to='%s'><sent xmlns='urn:xmpp:carbons:2'/>" BODY
    "</message>",
    COPY("mallory@evil.example", "sent", "anna@chat.example", "mallory@evil.example"),
    COPY("chat.example", "sent", "anna@chat.example", "ben@chat.example"),
    COPY("anna@chat.example/x", "sent", "anna@chat.example", "ben@chat.example"),
    COPY("anna@chat.example", "sent", "ben@chat.example", "anna@chat.example"),
    COPY("anna@chat.example", "received", "anna@chat.example", "ben@chat.example"),
    "<message from='mallory@evil.example' to='%s' type='chat'><forwarded "
    "xmlns='urn:xmpp:forward:0'/>" BODY "</message>",
    /* a room that we are not in */
    "<message from='other@rooms.chat.example/ben' to='%s' type='groupchat'>" BODY "</message>",
    "<presence from='other@rooms.chat.example/ben' to='%s'><x xmlns='" ROOM_USER
    "'><status code='110'/></x></presence>",
    /* nothing to say, or from nobody */
    "<message from='ben@chat.example/x' to='%s' type='chat'/>",
    "<message from='ben@chat.example/x' to='%s' type='chat'><body/></message>",
    "<message to='%s' type='chat'>" BODY "</message>",
    "<message from='@' to='%s' type='chat'>" BODY "</message>",
    "<message from='ben@chat.example/x' to='%s' type='error'>" BODY "</message>",
    "<presence from='mallory@evil.example' to='%s' type='subscribe'/>",
    "<presence from='mallory@evil.example' to='%s' type='error'/>",
    "<presence from='" FAKE_LOBBY "' to='%s'/>",
    "<presence from='" FAKE_LOBBY "/nobody' to='%s' type='unavailable'/>",
    "<presence from='" FAKE_LOBBY "/anna' to='%s' type='error'/>",
    "<presence from='" FAKE_LOBBY "/nobody' to='%s' type='unavailable'><x xmlns='" ROOM_USER
    "'><status code='303'/></x></presence>",
    "<message from='" FAKE_LOBBY "' to='%s' type='error' id='unknown'/>",
    "<message from='" FAKE_LOBBY "' to='%s'><x xmlns='" ROOM_USER
    "'><invite from='mallory@evil.example'/></x>" BODY "</message>",
    /* stream management out of turn */
    "<a xmlns='urn:xmpp:sm:3' h='4000000000'/>",
    "<a xmlns='urn:xmpp:sm:3' h='many'/>",
    "<a xmlns='urn:xmpp:sm:3'/>",
    "<enabled xmlns='urn:xmpp:sm:3'/>",
};

static void
hostile_input_goes_nowhere(void **state)
{
    struct world *world = *state;
    settle(world);
    guint before = lines(world);
    for (size_t i = 0; i < G_N_ELEMENTS(silent); i++) {
        guint sent = world->server->log->len;
        fake_server_push(world->server, silent[i]);
        settle(world);
        if (conversations(world) != 1 || lines(world) != before || world->anna->notices != 0 ||
            world->server->log->len != sent + 1)
            fail_msg("something came of %s", silent[i]);
    }
    assert_int_equal(jd_account_get_state(world->anna->account), JD_CONNECTION_ONLINE);
}

/* Somebody else guesses the id of our question. */
static void
answers_of_others_are_no_answers(void **state)
{
    struct world *world = *state;
    world->server->has_no_bookmarks = TRUE;
    jd_account_sign_out(world->anna->account);
    person_sign_in(world->anna, world->server, "anna", "secret");
    WAIT_FOR(world->anna->signed_in == 2);
    assert_int_equal(fake_server_count(world->server, "disco#items"), 1);
}

static void
copies_of_other_devices(void **state)
{
    struct world *world = *state;
    fake_server_push(world->server, COPY("anna@chat.example", "received", "ben@chat.example/x",
                                         "anna@chat.example/phone"));
    fake_server_push(world->server, COPY("anna@chat.example", "sent", "anna@chat.example/phone",
                                         "ben@chat.example"));
    WAIT_FOR(conversations(world) == 2);
    JdConversation *ben = nth_conversation(world->anna, 1);
    assert_string_equal(jd_conversation_get_jid(ben), "ben@chat.example");
    WAIT_FOR(count_lines(ben, JD_MESSAGE_TEXT, "gotcha") == 2);
    assert_true(jd_message_get_outgoing(last_line(ben)));
    assert_int_equal(jd_message_get_state(last_line(ben)), JD_MESSAGE_SENT);
}

static void
clock_of_strangers_is_not_believed(void **state)
{
    struct world *world = *state;
    fake_server_push(world->server,
                     "<message from='mallory@evil.example/x' to='%s' type='chat'><body>one</body>"
                     "<delay xmlns='urn:xmpp:delay' from='mallory@evil.example' "
                     "stamp='2001-01-01T00:00:00Z'/></message>");
    fake_server_push(world->server,
                     "<message from='mallory@evil.example/x' to='%s' type='chat'><body>two</body>"
                     "<delay xmlns='urn:xmpp:delay' from='chat.example' "
                     "stamp='2999-01-01T00:00:00Z'/></message>");
    fake_server_push(world->server,
                     "<message from='mallory@evil.example/x' to='%s' type='chat'><body>old</body>"
                     "<delay xmlns='urn:xmpp:delay' from='chat.example' "
                     "stamp='2001-01-01T00:00:00Z'/></message>");
    settle(world);
    g_autoptr(JdConversation) conversation =
                  g_list_model_get_item(jd_account_get_conversations(world->anna->account), 1);
    GListModel *messages = jd_conversation_get_messages(conversation);
    assert_int_equal(g_list_model_get_n_items(messages), 3);
    gint64 now = g_get_real_time();
    for (guint i = 0; i < 3; i++) {
        g_autoptr(JdMessage) message = g_list_model_get_item(messages, i);
        gboolean is_old = strcmp(jd_message_get_body(message), "old") == 0;
        assert_true(jd_message_get_time(message) <= now);
        assert_int_equal(jd_message_get_time(message) < now - 60 * G_USEC_PER_SEC, is_old);
        assert_int_equal(is_old, i == 2); /* a time is shown, and orders nothing */
    }
}

static void
strangers_cannot_open_conversations_without_end(void **state)
{
    struct world *world = *state;
    for (guint i = 0; i < 600; i++) {
        g_autofree char *text = g_strdup_printf("<message from='m%u@evil.example' to='%%s' "
                                                "type='chat'><body>x</body></message>",
                                                i);
        fake_server_push(world->server, text);
    }
    settle(world);
    assert_int_equal(conversations(world), 500);
}

/* ---- the room's own words ---- */

#define FROM_ROOM(nickname) "from='" FAKE_LOBBY nickname "' to='%s'"

static void
thrown_out(void **state)
{
    static const struct {
        const char *status, *sentence;
    } cases[] = {
        { "<status code='307'/>", "You were removed from the room (enough)" },
        { "<status code='301'/>", "You were banned from the room (enough)" },
        { "<status code='322'/>", "The room is for its members only now" },
        { "<destroy><reason>over</reason></destroy>", "The room was closed for good (over)" },
    };
    struct world *world = *state;
    JdConversation *lobby = jd_account_get_lobby(world->anna->account);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = g_strdup_printf(
            "<presence from='" FAKE_LOBBY "/anna' to='%%s' type='unavailable'><x xmlns='" ROOM_USER
            "'><item affiliation='none' role='none'><reason>enough</reason></item><status "
            "code='110'/>%s</x></presence>",
            cases[i].status);
        fake_server_push(world->server, text);
        WAIT_FOR(!jd_conversation_get_joined(lobby));
        WAIT_FOR(count_lines(lobby, JD_MESSAGE_NOTICE, cases[i].sentence) == 1);
        assert_int_equal(g_list_model_get_n_items(jd_conversation_get_members(lobby)), 0);
        assert_int_equal(world->anna->notices, i + 1);
        jd_conversation_send(lobby, "hello?");
        assert_int_equal(jd_message_get_state(last_line(lobby)), JD_MESSAGE_FAILED);
        assert_ptr_equal(jd_account_join_room(world->anna->account, "lobby", NULL), lobby);
        WAIT_FOR(jd_conversation_get_joined(lobby));
    }
}

static void
others_thrown_out(void **state)
{
    struct world *world = *state;
    JdConversation *lobby = jd_account_get_lobby(world->anna->account);
    fake_server_push(world->server,
                     "<presence " FROM_ROOM(
                         "/mallory") "><x xmlns='" ROOM_USER
                                     "'><item affiliation='none' role='visitor'/></x></presence>");
    settle(world);
    assert_int_equal(jd_member_get_role(person_sees(world->anna, "mallory")), JD_ROLE_VISITOR);
    assert_null(jd_member_get_jid(person_sees(world->anna, "mallory")));
    fake_server_push(
        world->server,
        "<presence " FROM_ROOM(
            "/mallory") " type='unavailable'><x xmlns='" ROOM_USER
                        "'><item affiliation='none' role='none'><actor nick='ben'/><reason>spam"
                        "</reason></item><status code='307'/></x></presence>");
    settle(world);
    assert_null(person_sees(world->anna, "mallory"));
    WAIT_FOR(count_lines(lobby, JD_MESSAGE_NOTICE, "mallory was removed by ben (spam)") == 1);
}

static void
topics(void **state)
{
    struct world *world = *state;
    JdConversation *lobby = jd_account_get_lobby(world->anna->account);
    fake_server_push(world->server, "<message " FROM_ROOM("/ben") " type='groupchat'><subject>Tea"
                                                                  "</subject></message>");
    settle(world);
    assert_string_equal(jd_conversation_get_subtitle(lobby), "Tea");
    WAIT_FOR(count_lines(lobby, JD_MESSAGE_SUBJECT, "ben changed the topic to “Tea”") == 1);
    fake_server_push(world->server, "<message " FROM_ROOM("/ben") " type='groupchat'><subject>no"
                                                                  "</subject><body>a mail</body>"
                                                                  "</message>");
    settle(world);
    assert_string_equal(jd_conversation_get_subtitle(lobby), "Tea");
    WAIT_FOR(count_lines(lobby, JD_MESSAGE_TEXT, "a mail") == 1);
}

static void
private_words_through_the_room(void **state)
{
    struct world *world = *state;
    fake_server_push(world->server,
                     "<presence " FROM_ROOM(
                         "/ben") "><show>away</show><x xmlns='" ROOM_USER
                                 "'><item affiliation='none' role='participant'/></x></presence>");
    fake_server_push(world->server,
                     "<message " FROM_ROOM("/ben") " type='chat'><body>psst</body>"
                                                   "<x xmlns='" ROOM_USER "'/></message>");
    settle(world);
    g_autoptr(JdConversation) whisper =
                  g_list_model_get_item(jd_account_get_conversations(world->anna->account), 1);
    assert_string_equal(jd_conversation_get_jid(whisper), FAKE_LOBBY "/ben");
    assert_string_equal(jd_conversation_get_title(whisper), "ben");
    assert_int_equal(jd_conversation_get_show(whisper), JD_SHOW_AWAY);
    assert_ptr_equal(jd_account_open_private(world->anna->account, person_sees(world->anna, "ben")),
                     whisper);
    jd_conversation_send(whisper, "what?");
    WAIT_FOR(fake_server_count(world->server, "what?") == 1);
    assert_int_equal(fake_server_count(world->server, "<x xmlns='" ROOM_USER "'/>"), 1);

    fake_server_push(
        world->server,
        "<presence " FROM_ROOM(
            "/ben") " type='unavailable'><x xmlns='" ROOM_USER
                    "'><item nick='benno' affiliation='none' role='participant'/><status "
                    "code='303'/></x></presence>");
    settle(world);
    assert_string_equal(jd_conversation_get_jid(whisper), FAKE_LOBBY "/benno");
    assert_string_equal(jd_conversation_get_title(whisper), "benno");
}

/* XEP-0115 5.2. */
static void
caps_are_hashed_as_in_the_xep(void **state)
{
    static const char *const features[] = {
        "http://jabber.org/protocol/caps",
        "http://jabber.org/protocol/disco#info",
        "http://jabber.org/protocol/disco#items",
        "http://jabber.org/protocol/muc",
        NULL,
    };
    (void)state;
    g_autofree char *hash = caps_hash("client/pc//Exodus 0.9.1", features);
    assert_string_equal(hash, "QgayPKawpkPSDYmwT/WM94uAlu0=");
}

#define JOURNEY(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        JOURNEY(requests_are_answered_with_care),
        JOURNEY(hostile_input_goes_nowhere),
        JOURNEY(answers_of_others_are_no_answers),
        JOURNEY(copies_of_other_devices),
        JOURNEY(clock_of_strangers_is_not_believed),
        JOURNEY(strangers_cannot_open_conversations_without_end),
        JOURNEY(thrown_out),
        JOURNEY(others_thrown_out),
        JOURNEY(topics),
        JOURNEY(private_words_through_the_room),
        cmocka_unit_test(caps_are_hashed_as_in_the_xep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
