/* server_stream_bind.c - the IQs a stream answers by itself: registration, bind, session; and
 * the request to go on with an earlier session. Spec: RFC 6120 7, RFC 3921 3, XEP-0077 3.1,
 * XEP-0198 3, 5. */
#include "base/error.h"
#include "xmpp/ns.h"
#include "xmpp/server_stream_private.h"
#include "xmpp/xml_writer.h"

#include <assert.h>
#include <inttypes.h>

/* <resumed/> with the id, which was found, every byte escaped. */
#define RESUMED_MAX ((size_t)1024)

static bool
is_request(const struct stanza *iq)
{
    return iq->type == TYPE_GET || iq->type == TYPE_SET;
}

/* Before sign-in: only XEP-0077 and XEP-0445, and only where a password may be said at all. */
void
server_stream_take_registration(struct server_stream *stream, struct stanza *iq)
{
    bool registers =
        stanza_child(iq, NS_REGISTER, STR("query")) || stanza_child(iq, NS_PREAUTH, STR("preauth"));

    if (!is_request(iq) || !registers || !server_stream_may_authenticate(stream)) {
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
    if (!request)
        return STR_EMPTY;
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
server_stream_bound(struct server_stream *stream, struct jid full, struct str results)
{
    struct stanza *result;
    struct element *bind;

    if (stream->phase == PHASE_OVER)
        return;
    assert(stream->asked == SERVER_STREAM_BIND && full.resource.len > 0);
    if (stream->sasl2) {
        stream->asked = SERVER_STREAM_WAIT;
        stream->phase = PHASE_BOUND;
        server_stream_sasl2_bound(stream, full, results);
        return;
    }
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
    if (stream->sasl2) { /* signed in all the same: it may ask in the old way, and hear why */
        stream->asked = SERVER_STREAM_WAIT;
        return;
    }
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
write_failed(struct server_stream *stream, const char *condition, const uint32_t *h)
{
    struct buffer *out = stream->sasl2 ? server_stream_sasl2_results(stream) : &stream->output;

    buffer_printf(out, "<failed xmlns='%s'", NS_SM.data);
    if (h)
        buffer_printf(out, " h='%" PRIu32 "'", *h);
    buffer_printf(out, "><%s xmlns='%s'/></failed>", condition, NS_STANZAS.data);
}

/* XEP-0198 5: previd and h are both REQUIRED. */
void
server_stream_ask_resume(struct server_stream *stream,
                         struct stanza *stanza,
                         const struct element *resume)
{
    int64_t h;

    if (element_get(resume, STR("previd")).len == 0 ||
        str_to_int64(element_get(resume, STR("h")), 0, UINT32_MAX, &h) < 0) {
        write_failed(stream, "bad-request", NULL);
        return;
    }
    stream->request = stanza_ref(stanza);
    stream->resume = resume;
    stream->resume_h = (uint32_t)h;
    stream->ready = SERVER_STREAM_RESUME;
}

/* XEP-0198 3: before bind there is nothing to enable. */
void
server_stream_take_sm(struct server_stream *stream, struct stanza *stanza)
{
    if (str_is(stanza->root->name, "resume"))
        server_stream_ask_resume(stream, stanza, stanza->root);
    else if (str_is(stanza->root->name, "enable"))
        write_failed(stream, "unexpected-request", NULL);
    else
        server_stream_fail(stream, E_STREAM_ORDER);
}

struct str
server_stream_resume_id(const struct server_stream *stream)
{
    assert(stream->asked == SERVER_STREAM_RESUME);
    return element_get(stream->resume, STR("previd"));
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
    stream->resume = NULL;
}

static void
write_resumed(const struct server_stream *stream, struct buffer *out, uint32_t h)
{
    buffer_printf(out, "<resumed xmlns='%s' h='%" PRIu32 "' previd='", NS_SM.data, h);
    xml_escape(out, server_stream_resume_id(stream));
    buffer_append(out, STR("'/>"));
}

void
server_stream_resumed(struct server_stream *stream, uint32_t h)
{
    struct buffer text;

    if (stream->phase == PHASE_OVER)
        return;
    buffer_init(&text, RESUMED_MAX);
    write_resumed(stream, &text, h);
    stream->phase = PHASE_BOUND;
    finish_resume(stream);
    if (stream->sasl2)
        server_stream_sasl2_resumed(stream, buffer_str(&text));
    else
        buffer_append(&stream->output, buffer_str(&text));
    buffer_fini(&text);
}

void
server_stream_refuse_resume(struct server_stream *stream, const uint32_t *h)
{
    if (stream->phase == PHASE_OVER)
        return;
    finish_resume(stream);
    write_failed(stream, "item-not-found", h);
}
