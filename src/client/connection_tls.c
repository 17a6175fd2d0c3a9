/* connection_tls.c - TLS under a stream: the handshake, the certificate, and what the stream wants
 * to know of it. Spec: RFC 6120 5, 13.7.2; XEP-0368; RFC 9266; RFC 5929 4. */
#include "client/connection_struct.h"

static const char *
version_name(GTlsProtocolVersion version)
{
    switch (version) {
    case G_TLS_PROTOCOL_VERSION_TLS_1_3:
        return "TLSv1.3";
    case G_TLS_PROTOCOL_VERSION_TLS_1_2:
        return "TLSv1.2";
    case G_TLS_PROTOCOL_VERSION_UNKNOWN:
    case G_TLS_PROTOCOL_VERSION_SSL_3_0:
    case G_TLS_PROTOCOL_VERSION_TLS_1_0:
    case G_TLS_PROTOCOL_VERSION_TLS_1_1:
    case G_TLS_PROTOCOL_VERSION_DTLS_1_0:
    case G_TLS_PROTOCOL_VERSION_DTLS_1_2:
        break;
    }
    return "TLS";
}

static void
take_binding(GTlsConnection *tls,
             GTlsChannelBindingType type,
             enum channel_binding_type ours,
             struct tls_info *info)
{
    g_autoptr(GByteArray) data = g_byte_array_new();
    if (!g_tls_connection_get_channel_binding_data(tls, type, data, NULL))
        return;
    if (data->len > sizeof(info->binding[ours]))
        return;
    memcpy(info->binding[ours], data->data, data->len);
    info->binding_len[ours] = data->len;
}

static void
describe(GTlsConnection *tls, struct tls_info *ret_info)
{
    GTlsProtocolVersion version = g_tls_connection_get_protocol_version(tls);
    g_autofree char *cipher = g_tls_connection_get_ciphersuite_name(tls);

    *ret_info = (struct tls_info){
        .active = true,
        .version = version_name(version),
        .cipher = g_intern_string(cipher ? cipher : ""),
    };
    /* RFC 9266 2: before TLS 1.3 the exporter is only unique with an extension we cannot see. */
    if (version == G_TLS_PROTOCOL_VERSION_TLS_1_3)
        take_binding(tls, G_TLS_CHANNEL_BINDING_TLS_EXPORTER, CB_TLS_EXPORTER, ret_info);
    take_binding(tls, G_TLS_CHANNEL_BINDING_TLS_SERVER_END_POINT, CB_TLS_SERVER_END_POINT,
                 ret_info);
}

/* ---- the handshake ---- */

static gboolean
accept_certificate_cb(GTlsConnection *tls,
                      GTlsCertificate *certificate,
                      GTlsCertificateFlags problems,
                      gpointer data)
{
    JdConnection *self = JD_CONNECTION(data);
    (void)tls;
    g_autofree char *fingerprint = trust_fingerprint(certificate);
    if (trust_check(self->trust, self->host, self->port, fingerprint) == TRUST_PINNED)
        return TRUE;
    /* The person is asked after this attempt is over, so that nothing waits for them meanwhile. */
    g_set_object(&self->refused, certificate);
    self->problems = problems;
    return FALSE;
}

/* What a server that speaks XMPP or HTTP says to a ClientHello. GnuTLS has several words for it. */
static gboolean
is_no_tls(const GError *error)
{
    return g_error_matches(error, G_TLS_ERROR, G_TLS_ERROR_NOT_TLS) ||
           g_error_matches(error, G_TLS_ERROR, G_TLS_ERROR_EOF) ||
           g_error_matches(error, G_TLS_ERROR, G_TLS_ERROR_MISC);
}

static void
handshake_failed(JdConnection *self, GError *error)
{
    g_autoptr(GError) owned = error;
    struct connection_end ending = { .not_xmpp = TRUE };

    if (!self->direct_tls || self->refused || !is_no_tls(error))
        connection_fail(self, g_steal_pointer(&owned));
    else if (!connection_try_the_other_way(self))
        connection_end(self, &ending);
}

static void
handshake_cb(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(GError) error = NULL;
    gboolean done = g_tls_connection_handshake_finish(G_TLS_CONNECTION(source), result, &error);
    g_autoptr(JdConnection) self = connection_call_end(data);
    if (self == NULL)
        return;
    if (!done) {
        handshake_failed(self, g_steal_pointer(&error));
        return;
    }
    self->last_heard = g_get_monotonic_time();
    describe(G_TLS_CONNECTION(source), &self->tls);
    if (self->stream == NULL) {
        connection_open_stream(self, &self->tls);
        return;
    }
    client_stream_tls_started(self->stream, &self->tls);
    connection_pump(self);
}

/* XEP-0368 4: direct TLS announces itself by ALPN. */
static void
announce_protocol(GTlsConnection *tls)
{
    static const char *const protocols[] = { "xmpp-client", NULL };
    g_tls_connection_set_advertised_protocols(tls, protocols);
}

void
connection_start_tls(JdConnection *self)
{
    g_autoptr(GError) error = NULL;
    /* RFC 6120 13.7.2: the certificate has to name what the person asked for, never what the
     * server says of itself. */
    const char *identity = self->domain_is_given ? self->domain : self->host;
    g_autoptr(GSocketConnectable) name = g_network_address_new(identity, (guint16)self->port);
    GIOStream *tls = g_tls_client_connection_new(G_IO_STREAM(self->socket), name, &error);
    if (tls == NULL) {
        connection_fail(self, g_steal_pointer(&error));
        return;
    }
    g_object_unref(self->io);
    self->io = tls;
    if (self->direct_tls)
        announce_protocol(G_TLS_CONNECTION(tls));
    g_signal_connect_object(tls, "accept-certificate", G_CALLBACK(accept_certificate_cb), self,
                            (GConnectFlags)0);
    g_tls_connection_handshake_async(G_TLS_CONNECTION(tls), G_PRIORITY_DEFAULT, self->cancellable,
                                     handshake_cb, connection_call_new(self, NULL));
}
