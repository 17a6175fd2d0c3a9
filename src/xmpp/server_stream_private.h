/* server_stream_private.h - the state that server_stream*.c share.
 * Owns, threads, errors: as server_stream.h. */
#pragma once

#include "base/buffer.h"
#include "xmpp/server_stream.h"
#include "xmpp/stream_input.h"

/* Where a stream stands. Each phase knows which first-level children it takes: the table in
 * server_stream.c. */
enum server_stream_phase {
    PHASE_HEADER,      /* the peer's stream header is awaited */
    PHASE_NEGOTIATING, /* not authenticated, no exchange under way */
    PHASE_SASL,        /* in the middle of a SASL exchange */
    PHASE_SASL2,       /* the same, in the frame of XEP-0388 */
    PHASE_BINDING,     /* authenticated, without a resource */
    PHASE_BOUND,
    PHASE_OVER,
};
#define PHASE_BIT(phase) (1u << (phase))

struct server_stream {
    const struct server_stream_config *config;
    struct tls_info tls;
    struct stream_input input;
    struct buffer output;
    enum server_stream_phase phase;
    enum server_stream_event ready; /* to be reported next; WAIT = nothing */
    enum server_stream_event asked; /* the question that is open; WAIT = none */
    bool header_is_sent;
    bool is_authenticated;
    int error;

    struct sasl_server *sasl;     /* while an exchange is under way */
    struct sasl_result *question; /* what NEED_VERIFIER and NEED_CHECK ask about */
    const char *failure;          /* the condition that AUTH_FAILED holds back */
    bool failure_is_sasl2;
    unsigned failures;
    char *from;                    /* bare address in the client's header; NULL = none */
    char *guest_name;              /* see server_stream_name_guest() */
    char *name;                    /* tried, then authenticated; NULL = none yet */
    enum sasl_mechanism mechanism; /* of the last exchange */
    bool has_mechanism;

    struct server_stream_sasl2 *sasl2; /* from <authenticate/> to its answer */

    struct stanza *stanza;        /* of the event that was reported last */
    struct stanza *request;       /* while the owner looks for a resource, or an old session */
    const struct element *resume; /* in the request */
    uint32_t resume_h;
};

/* server_stream.c */
void server_stream_fail(struct server_stream *stream, int error);
void server_stream_end(struct server_stream *stream, int error); /* only the closing tag */
void server_stream_hand_over(struct server_stream *stream,
                             struct stanza *stanza,
                             enum server_stream_event event); /* takes a reference */
void server_stream_reply(struct server_stream *stream,
                         struct stanza *reply); /* takes it; or NULL */

/* server_stream_header.c: RFC 6120 4.3, 4.7 */
void server_stream_take_header(struct server_stream *stream, const struct xml_event *event);
void server_stream_write_header(struct server_stream *stream, struct str to);
void server_stream_write_features(struct server_stream *stream);
unsigned server_stream_mechanisms(const struct server_stream *stream);
bool server_stream_may_authenticate(const struct server_stream *stream);

/* server_stream_auth.c: RFC 6120 5, 6 */
void server_stream_take_starttls(struct server_stream *stream, struct stanza *stanza);
void server_stream_take_auth(struct server_stream *stream, struct stanza *stanza);
void server_stream_take_response(struct server_stream *stream, struct stanza *stanza);
void server_stream_take_abort(struct server_stream *stream, struct stanza *stanza);
void server_stream_forget_exchange(struct server_stream *stream);
void server_stream_keep_name(struct server_stream *stream, struct str name);
void server_stream_start_exchange(struct server_stream *stream,
                                  unsigned offered,
                                  struct str mechanism,
                                  struct str data,
                                  bool has_data);
void server_stream_respond(struct server_stream *stream, struct str data);
void server_stream_fail_exchange(struct server_stream *stream, const char *condition);

/* server_stream_sasl2.c: XEP-0388, XEP-0386 */
void server_stream_write_authentication(struct server_stream *stream);
void server_stream_take_authenticate(struct server_stream *stream, struct stanza *stanza);
void server_stream_take_response2(struct server_stream *stream, struct stanza *stanza);
void server_stream_write_challenge2(struct server_stream *stream, struct str data);
bool server_stream_sasl2_is_whom_it_said(const struct server_stream *stream);
void server_stream_sasl2_done(struct server_stream *stream, struct sasl_result result);
void server_stream_forget_sasl2(struct server_stream *stream);

/* The next step towards <success/>; and how the questions on the way end. */
void server_stream_sasl2_go_on(struct server_stream *stream);
struct buffer *server_stream_sasl2_results(struct server_stream *stream);
void server_stream_sasl2_bound(struct server_stream *stream, struct jid full, struct str results);
void server_stream_sasl2_resumed(struct server_stream *stream, struct str resumed);

/* server_stream_bind.c: RFC 6120 7, XEP-0077 */
void server_stream_take_registration(struct server_stream *stream, struct stanza *iq);
void server_stream_take_bind(struct server_stream *stream, struct stanza *iq);
void server_stream_take_iq(struct server_stream *stream, struct stanza *iq);
void server_stream_take_sm(struct server_stream *stream, struct stanza *stanza);

/* `resume` is the stanza or in it. */
void server_stream_ask_resume(struct server_stream *stream,
                              struct stanza *stanza,
                              const struct element *resume);
