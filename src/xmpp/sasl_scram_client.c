/* sasl_scram_client.c - SCRAM with and without channel binding, at the initiating end.
 * Spec: RFC 5802 5-7, RFC 7677, XEP-0474. */
#include "base/encoding.h"
#include "base/error.h"
#include "base/random.h"
#include "xmpp/sasl_lists.h"
#include "xmpp/sasl_scram.h"

#include <assert.h>

static struct sasl_result
send_client_first(struct sasl_client *sasl)
{
    struct scram_exchange *scram = &sasl->scram;
    char nonce[SASL_NONCE_CHARS + 1];

    random_token(nonce, sizeof(nonce));
    scram->nonce = arena_dup(&sasl->arena, str_from(nonce));
    buffer_append(&sasl->output, STR("n="));
    scram_append_name(&sasl->output, sasl->name);
    buffer_printf(&sasl->output, ",r=%s", nonce);
    scram->client_first = arena_dup(&sasl->arena, buffer_str(&sasl->output));
    buffer_clear(&sasl->output);
    buffer_append(&sasl->output, scram->gs2_header);
    buffer_append(&sasl->output, scram->client_first);
    sasl->state = SASL_CLIENT_WANTS_CHALLENGE;
    return sasl_client_send(sasl);
}

/* server-first-message (RFC 5802 7). An "m=" in front is a mandatory extension: refused, like
 * anything else that is not "r=". */
static int
read_server_first(struct sasl_client *sasl, struct str message, struct sasl_result *ret)
{
    struct str rest = message, nonce, salt, iterations;
    int64_t count;
    int r;

    if (scram_take_attribute(&rest, 'r', &nonce) < 0 ||
        scram_take_attribute(&rest, 's', &salt) < 0 ||
        scram_take_attribute(&rest, 'i', &iterations) < 0 || scram_check_extensions(rest) < 0)
        return E_FORMAT;
    /* RFC 5802 5.1: our nonce with the server's own behind it, or it answers somebody else. */
    if (!scram_is_nonce(nonce) || !str_starts_with(nonce, sasl->scram.nonce) ||
        nonce.len == sasl->scram.nonce.len)
        return E_FORMAT;
    r = str_to_int64(iterations, SCRAM_ITERATIONS_MIN, SCRAM_ITERATIONS_MAX, &count);
    if (r < 0)
        return r;
    r = base64_decode(&sasl->arena, salt, &ret->salt);
    if (r < 0)
        return r;
    if (ret->salt.len == 0 || ret->salt.len > SCRAM_SALT_MAX)
        return E_LIMIT;
    ret->iterations = (uint32_t)count;
    sasl->scram.nonce = nonce;
    return 0;
}

/* XEP-0474 5.2: what the server says that it announced is what we have heard. One that says nothing
 * does not know of it. */
static bool
lists_are_right(struct sasl_client *sasl)
{
    struct str said = scram_extension(sasl->scram.server_first, 'h');
    struct buffer ours;
    bool are_right;

    if (said.len == 0 || sasl->lists.len == 0)
        return true;
    buffer_init(&ours, SASL_MESSAGE_MAX);
    sasl_lists_hash(sasl_mechanism_info(sasl->mechanism)->hash, sasl->lists, &ours);
    are_right = str_equal(buffer_str(&ours), said);
    buffer_fini(&ours);
    return are_right;
}

static struct sasl_result
take_server_first(struct sasl_client *sasl, struct str challenge)
{
    struct sasl_result result = {
        .step = SASL_NEED_KEY,
        .hash = sasl_mechanism_info(sasl->mechanism)->hash,
        .password = buffer_str(&sasl->password),
    };

    sasl->scram.server_first = arena_dup(&sasl->arena, challenge);
    if (!sasl->scram.server_first.data ||
        read_server_first(sasl, sasl->scram.server_first, &result) < 0)
        return sasl_client_fail(sasl, "malformed-request");
    if (!lists_are_right(sasl))
        return sasl_client_fail_unproven(sasl);
    sasl->state = SASL_CLIENT_WANTS_KEY;
    return result;
}

/* The bytes both ends sign, from what is in `output`: the final message without its proof. */
static void
make_auth_message(struct sasl_client *sasl, struct buffer *auth_message)
{
    buffer_init(auth_message, 4 * SASL_MESSAGE_MAX);
    scram_append_auth_message(auth_message, &sasl->scram, buffer_str(&sasl->output));
}

static void
append_without_proof(struct sasl_client *sasl)
{
    buffer_clear(&sasl->output);
    buffer_append(&sasl->output, STR("c="));
    scram_append_binding(&sasl->output, &sasl->scram, &sasl->tls);
    buffer_printf(&sasl->output, ",r=%.*s", STR_ARG(sasl->scram.nonce));
}

static struct sasl_result
send_client_final(struct sasl_client *sasl, const uint8_t *salted_password)
{
    enum scram_hash hash = sasl_mechanism_info(sasl->mechanism)->hash;
    uint8_t proof[SCRAM_KEY_MAX];
    struct buffer auth_message;

    memcpy(sasl->salted_password, salted_password, scram_key_bytes(hash));
    append_without_proof(sasl);
    make_auth_message(sasl, &auth_message);
    scram_client_proof(hash, sasl->salted_password, buffer_str(&auth_message), proof);
    buffer_fini(&auth_message);
    buffer_append(&sasl->output, STR(",p="));
    base64_encode(&sasl->output, (struct str){ (const char *)proof, scram_key_bytes(hash) });
    sasl->state = SASL_CLIENT_WANTS_SUCCESS;
    return sasl_client_send(sasl);
}

/* RFC 5802 7 server-error-value, as the XMPP failure it would have been. */
static const char *
condition_of(struct str server_error)
{
    if (str_is(server_error, "invalid-proof") || str_is(server_error, "unknown-user"))
        return "not-authorized";
    if (str_is(server_error, "no-resources"))
        return "temporary-auth-failure";
    return "malformed-request";
}

/* RFC 5802 3: the server's signature over the whole exchange, from "v=". */
static bool
signature_is_right(struct sasl_client *sasl, struct str message)
{
    struct str rest = message, value, signature;
    struct buffer auth_message;
    bool is_valid;

    if (scram_take_attribute(&rest, 'v', &value) < 0 || scram_check_extensions(rest) < 0 ||
        base64_decode(&sasl->arena, value, &signature) < 0)
        return false;
    append_without_proof(sasl);
    make_auth_message(sasl, &auth_message);
    is_valid =
        scram_signature_is_valid(sasl_mechanism_info(sasl->mechanism)->hash, sasl->salted_password,
                                 buffer_str(&auth_message), signature);
    buffer_fini(&auth_message);
    buffer_clear(&sasl->output);
    return is_valid;
}

/* server-final-message (RFC 5802 7). Some servers put it into a challenge and say a bare <success/>
 * afterwards (RFC 6120 6.4.6 allows both). */
static struct sasl_result
take_server_final(struct sasl_client *sasl, struct str message)
{
    if (sasl->is_proven)
        return sasl_client_fail(sasl, "malformed-request");
    if (str_starts_with(message, STR("e=")))
        return sasl_client_fail(sasl, condition_of(str_slice(message, 2, message.len)));
    if (!signature_is_right(sasl, message))
        return sasl_client_fail_unproven(sasl);
    sasl->is_proven = true;
    return sasl_client_send(sasl);
}

static struct sasl_result
take_challenge(struct sasl_client *sasl, struct str challenge)
{
    if (sasl->state == SASL_CLIENT_WANTS_CHALLENGE)
        return take_server_first(sasl, challenge);
    assert(sasl->state == SASL_CLIENT_WANTS_SUCCESS);
    return take_server_final(sasl, challenge);
}

static struct sasl_result
take_success(struct sasl_client *sasl, struct str data)
{
    struct sasl_result result = { .step = SASL_DONE };

    if (sasl->is_proven)
        return result;
    result = take_server_final(sasl, data);
    if (result.step == SASL_SEND)
        return (struct sasl_result){ .step = SASL_DONE };
    return result;
}

const struct sasl_client_steps SASL_SCRAM_CLIENT = {
    .start = send_client_first,
    .challenge = take_challenge,
    .key = send_client_final,
    .success = take_success,
};
