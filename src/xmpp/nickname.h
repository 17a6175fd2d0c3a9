/* nickname.h - when two nicknames are the same one to people.
 * Owns: nothing. Threads: any. Errors: E_JID for a text that cannot be a nickname, E_FULL when the
 * arena is. Spec: RFC 8266, UTS 39 4. Tests: tests/unit/xmpp/test_nickname.c */
#pragma once

#include "base/arena.h"

/* RFC 8266 2.4: what a nickname is compared by; never shown. */
MUST_CHECK int nickname_key(struct arena *arena, struct str text, struct str *ret_key);

/* UTS 39 4: the key of what the text looks like. LOOK_FOREIGN replaces what is not ASCII only, so
 * that it finds names with an m or a digit in them, which look like "rn" and like letters. */
enum nickname_look {
    LOOK_ALL,
    LOOK_FOREIGN
};
MUST_CHECK int nickname_look_key(struct arena *arena,
                                 struct str text,
                                 enum nickname_look look,
                                 struct str *ret_key);

/* Does it begin or end with what cannot be seen? */
bool nickname_has_blank_end(struct str text);
