/* client_tls.h - TLS as the load driver needs it: nobody's certificate is checked.
 * Owns: nothing. Threads: one owner at a time. Errors: NULL. Spec: RFC 9266, RFC 5929 4.
 * Tests: the fault suite */
#pragma once

#include "xmpp/sasl.h"

#include <openssl/ssl.h>

MUST_CHECK SSL_CTX *client_tls_context(void);

/* Over the connected, non-blocking descriptor; `announces` sends ALPN (XEP-0368 4). */
MUST_CHECK SSL *client_tls_session(SSL_CTX *context, int fd, const char *domain, bool announces);

/* After the handshake: version, cipher, channel bindings. */
void client_tls_info(SSL *session, struct tls_info *ret);
