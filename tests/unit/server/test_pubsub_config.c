/* test_pubsub_config.c - the table of options: what is printed is what is read, and forms. */
#include "server/pubsub/pubsub_config.h"

#include "xmpp/ns.h"
#include "xmpp/xml_reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct str
print(const struct pubsub_config *config, struct buffer *out)
{
    buffer_init(out, 100000);
    pubsub_config_print(config, out);
    assert_false(buffer_failed(out));
    return buffer_str(out);
}

static void
assert_same(const struct pubsub_config *a, const struct pubsub_config *b)
{
    struct buffer left, right;

    assert_true(str_equal(print(a, &left), print(b, &right)));
    buffer_fini(&left);
    buffer_fini(&right);
}

static void
what_is_printed_is_read(void **state)
{
    struct str groups[] = { STR("Friends\nand others"), STR("back\\slash"), STR("a=b") };
    struct pubsub_config config, again;
    struct buffer text;

    (void)state;
    pubsub_config_init(&config);
    pubsub_config_copy(&config, &(struct pubsub_config){
                                    .title = STR("T=1"),
                                    .type = STR("urn:x"),
                                    .groups = groups,
                                    .group_count = 3,
                                    .access = ACCESS_ROSTER,
                                    .max_items = PUBSUB_MAX,
                                    .max_payload = 17,
                                    .notify_sub = true,
                                });
    pubsub_config_init(&again);
    pubsub_config_parse(&again, print(&config, &text));
    assert_same(&config, &again);
    assert_int_equal(again.group_count, 3);
    assert_true(str_equal(again.groups[0], groups[0]));
    assert_true(str_equal(again.groups[1], groups[1]));
    assert_int_equal(again.max_items, PUBSUB_MAX);
    assert_int_equal(again.max_payload, 17);
    buffer_fini(&text);
    pubsub_config_fini(&config);
    pubsub_config_fini(&again);
}

static void
an_older_or_newer_text_is_read(void **state)
{
    struct pubsub_config config, defaults;

    (void)state;
    pubsub_config_init(&config);
    pubsub_config_init(&defaults);
    pubsub_config_parse(&config, STR("future=1\nnonsense\n=\naccess_model=new\nmax_items=0\n"));
    assert_same(&config, &defaults);
    pubsub_config_parse(&config, STR("access_model=open\n"));
    assert_int_equal(config.access, ACCESS_OPEN);
    pubsub_config_fini(&config);
    pubsub_config_fini(&defaults);
}

#define FORM(type, fields)                                                                         \
    "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'>"                               \
    "<value>http://jabber.org/protocol/pubsub#" type "</value></field>" fields "</x>"
#define FIELD(name, value) "<field var='pubsub#" name "'><value>" value "</value></field>"

static const struct element *
parse(struct arena *arena, const char *text)
{
    struct element *element;

    assert_int_equal(xml_parse(arena, str_from(text), NS_CLIENT, &element), 0);
    return element;
}

static void
forms_are_read(void **state)
{
    static const struct {
        const char *form;
        enum pubsub_fault fault;
    } cases[] = {
        { FORM("node_config", FIELD("title", "T")), PUBSUB_OK },
        { FORM("node_config", FIELD("max_items", "max")), PUBSUB_OK },
        { FORM("node_config", FIELD("max_items", "4294967295")), PUBSUB_OK },
        { FORM("node_config", FIELD("max_items", "4294967296")), PUBSUB_NOT_ACCEPTABLE },
        { FORM("node_config", FIELD("max_items", "-1")), PUBSUB_NOT_ACCEPTABLE },
        { FORM("node_config", FIELD("persist_items", "yes")), PUBSUB_NOT_ACCEPTABLE },
        { FORM("node_config", FIELD("access_model", "")), PUBSUB_ACCESS_MODEL },
        { FORM("node_config", FIELD("access_model", " open ")), PUBSUB_OK },
        { FORM("node_config", FIELD("item_expire", "max")), PUBSUB_OK },
        { FORM("node_config", FIELD("item_expire", "60")), PUBSUB_NOT_ACCEPTABLE },
        { FORM("node_config", FIELD("tempsub", "false")), PUBSUB_OK },
        { FORM("node_config", FIELD("tempsub", "true")), PUBSUB_NOT_ACCEPTABLE },
        { FORM("node_config", FIELD("node_type", "leaf")), PUBSUB_OK },
        { FORM("node_config", "<field var='pubsub#title'/>"), PUBSUB_OK },
        { FORM("node_config", FIELD("never_heard_of", "1")), PUBSUB_OK },
        { FORM("meta-data", FIELD("title", "T")), PUBSUB_BAD_REQUEST },
        { "<x xmlns='jabber:x:data' type='submit'/>", PUBSUB_OK },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct pubsub_config config;
        struct arena arena;

        arena_init(&arena, 100000);
        pubsub_config_init(&config);
        assert_int_equal(pubsub_config_submit(&config, parse(&arena, cases[i].form)),
                         cases[i].fault);
        pubsub_config_fini(&config);
        arena_fini(&arena);
    }
}

static void
a_bad_form_changes_nothing(void **state)
{
    struct pubsub_config config, defaults;
    struct arena arena;

    (void)state;
    arena_init(&arena, 100000);
    pubsub_config_init(&config);
    pubsub_config_init(&defaults);
    assert_int_equal(pubsub_config_submit(
                         &config, parse(&arena, FORM("node_config", FIELD("title", "New")
                                                                        FIELD("max_items", "x")))),
                     PUBSUB_NOT_ACCEPTABLE);
    assert_same(&config, &defaults);
    pubsub_config_fini(&config);
    arena_fini(&arena);
}

/* The form that is shown is one that can be submitted, and says what there is. */
static void
the_form_reads_back(void **state)
{
    struct pubsub_config config, again;
    struct element *parent;
    struct arena arena;

    (void)state;
    arena_init(&arena, 1000000);
    parent = element_new(&arena, STR("p"), STR("p"));
    pubsub_config_init(&config);
    pubsub_config_init(&again);
    assert_int_equal(
        pubsub_config_submit(
            &config,
            parse(&arena, FORM("node_config",
                               FIELD("title", "T") FIELD("access_model", "roster")
                                   FIELD("roster_groups_allowed", "G") FIELD("max_items", "7")))),
        PUBSUB_OK);
    pubsub_config_form(&config, &arena, parent, STR("form"));
    assert_int_equal(pubsub_config_submit(&again, element_first_child(parent)), PUBSUB_OK);
    assert_same(&config, &again);
    pubsub_config_fini(&config);
    pubsub_config_fini(&again);
    arena_fini(&arena);
}

static void
options_are_compared(void **state)
{
    static const struct {
        const char *fields;
        enum pubsub_fault fault;
    } cases[] = {
        { FORM("publish-options", ""), PUBSUB_OK },
        { FORM("publish-options", FIELD("access_model", "presence")), PUBSUB_OK },
        { FORM("publish-options", FIELD("persist_items", "1")), PUBSUB_OK },
        { FORM("publish-options", FIELD("max_items", "1")), PUBSUB_OK },
        { FORM("publish-options", FIELD("max_items", "max")), PUBSUB_PRECONDITION },
        { FORM("publish-options", FIELD("roster_groups_allowed", "G")), PUBSUB_PRECONDITION },
        { FORM("publish-options", FIELD("item_expire", "60")), PUBSUB_PRECONDITION },
        { FORM("publish-options", FIELD("odd", "60")), PUBSUB_PRECONDITION },
        { FORM("node_config", FIELD("max_items", "1")), PUBSUB_BAD_REQUEST },
    };
    struct pubsub_config config;

    (void)state;
    pubsub_config_init(&config);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct arena arena;

        arena_init(&arena, 100000);
        assert_int_equal(pubsub_config_check_options(&config, parse(&arena, cases[i].fields)),
                         cases[i].fault);
        arena_fini(&arena);
    }
    pubsub_config_fini(&config);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_printed_is_read), cmocka_unit_test(an_older_or_newer_text_is_read),
        cmocka_unit_test(forms_are_read),          cmocka_unit_test(a_bad_form_changes_nothing),
        cmocka_unit_test(the_form_reads_back),     cmocka_unit_test(options_are_compared),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
