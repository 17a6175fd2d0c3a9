/* presence.c - see presence.h */
#include "server/room/presence.h"

#include "server/room/room_feature.h"
#include "server/room/room_send.h"
#include "xmpp/ns.h"

static const struct presence_note NOTHING;

void
presence_add_status(struct arena *arena, struct element *x, int code)
{
    struct element *status = element_add(arena, x, NS_MUC_USER, STR("status"));

    if (status)
        element_set(arena, status, STR("code"), arena_printf(arena, "%d", code));
}

/* 17.3: what only the room may say is not passed on, all else is. */
static void
copy_payload(struct stanza *out, const struct stanza *said)
{
    const struct element *child = said ? stanza_payload(said) : NULL;

    for (; child; child = element_next(child))
        if (!str_equal(child->ns, NS_MUC) && !str_equal(child->ns, NS_MUC_USER))
            element_append(out->root, element_dup(&out->arena, child));
}

static void
add_actor(struct arena *arena, struct element *item, const struct presence_note *note)
{
    if (note->actor.len > 0) {
        struct element *actor = element_add(arena, item, NS_MUC_USER, STR("actor"));
        if (actor)
            element_set(arena, actor, STR("nick"), note->actor);
    }
    if (note->reason.len > 0)
        element_add_with_text(arena, item, NS_MUC_USER, STR("reason"), note->reason);
}

static void
add_item(struct arena *arena,
         struct element *x,
         const struct occupant *occupant,
         struct str shown_jid,
         const struct presence_note *note)
{
    struct element *item = element_add(arena, x, NS_MUC_USER, STR("item"));

    if (!item)
        return;
    const enum role role = note->leaving && note->new_nick.len == 0 ? ROLE_NONE : occupant->role;
    element_set(arena, item, STR("affiliation"), str_from(affiliation_text(occupant->affiliation)));
    element_set(arena, item, STR("role"), str_from(role_text(role)));
    if (shown_jid.len > 0)
        element_set(arena, item, STR("jid"), shown_jid);
    if (note->new_nick.len > 0)
        element_set(arena, item, STR("nick"), note->new_nick);
    add_actor(arena, item, note);
}

static void
add_codes(struct arena *arena, struct element *x, const int codes[PRESENCE_CODES])
{
    for (size_t i = 0; i < PRESENCE_CODES && codes[i]; i++)
        presence_add_status(arena, x, codes[i]);
}

/* `self` is the client of theirs that is told, or NULL for others. */
static struct stanza *
build(const struct occupant *occupant,
      enum occupant_view view,
      const struct presence_note *note,
      const struct occupant_session *self)
{
    const struct occupant_session *shown = self ? self : occupant_shown(occupant);
    struct stanza *out =
        stanza_new_presence(note->leaving ? STR("unavailable") : STR_EMPTY, (struct jid){ 0 });

    if (!out)
        return NULL;
    stanza_set_from(out, occupant->jid);
    if (self)
        stanza_set_id(out, note->id);
    copy_payload(out, note->leaving ? note->said : occupant_shown(occupant)->presence);
    room_features_stamp(occupant, out);

    struct element *x = element_add(&out->arena, out->root, NS_MUC_USER, STR("x"));
    add_item(&out->arena, x, occupant, view == VIEW_FULL ? shown->real.full : STR_EMPTY, note);
    if (note->destroy && x)
        element_append(x, element_dup(&out->arena, note->destroy));
    add_codes(&out->arena, x, note->codes);
    if (self) {
        add_codes(&out->arena, x, note->self_codes);
        presence_add_status(&out->arena, x, STATUS_SELF);
    }
    return out;
}

static bool
write_for(const struct occupant *occupant,
          enum occupant_view view,
          const struct presence_note *note,
          const struct occupant_session *self,
          struct stanza_wire *ret_wire)
{
    struct stanza *out = build(occupant, view, note, self);

    return out && room_write(out, ret_wire) == 0;
}

/* What newcomers are told about somebody, written once for all of them. */
static const struct stanza_wire *
plain(struct occupant *occupant, enum occupant_view view)
{
    struct stanza_wire *wire = &occupant->plain[view];

    if (!wire->block && !write_for(occupant, view, &NOTHING, NULL, wire))
        return NULL;
    return wire;
}

void
presence_changed(struct occupant *occupant)
{
    for (size_t i = 0; i < VIEW_COUNT; i++) {
        block_unref(occupant->plain[i].block);
        occupant->plain[i] = (struct stanza_wire){ 0 };
    }
}

static void
to_audience(struct occupant *occupant,
            enum occupant_view view,
            const struct presence_note *note,
            enum audience audience)
{
    struct stanza_wire wire;

    if (!write_for(occupant, view, note, NULL, &wire))
        return;
    room_send_all(occupant->room, &wire, STANZA_PRESENCE, audience, occupant);
    block_unref(wire.block);
}

void
presence_to_others(struct occupant *occupant, const struct presence_note *note)
{
    if (occupant->room->occupant_count < 2)
        return;
    if (!room_is_anonymous(occupant->room)) {
        to_audience(occupant, VIEW_FULL, note, AUDIENCE_ALL);
        return;
    }
    /* 7.2.4: only moderators see who it is. */
    to_audience(occupant, VIEW_FULL, note, AUDIENCE_SEES_JIDS);
    to_audience(occupant, VIEW_ANONYMOUS, note, AUDIENCE_SEES_NO_JIDS);
}

void
presence_to_self(struct occupant_session *session, const struct presence_note *note)
{
    struct stanza_wire wire;

    if (!write_for(session->occupant, VIEW_FULL, note, session, &wire))
        return;
    room_send_session(session->occupant->room, &wire, STANZA_PRESENCE, session);
    block_unref(wire.block);
}

void
presence_broadcast(struct occupant *occupant, const struct presence_note *note)
{
    LIST_FOREACH (&occupant->sessions, link)
        presence_to_self(occupant_session_of(link), note);
    presence_to_others(occupant, note);
}

void
presence_of_others(struct occupant_session *newcomer)
{
    struct room *room = newcomer->occupant->room;
    const enum occupant_view view =
        room_shows_jids_to(room, newcomer->occupant) ? VIEW_FULL : VIEW_ANONYMOUS;

    LIST_FOREACH (&room->occupants, link) {
        struct occupant *other = occupant_of(link);
        const struct stanza_wire *wire = other == newcomer->occupant ? NULL : plain(other, view);
        if (wire)
            room_send_session(room, wire, STANZA_PRESENCE, newcomer);
    }
}
