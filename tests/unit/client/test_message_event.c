/* test_message_event.c - what a stanza says: whose it is, where it belongs, and whom it may name.
 */
#include "client/message_event.h"
#include "xmpp/ns.h"
#include "xmpp/xml_reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define ME   "anna@a"
#define ROOM "lobby@rooms.a"

static const struct message_reader in_private = { .own_jid = ME, .own_nickname = "anna" };
static const struct message_reader in_room = {
    .own_jid = ME,
    .room = ROOM,
    .own_nickname = "anna",
    .own_occupant_id = "o-anna",
};

static gboolean
read_event(const struct message_reader *reader, const char *xml, struct history_event *ret_event)
{
    struct arena arena;
    struct element *root = NULL;
    arena_init(&arena, STANZA_ARENA_DEFAULT);
    assert_int_equal(xml_parse(&arena, str_from(xml), NS_CLIENT, &root), 0);
    struct stanza *stanza = stanza_take(arena, root);
    assert_non_null(stanza);
    gboolean kept = message_event_read(reader, stanza, ret_event);
    stanza_unref(stanza);
    return kept;
}

#define BODY                       "<body>hi anna</body>"
#define PART(name, ns, attributes) "<" name " xmlns='" ns "' " attributes "/>"

struct expectation {
    const struct message_reader *reader;
    const char *xml;
    enum history_kind kind;
    const char *conversation, *sender, *target, *text;
    gboolean outgoing, by_room, mentions;
};

static const struct expectation kept[] = {
    { &in_private, "<message from='ben@a/x' to='" ME "' type='chat'>" BODY "</message>",
      HISTORY_TEXT, "ben@a", "ben@a", NULL, "hi anna", .mentions = TRUE },
    { &in_private, "<message from='" ME "/y' to='ben@a' type='chat'>" BODY "</message>",
      HISTORY_TEXT, "ben@a", ME, NULL, "hi anna", .outgoing = TRUE },
    { &in_private, "<message from='ben@a' to='" ME "'>" BODY "</message>", HISTORY_TEXT, "ben@a",
      "ben@a", NULL, "hi anna", .mentions = TRUE },
    { &in_private,
      "<message from='" ROOM "/ben' to='" ME "' type='chat'>" BODY
      "<x xmlns='http://jabber.org/protocol/muc#user'/></message>",
      HISTORY_TEXT, ROOM "/ben", ROOM "/ben", NULL, "hi anna", .mentions = TRUE },
    { &in_private,
      "<message from='ben@a/x' to='" ME "' type='chat'><body>new</body>" PART(
          "replace", "urn:xmpp:message-correct:0", "id='1'") "</message>",
      HISTORY_EDIT, "ben@a", "ben@a", "1", "new", .mentions = FALSE },
    { &in_private,
      "<message from='ben@a/x' to='" ME
      "' type='chat'>" BODY PART("retract", "urn:xmpp:message-retract:1", "id='1'") "</message>",
      HISTORY_RETRACTION, "ben@a", "ben@a", "1", NULL, .mentions = FALSE },
    { &in_private,
      "<message from='ben@a/x' to='" ME "' type='chat'><reactions xmlns='urn:xmpp:reactions:0' "
      "id='1'><reaction>👍</reaction><reaction> 🎉 </reaction><other>x</other></reactions>"
      "</message>",
      HISTORY_REACTIONS, "ben@a", "ben@a", "1", "👍 🎉", .mentions = FALSE },
    { &in_private,
      "<message from='ben@a/x' to='" ME
      "' type='chat'>" PART("reactions", "urn:xmpp:reactions:0", "id='1'") "</message>",
      HISTORY_REACTIONS, "ben@a", "ben@a", "1", "", .mentions = FALSE },
    { &in_private,
      "<message from='ben@a/x' to='" ME
      "'>" PART("received", "urn:xmpp:receipts", "id='1'") "</message>",
      HISTORY_RECEIPT, "ben@a", "ben@a", "1", NULL, .mentions = FALSE },
    { &in_private,
      "<message from='ben@a/x' to='" ME
      "'>" PART("displayed", "urn:xmpp:chat-markers:0", "id='1'") "</message>",
      HISTORY_MARKER, "ben@a", "ben@a", "1", NULL, .mentions = FALSE },
    { &in_room, "<message from='" ROOM "/ben' to='" ME "' type='groupchat'>" BODY "</message>",
      HISTORY_TEXT, ROOM, ROOM "/ben", NULL, "hi anna", .mentions = TRUE },
    { &in_room,
      "<message from='" ROOM "/other' to='" ME "' type='groupchat'>" BODY PART(
          "occupant-id", "urn:xmpp:occupant-id:0", "id='o-anna'") "</message>",
      HISTORY_TEXT, ROOM, "o-anna", NULL, "hi anna", .outgoing = TRUE },
    /* Somebody else under our name. */
    { &in_room,
      "<message from='" ROOM "/anna' to='" ME "' type='groupchat'>" BODY PART(
          "occupant-id", "urn:xmpp:occupant-id:0", "id='o-mallory'") "</message>",
      HISTORY_TEXT, ROOM, "o-mallory", NULL, "hi anna", .mentions = TRUE },
    { &in_room,
      "<message from='" ROOM "' to='" ME "' type='groupchat'><retract id='R1' "
      "xmlns='urn:xmpp:message-retract:1'>" PART(
          "moderated", "urn:xmpp:message-moderate:1", "by='" ROOM "/boss'") "</retract></message>",
      HISTORY_RETRACTION, ROOM, ROOM, "R1", NULL, .by_room = TRUE },
    /* XEP-0425 4: only the room says so. */
    { &in_room,
      "<message from='" ROOM "/mallory' to='" ME "' type='groupchat'><retract id='R1' "
      "xmlns='urn:xmpp:message-retract:1'>" PART(
          "moderated", "urn:xmpp:message-moderate:1", "by='" ROOM "/boss'") "</retract></message>",
      HISTORY_RETRACTION, ROOM, ROOM "/mallory", "R1", NULL, .mentions = FALSE },
};

static void
assert_text(const char *seen, const char *expected)
{
    if (expected)
        assert_string_equal(seen, expected);
    else
        assert_null(seen);
}

static void
test_what_is_kept(void **state)
{
    (void)state;
    for (guint i = 0; i < G_N_ELEMENTS(kept); i++) {
        const struct expectation *expected = &kept[i];
        struct history_event event;
        if (!read_event(expected->reader, expected->xml, &event))
            fail_msg("not kept: %s", expected->xml);
        assert_int_equal(event.kind, expected->kind);
        assert_text(event.conversation, expected->conversation);
        assert_text(event.sender, expected->sender);
        assert_text(event.target, expected->target);
        assert_text(event.text, expected->text);
        assert_int_equal(event.outgoing, expected->outgoing);
        assert_int_equal(event.by_room, expected->by_room);
        assert_int_equal(event.mentions, expected->mentions);
        assert_int_equal(event.state, event.outgoing ? HISTORY_SENT : HISTORY_RECEIVED);
        history_event_clear(&event);
    }
}

static void
test_what_is_not(void **state)
{
    static const struct {
        const struct message_reader *reader;
        const char *xml;
    } cases[] = {
        { &in_private, "<message from='ben@a/x' to='" ME "' type='chat'/>" },
        { &in_private, "<message to='" ME "' type='chat'>" BODY "</message>" },
        { &in_private, "<message from='a' to='" ME "'>" BODY "</message>" },
        { &in_private, "<message from='ben@a' to='" ME "' type='error'>" BODY "</message>" },
        { &in_private, "<message from='ben@a' to='" ME "' type='headline'>" BODY "</message>" },
        { &in_private,
          "<message from='" ROOM "/ben' to='" ME "' type='groupchat'>" BODY "</message>" },
        { &in_private, "<message from='ben@a' to='" ME
                       "'>" BODY PART("replace", "urn:xmpp:message-correct:0", "") "</message>" },
        { &in_private, "<message from='ben@a' to='" ME
                       "'>" PART("reactions", "urn:xmpp:reactions:0", "") "</message>" },
        { &in_private, "<iq from='ben@a' to='" ME "' type='get' id='1'>" BODY "</iq>" },
        { &in_private, "<presence from='ben@a/x'>" BODY "</presence>" },
        { &in_room, "<message from='other@rooms.a/ben' type='groupchat'>" BODY "</message>" },
        { &in_room, "<message from='" ROOM "/ben' type='chat'>" BODY "</message>" },
        { &in_room, "<message from='" ROOM "' type='groupchat'>" BODY "</message>" },
        /* Who has read what in a room is not kept. */
        { &in_room, "<message from='" ROOM "/ben' type='groupchat'>" PART(
                        "displayed", "urn:xmpp:chat-markers:0", "id='1'") "</message>" },
        { &in_room, "<message from='" ROOM "/ben' type='groupchat'>" PART(
                        "received", "urn:xmpp:receipts", "id='1'") "</message>" },
    };
    (void)state;
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct history_event event;
        if (read_event(cases[i].reader, cases[i].xml, &event))
            fail_msg("kept: %s", cases[i].xml);
    }
}

/* XEP-0359 5: an id counts when it is by the archive that keeps the message. */
static void
test_archive_ids(void **state)
{
    static const char *const by_others =
        "<message from='ben@a/x' to='" ME "' type='chat'>" BODY
        "<stanza-id xmlns='urn:xmpp:sid:0' by='ben@a' id='forged'/>"
        "<stanza-id xmlns='urn:xmpp:sid:0' by='" ROOM "' id='forged'/></message>";
    static const char *const by_ours =
        "<message from='ben@a/x' to='" ME "' type='chat' id='m'>" BODY
        "<stanza-id xmlns='urn:xmpp:sid:0' by='ben@a' id='forged'/>"
        "<stanza-id xmlns='urn:xmpp:sid:0' by='" ME "' id='A1'/>"
        "<origin-id xmlns='urn:xmpp:sid:0' id='o'/></message>";
    struct history_event event;
    (void)state;
    assert_true(read_event(&in_private, by_others, &event));
    assert_null(event.archive_id);
    history_event_clear(&event);
    assert_true(read_event(&in_private, by_ours, &event));
    assert_string_equal(event.archive_id, "A1");
    assert_string_equal(event.archive, ME);
    assert_string_equal(event.origin_id, "o");
    assert_string_equal(event.id, "m");
    history_event_clear(&event);
    /* In a page of the archive it is the archive that says. */
    struct message_reader page = in_private;
    page.archive_id = "A2";
    page.time = 7;
    assert_true(read_event(&page, by_ours, &event));
    assert_string_equal(event.archive_id, "A2");
    assert_int_equal(event.time, 7);
    history_event_clear(&event);
}

static void
test_tombstone(void **state)
{
    struct history_event event;
    (void)state;
    assert_true(read_event(&in_private,
                           "<message from='ben@a/x' to='" ME "' type='chat' id='m'><retracted "
                           "xmlns='urn:xmpp:message-retract:1' stamp='2026-01-01T00:00:00Z'/>"
                           "</message>",
                           &event));
    assert_int_equal(event.kind, HISTORY_TEXT);
    assert_true(event.is_retracted);
    assert_null(event.text);
    history_event_clear(&event);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_kept),
        cmocka_unit_test(test_what_is_not),
        cmocka_unit_test(test_archive_ids),
        cmocka_unit_test(test_tombstone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
