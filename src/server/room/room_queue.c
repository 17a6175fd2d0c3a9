/* room_queue.c - see room_queue.h */
#include "server/room/room_queue.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "server/archive/stanza_ids.h"
#include "server/core/settlement.h"
#include "server/room/lobby.h"
#include "server/room/room_send.h"
#include "server/store/store_archive.h"
#include "xmpp/ns.h"

#include <stdlib.h>

/* Bytes of a <stanza-id/>, its address escaped. */
#define WORDING_ID_MAX ((size_t)8 * 1024)

/* Of the names that a nickname may be taken for, and what they are made of. */
#define NAMES_ARENA_BYTES ((size_t)JID_TEXT_MAX * 8)

/* A stanza that waits for messages before it, or until it is known whose nickname it wants. */
struct deferred {
    struct list link;
    struct room *room;
    struct stanza *stanza; /* owned reference; its settlement is held */
    enum nick_owner nick_owner;
    bool asking; /* the store's answer is under way */
    struct arena arena;
    struct lobby_names names; /* to ask for; in the arena */
};

/* ---- words ---- */

void
room_wording_fini(struct room_wording *wording)
{
    block_unref(wording->text);
    block_unref(wording->wire.block);
    *wording = (struct room_wording){ 0 };
}

void
room_wording_stamp(const struct room *room, struct room_wording *wording, int64_t key)
{
    const struct str text = block_str(wording->text);
    char id[ARCHIVE_ID_BYTES];
    struct buffer stanza_id, whole;

    store_archive_id(room->entity.worker->server->store, key, id);
    buffer_init(&stanza_id, WORDING_ID_MAX);
    buffer_init(&whole, text.len + WORDING_ID_MAX);
    stanza_ids_write(&stanza_id, room->entity.jid, str_from(id));
    message_text_append(&whole, text, buffer_str(&stanza_id));
    block_unref(wording->wire.block);
    wording->wire.block =
        buffer_len(&whole) > 0 ? block_new(buffer_str(&whole)) : block_ref(wording->text);
    wording->key = key;
    buffer_fini(&whole);
    buffer_fini(&stanza_id);
}

int
room_wording_write(struct room *room, struct stanza *stanza, struct room_wording *ret)
{
    struct store *store = room->entity.worker->server->store;
    struct stanza_wire wire;
    const int r = room_write(stanza, &wire);

    if (r < 0)
        return r;
    *ret = (struct room_wording){ .text = wire.block, .wire.to_offset = wire.to_offset };
    room_wording_stamp(room, ret, store_archive_key(store, clock_wall_us()));
    return 0;
}

/* ---- messages ---- */

struct room_message *
room_message_new(struct room *room, struct stanza *origin, struct room_wording wording)
{
    if (room->awaiting_count >= ROOM_AWAITING_MAX) {
        room_refuse(room, origin, "resource-constraint");
        room_wording_fini(&wording);
        return NULL;
    }
    struct room_message *message = memory_new(1, sizeof(*message));
    message->room = room;
    message->origin = stanza_ref(origin);
    message->wording = wording;
    const int64_t now_us = clock_wall_us();
    message->stored_us = wording.key < now_us ? wording.key : now_us;
    settlement_hold(origin);
    list_append(&room->awaiting, &message->link);
    room->awaiting_count++;
    return message;
}

static void
message_free(struct room_message *message)
{
    list_remove(&message->link);
    message->room->awaiting_count--;
    settlement_release(message->origin);
    stanza_unref(message->origin);
    room_wording_fini(&message->wording);
    if (message->subject) {
        free(message->subject->text);
        free(message->subject->nick);
        free(message->subject);
    }
    free(message);
}

static void
log_message(const struct room_message *message)
{
    const struct room *room = message->room;
    struct arena scratch;

    if (!room_limits(room)->log_messages || !message->lasting)
        return;
    arena_init(&scratch, STANZA_ARENA_DEFAULT);
    const struct str body =
        element_child_text(&scratch, message->origin->root, NS_CLIENT, STR("body"));
    if (body.len > 0)
        log_info(&room->entity.worker->log, "message", "from %.*s to %.*s: %.*s",
                 STR_ARG(message->origin->from.full), STR_ARG(room->entity.jid.bare),
                 STR_ARG(body));
    arena_fini(&scratch);
}

/* 7.4: to everybody, the sender included. */
static void
reflect(struct room_message *message)
{
    struct room *room = message->room;

    if (message->subject)
        room_set_subject(room, str_from(message->subject->text), str_from(message->subject->nick),
                         message->subject->set_us);
    log_message(message);
    room_send_all(room, &message->wording.wire, STANZA_MESSAGE, AUDIENCE_ALL, NULL);
    if (message->retracts > 0)
        (void)history_remove(&room->history, message->retracts,
                             message->moderates ? STR_EMPTY : message->origin->from.bare);
    if (message->lasting)
        history_add(&room->history,
                    &(const struct history_message){
                        .key = message->wording.key,
                        .stored_us = message->stored_us,
                        .author = message->origin->from.bare,
                        .xml = block_str(message->wording.wire.block),
                    },
                    room->entity.jid.bare);
    if (message->confirms)
        room_confirm(room, message->origin);
}

static void
drain_messages(struct room *room)
{
    while (!list_is_empty(&room->awaiting)) {
        struct room_message *message = CONTAINER_OF(room->awaiting.next, struct room_message, link);
        if (!message->ready)
            return;
        if (message->status == 0)
            reflect(message);
        else
            router_reply_error(room->entity.worker, message->origin, message->status);
        message_free(message);
    }
}

/* ---- everything else ---- */

static void
deferred_free(struct deferred *deferred)
{
    list_remove(&deferred->link);
    deferred->room->deferred_count--;
    settlement_release(deferred->stanza);
    stanza_unref(deferred->stanza);
    arena_fini(&deferred->arena);
    free(deferred);
}

/* A groupchat message does not change who is in the room, so it need not wait for its
 * predecessors' commits: many share one. */
static bool
may_join_the_wait(const struct stanza *stanza)
{
    return stanza->kind == STANZA_MESSAGE && stanza->type == TYPE_GROUPCHAT;
}

static bool
must_wait(const struct room *room, const struct stanza *stanza)
{
    return !list_is_empty(&room->awaiting) && !may_join_the_wait(stanza);
}

/* NULL when too much waits already: then the sender has been told. */
static struct deferred *
defer(struct room *room, struct stanza *stanza, enum nick_owner nick_owner)
{
    /* Somebody who leaves is never turned away. */
    if (room->deferred_count >= ROOM_DEFERRED_MAX && stanza->type != TYPE_UNAVAILABLE) {
        room_refuse(room, stanza, "resource-constraint");
        return NULL;
    }
    struct deferred *deferred = memory_new(1, sizeof(*deferred));
    deferred->room = room;
    deferred->nick_owner = nick_owner;
    arena_init(&deferred->arena, NAMES_ARENA_BYTES);
    deferred->stanza = stanza_ref(stanza);
    settlement_hold(stanza);
    list_append(&room->deferred, &deferred->link);
    room->deferred_count++;
    return deferred;
}

static void
handle(struct room *room, struct stanza *stanza, enum nick_owner nick_owner)
{
    room->nick_owner = nick_owner;
    room_handle(room, stanza);
    room->nick_owner = NICK_FREE;
}

static void
drain(struct room *room)
{
    drain_messages(room);
    while (!list_is_empty(&room->deferred)) {
        struct deferred *deferred = CONTAINER_OF(room->deferred.next, struct deferred, link);
        if (deferred->asking || must_wait(room, deferred->stanza))
            return;
        handle(room, deferred->stanza, deferred->nick_owner);
        deferred_free(deferred);
        drain_messages(room);
    }
}

static void ask_next_name(struct deferred *deferred);

static void
nick_owner_answered(struct store_call *call, void *context)
{
    const struct worker *worker = context;
    struct deferred *deferred = call->owner;
    struct room *room = deferred->room;
    const int status = call->status;

    store_call_free(call);
    if (worker->ended) /* which closes the room and frees what waits */
        return;
    if (status == E_NOT_FOUND && deferred->names.count > 0) {
        ask_next_name(deferred);
        entity_unpin(&room->entity);
        return;
    }
    deferred->asking = false;
    if (status == 0)
        deferred->nick_owner = NICK_OTHERS;
    else if (status == E_NOT_FOUND)
        deferred->nick_owner = NICK_FREE;
    drain(room);
    entity_unpin(&room->entity);
}

/* Is there an account of that name? The stanza waits for the answer, and what comes after it. */
static void
ask_next_name(struct deferred *deferred)
{
    struct worker *worker = deferred->room->entity.worker;
    struct store_account_exists *question =
        STORE_CALL(account_exists, ACCOUNT_EXISTS, &worker->mailbox, nick_owner_answered, deferred);

    question->name = store_keep(&question->call, deferred->names.names[--deferred->names.count]);
    deferred->asking = true;
    entity_pin(&deferred->room->entity);
    store_submit(worker->server->store, &question->call);
}

static void
ask_names(struct deferred *deferred, const struct lobby_names *names)
{
    for (size_t i = 0; i < names->count; i++)
        deferred->names.names[i] = arena_dup(&deferred->arena, names->names[i]);
    deferred->names.count = names->count;
    ask_next_name(deferred);
}

void
room_queue_receive(struct room *room, struct stanza *stanza)
{
    struct arena scratch;
    struct lobby_names names = { .count = 0 };

    arena_init(&scratch, NAMES_ARENA_BYTES);
    const enum nick_owner nick_owner = lobby_nick_owner(room, stanza, &scratch, &names);
    if (nick_owner == NICK_UNKNOWN || !list_is_empty(&room->deferred) || must_wait(room, stanza)) {
        struct deferred *deferred = defer(room, stanza, nick_owner);
        if (deferred && nick_owner == NICK_UNKNOWN)
            ask_names(deferred, &names);
    } else {
        handle(room, stanza, nick_owner);
        drain(room);
    }
    arena_fini(&scratch);
}

void
room_queue_pass(struct room_message *message)
{
    /* room_queue_receive or drain, one of which is our caller, sends it. */
    message->ready = true;
}

void
room_message_committed(struct store_call *call, void *worker)
{
    struct room_message *message = call->owner;
    struct room *room = message->room;

    (void)worker;
    message->writes--;
    message->ready = message->writes == 0;
    if (message->status == 0)
        message->status = call->status;
    if (call->status < 0 && call->status != E_NOT_FOUND)
        log_error(&room->entity.worker->log, "store-failed", "a message to %.*s is not stored: %s",
                  STR_ARG(room->entity.jid.bare), error_text(call->status));
    store_call_free(call);
    drain(room);
    entity_unpin(&room->entity);
}

void
room_queue_commit(struct room_message *message, struct store_call *call)
{
    struct room *room = message->room;

    call->owner = message;
    message->writes++;
    entity_pin(&room->entity);
    store_submit(room->entity.worker->server->store, call);
}

void
room_queue_clear(struct room *room)
{
    LIST_FOREACH (&room->deferred, link)
        deferred_free(CONTAINER_OF(link, struct deferred, link));
    LIST_FOREACH (&room->awaiting, link)
        message_free(CONTAINER_OF(link, struct room_message, link));
}
