/* sasl_token.c - the Hashed Token mechanisms, both ends: one message each way, for tokens that the
 * server has given out. Spec: draft-schmaus-kitten-sasl-ht-09, XEP-0484. */
#include "base/error.h"
#include "xmpp/jid.h"
#include "xmpp/sasl_private.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

enum {
    MAC_BYTES = 32 /* SHA-256 */
};

/* HMAC(token, role || cb-data): "cb-data" is empty where nothing is bound. */
static void
sign(enum sasl_mechanism mechanism,
     const struct tls_info *tls,
     struct str token,
     struct str role,
     char ret[MAC_BYTES])
{
    enum channel_binding_type binding = sasl_mechanism_info(mechanism)->token_binding;
    struct buffer text;
    unsigned len = 0;
    const void *made;

    buffer_init(&text, SASL_MESSAGE_MAX);
    buffer_append(&text, role);
    if (binding != CB_NONE)
        buffer_append(
            &text, (struct str){ (const char *)tls->binding[binding], tls->binding_len[binding] });
    made = HMAC(EVP_sha256(), token.data, (int)token.len,
                (const unsigned char *)buffer_str(&text).data, buffer_len(&text),
                (unsigned char *)ret, &len);
    assert(made && len == MAC_BYTES);
    buffer_fini(&text);
}

/* ---- the receiving end ---- */

/* initiator-message = authcid NUL hashed-token */
static struct sasl_result
take_message(struct sasl_server *sasl, struct str message)
{
    ptrdiff_t end = str_find_char(message, '\0', 0);
    struct str name;

    if (end <= 0 || message.len - (size_t)end - 1 != MAC_BYTES)
        return sasl_server_fail(sasl, "malformed-request");
    name = str_slice(message, 0, (size_t)end);
    if (!str_is_utf8(name))
        return sasl_server_fail(sasl, "malformed-request");
    if (jid_prepare_local(&sasl->arena, name, &sasl->name) < 0)
        return sasl_server_fail(sasl, "not-authorized");
    buffer_append(&sasl->password, str_slice(message, (size_t)end + 1, message.len));
    return (struct sasl_result){ .step = SASL_NEED_TOKEN, .name = sasl->name };
}

static bool
is_right(const struct sasl_server *sasl, const struct sasl_token *token)
{
    char expected[MAC_BYTES];
    bool is_same;

    sign(sasl->mechanism, &sasl->tls, token->secret, STR("Initiator"), expected);
    is_same = str_equal_secret((struct str){ expected, MAC_BYTES }, buffer_str(&sasl->password));
    OPENSSL_cleanse(expected, sizeof(expected));
    return is_same && token->mechanism == sasl->mechanism;
}

static struct sasl_result
answer(struct sasl_server *sasl, const struct sasl_token *token)
{
    char proof[MAC_BYTES];

    sign(sasl->mechanism, &sasl->tls, token->secret, STR("Responder"), proof);
    buffer_clear(&sasl->output);
    buffer_append(&sasl->output, (struct str){ proof, MAC_BYTES });
    return (struct sasl_result){
        .step = SASL_DONE,
        .output = buffer_str(&sasl->output),
        .has_output = true,
        .name = sasl->name,
    };
}

/* XEP-0484 5.1: all are looked at, whichever is right. */
static struct sasl_result
check(struct sasl_server *sasl, const struct sasl_token *tokens, size_t count)
{
    const struct sasl_token *found = NULL;

    for (size_t i = 0; i < count; i++) {
        if (is_right(sasl, &tokens[i])) {
            found = &tokens[i];
            sasl->token_index = i;
        }
    }
    if (!found)
        return sasl_server_fail(sasl, "not-authorized");
    if (found->is_expired)
        return sasl_server_fail(sasl, "credentials-expired");
    return answer(sasl, found);
}

const struct sasl_server_steps SASL_TOKEN_SERVER = {
    .message = { take_message, NULL },
    .tokens = check,
};

/* ---- the initiating end ---- */

static struct sasl_result
send_message(struct sasl_client *sasl)
{
    char proof[MAC_BYTES];

    sign(sasl->mechanism, &sasl->tls, buffer_str(&sasl->password), STR("Initiator"), proof);
    buffer_append(&sasl->output, sasl->name);
    buffer_append_char(&sasl->output, '\0');
    buffer_append(&sasl->output, (struct str){ proof, MAC_BYTES });
    sasl->state = SASL_CLIENT_WANTS_SUCCESS;
    return sasl_client_send(sasl);
}

static struct sasl_result
take_success(struct sasl_client *sasl, struct str data)
{
    char expected[MAC_BYTES];

    sign(sasl->mechanism, &sasl->tls, buffer_str(&sasl->password), STR("Responder"), expected);
    if (!str_equal_secret((struct str){ expected, MAC_BYTES }, data))
        return sasl_client_fail_unproven(sasl);
    return (struct sasl_result){ .step = SASL_DONE };
}

const struct sasl_client_steps SASL_TOKEN_CLIENT = {
    .start = send_message,
    .success = take_success,
};
