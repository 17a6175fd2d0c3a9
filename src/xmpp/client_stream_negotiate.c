/* client_stream_negotiate.c - from the server's header to our resource.
 * Spec: RFC 6120 4.3, 5.4, 7. */
#include "base/error.h"
#include "xmpp/client_stream_private.h"
#include "xmpp/jid.h"
#include "xmpp/ns.h"
#include "xmpp/xml_writer.h"

#include <assert.h>

/* ---- header ---- */

/* RFC 6120 4.7.1: a server that answers for another host is only heard for its error. */
static bool
from_is_ours(struct client_stream *stream, struct str text)
{
    struct jid from, domain;

    if (text.len == 0)
        return true;
    if (jid_parse(&stream->arena, text, &from) < 0 ||
        jid_parse(&stream->arena, stream->options.domain, &domain) < 0)
        return false;
    return jid_equal(from, domain);
}

void
client_stream_take_header(struct client_stream *stream, const struct xml_event *event)
{
    const struct element *header = event->header;

    if (!str_equal(header->ns, NS_STREAM) ||
        (event->content_ns.len > 0 && !str_equal(event->content_ns, NS_CLIENT)))
        client_stream_break(stream, E_XML_NAMESPACE);
    else if (!str_is(header->name, "stream"))
        client_stream_break(stream, E_FORMAT);
    else if (!str_starts_with(element_get(header, STR("version")), STR("1.")))
        client_stream_break(stream, E_STREAM_VERSION);
    else {
        stream->server_from = arena_dup(&stream->arena, element_get(header, STR("from")));
        stream->from_is_wrong = !from_is_ours(stream, stream->server_from);
        stream->state = AWAITS_FEATURES;
    }
}

/* ---- requests of our own ---- */

void
client_stream_request(struct client_stream *stream,
                      struct stanza *iq,
                      enum client_stream_state state)
{
    stream->request_id = arena_dup(&stream->arena, iq->id);
    xml_write(&stream->output, iq->root, NS_CLIENT);
    stanza_unref(iq);
    stream->state = state;
}

bool
client_stream_is_answer(struct client_stream *stream, const struct stanza *stanza)
{
    if (stanza->kind == STANZA_IQ && str_equal(stanza->id, stream->request_id) &&
        (stanza->type == TYPE_RESULT || stanza->type == TYPE_ERROR))
        return true;
    client_stream_break(stream, E_STREAM_ORDER);
    return false;
}

/* ---- features ---- */

/* RFC 6120 7.6. */
static void
bind(struct client_stream *stream)
{
    struct stanza *iq;
    struct element *payload;

    if (!element_child(stream->features->root, NS_BIND, STR("bind"))) {
        client_stream_break(stream, E_UNSUPPORTED);
        return;
    }
    iq = stanza_new_iq(STR("set"), (struct jid){ 0 });
    payload = element_add(&iq->arena, iq->root, NS_BIND, STR("bind"));
    if (stream->options.resource.len > 0)
        element_add_with_text(&iq->arena, payload, NS_BIND, STR("resource"),
                              stream->options.resource);
    client_stream_request(stream, iq, AWAITS_RESOURCE);
}

static bool
offers_starttls(const struct client_stream *stream)
{
    return element_child(stream->features->root, NS_TLS, STR("starttls")) != NULL;
}

static void
start_tls(struct client_stream *stream)
{
    buffer_printf(&stream->output, "<starttls xmlns='%s'/>", NS_TLS.data);
    stream->state = AWAITS_PROCEED;
}

/* What cannot be prepared is not worth a round trip, and has a better name than the server's. */
static bool
credentials_are_sound(struct client_stream *stream)
{
    struct str prepared;

    if (stream->options.name.len == 0)
        return true;
    if (jid_prepare_local(&stream->arena, stream->options.name, &prepared) < 0) {
        client_stream_end(stream, CLIENT_NAME_NOT_ALLOWED, STR_EMPTY, STR_EMPTY);
        return false;
    }
    if (stream->options.token.len > 0 && stream->options.password.len == 0)
        return true;
    if (jid_prepare_opaque(&stream->arena, stream->options.password, &prepared) < 0) {
        client_stream_end(stream, CLIENT_WRONG_PASSWORD, STR_EMPTY, STR_EMPTY);
        return false;
    }
    if (prepared.data != stream->options.password.data)
        sasl_wipe(prepared);
    return true;
}

static void
is_bound(struct client_stream *stream)
{
    stream->state = IS_BOUND;
    stream->ready = CLIENT_STREAM_BOUND;
}

/* The order of negotiation: TLS, account, sign-in, resource. */
void
client_stream_take_features(struct client_stream *stream, struct stanza *stanza)
{
    if (!element_is(stanza->root, NS_STREAM, STR("features"))) {
        client_stream_break(stream, E_STREAM_ORDER);
        return;
    }
    stanza_unref(stream->features);
    stream->features = stanza_ref(stanza);
    if (!stream->tls.active && offers_starttls(stream) && !stream->options.tls_refused)
        start_tls(stream);
    else if (!stream->tls.active && stream->options.tls_required)
        client_stream_end(stream, CLIENT_NO_TLS, STR_EMPTY, STR_EMPTY);
    else if (stream->jid.resource.len > 0)
        is_bound(stream);
    else if (stream->is_authenticated)
        bind(stream);
    else if (!credentials_are_sound(stream))
        return;
    else if (stream->options.registers && !stream->is_registered)
        client_stream_register(stream);
    else
        client_stream_authenticate(stream);
}

/* ---- STARTTLS ---- */

void
client_stream_take_proceed(struct client_stream *stream, struct stanza *stanza)
{
    if (element_is(stanza->root, NS_TLS, STR("failure"))) {
        client_stream_end(stream, CLIENT_NO_TLS, STR("failure"), STR_EMPTY);
        return;
    }
    if (!element_is(stanza->root, NS_TLS, STR("proceed"))) {
        client_stream_break(stream, E_STREAM_ORDER);
        return;
    }
    stream_input_restart(&stream->input);
    stream->ready = CLIENT_STREAM_START_TLS;
}

void
client_stream_tls_started(struct client_stream *stream, const struct tls_info *tls)
{
    if (stream->state == IS_OVER || stream->is_closing)
        return;
    assert(stream->asked == CLIENT_STREAM_START_TLS && tls->active);
    stream->tls = *tls;
    stream->asked = CLIENT_STREAM_WAIT;
    client_stream_write_header(stream);
}

/* ---- bind ---- */

/* RFC 6120 7.6.1, 7.7.1. */
void
client_stream_take_resource(struct client_stream *stream, struct stanza *stanza)
{
    struct str text;
    int r;

    if (!client_stream_is_answer(stream, stanza))
        return;
    if (stanza->type == TYPE_ERROR) {
        client_stream_end_by_bind(stream, stanza_child(stanza, NS_CLIENT, STR("error")));
        return;
    }
    text = element_child_text(&stanza->arena, stanza_child(stanza, NS_BIND, STR("bind")), NS_BIND,
                              STR("jid"));
    r = jid_parse(&stream->arena, text, &stream->jid);
    if (r < 0 || stream->jid.resource.len == 0) {
        client_stream_break(stream, E_JID);
        return;
    }
    is_bound(stream);
}
