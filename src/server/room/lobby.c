/* lobby.c - see lobby.h */
#include "server/room/lobby.h"

#include "base/memory.h"
#include "server/core/session.h"
#include "server/room/room_store.h"
#include "xmpp/nickname.h"

#include <stdio.h>
#include <stdlib.h>

#define LOBBY_LOCAL STR("lobby")

bool
lobby_is(const struct room *room)
{
    return str_equal(room->entity.jid.local, LOBBY_LOCAL);
}

enum nick_owner
lobby_nick_owner(const struct room *room,
                 const struct stanza *stanza,
                 struct arena *arena,
                 struct str *ret_name)
{
    const struct jid from = stanza->from;
    struct str key;

    if (!lobby_is(room) || stanza->kind != STANZA_PRESENCE || stanza->type != TYPE_NONE)
        return NICK_FREE;
    /* What makes no localpart is no account's name. */
    if (stanza->to.resource.len == 0 || nickname_key(arena, stanza->to.resource, &key) < 0 ||
        jid_prepare_local(arena, key, ret_name) < 0)
        return NICK_FREE;
    if (str_equal(from.local, *ret_name) &&
        str_equal(from.domain, room->entity.worker->server->domain) &&
        !str_starts_with(from.local, STR(SESSION_GUEST_PREFIX)))
        return NICK_OWN;
    return NICK_UNKNOWN;
}

void
lobby_make(struct room *room)
{
    room_create(room, STR_EMPTY);
    room->state = ROOM_OPEN;
    room->config.persistent = true;
    room->config.listed = true;
    room->config.whois = WHOIS_ANYONE;
    snprintf(room->config.title, sizeof(room->config.title), "Lobby");

    struct room_commit *commit = room_commit_new(room, NULL);
    room_commit_save(commit);
    room_commit_end(commit);
}

/* Opening it makes it. */
static void
open_lobby(struct letter *letter, void *context)
{
    struct worker *worker = context;
    struct arena scratch;
    struct jid lobby;

    free(letter);
    arena_init(&scratch, JID_TEXT_MAX * 2);
    if (jid_make(&scratch, LOBBY_LOCAL, worker->server->rooms_domain, STR_EMPTY, &lobby) == 0)
        entity_get(worker, &room_kind, lobby);
    arena_fini(&scratch);
}

void
room_ensure_lobby(struct server *server)
{
    struct letter *letter = memory_new(1, sizeof(*letter));
    struct arena scratch;
    struct str bare;

    arena_init(&scratch, JID_TEXT_MAX * 2);
    bare = arena_printf(&scratch, "lobby@%.*s", STR_ARG(server->rooms_domain));
    letter->open = open_lobby;
    worker_post(worker_of(server, bare), letter);
    arena_fini(&scratch);
}
