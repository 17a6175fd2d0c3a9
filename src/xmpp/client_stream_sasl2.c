/* client_stream_sasl2.c - SASL in the frame of XEP-0388, at the initiating end, with the request
 * for a resource in it (XEP-0386). The exchange itself is in client_stream_auth.c. Spec: XEP-0388
 * 2, XEP-0386 3, XEP-0484 3. */
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

/* What may be asked for in the same breath. */
static const struct element *
find_inline(const struct client_stream *stream, struct str ns, const char *name)
{
    const struct element *list =
        element_child(find_authentication(stream), NS_SASL2, STR("inline"));

    return element_child(list, ns, str_from(name));
}

/* XEP-0386 3.1, 3.2. */
static void
write_bind(struct client_stream *stream)
{
    const struct element *offered = find_inline(stream, NS_BIND2, "bind");

    if (!offered || stream->options.tag.len == 0)
        return;
    buffer_printf(&stream->output, "<bind xmlns='%s'>", NS_BIND2.data);
    write_text(stream, "tag", stream->options.tag);
    buffer_append(&stream->output, STR("</bind>"));
}

bool
client_stream_takes_token(const struct client_stream *stream, enum sasl_mechanism mechanism)
{
    const struct element *fast = find_inline(stream, NS_FAST, "fast");

    for (const struct element *item = element_child(fast, NS_FAST, STR("mechanism")); item;
         item = element_next_named(item, NS_FAST, STR("mechanism"))) {
        struct str name = str_trim(element_text(&stream->features->arena, item));

        if (str_is(name, sasl_mechanism_name(mechanism)))
            return true;
    }
    return false;
}

/* The best that the server takes and the channel is good for. XEP-0484 6: one that binds to the
 * channel comes first. */
static enum sasl_mechanism
choose_token_mechanism(const struct client_stream *stream)
{
    unsigned good = sasl_token_mechanisms(&stream->tls);

    for (unsigned i = 0; i < SASL_MECHANISMS; i++) {
        if ((good & SASL_BIT(i)) && client_stream_takes_token(stream, (enum sasl_mechanism)i))
            return (enum sasl_mechanism)i;
    }
    return SASL_MECHANISMS;
}

/* XEP-0484 3.2, 3.4. Who has a token that is good waits until it is changed. */
static void
write_fast(struct client_stream *stream)
{
    const struct client_stream_options *options = &stream->options;

    stream->asked_mechanism = SASL_MECHANISMS;
    if (stream->uses_token) {
        buffer_printf(&stream->output, "<fast xmlns='%s'/>", NS_FAST.data);
        return;
    }
    if (options->wants_token && options->agent_id.len > 0 && options->name.len > 0)
        stream->asked_mechanism = choose_token_mechanism(stream);
    if (stream->asked_mechanism < SASL_MECHANISMS)
        buffer_printf(&stream->output, "<request-token xmlns='%s' mechanism='%s'/>", NS_FAST.data,
                      sasl_mechanism_name(stream->asked_mechanism));
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
    write_fast(stream);
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

/* XEP-0484 3.3, 3.5. */
static void
take_token(struct client_stream *stream, struct stanza *stanza)
{
    const struct element *token = element_child(stanza->root, NS_FAST, STR("token"));

    if (stream->asked_mechanism == SASL_MECHANISMS && !stream->uses_token)
        return;
    buffer_append(&stream->new_token, element_get(token, STR("token")));
    stream->new_expiry = arena_dup(&stream->arena, element_get(token, STR("expiry")));
    if (buffer_failed(&stream->new_token))
        buffer_clear(&stream->new_token);
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
    if (stream->state != AWAITS_AUTHENTICATION || !stream->is_authenticated)
        return;
    take_token(stream, stanza);
    take_identifier(stream, stanza);
}
