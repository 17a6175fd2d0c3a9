/* config.h - the configuration file: one table of keys, and the values read through it.
 * Owns: its strings. Threads: immutable once read; a reload reads a new one.
 * Time: units are in the names. Errors: E_USAGE after naming key and line on stderr/log.
 * Spec: none. Tests: tests/unit/server/test_config.c
 *
 * `key = value` per line, `#` comments. CONFIG_TABLE is the only place where a key is named: it
 * parses, checks, documents and prints the sample file. */
#pragma once

#include "base/attributes.h"
#include "base/log.h"

#include <stdio.h>

struct arena;

enum config_registration {
    REGISTRATION_OPEN,
    REGISTRATION_INVITE,
    REGISTRATION_CLOSED
};
enum config_durability {
    DURABILITY_STRICT,
    DURABILITY_RELAXED
};

enum config_push_content {
    PUSH_CONTENT_NONE,
    PUSH_CONTENT_SENDER,
    PUSH_CONTENT_BODY
};

struct config {
    struct arena *_arena;
    const char *domain;
    const char *data_dir;
    const char *listen;      /* comma-separated numeric addresses; "*" = all */
    uint16_t c2s_port;       /* 0 = off */
    uint16_t c2s_tls_port;   /* 0 = off */
    const char *certificate; /* PEM file; "" = make a self-signed one in data_dir */
    const char *private_key;
    bool require_tls;
    bool allow_plain_without_tls;
    enum config_registration registration;
    bool user_invitations;     /* users' invitations make accounts, too */
    unsigned invitation_hours; /* that one holds */
    unsigned max_invitations;  /* open at a time, per account */
    bool guests;
    bool limits;      /* off: no rates, no quotas (labs, benchmarks) */
    unsigned workers; /* 0 = one per core */
    enum config_durability durability;
    const char *admins; /* comma-separated bare JIDs */
    enum config_push_content push_content;
    const char *turn_hosts;  /* comma-separated names or numeric addresses; "" = none */
    const char *turn_secret; /* shared with the relay; "" = STUN only */
    uint16_t turn_port;      /* UDP and TCP */
    uint16_t turn_tls_port;  /* TCP; 0 = off */
    unsigned turn_credential_seconds;
    bool archive;          /* what is said is kept, and can be asked for */
    unsigned archive_days; /* for so long; 0 = for ever */
    enum log_level log_level;
    enum log_format log_format;
    bool log_messages;
    size_t max_stanza_bytes;        /* after sign-in */
    size_t max_session_queue_bytes; /* unsent bytes before a client that does not read is cut */
    unsigned max_connections;
    unsigned max_connections_per_address;
    unsigned max_sessions_per_account;
    unsigned max_roster_items;
    unsigned max_blocked_addresses;   /* per account */
    unsigned max_offline_messages;    /* per account */
    unsigned max_private_elements;    /* XEP-0049, per account */
    size_t max_private_bytes;         /* all of them together, per account */
    unsigned max_pep_nodes;           /* per account */
    unsigned max_pep_items;           /* per node */
    size_t max_pep_bytes;             /* per account */
    unsigned max_rooms_per_account;   /* that a user may own */
    unsigned max_occupants;           /* per room */
    unsigned rate_stanzas_per_second; /* per session, in the long run */
    unsigned rate_bytes_per_second;   /* per session, in the long run */
    unsigned password_min;            /* characters of a new password */
    unsigned registrations_per_hour;  /* per address */
    unsigned login_seconds;           /* to sign in after connecting */
    unsigned idle_seconds;            /* of silence before we ping; twice that: gone */
    unsigned room_history;            /* messages a joiner gets at most */
    bool save_traffic;                /* XEP-0352 */
    unsigned ack_seconds;             /* for a client to acknowledge (XEP-0198) before it is gone */
    unsigned token_days;              /* that a token instead of a password is good for; 0 = off */
    unsigned resume_seconds;          /* a lost session is kept that long; 0 = not at all */
    size_t max_resume_bytes;          /* that wait for a lost session */
};

/* Reads the file. NULL path: only defaults. All mistakes are printed ("jackdaw.conf:12: ...: ..."),
 * not just the first. */
MUST_CHECK struct config *config_read(const char *path, int *ret_error);
void config_free(struct config *config);

/* The same from memory; mistakes go to `complaints`, with `file` as the file's name. */
MUST_CHECK struct config *
config_parse(struct str text, const char *file, FILE *complaints, int *ret_error);

/* Calls `changed` for each key whose value is not the same in both. */
void config_compare(const struct config *old,
                    const struct config *new,
                    void (*changed)(void *context, const char *key, bool reloadable),
                    void *context);

/* Prints the commented sample file with every key and its default. */
void config_print_sample(int fd);
