/* xep0425_moderation.c - a moderator takes back what somebody has said (XEP-0425). */
#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include "server/room/feature_list.h"
#include "server/room/room_archive.h"
#include "server/room/room_feature.h"
#include "xmpp/ns.h"
#include "xmpp/xml_writer.h"

#define MESSAGE_ID_BYTES 25 /* with its NUL */
#define TOMBSTONE_MAX    ((size_t)256 * 1024)

/* What is to be done, by whom. */
struct moderation {
    const struct occupant *moderator;
    struct str id; /* of the message */
    int64_t key;
    struct str reason; /* may be empty */
};

/* 4.1, 5: who and why, in <retract/> or <retracted/>. */
static void
add_moderated(const struct moderation *moderation, struct arena *arena, struct element *parent)
{
    struct element *moderated = element_add(arena, parent, NS_MODERATE, STR("moderated"));

    if (!moderated)
        return;
    element_set(arena, moderated, STR("by"), moderation->moderator->jid.full);
    struct element *id = element_add(arena, moderated, NS_OCCUPANT_ID, STR("occupant-id"));
    if (id)
        element_set(arena, id, STR("id"), str_from(moderation->moderator->id));
    if (moderation->reason.len > 0)
        element_add_with_text(arena, parent, NS_RETRACT, STR("reason"), moderation->reason);
}

/* What everybody is told, from the room itself. */
static bool
write_announcement(const struct moderation *moderation,
                   char id[MESSAGE_ID_BYTES],
                   struct room_wording *ret)
{
    struct room *room = moderation->moderator->room;
    struct stanza *out = stanza_new_message(STR("groupchat"), (struct jid){ 0 });

    if (!out)
        return false;
    random_token(id, MESSAGE_ID_BYTES);
    stanza_set_from(out, room->entity.jid);
    stanza_set_id(out, str_from(id));
    struct element *retract = element_add(&out->arena, out->root, NS_RETRACT, STR("retract"));
    if (retract)
        element_set(&out->arena, retract, STR("id"), moderation->id);
    add_moderated(moderation, &out->arena, retract);
    return room_wording_write(room, out, ret) == 0;
}

/* 5, and XEP-0424 4: it names the announcement, and when. */
static struct str
write_tombstone(const struct moderation *moderation, struct str id, struct store_call *call)
{
    char stamp[CLOCK_TEXT_BYTES];
    struct arena arena;
    struct buffer text;

    arena_init(&arena, STANZA_ARENA_DEFAULT);
    buffer_init(&text, TOMBSTONE_MAX);
    clock_format(clock_wall_us(), stamp);
    struct element *retracted = element_new(&arena, NS_RETRACT, STR("retracted"));
    element_set(&arena, retracted, STR("id"), id);
    element_set(&arena, retracted, STR("stamp"), str_from(stamp));
    add_moderated(moderation, &arena, retracted);
    if (!arena_is_full(&arena))
        xml_write(&text, retracted, NS_CLIENT);
    const struct str kept = store_keep(call, buffer_str(&text));
    buffer_fini(&text);
    arena_fini(&arena);
    return kept;
}

static void
moderate(const struct moderation *moderation, struct stanza *request)
{
    struct room *room = moderation->moderator->room;
    char id[MESSAGE_ID_BYTES];
    struct room_wording wording;

    if (!write_announcement(moderation, id, &wording)) {
        room_refuse(room, request, "policy-violation");
        return;
    }
    struct room_message *message = room_message_new(room, request, wording);
    if (!message)
        return;
    message->retracts = moderation->key;
    message->moderates = true;
    message->confirms = true;
    if (!room_is_archived(room)) {
        room_queue_pass(message);
        return;
    }
    struct store_archive_add *add = room_archive_call(message);
    add->retraction = (struct store_archive_retraction){
        .tombstone = write_tombstone(moderation, str_from(id), &add->call),
        .key = moderation->key,
        .is_moderation = true,
    };
    room_queue_commit(message, &add->call);
}

static const char *
fault_of(const struct room *room, const struct stanza *request, struct moderation *ret)
{
    const struct element *payload = stanza_payload(request);
    const struct occupant_session *session = occupant_session_find(room, request->from.full);

    if (!session || session->occupant->role < ROLE_MODERATOR)
        return "forbidden";
    ret->moderator = session->occupant;
    ret->id = element_get(payload, STR("id"));
    if (ret->id.len == 0 || !element_child(payload, NS_RETRACT, STR("retract")))
        return "bad-request";
    if (store_archive_key_of(room->entity.worker->server->store, ret->id, &ret->key) < 0)
        return "item-not-found";
    /* Without an archive nothing else is known of old messages. */
    if (!room_is_archived(room) && !history_has(&room->history, ret->key))
        return "item-not-found";
    return NULL;
}

static void
handle(struct worker *worker, struct entity *entity, struct stanza *request)
{
    struct room *room = room_of(entity);
    struct moderation moderation;
    struct arena scratch;

    (void)worker;
    const char *fault = fault_of(room, request, &moderation);
    if (fault) {
        room_refuse(room, request, fault);
        return;
    }
    arena_init(&scratch, STANZA_ARENA_DEFAULT);
    moderation.reason =
        element_child_text(&scratch, stanza_payload(request), NS_MODERATE, STR("reason"));
    moderate(&moderation, request);
    arena_fini(&scratch);
}

static const struct iq_handler iqs[] = {
    { .ns = STR_INIT("urn:xmpp:message-moderate:1"),
      .name = "moderate",
      .set = true,
      .handle = handle },
    { .ns = { NULL, 0 } },
};

static const char *const disco[] = { "urn:xmpp:message-moderate:1", NULL };

const struct room_feature xep0425_moderation_feature = {
    .base = { .name = "xep0425_moderation", .disco = disco, .iqs = iqs },
};
