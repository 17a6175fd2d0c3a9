/* connection_struct.h - what is inside a connection, for connection*.c only.
 * Owns, threads, errors: as connection.h. Tests: tests/unit/client/test_connection.c */
#pragma once

#include "client/connection.h"

struct _JdConnection {
    GObject parent_instance;

    const struct connection_callbacks *callbacks; /* NULL: nobody listens any more */
    gpointer owner;
    char *host;
    guint port;
    char *domain;
    gboolean domain_is_given;
    char *name;
    char *password;
    gboolean registers;
    struct trust *trust;
    guint patience;

    gboolean direct_tls;
    gboolean tried_both_ways;
    gboolean tried_its_name;
    gboolean heard; /* any byte since the socket was opened */
    gboolean bound;
    gboolean over;

    GCancellable *cancellable; /* of this attempt */
    GSocketConnection *socket;
    GIOStream *io; /* the socket, or TLS over it */
    struct client_stream *stream;
    struct tls_info tls;
    GTlsCertificate *refused;
    GTlsCertificateFlags problems;

    GByteArray *queue;
    gboolean reading, writing;
    guint deadline;
    gint64 last_heard;
};

/* A call of GIO belongs to one attempt: its answer counts only while that attempt is the current
 * one. connection_call_end() gives the connection (a reference), or NULL for a late answer. */
struct connection_call;
struct connection_call *connection_call_new(JdConnection *self, GBytes *bytes);
JdConnection *connection_call_end(struct connection_call *call);

/* The one way out: tells the owner, once, and lets go of everything. */
void connection_end(JdConnection *self, struct connection_end *ending);

/* Calls the same server the other way: STARTTLS or direct TLS. FALSE when both were tried. */
gboolean connection_try_the_other_way(JdConnection *self);

/* `tls` is NULL before STARTTLS. */
void connection_open_stream(JdConnection *self, const struct tls_info *tls);

/* Takes what the stream has to tell until it waits. */
void connection_pump(JdConnection *self);

/* ---- connection_tls.c ---- */
void connection_start_tls(JdConnection *self);
