/* test_sasl.c - each mechanism's two ends against each other, and each attack on either of them. */
#include "base/encoding.h"
#include "xmpp/sasl.h"
#include "xmpp/sasl_lists.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define ALL (SASL_ALL_SCRAM | SASL_BIT(SASL_PLAIN) | SASL_BIT(SASL_ANONYMOUS))

static struct scram_verifier verifiers[SCRAM_HASHES];
static struct tls_info tls_1_3; /* both kinds of binding */
static struct tls_info tls_1_2; /* no exporter */
static struct tls_info other_channel;
static struct tls_info no_tls;

static int
make_fixtures(void **state)
{
    (void)state;
    scram_verifier_make(SCRAM_SHA_1, STR("secret"), &verifiers[SCRAM_SHA_1]);
    scram_verifier_make(SCRAM_SHA_256, STR("secret"), &verifiers[SCRAM_SHA_256]);
    tls_1_3 = (struct tls_info){ .active = true, .version = "TLSv1.3" };
    memset(tls_1_3.binding[CB_TLS_EXPORTER], 0xe1, 32);
    memset(tls_1_3.binding[CB_TLS_SERVER_END_POINT], 0xe2, 32);
    tls_1_3.binding_len[CB_TLS_SERVER_END_POINT] = 32;
    tls_1_2 = tls_1_3;
    tls_1_3.binding_len[CB_TLS_EXPORTER] = 32;
    other_channel = tls_1_3;
    other_channel.binding[CB_TLS_EXPORTER][31] ^= 1;
    return 0;
}

/* ---- both ends against each other ---- */

/* One exchange, what is done to it on the way, and how it must end. */
struct trial {
    const char *title;
    enum sasl_mechanism mechanism;
    const char *name, *password;
    const struct tls_info *client_tls, *server_tls; /* NULL = tls_1_3 */
    unsigned server_offers, client_sees;            /* 0 = everything */
    int message; /* which message is changed on the way: 1 is the client's first */
    const char *find, *replace;
    const char *server_failure; /* NULL = authenticated */
    const char *client_failure; /* NULL = satisfied, when the server is */
};

/* The right name and password; the rest says what is special. */
#define TRIAL(what, which, ...)                                                                    \
    {                                                                                              \
        .title = what, .mechanism = which, .name = "anna", .password = "secret", __VA_ARGS__       \
    }

static const struct trial trials[] = {
    TRIAL("SHA-256-PLUS", SASL_SCRAM_SHA_256_PLUS, .message = 0),
    TRIAL("SHA-1-PLUS", SASL_SCRAM_SHA_1_PLUS, .message = 0),
    TRIAL("SHA-256", SASL_SCRAM_SHA_256, .message = 0),
    TRIAL("SHA-1", SASL_SCRAM_SHA_1, .message = 0),
    TRIAL("PLAIN", SASL_PLAIN, .message = 0),
    { .title = "ANONYMOUS", .mechanism = SASL_ANONYMOUS, .name = "", .password = "" },
    TRIAL("end point binding",
          SASL_SCRAM_SHA_256_PLUS,
          .client_tls = &tls_1_2,
          .server_tls = &tls_1_2),
    TRIAL("no TLS at all", SASL_SCRAM_SHA_256, .client_tls = &no_tls, .server_tls = &no_tls),
    { .title = "names are prepared",
      .mechanism = SASL_SCRAM_SHA_256,
      .name = "ANNA",
      .password = "secret" },
    { .title = "in PLAIN too", .mechanism = SASL_PLAIN, .name = "ANNA", .password = "secret" },

    { .title = "wrong password, SHA-256",
      .mechanism = SASL_SCRAM_SHA_256,
      .name = "anna",
      .password = "Secret",
      .server_failure = "not-authorized" },
    { .title = "wrong password, SHA-1-PLUS",
      .mechanism = SASL_SCRAM_SHA_1_PLUS,
      .name = "anna",
      .password = "Secret",
      .server_failure = "not-authorized" },
    { .title = "wrong password, PLAIN",
      .mechanism = SASL_PLAIN,
      .name = "anna",
      .password = "Secret",
      .server_failure = "not-authorized" },
    { .title = "unknown name, SHA-256",
      .mechanism = SASL_SCRAM_SHA_256,
      .name = "nobody",
      .password = "secret",
      .server_failure = "not-authorized" },
    { .title = "unknown name, PLAIN",
      .mechanism = SASL_PLAIN,
      .name = "nobody",
      .password = "secret",
      .server_failure = "not-authorized" },

    /* Attack 31: a channel that is not the same at both ends. */
    TRIAL("another channel",
          SASL_SCRAM_SHA_256_PLUS,
          .client_tls = &other_channel,
          .server_failure = "not-authorized"),
    TRIAL("a binding the server does not have",
          SASL_SCRAM_SHA_256_PLUS,
          .server_tls = &tls_1_2,
          .server_failure = "malformed-request"),
    TRIAL("-PLUS taken out of the list on the way",
          SASL_SCRAM_SHA_256,
          .client_sees = SASL_BIT(SASL_SCRAM_SHA_256),
          .server_failure = "not-authorized"),
    TRIAL("-PLUS not there: y is right",
          SASL_SCRAM_SHA_256,
          .server_offers = SASL_BIT(SASL_SCRAM_SHA_256)),
    TRIAL("the GS2 header changed to n on the way",
          SASL_SCRAM_SHA_256,
          .client_sees = SASL_BIT(SASL_SCRAM_SHA_256),
          .message = 1,
          .find = "y,,",
          .replace = "n,,",
          .server_failure = "not-authorized"),
    TRIAL("a binding type nobody knows",
          SASL_SCRAM_SHA_256_PLUS,
          .message = 1,
          .find = "tls-exporter",
          .replace = "tls-unique",
          .server_failure = "malformed-request"),
    TRIAL("another binding type on the way",
          SASL_SCRAM_SHA_256_PLUS,
          .message = 1,
          .find = "tls-exporter",
          .replace = "tls-server-end-point",
          .server_failure = "not-authorized"),
    TRIAL("n in a -PLUS mechanism",
          SASL_SCRAM_SHA_256_PLUS,
          .message = 1,
          .find = "p=tls-exporter",
          .replace = "n",
          .server_failure = "malformed-request"),
    TRIAL("p in a mechanism without binding",
          SASL_SCRAM_SHA_256,
          .message = 1,
          .find = "n,,",
          .replace = "p=tls-exporter,,",
          .server_failure = "malformed-request"),

    /* Attack 29: on behalf of somebody else. */
    TRIAL("authzid of another user",
          SASL_SCRAM_SHA_256,
          .message = 1,
          .find = ",,",
          .replace = ",a=bert@chat.example,",
          .server_failure = "invalid-authzid"),
    TRIAL("authzid of the right user at another host",
          SASL_SCRAM_SHA_256,
          .message = 1,
          .find = ",,",
          .replace = ",a=anna@evil.example,",
          .server_failure = "invalid-authzid"),
    TRIAL("authzid with a resource",
          SASL_SCRAM_SHA_256,
          .message = 1,
          .find = ",,",
          .replace = ",a=anna@chat.example/x,",
          .server_failure = "invalid-authzid"),
    TRIAL("own authzid, but not in c=",
          SASL_SCRAM_SHA_256,
          .message = 1,
          .find = ",,",
          .replace = ",a=anna@chat.example,",
          .server_failure = "not-authorized"),

    /* Attack 31: nonces, proofs, syntax. */
    TRIAL("another name on the way",
          SASL_SCRAM_SHA_256,
          .message = 1,
          .find = "n=anna",
          .replace = "n=bert",
          .server_failure = "not-authorized"),
    TRIAL("changed nonce in the final message",
          SASL_SCRAM_SHA_256,
          .message = 3,
          .find = ",r=",
          .replace = ",r=a",
          .server_failure = "not-authorized"),
    TRIAL("broken proof",
          SASL_SCRAM_SHA_256,
          .message = 3,
          .find = ",p=",
          .replace = ",p=!",
          .server_failure = "malformed-request"),
    TRIAL("proof of another length",
          SASL_SCRAM_SHA_256,
          .message = 3,
          .find = ",p=",
          .replace = ",p=AAAA",
          .server_failure = "not-authorized"),
    TRIAL("no proof",
          SASL_SCRAM_SHA_256,
          .message = 3,
          .find = ",p=",
          .replace = ",q=",
          .server_failure = "malformed-request"),
    TRIAL("no binding in the final message",
          SASL_SCRAM_SHA_256,
          .message = 3,
          .find = "c=",
          .replace = "d=",
          .server_failure = "malformed-request"),
    TRIAL("an extension the proof does not cover",
          SASL_SCRAM_SHA_256,
          .message = 3,
          .find = ",p=",
          .replace = ",x=1,p=",
          .server_failure = "not-authorized"),

    /* The client's side. */
    TRIAL("the server answers another nonce",
          SASL_SCRAM_SHA_256,
          .message = 2,
          .find = "r=",
          .replace = "r=A",
          .client_failure = "malformed-request"),
    TRIAL("mandatory extension",
          SASL_SCRAM_SHA_256,
          .message = 2,
          .find = "r=",
          .replace = "m=x,r=",
          .client_failure = "malformed-request"),
    TRIAL("too few iterations",
          SASL_SCRAM_SHA_256,
          .message = 2,
          .find = "i=10000",
          .replace = "i=4095",
          .client_failure = "malformed-request"),
    TRIAL("too many iterations",
          SASL_SCRAM_SHA_256,
          .message = 2,
          .find = "i=10000",
          .replace = "i=1000001",
          .client_failure = "malformed-request"),
    TRIAL("iterations that are no number",
          SASL_SCRAM_SHA_256,
          .message = 2,
          .find = "i=10000",
          .replace = "i=1e5",
          .client_failure = "malformed-request"),
    TRIAL("salt that is no base64",
          SASL_SCRAM_SHA_256,
          .message = 2,
          .find = ",s=",
          .replace = ",s=*",
          .client_failure = "malformed-request"),
    TRIAL("fewer iterations than the server has",
          SASL_SCRAM_SHA_256,
          .message = 2,
          .find = "i=10000",
          .replace = "i=4096",
          .server_failure = "not-authorized"),
    TRIAL("the server does not know the password",
          SASL_SCRAM_SHA_256,
          .message = 4,
          .find = "v=",
          .replace = "v=AAAA",
          .client_failure = "unproven"),
    TRIAL("the server says nothing about itself",
          SASL_SCRAM_SHA_256,
          .message = 4,
          .find = "v=",
          .replace = "x=",
          .client_failure = "unproven"),
    TRIAL("the server gives an error of SCRAM",
          SASL_SCRAM_SHA_256,
          .message = 4,
          .find = "v=",
          .replace = "e=invalid-proof,v=",
          .client_failure = "malformed-request"),
};

/* A copy of `message` in the arena, changed if the trial wants that. */
static struct str
carry(struct arena *arena, const struct trial *trial, int number, struct str message)
{
    struct str head = arena_dup(arena, message);
    struct str find = str_from(trial->find);

    if (trial->message != number)
        return head;
    for (size_t at = 0; at + find.len <= head.len; at++) {
        if (str_equal(str_slice(head, at, at + find.len), find))
            return arena_printf(arena, "%.*s%s%.*s", STR_ARG(str_slice(head, 0, at)),
                                trial->replace, STR_ARG(str_slice(head, at + find.len, head.len)));
    }
    fail_msg("%s: nothing to change in \"%.*s\"", trial->title, STR_ARG(head));
    return head;
}

static struct sasl_result
answer_server(struct sasl_server *server, struct sasl_result result)
{
    bool matches;

    if (result.step == SASL_NEED_VERIFIER) {
        bool is_known = str_is(result.name, "anna");

        result = sasl_server_verifier(server, is_known ? &verifiers[result.hash] : NULL);
    }
    if (result.step == SASL_NEED_CHECK) {
        matches = scram_verifier_matches(&result.verifier, result.password);
        result = sasl_server_checked(server, matches);
    }
    return result;
}

static struct sasl_result
answer_client(struct sasl_client *client, struct sasl_result result)
{
    uint8_t salted[SCRAM_KEY_MAX];

    if (result.step != SASL_NEED_KEY)
        return result;
    assert_true(str_equal(result.password, sasl_client_password(client)));
    scram_salted_password(result.hash, result.password, result.salt, result.iterations, salted);
    return sasl_client_key(client, salted);
}

struct outcome {
    struct sasl_result server, client;
};

static struct outcome
exchange(const struct trial *trial,
         struct arena *arena,
         struct sasl_server *server,
         struct sasl_client *client)
{
    struct outcome now = { .client = sasl_client_start(client) };
    int number = 1;

    assert_int_equal(now.client.step, SASL_SEND);
    for (;;) {
        struct str message = carry(arena, trial, number++, now.client.output);

        if (number == 2)
            now.server = sasl_server_start(server, str_from(sasl_mechanism_name(trial->mechanism)),
                                           message, true);
        else
            now.server = sasl_server_respond(server, message);
        now.server = answer_server(server, now.server);
        if (now.server.step == SASL_FAILED)
            return now;
        message = carry(arena, trial, number++, now.server.output);
        if (now.server.step == SASL_DONE) {
            now.client = sasl_client_success(client, message);
            return now;
        }
        assert_int_equal(now.server.step, SASL_SEND);
        now.client = answer_client(client, sasl_client_challenge(client, message));
        if (now.client.step == SASL_FAILED)
            return now;
    }
}

static void
check_outcome(const struct trial *trial, const struct outcome *outcome)
{
    const struct sasl_result *server = &outcome->server, *client = &outcome->client;

    if (trial->server_failure) {
        assert_int_equal(server->step, SASL_FAILED);
        assert_string_equal(server->condition, trial->server_failure);
        return;
    }
    if (!trial->client_failure) {
        assert_int_equal(server->step, SASL_DONE);
        assert_int_equal(client->step, SASL_DONE);
        return;
    }
    assert_int_equal(client->step, SASL_FAILED);
    assert_int_equal(client->is_unproven, strcmp(trial->client_failure, "unproven") == 0);
    if (!client->is_unproven)
        assert_string_equal(client->condition, trial->client_failure);
}

static void
run_trial(const struct trial *trial)
{
    const struct tls_info *client_tls = trial->client_tls ? trial->client_tls : &tls_1_3;
    const struct tls_info *server_tls = trial->server_tls ? trial->server_tls : &tls_1_3;
    unsigned offered = trial->server_offers ? trial->server_offers : ALL;
    unsigned seen = trial->client_sees ? trial->client_sees : offered;
    struct sasl_server *server;
    struct sasl_client *client;
    struct outcome outcome;
    struct arena arena;

    print_message("%s\n", trial->title);
    arena_init(&arena, (size_t)64 * 1024);
    server = sasl_server_new(offered, STR("chat.example"), server_tls, STR("decoy"));
    client = sasl_client_new(seen, SASL_BIT(trial->mechanism), str_from(trial->name),
                             str_from(trial->password), client_tls, ~0u);
    assert_non_null(client);
    assert_int_equal(sasl_client_mechanism(client), trial->mechanism);
    outcome = exchange(trial, &arena, server, client);
    check_outcome(trial, &outcome);
    if (outcome.server.step == SASL_DONE) {
        assert_int_equal(sasl_server_mechanism(server), trial->mechanism);
        assert_true(str_is(sasl_server_name(server), trial->name[0] ? "anna" : ""));
    }
    sasl_server_free(server);
    sasl_client_free(client);
    arena_fini(&arena);
}

static void
test_exchanges(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(trials); i++)
        run_trial(&trials[i]);
}

/* ---- what a server must refuse at once ---- */

struct refusal {
    enum sasl_mechanism mechanism;
    struct str message;
    const char *condition;
};

static void
check_refusal(const struct refusal *refusal)
{
    struct sasl_server *server =
        sasl_server_new(ALL & ~SASL_ALL_PLUS, STR("chat.example"), &no_tls, STR("decoy"));
    struct sasl_result result = sasl_server_start(
        server, str_from(sasl_mechanism_name(refusal->mechanism)), refusal->message, true);

    if (!refusal->condition) {
        assert_int_not_equal(result.step, SASL_FAILED);
    } else {
        assert_int_equal(result.step, SASL_FAILED);
        assert_string_equal(result.condition, refusal->condition);
    }
    sasl_server_free(server);
}

static void
test_server_refuses(void **state)
{
    const enum sasl_mechanism scram = SASL_SCRAM_SHA_256;
    const char *malformed = "malformed-request", *denied = "not-authorized";
    const struct refusal refusals[] = {
        { scram, STR("n,,n=anna,r=abc"), NULL },
        { scram, STR("n,,n=an=2Cna=3D,r=abc"), NULL },
        { scram, STR("n,a=anna@chat.example,n=anna,r=abc"), NULL },
        { scram, STR("n,,n=anna,r=abc,x=extension"), NULL },
        { scram, STR("y,,n=anna,r=abc"), NULL },
        { scram, STR(""), malformed },
        { scram, STR("n"), malformed },
        { scram, STR("n,"), malformed },
        { scram, STR("n,,"), malformed },
        { scram, STR("x,,n=anna,r=abc"), malformed },
        { scram, STR("F,n,,n=anna,r=abc"), malformed },
        { scram, STR(",,n=anna,r=abc"), malformed },
        { scram, STR("n,anna,n=anna,r=abc"), malformed },
        { scram, STR("n,a=,n=anna,r=abc"), malformed },
        { scram, STR("n,,m=x,n=anna,r=abc"), malformed },
        { scram, STR("n,,n=anna"), malformed },
        { scram, STR("n,,n=anna,r="), malformed },
        { scram, STR("n,,n=,r=abc"), malformed },
        { scram, STR("n,,n=an=2cna,r=abc"), malformed },
        { scram, STR("n,,n=anna=,r=abc"), malformed },
        { scram, STR("n,,n=anna=3,r=abc"), malformed },
        { scram, STR("n,,n=anna,r=a\x7f"), malformed },
        { scram, STR("n,,n=anna,r=a b"), malformed },
        { scram, STR("n,,n=anna,r=abc,="), malformed },
        { scram, STR("n,,n=an\xffna,r=abc"), malformed },
        { scram, STR("n,,n=an\0na,r=abc"), malformed },
        { scram, STR("n,,r=abc,n=anna"), malformed },
        { scram, STR("n,,n=anna@chat.example,r=abc"), denied },
        { scram, STR("n,,n=an na,r=abc"), denied },
        { scram, STR("n,a=bert@chat.example,n=anna,r=abc"), "invalid-authzid" },
        { scram, STR("n,a=anna,n=anna,r=abc"), "invalid-authzid" },
        { SASL_PLAIN, STR("\0anna\0secret"), NULL },
        { SASL_PLAIN, STR("anna@chat.example\0anna\0secret"), NULL },
        { SASL_PLAIN, STR(""), malformed },
        { SASL_PLAIN, STR("anna"), malformed },
        { SASL_PLAIN, STR("\0anna"), malformed },
        { SASL_PLAIN, STR("\0\0secret"), malformed },
        { SASL_PLAIN, STR("\0anna\0"), malformed },
        { SASL_PLAIN, STR("\0anna\0secret\0"), malformed },
        { SASL_PLAIN, STR("\0anna\0se\0cret"), malformed },
        { SASL_PLAIN, STR("\0anna\0se\xff"), malformed },
        { SASL_PLAIN, STR("\0an@na\0secret"), denied },
        { SASL_PLAIN,
          STR("\0anna\0se\x01"
              "cret"),
          denied },
        { SASL_PLAIN, STR("bert@chat.example\0anna\0secret"), "invalid-authzid" },
        { SASL_PLAIN, STR("@@@\0anna\0secret"), "invalid-authzid" },
        { SASL_ANONYMOUS, STR(""), NULL },
        { SASL_ANONYMOUS, STR("sirhc@example"), NULL },
        { SASL_ANONYMOUS, STR("a\0b"), malformed },
        { SASL_ANONYMOUS, STR("\xc0\x80"), malformed },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
        print_message("refusal %zu\n", i);
        check_refusal(&refusals[i]);
    }
}

/* Attack 33: far too much. */
static void
test_server_refuses_length(void **state)
{
    static char bytes[1024 * 1024];
    const enum sasl_mechanism mechanisms[] = { SASL_SCRAM_SHA_1, SASL_PLAIN, SASL_ANONYMOUS };

    (void)state;
    memset(bytes, 'a', sizeof(bytes));
    memcpy(bytes, "n,,n=", 5);
    for (size_t i = 0; i < ARRAY_LEN(mechanisms); i++)
        check_refusal(
            &(struct refusal){ mechanisms[i], { bytes, sizeof(bytes) }, "malformed-request" });
}

/* Attack 30: what was not offered is not there. */
static void
test_mechanisms_not_offered(void **state)
{
    static const char *const names[] = {
        "EXTERNAL", "DIGEST-MD5", "", "scram-sha-256", "PLAIN", "SCRAM-SHA-256-PLUS", "ANONYMOUS",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct sasl_server *server = sasl_server_new(SASL_BIT(SASL_SCRAM_SHA_256),
                                                     STR("chat.example"), &tls_1_3, STR("decoy"));
        struct sasl_result result =
            sasl_server_start(server, str_from(names[i]), STR("\0anna\0secret"), true);

        assert_int_equal(result.step, SASL_FAILED);
        assert_string_equal(result.condition, "invalid-mechanism");
        sasl_server_free(server);
    }
}

/* ---- details ---- */

/* RFC 4422 5.2: without an initial response, the server asks for it with an empty challenge. */
static void
test_no_initial_response(void **state)
{
    struct sasl_server *server = sasl_server_new(ALL, STR("chat.example"), &tls_1_3, STR("decoy"));
    struct sasl_result result = sasl_server_start(server, STR("PLAIN"), STR_EMPTY, false);

    (void)state;
    assert_int_equal(result.step, SASL_SEND);
    assert_true(result.has_output);
    assert_int_equal(result.output.len, 0);
    result = answer_server(server, sasl_server_respond(server, STR("\0anna\0secret")));
    assert_int_equal(result.step, SASL_DONE);
    sasl_server_free(server);
}

/* Puts the salt and iteration count a server shows for `name` into `arena`. */
static struct str
first_answer(struct arena *arena, const char *name)
{
    struct sasl_server *server = sasl_server_new(ALL, STR("chat.example"), &no_tls, STR("decoy"));
    struct str message = arena_printf(arena, "n,,n=%s,r=abc", name);
    struct sasl_result result =
        answer_server(server, sasl_server_start(server, STR("SCRAM-SHA-256"), message, true));
    struct str kept;
    ptrdiff_t at;

    assert_int_equal(result.step, SASL_SEND);
    assert_true(str_starts_with(result.output, STR("r=abc")));
    at = str_find_char(result.output, ',', 0);
    assert_true(at > 0);
    kept = arena_dup(arena, str_slice(result.output, (size_t)at, result.output.len));
    sasl_server_free(server);
    return kept;
}

/* XEP-0474 5.1: of all mechanisms and no channel binding, SHA-256. */
#define HASH_OF_LISTS "FiCwlpnwDPX4UM/N1TfitRMTsjD+UVToJEV2NODNyZY="

/* Attack 32: an unknown name looks like a known one, and the same every time. */
static void
test_unknown_names_look_known(void **state)
{
    struct arena arena;
    struct str known, unknown, again, other;

    (void)state;
    arena_init(&arena, (size_t)64 * 1024);
    known = first_answer(&arena, "anna");
    unknown = first_answer(&arena, "nobody");
    again = first_answer(&arena, "NOBODY");
    other = first_answer(&arena, "nobody-else");
    assert_int_equal(known.len, unknown.len);
    assert_true(str_equal(unknown, again));
    assert_false(str_equal(unknown, other));
    assert_true(str_ends_with(known, STR(",i=10000,h=" HASH_OF_LISTS)));
    assert_true(str_ends_with(unknown, STR(",i=10000,h=" HASH_OF_LISTS)));
    arena_fini(&arena);
}

/* XEP-0474 5.3. */
static void
test_lists_hash(void **state)
{
    struct sasl_lists lists = {
        .mechanisms = { STR("SCRAM-SHA-1-PLUS"), STR("SCRAM-SHA-1") },
        .mechanism_count = 2,
        .bindings = { STR("tls-server-end-point"), STR("tls-exporter") },
        .binding_count = 2,
        .has_bindings = true,
    };
    struct buffer text, hash;

    (void)state;
    buffer_init(&text, 1024);
    buffer_init(&hash, 1024);
    sasl_lists_append(&lists, &text);
    assert_true(str_is(buffer_str(&text), "SCRAM-SHA-1\x1eSCRAM-SHA-1-PLUS\x1ftls-exporter\x1e"
                                          "tls-server-end-point"));
    sasl_lists_hash(SCRAM_SHA_1, buffer_str(&text), &hash);
    assert_true(str_is(buffer_str(&hash), "G6k/rBLDqgOhRRaCuuatSDFkJ08="));
    buffer_clear(&text);
    lists.has_bindings = false;
    sasl_lists_append(&lists, &text);
    assert_true(str_is(buffer_str(&text), "SCRAM-SHA-1\x1eSCRAM-SHA-1-PLUS"));
    buffer_fini(&text);
    buffer_fini(&hash);
}

/* ---- tokens (XEP-0484) ---- */

struct token_trial {
    const char *title;
    enum sasl_mechanism mechanism;
    const char *secret;           /* the client's */
    enum sasl_mechanism good_for; /* the server's right one */
    bool is_expired;
    const struct tls_info *client_tls, *server_tls; /* NULL = tls_1_3 */
    const char *condition;                          /* NULL = signed in */
};

static const struct token_trial token_trials[] = {
    { .title = "EXPR", .mechanism = SASL_HT_SHA_256_EXPR, .good_for = SASL_HT_SHA_256_EXPR },
    { .title = "ENDP", .mechanism = SASL_HT_SHA_256_ENDP, .good_for = SASL_HT_SHA_256_ENDP },
    { .title = "NONE", .mechanism = SASL_HT_SHA_256_NONE, .good_for = SASL_HT_SHA_256_NONE },
    { .title = "another token",
      .mechanism = SASL_HT_SHA_256_EXPR,
      .good_for = SASL_HT_SHA_256_EXPR,
      .secret = "guessed",
      .condition = "not-authorized" },
    { .title = "a token for another mechanism",
      .mechanism = SASL_HT_SHA_256_NONE,
      .good_for = SASL_HT_SHA_256_EXPR,
      .condition = "not-authorized" },
    { .title = "an old token",
      .mechanism = SASL_HT_SHA_256_EXPR,
      .good_for = SASL_HT_SHA_256_EXPR,
      .is_expired = true,
      .condition = "credentials-expired" },
    { .title = "an old guess",
      .mechanism = SASL_HT_SHA_256_EXPR,
      .good_for = SASL_HT_SHA_256_EXPR,
      .secret = "guessed",
      .is_expired = true,
      .condition = "not-authorized" },
    { .title = "somebody in the middle",
      .mechanism = SASL_HT_SHA_256_EXPR,
      .good_for = SASL_HT_SHA_256_EXPR,
      .client_tls = &other_channel,
      .condition = "not-authorized" },
    { .title = "no channel for it",
      .mechanism = SASL_HT_SHA_256_EXPR,
      .good_for = SASL_HT_SHA_256_EXPR,
      .server_tls = &tls_1_2,
      .condition = "invalid-mechanism" },
};

static void
run_token_trial(const struct token_trial *trial)
{
    const struct tls_info *server_tls = trial->server_tls ? trial->server_tls : &tls_1_3;
    const struct sasl_token tokens[] = {
        { STR("another"), trial->good_for, false },
        { STR("token"), trial->good_for, trial->is_expired },
    };
    struct sasl_server *server = sasl_server_new(sasl_token_mechanisms(server_tls),
                                                 STR("chat.example"), server_tls, STR("decoy"));
    struct sasl_client *client = sasl_client_new_with_token(
        trial->mechanism, STR("ANNA"), str_from(trial->secret ? trial->secret : "token"),
        trial->client_tls ? trial->client_tls : &tls_1_3);
    struct sasl_result result;

    print_message("%s\n", trial->title);
    assert_non_null(client);
    result = sasl_client_start(client);
    assert_int_equal(result.step, SASL_SEND);
    result = sasl_server_start(server, str_from(sasl_mechanism_name(trial->mechanism)),
                               result.output, true);
    if (result.step == SASL_NEED_TOKEN) {
        assert_true(str_is(result.name, "anna"));
        result = sasl_server_tokens(server, tokens, ARRAY_LEN(tokens));
    }
    if (trial->condition) {
        assert_int_equal(result.step, SASL_FAILED);
        assert_string_equal(result.condition, trial->condition);
    } else {
        assert_int_equal(result.step, SASL_DONE);
        assert_int_equal(sasl_server_token_index(server), 1);
        assert_int_equal(sasl_client_success(client, result.output).step, SASL_DONE);
    }
    sasl_server_free(server);
    sasl_client_free(client);
}

static void
test_tokens(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(token_trials); i++)
        run_token_trial(&token_trials[i]);
}

/* HMAC-SHA-256 under "token" of "Initiator" alone, made with another tool. */
static void
test_token_message(void **state)
{
    static const char proof[] = "\xd2\x4d\x95\x48\x2f\x0d\x6e\x03\x5c\x56\xe7\x87\xda\xc4\xed\x83"
                                "\x2b\xdd\x84\xee\x3e\xa2\x42\xaa\xad\xd9\x82\x27\x0c\x33\x00\x06";
    struct sasl_client *client =
        sasl_client_new_with_token(SASL_HT_SHA_256_NONE, STR("anna"), STR("token"), &tls_1_3);
    struct sasl_result result = sasl_client_start(client);

    (void)state;
    assert_int_equal(result.output.len, 5 + 32);
    assert_memory_equal(result.output.data, "anna\0", 5);
    assert_memory_equal(result.output.data + 5, proof, 32);
    /* A server that does not have the token, or says what the client has said. */
    assert_true(sasl_client_success(client, STR("")).is_unproven);
    sasl_client_free(client);
}

static void
test_token_messages_refused(void **state)
{
    const struct str messages[] = {
        STR(""),
        STR("anna"),
        STR("anna\0"),
        STR("anna\0too short"),
        STR("\0aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        STR("anna\0aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        STR("\xff\0aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(messages); i++) {
        struct sasl_server *server =
            sasl_server_new(SASL_ALL_TOKENS, STR("h"), &tls_1_3, STR("decoy"));
        struct sasl_result result =
            sasl_server_start(server, STR("HT-SHA-256-NONE"), messages[i], true);

        assert_int_equal(result.step, SASL_FAILED);
        assert_string_equal(result.condition, "malformed-request");
        sasl_server_free(server);
    }
    assert_null(
        sasl_client_new_with_token(SASL_HT_SHA_256_EXPR, STR("anna"), STR("token"), &tls_1_2));
    assert_null(
        sasl_client_new_with_token(SASL_HT_SHA_256_NONE, STR("anna"), STR("token"), &no_tls));
    assert_null(sasl_client_new_with_token(SASL_HT_SHA_256_NONE, STR("anna"), STR(""), &tls_1_3));
    assert_null(sasl_client_new_with_token(SASL_PLAIN, STR("anna"), STR("token"), &tls_1_3));
    /* Who has only a password is not talked into using it for this. */
    assert_null(sasl_client_new(SASL_ALL_TOKENS, ~0u, STR("anna"), STR("secret"), &tls_1_3, ~0u));
}

/* The client's choice. */
struct choice {
    unsigned offered, allowed;
    const char *name;
    const struct tls_info *tls;
    unsigned bindings;
    int mechanism; /* -1 = none */
};

static void
test_choices(void **state)
{
    const unsigned all_bindings = ~0u;
    const unsigned end_point = 1u << CB_TLS_SERVER_END_POINT;
    const struct choice choices[] = {
        { ALL, ~0u, "anna", &tls_1_3, all_bindings, SASL_SCRAM_SHA_256_PLUS },
        { ALL, ~0u, "anna", &tls_1_3, end_point, SASL_SCRAM_SHA_256_PLUS },
        { ALL, ~0u, "anna", &no_tls, all_bindings, SASL_SCRAM_SHA_256 },
        { ALL, ~SASL_ALL_PLUS, "anna", &tls_1_3, all_bindings, SASL_SCRAM_SHA_256 },
        { ALL, SASL_BIT(SASL_PLAIN), "anna", &tls_1_3, all_bindings, SASL_PLAIN },
        { ALL, SASL_BIT(SASL_PLAIN), "anna", &no_tls, all_bindings, -1 },
        { ALL, ~0u, "", &tls_1_3, all_bindings, SASL_ANONYMOUS },
        { SASL_ALL_SCRAM, ~0u, "", &tls_1_3, all_bindings, -1 },
        { SASL_BIT(SASL_ANONYMOUS), ~0u, "anna", &tls_1_3, all_bindings, -1 },
        { SASL_BIT(SASL_SCRAM_SHA_1), ~0u, "anna", &tls_1_3, all_bindings, SASL_SCRAM_SHA_1 },
        { 0, ~0u, "anna", &tls_1_3, all_bindings, -1 },
        /* XEP-0440 3: -PLUS with bindings that nobody has is somebody's work. */
        { ALL, ~0u, "anna", &tls_1_3, 0, -1 },
        { ALL, ~0u, "anna", &tls_1_2, 1u << CB_TLS_EXPORTER, -1 },
        { ALL, ~0u, "an na", &tls_1_3, all_bindings, -1 },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(choices); i++) {
        const struct choice *choice = &choices[i];
        struct sasl_client *client =
            sasl_client_new(choice->offered, choice->allowed, str_from(choice->name), STR("secret"),
                            choice->tls, choice->bindings);

        assert_int_equal(client ? (int)sasl_client_mechanism(client) : -1, choice->mechanism);
        sasl_client_free(client);
    }
    assert_null(sasl_client_new(ALL, ~0u, STR("anna"), STR_EMPTY, &tls_1_3, ~0u));
}

/* A server that knows nothing and says so early. */
static void
test_early_success(void **state)
{
    struct sasl_client *client =
        sasl_client_new(ALL, ~0u, STR("anna"), STR("secret"), &tls_1_3, ~0u);
    struct sasl_result result = sasl_client_start(client);

    (void)state;
    assert_int_equal(result.step, SASL_SEND);
    result = sasl_client_success(client, STR("v=AAAA"));
    assert_int_equal(result.step, SASL_FAILED);
    assert_true(result.is_unproven);
    sasl_client_free(client);
}

/* A challenge where none belongs. */
static void
test_challenge_in_plain(void **state)
{
    struct sasl_client *client =
        sasl_client_new(SASL_BIT(SASL_PLAIN), ~0u, STR("anna"), STR("secret"), &tls_1_3, ~0u);

    (void)state;
    assert_int_equal(sasl_client_start(client).step, SASL_SEND);
    assert_int_equal(sasl_client_challenge(client, STR("more")).step, SASL_FAILED);
    sasl_client_free(client);
}

/* RFC 6120 6.4.6: the signature may also come in a last challenge. */
static void
test_signature_in_challenge(void **state)
{
    struct sasl_server *server = sasl_server_new(ALL, STR("h"), &no_tls, STR("decoy"));
    struct sasl_client *client =
        sasl_client_new(ALL, ~0u, STR("anna"), STR("secret"), &no_tls, ~0u);
    struct sasl_result s, c;

    (void)state;
    c = sasl_client_start(client);
    s = answer_server(server, sasl_server_start(server, STR("SCRAM-SHA-256"), c.output, true));
    c = answer_client(client, sasl_client_challenge(client, s.output));
    s = sasl_server_respond(server, c.output);
    assert_int_equal(s.step, SASL_DONE);
    c = sasl_client_challenge(client, s.output);
    assert_int_equal(c.step, SASL_SEND);
    assert_int_equal(c.output.len, 0);
    assert_int_equal(sasl_client_success(client, STR_EMPTY).step, SASL_DONE);
    sasl_server_free(server);
    sasl_client_free(client);
}

static void
test_names(void **state)
{
    enum sasl_mechanism found;

    (void)state;
    for (unsigned i = 0; i < SASL_MECHANISMS; i++) {
        assert_true(
            sasl_mechanism_find(str_from(sasl_mechanism_name((enum sasl_mechanism)i)), &found));
        assert_int_equal(found, i);
    }
    assert_false(sasl_mechanism_find(STR("SCRAM"), &found));
    assert_int_equal(sasl_binding_find(STR("tls-exporter")), CB_TLS_EXPORTER);
    assert_int_equal(sasl_binding_find(STR("tls-server-end-point")), CB_TLS_SERVER_END_POINT);
    assert_int_equal(sasl_binding_find(STR("tls-unique")), CB_NONE);
    assert_int_equal(sasl_binding_find(STR_EMPTY), CB_NONE);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exchanges),
        cmocka_unit_test(test_server_refuses),
        cmocka_unit_test(test_server_refuses_length),
        cmocka_unit_test(test_mechanisms_not_offered),
        cmocka_unit_test(test_no_initial_response),
        cmocka_unit_test(test_unknown_names_look_known),
        cmocka_unit_test(test_lists_hash),
        cmocka_unit_test(test_tokens),
        cmocka_unit_test(test_token_message),
        cmocka_unit_test(test_token_messages_refused),
        cmocka_unit_test(test_choices),
        cmocka_unit_test(test_early_success),
        cmocka_unit_test(test_challenge_in_plain),
        cmocka_unit_test(test_signature_in_challenge),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, make_fixtures, NULL);
}
