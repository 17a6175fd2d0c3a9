/* sasl_anonymous.c - ANONYMOUS, both ends: guests. Spec: RFC 4505, XEP-0175. */
#include "xmpp/sasl_private.h"

/* The trace a guest may leave is read by nobody, so it is only held to its form: RFC 4505 2. */
#define TRACE_BYTES_MAX 1024

static struct sasl_result
take_trace(struct sasl_server *sasl, struct str message)
{
    if (message.len > TRACE_BYTES_MAX || !str_is_utf8(message) ||
        str_find_char(message, '\0', 0) >= 0)
        return sasl_server_fail(sasl, "malformed-request");
    return (struct sasl_result){ .step = SASL_DONE };
}

const struct sasl_server_steps SASL_ANONYMOUS_SERVER = {
    .message = { take_trace, NULL },
};

static struct sasl_result
send_nothing(struct sasl_client *sasl)
{
    struct sasl_result result = sasl_client_send(sasl);

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

const struct sasl_client_steps SASL_ANONYMOUS_CLIENT = {
    .start = send_nothing,
    .success = accept_success,
};
