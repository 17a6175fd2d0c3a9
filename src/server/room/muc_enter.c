/* muc_enter.c - coming in, and being seen to be in (XEP-0045 7.2, 7.7) */
#include "base/clock.h"
#include "base/error.h"
#include "server/core/session.h"
#include "server/room/feature_list.h"
#include "server/room/lobby.h"
#include "server/room/muc_subject.h"
#include "server/room/nick_claim.h"
#include "server/room/presence.h"
#include "server/room/room_feature.h"
#include "server/room/room_quota.h"
#include "server/room/room_send.h"
#include "xmpp/ns.h"

/* 7.2.9: admins get in when the room is full, this many of them. */
#define ADMINS_BEYOND_MAX 10

/* ---- may they? ---- */

static bool
knows_password(const struct room *room, const struct stanza *stanza)
{
    const struct element *x = stanza_child(stanza, NS_MUC, STR("x"));
    struct arena scratch;

    if (!room->config.password_protected)
        return true;
    arena_init(&scratch, STANZA_ARENA_DEFAULT);
    const bool knows = str_equal_secret(element_child_text(&scratch, x, NS_MUC, STR("password")),
                                        str_from(room->config.password));
    arena_fini(&scratch);
    return knows;
}

static bool
is_full(const struct room *room, enum affiliation affiliation)
{
    const struct config *limits = room_limits(room);
    size_t max = limits->limits ? limits->max_occupants : SIZE_MAX;

    if (room->config.max_users > 0 && room->config.max_users < max)
        max = room->config.max_users;
    if (affiliation >= AFFILIATION_ADMIN && max < SIZE_MAX)
        max += ADMINS_BEYOND_MAX;
    return room->occupant_count >= max;
}

/* 7.2.8: several clients of one user may be there under one name, written in one way. */
static struct occupant *
find_own(const struct room *room, const struct stanza *stanza)
{
    struct occupant *present = occupant_find(room, stanza->to.resource);

    return present && str_is(stanza->from.bare, present->real_bare) ? present : NULL;
}

static const char *
entry_denied(const struct room *room,
             const struct occupant *own,
             const struct stanza *stanza,
             struct str *ret_text)
{
    const enum affiliation affiliation = room_affiliation(room, stanza->from.bare);

    if (affiliation == AFFILIATION_OUTCAST)
        return "forbidden";
    if (room->state == ROOM_LOCKED && affiliation != AFFILIATION_OWNER)
        return "item-not-found";
    if (room->config.members_only && affiliation < AFFILIATION_MEMBER)
        return "registration-required";
    if (!knows_password(room, stanza))
        return "not-authorized";
    const char *denied = nick_denied(room, stanza, own, ret_text);
    if (denied)
        return denied;
    return !own && is_full(room, affiliation) ? "service-unavailable" : NULL;
}

/* 10.1.1: whoever enters a room that is not there makes it. */
static const char *
create(struct room *room, const struct stanza *stanza)
{
    const struct config *limits = room_limits(room);
    const struct str creator = stanza->from.bare;
    const size_t max = limits->limits ? limits->max_rooms_per_account : SIZE_MAX;

    if (lobby_is(room)) {
        lobby_make(room);
        return NULL;
    }
    if (str_starts_with(creator, STR(SESSION_GUEST_PREFIX)))
        return "not-allowed";
    if (room_quota_take(creator, room->entity.jid.bare, max) < 0)
        return "not-allowed";
    room_create(room, creator);
    return NULL;
}

/* ---- what they are sent (7.1) ---- */

static void
send_history(struct occupant_session *session, const struct stanza *stanza)
{
    struct room *room = session->occupant->room;
    const struct element *x = stanza_child(stanza, NS_MUC, STR("x"));
    const struct history_limits limits =
        history_limits_read(element_child(x, NS_MUC, STR("history")), clock_wall_us());
    struct list *link = history_select(&room->history, limits);

    for (; link != &room->history.items; link = link->next) {
        const struct history_item *item = CONTAINER_OF(link, struct history_item, link);
        room_send_session(room, &item->wire, STANZA_MESSAGE, session);
    }
}

/* Others' presence, their own (also to the others), history, subject. */
static void
welcome(struct occupant_session *session, const struct stanza *stanza, bool is_created)
{
    struct occupant *occupant = session->occupant;
    struct room *room = occupant->room;
    struct presence_note note = { .id = stanza->id };
    size_t codes = 0;

    if (!room_is_anonymous(room))
        note.self_codes[codes++] = STATUS_NON_ANONYMOUS;
    if (is_created)
        note.self_codes[codes++] = STATUS_CREATED;
    presence_of_others(session);
    presence_to_others(occupant, &(const struct presence_note){ 0 });
    LIST_FOREACH (&occupant->sessions, link)
        if (occupant_session_of(link) != session)
            presence_to_self(occupant_session_of(link), &(const struct presence_note){ 0 });
    presence_to_self(session, &note);
    send_history(session, stanza);
    muc_subject_send(session);
}

static void
enter(struct room *room, struct stanza *stanza)
{
    const bool is_created = room->state == ROOM_ABSENT;
    const char *denied = nick_refused(stanza->to.resource);
    struct str text = STR_EMPTY;

    if (!denied && is_created)
        denied = create(room, stanza);
    struct occupant *occupant = find_own(room, stanza);
    if (!denied)
        denied = entry_denied(room, occupant, stanza, &text);
    if (denied) {
        room_refuse_text(room, stanza, denied, text);
        return;
    }
    nick_make_way(room, stanza, occupant);
    if (!occupant)
        occupant = occupant_add(room, stanza->to, stanza->from.bare);
    struct occupant_session *session = occupant_add_session(occupant, stanza);
    presence_changed(occupant);
    log_info(&room->entity.worker->log, "room-joined", "%.*s joined %.*s",
             STR_ARG(stanza->from.full), STR_ARG(occupant->jid.full));
    welcome(session, stanza, is_created && room->state == ROOM_LOCKED);
}

/* ---- who is in already, and who only thinks so ---- */

static void
update(struct occupant_session *session, struct stanza *stanza)
{
    struct occupant *occupant = session->occupant;
    struct room *room = occupant->room;

    if (!occupant_may_act(occupant)) {
        room_refuse(room, stanza, "policy-violation");
        return;
    }
    occupant_session_show(session, stanza);
    presence_changed(occupant);
    /* 7.2.1: who enters again has lost track and is told everything. */
    if (stanza_child(stanza, NS_MUC, STR("x")))
        welcome(session, stanza, false);
    else
        presence_broadcast(occupant, &(const struct presence_note){ .id = stanza->id });
}

/* 7.2.17: a presence from somebody who is not in the room, but believes so, is answered with a kick
 * that says so. */
static void
disabuse(struct room *room, const struct stanza *stanza)
{
    struct stanza *kick = stanza_new_presence(STR("unavailable"), stanza->from);

    if (!kick)
        return;
    stanza_set_from(kick, stanza->to);
    stanza_set_id(kick, stanza->id);
    struct element *x = element_add(&kick->arena, kick->root, NS_MUC_USER, STR("x"));
    struct element *item = element_add(&kick->arena, x, NS_MUC_USER, STR("item"));
    if (item) {
        element_set(&kick->arena, item, STR("affiliation"), STR("none"));
        element_set(&kick->arena, item, STR("role"), STR("none"));
    }
    presence_add_status(&kick->arena, x, STATUS_SELF);
    presence_add_status(&kick->arena, x, STATUS_KICKED);
    presence_add_status(&kick->arena, x, STATUS_TECHNICAL);

    const struct fanout_recipient recipient = { .to = stanza->from };
    struct stanza_wire wire;
    if (room_write(kick, &wire) < 0)
        return;
    router_fanout(room->entity.worker, &wire, STANZA_PRESENCE, &recipient, 1);
    block_unref(wire.block);
}

static bool
presence(struct room *room, struct stanza *stanza)
{
    struct occupant_session *session = occupant_session_find(room, stanza->from.full);
    const bool is_join = stanza_child(stanza, NS_MUC, STR("x")) != NULL;

    if (stanza->to.resource.len == 0) {
        if (is_join)
            room_refuse(room, stanza, "jid-malformed");
    } else if (session) {
        update(session, stanza);
    } else if (is_join) {
        enter(room, stanza);
    } else {
        disabuse(room, stanza);
    }
    return true;
}

static const char *const disco[] = { "http://jabber.org/protocol/muc", NULL };

const struct room_feature muc_enter_feature = {
    .base = { .name = "muc_enter", .disco = disco },
    .presence = presence,
};
