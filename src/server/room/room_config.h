/* room_config.h - what an owner can choose about a room: one table of options.
 * Owns: nothing; a configuration is a plain value. Threads: any. Time: none.
 * Errors: E_FORMAT for a value that is none, with the configuration unchanged.
 * Spec: XEP-0045 10.1-10.2, 15.5.3, XEP-0004. Tests: tests/unit/server/test_room_config.c
 *
 * The table in room_config.c is the only place where an option is named: it makes the text that the
 * store keeps, the form that an owner fills in, and the reader of both. */
#pragma once

#include "base/buffer.h"
#include "xmpp/element.h"

/* Bytes with the NUL. */
#define ROOM_TITLE_BYTES       256
#define ROOM_DESCRIPTION_BYTES 1024
#define ROOM_PASSWORD_BYTES    256
#define ROOM_SECRET_BYTES      65 /* hex */
#define ROOM_CREATOR_BYTES     2049

enum room_whois {
    WHOIS_MODERATORS, /* semi-anonymous */
    WHOIS_ANYONE      /* non-anonymous */
};

enum room_allow_pm {
    PM_ANYONE,
    PM_PARTICIPANTS,
    PM_MODERATORS,
    PM_NOBODY
};

struct room_config {
    char title[ROOM_TITLE_BYTES];
    char description[ROOM_DESCRIPTION_BYTES];
    bool persistent;
    bool listed;
    bool members_only;
    bool moderated;
    bool password_protected;
    char password[ROOM_PASSWORD_BYTES];
    unsigned whois;      /* enum room_whois */
    unsigned allow_pm;   /* enum room_allow_pm */
    bool change_subject; /* participants may */
    bool allow_invites;  /* members may, into a members-only room */
    unsigned max_users;  /* 0 = as many as the server allows */
    unsigned history;    /* messages a joiner gets at most */
    /* Not the owner's to choose: */
    char creator[ROOM_CREATOR_BYTES];            /* bare JID, for room_quota.h */
    char secret[ROOM_SECRET_BYTES];              /* of the occupant ids (XEP-0421) */
    char subject_occupant_id[ROOM_SECRET_BYTES]; /* who set the subject */
};

/* The defaults of a new room, with a fresh secret. */
void room_config_init(struct room_config *config, unsigned history);

/* The form that the store keeps: "name = value" lines. Unknown names are skipped when it is read,
 * so that an older server can open a newer room. */
void room_config_print(const struct room_config *config, struct buffer *out);
MUST_CHECK int room_config_parse(struct room_config *config, struct str text);

/* The owner's form (type "form") under `parent`. */
void room_config_form(const struct room_config *config,
                      struct arena *arena,
                      struct element *parent,
                      struct str room);

/* Reads a submitted form over `config`. E_FORMAT for a bad value or a combination that cannot be:
 * then `config` is as before. */
MUST_CHECK int
room_config_submit(struct room_config *config, struct arena *arena, const struct element *form);
