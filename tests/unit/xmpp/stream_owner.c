/* stream_owner.c - see stream_owner.h. */
#include "stream_owner.h"

#include "base/error.h"
#include "xmpp/ns.h"
#include "xmpp/xml_writer.h"

#include <assert.h>
#include <stdio.h>

#define RECEIVED_MAX ((size_t)4 * 1024 * 1024)

const struct scram_verifier *
owner_verifier(enum scram_hash hash)
{
    static struct scram_verifier verifiers[SCRAM_HASHES];
    struct scram_verifier *verifier = &verifiers[hash];

    if (verifier->iterations == 0)
        scram_verifier_make(hash, STR(OWNER_PASSWORD), verifier);
    return verifier;
}

void
owner_salted_password(enum scram_hash hash,
                      struct str password,
                      struct str salt,
                      uint32_t iterations,
                      uint8_t ret[SCRAM_KEY_MAX])
{
    static uint8_t last_key[SCRAM_KEY_MAX], last_salt[SCRAM_SALT_MAX];
    static struct str kept_salt;
    static enum scram_hash last_hash;
    static uint32_t last_iterations;
    static char last_password[64];

    if (!str_is(password, last_password) || !str_equal(salt, kept_salt) || hash != last_hash ||
        iterations != last_iterations) {
        scram_salted_password(hash, password, salt, iterations, last_key);
        assert(salt.len <= sizeof(last_salt));
        if (salt.len > 0)
            memcpy(last_salt, salt.data, salt.len);
        kept_salt = (struct str){ (const char *)last_salt, salt.len };
        last_hash = hash;
        last_iterations = iterations;
        (void)snprintf(last_password, sizeof(last_password), "%.*s", STR_ARG(password));
    }
    memcpy(ret, last_key, SCRAM_KEY_MAX);
}

void
owner_init(struct stream_owner *owner)
{
    *owner = (struct stream_owner){
        .config = { .domain = STR(OWNER_DOMAIN),
                    .require_tls = true,
                    .offer_starttls = true,
                    .offer_anonymous = true,
                    .offer_registration = true,
                    .offer_tokens = true,
                    .limits_before = XML_LIMITS_UNAUTHENTICATED,
                    .limits_after = XML_LIMITS_DEFAULT,
                    .auth_attempts_max = 3,
                    .idle_seconds = 300,
                    .decoy_secret = STR("decoy") },
        .tls = { .active = true, .version = "TLSv1.3", .cipher = "none" },
    };
    for (unsigned type = CB_NONE + 1; type < CB_TYPES; type++) {
        memset(owner->tls.binding[type], (int)type, 32);
        owner->tls.binding_len[type] = 32;
    }
    buffer_init(&owner->received, RECEIVED_MAX);
    owner_add_account(owner, "anna");
}

void
owner_add_account(struct stream_owner *owner, const char *name)
{
    assert(owner->account_count < OWNER_ACCOUNTS_MAX);
    (void)snprintf(owner->accounts[owner->account_count++], sizeof(owner->accounts[0]), "%s", name);
}

void
owner_start(struct stream_owner *owner)
{
    owner->stream = server_stream_new(&owner->config, owner->has_direct_tls ? &owner->tls : NULL);
}

void
owner_fini(struct stream_owner *owner)
{
    server_stream_free(owner->stream);
    buffer_fini(&owner->received);
}

static bool
has_account(const struct stream_owner *owner, struct str name)
{
    for (size_t i = 0; i < owner->account_count; i++) {
        if (str_is(name, owner->accounts[i]))
            return true;
    }
    return false;
}

/* ---- one function an event ---- */

static void
on_start_tls(struct stream_owner *owner)
{
    if (!owner->waits_for_tls)
        server_stream_tls_started(owner->stream, &owner->tls);
}

static struct stanza *
register_account(struct stream_owner *owner, struct stanza *iq)
{
    const struct element *query = stanza_child(iq, NS_REGISTER, STR("query"));
    struct str name = element_child_text(&iq->arena, query, NS_REGISTER, STR("username"));

    if (has_account(owner, name))
        return stanza_error(iq, "conflict", STR_EMPTY);
    if (name.len == 0 || name.len > 60 || owner->account_count == OWNER_ACCOUNTS_MAX)
        return stanza_error(iq, "not-acceptable", STR("No such name"));
    (void)snprintf(owner->accounts[owner->account_count++], sizeof(owner->accounts[0]), "%.*s",
                   STR_ARG(name));
    return stanza_result(iq);
}

static void
on_registration(struct stream_owner *owner)
{
    struct stanza *iq = server_stream_take_stanza(owner->stream);
    struct stanza *reply;
    struct element *query;

    if (iq->type == TYPE_SET) {
        reply = register_account(owner, iq);
    } else {
        reply = stanza_result(iq);
        query = element_add(&reply->arena, reply->root, NS_REGISTER, STR("query"));
        (void)element_add(&reply->arena, query, NS_REGISTER, STR("username"));
        (void)element_add(&reply->arena, query, NS_REGISTER, STR("password"));
    }
    server_stream_send(owner->stream, reply);
    stanza_unref(reply);
    stanza_unref(iq);
}

static void
on_need_verifier(struct stream_owner *owner)
{
    bool is_known = has_account(owner, server_stream_lookup_name(owner->stream));
    enum scram_hash hash = server_stream_lookup_hash(owner->stream);

    server_stream_verifier(owner->stream, is_known ? owner_verifier(hash) : NULL);
}

static void
on_need_check(struct stream_owner *owner)
{
    const struct scram_verifier *verifier = server_stream_check_verifier(owner->stream);
    struct str password = server_stream_check_password(owner->stream);
    const struct scram_verifier *own = owner_verifier(verifier->hash);
    bool is_own = memcmp(verifier->stored_key, own->stored_key, SCRAM_KEY_MAX) == 0;

    server_stream_checked(owner->stream, is_own && str_is(password, OWNER_PASSWORD));
}

static void
on_auth_failed(struct stream_owner *owner)
{
    server_stream_failure_release(owner->stream);
}

static void
on_need_tokens(struct stream_owner *owner)
{
    const struct sasl_token token = { str_from(owner->token), owner->token_mechanism,
                                      owner->token_is_expired };
    bool is_there = owner->token[0] != '\0' &&
                    has_account(owner, server_stream_lookup_name(owner->stream)) &&
                    str_is(server_stream_agent_id(owner->stream), owner->token_agent);

    server_stream_tokens(owner->stream, &token, is_there ? 1 : 0);
}

static void
on_token(struct stream_owner *owner)
{
    struct server_stream_token_request request = server_stream_token_request(owner->stream);
    static unsigned number;

    if (request.invalidates)
        owner->token[0] = '\0';
    if (!request.wants && !(request.has_used && owner->rotates)) {
        server_stream_token(owner->stream, STR_EMPTY, STR_EMPTY);
        return;
    }
    (void)snprintf(owner->token, sizeof(owner->token), "token-%u", ++number);
    (void)snprintf(owner->token_agent, sizeof(owner->token_agent), "%.*s",
                   STR_ARG(server_stream_agent_id(owner->stream)));
    owner->token_mechanism = request.mechanism;
    server_stream_token(owner->stream, str_from(owner->token), STR("2030-01-01T00:00:00Z"));
}

/* What was asked for along with it: acknowledgements are all we have. */
static struct str
results_of(struct stream_owner *owner)
{
    const struct element *bind = server_stream_bind2(owner->stream);

    return element_child(bind, NS_SM, STR("enable")) ? STR("<enabled xmlns='urn:xmpp:sm:3'/>")
                                                     : STR_EMPTY;
}

/* XEP-0386: the name and something of ours behind it. */
static struct str
wanted_resource(struct stream_owner *owner, struct arena *arena)
{
    const struct element *bind = server_stream_bind2(owner->stream);
    struct str tag = element_child_text(arena, bind, NS_BIND2, STR("tag"));

    if (!bind || tag.len == 0)
        return server_stream_wanted_resource(owner->stream);
    return arena_printf(arena, "%.*s/chosen", STR_ARG(tag));
}

static void
on_authenticated(struct stream_owner *owner)
{
    if (server_stream_name(owner->stream).len == 0)
        server_stream_name_guest(owner->stream, STR("guest"));
    server_stream_success_release(owner->stream);
}

static void
on_bind(struct stream_owner *owner)
{
    struct str wanted;
    struct str name = server_stream_name(owner->stream);
    struct arena arena;
    struct jid full;

    arena_init(&arena, 64 * 1024);
    wanted = wanted_resource(owner, &arena);
    if (str_is(wanted, "taken") || str_is(wanted, "taken/chosen"))
        server_stream_refuse_bind(owner->stream, E_EXISTS);
    else if (jid_make(&arena, name.len > 0 ? name : STR("guest"), owner->config.domain,
                      wanted.len > 0 ? wanted : STR("chosen"), &full) < 0)
        server_stream_refuse_bind(owner->stream, E_FORMAT);
    else {
        (void)snprintf(owner->bound, sizeof(owner->bound), "%.*s", STR_ARG(full.full));
        server_stream_bound(owner->stream, full, results_of(owner));
    }
    arena_fini(&arena);
}

/* One session can be gone on with: its id is "former", and two stanzas of its client came. Of one
 * called "expired" only that count is known. */
static void
on_resume(struct stream_owner *owner)
{
    struct str id = server_stream_resume_id(owner->stream);
    uint32_t h = 2;

    if (str_is(id, "former"))
        server_stream_resumed(owner->stream, h);
    else
        server_stream_refuse_resume(owner->stream, str_is(id, "expired") ? &h : NULL);
}

static struct stanza *
answer_iq(const struct stanza *iq)
{
    if (iq->id.len == 0 || (iq->type != TYPE_GET && iq->type != TYPE_SET))
        return NULL;
    if (stanza_child(iq, NS_PING, STR("ping")))
        return stanza_result(iq);
    return stanza_error(iq, "service-unavailable", STR_EMPTY);
}

static void
on_stanza(struct stream_owner *owner)
{
    struct stanza *stanza = server_stream_take_stanza(owner->stream);
    struct stanza *reply = stanza->kind == STANZA_IQ ? answer_iq(stanza) : NULL;

    xml_write(&owner->received, stanza->root, NS_CLIENT);
    if (reply)
        server_stream_send(owner->stream, reply);
    stanza_unref(reply);
    stanza_unref(stanza);
}

void
owner_run(struct stream_owner *owner)
{
    static void (*const actions[])(struct stream_owner *) = {
        [SERVER_STREAM_START_TLS] = on_start_tls,
        [SERVER_STREAM_REGISTRATION] = on_registration,
        [SERVER_STREAM_NEED_VERIFIER] = on_need_verifier,
        [SERVER_STREAM_NEED_CHECK] = on_need_check,
        [SERVER_STREAM_NEED_TOKENS] = on_need_tokens,
        [SERVER_STREAM_TOKEN] = on_token,
        [SERVER_STREAM_AUTH_FAILED] = on_auth_failed,
        [SERVER_STREAM_AUTHENTICATED] = on_authenticated,
        [SERVER_STREAM_BIND] = on_bind,
        [SERVER_STREAM_RESUME] = on_resume,
        [SERVER_STREAM_STANZA] = on_stanza,
        [SERVER_STREAM_CLOSED] = NULL,
    };

    for (;;) {
        enum server_stream_event event = server_stream_next(owner->stream);

        owner->seen[event]++;
        if (event == SERVER_STREAM_CLOSED)
            owner->is_closed = true;
        if (event == SERVER_STREAM_WAIT || event == SERVER_STREAM_CLOSED)
            return;
        if (actions[event])
            actions[event](owner);
    }
}

void
owner_feed(struct stream_owner *owner, struct str bytes)
{
    server_stream_feed(owner->stream, bytes);
    owner_run(owner);
}
