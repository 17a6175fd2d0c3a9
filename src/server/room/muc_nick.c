/* muc_nick.c - another nickname (XEP-0045 7.6) */
#include "server/room/feature_list.h"
#include "server/room/nick_claim.h"
#include "server/room/presence.h"
#include "server/room/room_feature.h"

static const char *
change_denied(struct occupant *occupant, const struct stanza *stanza, struct str *ret_text)
{
    const char *refused = nick_refused(stanza->to.resource);

    *ret_text = STR_EMPTY;
    if (!refused)
        refused = nick_denied(occupant->room, stanza, occupant, ret_text);
    if (refused)
        return refused;
    if (!occupant_may_act(occupant))
        return "policy-violation";
    return NULL;
}

/* Off with the old name (303), on with the new one; all their clients change together. */
static void
rename_occupant(struct occupant *occupant, struct stanza *stanza)
{
    struct room *room = occupant->room;

    log_info(&room->entity.worker->log, "nick-changed", "%s: %.*s is now %.*s", occupant->real_bare,
             STR_ARG(occupant->jid.full), STR_ARG(stanza->to.resource));
    presence_broadcast(occupant, &(const struct presence_note){
                                     .leaving = true,
                                     .codes = { STATUS_NEW_NICK },
                                     .new_nick = stanza->to.resource,
                                 });
    occupant_rename(occupant, stanza->to);
    occupant_session_show(occupant_session_find(room, stanza->from.full), stanza);
    presence_changed(occupant);
    presence_broadcast(occupant, &(const struct presence_note){ .id = stanza->id });
}

static bool
presence(struct room *room, struct stanza *stanza)
{
    struct occupant_session *session = occupant_session_find(room, stanza->from.full);

    if (!session || stanza->to.resource.len == 0 ||
        str_equal(session->occupant->jid.resource, stanza->to.resource))
        return false;
    struct str text;
    const char *denied = change_denied(session->occupant, stanza, &text);
    if (denied) {
        room_refuse_text(room, stanza, denied, text);
        return true;
    }
    nick_make_way(room, stanza, session->occupant);
    rename_occupant(session->occupant, stanza);
    return true;
}

const struct room_feature muc_nick_feature = {
    .base = { .name = "muc_nick" },
    .presence = presence,
};
