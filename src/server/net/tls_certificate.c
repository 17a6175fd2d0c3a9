/* tls_certificate.c - a certificate of our own making, for servers that were given none. */
#include "server/net/tls.h"

#include "base/error.h"
#include "base/random.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <unistd.h>

enum {
    VALID_DAYS = 3650,
    SERIAL_BYTES = 16,
    COMMON_NAME_MAX = 64 /* X.520's upper bound */
};

/* RFC 6125 6.4: clients look at the subjectAltName. */
static bool
push_name(GENERAL_NAMES *names, const char *text)
{
    GENERAL_NAME *name = GENERAL_NAME_new();
    ASN1_IA5STRING *value = ASN1_IA5STRING_new();
    uint8_t address[16];
    int type = GEN_DNS;
    bool ok = name && value;

    if (inet_pton(AF_INET, text, address) == 1) {
        type = GEN_IPADD;
        ok = ok && ASN1_STRING_set(value, address, 4) == 1;
    } else {
        ok = ok && ASN1_STRING_set(value, text, -1) == 1;
    }
    if (!ok || sk_GENERAL_NAME_push(names, name) <= 0) {
        GENERAL_NAME_free(name);
        ASN1_IA5STRING_free(value);
        return false;
    }
    GENERAL_NAME_set0_value(name, type, value);
    return true;
}

static bool
add_names(X509 *certificate, const char *domain, const char *rooms_domain)
{
    GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();
    bool ok = names && push_name(names, domain) && push_name(names, rooms_domain) &&
              X509_add1_ext_i2d(certificate, NID_subject_alt_name, names, 0, 0) == 1;

    sk_GENERAL_NAME_pop_free(names, GENERAL_NAME_free);
    return ok;
}

static bool
add_extension(X509 *certificate, int nid, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    bool ok = extension && X509_add_ext(certificate, extension, -1) == 1;

    X509_EXTENSION_free(extension);
    return ok;
}

static bool
set_serial(X509 *certificate)
{
    uint8_t bytes[SERIAL_BYTES];
    BIGNUM *number;
    bool ok;

    random_bytes(bytes, sizeof(bytes));
    bytes[0] = (uint8_t)((bytes[0] & 0x7f) | 0x40); /* positive, and always as long */
    number = BN_bin2bn(bytes, sizeof(bytes), NULL);
    ok = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
    BN_free(number);
    return ok;
}

static bool
set_subject(X509 *certificate, const char *domain)
{
    X509_NAME *name = X509_get_subject_name(certificate);
    const char *common = strlen(domain) <= COMMON_NAME_MAX ? domain : "jackdaw";
    union {
        const char *text;
        const unsigned char *bytes;
    } value = { .text = common };

    return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, value.bytes, -1, -1, 0) == 1 &&
           X509_set_issuer_name(certificate, name) == 1;
}

/* Self-signed with `key`; NULL with OpenSSL's error. */
static X509 *
make_certificate(EVP_PKEY *key, const char *domain, const char *rooms_domain)
{
    X509 *certificate = X509_new();
    bool ok = certificate && X509_set_version(certificate, X509_VERSION_3) == 1 &&
              set_serial(certificate) && set_subject(certificate, domain) &&
              X509_gmtime_adj(X509_getm_notBefore(certificate), -24L * 60 * 60) &&
              X509_time_adj_ex(X509_getm_notAfter(certificate), VALID_DAYS, 0, NULL) &&
              X509_set_pubkey(certificate, key) == 1 &&
              add_names(certificate, domain, rooms_domain) &&
              add_extension(certificate, NID_basic_constraints, "critical,CA:FALSE") &&
              add_extension(certificate, NID_key_usage, "critical,digitalSignature") &&
              add_extension(certificate, NID_ext_key_usage, "serverAuth") &&
              X509_sign(certificate, key, EVP_sha256()) > 0;

    if (ok)
        return certificate;
    X509_free(certificate);
    return NULL;
}

/* A new file that no other user could have opened before it got its mode. */
static FILE *
create_file(const char *path, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");

    if (fd >= 0 && !file)
        close(fd);
    return file;
}

/* Flushes to disk: a certificate that clients have pinned should survive. */
static bool
close_file(FILE *file, bool ok)
{
    ok = ok && fflush(file) == 0 && fsync(fileno(file)) == 0;
    return fclose(file) == 0 && ok;
}

static int
write_files(const struct log *log,
            EVP_PKEY *key,
            X509 *certificate,
            const char *certificate_file,
            const char *private_key_file)
{
    FILE *file = create_file(private_key_file, 0600);
    const char *path = private_key_file;
    bool ok = false;

    if (file)
        ok = close_file(file, PEM_write_PKCS8PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1);
    if (ok) {
        path = certificate_file;
        file = create_file(certificate_file, 0644);
        ok = file && close_file(file, PEM_write_X509(file, certificate) == 1);
        if (!ok)
            (void)unlink(private_key_file);
    }
    if (ok)
        return 0;
    log_error(log, "certificate-not-written", "%s: %s", path, strerror(errno));
    return E_IO;
}

int
tls_self_signed(const struct log *log,
                const char *domain,
                const char *rooms_domain,
                const char *certificate_file,
                const char *private_key_file)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = key ? make_certificate(key, domain, rooms_domain) : NULL;
    int r = E_TLS;

    if (certificate)
        r = write_files(log, key, certificate, certificate_file, private_key_file);
    else
        log_error(log, "certificate-not-made", "%s",
                  ERR_reason_error_string(ERR_peek_last_error()));
    ERR_clear_error();
    X509_free(certificate);
    EVP_PKEY_free(key);
    return r;
}
