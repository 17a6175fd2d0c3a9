/* muc_nick.c - another nickname (XEP-0045 7.6) */
#include "server/room/feature_list.h"
#include "server/room/presence.h"
#include "server/room/room_feature.h"

static const char *
change_denied(struct room *room, struct occupant *occupant, struct str nick)
{
    const char *refused = nick_refused(nick);

    if (refused)
        return refused;
    /* Their own name may be written in another way. */
    const struct occupant *holder = occupant_holding(room, nick);
    if (holder && holder != occupant)
        return "conflict";
    if (affiliations_nick_is_anothers(&room->affiliations, nick, str_from(occupant->real_bare)))
        return "conflict";
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
    const char *denied = change_denied(room, session->occupant, stanza->to.resource);
    if (denied)
        room_refuse(room, stanza, denied);
    else
        rename_occupant(session->occupant, stanza);
    return true;
}

const struct room_feature muc_nick_feature = {
    .base = { .name = "muc_nick" },
    .presence = presence,
};
