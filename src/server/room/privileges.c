/* privileges.c - see privileges.h */
#include "server/room/privileges.h"

#include "base/error.h"

#include <assert.h>

enum {
    AFFILIATIONS = AFFILIATION_OWNER - AFFILIATION_OUTCAST + 1,
    ROLES = ROLE_MODERATOR + 1
};

/* Rows and columns of the tables: outcast, none, member, admin, owner. */
#define ROW(affiliation) ((affiliation)-AFFILIATION_OUTCAST)

static const char *const AFFILIATION_TEXTS[AFFILIATIONS] = {
    "outcast", "none", "member", "admin", "owner",
};

static const char *const ROLE_TEXTS[ROLES] = { "none", "visitor", "participant", "moderator" };

/* XEP-0045 5.1.2, by [moderated][affiliation]. */
static const enum role DEFAULT_ROLES[2][AFFILIATIONS] = {
    { ROLE_NONE, ROLE_PARTICIPANT, ROLE_PARTICIPANT, ROLE_MODERATOR, ROLE_MODERATOR },
    { ROLE_NONE, ROLE_VISITOR, ROLE_PARTICIPANT, ROLE_MODERATOR, ROLE_MODERATOR },
};

/* XEP-0045 5.2.2, by [from][to]: the least affiliation that may make the change. */
#define A AFFILIATION_ADMIN
#define O AFFILIATION_OWNER
static const enum affiliation MAY_CHANGE_AFFILIATION[AFFILIATIONS][AFFILIATIONS] = {
    /*             outcast none member admin owner */
    /* outcast */ { A, A, A, O, O },
    /* none    */ { A, A, A, O, O },
    /* member  */ { A, A, A, O, O },
    /* admin   */ { O, O, O, O, O },
    /* owner   */ { O, O, O, O, O },
};
#undef A
#undef O

/* XEP-0045 5.1.3, by [from][to]: a moderator's business or an admin's. */
enum role_power {
    BY_NOBODY,
    BY_MODERATOR,
    BY_ADMIN
};

static const enum role_power MAY_CHANGE_ROLE[ROLES][ROLES] = {
    /*                 none          visitor       participant   moderator */
    /* none        */ { BY_NOBODY, BY_NOBODY, BY_NOBODY, BY_NOBODY },
    /* visitor     */ { BY_MODERATOR, BY_MODERATOR, BY_MODERATOR, BY_ADMIN },
    /* participant */ { BY_MODERATOR, BY_MODERATOR, BY_MODERATOR, BY_ADMIN },
    /* moderator   */ { BY_ADMIN, BY_ADMIN, BY_ADMIN, BY_ADMIN },
};

/* XEP-0045 9.2, 9.5, 10.5, 10.8: the least affiliation that may read a list, by [anonymous][list].
 * Who is in the room under their address anyway may be listed to members. */
static const enum affiliation MAY_LIST[2][AFFILIATIONS] = {
    { AFFILIATION_ADMIN, AFFILIATION_ADMIN, AFFILIATION_MEMBER, AFFILIATION_MEMBER,
      AFFILIATION_MEMBER },
    { AFFILIATION_ADMIN, AFFILIATION_ADMIN, AFFILIATION_ADMIN, AFFILIATION_OWNER,
      AFFILIATION_OWNER },
};

const char *
affiliation_text(enum affiliation affiliation)
{
    assert(affiliation >= AFFILIATION_OUTCAST && affiliation <= AFFILIATION_OWNER);
    return AFFILIATION_TEXTS[ROW(affiliation)];
}

const char *
role_text(enum role role)
{
    assert(role >= ROLE_NONE && role <= ROLE_MODERATOR);
    return ROLE_TEXTS[role];
}

int
affiliation_parse(struct str text, enum affiliation *ret)
{
    for (int i = 0; i < AFFILIATIONS; i++) {
        if (!str_is(text, AFFILIATION_TEXTS[i]))
            continue;
        *ret = (enum affiliation)(i + AFFILIATION_OUTCAST);
        return 0;
    }
    return E_FORMAT;
}

int
role_parse(struct str text, enum role *ret)
{
    for (int i = 0; i < ROLES; i++) {
        if (!str_is(text, ROLE_TEXTS[i]))
            continue;
        *ret = (enum role)i;
        return 0;
    }
    return E_FORMAT;
}

enum role
role_default(enum affiliation affiliation, bool moderated)
{
    return DEFAULT_ROLES[moderated][ROW(affiliation)];
}

/* XEP-0045 8.4: nobody takes the voice of an admin or owner, and no moderator that of somebody at
 * or above their own affiliation. "None" is the absence of one, so nobody is at it. */
static bool
keeps_voice(struct standing actor, struct standing target)
{
    if (target.affiliation >= AFFILIATION_ADMIN)
        return true;
    return target.affiliation > AFFILIATION_NONE && target.affiliation >= actor.affiliation;
}

const char *
role_change_denied(struct standing actor, struct standing target, enum role wanted)
{
    const enum role_power power = MAY_CHANGE_ROLE[target.role][wanted];
    const bool is_admin = actor.affiliation >= AFFILIATION_ADMIN;

    if (actor.role != ROLE_MODERATOR && !is_admin)
        return "forbidden";
    if (power == BY_NOBODY)
        return "not-allowed";
    if (power == BY_ADMIN && !is_admin)
        return wanted == ROLE_MODERATOR ? "forbidden" : "not-allowed";
    /* 8.2: a user cannot be kicked by a moderator with a lower affiliation. */
    if (target.affiliation > actor.affiliation)
        return "not-allowed";
    if (wanted == ROLE_VISITOR && keeps_voice(actor, target))
        return "not-allowed";
    /* 9.7: an admin or owner remains a moderator. */
    if (wanted == ROLE_PARTICIPANT && target.role == ROLE_MODERATOR &&
        target.affiliation >= AFFILIATION_ADMIN)
        return "not-allowed";
    return NULL;
}

const char *
affiliation_change_denied(enum affiliation actor, struct affiliation_change change)
{
    if (actor < AFFILIATION_ADMIN)
        return "forbidden";
    /* 9.1: nobody bans themselves; 10.4: the last owner remains one. */
    if (change.is_self && change.to == AFFILIATION_OUTCAST)
        return "conflict";
    if (change.from == AFFILIATION_OWNER && change.to != AFFILIATION_OWNER &&
        actor == AFFILIATION_OWNER && change.owners <= 1)
        return "conflict";
    if (actor >= MAY_CHANGE_AFFILIATION[ROW(change.from)][ROW(change.to)])
        return NULL;
    /* 9.1 against a higher one; 10.3 and 10.6: only owners make owners and admins. */
    return change.to >= AFFILIATION_ADMIN ? "forbidden" : "not-allowed";
}

const char *
affiliation_list_denied(enum affiliation actor, enum affiliation list, bool anonymous)
{
    return actor >= MAY_LIST[anonymous][ROW(list)] ? NULL : "forbidden";
}

const char *
role_list_denied(struct standing actor, enum role list)
{
    /* 9.8: the moderator list is the admins' business; 8.5: the others a moderator's. */
    if (actor.affiliation >= AFFILIATION_ADMIN)
        return NULL;
    return list != ROLE_MODERATOR && actor.role == ROLE_MODERATOR ? NULL : "forbidden";
}
