/* sasl_client.c - see sasl.h: the initiating end of an exchange, whatever the mechanism. */
#include "base/error.h"
#include "base/memory.h"
#include "xmpp/jid.h"
#include "xmpp/sasl_private.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <stdlib.h>

#define ARENA_BYTES ((size_t)64 * 1024)

/* No server listed its channel bindings (XEP-0440). */
#define BINDINGS_NOT_LISTED (~0u)

/* The strongest binding that TLS gave us and the server takes: the order of the enum. */
static enum channel_binding_type
choose_binding(const struct tls_info *tls, unsigned server_bindings)
{
    for (unsigned i = CB_NONE + 1; i < CB_TYPES; i++) {
        enum channel_binding_type type = (enum channel_binding_type)i;

        if ((server_bindings & 1u << i) && sasl_binding_is_there(tls, type))
            return type;
    }
    return CB_NONE;
}

static bool
can_bind(const struct tls_info *tls)
{
    return choose_binding(tls, BINDINGS_NOT_LISTED) != CB_NONE;
}

/* XEP-0440 3: every server has tls-server-end-point, so a list with -PLUS but neither it nor
 * anything of ours was tampered with. */
static bool
bindings_are_suspicious(unsigned offered, const struct tls_info *tls, unsigned server_bindings)
{
    return (offered & SASL_ALL_PLUS) && can_bind(tls) &&
           choose_binding(tls, server_bindings) == CB_NONE &&
           !(server_bindings & 1u << CB_TLS_SERVER_END_POINT);
}

static bool
suits(const struct sasl_mechanism_info *info,
      bool is_guest,
      const struct tls_info *tls,
      unsigned server_bindings)
{
    if (info->for_guests != is_guest || info->is_for_tokens)
        return false;
    if (info->needs_tls && !tls->active)
        return false;
    return !info->binds_channel || choose_binding(tls, server_bindings) != CB_NONE;
}

static bool
choose_mechanism(unsigned candidates,
                 bool is_guest,
                 const struct tls_info *tls,
                 unsigned server_bindings,
                 enum sasl_mechanism *ret_mechanism)
{
    for (unsigned i = 0; i < SASL_MECHANISMS; i++) {
        enum sasl_mechanism mechanism = (enum sasl_mechanism)i;

        if (!(candidates & SASL_BIT(mechanism)))
            continue;
        if (suits(sasl_mechanism_info(mechanism), is_guest, tls, server_bindings)) {
            *ret_mechanism = mechanism;
            return true;
        }
    }
    return false;
}

/* RFC 5802 6: "p=type", "y" (could, but the server cannot) or "n" (does not). */
static struct str
make_gs2_header(struct sasl_client *sasl, unsigned offered)
{
    if (sasl->scram.binding != CB_NONE)
        return arena_printf(&sasl->arena, "p=%s,,", sasl_binding_name(sasl->scram.binding));
    if (can_bind(&sasl->tls) && !(offered & SASL_ALL_PLUS))
        return STR("y,,");
    return STR("n,,");
}

static int
keep_credentials(struct sasl_client *sasl, struct str name, struct str password)
{
    struct str prepared;
    int r;

    if (name.len == 0)
        return 0;
    r = jid_prepare_local(&sasl->arena, name, &sasl->name);
    if (r < 0)
        return r;
    r = jid_prepare_opaque(&sasl->arena, password, &prepared);
    if (r < 0)
        return r;
    buffer_append(&sasl->password, prepared);
    if (prepared.data != password.data)
        sasl_wipe(prepared);
    return buffer_failed(&sasl->password) ? E_TOO_BIG : 0;
}

struct sasl_client *
sasl_client_new(unsigned offered,
                unsigned allowed,
                struct str name,
                struct str password,
                const struct tls_info *tls,
                unsigned server_bindings)
{
    static const struct tls_info no_tls;
    struct sasl_client *sasl;
    enum sasl_mechanism mechanism;

    tls = tls ? tls : &no_tls;
    if (bindings_are_suspicious(offered & allowed, tls, server_bindings))
        return NULL;
    if (!choose_mechanism(offered & allowed, name.len == 0, tls, server_bindings, &mechanism))
        return NULL;
    sasl = memory_new(1, sizeof(*sasl));
    sasl->tls = *tls;
    sasl->mechanism = mechanism;
    arena_init(&sasl->arena, ARENA_BYTES);
    buffer_init(&sasl->output, SASL_MESSAGE_MAX);
    buffer_init(&sasl->password, SASL_MESSAGE_MAX);
    if (sasl_mechanism_info(mechanism)->binds_channel)
        sasl->scram.binding = choose_binding(tls, server_bindings);
    sasl->scram.gs2_header = make_gs2_header(sasl, offered);
    if (keep_credentials(sasl, name, password) < 0) {
        sasl_client_free(sasl);
        return NULL;
    }
    return sasl;
}

struct sasl_client *
sasl_client_new_with_token(enum sasl_mechanism mechanism,
                           struct str name,
                           struct str token,
                           const struct tls_info *tls)
{
    struct sasl_client *sasl;

    if (!(sasl_token_mechanisms(tls) & SASL_BIT(mechanism)) || token.len == 0)
        return NULL;
    sasl = memory_new(1, sizeof(*sasl));
    sasl->tls = *tls;
    sasl->mechanism = mechanism;
    arena_init(&sasl->arena, ARENA_BYTES);
    buffer_init(&sasl->output, SASL_MESSAGE_MAX);
    buffer_init(&sasl->password, SASL_MESSAGE_MAX);
    buffer_append(&sasl->password, token);
    if (jid_prepare_local(&sasl->arena, name, &sasl->name) < 0 || buffer_failed(&sasl->password)) {
        sasl_client_free(sasl);
        return NULL;
    }
    return sasl;
}

void
sasl_client_free(struct sasl_client *sasl)
{
    if (!sasl)
        return;
    buffer_wipe(&sasl->password);
    buffer_wipe(&sasl->output);
    arena_fini(&sasl->arena);
    OPENSSL_cleanse(sasl, sizeof(*sasl));
    free(sasl);
}

enum sasl_mechanism
sasl_client_mechanism(const struct sasl_client *sasl)
{
    return sasl->mechanism;
}

void
sasl_client_expect_lists(struct sasl_client *sasl, struct str text)
{
    assert(sasl->state == SASL_CLIENT_IDLE);
    sasl->lists = arena_dup(&sasl->arena, text);
}

struct str
sasl_client_password(const struct sasl_client *sasl)
{
    return buffer_str(&sasl->password);
}

struct sasl_result
sasl_client_fail(struct sasl_client *sasl, const char *condition)
{
    sasl->state = SASL_CLIENT_OVER;
    return (struct sasl_result){ .step = SASL_FAILED, .condition = condition };
}

struct sasl_result
sasl_client_fail_unproven(struct sasl_client *sasl)
{
    struct sasl_result result = sasl_client_fail(sasl, "not-authorized");

    result.is_unproven = true;
    return result;
}

struct sasl_result
sasl_client_send(struct sasl_client *sasl)
{
    if (buffer_failed(&sasl->output) || arena_is_full(&sasl->arena))
        return sasl_client_fail(sasl, "malformed-request");
    return (struct sasl_result){
        .step = SASL_SEND,
        .output = buffer_str(&sasl->output),
        .has_output = true,
    };
}

struct sasl_result
sasl_client_start(struct sasl_client *sasl)
{
    assert(sasl->state == SASL_CLIENT_IDLE);
    return sasl_mechanism_info(sasl->mechanism)->client->start(sasl);
}

struct sasl_result
sasl_client_challenge(struct sasl_client *sasl, struct str challenge)
{
    const struct sasl_client_steps *steps = sasl_mechanism_info(sasl->mechanism)->client;

    assert(sasl->state != SASL_CLIENT_IDLE && sasl->state != SASL_CLIENT_WANTS_KEY &&
           sasl->state != SASL_CLIENT_OVER);
    if (!steps->challenge || challenge.len > SASL_MESSAGE_MAX)
        return sasl_client_fail(sasl, "malformed-request");
    buffer_clear(&sasl->output);
    return steps->challenge(sasl, challenge);
}

struct sasl_result
sasl_client_key(struct sasl_client *sasl, const uint8_t salted_password[SCRAM_KEY_MAX])
{
    assert(sasl->state == SASL_CLIENT_WANTS_KEY);
    buffer_clear(&sasl->output);
    return sasl_mechanism_info(sasl->mechanism)->client->key(sasl, salted_password);
}

struct sasl_result
sasl_client_success(struct sasl_client *sasl, struct str data)
{
    assert(sasl->state != SASL_CLIENT_IDLE && sasl->state != SASL_CLIENT_OVER);
    /* Too early: nothing was proven. */
    if (sasl->state != SASL_CLIENT_WANTS_SUCCESS || data.len > SASL_MESSAGE_MAX)
        return sasl_client_fail_unproven(sasl);
    sasl->state = SASL_CLIENT_OVER;
    return sasl_mechanism_info(sasl->mechanism)->client->success(sasl, data);
}
