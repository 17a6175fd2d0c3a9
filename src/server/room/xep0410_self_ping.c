/* xep0410_self_ping.c - am I still in the room? (XEP-0410 3.3) */
#include "server/room/feature_list.h"
#include "server/room/room_feature.h"
#include "xmpp/ns.h"

/* A ping to one's own nickname is answered here and not passed on to the client. */
static bool
occupant_iq(struct room *room, struct stanza *stanza)
{
    const struct occupant_session *session = occupant_session_find(room, stanza->from.full);

    if (stanza->type != TYPE_GET || !stanza_child(stanza, NS_PING, STR("ping")))
        return false;
    if (!session || !str_equal(session->occupant->jid.resource, stanza->to.resource))
        return false;
    room_confirm(room, stanza);
    return true;
}

static const char *const disco[] = {
    "http://jabber.org/protocol/muc#self-ping-optimization",
    NULL,
};

const struct room_feature xep0410_self_ping_feature = {
    .base = { .name = "xep0410_self_ping", .disco = disco },
    .occupant_iq = occupant_iq,
};
