/* sasl_private.h - what the mechanisms of sasl.h share: the table's row and the two ends' state.
 * For sasl*.c only. Owns, threads, errors: as sasl.h. */
#pragma once

#include "base/buffer.h"
#include "xmpp/sasl.h"

/* Bytes of one SASL message, either way. Ours are far shorter. */
#define SASL_MESSAGE_MAX 4096

/* Characters of the nonces that we draw: 160 bits. */
#define SASL_NONCE_CHARS 32

/* What one mechanism does at the receiving end, step by step. */
struct sasl_server_steps {
    /* The client's messages in the order they must come; NULL behind the last. */
    struct sasl_result (*message[2])(struct sasl_server *sasl, struct str message);
    struct sasl_result (*verifier)(struct sasl_server *sasl,
                                   const struct scram_verifier *verifier); /* NULL = a decoy */
    struct sasl_result (*tokens)(struct sasl_server *sasl,
                                 const struct sasl_token *tokens,
                                 size_t count);
    struct sasl_result (*checked)(struct sasl_server *sasl, bool matches);
};

/* And at the initiating end. */
struct sasl_client_steps {
    struct sasl_result (*start)(struct sasl_client *sasl);
    struct sasl_result (*challenge)(struct sasl_client *sasl, struct str challenge);
    struct sasl_result (*key)(struct sasl_client *sasl, const uint8_t *salted_password);
    struct sasl_result (*success)(struct sasl_client *sasl, struct str data);
};

/* A row of the one mechanism table, in sasl.c. */
struct sasl_mechanism_info {
    const char *name;
    enum scram_hash hash; /* of the verifier it asks for */
    bool binds_channel;   /* -PLUS */
    bool for_guests;      /* wants no name; all others want one */
    bool needs_tls;       /* shows the password to whoever listens */
    bool is_for_tokens;
    enum channel_binding_type token_binding; /* what goes into the proof with a token */
    const struct sasl_server_steps *server;
    const struct sasl_client_steps *client;
};

const struct sasl_mechanism_info *sasl_mechanism_info(enum sasl_mechanism mechanism);

extern const struct sasl_server_steps SASL_SCRAM_SERVER, SASL_PLAIN_SERVER, SASL_ANONYMOUS_SERVER,
    SASL_TOKEN_SERVER;
extern const struct sasl_client_steps SASL_SCRAM_CLIENT, SASL_PLAIN_CLIENT, SASL_ANONYMOUS_CLIENT,
    SASL_TOKEN_CLIENT;

/* What a SCRAM exchange remembers, at either end (RFC 5802 3, 5). */
struct scram_exchange {
    enum channel_binding_type binding;
    struct str gs2_header;   /* as sent, with both commas */
    struct str nonce;        /* the client's, later both */
    struct str client_first; /* the bare part */
    struct str server_first;
};

enum sasl_server_state {
    SASL_SERVER_IDLE,
    SASL_SERVER_WANTS_MESSAGE,
    SASL_SERVER_WANTS_VERIFIER,
    SASL_SERVER_WANTS_TOKENS,
    SASL_SERVER_WANTS_CHECK,
    SASL_SERVER_OVER,
};

struct sasl_server {
    unsigned offered;
    struct str domain;
    struct tls_info tls;
    struct buffer decoy_secret;
    enum sasl_server_state state;
    enum sasl_mechanism mechanism;
    unsigned messages; /* of the client, dealt with so far */
    struct arena arena;
    struct buffer output;
    struct str name;
    struct buffer password; /* or the proof that the client has a token */
    size_t token_index;
    bool is_known; /* the verifier is an account's, not a decoy */
    struct scram_verifier verifier;
    struct scram_exchange scram;
};

enum sasl_client_state {
    SASL_CLIENT_IDLE,
    SASL_CLIENT_WANTS_CHALLENGE,
    SASL_CLIENT_WANTS_KEY,
    SASL_CLIENT_WANTS_SUCCESS,
    SASL_CLIENT_OVER,
};

struct sasl_client {
    struct tls_info tls;
    enum sasl_client_state state;
    enum sasl_mechanism mechanism;
    struct arena arena;
    struct buffer output;
    struct str name;
    struct buffer password;
    struct scram_exchange scram;
    struct str lists; /* XEP-0474: what the server announced, to hash; empty = not known */
    uint8_t salted_password[SCRAM_KEY_MAX];
    bool is_proven; /* the server's signature was right */
};

/* Results. Failing ends the exchange. */
struct sasl_result sasl_server_fail(struct sasl_server *sasl, const char *condition);
struct sasl_result sasl_server_send(struct sasl_server *sasl); /* what is in `output` */
struct sasl_result sasl_client_fail(struct sasl_client *sasl, const char *condition);
struct sasl_result sasl_client_fail_unproven(struct sasl_client *sasl);
struct sasl_result sasl_client_send(struct sasl_client *sasl);

/* RFC 6120 6.3.8: an authorization identity may be left out or must be the user's own bare JID.
 * E_FORBIDDEN otherwise. */
MUST_CHECK int sasl_check_authzid(struct sasl_server *sasl, struct str authzid);
