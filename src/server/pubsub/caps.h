/* caps.h - entity capabilities: which nodes' news a client wants, and whether that can be believed.
 * Owns: a set of interests is shared by count. Threads: a set is immutable; any. Time: none.
 * Errors: none; what cannot be verified is said to be so. Spec: XEP-0115 5, XEP-0060 9.2.
 * Tests: tests/unit/server/test_caps.c
 *
 * A verification string is the hash of one long text. That text can be taken apart in more than one
 * way: what is a feature here can be a form field or a piece of an identity's name there, and the
 * hash is the same (XEP-0115 8.2). So the interests are read from the text itself, never from the
 * answer that it was made of: whoever meets the hash meets the interests. */
#pragma once

#include "xmpp/stanza.h"

#include <stdatomic.h>

/* The nodes a client asks for with "NODE+notify". */
struct caps {
    atomic_uint _refs;
    size_t count;
    struct str nodes[]; /* sorted; their texts lie behind the array */
};

/* What a presence says of its sender's capabilities. */
struct caps_claim {
    struct str hash; /* "sha-1"; empty in the format of before 2007 */
    struct str node; /* of the software */
    struct str ver;
};

/* More interests than that are not kept. */
#define CAPS_NODES_MAX 100

/* False when the presence says nothing, or nothing that could be looked up. */
bool caps_claim_read(const struct stanza *presence, struct caps_claim *ret);

/* Could the answer be verified (a hash that we know)? */
bool caps_claim_is_verifiable(const struct caps_claim *claim);

/* The interests in a disco#info answer. `*ret_verified`: the answer is what the claim promised, so
 * that it may be believed of everybody who claims the same. NULL for an answer that is none. */
MUST_CHECK struct caps *
caps_read_answer(const struct caps_claim *claim, const struct element *query, bool *ret_verified);
struct caps *caps_ref(struct caps *caps);
void caps_unref(struct caps *caps); /* accepts NULL */

/* NULL wants nothing. */
bool caps_wants(const struct caps *caps, struct str node);
