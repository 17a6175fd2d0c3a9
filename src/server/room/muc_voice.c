/* muc_voice.c - a visitor asks for voice, a moderator gives it (XEP-0045 7.13, 8.6)
 *
 * The room remembers nothing: what the moderator sends back names the client that asked. */
#include "server/room/feature_list.h"
#include "server/room/muc_moderate.h"
#include "server/room/room_feature.h"
#include "server/room/room_send.h"
#include "xmpp/ns.h"

#define FORM_TYPE STR("http://jabber.org/protocol/muc#request")

static struct str
value_of(struct arena *arena, const struct element *form, const char *var)
{
    const struct element *field = element_child(form, NS_DATA_FORM, STR("field"));

    for (; field; field = element_next_named(field, NS_DATA_FORM, STR("field")))
        if (str_is(element_get(field, STR("var")), var))
            return element_child_text(arena, field, NS_DATA_FORM, STR("value"));
    return STR_EMPTY;
}

static void
add_field(struct arena *arena,
          struct element *form,
          const char *type,
          const char *var,
          const char *label,
          struct str value)
{
    struct element *field = element_add(arena, form, NS_DATA_FORM, STR("field"));

    if (!field)
        return;
    element_set(arena, field, STR("var"), str_from(var));
    element_set(arena, field, STR("type"), str_from(type));
    if (label)
        element_set(arena, field, STR("label"), str_from(label));
    element_add_with_text(arena, field, NS_DATA_FORM, STR("value"), value);
}

/* ---- asking (7.13, 8.6) ---- */

static struct stanza *
approval_form(const struct occupant_session *who)
{
    struct stanza *out = stanza_new_message(STR_EMPTY, (struct jid){ 0 });

    if (!out)
        return NULL;
    struct arena *arena = &out->arena;
    stanza_set_from(out, who->occupant->room->entity.jid);
    struct element *form = element_add(arena, out->root, NS_DATA_FORM, STR("x"));
    element_set(arena, form, STR("type"), STR("form"));
    element_add_with_text(arena, form, NS_DATA_FORM, STR("title"), STR("Voice request"));
    element_add_with_text(arena, form, NS_DATA_FORM, STR("instructions"),
                          STR("Somebody who only listens would like to speak."));
    add_field(arena, form, "hidden", "FORM_TYPE", NULL, FORM_TYPE);
    add_field(arena, form, "text-single", "muc#role", "Requested role", STR("participant"));
    add_field(arena, form, "jid-single", "muc#jid", "Address", who->real.full);
    add_field(arena, form, "text-single", "muc#roomnick", "Nickname", who->occupant->jid.resource);
    add_field(arena, form, "boolean", "muc#request_allow", "Let them speak?", STR("false"));
    return out;
}

static void
ask_moderators(const struct occupant_session *who, const struct stanza *stanza)
{
    struct room *room = who->occupant->room;
    struct stanza *out = approval_form(who);
    struct stanza_wire wire;
    bool is_heard = false;

    if (!out || room_write(out, &wire) < 0)
        return;
    LIST_FOREACH (&room->occupants, link) {
        if (occupant_of(link)->role < ROLE_MODERATOR)
            continue;
        room_send_occupant(room, &wire, STANZA_MESSAGE, occupant_of(link));
        is_heard = true;
    }
    block_unref(wire.block);
    if (!is_heard)
        room_refuse_text(room, stanza, "recipient-unavailable", STR("No moderator is here."));
}

static const char *
request_denied(struct occupant *occupant, struct str role)
{
    if (!str_is(role, "participant"))
        return "bad-request";
    if (occupant->role >= ROLE_PARTICIPANT)
        return "not-allowed";
    return occupant_may_act(occupant) ? NULL : "policy-violation";
}

/* ---- giving (8.6) ---- */

static bool
is_yes(struct str value)
{
    return str_is(value, "1") || str_is(value, "true");
}

/* The client may have another nickname by now: the address counts. */
static void
approve(const struct occupant_session *moderator,
        const struct stanza *stanza,
        const struct element *form,
        struct arena *scratch)
{
    struct room *room = moderator->occupant->room;
    const struct occupant_session *who =
        occupant_session_find(room, value_of(scratch, form, "muc#jid"));
    const char *denied;

    if (moderator->occupant->role < ROLE_MODERATOR)
        denied = "forbidden";
    else if (!is_yes(value_of(scratch, form, "muc#request_allow")))
        return;
    else if (!who)
        denied = "item-not-found";
    else if (who->occupant->role >= ROLE_PARTICIPANT)
        return;
    else
        denied = role_change_denied(occupant_standing(moderator->occupant),
                                    occupant_standing(who->occupant), ROLE_PARTICIPANT);
    if (denied)
        room_refuse(room, stanza, denied);
    else
        muc_change_role(who->occupant, ROLE_PARTICIPANT,
                        (struct presence_note){ .actor = moderator->occupant->jid.resource });
}

static bool
message(struct room *room, struct stanza *stanza)
{
    const struct element *form = stanza_child(stanza, NS_DATA_FORM, STR("x"));
    const struct occupant_session *from;
    struct arena scratch;
    bool is_mine;

    if (!form || stanza->type != TYPE_NONE || stanza->to.resource.len > 0)
        return false;
    arena_init(&scratch, STANZA_ARENA_DEFAULT);
    is_mine = str_equal(value_of(&scratch, form, "FORM_TYPE"), FORM_TYPE);
    from = is_mine ? occupant_session_find(room, stanza->from.full) : NULL;
    if (is_mine && !from) {
        room_refuse(room, stanza, "not-acceptable");
    } else if (is_mine && value_of(&scratch, form, "muc#request_allow").len > 0) {
        approve(from, stanza, form, &scratch);
    } else if (is_mine) {
        const char *denied = request_denied(from->occupant, value_of(&scratch, form, "muc#role"));
        if (denied)
            room_refuse(room, stanza, denied);
        else
            ask_moderators(from, stanza);
    }
    arena_fini(&scratch);
    return is_mine;
}

static const char *const disco[] = { "http://jabber.org/protocol/muc#request", NULL };

const struct room_feature muc_voice_feature = {
    .base = { .name = "muc_voice", .disco = disco },
    .message = message,
};
