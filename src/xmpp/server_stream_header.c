/* server_stream_header.c - the peer's stream header, ours, and the features behind it.
 * Spec: RFC 6120 4.3, 4.7, 4.8; XEP-0440, XEP-0478. */
#include "base/error.h"
#include "base/random.h"
#include "xmpp/jid.h"
#include "xmpp/ns.h"
#include "xmpp/server_stream_private.h"
#include "xmpp/xml_writer.h"

#include <stdlib.h>

/* Unguessable (RFC 6120 4.7.3): 20 characters of 5 bits. */
#define STREAM_ID_CHARS 20

/* Two addresses of at most JID_TEXT_MAX bytes, prepared. */
#define HEADER_ARENA_BYTES ((size_t)64 * 1024)

void
server_stream_write_header(struct server_stream *stream, struct str to)
{
    char id[STREAM_ID_CHARS + 1];

    random_token(id, sizeof(id));
    buffer_printf(&stream->output,
                  "<?xml version='1.0'?><stream:stream xmlns='%s' xmlns:stream='%s' id='%s' from='",
                  NS_CLIENT.data, NS_STREAM.data, id);
    xml_escape(&stream->output, stream->config->domain);
    if (to.len > 0) {
        buffer_append(&stream->output, STR("' to='"));
        xml_escape(&stream->output, to);
    }
    buffer_append(&stream->output, STR("' version='1.0' xml:lang='en'>"));
    stream->header_is_sent = true;
}

/* ---- the peer's header ---- */

/* RFC 6120 4.7.5: "1.0" and whatever comes after it; none at all means 0.9. */
static int
check_version(struct str version)
{
    ptrdiff_t dot = str_find_char(version, '.', 0);
    int64_t major, minor;

    if (dot < 0 || str_to_int64(str_slice(version, 0, (size_t)dot), 0, 9999, &major) < 0 ||
        str_to_int64(str_slice(version, (size_t)dot + 1, version.len), 0, 9999, &minor) < 0)
        return E_STREAM_VERSION;
    return major >= 1 ? 0 : E_STREAM_VERSION;
}

/* RFC 6120 4.7.2, 4.9.3.6: `to` names the one host that is served here. */
static int
check_to(const struct server_stream *stream, struct arena *arena, struct str text)
{
    struct jid to;
    int r;

    if (text.len == 0)
        return E_HOST_UNKNOWN;
    r = jid_parse(arena, text, &to);
    if (r < 0)
        return E_JID;
    return str_equal(to.full, stream->config->domain) ? 0 : E_HOST_UNKNOWN;
}

/* RFC 6120 4.7.1, 4.9.3.9: `from` may be left out; it must be an address, and after sign-in the
 * right one. */
static int
check_from(const struct server_stream *stream,
           struct arena *arena,
           struct str text,
           struct jid *ret)
{
    int r;

    *ret = (struct jid){ 0 };
    if (text.len == 0)
        return 0;
    r = jid_parse(arena, text, ret);
    if (r < 0)
        return E_JID;
    if (!stream->is_authenticated || stream->name[0] == '\0')
        return 0;
    return str_is(ret->local, stream->name) && str_equal(ret->domain, stream->config->domain)
               ? 0
               : E_FROM;
}

static int
check_header(const struct server_stream *stream,
             struct arena *arena,
             const struct xml_event *event,
             struct jid *ret_from)
{
    const struct element *header = event->header;
    int r;

    /* RFC 6120 4.8.1, 4.8.2. */
    if (!str_equal(header->ns, NS_STREAM))
        return E_XML_NAMESPACE;
    if (!str_is(header->name, "stream"))
        return E_FORMAT;
    if (event->content_ns.len > 0 && !str_equal(event->content_ns, NS_CLIENT))
        return E_XML_NAMESPACE;
    r = check_to(stream, arena, element_get(header, STR("to")));
    if (r < 0)
        return r;
    r = check_version(element_get(header, STR("version")));
    if (r < 0)
        return r;
    return check_from(stream, arena, element_get(header, STR("from")), ret_from);
}

/* ---- features ---- */

bool
server_stream_may_authenticate(const struct server_stream *stream)
{
    return stream->tls.active || !stream->config->require_tls;
}

unsigned
server_stream_mechanisms(const struct server_stream *stream)
{
    unsigned offered = SASL_BIT(SASL_SCRAM_SHA_256) | SASL_BIT(SASL_SCRAM_SHA_1);

    if (!server_stream_may_authenticate(stream))
        return 0;
    for (unsigned type = CB_NONE + 1; type < CB_TYPES; type++) {
        if (sasl_binding_is_there(&stream->tls, (enum channel_binding_type)type))
            offered |= SASL_ALL_PLUS;
    }
    if (stream->tls.active || stream->config->allow_plain_without_tls)
        offered |= SASL_BIT(SASL_PLAIN);
    if (stream->config->offer_anonymous)
        offered |= SASL_BIT(SASL_ANONYMOUS);
    return offered;
}

/* RFC 6120 5.3.1. */
static void
write_starttls(struct server_stream *stream)
{
    if (stream->tls.active || !stream->config->offer_starttls)
        return;
    buffer_printf(&stream->output, "<starttls xmlns='%s'>%s</starttls>", NS_TLS.data,
                  stream->config->require_tls ? "<required/>" : "");
}

/* RFC 6120 6.3.3. */
static void
write_mechanisms(struct server_stream *stream)
{
    unsigned offered = server_stream_mechanisms(stream);

    if (offered == 0)
        return;
    buffer_printf(&stream->output, "<mechanisms xmlns='%s'>", NS_SASL.data);
    for (unsigned i = 0; i < SASL_MECHANISMS; i++) {
        if (offered & SASL_BIT(i))
            buffer_printf(&stream->output, "<mechanism>%s</mechanism>",
                          sasl_mechanism_name((enum sasl_mechanism)i));
    }
    buffer_append(&stream->output, STR("</mechanisms>"));
}

/* XEP-0440 2. */
static void
write_bindings(struct server_stream *stream)
{
    if (!(server_stream_mechanisms(stream) & SASL_ALL_PLUS))
        return;
    buffer_printf(&stream->output, "<sasl-channel-binding xmlns='%s'>", NS_SASL_CB.data);
    for (unsigned i = CB_NONE + 1; i < CB_TYPES; i++) {
        enum channel_binding_type type = (enum channel_binding_type)i;

        if (sasl_binding_is_there(&stream->tls, type))
            buffer_printf(&stream->output, "<channel-binding type='%s'/>", sasl_binding_name(type));
    }
    buffer_append(&stream->output, STR("</sasl-channel-binding>"));
}

/* XEP-0077 8, XEP-0445 3. */
static void
write_registration(struct server_stream *stream)
{
    if (!server_stream_may_authenticate(stream))
        return;
    if (stream->config->offer_invitations)
        buffer_printf(&stream->output, "<register xmlns='%s'/>", NS_IBR_TOKEN.data);
    if (stream->config->offer_registration)
        buffer_printf(&stream->output, "<register xmlns='%s'/>", NS_REGISTER_FEATURE.data);
}

/* RFC 6120 7.3; RFC 3921 3, for clients that still insist; RFC 6121 2.6.1, 3.4; XEP-0198 2;
 * XEP-0352 4. */
static void
write_session_features(struct server_stream *stream)
{
    if (stream->phase != PHASE_BOUND)
        buffer_printf(&stream->output,
                      "<bind xmlns='%s'/><session xmlns='%s'><optional/></session>", NS_BIND.data,
                      NS_SESSION.data);
    buffer_printf(&stream->output,
                  "<ver xmlns='%s'/><sub xmlns='%s'/><sm xmlns='%s'/><csi xmlns='%s'/>",
                  NS_ROSTER_VER.data, NS_PRE_APPROVAL.data, NS_SM.data, NS_CSI.data);
}

/* XEP-0478 3.1. */
static void
write_limits(struct server_stream *stream)
{
    const struct xml_limits *limits =
        stream->is_authenticated ? &stream->config->limits_after : &stream->config->limits_before;

    buffer_printf(&stream->output, "<limits xmlns='%s'><max-bytes>%zu</max-bytes>", NS_LIMITS.data,
                  limits->stanza_bytes);
    if (stream->config->idle_seconds > 0)
        buffer_printf(&stream->output, "<idle-seconds>%u</idle-seconds>",
                      stream->config->idle_seconds);
    buffer_append(&stream->output, STR("</limits>"));
}

void
server_stream_write_features(struct server_stream *stream)
{
    buffer_append(&stream->output, STR("<stream:features>"));
    if (stream->is_authenticated) {
        write_session_features(stream);
    } else {
        write_starttls(stream);
        write_mechanisms(stream);
        server_stream_write_authentication(stream);
        write_bindings(stream);
        write_registration(stream);
    }
    write_limits(stream);
    buffer_append(&stream->output, STR("</stream:features>"));
}

/* RFC 6120 4.7.1: who it says that it is. */
static void
keep_from(struct server_stream *stream, struct jid from)
{
    free(stream->from);
    stream->from = from.local.len > 0 ? str_dup(from.bare) : NULL;
}

void
server_stream_take_header(struct server_stream *stream, const struct xml_event *event)
{
    struct arena arena;
    struct jid from;
    int r;

    arena_init(&arena, HEADER_ARENA_BYTES);
    r = check_header(stream, &arena, event, &from);
    if (r == 0) {
        server_stream_write_header(stream, from.bare);
        stream->phase = stream->is_authenticated ? PHASE_BINDING : PHASE_NEGOTIATING;
        keep_from(stream, from);
        server_stream_write_features(stream);
    } else {
        server_stream_fail(stream, r);
    }
    arena_fini(&arena);
}
