/* test_scram.c - SCRAM's arithmetic against the RFCs' own vectors, and what must not match. */
#include "base/encoding.h"
#include "xmpp/scram.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct vector {
    enum scram_hash hash;
    const char *password, *salt; /* base64 */
    uint32_t iterations;
    const char *auth_message;
    const char *proof, *signature; /* base64 */
};

static const struct vector vectors[] = {
    /* RFC 5802 5 */
    { SCRAM_SHA_1, "pencil", "QSXCR+Q6sek8bf92", 4096,
      "n=user,r=fyko+d2lbbFgONRv9qkxdawL,"
      "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096,"
      "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j",
      "v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=", "rmF9pqV8S7suAoZWja4dJRkFsKQ=" },
    /* RFC 7677 3 */
    { SCRAM_SHA_256, "pencil", "W22ZaJ0SNY7soEsUEjb6gQ==", 4096,
      "n=user,r=rOprNGfwEbeRWgbNEkqO,"
      "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,"
      "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
      "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
      "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=" },
};

static void
assert_base64(const uint8_t *bytes, size_t len, const char *expected)
{
    struct buffer text;

    buffer_init(&text, 1000);
    base64_encode(&text, (struct str){ (const char *)bytes, len });
    assert_true(str_is(buffer_str(&text), expected));
    buffer_fini(&text);
}

static struct str
decode(struct arena *arena, const char *text)
{
    struct str bytes;

    assert_int_equal(base64_decode(arena, str_from(text), &bytes), 0);
    return bytes;
}

static void
check_vector(const struct vector *vector)
{
    const size_t len = scram_key_bytes(vector->hash);
    const struct str message = str_from(vector->auth_message);
    uint8_t salted[SCRAM_KEY_MAX], proof[SCRAM_KEY_MAX];
    struct str signature;
    struct arena arena;

    arena_init(&arena, 4096);
    scram_salted_password(vector->hash, str_from(vector->password), decode(&arena, vector->salt),
                          vector->iterations, salted);
    scram_client_proof(vector->hash, salted, message, proof);
    assert_base64(proof, len, vector->proof);
    signature = decode(&arena, vector->signature);
    assert_true(scram_signature_is_valid(vector->hash, salted, message, signature));
    assert_false(scram_signature_is_valid(vector->hash, salted, STR("other"), signature));
    assert_false(
        scram_signature_is_valid(vector->hash, salted, message, str_slice(signature, 0, len - 1)));
    assert_false(scram_signature_is_valid(vector->hash, salted, message, STR_EMPTY));
    salted[0] ^= 1;
    assert_false(scram_signature_is_valid(vector->hash, salted, message, signature));
    arena_fini(&arena);
}

static void
test_vectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++)
        check_vector(&vectors[i]);
}

static void
check_verifier(enum scram_hash hash)
{
    const size_t len = scram_key_bytes(hash);
    const struct str message = STR("the AuthMessage");
    struct scram_verifier verifier, other;
    uint8_t salted[SCRAM_KEY_MAX], proof[SCRAM_KEY_MAX], signature[SCRAM_KEY_MAX];

    scram_verifier_make(hash, STR("secret"), &verifier);
    scram_verifier_make(hash, STR("secret"), &other);
    assert_memory_not_equal(verifier.salt, other.salt, SCRAM_SALT_BYTES);
    assert_true(scram_verifier_matches(&verifier, STR("secret")));
    assert_false(scram_verifier_matches(&verifier, STR("Secret")));
    assert_false(scram_verifier_matches(&verifier, STR_EMPTY));

    scram_salted_password(hash, STR("secret"),
                          (struct str){ (const char *)verifier.salt, verifier.salt_len },
                          verifier.iterations, salted);
    scram_client_proof(hash, salted, message, proof);
    assert_true(scram_proof_is_valid(&verifier, message, (struct str){ (char *)proof, len }));
    assert_false(scram_proof_is_valid(&other, message, (struct str){ (char *)proof, len }));
    assert_false(scram_proof_is_valid(&verifier, STR("x"), (struct str){ (char *)proof, len }));
    assert_false(scram_proof_is_valid(&verifier, message, (struct str){ (char *)proof, len - 1 }));
    assert_false(scram_proof_is_valid(&verifier, message, STR_EMPTY));
    proof[len - 1] ^= 0x80;
    assert_false(scram_proof_is_valid(&verifier, message, (struct str){ (char *)proof, len }));

    scram_server_signature(&verifier, message, signature);
    assert_true(
        scram_signature_is_valid(hash, salted, message, (struct str){ (char *)signature, len }));
}

static void
test_verifiers(void **state)
{
    (void)state;
    check_verifier(SCRAM_SHA_1);
    check_verifier(SCRAM_SHA_256);
}

static void
check_decoy(enum scram_hash hash)
{
    struct scram_verifier real, decoy, again, other;

    scram_verifier_make(hash, STR("secret"), &real);
    scram_verifier_decoy(hash, STR("nobody"), STR("key"), &decoy);
    scram_verifier_decoy(hash, STR("nobody"), STR("key"), &again);
    assert_memory_equal(&decoy, &again, sizeof(decoy));
    assert_int_equal(decoy.hash, real.hash);
    assert_int_equal(decoy.iterations, real.iterations);
    assert_int_equal(decoy.salt_len, real.salt_len);

    scram_verifier_decoy(hash, STR("somebody"), STR("key"), &other);
    assert_memory_not_equal(decoy.salt, other.salt, SCRAM_SALT_BYTES);
    scram_verifier_decoy(hash, STR("nobody"), STR("another key"), &other);
    assert_memory_not_equal(decoy.salt, other.salt, SCRAM_SALT_BYTES);
    assert_memory_not_equal(decoy.salt, decoy.stored_key, SCRAM_SALT_BYTES);
    assert_false(scram_verifier_matches(&decoy, STR("nobody")));
}

static void
test_decoys(void **state)
{
    struct scram_verifier sha_1, sha_256;

    (void)state;
    check_decoy(SCRAM_SHA_1);
    check_decoy(SCRAM_SHA_256);
    scram_verifier_decoy(SCRAM_SHA_1, STR("nobody"), STR("key"), &sha_1);
    scram_verifier_decoy(SCRAM_SHA_256, STR("nobody"), STR("key"), &sha_256);
    assert_memory_not_equal(sha_1.salt, sha_256.salt, SCRAM_SALT_BYTES);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_verifiers),
        cmocka_unit_test(test_decoys),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
