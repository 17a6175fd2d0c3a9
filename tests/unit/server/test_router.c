/* test_router.c - stanzas between entities on four workers: to the right one, in order, opened
 * first; errors for who is not there. */
#include "server_fixture.h"

#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum {
    WORKERS = 4,
    PEOPLE = 16,
    ROUNDS = 300
};

static struct server_fixture fixture;
static atomic_int received, errors, disorder, direct, opens, closes;
static atomic_bool opens_late;

/* An account that checks the numbers each sender counts in its ids. */
struct person {
    struct entity entity;
    int last[PEOPLE];
    struct timer late;
};

static int
number_of(struct str text)
{
    int64_t number;

    assert_int_equal(str_to_int64(text, 0, INT32_MAX, &number), 0);
    return (int)number;
}

static void
opened_late(struct timer *timer)
{
    struct person *person = CONTAINER_OF(timer, struct person, late);

    entity_opened(&person->entity, 0);
}

static struct entity *
open_person(struct worker *worker, struct jid bare)
{
    struct person *person = calloc(1, sizeof(*person));

    assert_ptr_equal(worker, worker_current());
    entity_init(&person->entity, fixture.server.account_kind, worker, bare);
    person->late.expired = opened_late;
    atomic_fetch_add(&opens, 1);
    if (str_starts_with(bare.local, STR("nobody")))
        entity_opened(&person->entity, E_NOT_FOUND);
    else if (str_starts_with(bare.local, STR("broken")))
        entity_opened(&person->entity, E_STORE);
    else if (atomic_load(&opens_late))
        loop_timer_set(worker->loop, &person->late, 300000);
    else
        entity_opened(&person->entity, 0);
    return &person->entity;
}

static void
receive(struct entity *entity, struct stanza *stanza)
{
    struct person *person = CONTAINER_OF(entity, struct person, entity);
    int sender, number;

    assert_ptr_equal(entity->worker, worker_current());
    if (stanza->type == TYPE_ERROR) {
        atomic_fetch_add(&errors, 1);
        return;
    }
    sender = number_of(str_slice(stanza->from.local, 1, stanza->from.local.len));
    number = number_of(stanza->id);
    if (number != person->last[sender] + 1)
        atomic_fetch_add(&disorder, 1);
    person->last[sender] = number;
    atomic_fetch_add(&received, 1);
}

static void
close_person(struct entity *entity)
{
    atomic_fetch_add(&closes, 1);
    free(CONTAINER_OF(entity, struct person, entity));
}

static const struct entity_kind person_kind = {
    .name = "account",
    .open = open_person,
    .receive = receive,
    .close = close_person,
};

static void
receive_direct(struct worker *worker, struct stanza *stanza)
{
    assert_ptr_equal(worker, worker_current());
    assert_true(jid_is_set(stanza->to));
    atomic_fetch_add(&direct, 1);
}

static const struct entity_kind host_kind = { .name = "host", .receive_direct = receive_direct };

static int
set_up(void **state)
{
    (void)state;
    atomic_store(&received, 0);
    atomic_store(&errors, 0);
    atomic_store(&disorder, 0);
    atomic_store(&direct, 0);
    atomic_store(&opens, 0);
    atomic_store(&closes, 0);
    atomic_store(&opens_late, false);
    server_fixture_init(&fixture, WORKERS);
    fixture.server.account_kind = fixture.server.room_kind = &person_kind;
    fixture.server.host_kind = &host_kind;
    assert_int_equal(workers_start(&fixture.server), 0);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    server_fixture_fini(&fixture);
    assert_int_equal(atomic_load(&closes), atomic_load(&opens));
    return 0;
}

static void
wait_for(atomic_int *counter, int value)
{
    for (int i = 0; i < 10000 && atomic_load(counter) < value; i++)
        (void)usleep(1000);
    assert_int_equal(atomic_load(counter), value);
}

static struct stanza *
message(const char *from, const char *to, int number)
{
    struct stanza *stanza = stanza_new_message(STR_EMPTY, (struct jid){ 0 });
    struct jid from_jid, to_jid;
    char id[16];

    assert_int_equal(jid_parse(&stanza->arena, str_from(from), &from_jid), 0);
    assert_int_equal(jid_parse(&stanza->arena, str_from(to), &to_jid), 0);
    (void)snprintf(id, sizeof(id), "%d", number);
    stanza_set_from(stanza, from_jid);
    stanza_set_to(stanza, to_jid);
    stanza_set_id(stanza, str_from(id));
    return stanza;
}

/* Everybody who lives on the worker writes to everybody. */
static void
write_round(struct worker *worker, void *context)
{
    int round = *(int *)context;

    for (int i = 0; i < PEOPLE; i++) {
        char from[64];

        (void)snprintf(from, sizeof(from), "p%d@chat.example", i);
        if (worker_of(worker->server, str_from(from)) != worker)
            continue;
        for (int j = 0; j < PEOPLE; j++) {
            char to[64];

            (void)snprintf(to, sizeof(to), "q%d@chat.example", j);
            router_route(worker, message(from, to, round));
        }
    }
}

static void
check_order(void)
{
    for (int round = 1; round <= ROUNDS; round++) {
        for (unsigned i = 0; i < WORKERS; i++)
            server_fixture_call(fixture.server.workers[i], write_round, &round);
    }
    wait_for(&received, ROUNDS * PEOPLE * PEOPLE);
    assert_int_equal(atomic_load(&disorder), 0);
}

static void
one_senders_stanzas_arrive_in_order(void **state)
{
    (void)state;
    check_order();
    assert_int_equal(atomic_load(&opens), PEOPLE);
}

static void
they_wait_in_order_while_it_is_opened(void **state)
{
    (void)state;
    atomic_store(&opens_late, true);
    /* Fewer than may wait: all rounds may be under way before it is open. */
    for (int round = 1; round <= 40; round++) {
        for (unsigned i = 0; i < WORKERS; i++)
            server_fixture_call(fixture.server.workers[i], write_round, &round);
    }
    wait_for(&received, 40 * PEOPLE * PEOPLE);
    assert_int_equal(atomic_load(&disorder), 0);
}

struct order {
    const char *to;
    struct str type;
    int count;
};

static void
send_order(struct worker *worker, void *context)
{
    const struct order *order = context;

    for (int i = 0; i < order->count; i++) {
        struct stanza *stanza = message("p1@chat.example", order->to, 1);

        stanza_set_type(stanza, order->type);
        router_route(worker, stanza);
    }
}

static void
who_is_not_there_is_an_error_to_the_sender(void **state)
{
    static struct order orders[] = {
        { "nobody@chat.example", { NULL, 0 }, 1 },  { "nobody@chat.example/phone", { NULL, 0 }, 1 },
        { "broken@chat.example", { NULL, 0 }, 1 },  { "elsewhere.example", { NULL, 0 }, 1 },
        { "p1@elsewhere.example", { NULL, 0 }, 1 },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(orders); i++)
        server_fixture_call(fixture.server.workers[i % WORKERS], send_order, &orders[i]);
    wait_for(&errors, (int)ARRAY_LEN(orders));
    assert_int_equal(atomic_load(&received), 0);
}

static void
errors_are_not_answered(void **state)
{
    struct order order = { "nobody@chat.example", STR("error"), 3 };

    (void)state;
    server_fixture_call(fixture.server.workers[0], send_order, &order);
    order.to = "elsewhere.example";
    server_fixture_call(fixture.server.workers[0], send_order, &order);
    (void)usleep(50000);
    assert_int_equal(atomic_load(&errors), 0);
}

static void
more_than_may_wait_is_refused(void **state)
{
    struct order order = { "q1@chat.example", { NULL, 0 }, 1500 };

    (void)state;
    atomic_store(&opens_late, true);
    server_fixture_call(fixture.server.workers[0], send_order, &order);
    wait_for(&received, 1000);
    wait_for(&errors, 500);
}

static void
the_host_is_everywhere(void **state)
{
    struct order order = { "chat.example", { NULL, 0 }, 2 };

    (void)state;
    for (unsigned i = 0; i < WORKERS; i++)
        server_fixture_call(fixture.server.workers[i], send_order, &order);
    order.to = "rooms.chat.example/x";
    server_fixture_call(fixture.server.workers[0], send_order, &order);
    wait_for(&direct, 2 * WORKERS + 2);
}

/* ---- fanout ---- */

static atomic_int fanned_out;

static void
fan_out(struct worker *worker, void *context)
{
    char(*addresses)[128] = context;
    struct fanout_recipient recipients[PEOPLE];
    struct stanza *stanza = message("lobby@rooms.chat.example/p1", "p1@chat.example", 1);
    struct stanza_wire wire;
    struct arena arena;

    arena_init(&arena, 64 * 1024);
    for (int i = 0; i < PEOPLE; i++)
        assert_int_equal(jid_parse(&arena, str_from(addresses[i]), &recipients[i].to), 0);
    assert_int_equal(stanza_serialise(stanza, &wire), 0);
    router_fanout(worker, &wire, STANZA_MESSAGE, recipients, PEOPLE);
    router_fanout(worker, &wire, STANZA_MESSAGE, recipients, 0);
    block_unref(wire.block);
    stanza_unref(stanza);
    arena_fini(&arena);
    atomic_fetch_add(&fanned_out, 1);
}

static void
bind_session(struct session *session, struct entity *account, struct str wanted)
{
    struct jid full;

    (void)account;
    assert_int_equal(jid_with_resource(&session->arena, session->jid, wanted, &full), 0);
    session_bound(session, full);
}

static void
receive_nothing(struct session *session, struct stanza *stanza)
{
    (void)session;
    stanza_unref(stanza);
}

static void
session_closed(struct session *session)
{
    (void)session;
}

static const struct session_home home = { .bind = bind_session,
                                          .receive = receive_nothing,
                                          .closed = session_closed };

static void
one_message_reaches_many_sessions(void **state)
{
    struct test_client *clients[PEOPLE];
    char addresses[PEOPLE][128];
    char resource[] = "it's <&>";

    (void)state;
    fixture.server.session_home = &home;
    for (int i = 0; i < PEOPLE; i++) {
        (void)snprintf(addresses[i], sizeof(addresses[i]), "gone%d@chat.example/x", i);
        if (i % 4 == 3)
            continue; /* nobody there: skipped */
        clients[i] = test_client_new(fixture.server.workers[i % WORKERS], "192.0.2.1:1");
        test_client_sign_in(clients[i], i % 4 ? "r" : "it&apos;s &lt;&amp;>");
        (void)snprintf(addresses[i], sizeof(addresses[i]), "%s/%s", clients[i]->bare,
                       i % 4 ? "r" : resource);
    }
    for (unsigned i = 0; i < WORKERS; i++)
        server_fixture_call(fixture.server.workers[i], fan_out, addresses);
    for (int i = 0; i < PEOPLE; i++) {
        char to[160];

        if (i % 4 == 3)
            continue;
        (void)snprintf(to, sizeof(to), "to='%s/%s'", clients[i]->bare,
                       i % 4 ? "r" : "it&apos;s &lt;&amp;&gt;");
        for (unsigned n = 0; n < WORKERS; n++)
            test_client_expect(clients[i], to);
        test_client_free(clients[i]);
    }
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(one_senders_stanzas_arrive_in_order),
        TEST(they_wait_in_order_while_it_is_opened),
        TEST(who_is_not_there_is_an_error_to_the_sender),
        TEST(errors_are_not_answered),
        TEST(more_than_may_wait_is_refused),
        TEST(the_host_is_everywhere),
        TEST(one_message_reaches_many_sessions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
