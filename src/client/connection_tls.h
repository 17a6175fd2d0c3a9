/* connection_tls.h - what the stream wants to know of a GTlsConnection.
 * Owns: nothing. Threads: any. Errors: what is not available is left empty.
 * Spec: RFC 9266, RFC 5929 4. Tests: tests/unit/client/test_connection.c */
#pragma once

#include "xmpp/sasl.h"

#include <gio/gio.h>

/* After the handshake. */
void connection_tls_describe(GTlsConnection *tls, struct tls_info *ret_info);
