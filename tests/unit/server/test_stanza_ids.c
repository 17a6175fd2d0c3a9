/* test_stanza_ids.c - nobody but the archive gives its ids. */
#include "server/archive/stanza_ids.h"
#include "xmpp/ns.h"
#include "xmpp/xml_reader.h"
#include "xmpp/xml_writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define ID(by) "<stanza-id xmlns='urn:xmpp:sid:0' by='" by "' id='x'/>"

static struct stanza *
parse(const char *xml)
{
    struct arena arena;
    struct element *root;
    struct stanza *stanza;

    arena_init(&arena, STANZA_ARENA_DEFAULT);
    assert_int_equal(xml_parse(&arena, str_from(xml), NS_CLIENT, &root), 0);
    stanza = stanza_take(arena, root);
    assert_non_null(stanza);
    return stanza;
}

static void
assert_xml(const struct stanza *stanza, const char *expected)
{
    struct buffer out;
    char *text;

    buffer_init(&out, 64 * 1024);
    xml_write(&out, stanza->root, NS_CLIENT);
    text = str_dup(buffer_str(&out));
    assert_string_equal(text, expected);
    free(text);
    buffer_fini(&out);
}

static struct jid
anna(void)
{
    return (struct jid){ .full = STR("anna@chat.example"),
                         .bare = STR("anna@chat.example"),
                         .local = STR("anna"),
                         .domain = STR("chat.example") };
}

/* However the address is written; others' ids stay, as do a client's own. */
static void
forged_ones_go(void **state)
{
    struct stanza *stanza = parse(
        "<message>" ID("anna@chat.example") "<body/>" ID("ANNA@Chat.Example")
            ID("room@rooms.chat.example") ID("")
                ID("anna@chat.example/x") "<origin-id xmlns='urn:xmpp:sid:0' id='o'/></message>");

    (void)state;
    assert_true(stanza_ids_has(stanza, anna()));
    stanza_ids_remove(stanza, anna());
    assert_false(stanza_ids_has(stanza, anna()));
    assert_xml(stanza,
               "<message><body/>" ID("room@rooms.chat.example") ID("") ID(
                   "anna@chat.example/x") "<origin-id xmlns='urn:xmpp:sid:0' id='o'/></message>");
    stanza_unref(stanza);
}

static void
those_of_a_server_go(void **state)
{
    struct stanza *stanza = parse("<message>" ID("bert@chat.example") ID("chat.example")
                                      ID("a@other.example") ID("a@Chat.example/x") "</message>");

    (void)state;
    stanza_ids_remove_at(stanza, STR("chat.example"));
    assert_xml(stanza, "<message>" ID("a@other.example") "</message>");
    stanza_unref(stanza);
}

static void
one_is_added(void **state)
{
    struct stanza *stanza = parse("<message><body/></message>");

    (void)state;
    stanza_ids_add(stanza, anna(), STR("x"));
    assert_true(stanza_ids_has(stanza, anna()));
    assert_xml(stanza, "<message><body/>" ID("anna@chat.example") "</message>");
    stanza_unref(stanza);
}

static void
one_is_added_to_text(void **state)
{
    struct buffer id, out;

    (void)state;
    buffer_init(&id, 1024);
    buffer_init(&out, 1024);
    stanza_ids_write(&id, anna(), STR("x"));
    message_text_append(&out, STR("<message/>"), buffer_str(&id));
    assert_int_equal(buffer_len(&out), 0);
    message_text_append(&out, STR("<message><body/></message>"), buffer_str(&id));
    assert_true(str_is(buffer_str(&out), "<message><body/>" ID("anna@chat.example") "</message>"));
    buffer_fini(&out);
    buffer_fini(&id);
}

/* A counter begins again with every session. */
static void
short_ids_are_not_unique(void **state)
{
    static const struct {
        const char *xml;
        bool is;
    } cases[] = {
        { "<message/>", false },
        { "<message id='1'/>", false },
        { "<message id='msg1234'/>", false },
        { "<message id='0bd6a1f2-1'/>", true },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct stanza *stanza = parse(cases[i].xml);

        assert_int_equal(stanza_ids_is_unique(stanza), cases[i].is);
        stanza_unref(stanza);
    }
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(forged_ones_go),
        cmocka_unit_test(those_of_a_server_go),
        cmocka_unit_test(one_is_added),
        cmocka_unit_test(one_is_added_to_text),
        cmocka_unit_test(short_ids_are_not_unique),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
