/* test_feature.c - IQs find their handler, or service-unavailable. */
#include "server/core/feature.h"
#include "server_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct server_fixture fixture;
static const char *handled; /* by whom the request was answered */

static void
handle_get(struct worker *worker, struct entity *entity, struct stanza *request)
{
    (void)worker;
    (void)entity;
    (void)request;
    handled = "get";
}

static void
handle_set(struct worker *worker, struct entity *entity, struct stanza *request)
{
    (void)worker;
    (void)entity;
    (void)request;
    handled = "set";
}

static void
handle_any(struct worker *worker, struct entity *entity, struct stanza *request)
{
    (void)worker;
    (void)entity;
    (void)request;
    handled = "any";
}

static const struct iq_handler first_iqs[] = {
    { STR_INIT("urn:one"), "query", .get = true, .handle = handle_get },
    { STR_INIT("urn:one"), "query", .set = true, .handle = handle_set },
    { .handle = NULL },
};
static const struct iq_handler second_iqs[] = {
    { STR_INIT("urn:two"), NULL, .get = true, .set = true, .handle = handle_any },
    { .handle = NULL },
};
static const struct feature first = { .name = "first", .iqs = first_iqs };
static const struct feature without = { .name = "without" };
static const struct feature second = { .name = "second", .iqs = second_iqs };
static const struct feature *const features[] = { &first, &without, &second };

/* The sender is an account that keeps the error it gets. */
static char condition[64];

static struct entity *
open_sender(struct worker *worker, struct jid bare)
{
    static struct entity entity;

    entity_init(&entity, fixture.server.account_kind, worker, bare);
    entity_opened(&entity, 0);
    return &entity;
}

static void
receive(struct entity *entity, struct stanza *stanza)
{
    (void)entity;
    (void)snprintf(condition, sizeof(condition), "%.*s", STR_ARG(stanza_error_condition(stanza)));
}

static void
close_sender(struct entity *entity)
{
    (void)entity;
}

static const struct entity_kind sender_kind = {
    .name = "account",
    .open = open_sender,
    .receive = receive,
    .close = close_sender,
};

static struct stanza *
new_request(const char *type, const char *ns, const char *name)
{
    struct stanza *stanza = stanza_new_iq(str_from(type), (struct jid){ 0 });
    struct jid from, to;

    assert_int_equal(jid_parse(&stanza->arena, STR("anna@chat.example"), &from), 0);
    assert_int_equal(jid_parse(&stanza->arena, STR("chat.example"), &to), 0);
    stanza_set_from(stanza, from);
    stanza_set_to(stanza, to);
    if (name)
        element_add(&stanza->arena, stanza->root, str_from(ns), str_from(name));
    stanza_seal(stanza);
    return stanza;
}

static void
iqs_find_their_handler(void **state)
{
    static const struct {
        const char *type, *ns, *name, *handled, *condition;
    } cases[] = {
        { "get", "urn:one", "query", "get", "" },
        { "set", "urn:one", "query", "set", "" },
        { "get", "urn:two", "whatever", "any", "" },
        { "set", "urn:two", "query", "any", "" },
        { "get", "urn:one", "other", NULL, "service-unavailable" },
        { "get", "urn:three", "query", NULL, "service-unavailable" },
        { "get", "", NULL, NULL, "service-unavailable" },
        { "result", "urn:one", "query", NULL, "" },
        { "error", "urn:one", "query", NULL, "" },
    };
    struct worker *worker;

    (void)state;
    server_fixture_init(&fixture, 1);
    fixture.server.account_kind = &sender_kind;
    worker = fixture.server.workers[0];
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct stanza *request = new_request(cases[i].type, cases[i].ns, cases[i].name);

        handled = NULL;
        condition[0] = '\0';
        feature_dispatch_iq(features, ARRAY_LEN(features), worker, NULL, request);
        router_deliver_arrivals(worker);
        assert_int_equal(!handled, !cases[i].handled);
        if (handled)
            assert_string_equal(handled, cases[i].handled);
        assert_string_equal(condition, cases[i].condition);
        stanza_unref(request);
    }
    server_fixture_fini(&fixture);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(iqs_find_their_handler),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
