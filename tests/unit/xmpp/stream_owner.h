/* stream_owner.h - a small owner of a server stream for tests: answers its questions at once.
 * Owns: the stream. Threads: one. Errors: as events that are counted.
 * Used by the stream tests, tests/wire and tests/fuzz. */
#pragma once

#include "base/buffer.h"
#include "xmpp/server_stream.h"

#define OWNER_DOMAIN       "chat.example"
#define OWNER_PASSWORD     "secret"
#define OWNER_ACCOUNTS_MAX 8

struct stream_owner {
    struct server_stream_config config; /* set before owner_start; sound values after owner_init */
    struct tls_info tls;                /* what the handshake gives, or gave for direct TLS */
    bool has_direct_tls;
    bool waits_for_tls; /* START_TLS is left to the test */
    char accounts[OWNER_ACCOUNTS_MAX][64];
    size_t account_count;

    /* XEP-0484: the token that was given last. */
    char token[32];
    char token_agent[64];
    enum sasl_mechanism token_mechanism;
    bool token_is_expired;
    bool rotates; /* gives another one whenever it is used */

    struct server_stream *stream;
    unsigned seen[SERVER_STREAM_CLOSED + 1]; /* how often each event came */
    struct buffer received;                  /* the stanzas, written one after the other */
    char bound[256];                         /* the full address, "" before */
    bool is_closed;
};

/* No stream yet; one account "anna" with the password "secret"; TLS required, everything offered.
 */
void owner_init(struct stream_owner *owner);
void owner_add_account(struct stream_owner *owner, const char *name);
void owner_start(struct stream_owner *owner);
void owner_fini(struct stream_owner *owner);

/* Takes events until the stream waits or is over. */
void owner_run(struct stream_owner *owner);
void owner_feed(struct stream_owner *owner, struct str bytes);

/* The verifier of the password "secret", made once. */
const struct scram_verifier *owner_verifier(enum scram_hash hash);

/* scram_salted_password() with a memory for the last one, since tests ask for the same all day. */
void owner_salted_password(enum scram_hash hash,
                           struct str password,
                           struct str salt,
                           uint32_t iterations,
                           uint8_t ret[SCRAM_KEY_MAX]);
