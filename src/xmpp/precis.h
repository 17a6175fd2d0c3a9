/* precis.h - preparation of international text: which characters, and in which form.
 * Owns: nothing. Threads: any. Errors: E_JID. Spec: RFC 8264, RFC 8265; RFC 5892 A, RFC 5893 2.
 * Tests: tests/unit/xmpp/test_jid.c
 *
 * The two string classes are derived from the properties of the Unicode version that ICU knows. */
#pragma once

#include "xmpp/jid.h"

struct precis_text {
    size_t len;
    char data[JID_PART_MAX];
};

/* RFC 8265 3.3: UsernameCaseMapped. */
MUST_CHECK int precis_username(struct str text, struct precis_text *ret_text);

/* RFC 8265 4.2: OpaqueString. */
MUST_CHECK int precis_opaque(struct str text, struct precis_text *ret_text);

/* True if all characters are of the IdentifierClass (RFC 8264 4.2), which beyond ASCII are those
 * that a U-label may have (RFC 5892). */
bool precis_is_identifier(struct str text);
