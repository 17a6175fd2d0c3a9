/* stanza_ids.h - the ids that an archive gives to messages, and nobody else for it.
 * Owns: nothing. Threads: any. Time: none. Errors: none. Spec: XEP-0359 3, XEP-0313 3.3.
 * Tests: tests/unit/server/test_stanza_ids.c */
#pragma once

#include "base/buffer.h"
#include "xmpp/stanza.h"

/* XEP-0359 3: is there one that claims to be given by `by`? Addresses are compared as such. */
bool stanza_ids_has(const struct stanza *stanza, struct jid by);

/* Takes them out; the stanza is not sealed. */
void stanza_ids_remove(struct stanza *stanza, struct jid by);

/* Those by the server at `domain` and everybody there: a client may not speak for them. */
void stanza_ids_remove_at(struct stanza *stanza, struct str domain);

void stanza_ids_add(struct stanza *stanza, struct jid by, struct str id);

/* Are ids of such messages unique, so that a second one is the first one sent again? Counters are
 * short; what is random is not. */
bool stanza_ids_is_unique(const struct stanza *message);

/* The same for a message that is text already: `extra`, which is XML, as its last child. Nothing
 * is appended for what is no message with children. */
void stanza_ids_write(struct buffer *out, struct jid by, struct str id);
void message_text_append(struct buffer *out, struct str message, struct str extra);
