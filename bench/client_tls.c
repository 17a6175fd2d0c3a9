/* client_tls.c - see client_tls.h. */
#include "client_tls.h"

#include <openssl/x509.h>
#include <stdio.h>

SSL_CTX *
client_tls_context(void)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());

    if (!context)
        return NULL;
    SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                  SSL_MODE_RELEASE_BUFFERS);
    /* A server may end without TLS's goodbye; the stream has one of its own. */
    SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
    return context;
}

SSL *
client_tls_session(SSL_CTX *context, int fd, const char *domain, bool announces)
{
    static const unsigned char protocols[] = "\013xmpp-client";
    SSL *session = SSL_new(context);
    char name[256]; /* OpenSSL's macro wants it writable */

    (void)snprintf(name, sizeof(name), "%s", domain);
    if (!session || SSL_set_fd(session, fd) != 1 || SSL_set_tlsext_host_name(session, name) != 1 ||
        (announces && SSL_set_alpn_protos(session, protocols, sizeof(protocols) - 1) != 0)) {
        SSL_free(session);
        return NULL;
    }
    SSL_set_connect_state(session);
    return session;
}

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
client_tls_info(SSL *session, struct tls_info *ret)
{
    *ret = (struct tls_info){
        .active = true,
        .version = SSL_get_version(session),
        .cipher = SSL_get_cipher_name(session),
    };
    find_exporter(session, ret);
}
