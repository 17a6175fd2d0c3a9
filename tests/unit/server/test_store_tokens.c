/* test_store_tokens.c - which tokens of a client are good (XEP-0484), as seen through store.h. */
#include "base/error.h"
#include "store_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum {
    CLIENTS_MAX = 32
};

static int
set_up(void **state)
{
    struct store_fixture *fixture = malloc(sizeof(*fixture));

    store_fixture_init(fixture);
    store_fixture_open(fixture);
    assert_int_equal(store_fixture_add_account(fixture, "anna"), 0);
    assert_int_equal(store_fixture_add_account(fixture, "bert"), 0);
    *state = fixture;
    return 0;
}

static int
tear_down(void **state)
{
    store_fixture_fini(*state);
    free(*state);
    return 0;
}

/* What a sign-in does: with the token `used` (NULL: a password), to get `given` (NULL: none). */
struct sign_in {
    const char *client;
    const char *used;
    bool used_is_new;
    bool invalidates;
    const char *given;
    int64_t now_us;
};

static int
sign_in(struct store_fixture *fixture, const char *name, struct sign_in how)
{
    struct store_token_settle *settle = FIXTURE_CALL(fixture, token_settle, TOKEN_SETTLE);
    int r;

    settle->name = store_keep(&settle->call, str_from(name));
    settle->client = store_keep(&settle->call, str_from(how.client));
    settle->used_salt = store_keep(&settle->call, str_from(how.used));
    settle->used_is_new = how.used_is_new;
    settle->invalidates = how.invalidates;
    settle->token = (struct store_token){
        .mechanism = store_keep(&settle->call, STR("HT-SHA-256-NONE")),
        .salt = store_keep(&settle->call, str_from(how.given)),
        .issued_us = how.now_us,
        .expires_us = how.now_us + 1000,
    };
    r = store_fixture_run(fixture, &settle->call);
    store_call_free(&settle->call);
    return r;
}

/* The salts, the current one first: "old new", "- new", "old -" or "- -". */
static void
assert_tokens(struct store_fixture *fixture,
              const char *name,
              const char *client,
              const char *expected)
{
    struct store_token_find *find = FIXTURE_CALL(fixture, token_find, TOKEN_FIND);
    struct str salts[2] = { STR("-"), STR("-") };
    char text[64];

    find->name = store_keep(&find->call, str_from(name));
    find->client = store_keep(&find->call, str_from(client));
    assert_int_equal(store_fixture_run(fixture, &find->call), 0);
    for (size_t i = 0; i < find->ret_count; i++) {
        const struct store_token *token = &find->ret_tokens[i];

        salts[token->is_new] = token->salt;
        assert_true(str_is(token->mechanism, "HT-SHA-256-NONE"));
        assert_int_equal(token->expires_us, token->issued_us + 1000);
    }
    (void)snprintf(text, sizeof(text), "%.*s %.*s", STR_ARG(salts[0]), STR_ARG(salts[1]));
    assert_string_equal(text, expected);
    store_call_free(&find->call);
}

static void
a_new_token_takes_the_place_of_the_old_when_it_is_used(void **state)
{
    assert_tokens(*state, "anna", "phone", "- -");
    assert_int_equal(sign_in(*state, "anna", (struct sign_in){ "phone", .given = "one" }), 0);
    assert_tokens(*state, "anna", "phone", "- one");
    assert_tokens(*state, "anna", "tablet", "- -");
    assert_tokens(*state, "bert", "phone", "- -");
    assert_int_equal(
        sign_in(*state, "anna", (struct sign_in){ "phone", "one", true, .given = "two" }), 0);
    assert_tokens(*state, "anna", "phone", "one two");
    /* "two" did not arrive: "one" is good still, and "two" is not any more. */
    assert_int_equal(
        sign_in(*state, "anna", (struct sign_in){ "phone", "one", false, .given = "three" }), 0);
    assert_tokens(*state, "anna", "phone", "one three");
    assert_int_equal(
        sign_in(*state, "anna", (struct sign_in){ "phone", .used = "three", .used_is_new = true }),
        0);
    assert_tokens(*state, "anna", "phone", "three -");
    /* Somebody with a token that was given up gets nothing. */
    assert_int_equal(
        sign_in(*state, "anna", (struct sign_in){ "phone", "one", false, .given = "four" }),
        E_NOT_FOUND);
    assert_tokens(*state, "anna", "phone", "three -");
    assert_int_equal(sign_in(*state, "nobody", (struct sign_in){ "phone", .given = "one" }),
                     E_NOT_FOUND);
}

static void
tokens_are_taken_back(void **state)
{
    struct sign_in first = { "phone", .given = "one" };

    assert_int_equal(sign_in(*state, "anna", first), 0);
    assert_int_equal(
        sign_in(*state, "anna", (struct sign_in){ "phone", "one", true, .given = "two" }), 0);
    assert_int_equal(
        sign_in(*state, "anna", (struct sign_in){ "phone", "one", false, .invalidates = true }), 0);
    assert_tokens(*state, "anna", "phone", "- -");
    /* XEP-0484 3.6: at once, but for what is asked for in the same breath. */
    assert_int_equal(sign_in(*state, "anna", first), 0);
    assert_int_equal(
        sign_in(*state, "anna", (struct sign_in){ "phone", "one", true, true, "two", 0 }), 0);
    assert_tokens(*state, "anna", "phone", "- two");
}

static int
set_password(struct store_fixture *fixture, const char *name)
{
    struct store_account_set_verifiers *set =
        FIXTURE_CALL(fixture, account_set_verifiers, ACCOUNT_SET_VERIFIERS);
    int r;

    set->name = store_keep(&set->call, str_from(name));
    for (unsigned i = 0; i < SCRAM_HASHES; i++)
        scram_verifier_decoy((enum scram_hash)i, STR("anna"), STR("new"), &set->verifiers[i]);
    r = store_fixture_run(fixture, &set->call);
    store_call_free(&set->call);
    return r;
}

static void
a_new_password_takes_all_back(void **state)
{
    assert_int_equal(sign_in(*state, "anna", (struct sign_in){ "phone", .given = "one" }), 0);
    assert_int_equal(sign_in(*state, "anna", (struct sign_in){ "tablet", .given = "one" }), 0);
    assert_int_equal(sign_in(*state, "bert", (struct sign_in){ "phone", .given = "one" }), 0);
    assert_int_equal(set_password(*state, "anna"), 0);
    assert_tokens(*state, "anna", "phone", "- -");
    assert_tokens(*state, "anna", "tablet", "- -");
    assert_tokens(*state, "bert", "phone", "- one");
}

static void
set_disabled(struct store_fixture *fixture, bool disabled)
{
    struct store_account_disable *disable = FIXTURE_CALL(fixture, account_disable, ACCOUNT_DISABLE);

    disable->name = store_keep(&disable->call, STR("anna"));
    disable->disabled = disabled;
    assert_int_equal(store_fixture_run(fixture, &disable->call), 0);
    store_call_free(&disable->call);
}

static void
who_may_not_sign_in_has_none(void **state)
{
    assert_int_equal(sign_in(*state, "anna", (struct sign_in){ "phone", .given = "one" }), 0);
    set_disabled(*state, true);
    assert_tokens(*state, "anna", "phone", "- -");
    set_disabled(*state, false);
    assert_tokens(*state, "anna", "phone", "- one");
}

static void
old_ones_go(void **state)
{
    char client[16];

    for (int i = 0; i < 2 * CLIENTS_MAX + 3; i++) {
        (void)snprintf(client, sizeof(client), "client%d", i);
        assert_int_equal(sign_in(*state, "anna", (struct sign_in){ client, .given = "one" }), 0);
    }
    assert_tokens(*state, "anna", "client2", "- -");
    assert_tokens(*state, "anna", "client3", "- one");
    assert_int_equal(
        sign_in(*state, "anna", (struct sign_in){ "phone", .given = "one", .now_us = 2000 }), 0);
    assert_tokens(*state, "anna", "client60", "- -");
    assert_tokens(*state, "anna", "phone", "- one");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_new_token_takes_the_place_of_the_old_when_it_is_used),
        TEST(tokens_are_taken_back),
        TEST(a_new_password_takes_all_back),
        TEST(who_may_not_sign_in_has_none),
        TEST(old_ones_go),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
