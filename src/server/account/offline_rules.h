/* offline_rules.h - which messages are worth keeping for somebody who is not there.
 * Owns: nothing. Threads: any. Time: none. Errors: none. Spec: XEP-0160 3, XEP-0334 4.
 * Tests: tests/unit/server/test_offline_rules.c */
#pragma once

#include "xmpp/stanza.h"

enum offline_rule {
    OFFLINE_KEEP,
    OFFLINE_DROP,  /* of no worth later, and its sender expects no answer: typing, for one */
    OFFLINE_BOUNCE /* cannot be kept: its sender is told */
};

enum offline_rule offline_rule_of(const struct stanza *message);
