/* error.h - the one table of everything that can go wrong.
 * Owns: nothing. Threads: any. Time: none. Spec: RFC 6120 4.9.3, 8.3.3.
 * Tests: tests/unit/base/test_error.c
 *
 * A fallible function returns 0 or a count, or one of the negative E_ values below. Callers branch
 * on the value or its class, never on the text. Running out of real memory aborts; running into a
 * limit is a value. */
#pragma once

/* What a caller can do about an error. */
enum error_class {
    ERROR_CLASS_BLOCKED,  /* not yet: the same call may succeed later */
    ERROR_CLASS_CLOSED,   /* the other side has gone */
    ERROR_CLASS_PROTOCOL, /* the other side broke the protocol */
    ERROR_CLASS_LIMIT,    /* a budget is used up */
    ERROR_CLASS_DENIED,   /* understood, and not allowed */
    ERROR_CLASS_USAGE,    /* wrong configuration or arguments */
    ERROR_CLASS_IO,       /* disk, network or a library failed */
};

/* X(name, class, text, stream_condition, stanza_condition)
 * The conditions are RFC 6120 4.9.3 (stream) and 8.3.3 (stanza) element names. */
#define ERROR_TABLE(X)                                                                             \
    X(AGAIN, BLOCKED, "not ready yet", "resource-constraint", "resource-constraint")               \
    X(CLOSED, CLOSED, "the other side has closed", "connection-timeout", "recipient-unavailable")  \
    X(TIMEOUT, CLOSED, "timed out", "connection-timeout", "remote-server-timeout")                 \
    X(XML_SYNTAX, PROTOCOL, "not well-formed XML", "not-well-formed", "bad-request")               \
    X(XML_RESTRICTED, PROTOCOL, "XML that streams may not contain", "restricted-xml",              \
      "bad-request")                                                                               \
    X(XML_ENCODING, PROTOCOL, "not UTF-8", "unsupported-encoding", "bad-request")                  \
    X(XML_NAMESPACE, PROTOCOL, "wrong namespace", "invalid-namespace", "bad-request")              \
    X(XML_PREFIX, PROTOCOL, "wrong namespace prefix", "bad-namespace-prefix", "bad-request")       \
    X(STREAM_VERSION, PROTOCOL, "unsupported XMPP version", "unsupported-version", "bad-request")  \
    X(STREAM_ORDER, PROTOCOL, "not allowed at this point of the stream", "not-authorized",         \
      "not-allowed")                                                                               \
    X(STANZA_TYPE, PROTOCOL, "unknown kind of stanza", "unsupported-stanza-type", "bad-request")   \
    X(FORMAT, PROTOCOL, "malformed", "bad-format", "bad-request")                                  \
    X(JID, PROTOCOL, "malformed address", "improper-addressing", "jid-malformed")                  \
    X(FROM, PROTOCOL, "the sender's address is not the sender's", "invalid-from", "forbidden")     \
    X(HOST_UNKNOWN, PROTOCOL, "no such host here", "host-unknown", "item-not-found")               \
    X(LIMIT, LIMIT, "over a limit", "policy-violation", "policy-violation")                        \
    X(TOO_BIG, LIMIT, "too large", "policy-violation", "policy-violation")                         \
    X(FULL, LIMIT, "no room left", "resource-constraint", "resource-constraint")                   \
    X(NOT_FOUND, DENIED, "not found", "policy-violation", "item-not-found")                        \
    X(EXISTS, DENIED, "exists already", "conflict", "conflict")                                    \
    X(AUTH, DENIED, "not authenticated", "not-authorized", "not-authorized")                       \
    X(FORBIDDEN, DENIED, "not allowed", "policy-violation", "forbidden")                           \
    X(UNSUPPORTED, DENIED, "not supported", "unsupported-feature", "feature-not-implemented")      \
    X(USAGE, USAGE, "wrong usage", "internal-server-error", "internal-server-error")               \
    X(IO, IO, "input or output failed", "internal-server-error", "internal-server-error")          \
    X(TLS, IO, "TLS failed", "policy-violation", "internal-server-error")                          \
    X(STORE, IO, "the database failed", "internal-server-error", "resource-constraint")

#define ERROR_INDEX(name, ...) ERROR_INDEX_##name,
enum error_index {
    ERROR_INDEX_OK,
    ERROR_TABLE(ERROR_INDEX) ERROR_INDEX_COUNT
};
#undef ERROR_INDEX

#define ERROR_VALUE(name, ...) E_##name = -ERROR_INDEX_##name,
enum error {
    ERROR_TABLE(ERROR_VALUE)
};
#undef ERROR_VALUE

/* All three take a negative E_ value and return static text; anything else is a programmer error.
 */
const char *error_text(int error);
const char *error_stream_condition(int error);
const char *error_stanza_condition(int error);
enum error_class error_class(int error);
