/* session_private.h - a session's inner state, shared by session*.c and nobody else.
 * Owns: see session.h. Threads: the session's worker. Time: the loop's. Errors: as session.h.
 * Tests: as session.h
 *
 * A session works while nothing holds it: it takes one event after the other from its stream. A
 * hold stops that and stops reading from the socket, so that a client that is too quick waits in
 * its own send() instead of in our memory. */
#pragma once

#include "server/core/client_state.h"
#include "server/core/rate_limit.h"
#include "server/core/session.h"
#include "server/core/sm_queue.h"
#include "xmpp/server_stream.h"

/* Why a session does not take the next event. */
enum session_hold {
    HOLD_QUESTION = 1, /* the answer to its last event is under way */
    HOLD_RATE = 2,     /* over its rate */
    HOLD_WINDOW = 4,   /* too many stanzas are not settled yet */
    HOLD_MOVE = 8,     /* on its way to another worker */
    HOLD_STOP = 16,    /* the server stops when its stanzas are settled */
};

/* Stanzas of one session that may be unsettled at a time. */
#define SM_WINDOW 256

/* Characters of the id by which a session is resumed: 130 bits. */
#define SM_ID_CHARS 26

/* XEP-0198. Counters are modulo 2^32. */
struct session_sm {
    bool enabled;
    bool resumable;
    bool owes;         /* an <r/> came while stanzas up to `owed` were not settled */
    bool asked;        /* our <r/> waits for its <a/> */
    bool wants_to_ask; /* at the end of the turn */
    uint32_t received; /* from the client */
    uint32_t settled;  /* of them in order: what we acknowledge */
    uint32_t owed;
    int64_t asked_us;              /* monotonic */
    uint64_t done[SM_WINDOW / 64]; /* settled out of order: a bit per sequence modulo the window */
    struct sm_queue queue;         /* to the client */

    /* Of a resumable one. */
    char id[SM_ID_CHARS + 1];
    struct map_node node;   /* worker->resumable by id */
    int64_t resume_us;      /* how long it may be detached */
    int64_t detached_us;    /* monotonic: since when it is; 0 = connected */
    struct session *heir;   /* signed in, and waits to go on with this one */
    struct session *former; /* the other way round */
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
    char network[64];     /* session->network */
    bool counted;         /* among the server's connections */
    bool direct_tls;
    bool bind_asked; /* the home knows of it */
    bool bound;
    bool answer_pending; /* somebody holds a pointer to it */
    bool registering;    /* ... and that is the home's registration */
    bool advancing;
    bool over;
    bool pinged;
    bool left; /* its client closed the stream, so it will not be resumed */
    struct rate_limit stanzas, bytes;
    struct session_sm sm;
    struct client_state client_state;
    struct session_tokens *tokens; /* session_token.c's, while it signs in; in the arena */
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

/* It has just read: idle sessions give memory back, see sessions_rest(). */
void session_stay_awake(struct session *session);

/* Its connection is no longer one of those that are counted, or is the other's now. */
void session_count_out(struct session *session);

/* What belongs to a connection and not to the session: timers, holds. */
void session_let_conn_go(struct session *session);

/* Out of the worker's hands without a word or a line in the log; freed at the turn's end. */
void session_end_quietly(struct session *session);

void sessions_rest(struct worker *worker);
void sessions_shut_down(struct worker *worker);
void session_shut_down_settled(struct session *session); /* if that is what it waits for */
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
void session_resumes(struct session *session);

/* ---- session_token.c: XEP-0484 ---- */
void session_needs_tokens(struct session *session);
void session_settles_token(struct session *session);
void session_forget_tokens(struct session *session);

/* ---- session_inline.c: XEP-0386 ---- */

/* The resource for server_stream_bind2(), in the session's arena. */
struct str session_inline_resource(struct session *session);

/* It is bound: enables what was asked for, and tells the client. */
void session_inline_bound(struct session *session);

/* ---- session_stanza.c: from the client ---- */
void session_takes_stanza(struct session *session);

/* Charges received bytes; holds the session when it is over its rate. */
void session_charge_bytes(struct session *session, size_t count);

/* ---- session_silence.c ---- */
void session_silence_expired(struct timer *timer);
bool session_is_pong(const struct session *session, const struct stanza *stanza);

/* ---- session_stream_management.c: XEP-0198, acknowledgements ---- */
void session_sm_take(struct session *session, const struct stanza *nonza);

/* XEP-0198 9.1: <enable/> inside the request for a resource; NULL: none. The answer goes into
 * `results`. */
void session_sm_enable_inline(struct session *session,
                              const struct element *request,
                              struct buffer *results);

/* Counts a stanza from the client and returns its number, or 0 without stream management. Numbers
 * skip nothing, and 0 may come after 2^32 - 1: see `sm.enabled`. */
uint32_t session_sm_received(struct session *session);

/* Keeps a stanza that was just sent, with its hold on a parcel; takes over the references. False
 * when there is no stream management: the block is still the caller's. */
MUST_CHECK bool session_sm_keep(struct session *session, struct sm_entry entry);

/* Asks for an acknowledgement now, unless one is on its way or there is nobody to ask. */
void session_sm_ask(struct session *session);

/* At the turn's end: asks if something was sent. */
void session_sm_turn_ends(struct session *session);

/* Everything that came from the client is settled. */
bool session_sm_is_settled(const struct session *session);

/* XEP-0198 6: more acknowledged than was ever sent. Ends `session`, on whose stream it was said. */
void session_sm_refuse_count(struct session *session, const struct session_sm *sm, uint32_t h);

/* ---- session_resume.c: XEP-0198, resumption ---- */

/* <enable resume='true'/>: may it be? `wanted_s` is what the client asked for, or 0. */
void session_make_resumable(struct session *session, int64_t wanted_s);

/* Its connection is lost: goes on without one, if its client may resume it. False: it must end. */
MUST_CHECK bool session_detach(struct session *session, const char *reason);

/* The heir of this session takes it over, when it can. */
void session_try_to_hand_over(struct session *session);
void session_take_over_former(struct session *session);

/* Nobody waits for anybody any more. */
void session_disinherit(struct session *session);

/* The session is over: what its client did not acknowledge is given back (see session_home.lost),
 * and how much of the client's was dealt with is written down. */
void session_give_back(struct session *session);

/* ---- session_send.c ---- */
void session_write(struct session *session, struct str bytes);
void session_write_entry(struct session *session, const struct sm_entry *entry);

/* XEP-0352: what was held back while the client was inactive goes now. */
void session_release_held(struct session *session);

/* Takes <active/> or <inactive/>. */
void session_take_client_state(struct session *session, const struct stanza *nonza);

/* Ends it when too much waits for its client. */
void session_check_budget(struct session *session);
void session_tell_receipts(struct session *session, bool ended);
