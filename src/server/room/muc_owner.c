/* muc_owner.c - making, configuring and destroying a room (XEP-0045 10) */
#include "base/error.h"
#include "server/room/feature_list.h"
#include "server/room/muc_leave.h"
#include "server/room/muc_moderate.h"
#include "server/room/room_feature.h"
#include "server/room/room_send.h"
#include "server/room/room_store.h"
#include "xmpp/ns.h"

/* ---- destroying (10.9) ---- */

/* Each occupant is told of their own end, not of the others'. */
static void
turn_out(struct room *room, const struct element *destroy)
{
    const struct presence_note note = { .leaving = true, .destroy = destroy };

    LIST_FOREACH (&room->occupants, link) {
        struct occupant *occupant = occupant_of(link);

        occupant->affiliation = AFFILIATION_NONE;
        LIST_FOREACH (&occupant->sessions, session)
            presence_to_self(occupant_session_of(session), &note);
        occupant_free(occupant);
    }
}

/* <destroy/> as the occupants get it. */
static struct element *
announcement(struct arena *arena, const struct element *wanted)
{
    struct element *destroy = element_new(arena, NS_MUC_USER, STR("destroy"));
    struct jid venue;

    if (!destroy || !wanted)
        return destroy;
    if (jid_parse(arena, element_get(wanted, STR("jid")), &venue) == 0)
        element_set(arena, destroy, STR("jid"), venue.bare);
    const struct str reason = element_child_text(arena, wanted, NS_MUC_OWNER, STR("reason"));
    const struct str password = element_child_text(arena, wanted, NS_MUC_OWNER, STR("password"));
    if (password.len > 0)
        element_add_with_text(arena, destroy, NS_MUC_USER, STR("password"), password);
    if (reason.len > 0)
        element_add_with_text(arena, destroy, NS_MUC_USER, STR("reason"), reason);
    return destroy;
}

static void
destroy_room(struct room *room, struct stanza *request, const struct element *wanted)
{
    struct room_commit *commit = room_commit_new(room, request);
    const bool had_occupants = room->occupant_count > 0;
    struct arena scratch;

    arena_init(&scratch, STANZA_ARENA_DEFAULT);
    turn_out(room, announcement(&scratch, wanted));
    arena_fini(&scratch);
    room_commit_remove(commit);
    room_forget(room);
    if (had_occupants)
        room_emptied(room);
    room_commit_end(commit);
}

/* ---- configuring (10.1, 10.2) ---- */

/* 10.2.1: those who are in the room hear what has changed. */
static void
announce_change(struct room *room, const struct room_config *before)
{
    struct stanza *out = stanza_new_message(STR("groupchat"), (struct jid){ 0 });
    struct stanza_wire wire;
    int code = STATUS_CONFIG_CHANGED;

    if (!out)
        return;
    if (before->whois != room->config.whois)
        code = room_is_anonymous(room) ? STATUS_NOW_SEMI_ANONYMOUS : STATUS_NOW_NON_ANONYMOUS;
    stanza_set_from(out, room->entity.jid);
    struct element *x = element_add(&out->arena, out->root, NS_MUC_USER, STR("x"));
    presence_add_status(&out->arena, x, code);
    if (code != STATUS_CONFIG_CHANGED)
        presence_add_status(&out->arena, x, STATUS_CONFIG_CHANGED);
    if (room_write(out, &wire) < 0)
        return;
    room_send_all(room, &wire, STANZA_MESSAGE, AUDIENCE_ALL, NULL);
    block_unref(wire.block);
}

/* What changes in the store: kept from now on, kept no longer, or kept differently. */
static void
store_change(struct room *room, struct room_commit *commit)
{
    const bool was_stored = room->stored;

    if (!room->config.persistent) {
        room_commit_remove(commit);
        return;
    }
    room_commit_save(commit);
    if (!was_stored)
        room_commit_all_affiliations(commit);
}

static void
configure(struct room *room, struct stanza *request, const struct element *form)
{
    const struct room_config before = room->config;
    struct arena scratch;

    arena_init(&scratch, STANZA_ARENA_DEFAULT);
    const int r = room_config_submit(&room->config, &scratch, form);
    arena_fini(&scratch);
    if (r < 0) {
        room_refuse(room, request, "not-acceptable");
        return;
    }
    if (room->config.history > room_limits(room)->room_history)
        room->config.history = room_limits(room)->room_history;
    const bool was_open = room->state == ROOM_OPEN;
    room->state = ROOM_OPEN;
    history_set_max(&room->history, room->config.history);

    struct room_commit *commit = room_commit_new(room, request);
    store_change(room, commit);
    if (was_open)
        announce_change(room, &before);
    if (room->config.members_only && !before.members_only)
        muc_remove_non_members(room);
    room_commit_end(commit);
}

/* 10.1.3: a new room that is not wanted goes; an old one stays as it is. */
static void
cancel(struct room *room, struct stanza *request)
{
    if (room->state == ROOM_LOCKED)
        destroy_room(room, request, NULL);
    else
        room_confirm(room, request);
}

static bool
refuse_stranger(struct room *room, const struct stanza *request)
{
    if (room_affiliation(room, request->from.bare) == AFFILIATION_OWNER)
        return false;
    room_refuse(room, request, "forbidden");
    return true;
}

static void
handle_set(struct worker *worker, struct entity *entity, struct stanza *request)
{
    struct room *room = room_of(entity);
    const struct element *query = stanza_payload(request);
    const struct element *destroy = element_child(query, NS_MUC_OWNER, STR("destroy"));
    const struct element *form = element_child(query, NS_DATA_FORM, STR("x"));
    const struct str type = element_get(form, STR("type"));

    (void)worker;
    if (refuse_stranger(room, request))
        return;
    if (destroy)
        destroy_room(room, request, destroy);
    else if (form && str_is(type, "submit"))
        configure(room, request, form);
    else if (form && str_is(type, "cancel"))
        cancel(room, request);
    else
        room_refuse(room, request, "bad-request");
}

static void
handle_get(struct worker *worker, struct entity *entity, struct stanza *request)
{
    struct room *room = room_of(entity);

    if (refuse_stranger(room, request))
        return;
    struct stanza *out = stanza_result(request);
    if (!out)
        return;
    struct element *query = element_add(&out->arena, out->root, NS_MUC_OWNER, STR("query"));
    room_config_form(&room->config, &out->arena, query, room->entity.jid.bare);
    router_route(worker, out);
}

static const struct iq_handler iqs[] = {
    { .ns = STR_INIT("http://jabber.org/protocol/muc#owner"),
      .name = "query",
      .get = true,
      .handle = handle_get },
    { .ns = STR_INIT("http://jabber.org/protocol/muc#owner"),
      .name = "query",
      .set = true,
      .handle = handle_set },
    { .ns = { NULL, 0 } },
};

const struct room_feature muc_owner_feature = {
    .base = { .name = "muc_owner", .iqs = iqs },
};
