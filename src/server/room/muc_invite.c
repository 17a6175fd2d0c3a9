/* muc_invite.c - invitations through the room, and answers to them (XEP-0045 7.8.2) */
#include "server/room/muc_invite.h"

#include "base/error.h"
#include "server/room/feature_list.h"
#include "server/room/room_feature.h"
#include "server/room/room_store.h"
#include "xmpp/ns.h"

/* In one message. */
#define INVITES_MAX 10

/* A message from the room with <x><`what` from='...'> and what was inside the original. */
static struct stanza *
build(const struct room *room,
      struct jid to,
      const char *what,
      struct str from,
      const struct element *original)
{
    struct stanza *out = stanza_new_message(STR_EMPTY, to);

    if (!out)
        return NULL;
    stanza_set_from(out, room->entity.jid);
    struct element *x = element_add(&out->arena, out->root, NS_MUC_USER, STR("x"));
    struct element *node = element_add(&out->arena, x, NS_MUC_USER, str_from(what));
    if (!node)
        return out;
    element_set(&out->arena, node, STR("from"), from);
    const struct element *child = element_first_child(original);
    for (; child; child = element_next(child))
        if (str_is(child->name, "reason") || str_is(child->name, "continue"))
            element_append(node, element_dup(&out->arena, child));
    if (str_is(node->name, "invite") && room->config.password_protected)
        element_add_with_text(&out->arena, x, NS_MUC_USER, STR("password"),
                              str_from(room->config.password));
    return out;
}

static void
send_built(struct room *room, struct stanza *out)
{
    if (!out)
        return;
    if (arena_is_full(&out->arena))
        stanza_unref(out);
    else
        router_route(room->entity.worker, out);
}

void
muc_invite_send(struct room *room, struct jid to, struct str from, const struct element *invite)
{
    send_built(room, build(room, to, "invite", from, invite));
}

/* As far as everybody in the room may know them. */
static struct str
known_as(const struct room *room, const struct occupant_session *session)
{
    return room_is_anonymous(room) ? session->occupant->jid.full : session->real.bare;
}

static const char *
invite_denied(struct room *room, struct occupant *occupant)
{
    const enum affiliation least =
        room->config.allow_invites ? AFFILIATION_MEMBER : AFFILIATION_ADMIN;

    if (occupant->role < ROLE_PARTICIPANT)
        return "forbidden";
    if (room->config.members_only && occupant->affiliation < least)
        return "forbidden";
    if (!occupant_may_act(occupant))
        return "policy-violation";
    return NULL;
}

/* 9.5: an invitation into a members-only room makes a member. */
static void
make_member(struct room *room, struct str bare)
{
    if (!room->config.members_only || room_affiliation(room, bare) != AFFILIATION_NONE ||
        affiliations_set(&room->affiliations, bare, AFFILIATION_MEMBER, STR_EMPTY) < 0)
        return;
    struct room_commit *commit = room_commit_new(room, NULL);
    room_commit_affiliation(commit, bare);
    room_commit_end(commit);
}

static void
invite_one(struct room *room,
           const struct occupant_session *from,
           struct stanza *stanza,
           const struct element *invite)
{
    struct arena scratch;
    struct jid to;

    arena_init(&scratch, STANZA_ARENA_DEFAULT);
    const char *denied = invite_denied(room, from->occupant);
    if (!denied && jid_parse(&scratch, element_get(invite, STR("to")), &to) < 0)
        denied = "jid-malformed";
    if (!denied && room_affiliation(room, to.bare) == AFFILIATION_OUTCAST)
        denied = "not-allowed";
    if (denied) {
        room_refuse(room, stanza, denied);
    } else {
        make_member(room, to.bare);
        muc_invite_send(room, to, known_as(room, from), invite);
    }
    arena_fini(&scratch);
}

static void
invite_all(struct room *room, struct stanza *stanza, const struct element *invite)
{
    const struct occupant_session *from = occupant_session_find(room, stanza->from.full);

    if (!from) {
        room_refuse(room, stanza, "not-acceptable");
        return;
    }
    for (int i = 0; invite && i < INVITES_MAX; i++) {
        invite_one(room, from, stanza, invite);
        invite = element_next_named(invite, NS_MUC_USER, STR("invite"));
    }
}

/* The clients of the inviter: named by nickname or address, and in the room. Nobody can send
 * messages through a room to people who are not there. */
static void
decline(struct room *room, struct stanza *stanza, const struct element *element)
{
    struct arena scratch;
    struct jid to;

    arena_init(&scratch, STANZA_ARENA_DEFAULT);
    if (jid_parse(&scratch, element_get(element, STR("to")), &to) < 0)
        to = (struct jid){ 0 };
    LIST_FOREACH (&room->occupants, link) {
        const struct occupant *occupant = occupant_of(link);
        if (!str_is(to.bare, occupant->real_bare) && !jid_equal(to, occupant->jid))
            continue;
        LIST_FOREACH (&occupant->sessions, session)
            send_built(room, build(room, occupant_session_of(session)->real, "decline",
                                   stanza->from.bare, element));
    }
    arena_fini(&scratch);
}

static bool
message(struct room *room, struct stanza *stanza)
{
    const struct element *x = stanza_child(stanza, NS_MUC_USER, STR("x"));
    const struct element *invite = element_child(x, NS_MUC_USER, STR("invite"));
    const struct element *declined = element_child(x, NS_MUC_USER, STR("decline"));

    if (stanza->type != TYPE_NONE || stanza->to.resource.len > 0 || (!invite && !declined))
        return false;
    if (invite)
        invite_all(room, stanza, invite);
    else
        decline(room, stanza, declined);
    return true;
}

const struct room_feature muc_invite_feature = {
    .base = { .name = "muc_invite" },
    .message = message,
};
