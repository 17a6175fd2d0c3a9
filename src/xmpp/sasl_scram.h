/* sasl_scram.h - SCRAM's message syntax, for both ends.
 * Owns: nothing. Threads: any. Errors: E_FORMAT. Spec: RFC 5802 5, 7.
 * Tests: tests/unit/xmpp/test_sasl.c */
#pragma once

#include "xmpp/sasl_private.h"

/* Takes "<name>=<value>" off the front of *rest, together with the comma behind it. E_FORMAT when
 * something else stands there. */
MUST_CHECK int scram_take_attribute(struct str *rest, char name, struct str *ret_value);

/* Attributes nobody has defined yet may follow the last one we know and are ignored (RFC 5802 5.1);
 * E_FORMAT when they are not even of the form of an attribute. */
MUST_CHECK int scram_check_extensions(struct str rest);

/* The value of the extension `name`; empty when it is not there. */
struct str scram_extension(struct str rest, char name);

/* RFC 5802 7 `printable`: what a nonce is made of. */
bool scram_is_nonce(struct str text);

/* saslname (RFC 5802 5.1): "," and "=" travel as =2C and =3D. */
void scram_append_name(struct buffer *out, struct str name);
MUST_CHECK int scram_read_name(struct arena *arena, struct str text, struct str *ret_name);

/* The value of c=: GS2 header and channel binding data in base64 (RFC 5802 5.1, 6). */
void scram_append_binding(struct buffer *out,
                          const struct scram_exchange *scram,
                          const struct tls_info *tls);

/* AuthMessage (RFC 5802 3), in `out`. */
void scram_append_auth_message(struct buffer *out,
                               const struct scram_exchange *scram,
                               struct str client_final_without_proof);
