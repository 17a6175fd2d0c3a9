/* test_conversation.c - a conversation by itself: lines, unread ones, members, what is sent. */
#include "client/conversation_private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct owner {
    guint sent, left;
    JdMessage *last; /* borrowed */
};

static void
send_cb(JdConversation *conversation, JdMessage *message, gpointer data)
{
    struct owner *owner = data;
    (void)conversation;
    owner->sent++;
    owner->last = message;
}

static void
leave_cb(JdConversation *conversation, gpointer data)
{
    struct owner *owner = data;
    (void)conversation;
    owner->left++;
}

static const struct conversation_ops OPS = { .send = send_cb, .leave = leave_cb };

static struct owner owner;
static JdConversation *room;

static int
set_up(void **state)
{
    (void)state;
    owner = (struct owner){ 0 };
    room = conversation_new(JD_CONVERSATION_ROOM, "lobby@rooms.a", "Lobby", &OPS, &owner);
    conversation_set_own_name(room, "anna");
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    g_assert_finalize_object(room);
    return 0;
}

static guint
lines(void)
{
    return g_list_model_get_n_items(jd_conversation_get_messages(room));
}

static guint
members(void)
{
    return g_list_model_get_n_items(jd_conversation_get_members(room));
}

static JdMessage *
line(guint n)
{
    g_autoptr(JdMessage) message = g_list_model_get_item(jd_conversation_get_messages(room), n);
    return message;
}

static JdMember *
member(guint n)
{
    g_autoptr(JdMember) found = g_list_model_get_item(jd_conversation_get_members(room), n);
    return found;
}

static void
add(const char *sender, const char *body, gint64 time, gboolean mentions)
{
    const struct message_details details = {
        .kind = JD_MESSAGE_TEXT,
        .state = JD_MESSAGE_RECEIVED,
        .sender = sender,
        .body = body,
        .time = time,
        .mentions_me = mentions,
    };
    g_autoptr(JdMessage) message = message_new(&details);
    conversation_add(room, message, TRUE);
}

static void
put(const char *nickname)
{
    g_autofree char *occupant = g_strconcat("lobby@rooms.a/", nickname, NULL);
    const struct member_details details = {
        .nickname = nickname,
        .occupant_jid = occupant,
        .show = JD_SHOW_ONLINE,
    };
    conversation_put_member(room, &details);
}

static void
count_cb(GObject *object, GParamSpec *pspec, gpointer data)
{
    guint *count = data;
    (void)object, (void)pspec;
    (*count)++;
}

/* ---- messages ---- */

static void
sent_text_appears_at_once(void **state)
{
    (void)state;
    jd_conversation_send(room, "  hello \n");
    assert_int_equal(lines(), 1);
    assert_int_equal(owner.sent, 1);
    assert_ptr_equal(owner.last, line(0));
    assert_string_equal(jd_message_get_body(line(0)), "hello");
    assert_string_equal(jd_message_get_sender(line(0)), "anna");
    assert_int_equal(jd_message_get_state(line(0)), JD_MESSAGE_PENDING);
    assert_true(jd_message_get_outgoing(line(0)));
    assert_ptr_equal(conversation_find_own(room, jd_message_get_id(line(0))), line(0));
    assert_int_equal(jd_conversation_get_unread(room), 0);
    assert_string_equal(jd_conversation_get_preview(room), "You: hello");
}

static void
nothing_is_not_sent(void **state)
{
    (void)state;
    jd_conversation_send(room, "");
    jd_conversation_send(room, " \n\t");
    jd_conversation_send(room, "\x01");
    assert_int_equal(lines(), 0);
    assert_int_equal(owner.sent, 0);
}

static void
too_long_is_kept_and_said(void **state)
{
    (void)state;
    g_autofree char *text = g_strnfill(CONVERSATION_TEXT_MAX + 1, 'x');
    jd_conversation_send(room, text);
    assert_int_equal(owner.sent, 0);
    assert_int_equal(jd_message_get_state(line(0)), JD_MESSAGE_FAILED);
    assert_non_null(jd_message_get_failure(line(0)));
    jd_conversation_retry(room, line(0));
    assert_int_equal(owner.sent, 0);
}

static void
failed_text_is_tried_again(void **state)
{
    (void)state;
    jd_conversation_send(room, "hello");
    jd_conversation_retry(room, line(0)); /* not failed: nothing happens */
    assert_int_equal(owner.sent, 1);
    message_set_attempts(line(0), 2);
    message_set_state(line(0), JD_MESSAGE_FAILED, "why");
    assert_string_equal(jd_message_get_failure(line(0)), "why");
    jd_conversation_retry(room, line(0));
    assert_int_equal(owner.sent, 2);
    assert_int_equal(message_get_attempts(line(0)), 0);
    assert_int_equal(jd_message_get_state(line(0)), JD_MESSAGE_PENDING);
    assert_null(jd_message_get_failure(line(0)));
}

static void
only_pending_is_sent_again(void **state)
{
    (void)state;
    jd_conversation_send(room, "one");
    jd_conversation_send(room, "two");
    jd_conversation_send(room, "three");
    message_set_state(line(1), JD_MESSAGE_SENT, NULL);
    owner.sent = 0;
    conversation_send_pending(room);
    assert_int_equal(owner.sent, 2);
    assert_ptr_equal(owner.last, line(2));
}

static void
unread_is_counted(void **state)
{
    guint notified = 0;
    (void)state;
    g_signal_connect(room, "notify::unread", G_CALLBACK(count_cb), &notified);
    add("ben", "hello", 1000, FALSE);
    add("ben", "Anna!", 2000, TRUE);
    conversation_tell(room, JD_MESSAGE_JOINED, "cleo", "cleo joined");
    jd_conversation_send(room, "hi");
    assert_int_equal(jd_conversation_get_unread(room), 2);
    assert_true(jd_conversation_get_mentioned(room));
    jd_conversation_mark_read(room);
    jd_conversation_mark_read(room);
    assert_int_equal(jd_conversation_get_unread(room), 0);
    assert_false(jd_conversation_get_mentioned(room));
    assert_int_equal(notified, 3);
}

static void
old_messages_go_where_they_belong(void **state)
{
    static const char *const expected[] = { "one", "two", "three", "four" };
    (void)state;
    add("ben", "four", 4000, FALSE);
    add("ben", "two", 2000, FALSE);
    add("ben", "three", 3000, FALSE);
    add("ben", "one", 1000, FALSE);
    for (guint i = 0; i < 4; i++)
        assert_string_equal(jd_message_get_body(line(i)), expected[i]);
    assert_string_equal(jd_conversation_get_preview(room), "ben: four");
    assert_int_equal(jd_conversation_get_last_activity(room), 4000);
    assert_int_equal(conversation_newest_text(room), 4000);
}

static void
memory_is_bounded(void **state)
{
    (void)state;
    for (guint i = 0; i < CONVERSATION_MESSAGES_MAX + 10; i++)
        add("ben", "x", 1000 + i, FALSE);
    assert_int_equal(lines(), CONVERSATION_MESSAGES_MAX);
    assert_int_equal(jd_message_get_time(line(0)), 1010);
    for (guint i = 0; i < 10000; i++) {
        g_autofree char *key = g_strdup_printf("%u", i);
        assert_true(conversation_remember(room, key));
        assert_false(conversation_remember(room, key));
    }
    assert_true(conversation_remember(room, "0")); /* forgotten long ago */
}

static void
groups_are_of_one_sender_within_minutes(void **state)
{
    const gint64 minute = 60 * G_USEC_PER_SEC;
    (void)state;
    add("ben", "a", 100 * minute, FALSE);
    add("ben", "b", 104 * minute, FALSE);
    add("ben", "c", 110 * minute, FALSE);
    add("cleo", "d", 111 * minute, FALSE);
    assert_false(jd_message_continues(line(0), NULL));
    assert_true(jd_message_continues(line(1), line(0)));
    assert_false(jd_message_continues(line(2), line(1)));
    assert_false(jd_message_continues(line(3), line(2)));
    conversation_tell(room, JD_MESSAGE_NOTICE, "cleo", "something");
    assert_false(jd_message_continues(line(4), line(3)));
}

/* ---- members ---- */

static void
members_are_sorted(void **state)
{
    (void)state;
    put("cleo");
    put("Anna");
    put("ben");
    put("ben");
    assert_int_equal(members(), 3);
    assert_string_equal(jd_member_get_nickname(member(0)), "Anna");
    assert_string_equal(jd_member_get_nickname(member(1)), "ben");
    assert_string_equal(jd_member_get_nickname(member(2)), "cleo");
    assert_string_equal(jd_conversation_get_subtitle(room), "3 members");
    conversation_set_topic(room, "Tea\nand more");
    assert_string_equal(jd_conversation_get_subtitle(room), "Tea");
    conversation_set_topic(room, "");
    conversation_remove_member(room, "nobody");
    conversation_remove_member(room, "cleo");
    conversation_remove_member(room, "ben");
    assert_string_equal(jd_conversation_get_subtitle(room), "1 member");
}

static void
renamed_member_is_the_same(void **state)
{
    (void)state;
    put("anna");
    put("ben");
    JdMember *anna = conversation_find_member(room, "anna");
    const struct member_details details = {
        .nickname = "zoe",
        .occupant_jid = "lobby@rooms.a/zoe",
        .show = JD_SHOW_AWAY,
    };
    conversation_rename_member(room, "anna", &details);
    assert_int_equal(members(), 2);
    assert_ptr_equal(conversation_find_member(room, "zoe"), anna);
    assert_ptr_equal(member(1), anna);
    assert_null(conversation_find_member(room, "anna"));
    assert_int_equal(jd_member_get_show(anna), JD_SHOW_AWAY);
}

static void
whoever_was_not_seen_again_is_gone(void **state)
{
    (void)state;
    put("anna");
    put("ben");
    put("cleo");
    JdMember *ben = conversation_find_member(room, "ben");
    conversation_mark_members_stale(room);
    put("ben");
    put("dora");
    conversation_remove_stale_members(room);
    assert_int_equal(members(), 2);
    assert_ptr_equal(conversation_find_member(room, "ben"), ben);
    assert_int_equal(lines(), 0);
    conversation_clear_members(room);
    assert_int_equal(members(), 0);
}

/* ---- the end ---- */

static void
detached_conversation_only_remembers(void **state)
{
    (void)state;
    conversation_detach(room);
    jd_conversation_send(room, "hello?");
    jd_conversation_leave(room);
    conversation_send_pending(room);
    assert_int_equal(owner.sent + owner.left, 0);
    assert_int_equal(lines(), 1);
}

static void
properties_can_be_read(void **state)
{
    (void)state;
    g_autofree char *jid = NULL;
    g_autofree char *title = NULL;
    g_autoptr(GListModel) model = NULL;
    JdConversationKind kind = JD_CONVERSATION_PRIVATE;
    JdShow show = JD_SHOW_DND;
    g_object_get(room, "jid", &jid, "title", &title, "kind", &kind, "messages", &model, "show",
                 &show, NULL);
    assert_string_equal(jid, "lobby@rooms.a");
    assert_string_equal(title, "Lobby");
    assert_int_equal(kind, JD_CONVERSATION_ROOM);
    assert_int_equal(show, JD_SHOW_OFFLINE);
    assert_ptr_equal(model, jd_conversation_get_messages(room));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(sent_text_appears_at_once),
        CASE(nothing_is_not_sent),
        CASE(too_long_is_kept_and_said),
        CASE(failed_text_is_tried_again),
        CASE(only_pending_is_sent_again),
        CASE(unread_is_counted),
        CASE(old_messages_go_where_they_belong),
        CASE(memory_is_bounded),
        CASE(groups_are_of_one_sender_within_minutes),
        CASE(members_are_sorted),
        CASE(renamed_member_is_the_same),
        CASE(whoever_was_not_seen_again_is_gone),
        CASE(detached_conversation_only_remembers),
        CASE(properties_can_be_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
