/* tls.c - one SSL_CTX for all connections, and what a handshake agreed on. */
#include "server/net/tls.h"

#include "base/error.h"
#include "base/memory.h"

#include <assert.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

/* TLS 1.2 with forward secrecy and authenticated encryption; 1.3 has nothing else (RFC 9325 4.2).
 */
#define CIPHERS_1_2 "ECDHE+AESGCM:ECDHE+CHACHA20"

#define FINGERPRINT_BYTES (3 * 32) /* "AB:" for each byte of a SHA-256, the last ':' a NUL */

struct tls_context {
    atomic_uint references;
    SSL_CTX *ssl;
    char fingerprint[FINGERPRINT_BYTES];
    uint8_t end_point[EVP_MAX_MD_SIZE]; /* RFC 5929 4.1 */
    size_t end_point_len;               /* 0: not defined for this certificate */
};

static void
log_openssl(const struct log *log, const char *event, const char *what)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());

    log_error(log, event, "%s: %s", what, reason ? reason : "unknown error");
    ERR_clear_error();
}

/* RFC 7301 3.2: whoever names protocols must name ours. */
static int
choose_protocol(SSL *session,
                const unsigned char **out,
                unsigned char *out_len,
                const unsigned char *in,
                unsigned in_len,
                void *context)
{
    static const unsigned char ours[] = "\013xmpp-client";
    union {
        const unsigned char **from;
        unsigned char **to;
    } selected = { .from = out };
    int r;

    (void)session;
    (void)context;
    r = SSL_select_next_proto(selected.to, out_len, ours, sizeof(ours) - 1, in, in_len);
    return r == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

static bool
set_rules(SSL_CTX *ssl)
{
    SSL_CTX_set_options(ssl, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    /* An idle connection gives its buffers back. */
    SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS);
    /* No resumption: nothing to keep for it, and forward secrecy for each connection. */
    SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_alpn_select_cb(ssl, choose_protocol, NULL);
    return SSL_CTX_set_num_tickets(ssl, 0) == 1 &&
           SSL_CTX_set_min_proto_version(ssl, TLS1_2_VERSION) == 1 &&
           SSL_CTX_set_cipher_list(ssl, CIPHERS_1_2) == 1;
}

static bool
load_certificate(const struct log *log,
                 SSL_CTX *ssl,
                 const char *certificate_file,
                 const char *private_key_file)
{
    if (SSL_CTX_use_certificate_chain_file(ssl, certificate_file) != 1) {
        log_openssl(log, "certificate-unusable", certificate_file);
        return false;
    }
    if (SSL_CTX_use_PrivateKey_file(ssl, private_key_file, SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(ssl) != 1) {
        log_openssl(log, "private-key-unusable", private_key_file);
        return false;
    }
    return true;
}

static void
find_fingerprint(struct tls_context *context, const X509 *certificate)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;

    if (X509_digest(certificate, EVP_sha256(), digest, &length) != 1)
        abort();
    for (unsigned i = 0; i < length; i++)
        (void)snprintf(context->fingerprint + 3 * i, FINGERPRINT_BYTES - 3 * i,
                       i + 1 < length ? "%02X:" : "%02X", digest[i]);
}

/* RFC 5929 4.1: the hash of the certificate's signature, but SHA-256 for MD5 and SHA-1. Not defined
 * for signatures without a hash of their own. */
static void
find_end_point(struct tls_context *context, const X509 *certificate)
{
    int digest_id = NID_undef;
    const EVP_MD *digest;
    unsigned length = 0;

    if (OBJ_find_sigid_algs(X509_get_signature_nid(certificate), &digest_id, NULL) != 1 ||
        digest_id == NID_undef)
        return;
    if (digest_id == NID_md5 || digest_id == NID_sha1)
        digest_id = NID_sha256;
    digest = EVP_get_digestbynid(digest_id);
    if (digest && X509_digest(certificate, digest, context->end_point, &length) == 1)
        context->end_point_len = length;
}

struct tls_context *
tls_context_new(const struct log *log, const char *certificate_file, const char *private_key_file)
{
    struct tls_context *context;
    SSL_CTX *ssl;

    ERR_clear_error();
    ssl = SSL_CTX_new(TLS_server_method());
    if (!ssl || !set_rules(ssl)) {
        log_openssl(log, "tls-unusable", "OpenSSL");
        SSL_CTX_free(ssl);
        return NULL;
    }
    if (!load_certificate(log, ssl, certificate_file, private_key_file)) {
        SSL_CTX_free(ssl);
        return NULL;
    }
    context = memory_new(1, sizeof(*context));
    atomic_init(&context->references, 1);
    context->ssl = ssl;
    SSL_CTX_set_app_data(ssl, context);
    find_fingerprint(context, SSL_CTX_get0_certificate(ssl));
    find_end_point(context, SSL_CTX_get0_certificate(ssl));
    return context;
}

struct tls_context *
tls_context_ref(struct tls_context *context)
{
    atomic_fetch_add_explicit(&context->references, 1, memory_order_relaxed);
    return context;
}

void
tls_context_unref(struct tls_context *context)
{
    if (!context || atomic_fetch_sub_explicit(&context->references, 1, memory_order_acq_rel) > 1)
        return;
    SSL_CTX_free(context->ssl);
    free(context);
}

struct str
tls_context_fingerprint(const struct tls_context *context)
{
    return str_from(context->fingerprint);
}

SSL *
tls_session_new(struct tls_context *context)
{
    return SSL_new(context->ssl);
}

/* RFC 9266 2: only where the exporter is bound to the whole handshake, which 1.3 guarantees. */
static void
find_exporter(SSL *session, struct tls_info *info)
{
    static const char label[] = "EXPORTER-Channel-Binding";
    enum {
        EXPORTER_BYTES = 32
    };

    if (SSL_version(session) >= TLS1_3_VERSION &&
        SSL_export_keying_material(session, info->binding[CB_TLS_EXPORTER], EXPORTER_BYTES, label,
                                   sizeof(label) - 1, NULL, 0, 0) == 1)
        info->binding_len[CB_TLS_EXPORTER] = EXPORTER_BYTES;
}

void
tls_session_info(SSL *session, struct tls_info *ret_info)
{
    const struct tls_context *context = SSL_CTX_get_app_data(SSL_get_SSL_CTX(session));

    *ret_info = (struct tls_info){
        .active = true,
        .version = SSL_get_version(session),
        .cipher = SSL_get_cipher_name(session),
    };
    find_exporter(session, ret_info);
    assert(context->end_point_len <= sizeof(ret_info->binding[CB_TLS_SERVER_END_POINT]));
    memcpy(ret_info->binding[CB_TLS_SERVER_END_POINT], context->end_point, context->end_point_len);
    ret_info->binding_len[CB_TLS_SERVER_END_POINT] = context->end_point_len;
}
