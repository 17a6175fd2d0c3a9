/* jid.h - addresses: localpart@domainpart/resourcepart, prepared once and compared by bytes.
 * Owns: nothing; the parts are views of one text (usually in an arena). Threads: any.
 * Errors: E_JID for anything RFC 7622 rejects, E_FULL past the arena's limit.
 * Spec: RFC 7622; RFC 8265 UsernameCaseMapped and OpaqueString (PRECIS); RFC 5890-5895 by UTS 46.
 * Tests: tests/unit/xmpp/test_jid.c, tests/fuzz/fuzz_jid.c */
#pragma once

#include "base/arena.h"

/* Each part at most 1023 bytes (RFC 7622 3.1). */
#define JID_PART_MAX 1023
#define JID_TEXT_MAX (3 * JID_PART_MAX + 2)

/* A prepared address. All parts view `full`. Zeroed = no address. Pass by value. */
struct jid {
    struct str full;     /* "anna@chat.example/phone" */
    struct str bare;     /* "anna@chat.example" */
    struct str local;    /* "anna", empty when there is none */
    struct str domain;   /* "chat.example", never empty in a valid address */
    struct str resource; /* "phone", empty when there is none */
};

/* Parses and prepares (case, width, normal form); the result lives in `arena`. Plain lower-case
 * ASCII, which nearly all addresses are, takes a short path. */
MUST_CHECK int jid_parse(struct arena *arena, struct str text, struct jid *ret_jid);

/* Puts together and prepares. `local` and `resource` may be empty. */
MUST_CHECK int jid_make(struct arena *arena,
                        struct str local,
                        struct str domain,
                        struct str resource,
                        struct jid *ret_jid);

/* `bare` with another resource, prepared: for bind and for occupants. */
MUST_CHECK int
jid_with_resource(struct arena *arena, struct jid bare, struct str resource, struct jid *ret_jid);

/* Without the resource; a view of the same text. */
struct jid jid_bare(struct jid jid);

/* A copy whose text is in `arena` (data NULL past the limit: then jid_is_set() is false). */
struct jid jid_dup(struct arena *arena, struct jid jid);

bool jid_is_set(struct jid jid);
bool jid_is_bare(struct jid jid);
bool jid_equal(struct jid a, struct jid b);
bool jid_bare_equal(struct jid a, struct jid b);

/* RFC 8265 UsernameCaseMapped plus the characters RFC 7622 3.3.1 forbids: for account names. */
MUST_CHECK int jid_prepare_local(struct arena *arena, struct str text, struct str *ret_local);

/* RFC 8265 OpaqueString; also used for passwords (RFC 8265 4.2) by SASL. */
MUST_CHECK int jid_prepare_opaque(struct arena *arena, struct str text, struct str *ret_text);
