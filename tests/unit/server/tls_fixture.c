/* tls_fixture.c - see tls_fixture.h. */
#include "tls_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

void
tls_fixture_init(struct tls_fixture *fixture)
{
    (void)snprintf(fixture->dir, sizeof(fixture->dir), "/tmp/jackdaw-test-tls-XXXXXX");
    assert_non_null(mkdtemp(fixture->dir));
    (void)snprintf(fixture->certificate, sizeof(fixture->certificate), "%s/certificate.pem",
                   fixture->dir);
    (void)snprintf(fixture->private_key, sizeof(fixture->private_key), "%s/key.pem", fixture->dir);
    assert_int_equal(tls_self_signed(NULL, "chat.example", "rooms.chat.example",
                                     fixture->certificate, fixture->private_key),
                     0);
    fixture->context = tls_context_new(NULL, fixture->certificate, fixture->private_key);
    assert_non_null(fixture->context);
}

void
tls_fixture_fini(struct tls_fixture *fixture)
{
    tls_context_unref(fixture->context);
    (void)unlink(fixture->certificate);
    (void)unlink(fixture->private_key);
    (void)rmdir(fixture->dir);
}
