/* account.h - JdAccount: one person at one server; the engine's front door.
 * Owns: its connection, conversations and contacts. Threads: the main thread with GLib's
 * default main context; nothing blocks it. Time: GLib timeouts. Errors: JD_CLIENT_ERROR, in words.
 * Spec: RFC 6120, RFC 6121, XEP-0045, XEP-0048, XEP-0077. Tests: tests/unit/client/test_account.c
 *
 * A face (GTK or another) creates a JdAccount, sets what is on the welcome form, calls
 * jd_account_sign_in() and then only watches properties, signals and list models. */
#pragma once

#include "client/conversation.h"

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum {
    JD_CONNECTION_OFFLINE,    /* not signed in, and not trying */
    JD_CONNECTION_CONNECTING, /* trying now */
    JD_CONNECTION_ONLINE,     /* signed in */
    JD_CONNECTION_WAITING,    /* was online; tries again in "retry-in" seconds */
} JdConnectionState;

#define JD_TYPE_CONNECTION_STATE (jd_connection_state_get_type())
GType jd_connection_state_get_type(void);

/* What a person can do about it decides the code; `message` is a full sentence. */
#define JD_CLIENT_ERROR (jd_client_error_quark())
GQuark jd_client_error_quark(void);
typedef enum {
    JD_CLIENT_ERROR_SERVER,   /* concerns the server field: no such host, no answer, no XMPP */
    JD_CLIENT_ERROR_PORT,     /* concerns the port field: refused, not XMPP */
    JD_CLIENT_ERROR_NICKNAME, /* not allowed, empty */
    JD_CLIENT_ERROR_NICKNAME_TAKEN, /* registered or in use by somebody else */
    JD_CLIENT_ERROR_CREDENTIALS,    /* wrong password, or no such nickname yet */
    JD_CLIENT_ERROR_NO_GUESTS,      /* the server wants a password */
    JD_CLIENT_ERROR_REGISTRATION,   /* the server makes no accounts for strangers */
    JD_CLIENT_ERROR_CERTIFICATE,    /* not trusted by the person, or changed */
    JD_CLIENT_ERROR_REPLACED,       /* signed in elsewhere with the same resource */
    JD_CLIENT_ERROR_NETWORK,        /* anything else on the way */
    JD_CLIENT_ERROR_PROTOCOL,       /* the server said something we do not understand */
    JD_CLIENT_ERROR_REFUSED,        /* the server refused what was asked */
    JD_CLIENT_ERROR_OFFLINE,        /* needs a connection */
} JdClientError;

/* A certificate that no authority vouches for, or that differs from the pinned one. */
typedef struct {
    const char *host;
    const char *fingerprint;        /* SHA-256, "AB:CD:..." */
    const char *pinned_fingerprint; /* NULL on the first meeting */
    const char *subject;            /* of the certificate, for the details */
    const char *problem;            /* in words: "nobody vouches for it", "it expired on ..." */
} JdCertificate;

#define JD_TYPE_ACCOUNT (jd_account_get_type())
G_DECLARE_FINAL_TYPE(JdAccount, jd_account, JD, ACCOUNT, GObject)

/* `data_dir` holds what the engine keeps (pinned certificates); NULL = the user's data folder. */
JdAccount *jd_account_new(const char *data_dir);

/* How many seconds a server may take for anything before it counts as gone; 30 unless said. Before
 * signing in. */
void jd_account_set_patience(JdAccount *self, guint seconds);

/* Properties (all notify):
 *   "state" JdConnectionState, "retry-in" uint seconds, "last-error" GError* (boxed, NULL when
 * fine), "server" string, "port" uint, "nickname" string, "jid" string (bare; NULL before sign-in),
 *   "guest" boolean, "tls-version" string, "conversations" GListModel<JdConversation>
 * Signals:
 *   "certificate-question" (JdCertificate*): answer with jd_account_answer_certificate(), now or
 *       later; sign-in waits.
 *   "signed-in" (): first success after jd_account_sign_in().
 *   "sign-in-failed" (GError*): the answer to jd_account_sign_in() when it did not work; state is
 *       OFFLINE again. Later losses of the connection are not failures: state becomes WAITING.
 *   "nickname-refused" (GError*): a nickname asked for was not given.
 *   "notice" (string): a passing thing to tell. */

typedef struct {
    const char
        *server; /* host name or address; the XMPP domain is the same unless `domain` is set */
    guint port;  /* 0 = 5222 */
    const char *domain;   /* NULL = learn it from the server name */
    const char *nickname; /* account name and nickname in the lobby */
    const char *password; /* NULL or "" = as a guest */
    gboolean registers;   /* make the account first */
} JdSignIn;

/* Checks every field first; a wrong one is told by "sign-in-failed" from an idle call. */
void jd_account_sign_in(JdAccount *self, const JdSignIn *details);
void jd_account_answer_certificate(JdAccount *self, gboolean trust);

/* Leaves rooms, closes the stream, forgets the password; state OFFLINE. */
void jd_account_sign_out(JdAccount *self);

/* While WAITING: do not wait. */
void jd_account_reconnect_now(JdAccount *self);

/* In every room joined; "nickname" changes when the lobby agreed. */
void jd_account_set_nickname(JdAccount *self, const char *nickname);

JdConnectionState jd_account_get_state(JdAccount *self);
const char *jd_account_get_nickname(JdAccount *self);
const char *jd_account_get_jid(JdAccount *self);
const char *jd_account_get_server(JdAccount *self);
guint jd_account_get_port(JdAccount *self);
gboolean jd_account_get_guest(JdAccount *self);
const char *jd_account_get_tls_version(JdAccount *self); /* NULL while offline */
guint jd_account_get_retry_in(JdAccount *self);
const GError *jd_account_get_last_error(JdAccount *self);
GListModel *jd_account_get_conversations(JdAccount *self);
JdConversation *jd_account_get_lobby(JdAccount *self); /* NULL before it is known */

/* The private conversation with a member of a room, made when there is none. */
JdConversation *jd_account_open_private(JdAccount *self, JdMember *member);

/* The private conversation with any bare JID. NULL and error when it is no address. */
JdConversation *jd_account_open_jid(JdAccount *self, const char *jid, GError **error);

/* Joins a room by address (made when it does not exist), or by a bare name at the room service. */
JdConversation *jd_account_join_room(JdAccount *self, const char *room, GError **error);

G_END_DECLS
