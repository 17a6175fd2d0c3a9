/* sasl_plain.c - PLAIN, both ends. Spec: RFC 4616. */
#include "base/error.h"
#include "xmpp/jid.h"
#include "xmpp/sasl_private.h"

/* message = [authzid] NUL authcid NUL passwd (RFC 4616 2); nothing behind the password, so no third
 * NUL in it. */
static int
read_message(struct str message,
             struct str *ret_authzid,
             struct str *ret_name,
             struct str *ret_password)
{
    ptrdiff_t first = str_find_char(message, '\0', 0);
    ptrdiff_t second = first < 0 ? -1 : str_find_char(message, '\0', (size_t)first + 1);

    if (second < 0 || str_find_char(message, '\0', (size_t)second + 1) >= 0)
        return E_FORMAT;
    *ret_authzid = str_slice(message, 0, (size_t)first);
    *ret_name = str_slice(message, (size_t)first + 1, (size_t)second);
    *ret_password = str_slice(message, (size_t)second + 1, message.len);
    return ret_name->len > 0 && ret_password->len > 0 && str_is_utf8(message) ? 0 : E_FORMAT;
}

static int
keep_password(struct sasl_server *sasl, struct str password)
{
    struct str prepared;
    int r = jid_prepare_opaque(&sasl->arena, password, &prepared);

    if (r < 0)
        return r;
    buffer_append(&sasl->password, prepared);
    if (prepared.data != password.data)
        sasl_wipe(prepared);
    return buffer_failed(&sasl->password) ? E_TOO_BIG : 0;
}

static struct sasl_result
take_message(struct sasl_server *sasl, struct str message)
{
    struct str authzid, name, password;

    if (read_message(message, &authzid, &name, &password) < 0)
        return sasl_server_fail(sasl, "malformed-request");
    if (jid_prepare_local(&sasl->arena, name, &sasl->name) < 0)
        return sasl_server_fail(sasl, "not-authorized");
    if (sasl_check_authzid(sasl, authzid) < 0)
        return sasl_server_fail(sasl, "invalid-authzid");
    if (keep_password(sasl, password) < 0)
        return sasl_server_fail(sasl, "not-authorized");
    return (struct sasl_result){
        .step = SASL_NEED_VERIFIER,
        .name = sasl->name,
        .hash = sasl_mechanism_info(SASL_PLAIN)->hash,
    };
}

static struct sasl_result
ask_for_check(struct sasl_server *sasl, const struct scram_verifier *verifier)
{
    return (struct sasl_result){
        .step = SASL_NEED_CHECK,
        .name = sasl->name,
        .password = buffer_str(&sasl->password),
        .verifier = *verifier,
        .hash = verifier->hash,
    };
}

static struct sasl_result
finish(struct sasl_server *sasl, bool matches)
{
    if (!matches || !sasl->is_known)
        return sasl_server_fail(sasl, "not-authorized");
    return (struct sasl_result){ .step = SASL_DONE, .name = sasl->name };
}

const struct sasl_server_steps SASL_PLAIN_SERVER = {
    .message = { take_message, NULL },
    .verifier = ask_for_check,
    .checked = finish,
};

static struct sasl_result
send_message(struct sasl_client *sasl)
{
    struct sasl_result result;

    buffer_append_char(&sasl->output, '\0');
    buffer_append(&sasl->output, sasl->name);
    buffer_append_char(&sasl->output, '\0');
    buffer_append(&sasl->output, buffer_str(&sasl->password));
    result = sasl_client_send(sasl);
    sasl->state = SASL_CLIENT_WANTS_SUCCESS;
    return result;
}

static struct sasl_result
accept_success(struct sasl_client *sasl, struct str data)
{
    (void)sasl;
    (void)data;
    return (struct sasl_result){ .step = SASL_DONE };
}

const struct sasl_client_steps SASL_PLAIN_CLIENT = {
    .start = send_message,
    .success = accept_success,
};
