/* client_stream_failure.c - the server's conditions in terms a person can be told.
 * Spec: RFC 6120 4.9.3, 6.5, 7.6.2, 8.3.3; XEP-0077 3.1. */
#include "base/error.h"
#include "xmpp/client_stream_private.h"
#include "xmpp/ns.h"

struct meaning {
    const char *condition;
    enum client_failure kind;
};

static const struct meaning sasl_meanings[] = {
    { "not-authorized", CLIENT_WRONG_PASSWORD },
    { "credentials-expired", CLIENT_WRONG_PASSWORD },
    { "invalid-authzid", CLIENT_WRONG_PASSWORD },
    { "account-disabled", CLIENT_ACCOUNT_DISABLED },
    { "temporary-auth-failure", CLIENT_TRY_LATER },
    { "invalid-mechanism", CLIENT_NO_MECHANISM },
    { "mechanism-too-weak", CLIENT_NO_MECHANISM },
    { "encryption-required", CLIENT_NO_TLS },
};

static const struct meaning registration_meanings[] = {
    { "conflict", CLIENT_NAME_TAKEN },
    { "not-acceptable", CLIENT_NAME_NOT_ALLOWED },
    { "jid-malformed", CLIENT_NAME_NOT_ALLOWED },
    { "bad-request", CLIENT_NAME_NOT_ALLOWED },
    { "not-allowed", CLIENT_REGISTRATION_CLOSED },
    { "forbidden", CLIENT_REGISTRATION_CLOSED },
    { "not-authorized", CLIENT_REGISTRATION_CLOSED },
    { "service-unavailable", CLIENT_REGISTRATION_CLOSED },
    { "feature-not-implemented", CLIENT_REGISTRATION_CLOSED },
    { "payment-required", CLIENT_REGISTRATION_CLOSED },
};

static const struct meaning bind_meanings[] = {
    { "resource-constraint", CLIENT_TRY_LATER },
    { "policy-violation", CLIENT_TRY_LATER },
};

static const struct meaning stream_meanings[] = {
    { "conflict", CLIENT_REPLACED },
    { "system-shutdown", CLIENT_SHUTDOWN },
    { "host-unknown", CLIENT_HOST_UNKNOWN },
    { "host-gone", CLIENT_HOST_UNKNOWN },
    { "resource-constraint", CLIENT_TRY_LATER },
    { "policy-violation", CLIENT_TRY_LATER },
};

static enum client_failure
meaning_of(const struct meaning *meanings,
           size_t count,
           struct str condition,
           enum client_failure otherwise)
{
    for (size_t i = 0; i < count; i++) {
        if (str_is(condition, meanings[i].condition))
            return meanings[i].kind;
    }
    return otherwise;
}

#define MEANING_OF(table, condition, otherwise)                                                    \
    meaning_of(table, ARRAY_LEN(table), condition, otherwise)

/* The condition inside an error element: its first child in `ns` that is not the text. */
static struct str
condition_in(const struct element *error, struct str ns)
{
    for (const struct element *child = element_first_child(error); child;
         child = element_next(child)) {
        if (str_equal(child->ns, ns) && !str_is(child->name, "text"))
            return child->name;
    }
    return STR_EMPTY;
}

static void
end_by(struct client_stream *stream,
       enum client_failure kind,
       const struct element *error,
       struct str ns)
{
    client_stream_end(stream, kind, condition_in(error, ns),
                      element_child_text(&stream->arena, error, ns, STR("text")));
}

void
client_stream_end_by_sasl(struct client_stream *stream, const struct element *failure)
{
    struct str condition = condition_in(failure, NS_SASL);

    stream->failure.error = E_AUTH;
    end_by(stream, MEANING_OF(sasl_meanings, condition, CLIENT_PROTOCOL_ERROR), failure, NS_SASL);
    if (stream->failure.kind != CLIENT_PROTOCOL_ERROR)
        stream->failure.error = 0;
}

void
client_stream_end_by_condition(struct client_stream *stream, const char *condition)
{
    struct str name = str_from(condition);
    enum client_failure kind = MEANING_OF(sasl_meanings, name, CLIENT_PROTOCOL_ERROR);

    if (kind == CLIENT_PROTOCOL_ERROR)
        stream->failure.error = E_FORMAT;
    client_stream_end(stream, kind, name, STR_EMPTY);
}

void
client_stream_end_by_registration(struct client_stream *stream, const struct element *error)
{
    struct str condition = condition_in(error, NS_STANZAS);

    end_by(stream, MEANING_OF(registration_meanings, condition, CLIENT_TRY_LATER), error,
           NS_STANZAS);
}

void
client_stream_end_by_bind(struct client_stream *stream, const struct element *error)
{
    struct str condition = condition_in(error, NS_STANZAS);

    end_by(stream, MEANING_OF(bind_meanings, condition, CLIENT_BIND_REFUSED), error, NS_STANZAS);
}

void
client_stream_end_by_stream_error(struct client_stream *stream, const struct element *error)
{
    struct str condition = condition_in(error, NS_STREAM_ERRORS);

    end_by(stream, MEANING_OF(stream_meanings, condition, CLIENT_STREAM_ERROR), error,
           NS_STREAM_ERRORS);
}
