/* room_queue.c - see room_queue.h */
#include "server/room/room_queue.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "server/core/settlement.h"
#include "server/room/room_send.h"
#include "xmpp/ns.h"

#include <stdlib.h>

/* A stanza that waits for messages before it. */
struct deferred {
    struct list link;
    struct stanza *stanza; /* owned reference; its settlement is held */
};

/* ---- messages ---- */

struct room_message *
room_message_new(struct room *room, struct stanza *origin, struct stanza_wire wire)
{
    if (room->awaiting_count >= ROOM_AWAITING_MAX) {
        room_refuse(room, origin, "resource-constraint");
        block_unref(wire.block);
        return NULL;
    }
    struct room_message *message = memory_new(1, sizeof(*message));
    message->room = room;
    message->origin = stanza_ref(origin);
    message->wire = wire;
    message->stored_us = clock_wall_us();
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
    block_unref(message->wire.block);
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
    room_send_all(room, &message->wire, STANZA_MESSAGE, AUDIENCE_ALL, NULL);
    if (message->lasting)
        history_add(&room->history, block_str(message->wire.block), message->stored_us,
                    room->entity.jid.bare);
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
deferred_free(struct room *room, struct deferred *deferred)
{
    list_remove(&deferred->link);
    room->deferred_count--;
    settlement_release(deferred->stanza);
    stanza_unref(deferred->stanza);
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

static void
defer(struct room *room, struct stanza *stanza)
{
    /* Somebody who leaves is never turned away. */
    if (room->deferred_count >= ROOM_DEFERRED_MAX && stanza->type != TYPE_UNAVAILABLE) {
        room_refuse(room, stanza, "resource-constraint");
        return;
    }
    struct deferred *deferred = memory_new(1, sizeof(*deferred));
    deferred->stanza = stanza_ref(stanza);
    settlement_hold(stanza);
    list_append(&room->deferred, &deferred->link);
    room->deferred_count++;
}

static void
drain(struct room *room)
{
    drain_messages(room);
    while (!list_is_empty(&room->deferred)) {
        struct deferred *deferred = CONTAINER_OF(room->deferred.next, struct deferred, link);
        if (must_wait(room, deferred->stanza))
            return;
        room_handle(room, deferred->stanza);
        deferred_free(room, deferred);
        drain_messages(room);
    }
}

void
room_queue_receive(struct room *room, struct stanza *stanza)
{
    if (!list_is_empty(&room->deferred) || must_wait(room, stanza)) {
        defer(room, stanza);
        return;
    }
    room_handle(room, stanza);
    drain(room);
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
    message->ready = true;
    message->status = call->status;
    if (call->status < 0)
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
    call->done = room_message_committed;
    entity_pin(&room->entity);
    store_submit(room->entity.worker->server->store, call);
}

void
room_queue_clear(struct room *room)
{
    LIST_FOREACH (&room->deferred, link)
        deferred_free(room, CONTAINER_OF(link, struct deferred, link));
    LIST_FOREACH (&room->awaiting, link)
        message_free(CONTAINER_OF(link, struct room_message, link));
}
