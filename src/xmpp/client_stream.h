/* client_stream.h - the initiating end of a stream: what a client says until it is bound, and
 * after. Owns: the reader, the SASL exchange, its output buffer, a copy of its options (the
 * password is wiped when it is no longer needed). Threads: one owner at a time. Time: none. Errors:
 * as CLIENT_STREAM_CLOSED with a struct client_stream_failure. Spec: RFC 6120 4-7, XEP-0368,
 * XEP-0077, XEP-0386, XEP-0388, XEP-0440, XEP-0474, XEP-0484. Tests:
 * tests/unit/xmpp/test_client_stream.c (against server_stream in memory),
 * tests/fuzz/fuzz_conversation.c
 *
 * Used like server_stream.h: feed, take events, send the output after each. The first output (the
 * stream header) is there from the start. */
#pragma once

#include "xmpp/sasl.h"
#include "xmpp/xml_reader.h"

struct client_stream_options {
    struct str domain;
    struct str name; /* localpart; empty = a guest (ANONYMOUS) */
    struct str password;
    struct str resource; /* empty = the server chooses */
    struct str lang;     /* xml:lang; may be empty */
    bool registers;      /* make the account first (XEP-0077), then sign in */
    bool tls_required;   /* refuse a server that offers no STARTTLS */
    bool direct_tls;     /* TLS is under the stream already */
    bool tls_refused;    /* stay in the clear even so: for measurements on one machine */
    unsigned mechanisms; /* SASL_BITs allowed; 0 = all that are sound */

    /* XEP-0388, used where the server offers it inside TLS. */
    bool plain_frame;    /* not even then: sign in as RFC 6120 6 has it */
    struct str agent_id; /* a random UUID, always the same for this installation; empty = none */
    struct str software; /* what the server may call it in a list of devices; may be empty */
    struct str tag;      /* XEP-0386: ask for a resource along with the sign-in, and have its name
                          * begin with this; empty = ask for `resource` afterwards */

    /* XEP-0484, only with an agent_id: sign in with this token first, if the server takes such,
     * else with the password (which may be empty then); and ask for one. */
    struct str token; /* empty = none */
    enum sasl_mechanism token_mechanism;
    bool wants_token;
};

enum client_stream_event {
    CLIENT_STREAM_WAIT,      /* feed more bytes */
    CLIENT_STREAM_START_TLS, /* <proceed/> came: handshake, then client_stream_tls_started() */
    CLIENT_STREAM_NEED_KEY,  /* derive the key off the thread, answer client_stream_key() */
    CLIENT_STREAM_BOUND,     /* client_stream_jid() is known: ready for stanzas */
    CLIENT_STREAM_STANZA,    /* take it with client_stream_take_stanza() */
    CLIENT_STREAM_CLOSED,    /* over; see client_stream_failure() */
};

/* Why a stream ended, in terms a person can be told. */
enum client_failure {
    CLIENT_CLOSED,         /* cleanly */
    CLIENT_NO_TLS,         /* the server offers none and we insist */
    CLIENT_NO_MECHANISM,   /* no common mechanism (guests not allowed, for one) */
    CLIENT_WRONG_PASSWORD, /* <not-authorized/>: also when the name is unknown */
    CLIENT_ACCOUNT_DISABLED,
    CLIENT_SERVER_NOT_PROVEN,   /* the server's signature is wrong: not the one that knows us */
    CLIENT_NAME_TAKEN,          /* registration: <conflict/> */
    CLIENT_NAME_NOT_ALLOWED,    /* registration: <not-acceptable/>, <jid-malformed/> ... */
    CLIENT_REGISTRATION_CLOSED, /* not offered or <not-allowed/>, <forbidden/> */
    CLIENT_TRY_LATER, /* any <resource-constraint/>, <policy-violation/>, temporary failure */
    CLIENT_BIND_REFUSED,
    CLIENT_REPLACED,       /* stream error <conflict/> */
    CLIENT_SHUTDOWN,       /* stream error <system-shutdown/> */
    CLIENT_HOST_UNKNOWN,   /* stream error <host-unknown/> */
    CLIENT_STREAM_ERROR,   /* another stream error of the server */
    CLIENT_PROTOCOL_ERROR, /* the server broke the protocol */
};

struct client_stream_failure {
    enum client_failure kind;
    struct str condition; /* the server's element name, may be empty */
    struct str text;      /* the server's words, may be empty */
    int error;            /* E_ value of CLIENT_PROTOCOL_ERROR, else 0 */
};

struct client_stream;

MUST_CHECK struct client_stream *client_stream_new(const struct client_stream_options *options,
                                                   const struct tls_info *tls);
void client_stream_free(struct client_stream *stream);
void client_stream_feed(struct client_stream *stream, struct str bytes);
enum client_stream_event client_stream_next(struct client_stream *stream);
struct buffer *client_stream_output(struct client_stream *stream);

void client_stream_tls_started(struct client_stream *stream, const struct tls_info *tls);

/* What to derive: scram_salted_password(hash, password, salt, iterations). Views are valid until
 * the answer; copy them for another thread. */
struct client_stream_key_question {
    enum scram_hash hash;
    struct str password, salt;
    uint32_t iterations;
};
struct client_stream_key_question client_stream_key_question(const struct client_stream *stream);
void client_stream_key(struct client_stream *stream, const uint8_t salted_password[SCRAM_KEY_MAX]);

/* After BOUND. */
struct jid client_stream_jid(const struct client_stream *stream);
const char *client_stream_mechanism(const struct client_stream *stream);

/* XEP-0484: a new token that came with the sign-in, instead of any other; empty when none came.
 * And: was that of the options refused? Then it is of no use any more. Views as long as the stream.
 */
struct client_stream_token {
    struct str token, expiry;
    enum sasl_mechanism mechanism;
};
struct client_stream_token client_stream_token(const struct client_stream *stream);
bool client_stream_token_is_refused(const struct client_stream *stream);

/* RFC 6120 4.7.1: what the server called itself in its last stream header, as it wrote it; empty
 * before the header or when it said nothing. A view valid as long as the stream. */
struct str client_stream_server_from(const struct client_stream *stream);

/* The last <stream:features/>; NULL before the first. Valid as long as the stream. */
const struct element *client_stream_features(const struct client_stream *stream);

MUST_CHECK struct stanza *client_stream_take_stanza(struct client_stream *stream);
void client_stream_send(struct client_stream *stream, const struct stanza *stanza);

/* Says </stream:stream>; CLOSED comes when the server answers. */
void client_stream_close(struct client_stream *stream);
struct client_stream_failure client_stream_failure(const struct client_stream *stream);
