/* sasl_server.c - see sasl.h: the receiving end of an exchange, whatever the mechanism. */
#include "base/error.h"
#include "base/memory.h"
#include "xmpp/jid.h"
#include "xmpp/sasl_private.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <stdlib.h>

/* All that an exchange keeps comes from a handful of messages. */
#define ARENA_BYTES ((size_t)64 * 1024)

struct sasl_server *
sasl_server_new(unsigned offered,
                struct str domain,
                const struct tls_info *tls,
                struct str decoy_secret)
{
    struct sasl_server *sasl = memory_new(1, sizeof(*sasl));

    sasl->offered = offered;
    if (tls)
        sasl->tls = *tls;
    arena_init(&sasl->arena, ARENA_BYTES);
    sasl->domain = arena_dup(&sasl->arena, domain);
    buffer_init(&sasl->output, SASL_MESSAGE_MAX);
    buffer_init(&sasl->password, SASL_MESSAGE_MAX);
    buffer_init(&sasl->decoy_secret, SASL_MESSAGE_MAX);
    buffer_append(&sasl->decoy_secret, decoy_secret);
    assert(!buffer_failed(&sasl->decoy_secret));
    return sasl;
}

void
sasl_server_free(struct sasl_server *sasl)
{
    if (!sasl)
        return;
    buffer_wipe(&sasl->password);
    buffer_wipe(&sasl->decoy_secret);
    buffer_wipe(&sasl->output);
    arena_fini(&sasl->arena);
    OPENSSL_cleanse(sasl, sizeof(*sasl));
    free(sasl);
}

struct sasl_result
sasl_server_fail(struct sasl_server *sasl, const char *condition)
{
    sasl->state = SASL_SERVER_OVER;
    buffer_wipe(&sasl->password);
    return (struct sasl_result){
        .step = SASL_FAILED,
        .condition = condition,
        .name = sasl->name,
    };
}

struct sasl_result
sasl_server_send(struct sasl_server *sasl)
{
    /* Nothing of ours is longer than what made us say it, but let it be an error if it were. */
    if (buffer_failed(&sasl->output) || arena_is_full(&sasl->arena))
        return sasl_server_fail(sasl, "temporary-auth-failure");
    sasl->state = SASL_SERVER_WANTS_MESSAGE;
    return (struct sasl_result){
        .step = SASL_SEND,
        .output = buffer_str(&sasl->output),
        .has_output = true,
    };
}

int
sasl_check_authzid(struct sasl_server *sasl, struct str authzid)
{
    struct jid jid;
    int r;

    if (authzid.len == 0)
        return 0;
    r = jid_parse(&sasl->arena, authzid, &jid);
    if (r < 0)
        return E_FORBIDDEN;
    if (!jid_is_bare(jid) || !str_equal(jid.local, sasl->name) ||
        !str_equal(jid.domain, sasl->domain))
        return E_FORBIDDEN;
    return 0;
}

/* What the state that a step leaves behind is, by the step. */
static struct sasl_result
settle(struct sasl_server *sasl, struct sasl_result result)
{
    static const enum sasl_server_state states[] = {
        [SASL_SEND] = SASL_SERVER_WANTS_MESSAGE,
        [SASL_DONE] = SASL_SERVER_OVER,
        [SASL_FAILED] = SASL_SERVER_OVER,
        [SASL_NEED_VERIFIER] = SASL_SERVER_WANTS_VERIFIER,
        [SASL_NEED_CHECK] = SASL_SERVER_WANTS_CHECK,
        [SASL_NEED_TOKEN] = SASL_SERVER_WANTS_TOKENS,
    };

    assert(result.step < ARRAY_LEN(states));
    sasl->state = states[result.step];
    if (sasl->state == SASL_SERVER_OVER)
        buffer_wipe(&sasl->password);
    return result;
}

static struct sasl_result
take_message(struct sasl_server *sasl, struct str message)
{
    const struct sasl_server_steps *steps = sasl_mechanism_info(sasl->mechanism)->server;
    unsigned index = sasl->messages++;

    if (message.len > SASL_MESSAGE_MAX)
        return sasl_server_fail(sasl, "malformed-request");
    if (index >= ARRAY_LEN(steps->message) || !steps->message[index])
        return sasl_server_fail(sasl, "malformed-request");
    buffer_clear(&sasl->output);
    return settle(sasl, steps->message[index](sasl, message));
}

struct sasl_result
sasl_server_start(struct sasl_server *sasl,
                  struct str mechanism,
                  struct str initial,
                  bool has_initial)
{
    assert(sasl->state == SASL_SERVER_IDLE);
    if (!sasl_mechanism_find(mechanism, &sasl->mechanism) ||
        !(sasl->offered & SASL_BIT(sasl->mechanism)))
        return sasl_server_fail(sasl, "invalid-mechanism");
    sasl->state = SASL_SERVER_WANTS_MESSAGE;
    /* RFC 4422 5.2: the client speaks first in all our mechanisms, so the first word that did not
     * come along is asked for with an empty challenge. */
    if (!has_initial)
        return sasl_server_send(sasl);
    return take_message(sasl, initial);
}

struct sasl_result
sasl_server_respond(struct sasl_server *sasl, struct str response)
{
    assert(sasl->state == SASL_SERVER_WANTS_MESSAGE);
    return take_message(sasl, response);
}

struct sasl_result
sasl_server_verifier(struct sasl_server *sasl, const struct scram_verifier *verifier)
{
    const struct sasl_mechanism_info *info = sasl_mechanism_info(sasl->mechanism);

    assert(sasl->state == SASL_SERVER_WANTS_VERIFIER);
    assert(!verifier || verifier->hash == info->hash);
    sasl->is_known = verifier != NULL;
    if (verifier)
        sasl->verifier = *verifier;
    else
        scram_verifier_decoy(info->hash, sasl->name, buffer_str(&sasl->decoy_secret),
                             &sasl->verifier);
    return settle(sasl, info->server->verifier(sasl, &sasl->verifier));
}

struct sasl_result
sasl_server_tokens(struct sasl_server *sasl, const struct sasl_token *tokens, size_t count)
{
    assert(sasl->state == SASL_SERVER_WANTS_TOKENS);
    return settle(sasl, sasl_mechanism_info(sasl->mechanism)->server->tokens(sasl, tokens, count));
}

size_t
sasl_server_token_index(const struct sasl_server *sasl)
{
    return sasl->token_index;
}

struct sasl_result
sasl_server_checked(struct sasl_server *sasl, bool matches)
{
    assert(sasl->state == SASL_SERVER_WANTS_CHECK);
    return settle(sasl, sasl_mechanism_info(sasl->mechanism)->server->checked(sasl, matches));
}

struct str
sasl_server_name(const struct sasl_server *sasl)
{
    return sasl->name;
}

enum sasl_mechanism
sasl_server_mechanism(const struct sasl_server *sasl)
{
    return sasl->mechanism;
}
