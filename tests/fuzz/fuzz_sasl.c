/* fuzz_sasl.c - any messages at either end of a SASL exchange: nobody gets in without the password,
 * and no server is believed without it.
 *
 * The first byte picks the end, the mechanism and TLS; the rest are messages, one a line. */
#include "xmpp/sasl.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(bool holds)
{
    if (!holds)
        abort();
}

static struct tls_info
make_tls(bool is_active)
{
    struct tls_info tls = { .active = is_active, .version = "TLSv1.3" };

    for (unsigned type = CB_NONE + 1; type < CB_TYPES; type++) {
        memset(tls.binding[type], (int)type, 32);
        tls.binding_len[type] = 32;
    }
    return tls;
}

static struct sasl_result
answer_server(struct sasl_server *server, struct sasl_result result)
{
    struct scram_verifier verifier;

    if (result.step == SASL_NEED_VERIFIER) {
        bool is_known = str_is(result.name, "anna");

        check(result.name.len > 0 && str_is_utf8(result.name));
        /* As good as an account whose password nobody knows. */
        scram_verifier_decoy(result.hash, STR("anna"), STR("secret"), &verifier);
        result = sasl_server_verifier(server, is_known ? &verifier : NULL);
    }
    if (result.step == SASL_NEED_TOKEN) {
        const struct sasl_token tokens[] = {
            { STR("nobody knows"), SASL_HT_SHA_256_EXPR, false },
            { STR("nor this one"), SASL_HT_SHA_256_NONE, false },
        };

        check(result.name.len > 0 && str_is_utf8(result.name));
        result = sasl_server_tokens(server, tokens, ARRAY_LEN(tokens));
    }
    if (result.step == SASL_NEED_CHECK) {
        check(result.password.len > 0);
        result = sasl_server_checked(server, str_is(result.password, "the right one"));
    }
    return result;
}

static void
attack_server(enum sasl_mechanism mechanism, const struct tls_info *tls, struct str messages)
{
    unsigned offered =
        SASL_ALL_TOKENS | SASL_ALL_SCRAM | SASL_BIT(SASL_PLAIN) | SASL_BIT(SASL_ANONYMOUS);
    struct sasl_server *server =
        sasl_server_new(offered, STR("chat.example"), tls, STR("decoy secret"));
    struct str message;
    bool has_initial = str_split(&messages, '\n', &message);
    struct sasl_result result =
        answer_server(server, sasl_server_start(server, str_from(sasl_mechanism_name(mechanism)),
                                                message, has_initial));

    while (result.step == SASL_SEND && str_split(&messages, '\n', &message))
        result = answer_server(server, sasl_server_respond(server, message));
    check(result.step == SASL_SEND || result.step == SASL_FAILED || result.step == SASL_DONE);
    if (result.step == SASL_DONE && mechanism != SASL_ANONYMOUS)
        check(mechanism == SASL_PLAIN && str_is(sasl_server_name(server), "anna"));
    sasl_server_free(server);
}

/* A line beginning with "+" is success, any other a challenge. */
static struct sasl_result
hand_to_client(struct sasl_client *client, struct str message)
{
    static const uint8_t key[SCRAM_KEY_MAX] = "not what a server could know...";
    struct sasl_result result;

    if (str_starts_with(message, STR("+")))
        return sasl_client_success(client, str_slice(message, 1, message.len));
    result = sasl_client_challenge(client, message);
    if (result.step != SASL_NEED_KEY)
        return result;
    check(result.iterations >= SCRAM_ITERATIONS_MIN && result.iterations <= SCRAM_ITERATIONS_MAX);
    check(result.salt.len > 0 && result.salt.len <= SCRAM_SALT_MAX);
    return sasl_client_key(client, key);
}

/* In a challenge, "$" stands for the client's nonce, which an attacker sees as well. */
static struct str
with_nonce(struct arena *arena, struct str message, struct str client_first)
{
    struct str rest = client_first, piece, nonce = STR_EMPTY;
    ptrdiff_t at = str_find_char(message, '$', 0);

    while (str_split(&rest, ',', &piece)) {
        if (str_starts_with(piece, STR("r=")))
            nonce = str_slice(piece, 2, piece.len);
    }
    if (at < 0)
        return arena_dup(arena, message);
    return arena_printf(arena, "%.*s%.*s%.*s", STR_ARG(str_slice(message, 0, (size_t)at)),
                        STR_ARG(nonce), STR_ARG(str_slice(message, (size_t)at + 1, message.len)));
}

static void
attack_client(enum sasl_mechanism mechanism, const struct tls_info *tls, struct str messages)
{
    bool is_guest = mechanism == SASL_ANONYMOUS;
    bool has_token = SASL_ALL_TOKENS & SASL_BIT(mechanism);
    struct sasl_client *client =
        has_token ? sasl_client_new_with_token(mechanism, STR("anna"), STR("token"), tls)
                  : sasl_client_new(SASL_BIT(mechanism), ~0u, is_guest ? STR_EMPTY : STR("anna"),
                                    STR("secret"), tls, ~0u);
    struct sasl_result result;
    struct str message, first;
    struct arena arena;

    if (!client)
        return;
    arena_init(&arena, (size_t)1024 * 1024);
    result = sasl_client_start(client);
    check(result.step == SASL_SEND);
    first = arena_dup(&arena, result.output);
    while (result.step == SASL_SEND && str_split(&messages, '\n', &message))
        result = hand_to_client(client, with_nonce(&arena, message, first));
    if (result.step == SASL_DONE)
        check(mechanism == SASL_PLAIN || is_guest);
    sasl_client_free(client);
    arena_fini(&arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tls_info tls;
    struct str messages;
    enum sasl_mechanism mechanism;

    if (size < 1)
        return 0;
    tls = make_tls(data[0] & 0x40);
    mechanism = (enum sasl_mechanism)((data[0] & 0x0f) % SASL_MECHANISMS);
    messages = (struct str){ (const char *)data + 1, size - 1 };
    if (data[0] & 0x20)
        attack_client(mechanism, &tls, messages);
    else
        attack_server(mechanism, &tls, messages);
    return 0;
}
