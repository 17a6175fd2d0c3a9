/* client_stream.c - see client_stream.h: the loop and the end. */
#include "base/error.h"
#include "base/memory.h"
#include "xmpp/client_stream_private.h"
#include "xmpp/ns.h"
#include "xmpp/xml_writer.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <stdlib.h>

/* What a client may leave unsent before it looks at its output. */
#define OUTPUT_MAX   ((size_t)8 * 1024 * 1024)
#define ARENA_BYTES  ((size_t)256 * 1024)
#define PASSWORD_MAX 4096

static void
copy_options(struct client_stream *stream, const struct client_stream_options *options)
{
    struct client_stream_options *own = &stream->options;

    *own = *options;
    own->domain = arena_dup(&stream->arena, options->domain);
    own->name = arena_dup(&stream->arena, options->name);
    own->resource = arena_dup(&stream->arena, options->resource);
    own->lang = arena_dup(&stream->arena, options->lang);
    own->agent_id = arena_dup(&stream->arena, options->agent_id);
    own->software = arena_dup(&stream->arena, options->software);
    own->tag = arena_dup(&stream->arena, options->tag);
    buffer_append(&stream->password, options->password);
    own->password = buffer_str(&stream->password);
    buffer_append(&stream->token, options->token);
    own->token = buffer_str(&stream->token);
}

struct client_stream *
client_stream_new(const struct client_stream_options *options, const struct tls_info *tls)
{
    struct client_stream *stream = memory_new(1, sizeof(*stream));

    arena_init(&stream->arena, ARENA_BYTES);
    buffer_init(&stream->password, PASSWORD_MAX);
    buffer_init(&stream->token, PASSWORD_MAX);
    buffer_init(&stream->new_token, PASSWORD_MAX);
    buffer_init(&stream->output, OUTPUT_MAX);
    stream_input_init(&stream->input, &XML_LIMITS_DEFAULT);
    copy_options(stream, options);
    if (tls)
        stream->tls = *tls;
    assert(!options->direct_tls || stream->tls.active);
    assert(!(options->tls_required && options->tls_refused));
    client_stream_write_header(stream);
    return stream;
}

void
client_stream_forget_secrets(struct client_stream *stream)
{
    sasl_client_free(stream->sasl);
    stream->sasl = NULL;
    stream->question = (struct sasl_result){ 0 };
    buffer_wipe(&stream->password);
    buffer_wipe(&stream->token);
    stream->options.password = stream->options.token = STR_EMPTY;
}

void
client_stream_free(struct client_stream *stream)
{
    if (!stream)
        return;
    client_stream_forget_secrets(stream);
    buffer_wipe(&stream->new_token);
    stanza_unref(stream->features);
    stanza_unref(stream->stanza);
    stream_input_fini(&stream->input);
    buffer_wipe(&stream->output);
    arena_fini(&stream->arena);
    free(stream);
}

/* Who we are is nobody's business before TLS (RFC 6120 4.7.1). */
static void
write_from(struct client_stream *stream)
{
    const struct client_stream_options *options = &stream->options;
    struct jid from;

    if (!stream->tls.active || options->name.len == 0 ||
        jid_make(&stream->arena, options->name, options->domain, STR_EMPTY, &from) < 0)
        return;
    buffer_append(&stream->output, STR("' from='"));
    xml_escape(&stream->output, from.bare);
}

/* RFC 6120 4.7. */
void
client_stream_write_header(struct client_stream *stream)
{
    const struct client_stream_options *options = &stream->options;

    buffer_append(&stream->output, STR("<?xml version='1.0'?><stream:stream to='"));
    xml_escape(&stream->output, options->domain);
    write_from(stream);
    if (options->lang.len > 0) {
        buffer_append(&stream->output, STR("' xml:lang='"));
        xml_escape(&stream->output, options->lang);
    }
    buffer_printf(&stream->output, "' version='1.0' xmlns='%s' xmlns:stream='%s'>", NS_CLIENT.data,
                  NS_STREAM.data);
    stream->state = AWAITS_HEADER;
}

void
client_stream_feed(struct client_stream *stream, struct str bytes)
{
    bool is_starting_tls =
        stream->ready == CLIENT_STREAM_START_TLS || stream->asked == CLIENT_STREAM_START_TLS;

    /* RFC 6120 5.4.3.3: what came in the clear behind <proceed/> is nobody's. */
    if (stream->state == IS_OVER || is_starting_tls)
        return;
    stream_input_feed(&stream->input, bytes);
}

struct buffer *
client_stream_output(struct client_stream *stream)
{
    return &stream->output;
}

/* ---- the end ---- */

static void
end(struct client_stream *stream, enum client_failure kind)
{
    if (!stream->is_closing)
        buffer_append(&stream->output, STR("</stream:stream>"));
    client_stream_forget_secrets(stream);
    stream->failure.kind = kind;
    stream->state = IS_OVER;
    stream->ready = stream->asked = CLIENT_STREAM_WAIT;
}

void
client_stream_end(struct client_stream *stream,
                  enum client_failure kind,
                  struct str condition,
                  struct str text)
{
    stream->failure.condition = arena_dup(&stream->arena, condition);
    stream->failure.text = arena_dup(&stream->arena, text);
    end(stream, kind);
}

void
client_stream_break(struct client_stream *stream, int error)
{
    assert(error < 0);
    if (!stream->is_closing)
        buffer_printf(&stream->output, "<stream:error><%s xmlns='%s'/></stream:error>",
                      error_stream_condition(error), NS_STREAM_ERRORS.data);
    stream->failure.error = error;
    end(stream, CLIENT_PROTOCOL_ERROR);
}

void
client_stream_close(struct client_stream *stream)
{
    if (stream->state == IS_OVER || stream->is_closing)
        return;
    buffer_append(&stream->output, STR("</stream:stream>"));
    stream->is_closing = true;
    if (stream->state == IS_BOUND)
        return;
    /* There is nothing to negotiate any more, and no answer to wait for from our owner. */
    client_stream_forget_secrets(stream);
    stream->ready = stream->asked = CLIENT_STREAM_WAIT;
}

struct client_stream_failure
client_stream_failure(const struct client_stream *stream)
{
    return stream->failure;
}

/* ---- the loop ---- */

static void
take_stanza(struct client_stream *stream, struct stanza *stanza)
{
    /* Features are announced once a stream; a server that repeats itself does no harm. */
    if (element_is(stanza->root, NS_STREAM, STR("features")))
        return;
    stanza_unref(stream->stanza);
    stream->stanza = stanza_ref(stanza);
    stream->ready = CLIENT_STREAM_STANZA;
}

static void
take_child(struct client_stream *stream, struct stanza *stanza)
{
    static void (*const steps[])(struct client_stream *, struct stanza *) = {
        [AWAITS_FEATURES] = client_stream_take_features,
        [AWAITS_PROCEED] = client_stream_take_proceed,
        [AWAITS_FIELDS] = client_stream_take_fields,
        [AWAITS_ACCOUNT] = client_stream_take_account,
        [AWAITS_AUTHENTICATION] = client_stream_take_authentication,
        [AWAITS_RESOURCE] = client_stream_take_resource,
        [IS_BOUND] = take_stanza,
    };

    if (element_is(stanza->root, NS_STREAM, STR("error")))
        client_stream_end_by_stream_error(stream, stanza->root);
    else if (stream->from_is_wrong)
        client_stream_break(stream, E_FROM);
    else if (!stream->is_closing || stream->state == IS_BOUND)
        steps[stream->state](stream, stanza);
}

static void
on_child(struct client_stream *stream, const struct xml_event *event)
{
    assert(stream->state != AWAITS_HEADER && stream->state != IS_OVER);
    take_child(stream, event->stanza);
    stanza_unref(event->stanza);
}

static void
on_end(struct client_stream *stream, const struct xml_event *event)
{
    (void)event;
    end(stream, CLIENT_CLOSED);
}

static void
on_error(struct client_stream *stream, const struct xml_event *event)
{
    client_stream_break(stream, event->error);
}

/* Reports `event`; what needs an answer stays open until it comes. */
static enum client_stream_event
report(struct client_stream *stream)
{
    enum client_stream_event event = stream->ready;
    bool is_question = event == CLIENT_STREAM_START_TLS || event == CLIENT_STREAM_NEED_KEY;

    stream->ready = CLIENT_STREAM_WAIT;
    stream->asked = is_question ? event : CLIENT_STREAM_WAIT;
    return event;
}

enum client_stream_event
client_stream_next(struct client_stream *stream)
{
    static void (*const steps[])(struct client_stream *, const struct xml_event *) = {
        [XML_STREAM_HEADER] = client_stream_take_header,
        [XML_STANZA] = on_child,
        [XML_STREAM_END] = on_end,
        [XML_ERROR] = on_error,
    };

    for (;;) {
        struct xml_event event;

        if (stream->ready != CLIENT_STREAM_WAIT)
            return report(stream);
        if (stream->state == IS_OVER)
            return CLIENT_STREAM_CLOSED;
        if (stream->asked != CLIENT_STREAM_WAIT)
            return CLIENT_STREAM_WAIT;
        event = stream_input_next(&stream->input);
        if (event.type == XML_WAIT)
            return CLIENT_STREAM_WAIT;
        steps[event.type](stream, &event);
    }
}

/* ---- after bind ---- */

struct jid
client_stream_jid(const struct client_stream *stream)
{
    return stream->jid;
}

const char *
client_stream_mechanism(const struct client_stream *stream)
{
    return stream->has_mechanism ? sasl_mechanism_name(stream->mechanism) : "";
}

struct client_stream_token
client_stream_token(const struct client_stream *stream)
{
    return (struct client_stream_token){
        .token = buffer_str(&stream->new_token),
        .expiry = stream->new_expiry,
        .mechanism =
            stream->asked_mechanism < SASL_MECHANISMS ? stream->asked_mechanism : stream->mechanism,
    };
}

bool
client_stream_token_is_refused(const struct client_stream *stream)
{
    return stream->token_is_refused;
}

struct str
client_stream_server_from(const struct client_stream *stream)
{
    return stream->server_from;
}

const struct element *
client_stream_features(const struct client_stream *stream)
{
    return stream->features ? stream->features->root : NULL;
}

struct stanza *
client_stream_take_stanza(struct client_stream *stream)
{
    struct stanza *stanza = stream->stanza;

    assert(stanza);
    stream->stanza = NULL;
    return stanza;
}

void
client_stream_send(struct client_stream *stream, const struct stanza *stanza)
{
    if (stream->state != IS_OVER && !stream->is_closing)
        xml_write(&stream->output, stanza->root, NS_CLIENT);
}
