/* client_stream_auth.c - signing in, at the initiating end: what the server offers, which of it we
 * take, and the exchange, in the frame of RFC 6120 or of XEP-0388.
 * Spec: RFC 6120 6.4; XEP-0388 2, XEP-0440, XEP-0474. */
#include "base/encoding.h"
#include "base/error.h"
#include "xmpp/client_stream_private.h"
#include "xmpp/ns.h"
#include "xmpp/sasl_lists.h"

#include <assert.h>

#define LISTS_MAX ((size_t)16 * 1024)

/* What the server announced, as far as we know it, and as it said it. */
struct offer {
    unsigned mechanisms; /* SASL_BITs */
    unsigned bindings;   /* bits of channel binding types; all when none are listed */
    struct sasl_lists lists;
};

static void
note(struct str *list, size_t *count, struct str name)
{
    if (*count < SASL_LIST_MAX)
        list[(*count)++] = name;
}

static void
read_mechanisms(struct client_stream *stream, struct offer *offer)
{
    const struct element *root = stream->features->root;
    const struct element *list = stream->uses_sasl2
                                     ? element_child(root, NS_SASL2, STR("authentication"))
                                     : element_child(root, NS_SASL, STR("mechanisms"));
    struct str ns = stream->uses_sasl2 ? NS_SASL2 : NS_SASL;

    for (const struct element *item = element_child(list, ns, STR("mechanism")); item;
         item = element_next_named(item, ns, STR("mechanism"))) {
        struct str name = str_trim(element_text(&stream->features->arena, item));
        enum sasl_mechanism mechanism;

        note(offer->lists.mechanisms, &offer->lists.mechanism_count, name);
        if (sasl_mechanism_find(name, &mechanism))
            offer->mechanisms |= SASL_BIT(mechanism);
    }
}

/* XEP-0440: all of them when the server lists none. */
static void
read_bindings(const struct client_stream *stream, struct offer *offer)
{
    const struct element *list =
        element_child(stream->features->root, NS_SASL_CB, STR("sasl-channel-binding"));

    offer->lists.has_bindings = list != NULL;
    offer->bindings = list ? 0 : ~0u;
    for (const struct element *item = element_child(list, NS_SASL_CB, STR("channel-binding")); item;
         item = element_next_named(item, NS_SASL_CB, STR("channel-binding"))) {
        struct str name = element_get(item, STR("type"));
        enum channel_binding_type type = sasl_binding_find(name);

        note(offer->lists.bindings, &offer->lists.binding_count, name);
        if (type != CB_NONE)
            offer->bindings |= 1u << type;
    }
}

/* XEP-0474. */
static void
expect_lists(struct client_stream *stream, struct offer *offer)
{
    struct buffer text;

    if (offer->lists.mechanism_count == SASL_LIST_MAX ||
        offer->lists.binding_count == SASL_LIST_MAX)
        return;
    buffer_init(&text, LISTS_MAX);
    sasl_lists_append(&offer->lists, &text);
    if (!buffer_failed(&text))
        sasl_client_expect_lists(stream->sasl, buffer_str(&text));
    buffer_fini(&text);
}

static struct str
frame(const struct client_stream *stream)
{
    return stream->uses_sasl2 ? NS_SASL2 : NS_SASL;
}

/* RFC 6120 6.4.2. */
static void
write_auth(struct client_stream *stream, struct str data)
{
    buffer_printf(&stream->output, "<auth xmlns='%s' mechanism='%s'>", NS_SASL.data,
                  sasl_mechanism_name(stream->mechanism));
    base64_encode(&stream->output, data);
    if (data.len == 0)
        buffer_append_char(&stream->output, '=');
    buffer_append(&stream->output, STR("</auth>"));
}

/* RFC 6120 6.4.3. */
static void
write_response(struct client_stream *stream, struct str data)
{
    buffer_printf(&stream->output, "<response xmlns='%s'>", frame(stream).data);
    base64_encode(&stream->output, data);
    buffer_append(&stream->output, STR("</response>"));
}

static void
on_failed(struct client_stream *stream, struct sasl_result result)
{
    buffer_printf(&stream->output, "<abort xmlns='%s'/>", frame(stream).data);
    if (result.is_unproven)
        client_stream_end(stream, CLIENT_SERVER_NOT_PROVEN, STR_EMPTY, STR_EMPTY);
    else
        client_stream_end_by_condition(stream, result.condition);
}

/* RFC 6120 6.4.6: a new stream, inside which we have a name. */
static void
on_done(struct client_stream *stream, struct sasl_result result)
{
    (void)result;
    client_stream_forget_secrets(stream);
    stream->is_authenticated = true;
    if (stream->uses_sasl2)
        return;
    stream_input_restart(&stream->input);
    client_stream_write_header(stream);
}

static void
on_send(struct client_stream *stream, struct sasl_result result)
{
    if (stream->state == AWAITS_AUTHENTICATION)
        write_response(stream, result.output);
    else if (stream->uses_sasl2)
        client_stream_write_authenticate(stream, result.output);
    else
        write_auth(stream, result.output);
    stream->state = AWAITS_AUTHENTICATION;
}

static void
on_need_key(struct client_stream *stream, struct sasl_result result)
{
    stream->question = result;
    stream->ready = CLIENT_STREAM_NEED_KEY;
}

void
client_stream_take_result(struct client_stream *stream, struct sasl_result result)
{
    static void (*const actions[])(struct client_stream *, struct sasl_result) = {
        [SASL_SEND] = on_send,
        [SASL_DONE] = on_done,
        [SASL_FAILED] = on_failed,
        [SASL_NEED_KEY] = on_need_key,
    };

    assert(result.step < ARRAY_LEN(actions) && actions[result.step]);
    actions[result.step](stream, result);
}

/* An exchange with the best of what is offered in one frame. */
static bool
begin(struct client_stream *stream, bool uses_sasl2)
{
    unsigned allowed = stream->options.mechanisms;
    struct offer offer = { 0 };

    stream->uses_sasl2 = uses_sasl2;
    read_mechanisms(stream, &offer);
    read_bindings(stream, &offer);
    stream->sasl = sasl_client_new(offer.mechanisms, allowed ? allowed : ~0u, stream->options.name,
                                   stream->options.password, &stream->tls, offer.bindings);
    if (!stream->sasl)
        return false;
    stream->mechanism = sasl_client_mechanism(stream->sasl);
    stream->has_mechanism = true;
    expect_lists(stream, &offer);
    return true;
}

/* XEP-0484 3.4. */
static bool
begin_with_token(struct client_stream *stream)
{
    const struct client_stream_options *options = &stream->options;

    if (options->token.len == 0 || options->agent_id.len == 0 || stream->token_is_refused ||
        !client_stream_has_sasl2(stream) ||
        !client_stream_takes_token(stream, options->token_mechanism))
        return false;
    stream->sasl = sasl_client_new_with_token(options->token_mechanism, options->name,
                                              options->token, &stream->tls);
    if (!stream->sasl)
        return false;
    stream->uses_sasl2 = stream->uses_token = true;
    stream->mechanism = options->token_mechanism;
    stream->has_mechanism = true;
    return true;
}

/* XEP-0484 4.1: a token that is refused is forgotten, and the password is there for that. */
static void
take_failure(struct client_stream *stream, const struct element *failure)
{
    bool is_passing = element_child(failure, NS_SASL, STR("temporary-auth-failure")) != NULL;

    stream->token_is_refused = stream->uses_token && !is_passing;
    if (!stream->token_is_refused || stream->options.password.len == 0) {
        client_stream_end_by_sasl(stream, failure);
        return;
    }
    sasl_client_free(stream->sasl);
    stream->sasl = NULL;
    stream->uses_token = false;
    stream->state = AWAITS_FEATURES;
    client_stream_authenticate(stream);
}

void
client_stream_authenticate(struct client_stream *stream)
{
    if (!begin_with_token(stream) && !(client_stream_has_sasl2(stream) && begin(stream, true)) &&
        !begin(stream, false)) {
        client_stream_end(stream, CLIENT_NO_MECHANISM, STR_EMPTY, STR_EMPTY);
        return;
    }
    client_stream_take_result(stream, sasl_client_start(stream->sasl));
}

static void
take_challenge(struct client_stream *stream, struct stanza *stanza)
{
    struct str data;
    bool has_data;
    int r = stream->uses_sasl2 ? stream_sasl2_payload(stanza, stanza->root, &data)
                               : stream_sasl_payload(stanza, &data, &has_data);

    if (r < 0)
        client_stream_break(stream, E_FORMAT);
    else
        client_stream_take_result(stream, sasl_client_challenge(stream->sasl, data));
}

static void
take_success(struct client_stream *stream, struct stanza *stanza)
{
    struct str data;
    bool has_data;

    if (stream->uses_sasl2)
        client_stream_take_success2(stream, stanza);
    else if (stream_sasl_payload(stanza, &data, &has_data) < 0)
        client_stream_break(stream, E_FORMAT);
    else
        client_stream_take_result(stream, sasl_client_success(stream->sasl, data));
}

void
client_stream_take_authentication(struct client_stream *stream, struct stanza *stanza)
{
    const struct element *root = stanza->root;

    if (element_is(root, frame(stream), STR("failure")))
        take_failure(stream, root);
    else if (element_is(root, frame(stream), STR("challenge")))
        take_challenge(stream, stanza);
    else if (element_is(root, frame(stream), STR("success")))
        take_success(stream, stanza);
    else if (element_is(root, NS_SASL2, STR("continue"))) /* a task that we do not know */
        client_stream_end(stream, CLIENT_NO_MECHANISM, STR("continue"), STR_EMPTY);
    else
        client_stream_break(stream, E_STREAM_ORDER);
}

struct client_stream_key_question
client_stream_key_question(const struct client_stream *stream)
{
    assert(stream->asked == CLIENT_STREAM_NEED_KEY);
    return (struct client_stream_key_question){
        .hash = stream->question.hash,
        .password = sasl_client_password(stream->sasl),
        .salt = stream->question.salt,
        .iterations = stream->question.iterations,
    };
}

void
client_stream_key(struct client_stream *stream, const uint8_t salted_password[SCRAM_KEY_MAX])
{
    if (stream->state == IS_OVER || stream->is_closing)
        return;
    assert(stream->asked == CLIENT_STREAM_NEED_KEY);
    stream->asked = CLIENT_STREAM_WAIT;
    client_stream_take_result(stream, sasl_client_key(stream->sasl, salted_password));
}
