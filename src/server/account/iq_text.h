/* iq_text.h - a result for one of the account's own sessions, written as text: for answers that may
 * be larger than a stanza in memory should be (a roster, somebody's private XML).
 * Owns: nothing. Threads: the account's home worker. Errors: none: what is too large is answered
 * with an error. Spec: RFC 6120 8.2.3. Tests: tests/interop/test_im.py */
#pragma once

#include "base/buffer.h"
#include "server/core/session.h"

/* Begins `<iq type='result' ...>` for `request`; the caller appends the payload, in the namespace
 * jabber:client. */
void iq_text_begin(struct buffer *out, const struct stanza *request);

/* Ends it, sends it to the session that asked, if it is still there, and frees the buffer. */
void iq_text_send(struct buffer *out, struct worker *worker, const struct stanza *request);
