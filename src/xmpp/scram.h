/* scram.h - SCRAM's arithmetic: keys, verifiers, proofs. No messages, no state.
 * Owns: nothing. Threads: any. Errors: E_FORMAT, E_LIMIT. Spec: RFC 5802 3, RFC 7677.
 * Tests: tests/unit/xmpp/test_scram.c (the RFCs' own vectors) */
#pragma once

#include "base/arena.h"

enum scram_hash {
    SCRAM_SHA_1,
    SCRAM_SHA_256
};

#define SCRAM_HASHES         2
#define SCRAM_KEY_MAX        32    /* bytes of the longest hash */
#define SCRAM_SALT_BYTES     16    /* of salts that we draw */
#define SCRAM_SALT_MAX       64    /* of salts that we accept */
#define SCRAM_ITERATIONS     10000 /* of verifiers that we make */
#define SCRAM_ITERATIONS_MIN 4096
#define SCRAM_ITERATIONS_MAX 1000000 /* a client works no longer than this for a server */

/* What a server stores instead of a password. */
struct scram_verifier {
    enum scram_hash hash;
    uint32_t iterations;
    uint8_t salt[SCRAM_SALT_MAX];
    size_t salt_len;
    uint8_t stored_key[SCRAM_KEY_MAX];
    uint8_t server_key[SCRAM_KEY_MAX];
};

size_t scram_key_bytes(enum scram_hash hash);

/* Hi(password, salt, i): slow on purpose, never on a worker or a GUI thread. `password` is
 * prepared already (jid_prepare_opaque). */
void scram_salted_password(enum scram_hash hash,
                           struct str password,
                           struct str salt,
                           uint32_t iterations,
                           uint8_t ret[SCRAM_KEY_MAX]);

/* As slow: draws a salt and derives the verifier. */
void scram_verifier_make(enum scram_hash hash, struct str password, struct scram_verifier *ret);

/* As slow: does the password belong to the verifier? Constant time in the comparison. */
bool scram_verifier_matches(const struct scram_verifier *verifier, struct str password);

/* A verifier nobody can satisfy for a name that does not exist; always the same for the same name
 * and secret, so that it cannot be told from a real one. */
void scram_verifier_decoy(enum scram_hash hash,
                          struct str name,
                          struct str secret,
                          struct scram_verifier *ret);

/* The rest is quick: HMAC and hash over the AuthMessage (RFC 5802 3). */
void scram_client_proof(enum scram_hash hash,
                        const uint8_t salted_password[SCRAM_KEY_MAX],
                        struct str auth_message,
                        uint8_t ret_proof[SCRAM_KEY_MAX]);
bool scram_proof_is_valid(const struct scram_verifier *verifier,
                          struct str auth_message,
                          struct str proof);
void scram_server_signature(const struct scram_verifier *verifier,
                            struct str auth_message,
                            uint8_t ret[SCRAM_KEY_MAX]);
bool scram_signature_is_valid(enum scram_hash hash,
                              const uint8_t salted_password[SCRAM_KEY_MAX],
                              struct str auth_message,
                              struct str signature);
