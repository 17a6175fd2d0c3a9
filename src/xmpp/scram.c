/* scram.c - see scram.h. */
#include "xmpp/scram.h"

#include "base/random.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

static const EVP_MD *
digest(enum scram_hash hash)
{
    return hash == SCRAM_SHA_256 ? EVP_sha256() : EVP_sha1();
}

size_t
scram_key_bytes(enum scram_hash hash)
{
    return hash == SCRAM_SHA_256 ? 32 : 20;
}

static const unsigned char *
bytes_of(struct str text)
{
    return (const unsigned char *)(text.data ? text.data : "");
}

/* HMAC(key, text) of RFC 5802 2.2. */
static void
mac(enum scram_hash hash, struct str key, struct str text, uint8_t ret[SCRAM_KEY_MAX])
{
    unsigned len = 0;
    const void *made =
        HMAC(digest(hash), bytes_of(key), (int)key.len, bytes_of(text), text.len, ret, &len);

    assert(made && len == scram_key_bytes(hash));
}

/* HMAC under one of our own keys. */
static void
mac_by_key(enum scram_hash hash, const uint8_t *key, struct str text, uint8_t ret[SCRAM_KEY_MAX])
{
    mac(hash, (struct str){ (const char *)key, scram_key_bytes(hash) }, text, ret);
}

/* H(key) of RFC 5802 2.2. */
static void
hash_key(enum scram_hash hash, const uint8_t *key, uint8_t ret[SCRAM_KEY_MAX])
{
    unsigned len = 0;
    int ok = EVP_Digest(key, scram_key_bytes(hash), ret, &len, digest(hash), NULL);

    assert(ok == 1 && len == scram_key_bytes(hash));
}

static void
xor_keys(enum scram_hash hash, uint8_t *key, const uint8_t *other)
{
    for (size_t i = 0; i < scram_key_bytes(hash); i++)
        key[i] = (uint8_t)(key[i] ^ other[i]);
}

/* Hi() of RFC 5802 2.2 is PBKDF2 with HMAC (RFC 8018 5.2) and one block of output. */
void
scram_salted_password(enum scram_hash hash,
                      struct str password,
                      struct str salt,
                      uint32_t iterations,
                      uint8_t ret[SCRAM_KEY_MAX])
{
    int ok;

    assert(iterations > 0 && iterations <= INT32_MAX);
    assert(password.len <= INT32_MAX && salt.len <= INT32_MAX);
    memset(ret, 0, SCRAM_KEY_MAX);
    ok = PKCS5_PBKDF2_HMAC((const char *)bytes_of(password), (int)password.len, bytes_of(salt),
                           (int)salt.len, (int)iterations, digest(hash), (int)scram_key_bytes(hash),
                           ret);
    assert(ok == 1);
}

/* RFC 5802 3: StoredKey := H(HMAC(SaltedPassword, "Client Key")). */
static void
derive_stored_key(enum scram_hash hash, const uint8_t *salted, uint8_t ret[SCRAM_KEY_MAX])
{
    uint8_t client_key[SCRAM_KEY_MAX] = { 0 };

    mac_by_key(hash, salted, STR("Client Key"), client_key);
    hash_key(hash, client_key, ret);
    OPENSSL_cleanse(client_key, sizeof(client_key));
}

/* RFC 5802 3: ServerKey := HMAC(SaltedPassword, "Server Key"). */
static void
derive_server_key(enum scram_hash hash, const uint8_t *salted, uint8_t ret[SCRAM_KEY_MAX])
{
    mac_by_key(hash, salted, STR("Server Key"), ret);
}

void
scram_verifier_make(enum scram_hash hash, struct str password, struct scram_verifier *ret)
{
    uint8_t salted[SCRAM_KEY_MAX];

    *ret = (struct scram_verifier){
        .hash = hash,
        .iterations = SCRAM_ITERATIONS,
        .salt_len = SCRAM_SALT_BYTES,
    };
    random_bytes(ret->salt, ret->salt_len);
    scram_salted_password(hash, password, (struct str){ (const char *)ret->salt, ret->salt_len },
                          ret->iterations, salted);
    derive_stored_key(hash, salted, ret->stored_key);
    derive_server_key(hash, salted, ret->server_key);
    OPENSSL_cleanse(salted, sizeof(salted));
}

bool
scram_verifier_matches(const struct scram_verifier *verifier, struct str password)
{
    uint8_t salted[SCRAM_KEY_MAX];
    uint8_t stored_key[SCRAM_KEY_MAX] = { 0 };
    bool matches;

    scram_salted_password(verifier->hash, password,
                          (struct str){ (const char *)verifier->salt, verifier->salt_len },
                          verifier->iterations, salted);
    derive_stored_key(verifier->hash, salted, stored_key);
    matches = CRYPTO_memcmp(stored_key, verifier->stored_key, scram_key_bytes(verifier->hash)) == 0;
    OPENSSL_cleanse(salted, sizeof(salted));
    OPENSSL_cleanse(stored_key, sizeof(stored_key));
    return matches;
}

/* One piece of a decoy: a keyed hash of what it is for, which hash it belongs to, and the name. */
static void
decoy_piece(enum scram_hash hash,
            const char *use,
            struct str name,
            struct str secret,
            uint8_t ret[SCRAM_KEY_MAX])
{
    uint8_t use_key[SCRAM_KEY_MAX] = { 0 };
    struct str label = str_from(use);

    mac(SCRAM_SHA_256, secret, label, use_key);
    /* The hash is part of the key: salts of the two verifiers of a real account differ as well. */
    use_key[0] = (uint8_t)(use_key[0] ^ (unsigned)hash);
    mac_by_key(SCRAM_SHA_256, use_key, name, ret);
    OPENSSL_cleanse(use_key, sizeof(use_key));
}

void
scram_verifier_decoy(enum scram_hash hash,
                     struct str name,
                     struct str secret,
                     struct scram_verifier *ret)
{
    uint8_t salt[SCRAM_KEY_MAX] = { 0 };

    *ret = (struct scram_verifier){
        .hash = hash,
        .iterations = SCRAM_ITERATIONS,
        .salt_len = SCRAM_SALT_BYTES,
    };
    decoy_piece(hash, "salt", name, secret, salt);
    memcpy(ret->salt, salt, ret->salt_len);
    decoy_piece(hash, "stored key", name, secret, ret->stored_key);
    decoy_piece(hash, "server key", name, secret, ret->server_key);
}

/* RFC 5802 3: ClientProof := ClientKey XOR HMAC(StoredKey, AuthMessage). */
void
scram_client_proof(enum scram_hash hash,
                   const uint8_t salted_password[SCRAM_KEY_MAX],
                   struct str auth_message,
                   uint8_t ret_proof[SCRAM_KEY_MAX])
{
    uint8_t stored_key[SCRAM_KEY_MAX] = { 0 };
    uint8_t signature[SCRAM_KEY_MAX] = { 0 };

    memset(ret_proof, 0, SCRAM_KEY_MAX);
    mac_by_key(hash, salted_password, STR("Client Key"), ret_proof);
    hash_key(hash, ret_proof, stored_key);
    mac_by_key(hash, stored_key, auth_message, signature);
    xor_keys(hash, ret_proof, signature);
    OPENSSL_cleanse(stored_key, sizeof(stored_key));
    OPENSSL_cleanse(signature, sizeof(signature));
}

/* RFC 5802 3: the proof gives the ClientKey away, whose hash must be the StoredKey. */
bool
scram_proof_is_valid(const struct scram_verifier *verifier,
                     struct str auth_message,
                     struct str proof)
{
    uint8_t client_key[SCRAM_KEY_MAX] = { 0 };
    uint8_t stored_key[SCRAM_KEY_MAX] = { 0 };
    size_t len = scram_key_bytes(verifier->hash);
    bool valid;

    if (proof.len != len)
        return false;
    mac_by_key(verifier->hash, verifier->stored_key, auth_message, client_key);
    xor_keys(verifier->hash, client_key, bytes_of(proof));
    hash_key(verifier->hash, client_key, stored_key);
    valid = CRYPTO_memcmp(stored_key, verifier->stored_key, len) == 0;
    OPENSSL_cleanse(client_key, sizeof(client_key));
    return valid;
}

/* RFC 5802 3: ServerSignature := HMAC(ServerKey, AuthMessage). */
void
scram_server_signature(const struct scram_verifier *verifier,
                       struct str auth_message,
                       uint8_t ret[SCRAM_KEY_MAX])
{
    memset(ret, 0, SCRAM_KEY_MAX);
    mac_by_key(verifier->hash, verifier->server_key, auth_message, ret);
}

bool
scram_signature_is_valid(enum scram_hash hash,
                         const uint8_t salted_password[SCRAM_KEY_MAX],
                         struct str auth_message,
                         struct str signature)
{
    uint8_t server_key[SCRAM_KEY_MAX] = { 0 };
    uint8_t expected[SCRAM_KEY_MAX] = { 0 };
    size_t len = scram_key_bytes(hash);
    bool valid;

    derive_server_key(hash, salted_password, server_key);
    mac_by_key(hash, server_key, auth_message, expected);
    valid = signature.len == len && CRYPTO_memcmp(expected, signature.data, len) == 0;
    OPENSSL_cleanse(server_key, sizeof(server_key));
    return valid;
}
