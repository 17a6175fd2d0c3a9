/* session_token.c - tokens instead of passwords (XEP-0484): found, made and taken back.
 *
 * The mechanisms want the token itself, so a hash of it in the database would be as good as the
 * token. What is stored is salt: the token is derived from it with the server's secret, which is in
 * no database, each time that it is needed. */
#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include "server/core/config.h"
#include "server/core/session_private.h"
#include "xmpp/derive.h"

#include <assert.h>

enum {
    CLIENT_CHARS = 26,
    SALT_BYTES = 16,
    TOKEN_CHARS = DERIVE_CHARS_MAX
};

#define DAY_US (INT64_C(24) * 3600 * 1000000)

/* Those of the client that is signing in, with what they are derived from. */
struct session_tokens {
    char client[CLIENT_CHARS + 1];
    struct store_token tokens[STORE_TOKENS_MAX];
    char secrets[STORE_TOKENS_MAX][TOKEN_CHARS + 1];
    size_t count;
};

static struct str
server_secret(const struct session *session)
{
    return session->worker->server->stream_config.decoy_secret;
}

/* Which client it is, without its id. */
static void
name_client(const struct session *session, struct str name, char ret[CLIENT_CHARS + 1])
{
    const struct str parts[] = { name, server_stream_agent_id(session->stream) };

    derive_token(server_secret(session), STR("client"), parts, ARRAY_LEN(parts), ret,
                 CLIENT_CHARS + 1);
}

static void
derive(const struct session *session,
       struct str name,
       const char *client,
       struct str mechanism,
       struct str salt,
       char ret[TOKEN_CHARS + 1])
{
    const struct str parts[] = { name, str_from(client), mechanism, salt };

    derive_token(server_secret(session), STR("token"), parts, ARRAY_LEN(parts), ret,
                 TOKEN_CHARS + 1);
}

static struct session_tokens *
tokens_of(struct session *session)
{
    struct session_private *own = session->_private;

    if (!own->tokens) {
        own->tokens = arena_alloc(&session->arena, sizeof(*own->tokens));
        assert(own->tokens);
    }
    *own->tokens = (struct session_tokens){ 0 };
    return own->tokens;
}

void
session_forget_tokens(struct session *session)
{
    struct session_tokens *tokens = session->_private->tokens;

    if (tokens)
        explicit_bzero(tokens->secrets, sizeof(tokens->secrets));
}

/* ---- signing in with one ---- */

static void
keep(struct session *session, const struct store_token_find *found)
{
    struct session_tokens *tokens = session->_private->tokens;
    struct str name = server_stream_lookup_name(session->stream);

    for (size_t i = 0; i < found->ret_count; i++) {
        struct store_token *token = &tokens->tokens[tokens->count];

        *token = found->ret_tokens[i];
        token->mechanism = arena_dup(&session->arena, token->mechanism);
        token->salt = arena_dup(&session->arena, token->salt);
        derive(session, name, tokens->client, token->mechanism, token->salt,
               tokens->secrets[tokens->count++]);
    }
}

static void
answer(struct session *session)
{
    const struct session_tokens *tokens = session->_private->tokens;
    struct sasl_token candidates[STORE_TOKENS_MAX];
    int64_t now_us = clock_wall_us();

    for (size_t i = 0; i < tokens->count; i++) {
        candidates[i] = (struct sasl_token){
            .secret = str_from(tokens->secrets[i]),
            .is_expired = tokens->tokens[i].expires_us <= now_us,
        };
        if (!sasl_mechanism_find(tokens->tokens[i].mechanism, &candidates[i].mechanism))
            candidates[i].mechanism = SASL_MECHANISMS;
    }
    server_stream_tokens(session->stream, candidates, tokens->count);
    session_forget_tokens(session);
}

static void
tokens_found(struct store_call *call, void *context)
{
    struct store_token_find *found = CONTAINER_OF(call, struct store_token_find, call);
    struct session *session = call->owner;

    (void)context;
    if (session_answered(session)) {
        if (call->status < 0) {
            session_close(session, call->status, "tokens cannot be read at the moment");
        } else {
            keep(session, found);
            answer(session);
        }
        session_release(session, HOLD_QUESTION);
    }
    store_call_free(call);
}

static void
look_up_tokens(struct session *session)
{
    struct store_token_find *question =
        STORE_CALL(token_find, TOKEN_FIND, &session->worker->mailbox, tokens_found, session);
    struct session_tokens *tokens = tokens_of(session);
    struct str name = server_stream_lookup_name(session->stream);

    name_client(session, name, tokens->client);
    question->name = store_keep(&question->call, name);
    question->client = store_keep(&question->call, str_from(tokens->client));
    session->_private->answer_pending = true;
    store_submit(session->worker->server->store, &question->call);
}

void
session_needs_tokens(struct session *session)
{
    session_hold(session, HOLD_QUESTION);
    look_up_tokens(session);
}

/* ---- afterwards ---- */

/* The client is given a token when it is on the disk, and not before. */
static void
settled(struct store_call *call, void *context)
{
    struct store_token_settle *settle = CONTAINER_OF(call, struct store_token_settle, call);
    struct session *session = call->owner;
    char token[TOKEN_CHARS + 1] = "", expiry[CLOCK_TEXT_BYTES] = "";

    (void)context;
    if (session_answered(session)) {
        if (call->status < 0 && call->status != E_NOT_FOUND)
            log_warning(&session->log, "token-not-stored", "%s", error_text(call->status));
        if (call->status == 0 && settle->token.salt.len > 0) {
            derive(session, settle->name, session->_private->tokens->client,
                   settle->token.mechanism, settle->token.salt, token);
            clock_format(settle->token.expires_us, expiry);
        }
        server_stream_token(session->stream, str_from(token), str_from(expiry));
        explicit_bzero(token, sizeof(token));
        session_release(session, HOLD_QUESTION);
    }
    store_call_free(call);
}

/* XEP-0484 3.5: when a quarter of its time is over, a token is changed for another one. */
static bool
is_due(const struct session *session, const struct store_token *token)
{
    int64_t life_us = session->worker->server->config->token_days * DAY_US;

    return clock_wall_us() - token->issued_us > life_us / 4;
}

static void
make_token(struct session *session,
           struct store_token_settle *settle,
           enum sasl_mechanism mechanism)
{
    char salt[SALT_BYTES];

    random_bytes(salt, sizeof(salt));
    settle->token = (struct store_token){
        .mechanism = store_keep(&settle->call, str_from(sasl_mechanism_name(mechanism))),
        .salt = store_keep(&settle->call, (struct str){ salt, sizeof(salt) }),
        .issued_us = clock_wall_us(),
    };
    settle->token.expires_us =
        settle->token.issued_us + session->worker->server->config->token_days * DAY_US;
}

static void
submit(struct session *session,
       struct server_stream_token_request request,
       const struct store_token *used,
       bool gives)
{
    struct worker *worker = session->worker;
    struct store_token_settle *settle =
        STORE_CALL(token_settle, TOKEN_SETTLE, &worker->mailbox, settled, session);

    settle->name = store_keep(&settle->call, session->jid.local);
    settle->client = store_keep(&settle->call, str_from(session->_private->tokens->client));
    if (used) {
        settle->used_salt = store_keep(&settle->call, used->salt);
        settle->used_is_new = used->is_new;
        settle->invalidates = request.invalidates;
    }
    if (gives)
        make_token(session, settle, request.mechanism);
    session_hold(session, HOLD_QUESTION);
    session->_private->answer_pending = true;
    store_submit(worker->server->store, &settle->call);
}

void
session_settles_token(struct session *session)
{
    struct server_stream_token_request request = server_stream_token_request(session->stream);
    const struct store_token *used = NULL;
    bool gives = request.wants;

    if (request.has_used) {
        assert(session->_private->tokens && request.used < session->_private->tokens->count);
        used = &session->_private->tokens->tokens[request.used];
        gives = gives || (!request.invalidates && is_due(session, used));
    } else {
        name_client(session, session->jid.local, tokens_of(session)->client);
    }
    if (gives || (used && (used->is_new || request.invalidates)))
        submit(session, request, used, gives);
    else
        server_stream_token(session->stream, STR_EMPTY, STR_EMPTY);
}
