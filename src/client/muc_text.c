/* muc_text.c - what is said in a room, and that what we said has arrived.
 * Spec: XEP-0045 7.2.13, 7.2.15, 7.4, 8.1; XEP-0359. */
#include "client/failure.h"
#include "client/message_event.h"
#include "client/muc_room.h"
#include "client/rfc6121_message.h"
#include "client/text.h"
#include "client/words.h"
#include "client/xep0203_delay.h"
#include "xmpp/ns.h"

#define ATTEMPTS_MAX 2

/* ---- on the way ---- */

struct flight {
    struct room *room;
    JdMessage *message;
    guint timeout;
};

static void
flight_free(gpointer data)
{
    struct flight *flight = data;
    g_clear_handle_id(&flight->timeout, g_source_remove);
    g_object_unref(flight->message);
    g_free(flight);
}

GHashTable *
room_flights_new(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, flight_free);
}

void
room_forget_flights(struct room *room)
{
    g_hash_table_remove_all(room->on_the_way);
}

static gboolean
not_reflected_cb(gpointer data)
{
    struct flight *flight = data;
    g_autoptr(JdMessage) message = g_object_ref(flight->message);
    flight->timeout = 0;
    g_hash_table_remove(flight->room->on_the_way, jd_message_get_id(message));
    message_set_state(message, JD_MESSAGE_FAILED,
                      _("The room has not shown it. It may not have arrived."));
    return G_SOURCE_REMOVE;
}

static void
follow(struct room *room, JdMessage *message)
{
    struct flight *flight = g_new0(struct flight, 1);
    flight->room = room;
    flight->message = g_object_ref(message);
    flight->timeout =
        g_timeout_add_seconds(account_patience(room->account), not_reflected_cb, flight);
    g_hash_table_replace(room->on_the_way, g_strdup(jd_message_get_id(message)), flight);
}

/* ---- sending ---- */

static void
send_now(struct room *room, JdMessage *message)
{
    struct stanza *stanza = message_stanza(STR("groupchat"), room->jid, message);
    g_assert(stanza); /* the room was joined under this address */
    message_set_attempts(message, message_get_attempts(message) + 1);
    follow(room, message);
    account_send(room->account, stanza);
}

void
room_send(struct room *room, JdMessage *message)
{
    if (!room->wants_in) {
        message_set_state(message, JD_MESSAGE_FAILED, _("You are not in this room."));
        return;
    }
    gboolean on_the_way = g_hash_table_contains(room->on_the_way, jd_message_get_id(message));
    if (room->state != ROOM_IN || !room->is_up_to_date || on_the_way)
        return;
    if (message_get_attempts(message) >= ATTEMPTS_MAX)
        message_set_state(message, JD_MESSAGE_FAILED, _("The connection broke while it was sent."));
    else
        send_now(room, message);
}

/* ---- receiving ---- */

/* Our own, come back: from now on it is everybody's. */
static gboolean
take_reflection(struct room *room, const struct message_content *content)
{
    const char *ids[] = { content->origin_id, content->id };
    for (guint i = 0; i < G_N_ELEMENTS(ids); i++) {
        JdMessage *message = conversation_find_own(room->conversation, ids[i]);
        if (message == NULL || strcmp(jd_message_get_body(message), content->body) != 0)
            continue;
        g_hash_table_remove(room->on_the_way, ids[i]);
        message_set_state(message, JD_MESSAGE_SENT, NULL);
        return TRUE;
    }
    return FALSE;
}

static gboolean
is_own(const struct room *room, const struct stanza *stanza)
{
    const struct element *id = stanza_child(stanza, NS_OCCUPANT_ID, STR("occupant-id"));
    struct str text = element_get(id, STR("id"));
    if (room->occupant_id && text.len > 0)
        return str_is(text, room->occupant_id);
    return str_is(stanza->from.resource, room->nickname);
}

/* XEP-0359 5: only the room's own <stanza-id/> is worth anything. */
static char *
key_of(const struct room *room, const struct stanza *stanza, const struct message_content *content)
{
    for (const struct element *at = stanza_child(stanza, NS_SID, STR("stanza-id")); at;
         at = element_next_named(at, NS_SID, STR("stanza-id"))) {
        struct str id = element_get(at, STR("id"));
        if (str_is(element_get(at, STR("by")), room->jid) && id.len > 0)
            return g_strdup_printf("room %.*s", STR_ARG(id));
    }
    if (content->id == NULL)
        return NULL;
    return g_strdup_printf("%s %.*s", content->id, STR_ARG(stanza->from.resource));
}

/* History that was asked for again overlaps with what is there already. */
static gboolean
is_known(struct room *room,
         const struct stanza *stanza,
         const struct message_content *content,
         gboolean is_history)
{
    g_autofree char *key = key_of(room, stanza, content);
    return key && !conversation_remember(room->conversation, key) && is_history;
}

/* Into the history, and from there into the list. FALSE if it is nothing that is kept. */
static gboolean
receive(struct room *room, const struct stanza *stanza, const struct message_content *content)
{
    const struct message_reader reader = {
        .own_jid = jd_account_get_jid(room->account),
        .room = room->jid,
        .own_nickname = room->nickname,
        .own_occupant_id = room->occupant_id,
        .time = delay_time(stanza, jid_bare(stanza->from)),
    };
    struct history_event event;
    if (!conversation_is_kept(room->conversation) || !message_event_read(&reader, stanza, &event))
        return FALSE;
    event.is_past = reader.time > 0 && !room->was_in;
    if (event.outgoing && event.kind == HISTORY_TEXT && content->body)
        (void)take_reflection(room, content);
    conversation_receive(room->conversation, &event);
    history_event_clear(&event);
    return TRUE;
}

static void
take_text(struct room *room, const struct stanza *stanza, const struct message_content *content)
{
    gint64 time = delay_time(stanza, jid_bare(stanza->from));
    gboolean known = is_known(room, stanza, content, time != 0);
    if (take_reflection(room, content) || known)
        return;
    gboolean own = is_own(room, stanza);
    g_autofree char *nickname = text_dup(stanza->from.resource);
    g_autofree char *from = text_dup(stanza->from.full);
    const struct message_details details = {
        .kind = JD_MESSAGE_TEXT,
        .state = own ? JD_MESSAGE_SENT : JD_MESSAGE_RECEIVED,
        .id = own ? NULL : content->id,
        .sender = nickname,
        .sender_jid = from,
        .body = content->body,
        .time = time,
        .outgoing = own,
        .mentions_me = !own && text_mentions(content->body, room->nickname),
    };
    g_autoptr(JdMessage) message = message_new(&details);
    conversation_add(room->conversation, message, time == 0 || room->was_in);
}

/* XEP-0045 8.1: a subject without body is the topic; the first one ends the history (7.2.15). */
static void
take_subject(struct room *room, const struct stanza *stanza, const char *subject)
{
    gboolean is_news = room->is_up_to_date && delay_time(stanza, jid_bare(stanza->from)) == 0;
    conversation_set_topic(room->conversation, subject);
    if (is_news) {
        g_autofree char *who = text_dup(stanza->from.resource);
        g_autofree char *name = text_isolate(who);
        g_autofree char *topic = text_isolate(subject);
        g_autofree char *sentence =
            subject[0] == '\0' ? g_strdup_printf(_("%s removed the topic"), name)
                               : g_strdup_printf(_("%s changed the topic to “%s”"), name, topic);
        conversation_tell(room->conversation, JD_MESSAGE_SUBJECT, who, sentence);
    }
    room_is_up_to_date(room);
}

static void
take_error(struct room *room, const struct stanza *stanza)
{
    g_autofree char *id = text_dup(stanza->id);
    struct flight *flight = g_hash_table_lookup(room->on_the_way, id);
    if (flight == NULL)
        return;
    g_autofree char *why = failure_of_message(stanza);
    g_autoptr(JdMessage) message = g_object_ref(flight->message);
    g_hash_table_remove(room->on_the_way, id);
    message_set_state(message, JD_MESSAGE_FAILED, why);
}

static char *
subject_of(const struct stanza *stanza)
{
    struct arena arena;
    const struct element *subject = stanza_child(stanza, NS_CLIENT, STR("subject"));
    if (subject == NULL || stanza_child(stanza, NS_CLIENT, STR("body")))
        return NULL;
    arena_init(&arena, STANZA_ARENA_DEFAULT);
    char *text = text_dup(element_text(&arena, subject));
    arena_fini(&arena);
    return text;
}

/* Words of the room itself: maintenance, a new configuration. */
static void
take_room_words(struct room *room, const struct message_content *content)
{
    conversation_tell(room->conversation, JD_MESSAGE_NOTICE, NULL, content->body);
}

void
room_take_message(struct room *room, const struct stanza *stanza)
{
    if (stanza->type == TYPE_ERROR) {
        take_error(room, stanza);
        return;
    }
    if (room->state == ROOM_OUT)
        return;
    g_autofree char *subject = subject_of(stanza);
    struct message_content content = message_content_of(stanza);
    if (subject)
        take_subject(room, stanza, subject);
    else if (receive(room, stanza, &content))
        ; /* it comes back from the history */
    else if (content.body && stanza->from.resource.len == 0)
        take_room_words(room, &content);
    else if (content.body)
        take_text(room, stanza, &content);
    message_content_clear(&content);
}
