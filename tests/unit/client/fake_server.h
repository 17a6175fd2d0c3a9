/* fake_server.h - a server in the test's own main context: server_stream over GIO, one room called
 * lobby, private messages, and switches for what a server may do wrong.
 * Owns: its listener, certificate and sessions. Threads: the default main context. Errors:
 * asserted. */
#pragma once

#include "xmpp/server_stream.h"

#include <gio/gio.h>

#define FAKE_DOMAIN "chat.example"
#define FAKE_LOBBY  "lobby@rooms.chat.example"

struct fake_session;

struct fake_server {
    guint port;
    /* switches, to be set before somebody connects */
    gboolean direct_tls;
    gboolean has_no_sm;
    gboolean has_no_bookmarks;
    gboolean has_no_rooms;
    const char *kept_name;    /* the lobby keeps this nickname for somebody */
    gboolean takes_no_names;  /* every nickname in the lobby is taken */
    gboolean hides_addresses; /* the lobby does: people are their nicknames */
    gboolean reflects_nothing;
    gboolean acknowledges_nothing;
    gboolean speaks_http;
    gboolean is_silent_archive; /* the test answers XEP-0313 queries itself */
    gboolean guests;
    const char *password; /* of every account */

    /* what happened */
    guint connections, sign_ins, stanzas;
    GPtrArray *log; /* every stanza that came, as text */

    struct server_stream_config config;
    GSocketService *service;
    GTlsCertificate *certificate;
    GPtrArray *sessions;
    GPtrArray *history; /* of the lobby, as text of <message/> content */
};

struct fake_server *fake_server_new(void);
void fake_server_free(struct fake_server *server);

/* Another certificate, as after a re-installation or with somebody in the middle. */
void fake_server_change_certificate(struct fake_server *server);

/* Breaks every connection without a word. */
void fake_server_cut(struct fake_server *server);

/* Stops listening, and listens again on the same port. */
void fake_server_pause(struct fake_server *server);
void fake_server_resume(struct fake_server *server);

/* To every session: a stanza as text, "%s" in it replaced by the session's full address. */
void fake_server_push(struct fake_server *server, const char *xml);

/* How many stanzas came whose text contains `part`. */
guint fake_server_count(struct fake_server *server, const char *part);
