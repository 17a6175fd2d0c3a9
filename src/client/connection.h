/* connection.h - one stream to a server over GIO: connects, secures, signs in, then carries
 * stanzas. Owns: socket, TLS, client_stream, output queue. Borrows: trust (outlives it). Threads:
 * the default main context; nothing blocks it. Time: one deadline until it is bound. Errors: once,
 * by closed(); afterwards it makes no more calls. Spec: RFC 6120 3-7, XEP-0368. Tests:
 * tests/unit/client/test_connection.c
 *
 * STARTTLS is tried first, except on 5223; a server that turns out to speak the other way is called
 * again that way, once. A server that calls itself differently is called by that name, once. */
#pragma once

#include "client/trust.h"
#include "xmpp/client_stream.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define JD_TYPE_CONNECTION (jd_connection_get_type())
G_DECLARE_FINAL_TYPE(JdConnection, jd_connection, JD, CONNECTION, GObject)

/* The texts are copied; the password is wiped with the connection. */
struct connection_options {
    const char *host; /* name or address to connect to */
    guint port;
    const char *domain; /* what to call the server; NULL = host, and learn it */
    const char *called; /* what it called itself last time; NULL = not known */
    const char *name;   /* localpart; NULL = guest */
    const char *password;
    gboolean registers;
    struct trust *trust;
    guint patience; /* seconds until it has to be bound */
};

/* Why it ended. Everything is valid during the call only. */
struct connection_end {
    GError *error;                               /* of GIO; NULL when the stream ended it */
    const struct client_stream_failure *failure; /* NULL when GIO ended it */
    GTlsCertificate *refused;                    /* not trusted: the person may be asked */
    GTlsCertificateFlags problems;
    gboolean not_xmpp; /* something else answered */
};

struct connection_callbacks {
    void (*bound)(gpointer owner);
    void (*stanza)(const struct stanza *stanza, gpointer owner);
    void (*closed)(const struct connection_end *end, gpointer owner);
};

/* `owner` is borrowed until closed() or until connection_close()/connection_drop(). */
JdConnection *connection_new(const struct connection_options *options,
                             const struct connection_callbacks *callbacks,
                             gpointer owner);
void connection_start(JdConnection *self);

/* Takes nothing; the stanza is written at once into the queue. Nothing happens when it is over. */
void connection_send(JdConnection *self, const struct stanza *stanza);

/* Says goodbye in its own time and makes no more calls. */
void connection_close(JdConnection *self);

/* Lets go at once and makes no more calls. */
void connection_drop(JdConnection *self);

/* Ends it as if the peer had: closed() is called with `error` (taken). */
void connection_fail(JdConnection *self, GError *error);

/* After bound(). The features are valid as long as the connection. */
struct jid connection_jid(JdConnection *self);
const struct element *connection_features(JdConnection *self);
const char *connection_tls_version(JdConnection *self); /* NULL without TLS; static */
const char *connection_domain(JdConnection *self);      /* what the server is called */

/* Monotonic microseconds of the last bytes that came. */
gint64 connection_last_heard(JdConnection *self);

G_END_DECLS
