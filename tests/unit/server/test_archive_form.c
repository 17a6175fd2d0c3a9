/* test_archive_form.c - queries are read whole or not at all. */
#include "base/error.h"
#include "server/archive/archive_form.h"
#include "server/archive/archive_query.h"
#include "store_fixture.h"
#include "xmpp/ns.h"
#include "xmpp/xml_reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define QUERY(content) "<query xmlns='urn:xmpp:mam:2'>" content "</query>"
#define FORM(fields)                                                                               \
    QUERY("<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'>"           \
          "<value>urn:xmpp:mam:2</value></field>" fields "</x>")
#define FIELD(var, value) "<field var='" var "'><value>" value "</value></field>"
#define SET(content)      QUERY("<set xmlns='http://jabber.org/protocol/rsm'>" content "</set>")

static int
set_up(void **state)
{
    struct store_fixture *fixture = calloc(1, sizeof(*fixture));

    store_fixture_init(fixture);
    store_fixture_open(fixture);
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

static int
read_query(struct store_fixture *fixture,
           const char *xml,
           struct store_archive_page *page,
           struct jid *ret_with)
{
    struct element *root;

    assert_int_equal(xml_parse(&page->call.arena, str_from(xml), NS_CLIENT, &root), 0);
    return archive_form_read(fixture->store, root, page, ret_with);
}

static void
bad_queries_have_their_errors(void **state)
{
    static const struct {
        const char *xml;
        int error;
    } cases[] = {
        { QUERY(""), 0 },
        { FORM(""), 0 },
        { FORM(FIELD("with", "anna@chat.example")), 0 },
        { FORM(FIELD("with", "a@b@c")), E_JID },
        { FORM(FIELD("start", "2026-01-01T00:00:00Z")), 0 },
        { FORM(FIELD("start", "yesterday")), E_FORMAT },
        { FORM(FIELD("end", "")), E_FORMAT },
        { FORM(FIELD("include-groupchat", "true")), 0 },
        { FORM(FIELD("{urn:xmpp:fulltext:0}fulltext", "tea time")), 0 },
        { FORM(FIELD("{http://example.com/}other", "x")), E_UNSUPPORTED },
        { FORM(FIELD("", "x")), E_UNSUPPORTED },
        { FORM(FIELD("after-id", "what")), E_NOT_FOUND },
        { FORM(FIELD("before-id", "")), E_NOT_FOUND },
        { FORM(FIELD("ids", "what")), E_NOT_FOUND },
        { FORM("<field var='ids'/>"), E_FORMAT },
        { QUERY("<x xmlns='jabber:x:data' type='submit'/>"), E_FORMAT },
        { QUERY("<x xmlns='jabber:x:data' type='form'><field var='FORM_TYPE'>"
                "<value>urn:xmpp:mam:2</value></field></x>"),
          E_FORMAT },
        { QUERY("<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'>"
                "<value>urn:xmpp:mam:1</value></field></x>"),
          E_FORMAT },
        { SET(""), 0 },
        { SET("<max>10</max>"), 0 },
        { SET("<max>-1</max>"), E_FORMAT },
        { SET("<max>many</max>"), E_FORMAT },
        { SET("<before/>"), 0 },
        { SET("<after/>"), 0 },
        { SET("<before>what</before>"), E_NOT_FOUND },
        { SET("<after>what</after>"), E_NOT_FOUND },
        { SET("<index>10</index>"), E_UNSUPPORTED },
    };
    struct store_fixture *fixture = *state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct store_archive_page *page = FIXTURE_CALL(fixture, archive_page, ARCHIVE_PAGE);
        struct jid with;

        if (read_query(fixture, cases[i].xml, page, &with) != cases[i].error)
            fail_msg("%s", cases[i].xml);
        store_call_free(&page->call);
    }
}

static void
a_page_is_never_too_large(void **state)
{
    static const struct {
        const char *xml;
        size_t limit;
        bool backwards;
    } cases[] = {
        { QUERY(""), ARCHIVE_PAGE_DEFAULT, false },
        { SET("<before/>"), ARCHIVE_PAGE_DEFAULT, true },
        { SET("<max>0</max>"), 0, false },
        { SET("<max> 7 </max>"), 7, false },
        { SET("<max>99999</max><before/>"), ARCHIVE_PAGE_MAX, true },
    };
    struct store_fixture *fixture = *state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct store_archive_page *page = FIXTURE_CALL(fixture, archive_page, ARCHIVE_PAGE);
        struct jid with;

        assert_int_equal(read_query(fixture, cases[i].xml, page, &with), 0);
        assert_int_equal(page->limit, cases[i].limit);
        assert_int_equal(page->backwards, cases[i].backwards);
        assert_true(page->byte_max > 0);
        assert_false(jid_is_set(with));
        store_call_free(&page->call);
    }
}

static void
ids_become_keys(void **state)
{
    struct store_fixture *fixture = *state;
    struct store_archive_page *page = FIXTURE_CALL(fixture, archive_page, ARCHIVE_PAGE);
    char ids[4][ARCHIVE_ID_BYTES], xml[2048];
    struct jid with;

    for (int i = 0; i < 4; i++)
        store_archive_id(fixture->store, 10 + i, ids[i]);
    (void)snprintf(xml, sizeof(xml),
                   "<query xmlns='urn:xmpp:mam:2'><x xmlns='jabber:x:data' type='submit'>"
                   "<field var='FORM_TYPE'><value>urn:xmpp:mam:2</value></field>"
                   "<field var='after-id'><value>%s</value></field>"
                   "<field var='before-id'><value>%s</value></field></x>"
                   "<set xmlns='http://jabber.org/protocol/rsm'><after>%s</after></set></query>",
                   ids[0], ids[3], ids[1]);
    assert_int_equal(read_query(fixture, xml, page, &with), 0);
    assert_int_equal(page->after, 11); /* the narrower one */
    assert_int_equal(page->before, 13);
    assert_int_equal(page->anchor_count, 3);
    store_call_free(&page->call);
    /* Each once, in order. */
    page = FIXTURE_CALL(fixture, archive_page, ARCHIVE_PAGE);
    (void)snprintf(xml, sizeof(xml),
                   "<query xmlns='urn:xmpp:mam:2'><x xmlns='jabber:x:data' type='submit'>"
                   "<field var='FORM_TYPE'><value>urn:xmpp:mam:2</value></field><field var='ids'>"
                   "<value>%s</value><value>%s</value><value>%s</value></field></x></query>",
                   ids[2], ids[0], ids[2]);
    assert_int_equal(read_query(fixture, xml, page, &with), 0);
    assert_int_equal(page->key_count, 2);
    assert_int_equal(page->keys[0], 10);
    assert_int_equal(page->keys[1], 12);
    store_call_free(&page->call);
}

static void
the_form_names_every_field(void **state)
{
    struct element *query, *form;
    struct arena arena;
    size_t count = 0;

    (void)state;
    arena_init(&arena, 1024 * 1024);
    query = element_new(&arena, NS_MAM, STR("query"));
    archive_form_write(&arena, query);
    form = element_child(query, NS_DATA_FORM, STR("x"));
    for (const struct element *field = element_first_child(form); field;
         field = element_next(field)) {
        assert_true(element_has(field, STR("var")));
        assert_false(element_child(field, NS_DATA_FORM, STR("required")));
        count++;
    }
    assert_int_equal(count, 9);
    arena_fini(&arena);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    static const struct CMUnitTest tests[] = {
        TEST(bad_queries_have_their_errors),
        TEST(a_page_is_never_too_large),
        TEST(ids_become_keys),
        TEST(the_form_names_every_field),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
