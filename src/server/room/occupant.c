/* occupant.c - see occupant.h */
#include "server/room/occupant.h"

#include "base/memory.h"
#include "server/core/session.h"
#include "server/room/occupant_id.h"
#include "server/room/room.h"
#include "xmpp/nickname.h"

#include <assert.h>
#include <stdlib.h>

enum {
    ACTS_PER_SECOND = 2,
    ACTS_BURST = 20,
    WORDS_PER_SECOND = 10,
    WORDS_BURST = 60,
    GUEST_WORDS_PER_SECOND = 1,
    GUEST_WORDS_BURST = 5
};

/* RFC 8266 2.1: a nickname has no space at its ends and no two in a row. */
static bool
has_stray_spaces(struct str nick)
{
    if (str_trim(nick).len != nick.len || nickname_has_blank_end(nick))
        return true;
    for (size_t i = 1; i < nick.len; i++)
        if (nick.data[i - 1] == ' ' && nick.data[i] == ' ')
            return true;
    return false;
}

const char *
nick_refused(struct str nick)
{
    struct arena scratch;
    struct str key;

    /* XEP-0045 17.1.1: never empty or invisible. Preparation has turned every space into U+0020
     * and refused what cannot be seen otherwise. */
    if (str_trim(nick).len == 0)
        return "jid-malformed";
    if (nick.len > NICK_BYTES_MAX || has_stray_spaces(nick))
        return "not-acceptable";
    arena_init(&scratch, JID_TEXT_MAX);
    const bool has_key = nickname_key(&scratch, nick, &key) == 0;
    arena_fini(&scratch);
    return has_key ? NULL : "not-acceptable";
}

static void
set_jid(struct occupant *occupant, struct jid occupant_jid)
{
    struct str key;

    arena_init(&occupant->arena, JID_TEXT_MAX * 3);
    occupant->jid = jid_dup(&occupant->arena, occupant_jid);
    assert(jid_is_set(occupant->jid));
    int r = nickname_key(&occupant->arena, occupant->jid.resource, &key);
    assert(r == 0); /* nick_refused() has seen it */
    map_put(&occupant->room->occupants_by_nick, key, &occupant->node);
}

static int64_t
now_us(const struct room *room)
{
    return loop_now_us(room->entity.worker->loop);
}

static bool
is_guest(const struct room *room, struct str bare)
{
    const struct str domain = room->entity.worker->server->domain;

    return str_starts_with(bare, STR(SESSION_GUEST_PREFIX)) && str_ends_with(bare, domain) &&
           bare.len > domain.len && bare.data[bare.len - domain.len - 1] == '@';
}

/* Anybody may be a guest, and again when they have been turned out. */
static void
init_words(struct occupant *occupant)
{
    const struct room *room = occupant->room;

    if (is_guest(room, str_from(occupant->real_bare)))
        rate_limit_init(&occupant->words, GUEST_WORDS_PER_SECOND, GUEST_WORDS_BURST, now_us(room));
    else
        rate_limit_init(&occupant->words, WORDS_PER_SECOND, WORDS_BURST, now_us(room));
}

struct occupant *
occupant_add(struct room *room, struct jid occupant_jid, struct str real_bare)
{
    struct occupant *occupant = memory_new(1, sizeof(*occupant));

    occupant->room = room;
    set_jid(occupant, occupant_jid);
    occupant->real_bare = str_dup(real_bare);
    occupant->id = occupant_id_make(str_from(room->config.secret), real_bare);
    occupant->affiliation = room_affiliation(room, real_bare);
    occupant->role = role_default(occupant->affiliation, room->config.moderated);
    rate_limit_init(&occupant->acts, ACTS_PER_SECOND, ACTS_BURST, now_us(room));
    init_words(occupant);
    list_init(&occupant->sessions);
    list_append(&room->occupants, &occupant->link);
    if (room->occupant_count++ == 0)
        entity_pin(&room->entity);
    return occupant;
}

void
occupant_free(struct occupant *occupant)
{
    struct room *room = occupant->room;

    LIST_FOREACH (&occupant->sessions, link)
        occupant_session_free(occupant_session_of(link));
    map_remove(&room->occupants_by_nick, &occupant->node);
    list_remove(&occupant->link);
    for (size_t i = 0; i < VIEW_COUNT; i++)
        block_unref(occupant->plain[i].block);
    free(occupant->real_bare);
    free(occupant->id);
    arena_fini(&occupant->arena);
    free(occupant);
    room->occupant_count--;
}

struct occupant *
occupant_holding(const struct room *room, struct str nick)
{
    struct map_node *node = NULL;
    struct arena scratch;
    struct str key;

    arena_init(&scratch, JID_TEXT_MAX);
    if (nickname_key(&scratch, nick, &key) == 0)
        node = map_get(&room->occupants_by_nick, key);
    arena_fini(&scratch);
    return node ? CONTAINER_OF(node, struct occupant, node) : NULL;
}

struct occupant *
occupant_find(const struct room *room, struct str nick)
{
    struct occupant *occupant = occupant_holding(room, nick);

    return occupant && str_equal(occupant->jid.resource, nick) ? occupant : NULL;
}

void
occupant_rename(struct occupant *occupant, struct jid occupant_jid)
{
    struct arena old = occupant->arena;

    map_remove(&occupant->room->occupants_by_nick, &occupant->node);
    set_jid(occupant, occupant_jid);
    arena_fini(&old);
}

static bool
is_free(const struct room *room, struct rate_limit *limit)
{
    if (!room_limits(room)->limits)
        return true;
    if (rate_limit_take(limit, 0, now_us(room)) > 0)
        return false;
    rate_limit_take(limit, 1, now_us(room));
    return true;
}

bool
occupant_may_act(struct occupant *occupant)
{
    return is_free(occupant->room, &occupant->acts);
}

bool
occupant_may_speak(struct occupant *occupant)
{
    return occupant->role == ROLE_MODERATOR || is_free(occupant->room, &occupant->words);
}

struct standing
occupant_standing(const struct occupant *occupant)
{
    return (struct standing){ .affiliation = occupant->affiliation, .role = occupant->role };
}

struct occupant_session *
occupant_add_session(struct occupant *occupant, struct stanza *presence)
{
    struct occupant_session *session = memory_new(1, sizeof(*session));

    session->occupant = occupant;
    session->number = ++occupant->room->session_numbers;
    session->presence = stanza_ref(presence);
    arena_init(&session->arena, JID_TEXT_MAX * 2);
    session->real = jid_dup(&session->arena, presence->from);
    assert(jid_is_set(session->real));
    list_append(&occupant->sessions, &session->link);
    map_put(&occupant->room->sessions, session->real.full, &session->node);
    return session;
}

void
occupant_session_free(struct occupant_session *session)
{
    map_remove(&session->occupant->room->sessions, &session->node);
    list_remove(&session->link);
    stanza_unref(session->presence);
    arena_fini(&session->arena);
    free(session);
}

struct occupant_session *
occupant_session_find(const struct room *room, struct str full)
{
    struct map_node *node = map_get(&room->sessions, full);

    return node ? CONTAINER_OF(node, struct occupant_session, node) : NULL;
}

void
occupant_session_show(struct occupant_session *session, struct stanza *presence)
{
    stanza_ref(presence);
    stanza_unref(session->presence);
    session->presence = presence;
    list_remove(&session->link);
    list_append(&session->occupant->sessions, &session->link);
}

struct occupant_session *
occupant_shown(const struct occupant *occupant)
{
    assert(!list_is_empty(&occupant->sessions));
    return occupant_session_of(occupant->sessions.prev);
}
