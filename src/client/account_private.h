/* account_private.h - the account as the rest of the engine sees it.
 * Owns, threads, errors: as account.h. The struct is for account*.c, session.c, feature.c, router.c
 * and iq.c; features use the functions. Tests: tests/unit/client/test_account.c */
#pragma once

#include "client/account.h"
#include "client/connection.h"
#include "client/conversation_private.h"
#include "client/reconnect.h"
#include "client/sign_in.h"
#include "client/trust.h"

#define ACCOUNT_FEATURES_MAX      24
#define ACCOUNT_CONVERSATIONS_MAX 500 /* strangers cannot open more than these */

struct iq_table;

struct _JdAccount {
    GObject parent_instance;

    JdConnectionState state;
    guint retry_in;
    GError *last_error;
    char *server;
    guint port;
    char *nickname;
    char *bare_jid;
    gboolean guest;
    guint patience;          /* seconds */
    const char *tls_version; /* static */

    struct sign_in *sign_in; /* NULL = signed out */
    struct trust *trust;
    char *data_dir; /* NULL = the user's */
    struct reconnect *reconnect;
    JdConnection *connection;
    char *domain;       /* learned; NULL before */
    gboolean bound;     /* stanzas may be sent */
    gboolean signed_in; /* since jd_account_sign_in() */
    gboolean fell_back; /* the name is taken: trying it as our own */
    struct arena arena; /* of `jid` */
    struct jid jid;     /* full; zeroed while not bound */
    guint idle;         /* a failure to be told */

    /* The open question; its texts live here. */
    gboolean asks;
    JdCertificate question;

    GListStore *conversations;
    JdConversation *lobby;
    struct iq_table *iqs;
    gpointer states[ACCOUNT_FEATURES_MAX];
};

/* ---- properties, for session.c ---- */
void account_set_state(JdAccount *self, JdConnectionState state);
void account_set_retry_in(JdAccount *self, guint seconds);
void account_set_last_error(JdAccount *self, const GError *error);
void account_set_form(JdAccount *self, const struct sign_in *sign_in);
void account_set_jid(JdAccount *self, const char *bare_jid);
void account_set_tls_version(JdAccount *self, const char *version);
void account_emit_certificate_question(JdAccount *self);
void account_emit_signed_in(JdAccount *self);
void account_emit_sign_in_failed(JdAccount *self, const GError *error);

/* ---- for features ---- */
guint account_patience(JdAccount *self); /* seconds that an answer may take */
gboolean account_is_bound(JdAccount *self);
struct jid account_jid(JdAccount *self); /* full */

/* Whether it comes from our own server or from our own account (RFC 6120 8.1.2.1: no address is
 * our own account's). */
gboolean account_is_own(JdAccount *self, struct jid from);

/* Seals and sends; takes the reference. Dropped when there is no connection. */
void account_send(JdAccount *self, struct stanza *stanza);

/* The conversation with this address, borrowed; NULL when there is none. */
JdConversation *account_find_conversation(JdAccount *self, const char *jid);
gboolean account_add_conversation(JdAccount *self, JdConversation *conversation); /* FALSE: full */
void account_remove_conversation(JdAccount *self, JdConversation *conversation);
void account_clear_conversations(JdAccount *self);
void account_set_lobby(JdAccount *self, JdConversation *lobby);

/* The lobby is joined, or it is known that there is none. */
void account_signed_in(JdAccount *self);

/* The lobby does not let us in under this name: as if the sign-in had failed. Takes the error. */
void account_refuse_sign_in(JdAccount *self, GError *error);

void account_set_nickname(JdAccount *self, const char *nickname);
void account_refuse_nickname(JdAccount *self, const GError *error);
void account_notice(JdAccount *self, const char *sentence);

/* ---- session.c ---- */
void session_start(JdAccount *self, struct sign_in *sign_in); /* takes it */
void session_answer_certificate(JdAccount *self, gboolean trust);
void session_stop(JdAccount *self);
void session_reconnect_now(JdAccount *self);
void session_break(JdAccount *self, GError *error); /* the server is dead; takes the error */

extern const struct reconnect_callbacks SESSION_RECONNECT;
