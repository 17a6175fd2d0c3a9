/* privileges.h - who may do what in a room, as tables.
 * Owns: constants. Threads: any. Time: none. Errors: as stanza error conditions.
 * Spec: XEP-0045 5, 8.2-8.5, 9.1-9.8, 10.3-10.8. Tests: tests/unit/server/test_privileges.c */
#pragma once

#include "base/attributes.h"
#include "base/str.h"

/* XEP-0045 5.2, lowest first; none is 0, as the store has it. */
enum affiliation {
    AFFILIATION_OUTCAST = -1,
    AFFILIATION_NONE,
    AFFILIATION_MEMBER,
    AFFILIATION_ADMIN,
    AFFILIATION_OWNER,
};

/* XEP-0045 5.1, lowest first. */
enum role {
    ROLE_NONE,
    ROLE_VISITOR,
    ROLE_PARTICIPANT,
    ROLE_MODERATOR,
};

const char *affiliation_text(enum affiliation affiliation);
const char *role_text(enum role role);
MUST_CHECK int affiliation_parse(struct str text, enum affiliation *ret);
MUST_CHECK int role_parse(struct str text, enum role *ret);

/* XEP-0045 5.1.2: the role somebody enters with. */
enum role role_default(enum affiliation affiliation, bool moderated);

/* One who acts, or is acted on. */
struct standing {
    enum affiliation affiliation;
    enum role role; /* ROLE_NONE: not in the room */
};

/* May `actor` give `target` the role? NULL, or the stanza error condition that says why not. */
const char *role_change_denied(struct standing actor, struct standing target, enum role wanted);

/* May `actor` change an affiliation so? `is_self`: they act on themselves; `owners`: how many the
 * room has. NULL or the condition. */
struct affiliation_change {
    enum affiliation from, to;
    bool is_self;
    size_t owners;
};
const char *affiliation_change_denied(enum affiliation actor, struct affiliation_change change);

/* What a list is asked of: its own kind of room matters (XEP-0045 9.5, 10.5, 10.8). */
const char *affiliation_list_denied(enum affiliation actor, enum affiliation list, bool anonymous);
const char *role_list_denied(struct standing actor, enum role list);
