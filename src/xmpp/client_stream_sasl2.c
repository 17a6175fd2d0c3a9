/* client_stream_sasl2.c - SASL in the frame of XEP-0388, at the initiating end, with the request
 * for a resource in it (XEP-0386). The exchange itself is in client_stream_auth.c. Spec: XEP-0388
 * 2, XEP-0386 3. */
#include "base/encoding.h"
#include "base/error.h"
#include "xmpp/client_stream_private.h"
#include "xmpp/ns.h"
#include "xmpp/xml_writer.h"

static const struct element *
find_authentication(const struct client_stream *stream)
{
    return element_child(stream->features->root, NS_SASL2, STR("authentication"));
}

/* XEP-0388 4: only inside TLS. */
bool
client_stream_has_sasl2(const struct client_stream *stream)
{
    return stream->tls.active && !stream->options.plain_frame && find_authentication(stream);
}

/* ---- the request ---- */

static void
write_text(struct client_stream *stream, const char *element, struct str text)
{
    if (text.len == 0)
        return;
    buffer_printf(&stream->output, "<%s>", element);
    xml_escape(&stream->output, text);
    buffer_printf(&stream->output, "</%s>", element);
}

/* XEP-0388 2.3. */
static void
write_user_agent(struct client_stream *stream)
{
    const struct client_stream_options *options = &stream->options;

    if (options->agent_id.len == 0)
        return;
    buffer_append(&stream->output, STR("<user-agent id='"));
    xml_escape(&stream->output, options->agent_id);
    buffer_append(&stream->output, STR("'>"));
    write_text(stream, "software", options->software);
    buffer_append(&stream->output, STR("</user-agent>"));
}

/* XEP-0386 3.1, 3.2. */
static void
write_bind(struct client_stream *stream)
{
    const struct element *offered = element_child(
        element_child(find_authentication(stream), NS_SASL2, STR("inline")), NS_BIND2, STR("bind"));

    if (!offered || stream->options.tag.len == 0)
        return;
    buffer_printf(&stream->output, "<bind xmlns='%s'>", NS_BIND2.data);
    write_text(stream, "tag", stream->options.tag);
    buffer_append(&stream->output, STR("</bind>"));
}

void
client_stream_write_authenticate(struct client_stream *stream, struct str data)
{
    buffer_printf(&stream->output, "<authenticate xmlns='%s' mechanism='%s'><initial-response>",
                  NS_SASL2.data, sasl_mechanism_name(stream->mechanism));
    base64_encode(&stream->output, data);
    buffer_append(&stream->output, STR("</initial-response>"));
    write_user_agent(stream);
    write_bind(stream);
    buffer_append(&stream->output, STR("</authenticate>"));
}

/* ---- the answer ---- */

/* XEP-0388 2.6.1: who we are; with a resource if we got one. */
static void
take_identifier(struct client_stream *stream, struct stanza *stanza)
{
    struct str text = str_trim(element_child_text(&stanza->arena, stanza->root, NS_SASL2,
                                                  STR("authorization-identifier")));
    const struct element *bound = element_child(stanza->root, NS_BIND2, STR("bound"));
    struct jid jid;

    if (jid_parse(&stream->arena, text, &jid) < 0 || (bound && jid.resource.len == 0)) {
        client_stream_break(stream, E_JID);
        return;
    }
    if (bound)
        stream->jid = jid;
    stream->state = AWAITS_FEATURES;
}

/* Only a server that proved that it knows us is heard any further. */
void
client_stream_take_success2(struct client_stream *stream, struct stanza *stanza)
{
    const struct element *additional =
        element_child(stanza->root, NS_SASL2, STR("additional-data"));
    struct str data = STR_EMPTY;

    if (additional && stream_sasl2_payload(stanza, additional, &data) < 0) {
        client_stream_break(stream, E_FORMAT);
        return;
    }
    client_stream_take_result(stream, sasl_client_success(stream->sasl, data));
    if (stream->state == AWAITS_AUTHENTICATION && stream->is_authenticated)
        take_identifier(stream, stanza);
}
