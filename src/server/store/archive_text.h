/* archive_text.h - what the store has to know of the XML of a message. Private to store/.
 * Owns: nothing. Threads: any. Time: none. Errors: E_FORMAT for what is no message, E_FULL.
 * Spec: XEP-0424 4, XEP-0425 5, XEP-0431. Tests: tests/unit/server/test_archive_text.c */
#pragma once

#include "base/arena.h"
#include "base/buffer.h"

/* What may be searched for, empty when there is nothing: the bodies, except those that only stand
 * in for something else (XEP-0428). The result is in the arena, or views `xml`. */
MUST_CHECK int archive_text_body(struct arena *arena, struct str xml, struct str *ret_body);

/* The message without its contents, but for who said it (XEP-0421), and with `tombstone`. */
MUST_CHECK int archive_text_bury(struct str xml, struct str tombstone, struct buffer *out);

/* Is it the same but for the attributes of <message/>: said again from another client? */
bool archive_text_same(struct str one, struct str other);

/* Words that must all be there as an expression of FTS5; `scope` names whose they are. */
void archive_text_match(struct buffer *out, struct str scope, struct str words);
