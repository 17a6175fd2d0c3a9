/* xep0313_archive.c - what is said in a lasting room is kept, and can be asked for by whoever may
 * enter it (XEP-0313 6.2). */
#include "base/error.h"
#include "server/archive/archive_query.h"
#include "server/archive/archive_rules.h"
#include "server/archive/retraction.h"
#include "server/archive/stanza_ids.h"
#include "server/room/feature_list.h"
#include "server/room/room_archive.h"
#include "server/room/room_feature.h"
#include "xmpp/ns.h"
#include "xmpp/xml_writer.h"

static bool
is_on(const struct server *server)
{
    return server->config->archive;
}

bool
room_is_archived(const struct room *room)
{
    return room->stored && is_on(room->entity.worker->server);
}

/* ---- into it ---- */

static void
added(struct store_call *call, void *worker)
{
    const struct store_archive_add *add = CONTAINER_OF(call, struct store_archive_add, call);
    struct room_message *message = call->owner;

    /* It was said before: everybody gets it under the id that it has. */
    if (call->status == 0 && add->ret_key != message->wording.key)
        room_wording_stamp(message->room, &message->wording, add->ret_key);
    room_message_committed(call, worker);
}

struct store_archive_add *
room_archive_call(struct room_message *message)
{
    const struct room *room = message->room;
    struct store_archive_add *add =
        STORE_CALL(archive_add, ARCHIVE_ADD, &room->entity.worker->mailbox, added, message);

    add->owner =
        (struct archive_owner){ ARCHIVE_OF_ROOM, store_keep(&add->call, room->entity.jid.bare) };
    add->message = (struct store_archive_message){
        .key = message->wording.key,
        .stored_us = message->stored_us,
        .contact = add->owner.name,
        .is_shown = message->lasting,
        .xml = store_keep(&add->call, block_str(message->wording.text)),
    };
    return add;
}

void
room_archive_message(struct room_message *message, const struct occupant *sender)
{
    const struct stanza *origin = message->origin;
    struct store *store = message->room->entity.worker->server->store;
    struct store_archive_add *add = room_archive_call(message);

    add->message.contact = store_keep(&add->call, origin->from.bare);
    add->message.resource = store_keep(&add->call, origin->from.resource);
    add->message.nick = store_keep(&add->call, sender->jid.resource);
    origin_fill(add, origin);
    retraction_fill(add, store, origin, message->stored_us);
    message->retracts = add->retraction.key;
    room_queue_commit(message, &add->call);
}

/* ---- out of it, for those who enter ---- */

void
room_archive_recall(struct room *room, const struct store_archive_message *message)
{
    struct room_wording wording = { .text = block_new(message->xml) };

    room_wording_stamp(room, &wording, message->key);
    history_add(&room->history,
                &(const struct history_message){
                    .key = message->key,
                    .stored_us = message->stored_us,
                    .author = message->contact,
                    .xml = block_str(wording.wire.block),
                },
                room->entity.jid.bare);
    room_wording_fini(&wording);
}

/* ---- out of it, for those who ask ---- */

static const struct room *
room_at(const struct entity *entity)
{
    return CONTAINER_OF((struct entity *)(uintptr_t)entity, struct room, entity);
}

static struct archive_owner
owner_of(const struct entity *entity)
{
    return (struct archive_owner){ ARCHIVE_OF_ROOM, entity->jid.bare };
}

static unsigned *
asked_of(struct entity *entity)
{
    return &room_of(entity)->archive_asked;
}

/* May they know who is behind a nickname? */
static bool
sees_jids(const struct room *room, const struct stanza *request)
{
    const struct occupant_session *session = occupant_session_find(room, request->from.full);

    return !room_is_anonymous(room) ||
           room_affiliation(room, request->from.bare) >= AFFILIATION_ADMIN ||
           (session && room_shows_jids_to(room, session->occupant));
}

/* XEP-0313 4.1.1: the publisher by real address only for those who may know it. */
static int
narrow(const struct entity *entity,
       const struct stanza *request,
       struct jid with,
       struct store_archive_page *page)
{
    if (jid_bare_equal(with, entity->jid)) {
        page->nick = store_keep(&page->call, with.resource);
        return 0;
    }
    if (!sees_jids(room_at(entity), request))
        return E_FORBIDDEN;
    page->contact = store_keep(&page->call, with.bare);
    page->resource = store_keep(&page->call, with.resource);
    return 0;
}

static void
send_one(struct entity *entity, const struct stanza *request, const struct stanza_wire *wire)
{
    const struct fanout_recipient recipient = { .to = request->from };

    router_fanout(entity->worker, wire, STANZA_MESSAGE, &recipient, 1);
}

/* XEP-0313 6.2: who it was; what clients had said of it was taken out before. */
static void
add_publisher(const struct entity *entity,
              const struct stanza *request,
              const struct store_archive_message *message,
              struct buffer *out)
{
    const struct room *room = room_at(entity);
    const enum affiliation affiliation = room_affiliation(room, message->contact);

    /* What the room itself said has no publisher. */
    if (!sees_jids(room, request) || str_equal(message->contact, entity->jid.bare))
        return;
    buffer_append(out, STR("<x"));
    xml_write_attribute(out, STR("xmlns"), NS_MUC_USER);
    buffer_append(out, STR("><item"));
    xml_write_attribute(out, STR("affiliation"), str_from(affiliation_text(affiliation)));
    buffer_append(out, STR(" jid='"));
    xml_escape_attribute(out, message->contact);
    if (message->resource.len > 0)
        buffer_append_char(out, '/');
    xml_escape_attribute(out, message->resource);
    buffer_append(out, STR("'/></x>"));
}

static const struct archive_host host = {
    .owner = owner_of,
    .asked = asked_of,
    .narrow = narrow,
    .send = send_one,
    .add = add_publisher,
};

/* 6.2: as one may enter at this moment. */
static bool
may_ask(const struct room *room, const struct stanza *request)
{
    const enum affiliation affiliation = room_affiliation(room, request->from.bare);

    if (affiliation == AFFILIATION_OUTCAST)
        return false;
    if (affiliation >= AFFILIATION_MEMBER || occupant_session_find(room, request->from.full))
        return true;
    return !room->config.members_only && !room->config.password_protected;
}

static void
handle(struct worker *worker, struct entity *entity, struct stanza *request)
{
    const struct room *room = room_of(entity);

    if (!room_is_archived(room))
        router_reply_condition(worker, request, "service-unavailable", STR_EMPTY);
    else if (!may_ask(room, request))
        router_reply_error(worker, request, E_FORBIDDEN);
    else if (str_is(stanza_payload(request)->name, "metadata"))
        archive_answer_metadata(&host, entity, request);
    else if (request->type == TYPE_GET)
        archive_answer_form(entity, request);
    else
        archive_answer_query(&host, entity, request);
}

static const struct iq_handler iqs[] = {
    { .ns = STR_INIT("urn:xmpp:mam:2"),
      .name = "query",
      .get = true,
      .set = true,
      .handle = handle },
    { .ns = STR_INIT("urn:xmpp:mam:2"), .name = "metadata", .get = true, .handle = handle },
    { .ns = { NULL, 0 } },
};

static void
describe(const struct room *room, struct arena *arena, struct element *query)
{
    static const char *const features[] = {
        "urn:xmpp:mam:2",
        "urn:xmpp:mam:2#extended",
        "urn:xmpp:mam:2#groupchat-field",
        "urn:xmpp:fulltext:0",
        "urn:xmpp:message-retract:1#tombstone",
    };

    for (size_t i = 0; i < ARRAY_LEN(features) && room_is_archived(room); i++) {
        struct element *feature = element_add(arena, query, NS_DISCO_INFO, STR("feature"));

        if (feature)
            element_set(arena, feature, STR("var"), str_from(features[i]));
    }
}

static const char *const disco[] = { "urn:xmpp:message-retract:1", NULL };

const struct room_feature xep0313_archive_feature = {
    .base = { .name = "xep0313_archive", .disco = disco, .iqs = iqs, .is_on = is_on },
    .describe = describe,
};
