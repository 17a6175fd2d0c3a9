/* server_stream_auth.c - STARTTLS and SASL at the receiving end.
 * Spec: RFC 6120 5.4, 6.4, 6.5. */
#include "base/encoding.h"
#include "base/error.h"
#include "base/memory.h"
#include "xmpp/ns.h"
#include "xmpp/server_stream_private.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <stdlib.h>

/* ---- STARTTLS ---- */

void
server_stream_take_starttls(struct server_stream *stream, struct stanza *stanza)
{
    (void)stanza;
    if (stream->tls.active || !stream->config->offer_starttls) {
        /* RFC 6120 5.4.2.2: the failure case also closes the stream. */
        buffer_printf(&stream->output, "<failure xmlns='%s'/>", NS_TLS.data);
        server_stream_end(stream, E_STREAM_ORDER);
        return;
    }
    buffer_printf(&stream->output, "<proceed xmlns='%s'/>", NS_TLS.data);
    /* RFC 6120 5.4.3.3: bytes that came behind <starttls/> are nobody's. */
    stream_input_restart(&stream->input);
    stream->phase = PHASE_HEADER;
    stream->header_is_sent = false;
    stream->ready = SERVER_STREAM_START_TLS;
}

void
server_stream_tls_started(struct server_stream *stream, const struct tls_info *tls)
{
    if (stream->phase == PHASE_OVER)
        return;
    assert(stream->asked == SERVER_STREAM_START_TLS && tls->active);
    stream->tls = *tls;
    stream->asked = SERVER_STREAM_WAIT;
}

/* ---- SASL ---- */

void
server_stream_forget_exchange(struct server_stream *stream)
{
    sasl_server_free(stream->sasl);
    stream->sasl = NULL;
    if (stream->question)
        OPENSSL_cleanse(stream->question, sizeof(*stream->question));
    free(stream->question);
    stream->question = NULL;
}

void
server_stream_keep_name(struct server_stream *stream, struct str name)
{
    free(stream->name);
    stream->name = str_dup(name);
}

/* <challenge/> and <success/> (RFC 6120 6.4.3, 6.4.6); "=" is data of no bytes. */
static void
write_with_data(struct server_stream *stream, const char *element, struct sasl_result result)
{
    buffer_printf(&stream->output, "<%s xmlns='%s'>", element, NS_SASL.data);
    base64_encode(&stream->output, result.output);
    if (result.has_output && result.output.len == 0 && str_is(str_from(element), "success"))
        buffer_append_char(&stream->output, '=');
    buffer_printf(&stream->output, "</%s>", element);
}

/* The <failure/> itself waits for server_stream_failure_release(). */
void
server_stream_fail_exchange(struct server_stream *stream, const char *condition)
{
    server_stream_forget_exchange(stream);
    stream->failure_is_sasl2 = stream->sasl2 != NULL;
    server_stream_forget_sasl2(stream);
    stream->phase = PHASE_NEGOTIATING;
    stream->failure = condition;
    stream->failures++;
    stream->ready = SERVER_STREAM_AUTH_FAILED;
}

static void
write_failure(struct server_stream *stream)
{
    stream->asked = SERVER_STREAM_WAIT;
    /* XEP-0388 2.6.2: the conditions stay where they were. */
    if (stream->failure_is_sasl2)
        buffer_printf(&stream->output, "<failure xmlns='%s'><%s xmlns='%s'/></failure>",
                      NS_SASL2.data, stream->failure, NS_SASL.data);
    else
        buffer_printf(&stream->output, "<failure xmlns='%s'><%s/></failure>", NS_SASL.data,
                      stream->failure);
    /* RFC 6120 6.4.5. */
    if (stream->failures >= stream->config->auth_attempts_max)
        server_stream_close(stream, E_LIMIT, STR("Too many failed attempts to sign in"));
}

void
server_stream_failure_release(struct server_stream *stream)
{
    if (stream->phase == PHASE_OVER)
        return;
    assert(stream->asked == SERVER_STREAM_AUTH_FAILED);
    write_failure(stream);
}

void
server_stream_refuse(struct server_stream *stream)
{
    if (stream->phase == PHASE_OVER)
        return;
    if (stream->asked == SERVER_STREAM_AUTHENTICATED || stream->asked == SERVER_STREAM_NEED_CHECK)
        server_stream_fail_exchange(stream, NULL);
    else
        assert(stream->asked == SERVER_STREAM_AUTH_FAILED);
    stream->ready = SERVER_STREAM_WAIT;
    stream->failure = "temporary-auth-failure";
    write_failure(stream);
}

static void
on_send(struct server_stream *stream, struct sasl_result result)
{
    stream->phase = stream->sasl2 ? PHASE_SASL2 : PHASE_SASL;
    if (stream->sasl2)
        server_stream_write_challenge2(stream, result.output);
    else
        write_with_data(stream, "challenge", result);
}

static void
on_failed(struct server_stream *stream, struct sasl_result result)
{
    server_stream_keep_name(stream, sasl_server_name(stream->sasl));
    server_stream_fail_exchange(stream, result.condition);
}

static void
ask(struct server_stream *stream, struct sasl_result result, enum server_stream_event event)
{
    if (!stream->question)
        stream->question = memory_new(1, sizeof(*stream->question));
    *stream->question = result;
    stream->phase = stream->sasl2 ? PHASE_SASL2 : PHASE_SASL;
    stream->ready = event;
}

static void
on_done(struct server_stream *stream, struct sasl_result result)
{
    server_stream_keep_name(stream, sasl_server_name(stream->sasl));
    if (stream->sasl2 && !server_stream_sasl2_is_whom_it_said(stream))
        server_stream_fail_exchange(stream, "invalid-authzid");
    else
        ask(stream, result, SERVER_STREAM_AUTHENTICATED);
}

/* RFC 6120 6.4.6: a new stream follows, whose header may be here already. */
void
server_stream_success_release(struct server_stream *stream)
{
    if (stream->phase == PHASE_OVER)
        return;
    assert(stream->asked == SERVER_STREAM_AUTHENTICATED);
    stream->asked = SERVER_STREAM_WAIT;
    if (stream->sasl2) {
        server_stream_sasl2_done(stream, *stream->question);
        return;
    }
    write_with_data(stream, "success", *stream->question);
    server_stream_forget_exchange(stream);
    stream->is_authenticated = true;
    stream->header_is_sent = false;
    stream->phase = PHASE_HEADER;
    stream_input_reopen(&stream->input);
    stream_input_set_limits(&stream->input, &stream->config->limits_after);
}

static void
on_need_verifier(struct server_stream *stream, struct sasl_result result)
{
    ask(stream, result, SERVER_STREAM_NEED_VERIFIER);
}

static void
on_need_check(struct server_stream *stream, struct sasl_result result)
{
    server_stream_keep_name(stream, sasl_server_name(stream->sasl));
    ask(stream, result, SERVER_STREAM_NEED_CHECK);
}

static void
on_need_tokens(struct server_stream *stream, struct sasl_result result)
{
    ask(stream, result, SERVER_STREAM_NEED_TOKENS);
}

static void
act_on(struct server_stream *stream, struct sasl_result result)
{
    static void (*const actions[])(struct server_stream *, struct sasl_result) = {
        [SASL_SEND] = on_send,
        [SASL_DONE] = on_done,
        [SASL_FAILED] = on_failed,
        [SASL_NEED_VERIFIER] = on_need_verifier,
        [SASL_NEED_CHECK] = on_need_check,
        [SASL_NEED_TOKEN] = on_need_tokens,
    };

    assert(result.step < ARRAY_LEN(actions));
    actions[result.step](stream, result);
}

/* RFC 6120 6.5.4: a mechanism that is only missing because TLS is. */
static bool
only_tls_is_missing(const struct server_stream *stream, struct str name)
{
    enum sasl_mechanism mechanism;

    return !stream->tls.active && stream->config->offer_starttls &&
           sasl_mechanism_find(name, &mechanism) &&
           !(server_stream_mechanisms(stream) & SASL_BIT(mechanism)) &&
           (mechanism != SASL_ANONYMOUS || stream->config->offer_anonymous);
}

void
server_stream_start_exchange(struct server_stream *stream,
                             unsigned offered,
                             struct str mechanism,
                             struct str data,
                             bool has_data)
{
    server_stream_keep_name(stream, STR_EMPTY);
    stream->sasl = sasl_server_new(offered, stream->config->domain, &stream->tls,
                                   stream->config->decoy_secret);
    stream->has_mechanism = sasl_mechanism_find(mechanism, &stream->mechanism);
    act_on(stream, sasl_server_start(stream->sasl, mechanism, data, has_data));
}

/* RFC 6120 6.4.2. */
void
server_stream_take_auth(struct server_stream *stream, struct stanza *stanza)
{
    struct str mechanism = element_get(stanza->root, STR("mechanism"));
    struct str data;
    bool has_data;

    server_stream_keep_name(stream, STR_EMPTY);
    if (stream->phase == PHASE_SASL)
        server_stream_fail_exchange(stream, "malformed-request");
    else if (only_tls_is_missing(stream, mechanism))
        server_stream_fail_exchange(stream, "encryption-required");
    else if (stream_sasl_payload(stanza, &data, &has_data) < 0)
        server_stream_fail_exchange(stream, "incorrect-encoding");
    else {
        server_stream_start_exchange(stream, server_stream_mechanisms(stream), mechanism, data,
                                     has_data);
        sasl_wipe(data);
    }
}

void
server_stream_respond(struct server_stream *stream, struct str data)
{
    act_on(stream, sasl_server_respond(stream->sasl, data));
}

/* RFC 6120 6.4.3. */
void
server_stream_take_response(struct server_stream *stream, struct stanza *stanza)
{
    struct str data;
    bool has_data;

    if (!stream->sasl)
        server_stream_fail_exchange(stream, "malformed-request");
    else if (stream_sasl_payload(stanza, &data, &has_data) < 0)
        server_stream_fail_exchange(stream, "incorrect-encoding");
    else {
        server_stream_respond(stream, data);
        sasl_wipe(data);
    }
}

/* RFC 6120 6.4.4, XEP-0388 5.5. */
void
server_stream_take_abort(struct server_stream *stream, struct stanza *stanza)
{
    (void)stanza;
    server_stream_fail_exchange(stream, "aborted");
}

/* ---- questions and answers ---- */

struct str
server_stream_lookup_name(const struct server_stream *stream)
{
    assert(stream->asked == SERVER_STREAM_NEED_VERIFIER ||
           stream->asked == SERVER_STREAM_NEED_TOKENS);
    return stream->question->name;
}

enum scram_hash
server_stream_lookup_hash(const struct server_stream *stream)
{
    assert(stream->asked == SERVER_STREAM_NEED_VERIFIER);
    return stream->question->hash;
}

void
server_stream_verifier(struct server_stream *stream, const struct scram_verifier *verifier)
{
    if (stream->phase == PHASE_OVER)
        return;
    assert(stream->asked == SERVER_STREAM_NEED_VERIFIER);
    stream->asked = SERVER_STREAM_WAIT;
    act_on(stream, sasl_server_verifier(stream->sasl, verifier));
}

void
server_stream_tokens(struct server_stream *stream, const struct sasl_token *tokens, size_t count)
{
    if (stream->phase == PHASE_OVER)
        return;
    assert(stream->asked == SERVER_STREAM_NEED_TOKENS);
    stream->asked = SERVER_STREAM_WAIT;
    act_on(stream, sasl_server_tokens(stream->sasl, tokens, count));
}

struct str
server_stream_check_password(const struct server_stream *stream)
{
    assert(stream->asked == SERVER_STREAM_NEED_CHECK);
    return stream->question->password;
}

const struct scram_verifier *
server_stream_check_verifier(const struct server_stream *stream)
{
    assert(stream->asked == SERVER_STREAM_NEED_CHECK);
    return &stream->question->verifier;
}

void
server_stream_checked(struct server_stream *stream, bool matches)
{
    if (stream->phase == PHASE_OVER)
        return;
    assert(stream->asked == SERVER_STREAM_NEED_CHECK);
    stream->asked = SERVER_STREAM_WAIT;
    act_on(stream, sasl_server_checked(stream->sasl, matches));
}

struct str
server_stream_name(const struct server_stream *stream)
{
    return str_from(stream->name);
}

const char *
server_stream_mechanism(const struct server_stream *stream)
{
    return stream->has_mechanism ? sasl_mechanism_name(stream->mechanism) : "";
}
