/* sasl_lists.h - what a server announced about signing in, as both ends hash it so that nobody in
 * the middle can take something out of it (XEP-0474).
 * Owns: nothing. Threads: any. Time: none. Errors: E_TOO_BIG. Spec: XEP-0474 5.
 * Tests: tests/unit/xmpp/test_sasl.c */
#pragma once

#include "base/buffer.h"
#include "xmpp/scram.h"

/* Of each kind that a client looks at; a server that announces more is not checked. */
#define SASL_LIST_MAX 64

struct sasl_lists {
    struct str mechanisms[SASL_LIST_MAX];
    size_t mechanism_count;
    struct str bindings[SASL_LIST_MAX];
    size_t binding_count;
    bool has_bindings; /* XEP-0440 was used, be it with no binding at all */
};

/* XEP-0474 5.1, steps 1 to 4: sorts the lists and appends the text to hash. */
void sasl_lists_append(struct sasl_lists *lists, struct buffer *out);

/* Step 5: base64 of the hash of that text. */
void sasl_lists_hash(enum scram_hash hash, struct str text, struct buffer *out);
