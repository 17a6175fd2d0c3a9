/* room.c - see room.h */
#include "server/room/room.h"

#include "base/error.h"
#include "base/memory.h"
#include "server/core/command.h"
#include "server/room/lobby.h"
#include "server/room/room_feature.h"
#include "server/room/room_queue.h"
#include "server/room/room_quota.h"
#include "server/room/room_store.h"
#include "xmpp/ns.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- opening and closing ---- */

/* Asking for rooms that do not exist shall not fill the memory. */
static void
vanish(struct turn_task *task)
{
    struct room *room = CONTAINER_OF(task, struct room, vanish);

    if (room->state == ROOM_ABSENT && room->entity.pins == 0)
        entity_discard(&room->entity);
}

static struct entity *
open_room(struct worker *worker, struct jid bare)
{
    struct room *room = memory_new(1, sizeof(*room));

    entity_init(&room->entity, &room_kind, worker, bare);
    affiliations_init(&room->affiliations);
    list_init(&room->occupants);
    map_init(&room->occupants_by_nick);
    map_init(&room->sessions);
    list_init(&room->awaiting);
    list_init(&room->deferred);
    history_init(&room->history, worker->server->config->room_history);
    room_set_subject(room, STR_EMPTY, STR_EMPTY, 0);
    turn_task_init(&room->vanish, vanish);
    room_store_load(room);
    return &room->entity;
}

static void
close_room(struct entity *entity)
{
    struct room *room = room_of(entity);

    room_queue_clear(room);
    LIST_FOREACH (&room->occupants, link)
        occupant_free(occupant_of(link));
    affiliations_clear(&room->affiliations);
    history_clear(&room->history);
    map_fini(&room->occupants_by_nick);
    map_fini(&room->sessions);
    free(room->subject.text);
    free(room->subject.nick);
    free(room->audience);
    loop_turn_task_cancel(&room->vanish);
    free(room);
}

/* ---- what it is ---- */

void
room_create(struct room *room, struct str owner)
{
    assert(room->state == ROOM_ABSENT);
    room_config_init(&room->config, room_limits(room)->room_history);
    history_set_max(&room->history, room->config.history);
    if (owner.len > 0) {
        snprintf(room->config.creator, sizeof(room->config.creator), "%.*s", STR_ARG(owner));
        /* The table is empty. */
        const int r = affiliations_set(&room->affiliations, owner, AFFILIATION_OWNER, STR_EMPTY);
        assert(r == 0);
        (void)r;
    }
    room->state = ROOM_LOCKED;
    log_info(&room->entity.worker->log, "room-created", "%.*s by %.*s",
             STR_ARG(room->entity.jid.bare), STR_ARG(owner.len > 0 ? owner : STR("the server")));
}

void
room_forget(struct room *room)
{
    assert(room->occupant_count == 0);
    log_info(&room->entity.worker->log, "room-destroyed", "%.*s", STR_ARG(room->entity.jid.bare));
    room_quota_release(room->entity.jid.bare);
    affiliations_clear(&room->affiliations);
    history_clear(&room->history);
    room_set_subject(room, STR_EMPTY, STR_EMPTY, 0);
    memset(&room->config, 0, sizeof(room->config));
    room->state = ROOM_ABSENT;
}

enum affiliation
room_affiliation(const struct room *room, struct str bare)
{
    if (command_is_admin(room->entity.worker->server, bare))
        return AFFILIATION_OWNER;
    return affiliations_get(&room->affiliations, bare);
}

size_t
room_owners(const struct room *room)
{
    const bool has_admins = str_trim(str_from(room_limits(room)->admins)).len > 0;

    return affiliations_count(&room->affiliations, AFFILIATION_OWNER) + has_admins;
}

bool
room_is_anonymous(const struct room *room)
{
    return room->config.whois == WHOIS_MODERATORS;
}

bool
room_shows_jids_to(const struct room *room, const struct occupant *viewer)
{
    return !room_is_anonymous(room) || viewer->role == ROLE_MODERATOR;
}

void
room_set_subject(struct room *room, struct str text, struct str nick, int64_t set_us)
{
    const struct room_subject old = room->subject;

    room->subject = (struct room_subject){
        .text = str_dup(text),
        .nick = str_dup(nick),
        .set_us = set_us,
    };
    free(old.text);
    free(old.nick);
}

void
room_emptied(struct room *room)
{
    assert(room->occupant_count == 0);
    /* 10.1.3: a room whose owner left before it was configured has never been. */
    if (room->state == ROOM_LOCKED ||
        (room->state == ROOM_OPEN && !room->config.persistent && !lobby_is(room)))
        room_forget(room);
    entity_unpin(&room->entity);
}

/* ---- answering ---- */

void
room_refuse(struct room *room, const struct stanza *stanza, const char *condition)
{
    room_refuse_text(room, stanza, condition, STR_EMPTY);
}

void
room_refuse_text(struct room *room,
                 const struct stanza *stanza,
                 const char *condition,
                 struct str text)
{
    router_reply_condition(room->entity.worker, stanza, condition, text);
}

void
room_confirm(struct room *room, const struct stanza *request)
{
    struct stanza *result = stanza_result(request);

    if (result)
        router_route(room->entity.worker, result);
}

void
room_forward(struct room *room, struct stanza *origin, struct stanza *stanza)
{
    if (arena_is_full(&stanza->arena)) {
        stanza_unref(stanza);
        room_refuse(room, origin, "policy-violation");
        return;
    }
    router_route(room->entity.worker, stanza);
}

/* ---- receiving ---- */

static void
receive_presence(struct room *room, struct stanza *stanza)
{
    for (size_t i = 0; i < room_feature_count; i++)
        if (room_features[i]->presence && room_features[i]->presence(room, stanza))
            return;
}

static void
receive_message(struct room *room, struct stanza *stanza)
{
    /* 17.2: no such room, or not yet. */
    if (room->state != ROOM_OPEN) {
        room_refuse(room, stanza, "item-not-found");
        return;
    }
    for (size_t i = 0; i < room_feature_count; i++)
        if (room_features[i]->message && room_features[i]->message(room, stanza))
            return;
    room_refuse(room, stanza, "bad-request");
}

static void
receive_occupant_iq(struct room *room, struct stanza *stanza)
{
    for (size_t i = 0; i < room_feature_count; i++)
        if (room_features[i]->occupant_iq && room_features[i]->occupant_iq(room, stanza))
            return;
}

/* 7.2.10: a locked room is there for its owner only. */
static bool
exists_for(const struct room *room, struct str bare)
{
    if (room->state == ROOM_LOCKED)
        return room_affiliation(room, bare) == AFFILIATION_OWNER;
    return room->state == ROOM_OPEN;
}

static void
receive_iq(struct room *room, struct stanza *stanza)
{
    if (stanza->to.resource.len > 0)
        receive_occupant_iq(room, stanza);
    else if (exists_for(room, stanza->from.bare))
        room_features_dispatch_iq(room, stanza);
    else
        room_refuse(room, stanza, "item-not-found");
}

void
room_handle(struct room *room, struct stanza *stanza)
{
    switch (stanza->kind) {
    case STANZA_PRESENCE:
        receive_presence(room, stanza);
        break;
    case STANZA_MESSAGE:
        receive_message(room, stanza);
        break;
    case STANZA_IQ:
        receive_iq(room, stanza);
        break;
    case STANZA_OTHER:
        break;
    }
}

static void
receive(struct entity *entity, struct stanza *stanza)
{
    struct room *room = room_of(entity);

    room_queue_receive(room, stanza);
    if (room->state == ROOM_ABSENT)
        loop_at_turn_end(entity->worker->loop, &room->vanish);
}

const struct entity_kind room_kind = {
    .name = "room",
    .open = open_room,
    .receive = receive,
    .close = close_room,
};
