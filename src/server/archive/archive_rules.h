/* archive_rules.h - which messages are worth keeping in an archive.
 * Owns: nothing. Threads: any. Time: none. Errors: none. Spec: XEP-0313 6.1, XEP-0334 4.
 * Tests: tests/unit/server/test_archive_rules.c */
#pragma once

#include "xmpp/stanza.h"

enum archive_rule {
    ARCHIVE_NOT,
    ARCHIVE_QUIETLY, /* it says something about other messages: not shown to who enters a room */
    ARCHIVE_SHOWN
};

/* By what is in the message; its type matters only when it is an error. */
enum archive_rule archive_rule_of(const struct stanza *message);

/* Is it of a type that belongs into a user's archive? */
bool archive_is_conversation(const struct stanza *message);
