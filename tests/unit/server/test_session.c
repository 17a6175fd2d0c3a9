/* test_session.c - sessions on running workers, with a home that does little: it binds what is
 * wanted and routes what comes. Clients are at the other end of socket pairs. */
#include "server_fixture.h"

#include "base/clock.h"
#include "base/encoding.h"
#include "base/error.h"
#include "server/core/settlement.h"
#include "xmpp/ns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum {
    WORKERS = 3
};

static struct server_fixture fixture;
static atomic_int bound, closed, registered, sent_true, sent_false;
static atomic_bool registers_late;

/* ---- the home ---- */

static struct entity *
open_account(struct worker *worker, struct jid bare)
{
    struct entity *entity = calloc(1, sizeof(*entity));

    entity_init(entity, fixture.server.account_kind, worker, bare);
    entity_opened(entity, 0);
    return entity;
}

static void
receive_for_account(struct entity *entity, struct stanza *stanza)
{
    struct session *session = session_find(entity->worker, stanza->to.full);

    if (session)
        session_send(session, stanza);
    else
        router_reply_condition(entity->worker, stanza, "service-unavailable", STR_EMPTY);
}

static void
close_account(struct entity *entity)
{
    free(entity);
}

static const struct entity_kind fake_account_kind = {
    .name = "account",
    .open = open_account,
    .receive = receive_for_account,
    .close = close_account,
};

static void
receive_for_host(struct worker *worker, struct stanza *stanza)
{
    router_reply_condition(worker, stanza, "feature-not-implemented", STR_EMPTY);
}

static const struct entity_kind fake_host_kind = {
    .name = "host",
    .receive_direct = receive_for_host,
};

static void
bind_session(struct session *session, struct entity *account, struct str wanted)
{
    struct jid full;

    assert_ptr_equal(account->worker, session->worker);
    assert_ptr_equal(session->worker, worker_current());
    if (str_is(wanted, "refuse")) {
        session_refuse_bind(session, E_FULL);
        return;
    }
    if (wanted.len == 0)
        wanted = STR("chosen");
    assert_int_equal(jid_with_resource(&session->arena, session->jid, wanted, &full), 0);
    atomic_fetch_add(&bound, 1);
    session_bound(session, full);
}

struct receipt {
    struct session_receipt receipt;
};

static void
receipt_sent(struct session_receipt *receipt, bool arrived)
{
    atomic_fetch_add(arrived ? &sent_true : &sent_false, 1);
    free(CONTAINER_OF(receipt, struct receipt, receipt));
}

/* A stanza that is not settled, one for each worker. */
static _Thread_local struct stanza *held;

static void
free_held(struct worker *worker, void *context)
{
    struct stanza *stanza = held;

    (void)worker;
    (void)context;
    held = NULL;
    if (stanza)
        settlement_release(stanza);
    stanza_unref(stanza);
}

/* Messages to the own account, which is where those without `to` go, are orders. */
static void
obey(struct session *session, struct stanza *stanza)
{
    struct element *body = element_child(stanza->root, STR_EMPTY, STR("body"));
    struct str order = body ? body->first->text : STR_EMPTY;

    if (str_is(order, "hold")) {
        settlement_hold(stanza);
        held = stanza_ref(stanza);
    } else if (str_is(order, "free")) {
        free_held(session->worker, NULL);
    } else if (str_is(order, "receipt")) {
        struct receipt *receipt = calloc(1, sizeof(*receipt));

        receipt->receipt.sent = receipt_sent;
        session_when_sent(session, &receipt->receipt);
    } else if (str_is(order, "close")) {
        session_close(session, E_FORBIDDEN, "because & so");
    }
    stanza_unref(stanza);
}

static void
receive_from_session(struct session *session, struct stanza *stanza)
{
    assert_true(jid_equal(stanza->from, session->jid));
    if (stanza->kind == STANZA_MESSAGE && jid_equal(stanza->to, session->account->jid))
        obey(session, stanza);
    else
        router_route(session->worker, stanza);
}

static void
session_closed(struct session *session)
{
    (void)session;
    atomic_fetch_add(&closed, 1);
}

struct late_answer {
    struct letter letter;
    struct session *session;
    struct stanza *request;
};

static void
answer(struct session *session, struct stanza *request)
{
    struct stanza *result = stanza_result(request);

    session_send(session, result);
    stanza_unref(result);
    stanza_unref(request);
    atomic_fetch_add(&registered, 1);
}

static void
answer_late(struct letter *letter, void *context)
{
    struct late_answer *late = CONTAINER_OF(letter, struct late_answer, letter);

    (void)context;
    if (!atomic_load(&registers_late)) {
        answer(late->session, late->request);
        free(late);
        return;
    }
    worker_post(context, letter); /* not yet */
}

static void
register_account(struct session *session, struct stanza *request)
{
    struct late_answer *late;

    if (!atomic_load(&registers_late)) {
        answer(session, request);
        return;
    }
    late = calloc(1, sizeof(*late));
    late->letter.open = answer_late;
    late->session = session;
    late->request = request;
    worker_post(session->worker, &late->letter);
}

static const struct session_home fake_home = {
    .bind = bind_session,
    .receive = receive_from_session,
    .closed = session_closed,
    .registration = register_account,
};

/* ---- start and stop ---- */

static int
set_up(void **state)
{
    (void)state;
    atomic_store(&bound, 0);
    atomic_store(&closed, 0);
    atomic_store(&registered, 0);
    atomic_store(&sent_true, 0);
    atomic_store(&sent_false, 0);
    atomic_store(&registers_late, false);
    server_fixture_init(&fixture, WORKERS);
    fixture.server.account_kind = fixture.server.room_kind = &fake_account_kind;
    fixture.server.host_kind = &fake_host_kind;
    fixture.server.session_home = &fake_home;
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    server_fixture_fini(&fixture);
    assert_int_equal(atomic_load(&fixture.server.connections), 0);
    return 0;
}

static void
start(void)
{
    assert_int_equal(workers_start(&fixture.server), 0);
}

static struct test_client *
connect_client(void)
{
    static unsigned next;

    return test_client_new(fixture.server.workers[next++ % WORKERS], "192.0.2.1:1000");
}

static struct test_client *
guest(const char *resource)
{
    struct test_client *client = connect_client();

    test_client_sign_in(client, resource);
    return client;
}

static void
wait_for(atomic_int *counter, int value)
{
    for (int i = 0; i < 5000 && atomic_load(counter) != value; i++)
        (void)usleep(1000);
    assert_int_equal(atomic_load(counter), value);
}

/* ---- stanzas ---- */

static void
guests_talk_across_workers(void **state)
{
    struct test_client *clients[6];
    char address[6][128];

    (void)state;
    start();
    for (int i = 0; i < 6; i++) {
        clients[i] = guest("r");
        (void)snprintf(address[i], sizeof(address[i]), "%s/r", clients[i]->bare);
    }
    for (int i = 0; i < 6; i++) {
        char expected[1024];
        int to = (i + 1) % 6;

        test_client_send(clients[i],
                         "<message to='%s'><body>hello %d &amp; &lt;you&gt;</body></message>",
                         address[to], i);
        (void)snprintf(expected, sizeof(expected), "from='%s'", address[i]);
        test_client_expect(clients[to], expected);
        (void)snprintf(expected, sizeof(expected), "<body>hello %d &amp; &lt;you", i);
        test_client_expect(clients[to], expected);
    }
    for (int i = 0; i < 6; i++)
        test_client_free(clients[i]);
    wait_for(&closed, 6);
    assert_int_equal(atomic_load(&bound), 6);
}

static void
wrong_stanzas_are_answered(void **state)
{
    static const struct {
        const char *stanza, *condition;
    } cases[] = {
        { "<iq type='get' id='1'/>", "bad-request" },
        { "<iq type='get' id='1' to='chat.example'><a xmlns='a'/><b xmlns='b'/></iq>",
          "bad-request" },
        { "<iq type='set' to='chat.example'><a xmlns='a'/></iq>", "bad-request" },
        { "<iq type='gte' id='1' to='chat.example'><a xmlns='a'/></iq>", "bad-request" },
        { "<iq id='1' to='chat.example'><a xmlns='a'/></iq>", "bad-request" },
        { "<message to='@chat.example'/>", "jid-malformed" },
        { "<presence to=''/>", "jid-malformed" },
        { "<message to='a@elsewhere.example'><body>x</body></message>", "remote-server-not-found" },
        { "<message to='nobody@chat.example'><body>x</body></message>", "service-unavailable" },
        { "<iq type='get' id='1' to='chat.example'><a xmlns='a'/></iq>",
          "feature-not-implemented" },
    };
    struct test_client *client;

    (void)state;
    start();
    client = guest("r");
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        test_client_send(client, "%s", cases[i].stanza);
        test_client_expect(client, cases[i].condition);
        test_client_expect(client, "</error>");
    }
    /* Errors and results are never answered with errors. */
    test_client_send(client,
                     "<message type='error' to='a@elsewhere.example'/>"
                     "<iq type='result' to='@'/><iq type='result'/><iq type='error' id='1'/>");
    test_client_expect_not(client, "error", 200);
    test_client_free(client);
}

static void
nobody_speaks_in_anothers_name(void **state)
{
    static const char *const froms[] = { "anna@chat.example", "chat.example", "@", "" };

    (void)state;
    start();
    for (size_t i = 0; i < ARRAY_LEN(froms); i++) {
        struct test_client *client = guest("r");

        test_client_send(client, "<message from='%s' to='chat.example'/>", froms[i]);
        test_client_expect_end(client, "<invalid-from");
        test_client_free(client);
    }
    wait_for(&closed, (int)ARRAY_LEN(froms));
}

static void
a_refused_bind_can_be_tried_again(void **state)
{
    struct test_client *client;

    (void)state;
    start();
    client = guest("refuse");
    assert_int_equal(atomic_load(&bound), 0);
    test_client_send(client,
                     "<iq type='set' id='c'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>");
    test_client_expect(client, "@chat.example/chosen</jid>");
    test_client_free(client);
}

static void
a_session_is_closed_with_a_reason(void **state)
{
    struct test_client *client;

    (void)state;
    start();
    client = guest("r");
    test_client_send(client, "<message><body>close</body></message>");
    test_client_expect(client, "<policy-violation");
    test_client_expect(client, "because &amp; so");
    test_client_expect_end(client, "</stream:stream>");
    test_client_free(client);
    wait_for(&closed, 1);
}

static void
closing_is_answered(void **state)
{
    struct test_client *client;

    (void)state;
    start();
    client = guest("r");
    test_client_send(client, "</stream:stream>");
    test_client_expect_end(client, "</stream:stream>");
    test_client_free(client);
    wait_for(&closed, 1);
}

/* ---- stream management ---- */

#define SM "xmlns='urn:xmpp:sm:3'"

static void
what_is_settled_is_acknowledged(void **state)
{
    struct test_client *client;

    (void)state;
    start();
    client = guest("r");
    test_client_send(client, "<enable " SM " resume='true'/>");
    test_client_expect(client, "<enabled " SM "/>");
    test_client_send(client, "<r " SM "/>");
    test_client_expect(client, "<a " SM " h='0'/>");
    test_client_send(client, "<message><body>x</body></message><iq type='get'/><r " SM "/>");
    test_client_expect(client, "<a " SM " h='2'/>");
    test_client_send(client, "<enable " SM "/>");
    test_client_expect(client, "<failed");
    test_client_free(client);
}

static void
what_is_held_is_acknowledged_later(void **state)
{
    struct test_client *client;

    (void)state;
    start();
    client = guest("r");
    test_client_send(client, "<enable " SM "/>");
    test_client_send(client, "<message><body>hold</body></message><message/><message/><r " SM "/>");
    test_client_expect(client, "<a " SM " h='0'/>");
    test_client_expect_not(client, "<a", 100);
    test_client_send(client, "<message><body>free</body></message>");
    test_client_expect(client, "<a " SM " h='3'/>");
    test_client_send(client, "<r " SM "/>");
    test_client_expect(client, "<a " SM " h='4'/>");
    test_client_free(client);
}

/* A sender who is ahead of the disk waits; nothing is lost. */
static void
the_window_of_unsettled_stanzas_is_bounded(void **state)
{
    struct test_client *client;
    char h[32];

    (void)state;
    start();
    client = guest("r");
    test_client_send(client, "<enable " SM "/><message><body>hold</body></message>");
    test_client_expect(client, "<enabled");
    for (int i = 0; i < 400; i++)
        test_client_send(client, "<message/>");
    test_client_send(client, "<r " SM "/>");
    test_client_expect_not(client, "<a", 200);
    for (unsigned i = 0; i < WORKERS; i++)
        server_fixture_call(fixture.server.workers[i], free_held, NULL);
    (void)snprintf(h, sizeof(h), "h='%d'", 401);
    test_client_expect(client, h);
    test_client_free(client);
}

static void
too_high_a_count_is_an_error(void **state)
{
    struct test_client *client;

    (void)state;
    start();
    client = guest("r");
    test_client_send(client, "<enable " SM "/><a " SM " h='1'/>");
    test_client_expect(client, "<undefined-condition");
    test_client_expect_end(client, "<handled-count-too-high " SM " h='1' send-count='0'/>");
    test_client_free(client);
}

static void
nonzas_out_of_place_are_errors(void **state)
{
    static const struct {
        const char *sent, *condition;
    } cases[] = {
        { "<r " SM "/>", "<unsupported-stanza-type" },
        { "<a " SM " h='0'/>", "<unsupported-stanza-type" },
        { "<enable " SM "/><a " SM "/>", "<bad-format" },
        { "<enable " SM "/><a " SM " h='-1'/>", "<bad-format" },
        { "<enable " SM "/><a " SM " h='4294967296'/>", "<bad-format" },
        { "<enable " SM "/><what " SM "/>", "<unsupported-stanza-type" },
    };

    (void)state;
    start();
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct test_client *client = guest("r");

        test_client_send(client, "%s", cases[i].sent);
        test_client_expect_end(client, cases[i].condition);
        test_client_free(client);
    }
}

static void
receipts_come_with_the_bytes_or_the_acknowledgement(void **state)
{
    struct test_client *client;

    (void)state;
    start();
    client = guest("r");
    test_client_send(client, "<message><body>receipt</body></message>");
    wait_for(&sent_true, 1);
    test_client_send(client, "<enable " SM "/><iq type='get'/>");
    test_client_send(client, "<message><body>receipt</body></message>");
    test_client_expect(client, "<r " SM "/>");
    assert_int_equal(atomic_load(&sent_true), 1);
    test_client_send(client, "<a " SM " h='1'/>");
    wait_for(&sent_true, 2);
    test_client_send(client, "<iq type='get'/><message><body>receipt</body></message>");
    test_client_expect(client, "<r " SM "/>");
    test_client_free(client);
    wait_for(&sent_false, 1);
    assert_int_equal(atomic_load(&sent_true), 2);
}

/* ---- time and limits ---- */

static void
signing_in_takes_not_forever(void **state)
{
    struct test_client *silent, *slow;

    (void)state;
    fixture.config.login_seconds = 1;
    start();
    silent = connect_client();
    slow = connect_client();
    test_client_send(slow, TEST_STREAM_HEADER);
    test_client_expect_end(silent, "");
    test_client_expect_end(slow, "<connection-timeout");
    test_client_free(silent);
    test_client_free(slow);
}

static void
silence_is_asked_about(void **state)
{
    struct test_client *client;

    (void)state;
    fixture.config.idle_seconds = 1;
    start();
    client = guest("r");
    test_client_expect(client, "<ping xmlns='urn:xmpp:ping'/>");
    test_client_send(client, "<iq type='result' id='jackdaw-ping' to='chat.example'/>");
    test_client_expect(client, "<ping xmlns='urn:xmpp:ping'/>");
    test_client_expect_end(client, "<connection-timeout");
    test_client_free(client);
}

static void
a_rate_slows_and_loses_nothing(void **state)
{
    int64_t begin_us;
    struct test_client *client;

    (void)state;
    fixture.config.limits = true;
    fixture.config.rate_stanzas_per_second = 20; /* bursts of 200 */
    fixture.config.rate_bytes_per_second = 1000000;
    fixture.config.max_connections_per_address = 10;
    start();
    client = guest("r");
    test_client_send(client, "<enable " SM "/>");
    begin_us = clock_monotonic_us();
    for (int i = 0; i < 215; i++)
        test_client_send(client, "<message/>");
    test_client_send(client, "<r " SM "/>");
    test_client_expect(client, "h='215'");
    assert_in_range(clock_monotonic_us() - begin_us, 500000, 5000000);
    test_client_free(client);
}

static void
connections_are_counted(void **state)
{
    struct test_client *first, *second, *third;

    (void)state;
    fixture.config.limits = true;
    fixture.config.max_connections = 3;
    fixture.config.max_connections_per_address = 1;
    start();
    first = connect_client();
    second = connect_client();
    test_client_expect_end(second, "");
    third = test_client_new(fixture.server.workers[0], "[2001:db8::1]:1000");
    test_client_send(third, TEST_STREAM_HEADER);
    test_client_expect(third, "</stream:features>");
    test_client_free(first);
    test_client_free(second);
    test_client_free(third);
}

static void
who_does_not_read_is_cut(void **state)
{
    struct test_client *reader, *writer;
    char to[128], body[4001];

    (void)state;
    start();
    reader = guest("reader");
    (void)snprintf(to, sizeof(to), "%s/reader", reader->bare);
    writer = guest("writer");
    memset(body, 'x', sizeof(body) - 1);
    body[sizeof(body) - 1] = '\0';
    for (int i = 0; i < 400 && atomic_load(&closed) == 0; i++)
        test_client_send(writer, "<message to='%s'><body>%s</body></message>", to, body);
    wait_for(&closed, 1);
    test_client_expect(writer, "service-unavailable");
    test_client_free(reader);
    test_client_free(writer);
}

/* ---- registration ---- */

#define REGISTER "<iq type='get' id='reg'><query xmlns='jabber:iq:register'/></iq>"

static void
registration_is_answered(void **state)
{
    struct test_client *client;

    (void)state;
    start();
    client = connect_client();
    test_client_send(client, TEST_STREAM_HEADER REGISTER REGISTER);
    test_client_expect(client, "id='reg'");
    test_client_expect(client, "id='reg'");
    test_client_free(client);
    wait_for(&registered, 2);
}

static void
a_late_answer_finds_a_session_that_has_gone(void **state)
{
    struct test_client *client;

    (void)state;
    atomic_store(&registers_late, true);
    start();
    client = connect_client();
    test_client_send(client, TEST_STREAM_HEADER REGISTER);
    test_client_expect(client, "</stream:features>");
    (void)usleep(50000);
    test_client_free(client);
    (void)usleep(50000);
    atomic_store(&registers_late, false);
    wait_for(&registered, 1);
}

/* ---- accounts ---- */

static void
send_plain(struct test_client *client, const char *name, const char *password)
{
    struct buffer text;
    char message[128];
    int length = snprintf(message, sizeof(message), "%c%s%c%s", 0, name, 0, password);

    buffer_init(&text, 1000);
    base64_encode(&text, (struct str){ message, (size_t)length });
    test_client_send(client,
                     "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>%.*s</auth>",
                     STR_ARG(buffer_str(&text)));
    buffer_fini(&text);
}

static struct test_client *
anna(const char *password)
{
    struct test_client *client = connect_client();

    test_client_send(client, TEST_STREAM_HEADER);
    test_client_expect(client, "</stream:features>");
    send_plain(client, "anna", password);
    return client;
}

static void
bind_phone(struct test_client *client)
{
    test_client_expect(client, "<success");
    test_client_send(client, TEST_STREAM_HEADER
                     "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
                     "<resource>phone</resource></bind></iq>");
    test_client_expect(client, "anna@chat.example/phone");
}

static void
a_new_connection_replaces_the_old(void **state)
{
    struct test_client *before, *after;

    (void)state;
    server_fixture_add_store(&fixture);
    start();
    before = anna("secret");
    bind_phone(before);
    after = anna("secret");
    bind_phone(after);
    test_client_expect_end(before, "<conflict");
    test_client_send(after, "<message to='anna@chat.example/phone'><body>me</body></message>");
    test_client_expect(after, "<body>me</body>");
    wait_for(&closed, 1);
    test_client_free(before);
    test_client_free(after);
}

static void
wrong_passwords_are_slow_and_unknown_names_the_same(void **state)
{
    struct test_client *client;
    int64_t begin_us = clock_monotonic_us();

    (void)state;
    fixture.config.limits = true;
    fixture.config.max_connections_per_address = 10;
    server_fixture_add_store(&fixture);
    start();
    client = anna("wrong");
    test_client_expect(client, "<not-authorized");
    test_client_expect(client, "</failure>");
    send_plain(client, "nobody", "wrong");
    test_client_expect(client, "<not-authorized");
    test_client_expect(client, "</failure>");
    assert_in_range(clock_monotonic_us() - begin_us, 500000, 5000000);
    send_plain(client, "anna", "secret");
    bind_phone(client);
    test_client_free(client);
}

/* ---- the end ---- */

static void
a_stop_tells_everybody(void **state)
{
    struct test_client *clients[5];
    int64_t begin_us;

    (void)state;
    start();
    for (int i = 0; i < 4; i++)
        clients[i] = guest("r");
    clients[4] = connect_client();
    begin_us = clock_monotonic_us();
    workers_stop(&fixture.server);
    assert_true(clock_monotonic_us() - begin_us < 2000000);
    for (int i = 0; i < 4; i++)
        test_client_expect_end(clients[i], "<system-shutdown");
    test_client_expect_end(clients[4], "");
    for (int i = 0; i < 5; i++)
        test_client_free(clients[i]);
    assert_int_equal(atomic_load(&closed), 4);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(guests_talk_across_workers),
        TEST(wrong_stanzas_are_answered),
        TEST(nobody_speaks_in_anothers_name),
        TEST(a_refused_bind_can_be_tried_again),
        TEST(a_session_is_closed_with_a_reason),
        TEST(closing_is_answered),
        TEST(what_is_settled_is_acknowledged),
        TEST(what_is_held_is_acknowledged_later),
        TEST(the_window_of_unsettled_stanzas_is_bounded),
        TEST(too_high_a_count_is_an_error),
        TEST(nonzas_out_of_place_are_errors),
        TEST(receipts_come_with_the_bytes_or_the_acknowledgement),
        TEST(signing_in_takes_not_forever),
        TEST(silence_is_asked_about),
        TEST(a_rate_slows_and_loses_nothing),
        TEST(connections_are_counted),
        TEST(who_does_not_read_is_cut),
        TEST(registration_is_answered),
        TEST(a_late_answer_finds_a_session_that_has_gone),
        TEST(a_new_connection_replaces_the_old),
        TEST(wrong_passwords_are_slow_and_unknown_names_the_same),
        TEST(a_stop_tells_everybody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
