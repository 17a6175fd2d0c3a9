#include "client/message_event.h"

#include "client/text.h"
#include "client/xep0313_archive.h"
#include "xmpp/ns.h"

#define NS_REPLY STR("urn:xmpp:reply:0") /* XEP-0461 */

/* ---- who ---- */

/* A room's occupant is known by XEP-0421's id where there is one: nicknames change hands. */
static void
read_occupant(const struct message_reader *reader,
              const struct stanza *message,
              struct history_event *event)
{
    const struct element *occupant = stanza_child(message, NS_OCCUPANT_ID, STR("occupant-id"));
    struct str id = element_get(occupant, STR("id"));
    event->conversation = g_strdup(reader->room);
    event->archive = g_strdup(reader->room);
    event->sender = text_dup(id.len > 0 ? id : message->from.full);
    event->nickname = text_dup_or_null(message->from.resource);
    if (reader->own_occupant_id && id.len > 0)
        event->outgoing = str_is(id, reader->own_occupant_id);
    else
        event->outgoing =
            reader->own_nickname && str_is(message->from.resource, reader->own_nickname);
}

/* Between occupants of a room it is with one of them, else with a person. */
static gboolean
read_person(const struct message_reader *reader,
            const struct stanza *message,
            struct history_event *event)
{
    gboolean through_room = stanza_child(message, NS_MUC_USER, STR("x")) != NULL;
    event->outgoing = str_is(message->from.bare, reader->own_jid);
    struct jid other = event->outgoing ? message->to : message->from;
    if (!jid_is_set(other) || !jid_is_set(message->from) || other.local.len == 0)
        return FALSE;
    event->conversation = text_dup(through_room ? other.full : other.bare);
    event->archive = g_strdup(reader->own_jid);
    event->sender = text_dup(through_room ? message->from.full : message->from.bare);
    event->nickname = text_dup(event->outgoing ? str_from(reader->own_nickname)
                               : through_room  ? message->from.resource
                                               : message->from.local);
    return TRUE;
}

/* ---- what ---- */

static char *
text_of(const struct stanza *message, struct str ns, struct str name)
{
    struct arena arena;
    arena_init(&arena, STANZA_ARENA_DEFAULT);
    char *text = text_dup_or_null(element_child_text(&arena, message->root, ns, name));
    arena_fini(&arena);
    return text;
}

static char *
target_of(const struct element *relation, struct str attribute)
{
    return text_dup_or_null(element_get(relation, attribute));
}

/* XEP-0444 3.2: no reaction at all takes them back. */
static char *
reactions_of(const struct element *reactions)
{
    g_autoptr(GString) joined = g_string_new(NULL);
    struct arena arena;
    arena_init(&arena, STANZA_ARENA_DEFAULT);
    for (const struct element *at = element_first_child(reactions); at; at = element_next(at)) {
        struct str one = str_trim(element_text(&arena, at));
        if (!element_is(at, NS_REACTIONS, STR("reaction")) || one.len == 0)
            continue;
        g_string_append_printf(joined, "%s%.*s", joined->len > 0 ? " " : "", STR_ARG(one));
    }
    arena_fini(&arena);
    return g_string_free(g_steal_pointer(&joined), FALSE);
}

/* XEP-0424, and XEP-0425 when the room itself says it. */
static gboolean
read_retraction(const struct message_reader *reader,
                const struct stanza *message,
                struct history_event *event)
{
    const struct element *retract = stanza_child(message, NS_RETRACT, STR("retract"));
    gboolean from_room = reader->room && message->from.resource.len == 0;
    if (retract == NULL)
        return FALSE;
    event->kind = HISTORY_RETRACTION;
    event->target = target_of(retract, STR("id"));
    event->by_room = from_room && element_child(retract, STR_EMPTY, STR("moderated")) != NULL;
    return TRUE;
}

/* Receipts and markers count between two people, and our own markers everywhere. */
static gboolean
read_signal(const struct message_reader *reader,
            const struct stanza *message,
            struct history_event *event)
{
    const struct element *receipt = stanza_child(message, NS_RECEIPTS, STR("received"));
    const struct element *marker = stanza_child(message, NS_MARKERS, STR("displayed"));
    if (receipt && reader->room == NULL) {
        event->kind = HISTORY_RECEIPT;
        event->target = target_of(receipt, STR("id"));
    } else if (marker && (reader->room == NULL || event->outgoing)) {
        event->kind = HISTORY_MARKER;
        event->target = target_of(marker, STR("id"));
    }
    return event->target != NULL;
}

static gboolean
read_text(const struct message_reader *reader,
          const struct stanza *message,
          struct history_event *event)
{
    const struct element *replace = stanza_child(message, NS_CORRECT, STR("replace"));
    const struct element *reply = stanza_child(message, NS_REPLY, STR("reply"));
    event->is_retracted = stanza_child(message, NS_RETRACT, STR("retracted")) != NULL;
    event->text = text_of(message, NS_CLIENT, STR("body"));
    if (event->text == NULL && !event->is_retracted)
        return FALSE;
    /* The room's own words are told where they are heard, and are nobody's message. */
    if (reader->room && message->from.resource.len == 0)
        return FALSE;
    event->kind = replace ? HISTORY_EDIT : HISTORY_TEXT;
    event->target = replace ? target_of(replace, STR("id")) : NULL;
    event->reply_to = reply ? target_of(reply, STR("id")) : NULL;
    event->mentions = !event->outgoing && event->text && reader->own_nickname &&
                      text_mentions(event->text, reader->own_nickname);
    return replace == NULL || event->target != NULL;
}

static gboolean
read_content(const struct message_reader *reader,
             const struct stanza *message,
             struct history_event *event)
{
    const struct element *reactions = stanza_child(message, NS_REACTIONS, STR("reactions"));
    if (read_retraction(reader, message, event))
        return event->target != NULL;
    if (reactions) {
        event->kind = HISTORY_REACTIONS;
        event->target = target_of(reactions, STR("id"));
        event->text = reactions_of(reactions);
        return event->target != NULL;
    }
    return read_text(reader, message, event) || read_signal(reader, message, event);
}

static gboolean
is_kept(const struct message_reader *reader, const struct stanza *message)
{
    if (message->kind != STANZA_MESSAGE || !jid_is_set(message->from))
        return FALSE;
    if (reader->room)
        return message->type == TYPE_GROUPCHAT && str_is(message->from.bare, reader->room);
    return message->type == TYPE_CHAT || message->type == TYPE_NONE;
}

gboolean
message_event_read(const struct message_reader *reader,
                   const struct stanza *message,
                   struct history_event *ret_event)
{
    const struct element *origin = stanza_child(message, NS_SID, STR("origin-id"));
    struct history_event event = { 0 };
    gboolean kept = is_kept(reader, message);
    if (kept && reader->room)
        read_occupant(reader, message, &event);
    else
        kept = kept && read_person(reader, message, &event);
    if (!kept || !read_content(reader, message, &event)) {
        history_event_clear(&event);
        return FALSE;
    }
    event.id = text_dup_or_null(message->id);
    event.origin_id = text_dup_or_null(element_get(origin, STR("id")));
    event.archive_id =
        reader->archive_id ? g_strdup(reader->archive_id) : archive_id_of(message, event.archive);
    event.sender_jid = text_dup(message->from.full);
    event.time = reader->time > 0 ? reader->time : g_get_real_time();
    event.state = event.outgoing ? HISTORY_SENT : HISTORY_RECEIVED;
    *ret_event = event;
    return TRUE;
}
