/* xep0199_ping.c - is the room there? (XEP-0199 4.2) */
#include "server/room/feature_list.h"
#include "server/room/room_feature.h"
#include "xmpp/ns.h"

static void
handle_ping(struct worker *worker, struct entity *entity, struct stanza *request)
{
    (void)worker;
    room_confirm(room_of(entity), request);
}

static const struct iq_handler iqs[] = {
    { .ns = STR_INIT("urn:xmpp:ping"), .name = "ping", .get = true, .handle = handle_ping },
    { .ns = { NULL, 0 } },
};

static const char *const disco[] = { "urn:xmpp:ping", NULL };

const struct room_feature xep0199_ping_feature = {
    .base = { .name = "xep0199_ping", .disco = disco, .iqs = iqs },
};
