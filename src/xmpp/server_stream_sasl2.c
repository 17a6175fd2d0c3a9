/* server_stream_sasl2.c - SASL in the frame of XEP-0388, at the receiving end, and what a client
 * asks for in the same breath: to go on with a session (XEP-0198 9.2), or a resource (XEP-0386).
 * The exchange itself is in server_stream_auth.c.
 * Spec: XEP-0388 2, XEP-0386 3, XEP-0198 9, XEP-0484 3. */
#include "base/encoding.h"
#include "base/error.h"
#include "base/memory.h"
#include "xmpp/jid.h"
#include "xmpp/ns.h"
#include "xmpp/server_stream_private.h"
#include "xmpp/xml_writer.h"

#include <assert.h>
#include <stdlib.h>

/* What goes into <success/> besides; ours are far shorter. */
#define RESULTS_MAX ((size_t)16 * 1024)

/* What is done, in this order, between the proof of who it is and <success/>. XEP-0386 3.2: first
 * an old session is looked for. */
enum sasl2_step {
    STEP_TOKEN,
    STEP_RESUME,
    STEP_BIND,
    STEP_SUCCESS,
};

struct server_stream_sasl2 {
    struct stanza *request; /* <authenticate/> */
    enum sasl2_step step;
    struct buffer additional; /* additional-data, encoded */
    bool has_additional;
    struct buffer results; /* other elements of <success/> */
    bool uses_token;       /* XEP-0484: it signs in with one */
    size_t token_index;
};

void
server_stream_forget_sasl2(struct server_stream *stream)
{
    struct server_stream_sasl2 *sasl2 = stream->sasl2;

    if (!sasl2)
        return;
    stanza_unref(sasl2->request);
    buffer_wipe(&sasl2->additional);
    buffer_wipe(&sasl2->results);
    free(sasl2);
    stream->sasl2 = NULL;
}

/* ---- the offer ---- */

static void
write_mechanisms(struct server_stream *stream, unsigned mechanisms)
{
    for (unsigned i = 0; i < SASL_MECHANISMS; i++) {
        if (mechanisms & SASL_BIT(i))
            buffer_printf(&stream->output, "<mechanism>%s</mechanism>",
                          sasl_mechanism_name((enum sasl_mechanism)i));
    }
}

static unsigned
token_mechanisms(const struct server_stream *stream)
{
    return stream->config->offer_tokens ? sasl_token_mechanisms(&stream->tls) : 0;
}

/* XEP-0484 3.1. Nothing comes with 0-RTT here. */
static void
write_fast(struct server_stream *stream)
{
    unsigned mechanisms = token_mechanisms(stream);

    if (mechanisms == 0)
        return;
    buffer_printf(&stream->output, "<fast xmlns='%s'>", NS_FAST.data);
    write_mechanisms(stream, mechanisms);
    buffer_append(&stream->output, STR("</fast>"));
}

/* XEP-0388 2.1, 4: only inside TLS. XEP-0386 3.1, XEP-0198 9. */
void
server_stream_write_authentication(struct server_stream *stream)
{
    unsigned offered = server_stream_mechanisms(stream);

    if (offered == 0 || !stream->tls.active)
        return;
    buffer_printf(&stream->output, "<authentication xmlns='%s'>", NS_SASL2.data);
    write_mechanisms(stream, offered);
    buffer_printf(&stream->output,
                  "<inline><sm xmlns='%s'/><bind xmlns='%s'><inline><feature var='%s'/>"
                  "<feature var='%s'/><feature var='%s'/></inline></bind>",
                  NS_SM.data, NS_BIND2.data, NS_CARBONS.data, NS_CSI.data, NS_SM.data);
    write_fast(stream);
    buffer_append(&stream->output, STR("</inline></authentication>"));
}

/* ---- the exchange's frame ---- */

static const struct element *
request_child(const struct server_stream *stream, struct str ns, const char *name)
{
    return element_child(stream->sasl2->request->root, ns, str_from(name));
}

static void
begin(struct server_stream *stream, struct stanza *stanza)
{
    struct server_stream_sasl2 *sasl2 = memory_new(1, sizeof(*sasl2));

    sasl2->request = stanza_ref(stanza);
    buffer_init(&sasl2->additional, RESULTS_MAX);
    buffer_init(&sasl2->results, RESULTS_MAX);
    server_stream_forget_sasl2(stream);
    stream->sasl2 = sasl2;
    sasl2->uses_token = request_child(stream, NS_FAST, "fast") != NULL;
}

/* XEP-0484 3.4: tokens are good for their mechanisms only, and these for nothing else. */
static unsigned
offered_to(const struct server_stream *stream)
{
    return stream->sasl2->uses_token ? token_mechanisms(stream) : server_stream_mechanisms(stream);
}

/* XEP-0388 2.3. */
void
server_stream_take_authenticate(struct server_stream *stream, struct stanza *stanza)
{
    struct str mechanism = element_get(stanza->root, STR("mechanism"));
    const struct element *initial;
    struct str data = STR_EMPTY;

    if (!stream->tls.active) {
        server_stream_fail(stream, E_STREAM_ORDER);
        return;
    }
    begin(stream, stanza);
    server_stream_keep_name(stream, STR_EMPTY);
    initial = request_child(stream, NS_SASL2, "initial-response");
    if (initial && stream_sasl2_payload(stanza, initial, &data) < 0)
        server_stream_fail_exchange(stream, "incorrect-encoding");
    else if (stream->sasl2->uses_token && server_stream_agent_id(stream).len == 0)
        server_stream_fail_exchange(stream, "malformed-request"); /* XEP-0484 4.1 */
    else
        server_stream_start_exchange(stream, offered_to(stream), mechanism, data, initial != NULL);
    sasl_wipe(data);
}

/* XEP-0388 2.5. */
void
server_stream_take_response2(struct server_stream *stream, struct stanza *stanza)
{
    struct str data;

    if (stream_sasl2_payload(stanza, stanza->root, &data) < 0)
        server_stream_fail_exchange(stream, "incorrect-encoding");
    else
        server_stream_respond(stream, data);
    sasl_wipe(data);
}

void
server_stream_write_challenge2(struct server_stream *stream, struct str data)
{
    buffer_printf(&stream->output, "<challenge xmlns='%s'>", NS_SASL2.data);
    base64_encode(&stream->output, data);
    buffer_append(&stream->output, STR("</challenge>"));
}

/* XEP-0388 2.3: whoever the client said that it was in its header, it must be. */
bool
server_stream_sasl2_is_whom_it_said(const struct server_stream *stream)
{
    const struct str name = sasl_server_name(stream->sasl);
    struct arena arena;
    struct jid own;
    bool is_same;

    if (!stream->from || name.len == 0)
        return true;
    arena_init(&arena, (size_t)16 * 1024);
    is_same = jid_make(&arena, name, stream->config->domain, STR_EMPTY, &own) == 0 &&
              str_is(own.bare, stream->from);
    arena_fini(&arena);
    return is_same;
}

/* XEP-0388 2.6.1: no new stream follows. */
void
server_stream_sasl2_done(struct server_stream *stream, struct sasl_result result)
{
    struct server_stream_sasl2 *sasl2 = stream->sasl2;

    sasl2->has_additional = result.has_output;
    base64_encode(&sasl2->additional, result.output);
    sasl2->token_index = sasl_server_token_index(stream->sasl);
    server_stream_forget_exchange(stream);
    stream->is_authenticated = true;
    stream->phase = PHASE_BINDING;
    stream_input_set_limits(&stream->input, &stream->config->limits_after);
}

/* ---- <success/> ---- */

static void
begin_success(struct server_stream *stream, struct str identifier)
{
    struct server_stream_sasl2 *sasl2 = stream->sasl2;

    buffer_printf(&stream->output, "<success xmlns='%s'>", NS_SASL2.data);
    if (sasl2->has_additional) {
        buffer_append(&stream->output, STR("<additional-data>"));
        buffer_append(&stream->output, buffer_str(&sasl2->additional));
        buffer_append(&stream->output, STR("</additional-data>"));
    }
    buffer_append(&stream->output, STR("<authorization-identifier>"));
    xml_escape(&stream->output, identifier);
    buffer_append(&stream->output, STR("</authorization-identifier>"));
    buffer_append(&stream->output, buffer_str(&sasl2->results));
}

static void
end_success(struct server_stream *stream)
{
    buffer_append(&stream->output, STR("</success>"));
    server_stream_forget_sasl2(stream);
}

/* Who it is, as long as there is no resource. */
static void
begin_success_unbound(struct server_stream *stream)
{
    struct str name = str_from(stream->guest_name ? stream->guest_name : stream->name);
    struct arena arena;
    struct jid bare;
    int r;

    arena_init(&arena, (size_t)16 * 1024);
    r = jid_make(&arena, name, stream->config->domain, STR_EMPTY, &bare);
    begin_success(stream, r == 0 ? bare.bare : stream->config->domain);
    arena_fini(&arena);
}

/* ---- what was asked for besides ---- */

static bool
is_true(struct str text)
{
    return str_is(text, "true") || str_is(text, "1");
}

static bool
wants_token(const struct server_stream *stream, enum sasl_mechanism *ret_mechanism)
{
    const struct element *request = request_child(stream, NS_FAST, "request-token");

    return request && sasl_mechanism_find(element_get(request, STR("mechanism")), ret_mechanism) &&
           (token_mechanisms(stream) & SASL_BIT(*ret_mechanism));
}

struct server_stream_token_request
server_stream_token_request(const struct server_stream *stream)
{
    const struct server_stream_sasl2 *sasl2 = stream->sasl2;
    const struct element *fast = request_child(stream, NS_FAST, "fast");
    struct server_stream_token_request request = {
        .has_used = sasl2->uses_token,
        .used = sasl2->token_index,
        .invalidates = is_true(element_get(fast, STR("invalidate"))),
        .mechanism = stream->mechanism,
    };

    request.wants = wants_token(stream, &request.mechanism);
    if (!request.wants)
        request.mechanism = stream->mechanism;
    return request;
}

/* XEP-0484 3.3. Guests have no use for one. */
static void
look_after_tokens(struct server_stream *stream)
{
    enum sasl_mechanism mechanism;

    if (stream->name[0] == '\0' || server_stream_agent_id(stream).len == 0)
        return;
    if (stream->sasl2->uses_token || wants_token(stream, &mechanism))
        stream->ready = SERVER_STREAM_TOKEN;
}

void
server_stream_token(struct server_stream *stream, struct str token, struct str expiry)
{
    struct buffer *results;

    if (stream->phase == PHASE_OVER)
        return;
    assert(stream->asked == SERVER_STREAM_TOKEN);
    stream->asked = SERVER_STREAM_WAIT;
    if (token.len == 0)
        return;
    results = &stream->sasl2->results;
    buffer_printf(results, "<token xmlns='%s' expiry='", NS_FAST.data);
    xml_escape(results, expiry);
    buffer_append(results, STR("' token='"));
    xml_escape(results, token);
    buffer_append(results, STR("'/>"));
}

static void
look_for_session(struct server_stream *stream)
{
    const struct element *resume = request_child(stream, NS_SM, "resume");

    if (resume)
        server_stream_ask_resume(stream, stream->sasl2->request, resume);
}

static void
look_for_resource(struct server_stream *stream)
{
    if (server_stream_bind2(stream))
        stream->ready = SERVER_STREAM_BIND;
}

static void
succeed(struct server_stream *stream)
{
    begin_success_unbound(stream);
    end_success(stream);
    server_stream_write_features(stream);
}

void
server_stream_sasl2_go_on(struct server_stream *stream)
{
    static void (*const steps[])(struct server_stream *) = {
        [STEP_TOKEN] = look_after_tokens,
        [STEP_RESUME] = look_for_session,
        [STEP_BIND] = look_for_resource,
        [STEP_SUCCESS] = succeed,
    };

    assert(stream->is_authenticated && stream->sasl2->step < ARRAY_LEN(steps));
    steps[stream->sasl2->step++](stream);
}

struct buffer *
server_stream_sasl2_results(struct server_stream *stream)
{
    return &stream->sasl2->results;
}

const struct element *
server_stream_bind2(const struct server_stream *stream)
{
    return stream->sasl2 ? request_child(stream, NS_BIND2, "bind") : NULL;
}

/* XEP-0386 3.2. */
void
server_stream_sasl2_bound(struct server_stream *stream, struct jid full, struct str results)
{
    begin_success(stream, full.full);
    buffer_printf(&stream->output, "<bound xmlns='%s'>", NS_BIND2.data);
    buffer_append(&stream->output, results);
    buffer_append(&stream->output, STR("</bound>"));
    end_success(stream);
    server_stream_write_features(stream);
}

/* XEP-0198 9.2: and no features. */
void
server_stream_sasl2_resumed(struct server_stream *stream, struct str resumed)
{
    begin_success_unbound(stream);
    buffer_append(&stream->output, resumed);
    end_success(stream);
}

void
server_stream_name_guest(struct server_stream *stream, struct str name)
{
    free(stream->guest_name);
    stream->guest_name = str_dup(name);
}

/* ---- <user-agent/> ---- */

/* RFC 9562 5.4: 8-4-4-4-12 hexadecimal digits, of which one says 4 and one says 8, 9, a or b. */
static bool
is_uuid4(struct str text)
{
    static const char pattern[] = "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx";

    if (text.len != sizeof(pattern) - 1)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        const char *allowed = pattern[i] == 'x'   ? "0123456789abcdefABCDEF"
                              : pattern[i] == 'y' ? "89abAB"
                                                  : (const char[]){ pattern[i], '\0' };

        if (text.data[i] == '\0' || !strchr(allowed, text.data[i]))
            return false;
    }
    return true;
}

struct str
server_stream_agent_id(const struct server_stream *stream)
{
    const struct element *agent =
        stream->sasl2 ? request_child(stream, NS_SASL2, "user-agent") : NULL;
    struct str id = element_get(agent, STR("id"));

    return is_uuid4(id) ? id : STR_EMPTY;
}
