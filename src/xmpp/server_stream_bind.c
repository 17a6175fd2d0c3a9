/* server_stream_bind.c - the IQs a stream answers by itself: registration, bind, session; and
 * the request to go on with an earlier session. Spec: RFC 6120 7, RFC 3921 3, XEP-0077 3.1,
 * XEP-0198 3, 5. */
#include "base/error.h"
#include "xmpp/ns.h"
#include "xmpp/server_stream_private.h"
#include "xmpp/xml_writer.h"

#include <assert.h>
#include <inttypes.h>

static bool
is_request(const struct stanza *iq)
{
    return iq->type == TYPE_GET || iq->type == TYPE_SET;
}

/* Before sign-in: only XEP-0077, and only where a password may be said at all. */
void
server_stream_take_registration(struct server_stream *stream, struct stanza *iq)
{
    if (!is_request(iq) || !stanza_child(iq, NS_REGISTER, STR("query")) ||
        !server_stream_may_authenticate(stream)) {
        server_stream_fail(stream, E_STREAM_ORDER);
        return;
    }
    if (!stream->config->offer_registration) {
        server_stream_reply(stream, stanza_error(iq, "not-allowed", STR_EMPTY));
        return;
    }
    server_stream_hand_over(stream, iq, SERVER_STREAM_REGISTRATION);
}

/* RFC 6120 7.1: until a resource is bound there is nothing else a client may ask. */
void
server_stream_take_bind(struct server_stream *stream, struct stanza *iq)
{
    if (!is_request(iq) || !stanza_child(iq, NS_BIND, STR("bind"))) {
        server_stream_fail(stream, E_STREAM_ORDER);
        return;
    }
    /* RFC 6120 8.1.3: an IQ without an id cannot be answered so that anybody could tell. */
    if (iq->type != TYPE_SET || iq->id.len == 0) {
        server_stream_reply(stream, stanza_error(iq, "bad-request", STR_EMPTY));
        return;
    }
    stream->request = stanza_ref(iq);
    stream->ready = SERVER_STREAM_BIND;
}

struct str
server_stream_wanted_resource(const struct server_stream *stream)
{
    struct stanza *request = stream->request;

    assert(stream->asked == SERVER_STREAM_BIND);
    return element_child_text(&request->arena, stanza_child(request, NS_BIND, STR("bind")), NS_BIND,
                              STR("resource"));
}

/* Takes the answered request away. */
static void
finish_bind(struct server_stream *stream, struct stanza *reply)
{
    stream->asked = SERVER_STREAM_WAIT;
    server_stream_reply(stream, reply);
    stanza_unref(stream->request);
    stream->request = NULL;
}

/* RFC 6120 7.6.1, 7.7.1. */
void
server_stream_bound(struct server_stream *stream, struct jid full)
{
    struct stanza *result;
    struct element *bind;

    if (stream->phase == PHASE_OVER)
        return;
    assert(stream->asked == SERVER_STREAM_BIND && full.resource.len > 0);
    result = stanza_result(stream->request);
    bind = element_add(&result->arena, result->root, NS_BIND, STR("bind"));
    element_add_with_text(&result->arena, bind, NS_BIND, STR("jid"), full.full);
    stream->phase = PHASE_BOUND;
    finish_bind(stream, result);
}

/* RFC 6120 7.6.2, 7.7.2: the client may try again. */
void
server_stream_refuse_bind(struct server_stream *stream, int error)
{
    if (stream->phase == PHASE_OVER)
        return;
    assert(stream->asked == SERVER_STREAM_BIND);
    finish_bind(stream, stanza_error_for(stream->request, error));
}

/* After bind: a second resource is refused (RFC 6120 7.1), the session of old is granted (RFC 3921
 * 3), the rest is the owner's. */
void
server_stream_take_iq(struct server_stream *stream, struct stanza *iq)
{
    if (is_request(iq) && stanza_child(iq, NS_BIND, STR("bind")))
        server_stream_reply(stream, stanza_error(iq, "not-allowed", STR_EMPTY));
    else if (iq->type == TYPE_SET && stanza_child(iq, NS_SESSION, STR("session")))
        server_stream_reply(stream, stanza_result(iq));
    else
        server_stream_hand_over(stream, iq, SERVER_STREAM_STANZA);
}

/* ---- XEP-0198: instead of binding, going on ---- */

static void
refuse_sm(struct server_stream *stream, const char *condition, const uint32_t *h)
{
    buffer_printf(&stream->output, "<failed xmlns='%s'", NS_SM.data);
    if (h)
        buffer_printf(&stream->output, " h='%" PRIu32 "'", *h);
    buffer_printf(&stream->output, "><%s xmlns='%s'/></failed>", condition, NS_STANZAS.data);
}

/* XEP-0198 5: previd and h are both REQUIRED. */
static void
take_resume(struct server_stream *stream, struct stanza *stanza)
{
    int64_t h;

    if (element_get(stanza->root, STR("previd")).len == 0 ||
        str_to_int64(element_get(stanza->root, STR("h")), 0, UINT32_MAX, &h) < 0) {
        refuse_sm(stream, "bad-request", NULL);
        return;
    }
    stream->request = stanza_ref(stanza);
    stream->resume_h = (uint32_t)h;
    stream->ready = SERVER_STREAM_RESUME;
}

/* XEP-0198 3: before bind there is nothing to enable. */
void
server_stream_take_sm(struct server_stream *stream, struct stanza *stanza)
{
    if (str_is(stanza->root->name, "resume"))
        take_resume(stream, stanza);
    else if (str_is(stanza->root->name, "enable"))
        refuse_sm(stream, "unexpected-request", NULL);
    else
        server_stream_fail(stream, E_STREAM_ORDER);
}

struct str
server_stream_resume_id(const struct server_stream *stream)
{
    assert(stream->asked == SERVER_STREAM_RESUME);
    return element_get(stream->request->root, STR("previd"));
}

uint32_t
server_stream_resume_h(const struct server_stream *stream)
{
    assert(stream->asked == SERVER_STREAM_RESUME);
    return stream->resume_h;
}

static void
finish_resume(struct server_stream *stream)
{
    assert(stream->asked == SERVER_STREAM_RESUME);
    stream->asked = SERVER_STREAM_WAIT;
    stanza_unref(stream->request);
    stream->request = NULL;
}

void
server_stream_resumed(struct server_stream *stream, uint32_t h)
{
    if (stream->phase == PHASE_OVER)
        return;
    buffer_printf(&stream->output, "<resumed xmlns='%s' h='%" PRIu32 "' previd='", NS_SM.data, h);
    xml_escape(&stream->output, server_stream_resume_id(stream));
    buffer_append(&stream->output, STR("'/>"));
    stream->phase = PHASE_BOUND;
    finish_resume(stream);
}

void
server_stream_refuse_resume(struct server_stream *stream, const uint32_t *h)
{
    if (stream->phase == PHASE_OVER)
        return;
    finish_resume(stream);
    refuse_sm(stream, "item-not-found", h);
}
