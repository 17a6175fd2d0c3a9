/* certificate.h - which certificate the server shows, and where it comes from.
 * Owns: nothing. Threads: start, and main's on reload. Errors: NULL after logging.
 * Spec: RFC 7590 3. Tests: tests/interop/test_control.py */
#pragma once

#include "server/core/config.h"
#include "server/net/tls.h"

/* The configured one, or the self-signed one in data_dir, which is made for the two domains when it
 * is missing. */
MUST_CHECK struct tls_context *certificate_load(const struct log *log,
                                                const struct config *config,
                                                const char *domain,
                                                const char *rooms_domain);
