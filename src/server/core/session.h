/* session.h - one client's session: from accept to close, or over several connections when its
 * client resumes it (XEP-0198). Owns: the conn and the server_stream, and what was sent and not yet
 * acknowledged. Threads: the worker it is on: the accepting one until
 * sign-in, then the home of its account, for good. Time: the loop's. Errors: stream errors to the
 * peer, a line in the log. Spec: RFC 6120 4.3-7, RFC 6121, XEP-0198.
 * Tests: tests/interop/, tests/unit/server/test_session.c */
#pragma once

#include "server/core/entity.h"
#include "server/net/conn.h"

struct session {
    struct list link;         /* worker->all_sessions */
    struct map_node node;     /* worker->sessions by full JID, when bound */
    struct list account_link; /* the account's list of its sessions, when bound */
    struct worker *worker;
    struct log log;               /* "session N" */
    struct conn *conn;            /* NULL when it is over, and while it is detached */
    struct server_stream *stream; /* NULL while it is detached */
    struct arena arena;           /* for what lives as long as the session */
    struct jid jid;               /* full, when bound */
    struct entity *account;       /* when bound; pinned */
    void *account_state;          /* the account's own data about this session; freed by it */
    bool guest;
    struct str invitation; /* of the token it has shown, to register (XEP-0445): its hash */
    unsigned wrong_tokens;
    bool sifts;           /* asks its home about what comes from many-recipient senders */
    const char *network;  /* conn_peer_network(), of the last conn when it has gone */
    int64_t connected_us; /* monotonic */
    /* private to core/session*.c below */
    struct session_private *_private;
};

/* How the names of guests begin. Nobody can register such a name. */
#define SESSION_GUEST_PREFIX "guest-"

/* What the account floor does with sessions; hung into server->session_home by main. */
struct session_home {
    /* On the account's home worker, signed in: choose the resource and answer session_bound() or
     * session_refuse_bind(), now or later. `wanted` may be empty. */
    void (*bind)(struct session *session, struct entity *account, struct str wanted);

    /* XEP-0386: the session is bound, and this <bind/> of its client says what else it wants.
     * Answers go into `results`. Before the client hears that it is bound, and anything else. NULL:
     * nothing. */
    void (*inlined)(struct session *session, const struct element *bind, struct buffer *results);

    /* What the client's next stanza for receive() may still be given or lose: `from` is stamped,
     * it is not sealed yet. NULL: nothing. */
    void (*stamp)(struct session *session, struct stanza *stanza);

    /* A stanza from the client, `from` already stamped with its full JID, checked and counted.
     * What had no `to` is addressed to the own account, except presence. Takes the reference. */
    void (*receive)(struct session *session, struct stanza *stanza);

    /* May a session that `sifts` have what a room sends to many? NULL: yes. */
    bool (*admits)(struct session *session, struct str xml);

    /* The session has lost its connection and may be resumed: it is bound and present as before,
     * and what is sent to it waits. And: it has been resumed. Both may be NULL. */
    void (*detached)(struct session *session);
    void (*resumed)(struct session *session);

    /* The session is over, and this message, which its account gave to it and perhaps to others of
     * its sessions, is not known to have arrived at any. It is stamped with when it was sent
     * (XEP-0203) and marked `redelivered`. Borrowed. Comes in order, before closed(). */
    void (*lost)(struct session *session, struct stanza *stanza);

    /* The session is over (reason in words for the log is known to core). Last call; it comes at
     * the end of the turn, never inside a session_ function. Only for sessions that reached bind().
     */
    void (*closed)(struct session *session);

    /* An in-band registration IQ before sign-in; takes the reference, answers with exactly one
     * session_send(), now or later. The session stays in memory until then, even when its
     * connection has gone (then the answer goes nowhere). */
    void (*registration)(struct session *session, struct stanza *stanza);
};

/* A new connection: greets, negotiates, and moves on by itself. `direct_tls` for port 5223. */
void session_accept(struct worker *worker, int fd, const char *peer, bool direct_tls);

void session_bound(struct session *session, struct jid full);
void session_refuse_bind(struct session *session, int error);

/* Sends to the client. session_send serialises the stanza for this one; session_send_wire shares
 * its bytes and adds only `to`. With stream management it is kept until the client acknowledges.
 * Over its byte budget the session is closed. */
void session_send(struct session *session, const struct stanza *stanza);
void session_send_wire(struct session *session, const struct stanza_wire *wire, struct str to);

/* Calls `sent` (on this worker) once everything queued so far is known to have arrived (XEP-0198
 * acknowledgement) or, without stream management, has left for the kernel; with `arrived` false
 * when the session ended before. */
struct session_receipt {
    struct list _link;
    uint64_t _mark;
    void (*sent)(struct session_receipt *receipt, bool arrived);
};
void session_when_sent(struct session *session, struct session_receipt *receipt);

/* Ends it with a stream error (E_ value; 0 = cleanly) and a sentence for peer and log. */
void session_close(struct session *session, int error, const char *reason);
void session_replace(struct session *session); /* RFC 6120 7.7.2.2: <conflict/> */

/* XEP-0198: called when the settlement of its stanza number `sequence` is complete. */
void session_settled(struct session *session, uint32_t sequence);

/* Over: it is about to go, what is sent to it goes nowhere. */
bool session_is_over(const struct session *session);

/* Without a connection, but it may be resumed. */
bool session_is_detached(const struct session *session);

/* The newest message that its account gave to this session and that is not known to have arrived,
 * here or at another of its sessions; NULL when there is none. A new stanza, for the caller to
 * unref. */
MUST_CHECK struct stanza *session_last_unacknowledged(struct session *session);

/* The bound session of a full JID on this worker, or NULL. */
struct session *session_find(struct worker *worker, struct str full);
