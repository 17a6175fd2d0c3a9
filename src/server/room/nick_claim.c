/* nick_claim.c - see nick_claim.h */
#include "server/room/nick_claim.h"

#include "server/room/muc_leave.h"

const char *
nick_denied(const struct room *room,
            const struct stanza *stanza,
            const struct occupant *own,
            struct str *ret_text)
{
    const struct str nick = stanza->to.resource, bare = stanza->from.bare;
    const struct occupant *holder = occupant_holding(room, nick);

    *ret_text = STR_EMPTY;
    if (affiliations_nick_is_anothers(&room->affiliations, nick, bare))
        return "conflict";
    /* Who had it before it became an account's keeps it, and may write it in another way. */
    if (holder && holder == own)
        return NULL;
    if (room->nick_owner == NICK_UNKNOWN)
        return "internal-server-error";
    if (room->nick_owner == NICK_OTHERS) {
        *ret_text = STR("This name belongs to a registered user.");
        return "conflict";
    }
    /* Their own other clients need not make way: see 7.2.8. */
    if (holder && (room->nick_owner != NICK_OWN || str_is(bare, holder->real_bare)))
        return "conflict";
    return NULL;
}

void
nick_make_way(struct room *room, const struct stanza *stanza, const struct occupant *own)
{
    struct occupant *holder = occupant_holding(room, stanza->to.resource);

    if (!holder || holder == own)
        return;
    log_info(&room->entity.worker->log, "kicked", "%.*s: the name is that of %.*s",
             STR_ARG(holder->jid.full), STR_ARG(stanza->from.bare));
    muc_remove(holder, &(const struct presence_note){
                           .leaving = true,
                           .codes = { STATUS_KICKED },
                           .reason = STR("This name belongs to a registered user, who has come."),
                       });
}
