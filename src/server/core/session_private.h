/* session_private.h - a session's inner state, shared by session*.c and nobody else.
 * Owns: see session.h. Threads: the session's worker. Time: the loop's. Errors: as session.h.
 * Tests: as session.h
 *
 * A session works while nothing holds it: it takes one event after the other from its stream. A
 * hold stops that and stops reading from the socket, so that a client that is too quick waits in
 * its own send() instead of in our memory. */
#pragma once

#include "server/core/rate_limit.h"
#include "server/core/session.h"
#include "xmpp/server_stream.h"

/* Why a session does not take the next event. */
enum session_hold {
    HOLD_QUESTION = 1, /* the answer to its last event is under way */
    HOLD_RATE = 2,     /* over its rate */
    HOLD_WINDOW = 4,   /* too many stanzas are not settled yet */
    HOLD_MOVE = 8,     /* on its way to another worker */
};

/* Stanzas of one session that may be unsettled at a time. */
#define SM_WINDOW 256

/* XEP-0198, without resumption. Counters are modulo 2^32. */
struct session_sm {
    bool enabled;
    bool owes;         /* an <r/> came while stanzas up to `owed` were not settled */
    bool asked;        /* our <r/> waits for its <a/> */
    uint32_t received; /* from the client */
    uint32_t settled;  /* of them in order: what we acknowledge */
    uint32_t owed;
    uint32_t sent; /* to the client */
    uint32_t acked;
    uint64_t done[SM_WINDOW / 64]; /* settled out of order: a bit per sequence modulo the window */
};

struct session_private {
    struct session *session;
    struct turn_task task;   /* goes on, moves or ends it */
    struct timer timer;      /* the time to sign in; afterwards silence */
    struct timer hold_timer; /* ends a hold */
    void (*hold_over)(struct session *session);
    struct letter move;
    struct list awake;    /* worker->_awake */
    struct list receipts; /* struct session_receipt */
    int64_t received_us;  /* monotonic: the last bytes */
    unsigned holds;       /* bits of enum session_hold */
    bool direct_tls;
    bool bind_asked; /* the home knows of it */
    bool bound;
    bool answer_pending; /* somebody holds a pointer to it */
    bool registering;    /* ... and that is the home's registration */
    bool advancing;
    bool over;
    bool pinged;
    struct rate_limit stanzas, bytes;
    struct session_sm sm;
};

/* ---- session.c ---- */

/* Takes events until a hold or until there are none. */
void session_advance(struct session *session);
void session_hold(struct session *session, enum session_hold hold);
void session_release(struct session *session, enum session_hold hold);

/* Holds it for `delay_us`, then calls `over`. */
void session_hold_for(struct session *session,
                      enum session_hold hold,
                      int64_t delay_us,
                      void (*over)(struct session *session));

/* Hands the stream's output to the connection. */
void session_flush(struct session *session);

/* It is over: the stream has said its last words already. */
void session_end(struct session *session, const char *reason, int64_t linger_us);

/* The answer that `answer_pending` stood for has come. False when the session has ended meanwhile;
 * it is gone then. */
MUST_CHECK bool session_answered(struct session *session);

void session_set_timer(struct session *session);

void sessions_rest(struct worker *worker);
void sessions_shut_down(struct worker *worker);
void sessions_free_all(struct worker *worker);

extern const struct conn_handler session_conn_handler;

/* ---- session_negotiation.c: from the first byte to bind ---- */

/* Each acts on one event; a question that is not answered at once holds the session. */
void session_starts_tls(struct session *session);
void session_registers(struct session *session);
void session_needs_verifier(struct session *session);
void session_needs_check(struct session *session);
void session_auth_failed(struct session *session);
void session_authenticated(struct session *session);
void session_binds(struct session *session);

/* ---- session_stanza.c: from the client ---- */
void session_takes_stanza(struct session *session);

/* Charges received bytes; holds the session when it is over its rate. */
void session_charge_bytes(struct session *session, size_t count);

/* ---- session_silence.c ---- */
void session_silence_expired(struct timer *timer);
bool session_is_pong(const struct session *session, const struct stanza *stanza);

/* ---- session_stream_management.c: XEP-0198 ---- */
void session_sm_take(struct session *session, const struct stanza *nonza);

/* Counts a stanza from the client and returns its number, or 0 without stream management. Numbers
 * skip nothing, and 0 may come after 2^32 - 1: see `sm.enabled`. */
uint32_t session_sm_received(struct session *session);
void session_sm_sent(struct session *session);

/* Asks for an acknowledgement now, unless one is on its way. */
void session_sm_ask(struct session *session);

/* ---- session_send.c ---- */
void session_write(struct session *session, struct str bytes);
void session_tell_receipts(struct session *session, bool ended);
