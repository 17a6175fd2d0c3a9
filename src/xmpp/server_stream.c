/* server_stream.c - see server_stream.h: the loop, who takes which element when, and the end. */
#include "base/error.h"
#include "base/memory.h"
#include "xmpp/ns.h"
#include "xmpp/server_stream_private.h"
#include "xmpp/xml_writer.h"

#include <assert.h>
#include <stdlib.h>

/* What may pile up unsent: replies of negotiation. Afterwards the owner writes by itself. */
#define OUTPUT_MAX ((size_t)2 * 1024 * 1024)

struct server_stream *
server_stream_new(const struct server_stream_config *config, const struct tls_info *tls)
{
    struct server_stream *stream = memory_new(1, sizeof(*stream));

    stream->config = config;
    if (tls)
        stream->tls = *tls;
    stream_input_init(&stream->input, &config->limits_before);
    buffer_init(&stream->output, OUTPUT_MAX);
    return stream;
}

void
server_stream_free(struct server_stream *stream)
{
    if (!stream)
        return;
    server_stream_forget_exchange(stream);
    server_stream_forget_sasl2(stream);
    stanza_unref(stream->stanza);
    stanza_unref(stream->request);
    stream_input_fini(&stream->input);
    buffer_fini(&stream->output);
    free(stream->name);
    free(stream->guest_name);
    free(stream->from);
    free(stream);
}

/* Between <proceed/> and the handshake's end nothing can be said or heard. */
static bool
is_starting_tls(const struct server_stream *stream)
{
    return stream->ready == SERVER_STREAM_START_TLS || stream->asked == SERVER_STREAM_START_TLS;
}

void
server_stream_feed(struct server_stream *stream, struct str bytes)
{
    /* RFC 6120 5.4.3.3: nothing that came before TLS may be taken for something inside it. */
    if (stream->phase == PHASE_OVER || is_starting_tls(stream))
        return;
    stream_input_feed(&stream->input, bytes);
}

struct buffer *
server_stream_output(struct server_stream *stream)
{
    return &stream->output;
}

/* ---- the end ---- */

/* RFC 6120 4.9.1.2: an error before our header is said inside a stream all the same. */
static void
write_missing_header(struct server_stream *stream)
{
    if (!stream->header_is_sent)
        server_stream_write_header(stream, STR_EMPTY);
}

/* Forgets what is going on. */
static void
finish(struct server_stream *stream, int error)
{
    server_stream_forget_exchange(stream);
    server_stream_forget_sasl2(stream);
    stanza_unref(stream->request);
    stream->request = NULL;
    stream->phase = PHASE_OVER;
    stream->ready = stream->asked = SERVER_STREAM_WAIT;
    stream->error = error;
}

void
server_stream_end(struct server_stream *stream, int error)
{
    buffer_append(&stream->output, STR("</stream:stream>"));
    finish(stream, error);
}

static void
write_error(struct server_stream *stream, int error, const char *condition, struct str text)
{
    buffer_printf(&stream->output, "<stream:error><%s xmlns='%s'/>", condition,
                  NS_STREAM_ERRORS.data);
    if (text.len > 0) {
        buffer_printf(&stream->output, "<text xmlns='%s' xml:lang='en'>", NS_STREAM_ERRORS.data);
        xml_escape(&stream->output, text);
        buffer_append(&stream->output, STR("</text>"));
    }
    /* XEP-0205 names no element of its own for it; this one is what servers say. */
    if (error == E_TOO_BIG)
        buffer_append(&stream->output, STR("<stanza-too-big xmlns='urn:xmpp:errors'/>"));
    buffer_append(&stream->output, STR("</stream:error>"));
}

static void
fail_with(struct server_stream *stream, int error, const char *condition, struct str text)
{
    if (stream->phase == PHASE_OVER)
        return;
    if (is_starting_tls(stream)) {
        finish(stream, error);
        return;
    }
    write_missing_header(stream);
    write_error(stream, error, condition, text);
    server_stream_end(stream, error);
}

void
server_stream_fail(struct server_stream *stream, int error)
{
    fail_with(stream, error, error_stream_condition(error), STR_EMPTY);
}

void
server_stream_close(struct server_stream *stream, int error, struct str text)
{
    if (error < 0) {
        fail_with(stream, error, error_stream_condition(error), text);
    } else if (stream->phase != PHASE_OVER && is_starting_tls(stream)) {
        finish(stream, 0);
    } else if (stream->phase != PHASE_OVER) {
        write_missing_header(stream);
        server_stream_end(stream, 0);
    }
}

void
server_stream_shutdown(struct server_stream *stream)
{
    fail_with(stream, E_CLOSED, "system-shutdown", STR_EMPTY);
}

void
server_stream_replaced(struct server_stream *stream)
{
    fail_with(stream, E_EXISTS, "conflict", STR_EMPTY);
}

int
server_stream_error(const struct server_stream *stream)
{
    return stream->error;
}

/* ---- who takes which element when ---- */

/* The peer says what we did wrong and closes (RFC 6120 4.9.1.1); an error is not answered with one.
 */
static void
take_stream_error(struct server_stream *stream, struct stanza *stanza)
{
    (void)stanza;
    server_stream_end(stream, E_CLOSED);
}

static void
take_stanza(struct server_stream *stream, struct stanza *stanza)
{
    server_stream_hand_over(stream, stanza, SERVER_STREAM_STANZA);
}

/* A first-level child, the phases in which it is understood, and who takes it then. */
struct verb {
    struct str ns;
    struct str name; /* empty = any */
    unsigned phases;
    void (*take)(struct server_stream *stream, struct stanza *stanza);
};

#define NOT_AUTHENTICATED (PHASE_BIT(PHASE_NEGOTIATING) | PHASE_BIT(PHASE_SASL))
#define OPEN                                                                                       \
    (NOT_AUTHENTICATED | PHASE_BIT(PHASE_SASL2) | PHASE_BIT(PHASE_BINDING) | PHASE_BIT(PHASE_BOUND))

static bool
find_verb(const struct element *root, enum server_stream_phase phase, struct verb *ret_verb)
{
    const struct verb verbs[] = {
        { NS_CLIENT, STR("iq"), PHASE_BIT(PHASE_BOUND), server_stream_take_iq },
        { NS_CLIENT, STR("iq"), PHASE_BIT(PHASE_BINDING), server_stream_take_bind },
        { NS_CLIENT, STR("iq"), PHASE_BIT(PHASE_NEGOTIATING), server_stream_take_registration },
        { NS_SM, STR(""), PHASE_BIT(PHASE_BOUND), take_stanza },
        { NS_CSI, STR(""), PHASE_BIT(PHASE_BOUND), take_stanza },
        { NS_SM, STR(""), PHASE_BIT(PHASE_BINDING), server_stream_take_sm },
        { NS_TLS, STR("starttls"), PHASE_BIT(PHASE_NEGOTIATING), server_stream_take_starttls },
        { NS_SASL, STR("auth"), NOT_AUTHENTICATED, server_stream_take_auth },
        { NS_SASL, STR("response"), NOT_AUTHENTICATED, server_stream_take_response },
        { NS_SASL, STR("abort"), NOT_AUTHENTICATED, server_stream_take_abort },
        { NS_SASL2, STR("authenticate"), PHASE_BIT(PHASE_NEGOTIATING),
          server_stream_take_authenticate },
        { NS_SASL2, STR("response"), PHASE_BIT(PHASE_SASL2), server_stream_take_response2 },
        { NS_SASL2, STR("abort"), PHASE_BIT(PHASE_SASL2), server_stream_take_abort },
        { NS_STREAM, STR("error"), OPEN, take_stream_error },
    };

    for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
        const struct verb *verb = &verbs[i];

        if ((verb->phases & PHASE_BIT(phase)) && str_equal(root->ns, verb->ns) &&
            (verb->name.len == 0 || str_equal(root->name, verb->name))) {
            *ret_verb = *verb;
            return true;
        }
    }
    return false;
}

static bool
is_message_or_presence(const struct stanza *stanza)
{
    return (stanza->kind == STANZA_MESSAGE || stanza->kind == STANZA_PRESENCE) &&
           str_equal(stanza->root->ns, NS_CLIENT);
}

static void
on_child(struct server_stream *stream, const struct xml_event *event)
{
    struct stanza *stanza = event->stanza;
    struct verb verb;

    /* The many first. RFC 6120 4.9.3.12 and 4.9.3.24 for what nobody takes. */
    if (stream->phase == PHASE_BOUND && is_message_or_presence(stanza))
        take_stanza(stream, stanza);
    else if (find_verb(stanza->root, stream->phase, &verb))
        verb.take(stream, stanza);
    else
        server_stream_fail(stream, stream->phase == PHASE_BOUND ? E_STANZA_TYPE : E_STREAM_ORDER);
    stanza_unref(stanza);
}

/* RFC 6120 4.4: the peer closes, we close. */
static void
on_end(struct server_stream *stream, const struct xml_event *event)
{
    (void)event;
    server_stream_end(stream, 0);
}

static void
on_error(struct server_stream *stream, const struct xml_event *event)
{
    server_stream_fail(stream, event->error);
}

/* ---- the loop ---- */

/* Reports `event`; a question stays open until its answer. */
static enum server_stream_event
report(struct server_stream *stream, enum server_stream_event event)
{
    static const bool is_question[] = {
        [SERVER_STREAM_START_TLS] = true,     [SERVER_STREAM_REGISTRATION] = true,
        [SERVER_STREAM_NEED_VERIFIER] = true, [SERVER_STREAM_NEED_CHECK] = true,
        [SERVER_STREAM_AUTH_FAILED] = true,   [SERVER_STREAM_AUTHENTICATED] = true,
        [SERVER_STREAM_NEED_TOKENS] = true,   [SERVER_STREAM_TOKEN] = true,
        [SERVER_STREAM_BIND] = true,          [SERVER_STREAM_RESUME] = true,
        [SERVER_STREAM_CLOSED] = false,
    };

    stream->ready = SERVER_STREAM_WAIT;
    stream->asked = is_question[event] ? event : SERVER_STREAM_WAIT;
    return event;
}

enum server_stream_event
server_stream_next(struct server_stream *stream)
{
    static void (*const steps[])(struct server_stream *, const struct xml_event *) = {
        [XML_STREAM_HEADER] = server_stream_take_header,
        [XML_STANZA] = on_child,
        [XML_STREAM_END] = on_end,
        [XML_ERROR] = on_error,
    };

    for (;;) {
        struct xml_event event;

        if (buffer_failed(&stream->output) && stream->phase != PHASE_OVER)
            server_stream_end(stream, E_FULL);
        if (stream->ready != SERVER_STREAM_WAIT)
            return report(stream, stream->ready);
        if (stream->phase == PHASE_OVER)
            return SERVER_STREAM_CLOSED;
        if (stream->asked != SERVER_STREAM_WAIT)
            return SERVER_STREAM_WAIT;
        if (stream->sasl2 && stream->is_authenticated) {
            server_stream_sasl2_go_on(stream);
            continue;
        }
        event = stream_input_next(&stream->input);
        if (event.type == XML_WAIT)
            return SERVER_STREAM_WAIT;
        steps[event.type](stream, &event);
    }
}

/* ---- stanzas ---- */

void
server_stream_hand_over(struct server_stream *stream,
                        struct stanza *stanza,
                        enum server_stream_event event)
{
    stanza_unref(stream->stanza);
    stream->stanza = stanza_ref(stanza);
    stream->ready = event;
}

struct stanza *
server_stream_take_stanza(struct server_stream *stream)
{
    struct stanza *stanza = stream->stanza;

    assert(stanza);
    stream->stanza = NULL;
    return stanza;
}

void
server_stream_send(struct server_stream *stream, const struct stanza *stanza)
{
    if (stream->phase == PHASE_OVER)
        return;
    xml_write(&stream->output, stanza->root, NS_CLIENT);
    if (stream->asked == SERVER_STREAM_REGISTRATION)
        stream->asked = SERVER_STREAM_WAIT;
}

void
server_stream_reply(struct server_stream *stream, struct stanza *reply)
{
    if (reply)
        server_stream_send(stream, reply);
    stanza_unref(reply);
}

void
server_stream_rest(struct server_stream *stream)
{
    stream_input_rest(&stream->input);
    if (buffer_len(&stream->output) == 0 && !buffer_failed(&stream->output))
        buffer_release(&stream->output);
}
