/* jid_private.h - for those who keep addresses inside something else (stanza.c).
 * Owns: nothing. Threads: any. Errors: as jid.h. Tests: tests/unit/xmpp/test_stanza.c */
#pragma once

#include "xmpp/jid.h"

/* jid_parse for a text that is in `arena` already: not copied when it is prepared already. */
MUST_CHECK int jid_parse_in_place(struct arena *arena, struct str text, struct jid *ret_jid);

/* The same address viewing `full`, a copy of its text. */
struct jid jid_moved(struct jid jid, struct str full);
