/* test_store_pubsub.c - publish-subscribe nodes and vCards, as seen through store.h. */
#include "base/error.h"
#include "store_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define NODE "urn:example:node"

static int
put_node(struct store_fixture *fixture, const char *name, const char *config, int64_t keep)
{
    struct store_pubsub_node_put *put = FIXTURE_CALL(fixture, pubsub_node_put, PUBSUB_NODE_PUT);
    int r;

    put->name = STR("anna");
    put->node = (struct store_pubsub_node){ str_from(name), str_from(config), 42 };
    put->keep = keep;
    r = store_fixture_run(fixture, &put->call);
    store_call_free(&put->call);
    return r;
}

/* "anna" has a node. */
static int
set_up(void **state)
{
    struct store_fixture *fixture = malloc(sizeof(*fixture));

    store_fixture_init(fixture);
    store_fixture_open(fixture);
    assert_int_equal(store_fixture_add_account(fixture, "anna"), 0);
    assert_int_equal(put_node(fixture, NODE, "a=1\n", 100), 0);
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

#define assert_str(view, text)                                                                     \
    do {                                                                                           \
        struct str view_ = (view);                                                                 \
        assert_int_equal(view_.len, strlen(text));                                                 \
        assert_memory_equal(view_.data ? view_.data : "", (text), view_.len);                      \
    } while (0)

/* Publishes; `evicted` (may be NULL) gets the ids that went, joined. */
struct wish {
    const char *node, *id, *xml;
    int64_t keep, bytes_max;
    bool rejects;
};

static int
publish(struct store_fixture *fixture, struct wish wish, char evicted[64])
{
    struct store_pubsub_items_put *put = FIXTURE_CALL(fixture, pubsub_items_put, PUBSUB_ITEMS_PUT);
    struct store_pubsub_item item = {
        .id = str_from(wish.id),
        .publisher = STR("anna@a.example/phone"),
        .published_us = 7,
        .xml = str_from(wish.xml ? wish.xml : "<x/>"),
    };
    int r;

    put->name = STR("anna");
    put->node = str_from(wish.node ? wish.node : NODE);
    put->items = &item;
    put->item_count = 1;
    put->keep = wish.keep ? wish.keep : 100;
    put->rejects = wish.rejects;
    put->bytes_max = wish.bytes_max ? wish.bytes_max : 1000000;
    r = store_fixture_run(fixture, &put->call);
    if (evicted) {
        evicted[0] = '\0';
        for (size_t i = 0; i < put->ret_evicted_count; i++)
            (void)strncat(evicted, put->ret_evicted[i].data, 8);
    }
    store_call_free(&put->call);
    return r;
}

static int
publish_id(struct store_fixture *fixture, const char *id)
{
    return publish(fixture, (struct wish){ .id = id }, NULL);
}

struct page {
    enum store_pubsub_page page;
    const char *anchor;
    int64_t index;
    size_t limit;
};

/* The page's ids, joined, with the index in front: "0:abc". */
static int
load_page(struct store_fixture *fixture, struct page page, char text[64])
{
    struct store_pubsub_items_load *load =
        FIXTURE_CALL(fixture, pubsub_items_load, PUBSUB_ITEMS_LOAD);
    int r;

    load->name = STR("anna");
    load->node = STR(NODE);
    load->page = page.page;
    load->anchor = str_from(page.anchor);
    load->index = page.index;
    load->limit = page.limit;
    r = store_fixture_run(fixture, &load->call);
    (void)snprintf(text, 64, "%lld/%lld:", (long long)load->ret_index, (long long)load->ret_total);
    for (size_t i = 0; i < load->ret_count && i < 20; i++)
        (void)strncat(text, load->ret_items[i].id.data, 2);
    store_call_free(&load->call);
    return r;
}

static void
pages_are_in_the_order_of_publication(void **state)
{
    static const struct {
        struct page page;
        int status;
        const char *text;
    } cases[] = {
        { { PAGE_FIRST, NULL, 0, 2 }, 0, "0/5:bc" },
        { { PAGE_FIRST, NULL, 0, 100 }, 0, "0/5:bcdea" },
        { { PAGE_LAST, NULL, 0, 2 }, 0, "3/5:ea" },
        { { PAGE_AFTER, "c", 0, 2 }, 0, "2/5:de" },
        { { PAGE_AFTER, "a", 0, 2 }, 0, "5/5:" },
        { { PAGE_AFTER, "x", 0, 2 }, E_NOT_FOUND, "0/5:" },
        { { PAGE_AFTER, "' OR 1=1 --", 0, 2 }, E_NOT_FOUND, "0/5:" },
        { { PAGE_BEFORE, "e", 0, 2 }, 0, "1/5:cd" },
        { { PAGE_BEFORE, "x'; DROP TABLE pubsub_items; --", 0, 2 }, E_NOT_FOUND, "0/5:" },
        { { PAGE_INDEX, NULL, 3, 5 }, 0, "3/5:ea" },
        { { PAGE_INDEX, NULL, 9, 5 }, 0, "5/5:" },
        { { PAGE_FIRST, NULL, 0, 0 }, 0, "5/5:" },
    };
    char text[64];

    for (const char *id = "abcde"; *id; id++)
        assert_int_equal(publish_id(*state, (char[]){ *id, '\0' }), 0);
    assert_int_equal(publish_id(*state, "a"), 0); /* again: the newest now */
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(load_page(*state, cases[i].page, text), cases[i].status);
        assert_string_equal(text, cases[i].text);
    }
}

static void
items_are_found_by_id(void **state)
{
    struct store_pubsub_items_load *load =
        FIXTURE_CALL((struct store_fixture *)*state, pubsub_items_load, PUBSUB_ITEMS_LOAD);
    struct str ids[] = { STR("b"), STR("none"), STR("a") };

    assert_int_equal(publish(*state, (struct wish){ .id = "a", .xml = "<a/>" }, NULL), 0);
    assert_int_equal(publish(*state, (struct wish){ .id = "b", .xml = "<b/>" }, NULL), 0);
    load->name = STR("anna");
    load->node = STR(NODE);
    load->ids = ids;
    load->id_count = 3;
    assert_int_equal(store_fixture_run(*state, &load->call), 0);
    assert_int_equal(load->ret_count, 2);
    assert_str(load->ret_items[0].xml, "<b/>");
    assert_str(load->ret_items[1].id, "a");
    assert_str(load->ret_items[1].publisher, "anna@a.example/phone");
    assert_int_equal(load->ret_items[1].published_us, 7);
    store_call_free(&load->call);
}

static void
the_oldest_go_or_the_new_one_is_refused(void **state)
{
    char text[64];

    assert_int_equal(publish(*state, (struct wish){ .id = "a", .keep = 2 }, text), 0);
    assert_int_equal(publish(*state, (struct wish){ .id = "b", .keep = 2 }, text), 0);
    assert_string_equal(text, "");
    assert_int_equal(publish(*state, (struct wish){ .id = "c", .keep = 2 }, text), 0);
    assert_string_equal(text, "a");
    assert_int_equal(publish(*state, (struct wish){ .id = "d", .keep = 2, .rejects = true }, text),
                     E_EXISTS);
    assert_int_equal(publish(*state, (struct wish){ .id = "b", .keep = 2, .rejects = true }, text),
                     0);
    assert_int_equal(load_page(*state, (struct page){ .limit = 9 }, text), 0);
    assert_string_equal(text, "0/2:cb");
    assert_int_equal(put_node(*state, NODE, "a=2\n", 1), 0);
    assert_int_equal(load_page(*state, (struct page){ .limit = 9 }, text), 0);
    assert_string_equal(text, "0/1:b");
}

static void
bytes_are_limited(void **state)
{
    const char *big = "<x>0123456789012345678901234567890123456789012345678901234567890123456</x>";
    char text[64];

    assert_int_equal(put_node(*state, "other", "", 9), 0);
    assert_int_equal(
        publish(*state, (struct wish){ .id = "a", .xml = big, .bytes_max = 400 }, NULL), 0);
    assert_int_equal(
        publish(*state, (struct wish){ .node = "other", .id = "b", .xml = big, .bytes_max = 400 },
                NULL),
        0);
    assert_int_equal(
        publish(*state, (struct wish){ .id = "c", .xml = big, .bytes_max = 400 }, NULL), E_FULL);
    /* One in the place of another is no more than before. */
    assert_int_equal(
        publish(*state, (struct wish){ .id = "a", .xml = big, .bytes_max = 400 }, NULL), 0);
    assert_int_equal(load_page(*state, (struct page){ .limit = 9 }, text), 0);
    assert_string_equal(text, "0/1:a");
}

static int
remove_items(struct store_fixture *fixture, struct str id, bool all, struct str publisher)
{
    struct store_pubsub_items_remove *remove =
        FIXTURE_CALL(fixture, pubsub_items_remove, PUBSUB_ITEMS_REMOVE);
    int r;

    remove->name = STR("anna");
    remove->node = STR(NODE);
    remove->ids = &id;
    remove->id_count = !all;
    remove->all = all;
    remove->publisher = publisher;
    r = store_fixture_run(fixture, &remove->call);
    store_call_free(&remove->call);
    return r;
}

static void
items_are_removed(void **state)
{
    char text[64];

    for (const char *id = "abc"; *id; id++)
        assert_int_equal(publish_id(*state, (char[]){ *id, '\0' }), 0);
    assert_int_equal(remove_items(*state, STR("b"), false, STR("bob@b.example")), E_NOT_FOUND);
    assert_int_equal(remove_items(*state, STR("b"), false, STR("anna@a.example")), 0);
    assert_int_equal(remove_items(*state, STR("b"), false, STR_EMPTY), E_NOT_FOUND);
    assert_int_equal(load_page(*state, (struct page){ .limit = 9 }, text), 0);
    assert_string_equal(text, "0/2:ac");
    assert_int_equal(remove_items(*state, STR_EMPTY, true, STR_EMPTY), 0);
    assert_int_equal(load_page(*state, (struct page){ .limit = 9 }, text), 0);
    assert_string_equal(text, "0/0:");
}

static int
put_relation(struct store_fixture *fixture, bool subscription, const char *jid, int value)
{
    struct store_pubsub_affiliation_put *put = store_call_new(
        sizeof(*put), subscription ? STORE_PUBSUB_SUBSCRIPTION_PUT : STORE_PUBSUB_AFFILIATION_PUT,
        &fixture->mailbox, store_fixture_done, fixture);
    int r;

    put->name = STR("anna");
    put->relation = (struct store_pubsub_relation){ STR(NODE), str_from(jid), value };
    r = store_fixture_run(fixture, &put->call);
    store_call_free(&put->call);
    return r;
}

static struct store_pubsub_load *
load_all(struct store_fixture *fixture)
{
    struct store_pubsub_load *load = FIXTURE_CALL(fixture, pubsub_load, PUBSUB_LOAD);

    load->name = STR("anna");
    (void)store_fixture_run(fixture, &load->call);
    return load;
}

static void
nodes_come_back_with_their_people(void **state)
{
    struct store_pubsub_load *load;

    assert_int_equal(put_node(*state, NODE, "a=3\n", 100), 0);
    assert_int_equal(put_relation(*state, false, "bob@b.example", 2), 0);
    assert_int_equal(put_relation(*state, false, "carl@c.example", 2), 0);
    assert_int_equal(put_relation(*state, false, "carl@c.example", 0), 0);
    assert_int_equal(put_relation(*state, true, "bob@b.example/x", 1), 0);
    assert_int_equal(put_relation(*state, true, "bob@b.example/x", 2), 0);
    load = load_all(*state);
    assert_int_equal(load->call.status, 0);
    assert_int_equal(load->ret_node_count, 1);
    assert_str(load->ret_nodes[0].name, NODE);
    assert_str(load->ret_nodes[0].config, "a=3\n");
    assert_int_equal(load->ret_nodes[0].created_us, 42);
    assert_int_equal(load->ret_affiliation_count, 1);
    assert_str(load->ret_affiliations[0].node, NODE);
    assert_str(load->ret_affiliations[0].jid, "bob@b.example");
    assert_int_equal(load->ret_subscription_count, 1);
    assert_str(load->ret_subscriptions[0].jid, "bob@b.example/x");
    assert_int_equal(load->ret_subscriptions[0].value, 2);
    store_call_free(&load->call);
}

static void
the_newest_of_each_node_is_found(void **state)
{
    struct store_pubsub_newest_load *load =
        FIXTURE_CALL((struct store_fixture *)*state, pubsub_newest_load, PUBSUB_NEWEST_LOAD);
    struct str nodes[] = { STR("none"), STR(NODE), STR("empty") };

    assert_int_equal(put_node(*state, "empty", "", 9), 0);
    assert_int_equal(publish_id(*state, "a"), 0);
    assert_int_equal(publish_id(*state, "b"), 0);
    load->name = STR("anna");
    load->nodes = nodes;
    load->node_count = 3;
    assert_int_equal(store_fixture_run(*state, &load->call), 0);
    assert_int_equal(load->ret_count, 1);
    assert_str(load->ret_items[0].node, NODE);
    assert_str(load->ret_items[0].id, "b");
    store_call_free(&load->call);
}

static struct str
load_avatar(struct store_fixture *fixture, struct store_account_load **ret_load)
{
    struct store_account_load *load = FIXTURE_CALL(fixture, account_load, ACCOUNT_LOAD);

    load->name = STR("anna");
    assert_int_equal(store_fixture_run(fixture, &load->call), 0);
    *ret_load = load;
    return load->ret_avatar;
}

static void
an_account_is_loaded_with_its_avatar(void **state)
{
    struct store_account_load *load;
    struct wish wish = { .node = "urn:xmpp:avatar:metadata", .id = "a", .xml = "<metadata/>" };

    assert_str(load_avatar(*state, &load), "");
    store_call_free(&load->call);
    assert_int_equal(put_node(*state, wish.node, "", 1), 0);
    assert_int_equal(publish(*state, wish, NULL), 0);
    assert_str(load_avatar(*state, &load), "<metadata/>");
    store_call_free(&load->call);
}

static void
a_removed_node_leaves_nothing(void **state)
{
    struct store_fixture *fixture = *state;
    char text[64];

    assert_int_equal(publish_id(*state, "a"), 0);
    assert_int_equal(put_relation(*state, false, "bob@b.example", 2), 0);
    for (int round = 0; round < 2; round++) {
        struct store_pubsub_node_remove *remove =
            FIXTURE_CALL(fixture, pubsub_node_remove, PUBSUB_NODE_REMOVE);

        remove->name = STR("anna");
        remove->node = STR(NODE);
        assert_int_equal(store_fixture_run(fixture, &remove->call), round == 0 ? 0 : E_NOT_FOUND);
        store_call_free(&remove->call);
    }
    assert_int_equal(publish_id(*state, "a"), E_NOT_FOUND);
    assert_int_equal(put_relation(*state, true, "bob@b.example", 2), E_NOT_FOUND);
    assert_int_equal(load_page(*state, (struct page){ .limit = 9 }, text), E_NOT_FOUND);
    assert_int_equal(put_node(*state, NODE, "", 9), 0);
    assert_int_equal(load_page(*state, (struct page){ .limit = 9 }, text), 0);
    assert_string_equal(text, "0/0:");
}

static int
put_vcard(struct store_fixture *fixture, struct str xml)
{
    struct store_vcard_put *put = FIXTURE_CALL(fixture, vcard_put, VCARD_PUT);
    int r;

    put->name = STR("anna");
    put->xml = xml;
    r = store_fixture_run(fixture, &put->call);
    store_call_free(&put->call);
    return r;
}

static int
check_vcard(struct store_fixture *fixture, const char *expected)
{
    struct store_vcard_load *load = FIXTURE_CALL(fixture, vcard_load, VCARD_LOAD);
    int r;

    load->name = STR("anna");
    r = store_fixture_run(fixture, &load->call);
    assert_str(load->ret_xml, expected);
    store_call_free(&load->call);
    return r;
}

static void
a_vcard_is_kept(void **state)
{
    assert_int_equal(check_vcard(*state, ""), E_NOT_FOUND);
    assert_int_equal(put_vcard(*state, STR("<a/>")), 0);
    assert_int_equal(put_vcard(*state, STR("<b/>")), 0);
    assert_int_equal(check_vcard(*state, "<b/>"), 0);
    assert_int_equal(put_vcard(*state, STR_EMPTY), 0);
    assert_int_equal(check_vcard(*state, ""), E_NOT_FOUND);
}

static void
a_removed_account_takes_everything_along(void **state)
{
    struct store_fixture *fixture = *state;
    struct store_account_remove *remove = FIXTURE_CALL(fixture, account_remove, ACCOUNT_REMOVE);
    struct store_pubsub_load *load;

    assert_int_equal(publish_id(fixture, "a"), 0);
    assert_int_equal(put_relation(fixture, true, "bob@b.example", 2), 0);
    assert_int_equal(put_vcard(fixture, STR("<a/>")), 0);
    remove->name = STR("anna");
    assert_int_equal(store_fixture_run(fixture, &remove->call), 0);
    store_call_free(&remove->call);
    load = load_all(fixture);
    assert_int_equal(load->call.status, E_NOT_FOUND);
    store_call_free(&load->call);

    assert_int_equal(store_fixture_add_account(fixture, "anna"), 0);
    load = load_all(fixture);
    assert_int_equal(load->ret_node_count + load->ret_subscription_count, 0);
    store_call_free(&load->call);
    assert_int_equal(check_vcard(fixture, ""), E_NOT_FOUND);
}

#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        STORE_TEST(pages_are_in_the_order_of_publication),
        STORE_TEST(items_are_found_by_id),
        STORE_TEST(the_oldest_go_or_the_new_one_is_refused),
        STORE_TEST(bytes_are_limited),
        STORE_TEST(items_are_removed),
        STORE_TEST(nodes_come_back_with_their_people),
        STORE_TEST(the_newest_of_each_node_is_found),
        STORE_TEST(an_account_is_loaded_with_its_avatar),
        STORE_TEST(a_removed_node_leaves_nothing),
        STORE_TEST(a_vcard_is_kept),
        STORE_TEST(a_removed_account_takes_everything_along),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
