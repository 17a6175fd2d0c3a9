/* carbons_rules.h - which messages are copied to a user's other sessions.
 * Owns: nothing. Threads: any. Time: none. Errors: none. Spec: XEP-0280 6.1, 8; XEP-0334 4.3.
 * Tests: tests/unit/server/test_carbons_rules.c */
#pragma once

#include "xmpp/stanza.h"

enum carbons_rule {
    CARBONS_NEVER,
    CARBONS_COPY,
    CARBONS_IF_ANSWER, /* an error: if what it answers was copied */
};

/* For a message from the user (`sent`), or to the user. `rooms_domain`: whose full addresses are
 * occupants'. */
enum carbons_rule carbons_rule_of(const struct stanza *message, bool sent, struct str rooms_domain);
