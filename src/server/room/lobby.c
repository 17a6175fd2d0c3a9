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

/* What makes no localpart is no account's name. */
static void
add_name(struct arena *arena, struct str key, struct lobby_names *names)
{
    struct str name;

    if (jid_prepare_local(arena, key, &name) < 0)
        return;
    for (size_t i = 0; i < names->count; i++)
        if (str_equal(names->names[i], name))
            return;
    names->names[names->count++] = name;
}

/* The name itself first, then what it looks like. */
static void
find_names(struct arena *arena, struct str nick, struct lobby_names *ret)
{
    struct str key;

    ret->count = 0;
    if (nick.len == 0 || nickname_key(arena, nick, &key) < 0)
        return;
    add_name(arena, key, ret);
    if (nickname_look_key(arena, nick, LOOK_FOREIGN, &key) == 0)
        add_name(arena, key, ret);
    if (nickname_look_key(arena, nick, LOOK_ALL, &key) == 0)
        add_name(arena, key, ret);
}

/* The name of the sender's account, empty when they have none here. */
static struct str
account_name(const struct room *room, struct jid from)
{
    const bool has_account = str_equal(from.domain, room->entity.worker->server->domain) &&
                             !str_starts_with(from.local, STR(SESSION_GUEST_PREFIX));

    return has_account ? from.local : STR_EMPTY;
}

enum nick_owner
lobby_nick_owner(const struct room *room,
                 const struct stanza *stanza,
                 struct arena *arena,
                 struct lobby_names *ret_names)
{
    const struct str own = account_name(room, stanza->from);
    size_t others = 0;

    if (!lobby_is(room) || stanza->kind != STANZA_PRESENCE || stanza->type != TYPE_NONE)
        return NICK_FREE;
    find_names(arena, stanza->to.resource, ret_names);
    if (ret_names->count > 0 && str_equal(own, ret_names->names[0]))
        return NICK_OWN;
    /* What looks like one's own name is nobody else's for that. */
    for (size_t i = 0; i < ret_names->count; i++)
        if (!str_equal(own, ret_names->names[i]))
            ret_names->names[others++] = ret_names->names[i];
    ret_names->count = others;
    return others > 0 ? NICK_UNKNOWN : NICK_FREE;
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
