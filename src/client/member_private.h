/* member_private.h - how the engine makes and changes members.
 * Owns: nothing. Threads: the account's. Errors: none. Spec: XEP-0045 5.
 * Tests: tests/unit/client/test_conversation.c */
#pragma once

#include "client/member.h"

/* What a room's presence says of an occupant. The texts are copied. */
struct member_details {
    const char *nickname;
    const char *occupant_jid;
    const char *jid; /* bare; NULL = hidden */
    const char *status;
    JdShow show;
    JdRole role;
    JdAffiliation affiliation;
    gboolean self;
    gboolean guest;
};

JdMember *member_new(const struct member_details *details);
void member_update(JdMember *self, const struct member_details *details);

/* A mark of the engine: not seen again since the room was joined once more. */
void member_set_stale(JdMember *self, gboolean stale);
gboolean member_is_stale(JdMember *self);
