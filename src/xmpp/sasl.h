/* sasl.h - authentication mechanisms, both ends, as step machines behind one table.
 * Owns: its state; secrets are wiped when it is freed. Threads: one owner at a time. Time: none.
 * Errors: SASL failure conditions of RFC 6120 6.5 as static text. Spec: RFC 4422, RFC 5802,
 * RFC 7677, RFC 9266 (tls-exporter), RFC 5929 4 (tls-server-end-point), RFC 4616, RFC 4505,
 * XEP-0474, draft-schmaus-kitten-sasl-ht-09.
 * Tests: tests/unit/xmpp/test_sasl.c (each end against the other), tests/fuzz/fuzz_sasl.c */
#pragma once

#include "xmpp/scram.h"

enum channel_binding_type {
    CB_NONE,
    CB_TLS_EXPORTER,         /* RFC 9266, TLS 1.3 */
    CB_TLS_SERVER_END_POINT, /* RFC 5929 4.1 */
    CB_TYPES
};

/* What the TLS layer under a stream is. Copied by whoever is given one. */
struct tls_info {
    bool active;
    const char *version;           /* "TLSv1.3": static */
    const char *cipher;            /* static */
    uint8_t binding[CB_TYPES][64]; /* channel binding data by type */
    size_t binding_len[CB_TYPES];  /* bytes; 0 = not available */
};

enum sasl_mechanism {
    SASL_SCRAM_SHA_256_PLUS,
    SASL_SCRAM_SHA_1_PLUS,
    SASL_SCRAM_SHA_256,
    SASL_SCRAM_SHA_1,
    SASL_PLAIN,
    SASL_ANONYMOUS,
    SASL_HT_SHA_256_EXPR, /* with tokens of XEP-0484, never with passwords */
    SASL_HT_SHA_256_ENDP,
    SASL_HT_SHA_256_NONE,
    SASL_MECHANISMS, /* in order of preference, best first */
};
#define SASL_BIT(mechanism) (1u << (mechanism))
#define SASL_ALL_SCRAM                                                                             \
    (SASL_BIT(SASL_SCRAM_SHA_256_PLUS) | SASL_BIT(SASL_SCRAM_SHA_1_PLUS) |                         \
     SASL_BIT(SASL_SCRAM_SHA_256) | SASL_BIT(SASL_SCRAM_SHA_1))

#define SASL_ALL_PLUS (SASL_BIT(SASL_SCRAM_SHA_256_PLUS) | SASL_BIT(SASL_SCRAM_SHA_1_PLUS))

#define SASL_ALL_TOKENS                                                                            \
    (SASL_BIT(SASL_HT_SHA_256_EXPR) | SASL_BIT(SASL_HT_SHA_256_ENDP) |                             \
     SASL_BIT(SASL_HT_SHA_256_NONE))

const char *sasl_mechanism_name(enum sasl_mechanism mechanism);
bool sasl_mechanism_find(struct str name, enum sasl_mechanism *ret_mechanism);

/* The registered name of a channel binding type (RFC 5056 7), and back: CB_NONE for one that we do
 * not know. */
const char *sasl_binding_name(enum channel_binding_type type);
enum channel_binding_type sasl_binding_find(struct str name);

/* Whether TLS gave us data of that type. */
bool sasl_binding_is_there(const struct tls_info *tls, enum channel_binding_type type);

/* Those mechanisms for tokens that this channel is good for. */
unsigned sasl_token_mechanisms(const struct tls_info *tls);

/* Overwrites bytes in an arena that nobody else looks at any more. */
void sasl_wipe(struct str secret);

enum sasl_step {
    SASL_SEND,          /* `output` goes to the other side; more will come */
    SASL_DONE,          /* authenticated; `output` (maybe empty) goes along with success */
    SASL_FAILED,        /* `condition` says why */
    SASL_NEED_VERIFIER, /* server: look up `name`, answer sasl_server_verifier() */
    SASL_NEED_CHECK,    /* server, PLAIN: compare `password` with `verifier` off the thread, answer
                         * sasl_server_checked() */
    SASL_NEED_TOKEN,    /* server: look up the tokens of `name`, answer sasl_server_tokens() */
    SASL_NEED_KEY,      /* client: derive `salt`/`iterations` off the thread, answer
                         * sasl_client_key() */
};

struct sasl_result {
    enum sasl_step step;
    struct str output; /* raw, not base64; valid until the next call; has_output tells an
                        * empty message from none */
    bool has_output;
    const char *condition; /* RFC 6120 6.5 element name: static */
    bool is_unproven;      /* client: failed because the server does not know the password */
    struct str name;       /* localpart to look up, prepared */
    struct str password;   /* prepared; wiped with the exchange */
    struct scram_verifier verifier; /* of SASL_NEED_CHECK */
    enum scram_hash hash;           /* of SASL_NEED_VERIFIER (which one) and SASL_NEED_KEY */
    struct str salt;                /* of SASL_NEED_KEY */
    uint32_t iterations;
};

/* ---- server end ---- */
struct sasl_server;

/* `offered` is the set of SASL_BITs that was announced; `domain` the server's; `tls` is copied;
 * `decoy_secret` (any length, copied) makes unknown names look known. */
MUST_CHECK struct sasl_server *sasl_server_new(unsigned offered,
                                               struct str domain,
                                               const struct tls_info *tls,
                                               struct str decoy_secret);
void sasl_server_free(struct sasl_server *sasl);

/* <auth mechanism=...>; `initial` is decoded; has_initial tells "=" (empty) from absent. */
struct sasl_result sasl_server_start(struct sasl_server *sasl,
                                     struct str mechanism,
                                     struct str initial,
                                     bool has_initial);
struct sasl_result sasl_server_respond(struct sasl_server *sasl, struct str response);

/* The answer to SASL_NEED_VERIFIER; NULL = no such account (goes on with a decoy). */
struct sasl_result sasl_server_verifier(struct sasl_server *sasl,
                                        const struct scram_verifier *verifier);
/* The answer to SASL_NEED_CHECK. */
struct sasl_result sasl_server_checked(struct sasl_server *sasl, bool matches);

/* A token that the server has given out (XEP-0484). */
struct sasl_token {
    struct str secret;
    enum sasl_mechanism mechanism; /* the only one that it is good for */
    bool is_expired;
};

/* The answer to SASL_NEED_TOKEN: all that may be meant, which are few. */
struct sasl_result
sasl_server_tokens(struct sasl_server *sasl, const struct sasl_token *tokens, size_t count);

/* After SASL_DONE with a token: which of them it was. */
size_t sasl_server_token_index(const struct sasl_server *sasl);

/* After SASL_DONE: the authenticated localpart; empty for ANONYMOUS. */
struct str sasl_server_name(const struct sasl_server *sasl);
enum sasl_mechanism sasl_server_mechanism(const struct sasl_server *sasl);

/* ---- client end ---- */
struct sasl_client;

/* Picks the best of `offered` that `allowed` permits and the credentials suit (ANONYMOUS only when
 * `name` is empty; PLAIN only inside TLS). NULL when nothing fits. Password is prepared here.
 * `server_bindings`: bit set of channel binding types the server lists (XEP-0440), ~0 when it lists
 * none. */
MUST_CHECK struct sasl_client *sasl_client_new(unsigned offered,
                                               unsigned allowed,
                                               struct str name,
                                               struct str password,
                                               const struct tls_info *tls,
                                               unsigned server_bindings);

/* With a token instead of a password, by the mechanism it is good for. NULL when the channel is
 * not.
 */
MUST_CHECK struct sasl_client *sasl_client_new_with_token(enum sasl_mechanism mechanism,
                                                          struct str name,
                                                          struct str token,
                                                          const struct tls_info *tls);
void sasl_client_free(struct sasl_client *sasl);
enum sasl_mechanism sasl_client_mechanism(const struct sasl_client *sasl);

/* XEP-0474: what the server announced, as sasl_lists_append() writes it; copied. A server that says
 * in a SCRAM exchange that it announced something else is not believed. */
void sasl_client_expect_lists(struct sasl_client *sasl, struct str text);
struct sasl_result sasl_client_start(struct sasl_client *sasl);
struct sasl_result sasl_client_challenge(struct sasl_client *sasl, struct str challenge);

/* The answer to SASL_NEED_KEY: scram_salted_password() of the client's password. */
struct sasl_result sasl_client_key(struct sasl_client *sasl,
                                   const uint8_t salted_password[SCRAM_KEY_MAX]);
struct str sasl_client_password(const struct sasl_client *sasl); /* prepared: for the derivation */

/* <success/> with its data: SASL_DONE only if the server proved that it knows the password too. */
struct sasl_result sasl_client_success(struct sasl_client *sasl, struct str data);
