/* test_tls.c - certificates: made, read, refused. Handshakes are in test_conn.c. */
#include "base/error.h"
#include "tls_fixture.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>

#include <cmocka.h>

static struct tls_fixture fixture;

static int
set_up(void **state)
{
    (void)state;
    tls_fixture_init(&fixture);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    tls_fixture_fini(&fixture);
    return 0;
}

static X509 *
read_certificate(void)
{
    FILE *file = fopen(fixture.certificate, "r");
    X509 *certificate;

    assert_non_null(file);
    certificate = PEM_read_X509(file, NULL, NULL, NULL);
    (void)fclose(file);
    assert_non_null(certificate);
    return certificate;
}

static void
the_certificate_names_both_domains(void **state)
{
    X509 *certificate = read_certificate();

    (void)state;
    assert_int_equal(X509_check_host(certificate, "chat.example", 0, 0, NULL), 1);
    assert_int_equal(X509_check_host(certificate, "rooms.chat.example", 0, 0, NULL), 1);
    assert_int_equal(X509_check_host(certificate, "other.example", 0, 0, NULL), 0);
    assert_int_equal(X509_self_signed(certificate, 1), 1);
    assert_int_equal(X509_check_ca(certificate), 0);
    X509_free(certificate);
}

static void
it_is_valid_for_ten_years(void **state)
{
    X509 *certificate = read_certificate();
    int days, seconds;

    (void)state;
    assert_true(X509_cmp_current_time(X509_get0_notBefore(certificate)) < 0);
    assert_int_equal(ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(certificate)), 1);
    assert_in_range(days, 3640, 3660);
    X509_free(certificate);
}

static void
the_key_is_for_the_owner_only(void **state)
{
    struct stat status;

    (void)state;
    assert_int_equal(stat(fixture.private_key, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
}

static void
existing_files_are_not_overwritten(void **state)
{
    (void)state;
    assert_int_equal(
        tls_self_signed(NULL, "a.example", "b.example", fixture.certificate, fixture.private_key),
        E_IO);
}

static void
an_address_is_named_as_one(void **state)
{
    char certificate_file[128], key_file[128];
    FILE *file;
    X509 *certificate;

    (void)state;
    (void)snprintf(certificate_file, sizeof(certificate_file), "%s/ip.pem", fixture.dir);
    (void)snprintf(key_file, sizeof(key_file), "%s/ip-key.pem", fixture.dir);
    assert_int_equal(
        tls_self_signed(NULL, "192.0.2.1", "rooms.192.0.2.1", certificate_file, key_file), 0);
    file = fopen(certificate_file, "r");
    assert_non_null(file);
    certificate = PEM_read_X509(file, NULL, NULL, NULL);
    (void)fclose(file);
    assert_int_equal(X509_check_ip_asc(certificate, "192.0.2.1", 0), 1);
    X509_free(certificate);
    (void)remove(certificate_file);
    (void)remove(key_file);
}

static void
the_fingerprint_is_the_certificates_sha_256(void **state)
{
    X509 *certificate = read_certificate();
    struct str text = tls_context_fingerprint(fixture.context);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length;

    (void)state;
    assert_int_equal(X509_digest(certificate, EVP_sha256(), digest, &length), 1);
    assert_int_equal(text.len, 32 * 3 - 1);
    for (unsigned i = 0; i < length; i++) {
        char expected[4];

        (void)snprintf(expected, sizeof(expected), "%02X", digest[i]);
        assert_memory_equal(text.data + 3 * i, expected, 2);
    }
    X509_free(certificate);
}

static void
unusable_files_are_refused(void **state)
{
    (void)state;
    assert_null(tls_context_new(NULL, "/nonexistent", fixture.private_key));
    assert_null(tls_context_new(NULL, fixture.certificate, "/nonexistent"));
    assert_null(tls_context_new(NULL, fixture.private_key, fixture.private_key));
    assert_null(tls_context_new(NULL, fixture.certificate, fixture.certificate));
    assert_true(tls_self_signed(NULL, "a", "b", "/nonexistent/c", "/nonexistent/k") < 0);
}

static void
a_context_is_shared(void **state)
{
    (void)state;
    assert_ptr_equal(tls_context_ref(fixture.context), fixture.context);
    tls_context_unref(fixture.context);
    assert_true(tls_context_fingerprint(fixture.context).len > 0);
    tls_context_unref(NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_certificate_names_both_domains),
        cmocka_unit_test(it_is_valid_for_ten_years),
        cmocka_unit_test(the_key_is_for_the_owner_only),
        cmocka_unit_test(existing_files_are_not_overwritten),
        cmocka_unit_test(an_address_is_named_as_one),
        cmocka_unit_test(the_fingerprint_is_the_certificates_sha_256),
        cmocka_unit_test(unusable_files_are_refused),
        cmocka_unit_test(a_context_is_shared),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
