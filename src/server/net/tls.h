/* tls.h - the server's certificate and TLS rules, and what a handshake agreed on.
 * Owns: the certificate and key. Threads: a context is immutable and reference-counted.
 * Errors: E_TLS with the reason in the log. Spec: RFC 7590, RFC 9325, RFC 9266, RFC 5929.
 * Tests: tests/unit/server/test_tls.c, tests/interop/
 * TLS 1.2 with forward secrecy and 1.3 only; no renegotiation, no compression. */
#pragma once

#include "base/log.h"
#include "xmpp/sasl.h"

struct tls_context;
typedef struct ssl_st SSL;

/* PEM files. NULL after logging what is wrong with them. ALPN "xmpp-client" is accepted. */
MUST_CHECK struct tls_context *
tls_context_new(const struct log *log, const char *certificate_file, const char *private_key_file);
struct tls_context *tls_context_ref(struct tls_context *context);
void tls_context_unref(struct tls_context *context);

/* Makes a key (P-256) and a self-signed certificate for `domain` and `rooms_domain` that is valid
 * ten years; both files are new, the key 0600. */
MUST_CHECK int tls_self_signed(const struct log *log,
                               const char *domain,
                               const char *rooms_domain,
                               const char *certificate_file,
                               const char *private_key_file);

/* "AB:CD:..." of the certificate's SHA-256. */
struct str tls_context_fingerprint(const struct tls_context *context);

/* A server-side session object for a connection; owned by the caller (conn). */
MUST_CHECK SSL *tls_session_new(struct tls_context *context);

/* After the handshake: version, cipher, channel bindings. */
void tls_session_info(SSL *session, struct tls_info *ret_info);
