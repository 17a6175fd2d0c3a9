/* tls_fixture.h - a certificate in a folder of its own.
 * Owns: the folder. Threads: the test's. Errors: as failed assertions. */
#pragma once

#include "server/net/tls.h"

struct tls_fixture {
    char dir[64];
    char certificate[96], private_key[96];
    struct tls_context *context;
};

void tls_fixture_init(struct tls_fixture *fixture);
void tls_fixture_fini(struct tls_fixture *fixture); /* removes the folder */
