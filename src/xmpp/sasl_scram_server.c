/* sasl_scram_server.c - SCRAM with and without channel binding, at the receiving end.
 * Spec: RFC 5802 5-7, RFC 7677, RFC 9266, XEP-0440, XEP-0474. */
#include "base/encoding.h"
#include "base/error.h"
#include "base/random.h"
#include "xmpp/jid.h"
#include "xmpp/sasl_lists.h"
#include "xmpp/sasl_scram.h"

#include <assert.h>

/* RFC 5802 6: what the client says about channel binding must fit the mechanism and what we
 * offered. Returns NULL or the failure. */
static const char *
check_binding_flag(struct sasl_server *sasl, struct str flag)
{
    bool binds = sasl_mechanism_info(sasl->mechanism)->binds_channel;
    struct str type = str_slice(flag, 2, flag.len);

    if (str_starts_with(flag, STR("p="))) {
        sasl->scram.binding = sasl_binding_find(type);
        return binds && sasl_binding_is_there(&sasl->tls, sasl->scram.binding)
                   ? NULL
                   : "malformed-request";
    }
    if (binds || (!str_is(flag, "n") && !str_is(flag, "y")))
        return "malformed-request";
    /* "y": the client could bind and believes that we cannot. If we did offer it, somebody in the
     * middle took it out of the list. */
    if (str_is(flag, "y") && (sasl->offered & SASL_ALL_PLUS))
        return "not-authorized";
    return NULL;
}

/* authzid, with its "a=", from the GS2 header; empty when there is none. */
static int
read_authzid(struct sasl_server *sasl, struct str field, struct str *ret_authzid)
{
    *ret_authzid = STR_EMPTY;
    if (field.len == 0)
        return 0;
    if (!str_starts_with(field, STR("a=")))
        return E_FORMAT;
    return scram_read_name(&sasl->arena, str_slice(field, 2, field.len), ret_authzid);
}

/* client-first-message-bare (RFC 5802 7). An "m=" in front is a mandatory extension: refused, like
 * anything else that is not "n=". */
static int
read_client_first(struct sasl_server *sasl, struct str bare, struct str *ret_name)
{
    struct str rest = bare, name, nonce;
    int r;

    r = scram_take_attribute(&rest, 'n', &name);
    if (r < 0)
        return r;
    r = scram_take_attribute(&rest, 'r', &nonce);
    if (r < 0)
        return r;
    if (!scram_is_nonce(nonce) || scram_check_extensions(rest) < 0)
        return E_FORMAT;
    sasl->scram.client_first = bare;
    sasl->scram.nonce = nonce;
    return scram_read_name(&sasl->arena, name, ret_name);
}

/* A name that cannot be prepared belongs to nobody: said the way a wrong password is. */
static struct sasl_result
ask_for_verifier(struct sasl_server *sasl, struct str name, struct str authzid)
{
    if (jid_prepare_local(&sasl->arena, name, &sasl->name) < 0)
        return sasl_server_fail(sasl, "not-authorized");
    if (sasl_check_authzid(sasl, authzid) < 0)
        return sasl_server_fail(sasl, "invalid-authzid");
    return (struct sasl_result){
        .step = SASL_NEED_VERIFIER,
        .name = sasl->name,
        .hash = sasl_mechanism_info(sasl->mechanism)->hash,
    };
}

static struct sasl_result
take_client_first(struct sasl_server *sasl, struct str message)
{
    struct str kept = arena_dup(&sasl->arena, message);
    struct str rest = kept, flag, field, authzid, name;
    const char *failure;

    if (!kept.data || !str_is_utf8(kept))
        return sasl_server_fail(sasl, "malformed-request");
    if (!str_split(&rest, ',', &flag) || !str_split(&rest, ',', &field) || rest.len == 0)
        return sasl_server_fail(sasl, "malformed-request");
    sasl->scram.gs2_header = str_slice(kept, 0, kept.len - rest.len);
    if (read_authzid(sasl, field, &authzid) < 0 || read_client_first(sasl, rest, &name) < 0)
        return sasl_server_fail(sasl, "malformed-request");
    failure = check_binding_flag(sasl, flag);
    if (failure)
        return sasl_server_fail(sasl, failure);
    return ask_for_verifier(sasl, name, authzid);
}

/* XEP-0474 5.1: "h=", so that the client's proof covers what we announced. */
static void
append_lists_hash(struct sasl_server *sasl)
{
    struct sasl_lists lists = { .has_bindings = (sasl->offered & SASL_ALL_PLUS) != 0 };
    struct buffer text;

    for (unsigned i = 0; i < SASL_MECHANISMS; i++) {
        if (sasl->offered & SASL_BIT(i))
            lists.mechanisms[lists.mechanism_count++] =
                str_from(sasl_mechanism_name((enum sasl_mechanism)i));
    }
    for (unsigned i = CB_NONE + 1; i < CB_TYPES; i++) {
        if (sasl_binding_is_there(&sasl->tls, (enum channel_binding_type)i))
            lists.bindings[lists.binding_count++] =
                str_from(sasl_binding_name((enum channel_binding_type)i));
    }
    buffer_init(&text, SASL_MESSAGE_MAX);
    sasl_lists_append(&lists, &text);
    buffer_append(&sasl->output, STR(",h="));
    sasl_lists_hash(sasl_mechanism_info(sasl->mechanism)->hash, buffer_str(&text), &sasl->output);
    buffer_fini(&text);
}

static struct sasl_result
send_server_first(struct sasl_server *sasl, const struct scram_verifier *verifier)
{
    struct scram_exchange *scram = &sasl->scram;
    char nonce[SASL_NONCE_CHARS + 1];

    random_token(nonce, sizeof(nonce));
    scram->nonce = arena_printf(&sasl->arena, "%.*s%s", STR_ARG(scram->nonce), nonce);
    buffer_clear(&sasl->output);
    buffer_printf(&sasl->output, "r=%.*s,s=", STR_ARG(scram->nonce));
    base64_encode(&sasl->output, (struct str){ (const char *)verifier->salt, verifier->salt_len });
    buffer_printf(&sasl->output, ",i=%u", (unsigned)verifier->iterations);
    append_lists_hash(sasl);
    scram->server_first = arena_dup(&sasl->arena, buffer_str(&sasl->output));
    return sasl_server_send(sasl);
}

/* client-final-message (RFC 5802 7), taken to pieces. */
struct client_final {
    struct str binding; /* base64 */
    struct str nonce;
    struct str without_proof;
    struct str proof; /* decoded */
};

static int
read_client_final(struct sasl_server *sasl, struct str message, struct client_final *ret)
{
    struct str rest = message, proof;
    int r;

    /* The proof comes last, whatever extensions stand before it. */
    for (size_t i = message.len; i > 0; i--) {
        if (message.data[i - 1] == ',') {
            ret->without_proof = str_slice(message, 0, i - 1);
            break;
        }
    }
    proof = str_slice(message, ret->without_proof.len + 1, message.len);
    rest = ret->without_proof;
    r = scram_take_attribute(&rest, 'c', &ret->binding);
    if (r < 0)
        return r;
    r = scram_take_attribute(&rest, 'r', &ret->nonce);
    if (r < 0)
        return r;
    if (scram_check_extensions(rest) < 0)
        return E_FORMAT;
    if (!str_starts_with(proof, STR("p=")))
        return E_FORMAT;
    return base64_decode(&sasl->arena, str_slice(proof, 2, proof.len), &ret->proof);
}

/* RFC 5802 5.1: c= repeats the GS2 header, and the channel's data when it is bound. */
static bool
binding_is_right(struct sasl_server *sasl, struct str binding)
{
    struct buffer expected;
    bool is_right;

    buffer_init(&expected, 2 * SASL_MESSAGE_MAX);
    scram_append_binding(&expected, &sasl->scram, &sasl->tls);
    is_right = !buffer_failed(&expected) && str_equal_secret(buffer_str(&expected), binding);
    buffer_wipe(&expected);
    return is_right;
}

/* RFC 5802 3: "v=" and the proof that we know the account as well. */
static struct sasl_result
send_server_final(struct sasl_server *sasl, struct str auth_message)
{
    uint8_t signature[SCRAM_KEY_MAX];

    scram_server_signature(&sasl->verifier, auth_message, signature);
    buffer_clear(&sasl->output);
    buffer_append(&sasl->output, STR("v="));
    base64_encode(&sasl->output,
                  (struct str){ (const char *)signature, scram_key_bytes(sasl->verifier.hash) });
    return (struct sasl_result){
        .step = SASL_DONE,
        .output = buffer_str(&sasl->output),
        .has_output = true,
        .name = sasl->name,
    };
}

static struct sasl_result
take_client_final(struct sasl_server *sasl, struct str message)
{
    struct client_final final = { 0 };
    struct sasl_result result;
    struct buffer auth_message;
    bool is_valid;

    if (read_client_final(sasl, message, &final) < 0)
        return sasl_server_fail(sasl, "malformed-request");
    if (!str_equal(final.nonce, sasl->scram.nonce) || !binding_is_right(sasl, final.binding))
        return sasl_server_fail(sasl, "not-authorized");
    buffer_init(&auth_message, 4 * SASL_MESSAGE_MAX);
    scram_append_auth_message(&auth_message, &sasl->scram, final.without_proof);
    /* A decoy is checked like any other, so that it takes the same time. */
    is_valid = scram_proof_is_valid(&sasl->verifier, buffer_str(&auth_message), final.proof);
    if (is_valid && sasl->is_known)
        result = send_server_final(sasl, buffer_str(&auth_message));
    else
        result = sasl_server_fail(sasl, "not-authorized");
    buffer_wipe(&auth_message);
    return result;
}

const struct sasl_server_steps SASL_SCRAM_SERVER = {
    .message = { take_client_first, take_client_final },
    .verifier = send_server_first,
};
