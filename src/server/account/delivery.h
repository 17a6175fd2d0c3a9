/* delivery.h - which of an account's sessions a message is for: RFC 6121 8.5 as a table.
 * Owns: nothing. Threads: any. Time: none. Errors: none. Spec: RFC 6121 8.5.2.1, 8.5.2.2, 8.5.3,
 * 8.5.4. Tests: tests/unit/server/test_delivery.c */
#pragma once

#include "xmpp/stanza.h"

/* How the address meets the sessions that are there. */
enum delivery_case {
    DELIVERY_BARE,       /* bare address, somebody with a non-negative priority is available */
    DELIVERY_BARE_NONE,  /* bare address, nobody with one is */
    DELIVERY_MATCH,      /* full address of a session, whatever its presence */
    DELIVERY_OTHER,      /* full address of no session, but somebody receptive is available */
    DELIVERY_OTHER_NONE, /* full address of no session, and nobody receptive */
    DELIVERY_CASES
};

enum delivery {
    DELIVER_MATCH,  /* to the session that is named */
    DELIVER_ALL,    /* to every available session of non-negative priority */
    DELIVER_LATER,  /* keep it; who cannot be kept a message for is told so */
    DELIVER_BOUNCE, /* <service-unavailable/> */
    DELIVER_IGNORE
};

enum delivery_case delivery_case_of(bool full, bool matches, bool receptive);

/* `type` is a message's; one that no RFC names is "normal" (RFC 6121 5.2.2). */
enum delivery delivery_of(enum stanza_type type, enum delivery_case where);
