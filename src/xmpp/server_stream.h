/* server_stream.h - the receiving end of a client's stream, from its header to its closing tag.
 * Owns: the reader, the SASL exchange, its output buffer. Borrows: the configuration (outlives it).
 * Threads: one owner at a time; may be handed from one thread to another between calls.
 * Time: none (the owner keeps the deadlines). Errors: as SERVER_STREAM_CLOSED after the right
 * stream error was put into the output. Spec: RFC 6120 4-7, XEP-0077, XEP-0198 5, XEP-0368,
 * XEP-0386, XEP-0388, XEP-0440, XEP-0478, XEP-0484. Tests: tests/unit/xmpp/test_server_stream.c,
 * tests/wire/, tests/fuzz/fuzz_conversation.c
 *
 * Feed bytes, then take events until SERVER_STREAM_WAIT, and send what server_stream_output() holds
 * after each event. Events that ask a question stop the stream until they are answered; bytes that
 * are fed meanwhile wait (so the owner should stop reading). */
#pragma once

#include "xmpp/sasl.h"
#include "xmpp/xml_reader.h"

struct server_stream_config {
    struct str domain;   /* the only host served */
    bool require_tls;    /* nothing but STARTTLS is offered before TLS */
    bool offer_starttls; /* there is a certificate */
    bool allow_plain_without_tls;
    bool offer_anonymous;            /* guests */
    bool offer_invitations;          /* XEP-0445 feature before sign-in */
    bool offer_registration;         /* XEP-0077 feature before sign-in */
    bool offer_tokens;               /* XEP-0484 */
    struct xml_limits limits_before; /* until authenticated */
    struct xml_limits limits_after;
    unsigned auth_attempts_max; /* failures before the stream is closed (RFC 6120 6.4.5) */
    unsigned idle_seconds;      /* announced with XEP-0478; 0 = not announced */
    struct str decoy_secret;    /* see sasl_server_new */
};

enum server_stream_event {
    SERVER_STREAM_WAIT,          /* feed more bytes */
    SERVER_STREAM_START_TLS,     /* <proceed/> is in the output: send it, do the handshake, then
                                  * server_stream_tls_started(). Bytes already fed are dropped */
    SERVER_STREAM_REGISTRATION,  /* an IQ in jabber:iq:register before sign-in: take it with
                                  * server_stream_take_stanza(), answer with server_stream_send() */
    SERVER_STREAM_NEED_VERIFIER, /* answer with server_stream_verifier() */
    SERVER_STREAM_NEED_CHECK,    /* answer with server_stream_checked() */
    SERVER_STREAM_NEED_TOKENS,   /* answer with server_stream_tokens(): those that were given to
                                  * server_stream_agent_id() of server_stream_lookup_name() */
    SERVER_STREAM_AUTH_FAILED,   /* for the log and for the slowing of guesses: the <failure/> is
                                  * held back until server_stream_failure_release() */
    SERVER_STREAM_AUTHENTICATED, /* server_stream_name() is known; <success/> is held back until
                                  * server_stream_success_release(), then the stream goes on by
                                  * itself */
    SERVER_STREAM_TOKEN,         /* see server_stream_token_request(); answer with
                                  * server_stream_token() */
    SERVER_STREAM_BIND,          /* wanted resource: server_stream_wanted_resource() (may be empty),
                                  * or what server_stream_bind2() says; answer with
                                  * server_stream_bound() or server_stream_refuse_bind() */
    SERVER_STREAM_RESUME, /* instead: go on with the session server_stream_resume_id(), of which
                           * the client has got server_stream_resume_h() stanzas; answer with
                           * server_stream_resumed() or server_stream_refuse_resume() */
    SERVER_STREAM_STANZA, /* after bind: take it with server_stream_take_stanza(). Also
                           * STANZA_OTHER such as XEP-0198's <r/> or
                           * XEP-0352's <active/> */
    SERVER_STREAM_CLOSED, /* over, cleanly or not: send the output, then close. See
                           * server_stream_error() */
};

struct server_stream;

/* `tls` is active for direct TLS (XEP-0368) and NULL or inactive for STARTTLS; it is copied. */
MUST_CHECK struct server_stream *server_stream_new(const struct server_stream_config *config,
                                                   const struct tls_info *tls);
void server_stream_free(struct server_stream *stream);

void server_stream_feed(struct server_stream *stream, struct str bytes);
enum server_stream_event server_stream_next(struct server_stream *stream);

/* Bytes to send, to be emptied by the owner (buffer_consume). After bind the owner may write to the
 * connection itself, once this is empty. */
struct buffer *server_stream_output(struct server_stream *stream);

/* Answers; each only after its event. One that comes after the stream has ended is ignored. An IQ
 * of SERVER_STREAM_REGISTRATION is answered by the next server_stream_send(). */
void server_stream_tls_started(struct server_stream *stream, const struct tls_info *tls);
struct str server_stream_lookup_name(const struct server_stream *stream);
enum scram_hash server_stream_lookup_hash(const struct server_stream *stream);
void server_stream_verifier(struct server_stream *stream, const struct scram_verifier *verifier);
struct str server_stream_check_password(const struct server_stream *stream);
const struct scram_verifier *server_stream_check_verifier(const struct server_stream *stream);
void server_stream_checked(struct server_stream *stream, bool matches);
void
server_stream_tokens(struct server_stream *stream, const struct sasl_token *tokens, size_t count);
void server_stream_failure_release(struct server_stream *stream);
void server_stream_success_release(struct server_stream *stream);

/* The other answer to these three: not now, and not a word on whether the password was right (RFC
 * 6120 6.5.11 <temporary-auth-failure/>). */
void server_stream_refuse(struct server_stream *stream);
struct str server_stream_wanted_resource(const struct server_stream *stream);

/* XEP-0386: the request for a resource that came along with the sign-in, and what it wants enabled;
 * NULL when it is a request of the old kind. XEP-0388 2.3: which client it is, a UUID; empty when
 * it did not say. Views until the answer. */
const struct element *server_stream_bind2(const struct server_stream *stream);
struct str server_stream_agent_id(const struct server_stream *stream);

/* XEP-0484: what becomes of the tokens of a client that has signed in. */
struct server_stream_token_request {
    bool has_used;    /* it signed in with a token: the one at `used` of those of the answer */
    size_t used;      /* and all that would expire earlier are of no use any more */
    bool invalidates; /* nor is this one */
    bool wants;       /* it asks for a new one */
    enum sasl_mechanism mechanism; /* that the new one is good for, be it asked for or not */
};
struct server_stream_token_request server_stream_token_request(const struct server_stream *stream);

/* `token`: a new one, or empty; `expiry` as of XEP-0082. */
void server_stream_token(struct server_stream *stream, struct str token, struct str expiry);

/* `results`: XML to go into <bound/>; empty without server_stream_bind2(). */
void server_stream_bound(struct server_stream *stream, struct jid full, struct str results);
void server_stream_refuse_bind(struct server_stream *stream, int error);
struct str server_stream_resume_id(const struct server_stream *stream);
uint32_t server_stream_resume_h(const struct server_stream *stream);

/* `h`: how many stanzas of the client's have been dealt with. A refusal may tell it too (XEP-0198
 * 5), or have NULL; the client may bind then. */
void server_stream_resumed(struct server_stream *stream, uint32_t h);
void server_stream_refuse_resume(struct server_stream *stream, const uint32_t *h);

/* The localpart that signed in, "" for a guest; and how. After AUTHENTICATED. For AUTH_FAILED the
 * name that was tried (may be empty). */
struct str server_stream_name(const struct server_stream *stream);
const char *server_stream_mechanism(const struct server_stream *stream);

/* After AUTHENTICATED, for a guest: what the owner calls it. */
void server_stream_name_guest(struct server_stream *stream, struct str name);

/* Hands over the reference of the stanza of the last event. */
MUST_CHECK struct stanza *server_stream_take_stanza(struct server_stream *stream);

/* Puts a stanza into the output (negotiation, registration). */
void server_stream_send(struct server_stream *stream, const struct stanza *stanza);

/* Ends the stream from this side: `error` 0 closes cleanly, else a stream error (E_ value) with
 * optional text goes first. server_stream_shutdown is RFC 6120 4.9.3.19 <system-shutdown/>,
 * server_stream_replaced 4.9.3.3 <conflict/>. */
void server_stream_close(struct server_stream *stream, int error, struct str text);
void server_stream_shutdown(struct server_stream *stream);
void server_stream_replaced(struct server_stream *stream);

/* After CLOSED: 0 when the peer closed cleanly, else the E_ value. */
int server_stream_error(const struct server_stream *stream);

/* See xml_reader_rest(). */
void server_stream_rest(struct server_stream *stream);
