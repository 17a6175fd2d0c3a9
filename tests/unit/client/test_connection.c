/* test_connection.c - signing in at a server in the same process, in every way and with every
 * refusal. */
#include "person.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct world {
    struct fake_server *server;
    struct person *anna;
};

static int
set_up(void **state)
{
    struct world *world = g_new0(struct world, 1);
    world->server = fake_server_new();
    world->anna = person_new();
    *state = world;
    return 0;
}

static int
tear_down(void **state)
{
    struct world *world = *state;
    person_free(world->anna);
    fake_server_free(world->server);
    g_free(world);
    return 0;
}

static JdConnectionState
state_of(struct person *person)
{
    return jd_account_get_state(person->account);
}

/* ---- getting in ---- */

static void
assert_in_lobby(struct person *person, const char *nickname)
{
    JdConversation *lobby = jd_account_get_lobby(person->account);
    assert_non_null(lobby);
    assert_string_equal(jd_conversation_get_jid(lobby), FAKE_LOBBY);
    assert_true(jd_conversation_get_joined(lobby));
    assert_non_null(person_sees(person, nickname));
    assert_true(jd_member_is_self(person_sees(person, nickname)));
    assert_int_equal(state_of(person), JD_CONNECTION_ONLINE);
    assert_null(jd_account_get_last_error(person->account));
}

/* An address has no name, so this also learns the domain from the server. */
static void
with_password(void **state)
{
    struct world *world = *state;
    person_sign_in(world->anna, world->server, "Anna", "secret");
    assert_int_equal(state_of(world->anna), JD_CONNECTION_CONNECTING);
    WAIT_FOR(world->anna->signed_in == 1);
    assert_in_lobby(world->anna, "Anna");
    assert_string_equal(jd_account_get_jid(world->anna->account), "anna@" FAKE_DOMAIN);
    assert_string_equal(jd_account_get_tls_version(world->anna->account), "TLSv1.3");
    assert_false(jd_account_get_guest(world->anna->account));
    assert_int_equal(world->anna->questions, 1);
    jd_account_sign_out(world->anna->account);
    assert_int_equal(state_of(world->anna), JD_CONNECTION_OFFLINE);
    assert_null(jd_account_get_jid(world->anna->account));
    WAIT_FOR(world->server->sessions->len == 0);
}

static void
as_guest(void **state)
{
    struct world *world = *state;
    person_sign_in(world->anna, world->server, "Anna of the Green", NULL);
    WAIT_FOR(world->anna->signed_in == 1);
    assert_in_lobby(world->anna, "Anna of the Green");
    assert_true(jd_account_get_guest(world->anna->account));
}

static void
by_the_domain_that_was_named(void **state)
{
    struct world *world = *state;
    const JdSignIn details = {
        .server = "127.0.0.1",
        .port = world->server->port,
        .domain = FAKE_DOMAIN,
        .nickname = "anna",
    };
    jd_account_sign_in(world->anna->account, &details);
    WAIT_FOR(world->anna->signed_in == 1);
    assert_int_equal(world->server->connections, 2); /* the certificate is asked about between */
}

static void
by_direct_tls(void **state)
{
    struct world *world = *state;
    world->server->direct_tls = TRUE;
    person_sign_in(world->anna, world->server, "anna", "secret");
    WAIT_FOR(world->anna->signed_in == 1);
    assert_in_lobby(world->anna, "anna");
}

static void
found_by_disco_without_bookmarks(void **state)
{
    struct world *world = *state;
    world->server->has_no_bookmarks = TRUE;
    person_sign_in(world->anna, world->server, "anna", "secret");
    WAIT_FOR(world->anna->signed_in == 1);
    assert_in_lobby(world->anna, "anna");
}

static void
server_without_rooms(void **state)
{
    struct world *world = *state;
    world->server->has_no_bookmarks = world->server->has_no_rooms = TRUE;
    person_sign_in(world->anna, world->server, "anna", "secret");
    WAIT_FOR(world->anna->signed_in == 1);
    assert_null(jd_account_get_lobby(world->anna->account));
    assert_int_equal(state_of(world->anna), JD_CONNECTION_ONLINE);
}

/* ---- staying out ---- */

static void
assert_failed(struct person *person, JdClientError code)
{
    WAIT_FOR(person->failures == 1);
    if (!g_error_matches(person->failure, JD_CLIENT_ERROR, (int)code))
        fail_msg("code %d: %s", person->failure->code, person->failure->message);
    assert_int_equal(state_of(person), JD_CONNECTION_OFFLINE);
    assert_int_equal(person->signed_in, 0);
    assert_int_equal(g_list_model_get_n_items(jd_account_get_conversations(person->account)), 0);
}

static void
wrong_password(void **state)
{
    struct world *world = *state;
    person_sign_in(world->anna, world->server, "anna", "guess");
    assert_failed(world->anna, JD_CLIENT_ERROR_CREDENTIALS);
}

static void
guests_not_wanted(void **state)
{
    struct world *world = *state;
    world->server->config.offer_anonymous = false;
    person_sign_in(world->anna, world->server, "anna", NULL);
    assert_failed(world->anna, JD_CLIENT_ERROR_NO_GUESTS);
}

static void
registration_closed(void **state)
{
    struct world *world = *state;
    const JdSignIn details = {
        .server = "127.0.0.1",
        .port = world->server->port,
        .nickname = "anna",
        .password = "secret",
        .registers = TRUE,
    };
    jd_account_sign_in(world->anna->account, &details);
    assert_failed(world->anna, JD_CLIENT_ERROR_REGISTRATION);
}

static void
nickname_in_use(void **state)
{
    struct world *world = *state;
    world->server->takes_no_names = TRUE;
    person_sign_in(world->anna, world->server, "anna", NULL);
    assert_failed(world->anna, JD_CLIENT_ERROR_NICKNAME_TAKEN);
    assert_non_null(strstr(world->anna->failure->message, "anna2"));
    WAIT_FOR(world->server->sessions->len == 0);

    world->server->takes_no_names = FALSE;
    person_sign_in(world->anna, world->server, "anna2", NULL);
    WAIT_FOR(world->anna->signed_in == 1);
    assert_in_lobby(world->anna, "anna2");
}

/* With an account one is signed in whatever one is called in the lobby. */
static void
nickname_kept_for_another(void **state)
{
    struct world *world = *state;
    world->server->kept_name = "anna";
    person_sign_in(world->anna, world->server, "anna", "secret");
    WAIT_FOR(world->anna->signed_in == 1);
    assert_in_lobby(world->anna, "anna2");
    assert_string_equal(jd_account_get_nickname(world->anna->account), "anna2");
    assert_string_equal(jd_account_get_jid(world->anna->account), "anna@" FAKE_DOMAIN);
    JdConversation *lobby = jd_account_get_lobby(world->anna->account);
    /* A line is shown when the history has it. */
    WAIT_FOR(count_lines(lobby, JD_MESSAGE_NICKNAME,
                         "The nickname anna is taken; you are anna2 here.") == 1);

    /* The name to sign in with stays the account's, and nothing is told twice. */
    fake_server_cut(world->server);
    WAIT_FOR(jd_account_get_state(world->anna->account) == JD_CONNECTION_WAITING);
    jd_account_reconnect_now(world->anna->account);
    WAIT_FOR(jd_conversation_get_joined(lobby));
    assert_string_equal(jd_account_get_jid(world->anna->account), "anna@" FAKE_DOMAIN);
    WAIT_FOR(count_lines(lobby, JD_MESSAGE_NICKNAME, NULL) == 1);
    assert_int_equal(world->anna->failures, 0);
}

static void
every_nickname_is_taken(void **state)
{
    struct world *world = *state;
    world->server->takes_no_names = TRUE;
    person_sign_in(world->anna, world->server, "anna", "secret");
    WAIT_FOR(world->anna->signed_in == 1);
    assert_int_equal(world->anna->failures, 0);
    JdConversation *lobby = jd_account_get_lobby(world->anna->account);
    assert_false(jd_conversation_get_joined(lobby));
    WAIT_FOR(count_lines(lobby, JD_MESSAGE_NOTICE, "The nickname anna is taken, try anna2.") == 1);

    world->server->takes_no_names = FALSE;
    jd_account_set_nickname(world->anna->account, "Annika");
    WAIT_FOR(jd_conversation_get_joined(lobby));
    assert_in_lobby(world->anna, "Annika");
    assert_int_equal(count_lines(lobby, JD_MESSAGE_NICKNAME, NULL), 0);
}

static void
wrong_fields(void **state)
{
    struct world *world = *state;
    const JdSignIn details = { .server = "", .nickname = "anna" };
    jd_account_sign_in(world->anna->account, &details);
    assert_int_equal(world->anna->failures, 0); /* not before the caller is ready for it */
    assert_failed(world->anna, JD_CLIENT_ERROR_SERVER);
}

static void
wrong_domain(void **state)
{
    struct world *world = *state;
    const JdSignIn details = {
        .server = "127.0.0.1",
        .port = world->server->port,
        .domain = "other.example",
        .nickname = "anna",
    };
    jd_account_sign_in(world->anna->account, &details);
    assert_failed(world->anna, JD_CLIENT_ERROR_SERVER);
}

static void
nobody_listens(void **state)
{
    struct world *world = *state;
    fake_server_pause(world->server);
    person_sign_in(world->anna, world->server, "anna", NULL);
    assert_failed(world->anna, JD_CLIENT_ERROR_PORT);
}

static void
not_a_chat_server(void **state)
{
    struct world *world = *state;
    world->server->speaks_http = TRUE;
    person_sign_in(world->anna, world->server, "anna", NULL);
    assert_failed(world->anna, JD_CLIENT_ERROR_PORT);
    assert_int_equal(world->server->connections, 2); /* once each way */
}

/* An attacker who leaves <starttls/> out learns nothing (RFC 6120 13.8, CVE-2016-10027). */
static void
no_encryption_offered(void **state)
{
    struct world *world = *state;
    world->server->config.require_tls = false;
    world->server->config.offer_starttls = false;
    person_sign_in(world->anna, world->server, "anna", "secret");
    assert_failed(world->anna, JD_CLIENT_ERROR_PROTOCOL);
    assert_int_equal(world->server->sign_ins, 0);
}

/* ---- the certificate ---- */

static void
person_may_think(void **state)
{
    struct world *world = *state;
    world->anna->trusts = FALSE;
    person_sign_in(world->anna, world->server, "anna", NULL);
    WAIT_FOR(world->anna->questions == 1);
    assert_null(world->anna->pinned);
    run_for(50);
    assert_int_equal(state_of(world->anna), JD_CONNECTION_CONNECTING);
    assert_int_equal(world->server->sessions->len, 0); /* nothing waits on the wire */
    jd_account_answer_certificate(world->anna->account, TRUE);
    WAIT_FOR(world->anna->signed_in == 1);

    jd_account_sign_out(world->anna->account);
    person_sign_in(world->anna, world->server, "anna", NULL);
    WAIT_FOR(world->anna->signed_in == 2);
    assert_int_equal(world->anna->questions, 1);
}

static void
person_says_no(void **state)
{
    struct world *world = *state;
    world->anna->trusts = FALSE;
    person_sign_in(world->anna, world->server, "anna", "secret");
    WAIT_FOR(world->anna->questions == 1);
    jd_account_answer_certificate(world->anna->account, FALSE);
    assert_failed(world->anna, JD_CLIENT_ERROR_CERTIFICATE);
    assert_int_equal(world->server->sign_ins, 0);
    jd_account_answer_certificate(world->anna->account, TRUE); /* too late: nothing is asked */
    run_for(20);
    assert_int_equal(state_of(world->anna), JD_CONNECTION_OFFLINE);
}

static void
changed_certificate_raises_the_alarm(void **state)
{
    struct world *world = *state;
    person_sign_in(world->anna, world->server, "anna", NULL);
    WAIT_FOR(world->anna->signed_in == 1);
    g_autofree char *first = g_strdup(world->anna->fingerprint);
    world->anna->trusts = FALSE;
    fake_server_change_certificate(world->server);
    fake_server_cut(world->server);
    WAIT_FOR(state_of(world->anna) == JD_CONNECTION_WAITING);
    jd_account_reconnect_now(world->anna->account);
    WAIT_FOR(world->anna->questions == 2);
    assert_string_equal(world->anna->pinned, first);
    assert_string_not_equal(world->anna->fingerprint, first);

    jd_account_answer_certificate(world->anna->account, FALSE);
    assert_int_equal(state_of(world->anna), JD_CONNECTION_OFFLINE);
    assert_true(g_error_matches(jd_account_get_last_error(world->anna->account), JD_CLIENT_ERROR,
                                JD_CLIENT_ERROR_CERTIFICATE));
    assert_int_equal(world->anna->failures, 0);
}

/* ---- the face does as it likes ---- */

static void
sign_out_at_any_moment(void **state)
{
    struct world *world = *state;
    for (guint i = 0; i < 25; i++) {
        person_sign_in(world->anna, world->server, "anna", i % 2 ? "secret" : NULL);
        for (guint step = 0; step < i; step++)
            g_main_context_iteration(NULL, FALSE);
        run_for(i);
        jd_account_sign_out(world->anna->account);
        assert_int_equal(state_of(world->anna), JD_CONNECTION_OFFLINE);
    }
    assert_int_equal(world->anna->failures, 0);
    person_sign_in(world->anna, world->server, "anna", NULL);
    guint before = world->anna->signed_in;
    WAIT_FOR(world->anna->signed_in == before + 1);
}

#define JOURNEY(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        JOURNEY(with_password),
        JOURNEY(as_guest),
        JOURNEY(by_the_domain_that_was_named),
        JOURNEY(by_direct_tls),
        JOURNEY(found_by_disco_without_bookmarks),
        JOURNEY(server_without_rooms),
        JOURNEY(wrong_password),
        JOURNEY(guests_not_wanted),
        JOURNEY(registration_closed),
        JOURNEY(nickname_in_use),
        JOURNEY(nickname_kept_for_another),
        JOURNEY(every_nickname_is_taken),
        JOURNEY(wrong_fields),
        JOURNEY(wrong_domain),
        JOURNEY(nobody_listens),
        JOURNEY(not_a_chat_server),
        JOURNEY(no_encryption_offered),
        JOURNEY(person_may_think),
        JOURNEY(person_says_no),
        JOURNEY(changed_certificate_raises_the_alarm),
        JOURNEY(sign_out_at_any_moment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
