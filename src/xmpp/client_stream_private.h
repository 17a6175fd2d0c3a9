/* client_stream_private.h - the state that client_stream*.c share.
 * Owns, threads, errors: as client_stream.h. */
#pragma once

#include "base/buffer.h"
#include "xmpp/client_stream.h"
#include "xmpp/stream_input.h"

/* What a client waits for. Each has one function that takes the next first-level child: the table
 * in client_stream.c. */
enum client_stream_state {
    AWAITS_HEADER,
    AWAITS_FEATURES,
    AWAITS_PROCEED,        /* answer to <starttls/> */
    AWAITS_FIELDS,         /* XEP-0077: what the server wants to know */
    AWAITS_ACCOUNT,        /* XEP-0077: the account is made */
    AWAITS_AUTHENTICATION, /* challenge, success or failure */
    AWAITS_RESOURCE,
    IS_BOUND,
    IS_OVER,
};

struct client_stream {
    struct client_stream_options options; /* views into the arena; the password in its buffer */
    struct arena arena;
    struct buffer password;
    struct tls_info tls;
    struct stream_input input;
    struct buffer output;
    enum client_stream_state state;
    enum client_stream_event ready; /* to be reported next; WAIT = nothing */
    enum client_stream_event asked; /* START_TLS or NEED_KEY while it is open; else WAIT */
    struct str server_from;         /* of the server's header, as it came */
    bool from_is_wrong;             /* the server's header names another host */
    bool is_registered;
    bool is_authenticated;
    bool is_closing;
    bool uses_sasl2; /* the frame of XEP-0388 */
    bool uses_token;
    bool token_is_refused;
    struct buffer token, new_token;
    struct str new_expiry;
    enum sasl_mechanism asked_mechanism; /* that a token was asked for; SASL_MECHANISMS = none */
    struct sasl_client *sasl;
    struct sasl_result question; /* of NEED_KEY */
    enum sasl_mechanism mechanism;
    bool has_mechanism;
    struct str request_id; /* of the IQ that is not answered yet */
    struct stanza *features;
    struct stanza *stanza;
    struct jid jid;
    struct client_stream_failure failure;
};

/* client_stream.c */
void client_stream_write_header(struct client_stream *stream);
void client_stream_end(struct client_stream *stream,
                       enum client_failure kind,
                       struct str condition,
                       struct str text);
void client_stream_break(struct client_stream *stream, int error); /* the server broke the rules */
void client_stream_forget_secrets(struct client_stream *stream);

/* client_stream_failure.c: from the server's words to ours, and the end that follows. `error` is
 * the element that holds the condition and the text. */
void client_stream_end_by_sasl(struct client_stream *stream, const struct element *failure);
void client_stream_end_by_condition(struct client_stream *stream, const char *condition);
void client_stream_end_by_registration(struct client_stream *stream, const struct element *error);
void client_stream_end_by_bind(struct client_stream *stream, const struct element *error);
void client_stream_end_by_stream_error(struct client_stream *stream, const struct element *error);

/* client_stream_auth.c: RFC 6120 6 */
void client_stream_authenticate(struct client_stream *stream);
void client_stream_take_authentication(struct client_stream *stream, struct stanza *stanza);

/* client_stream_sasl2.c: XEP-0388, XEP-0386 */
bool client_stream_takes_token(const struct client_stream *stream, enum sasl_mechanism mechanism);
bool client_stream_has_sasl2(const struct client_stream *stream);
void client_stream_write_authenticate(struct client_stream *stream, struct str data);
void client_stream_take_success2(struct client_stream *stream, struct stanza *stanza);

/* The exchange goes on with what the server said. */
void client_stream_take_result(struct client_stream *stream, struct sasl_result result);

/* client_stream_negotiate.c: RFC 6120 4.3, 5, 7 */
void client_stream_take_header(struct client_stream *stream, const struct xml_event *event);
void client_stream_take_features(struct client_stream *stream, struct stanza *stanza);
void client_stream_take_proceed(struct client_stream *stream, struct stanza *stanza);
void client_stream_take_resource(struct client_stream *stream, struct stanza *stanza);

/* Sends a request of our own (takes the reference) and awaits its answer in `state`. */
void client_stream_request(struct client_stream *stream,
                           struct stanza *iq,
                           enum client_stream_state state);

/* Whether the stanza answers that request. When not, the stream has ended. */
bool client_stream_is_answer(struct client_stream *stream, const struct stanza *stanza);

/* client_stream_register.c: XEP-0077 */
void client_stream_register(struct client_stream *stream);
void client_stream_take_fields(struct client_stream *stream, struct stanza *stanza);
void client_stream_take_account(struct client_stream *stream, struct stanza *stanza);
