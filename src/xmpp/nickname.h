/* nickname.h - when two nicknames are the same one to people.
 * Owns: nothing. Threads: any. Errors: E_JID for a text that cannot be a nickname, E_FULL when the
 * arena is. Spec: RFC 8266. Tests: tests/unit/xmpp/test_nickname.c */
#pragma once

#include "base/arena.h"

/* RFC 8266 2.4: what a nickname is compared by; never shown. */
MUST_CHECK int nickname_key(struct arena *arena, struct str text, struct str *ret_key);
