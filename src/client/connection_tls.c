#include "client/connection_tls.h"

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

void
connection_tls_describe(GTlsConnection *tls, struct tls_info *ret_info)
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
