/* test_settlement.c - the last release tells the sender's worker, from whatever thread it comes.
 * What the session makes of it is in test_session.c. */
#include "server/core/settlement.h"
#include "server_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum {
    WORKERS = 4,
    STANZAS = 500
};

static struct server_fixture fixture;

static int
set_up(void **state)
{
    (void)state;
    server_fixture_init(&fixture, WORKERS);
    assert_int_equal(workers_start(&fixture.server), 0);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    server_fixture_fini(&fixture);
    return 0;
}

static struct stanza *
new_message(void)
{
    struct stanza *stanza = stanza_new_message(STR_EMPTY, (struct jid){ 0 });
    struct jid from;

    assert_int_equal(jid_parse(&stanza->arena, STR("anna@chat.example/phone"), &from), 0);
    stanza_set_from(stanza, from);
    return stanza;
}

static void
without_a_settlement_nothing_happens(void **state)
{
    struct stanza *stanza = new_message();

    (void)state;
    settlement_hold(stanza);
    settlement_release(stanza);
    stanza_unref(stanza);
}

static void
a_stanza_without_room_for_it_says_so(void **state)
{
    struct stanza *stanza = new_message();

    (void)state;
    while (!arena_is_full(&stanza->arena))
        (void)!arena_alloc(&stanza->arena, 8);
    settlement_begin(stanza, fixture.server.workers[0], 1, 1);
    assert_null(stanza->_settlement);
    assert_true(arena_is_full(&stanza->arena));
    stanza_unref(stanza);
}

struct batch {
    struct stanza *stanzas[STANZAS];
};

static void
release_all(struct worker *worker, void *context)
{
    struct batch *batch = context;

    (void)worker;
    for (int i = 0; i < STANZAS; i++) {
        settlement_release(batch->stanzas[i]);
        stanza_unref(batch->stanzas[i]);
    }
}

struct call {
    struct letter letter;
    struct batch *batch;
};

static void
open_call(struct letter *letter, void *context)
{
    struct call *call = CONTAINER_OF(letter, struct call, letter);

    release_all(context, call->batch);
    free(call);
}

/* All workers let go at the same time; the last one's letter goes home to a session that is not
 * there any more. */
static void
many_workers_hold_the_same_stanzas(void **state)
{
    static struct batch batch;

    (void)state;
    for (int i = 0; i < STANZAS; i++) {
        batch.stanzas[i] = new_message();
        settlement_begin(batch.stanzas[i], fixture.server.workers[i % WORKERS], 1, (uint32_t)i + 1);
        stanza_seal(batch.stanzas[i]);
        for (int n = 0; n < WORKERS; n++) {
            (void)stanza_ref(batch.stanzas[i]);
            settlement_hold(batch.stanzas[i]);
        }
    }
    for (unsigned n = 0; n < WORKERS; n++) {
        struct call *call = calloc(1, sizeof(*call));

        call->letter.open = open_call;
        call->batch = &batch;
        worker_post(fixture.server.workers[n], &call->letter);
    }
    for (int i = 0; i < STANZAS; i++)
        settlement_release(batch.stanzas[i]);
    /* The references keep what the workers still look at; leaks show that one was lost. */
    for (int i = 0; i < STANZAS; i++)
        stanza_unref(batch.stanzas[i]);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(without_a_settlement_nothing_happens),
        TEST(a_stanza_without_room_for_it_says_so),
        TEST(many_workers_hold_the_same_stanzas),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
