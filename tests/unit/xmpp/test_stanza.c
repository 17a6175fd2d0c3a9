/* test_stanza.c - kinds, types, addresses, answers, and the bytes of a stanza. */
#include "xmpp/stanza.h"

#include "base/error.h"
#include "xmpp/ns.h"
#include "xmpp/xml_reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
assert_str(struct str actual, const char *expected)
{
    if (!str_is(actual, expected))
        fail_msg("'%.*s' is not '%s'", STR_ARG(actual), expected);
}

static struct stanza *
parse_in(const char *text, struct str ns)
{
    struct arena arena;
    struct element *root = NULL;
    arena_init(&arena, STANZA_ARENA_DEFAULT);
    if (xml_parse(&arena, str_from(text), ns, &root) != 0)
        fail_msg("cannot read %s", text);
    struct stanza *stanza = stanza_take(arena, root);
    assert_non_null(stanza);
    return stanza;
}

static struct stanza *
parse(const char *text)
{
    return parse_in(text, NS_CLIENT);
}

static void
assert_text(const struct stanza *stanza, const char *expected)
{
    struct block *block = stanza_to_block(stanza);
    assert_non_null(block);
    assert_str(block_str(block), expected);
    block_unref(block);
}

static void
test_kinds_and_types(void **state)
{
    static const struct {
        const char *text;
        enum stanza_kind kind;
        enum stanza_type type;
    } table[] = {
        { "<message/>", STANZA_MESSAGE, TYPE_NONE },
        { "<message type='normal'/>", STANZA_MESSAGE, TYPE_NONE },
        { "<message type='chat'/>", STANZA_MESSAGE, TYPE_CHAT },
        { "<message type='groupchat'/>", STANZA_MESSAGE, TYPE_GROUPCHAT },
        { "<message type='headline'/>", STANZA_MESSAGE, TYPE_HEADLINE },
        { "<message type='error'/>", STANZA_MESSAGE, TYPE_ERROR },
        { "<message type='get'/>", STANZA_MESSAGE, TYPE_UNKNOWN },
        { "<message type=''/>", STANZA_MESSAGE, TYPE_UNKNOWN },
        { "<message type='Chat'/>", STANZA_MESSAGE, TYPE_UNKNOWN },
        { "<presence/>", STANZA_PRESENCE, TYPE_NONE },
        { "<presence type='available'/>", STANZA_PRESENCE, TYPE_UNKNOWN },
        { "<presence type='unavailable'/>", STANZA_PRESENCE, TYPE_UNAVAILABLE },
        { "<presence type='subscribe'/>", STANZA_PRESENCE, TYPE_SUBSCRIBE },
        { "<presence type='subscribed'/>", STANZA_PRESENCE, TYPE_SUBSCRIBED },
        { "<presence type='unsubscribe'/>", STANZA_PRESENCE, TYPE_UNSUBSCRIBE },
        { "<presence type='unsubscribed'/>", STANZA_PRESENCE, TYPE_UNSUBSCRIBED },
        { "<presence type='probe'/>", STANZA_PRESENCE, TYPE_PROBE },
        { "<presence type='error'/>", STANZA_PRESENCE, TYPE_ERROR },
        { "<iq/>", STANZA_IQ, TYPE_NONE },
        { "<iq type='get'/>", STANZA_IQ, TYPE_GET },
        { "<iq type='set'/>", STANZA_IQ, TYPE_SET },
        { "<iq type='result'/>", STANZA_IQ, TYPE_RESULT },
        { "<iq type='error'/>", STANZA_IQ, TYPE_ERROR },
        { "<iq type='chat'/>", STANZA_IQ, TYPE_UNKNOWN },
        { "<iq xmlns='jabber:server' type='get'/>", STANZA_IQ, TYPE_GET },
        { "<iq xmlns='urn:x' type='get'/>", STANZA_OTHER, TYPE_NONE },
        { "<iq xmlns='' type='get'/>", STANZA_OTHER, TYPE_NONE },
        { "<IQ type='get'/>", STANZA_OTHER, TYPE_NONE },
        { "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>", STANZA_OTHER, TYPE_NONE },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct stanza *stanza = parse(table[i].text);
        if (stanza->kind != table[i].kind || stanza->type != table[i].type)
            fail_msg("%s: %d %d", table[i].text, (int)stanza->kind, (int)stanza->type);
        stanza_unref(stanza);
    }
}

static void
test_addresses(void **state)
{
    (void)state;
    struct stanza *stanza = parse("<message id='i' from='ANNA@X/y' to='bob@x'/>");
    assert_int_equal(stanza->error, 0);
    assert_str(stanza->id, "i");
    assert_str(stanza->from.full, "anna@x/y");
    assert_str(stanza->from.resource, "y");
    assert_str(stanza->to.bare, "bob@x");
    assert_text(stanza, "<message id='i' from='anna@x/y' to='bob@x'/>");
    stanza_unref(stanza);

    stanza = parse("<message to='@x' from='a@x'/>");
    assert_int_equal(stanza->error, E_JID);
    assert_false(jid_is_set(stanza->to));
    assert_true(jid_is_set(stanza->from));
    stanza_unref(stanza);

    stanza = parse("<message to=''/>");
    assert_int_equal(stanza->error, E_JID);
    stanza_unref(stanza);

    stanza = parse("<message/>");
    assert_int_equal(stanza->error, 0);
    assert_false(jid_is_set(stanza->to));
    assert_int_equal(stanza->id.len, 0);
    stanza_unref(stanza);
}

static void
test_take_at_the_limit(void **state)
{
    (void)state;
    for (size_t limit = 0; limit < 2000; limit += 8) {
        struct arena arena;
        arena_init(&arena, limit);
        struct element *root = element_new(&arena, NS_CLIENT, STR("iq"));
        element_set(&arena, root, STR("from"), STR("\u00C4@x"));
        stanza_unref(stanza_take(arena, root));
    }
}

static void
test_new(void **state)
{
    struct arena arena;
    struct jid to;
    (void)state;
    arena_init(&arena, 10000);
    assert_int_equal(jid_parse(&arena, STR("a@x/r"), &to), 0);
    struct stanza *message = stanza_new_message(STR("chat"), to);
    struct stanza *presence = stanza_new_presence(STR_EMPTY, (struct jid){ 0 });
    struct stanza *iq = stanza_new_iq(STR("get"), to);
    struct stanza *other = stanza_new_iq(STR("get"), to);
    arena_fini(&arena);
    assert_int_equal(message->kind, STANZA_MESSAGE);
    assert_int_equal(message->type, TYPE_CHAT);
    assert_str(message->to.full, "a@x/r");
    assert_text(message, "<message type='chat' to='a@x/r'/>");
    assert_text(presence, "<presence/>");
    assert_int_equal(iq->type, TYPE_GET);
    assert_int_equal(iq->id.len, 16);
    assert_false(str_equal(iq->id, other->id));
    stanza_unref(message);
    stanza_unref(presence);
    stanza_unref(iq);
    stanza_unref(other);
    stanza_unref(NULL);
}

static void
test_setters(void **state)
{
    (void)state;
    struct stanza *from = parse("<iq from='a@x/1'/>");
    struct stanza *stanza = parse("<iq type='get' id='1' to='b@x' from='evil@x'/>");
    stanza_set_from(stanza, from->from);
    stanza_set_to(stanza, jid_bare(from->from));
    stanza_set_id(stanza, STR("2"));
    stanza_set_type(stanza, STR("result"));
    stanza_unref(from);
    assert_str(stanza->from.resource, "1");
    assert_str(stanza->to.full, "a@x");
    assert_int_equal(stanza->type, TYPE_RESULT);
    assert_text(stanza, "<iq type='result' id='2' to='a@x' from='a@x/1'/>");
    stanza_set_to(stanza, (struct jid){ 0 });
    stanza_set_id(stanza, STR_EMPTY);
    stanza_set_type(stanza, STR_EMPTY);
    assert_false(jid_is_set(stanza->to));
    assert_int_equal(stanza->type, TYPE_NONE);
    assert_int_equal(stanza->id.len, 0);
    assert_text(stanza, "<iq from='a@x/1'/>");
    stanza_seal(stanza);
    stanza_unref(stanza);
}

static void
test_dup(void **state)
{
    (void)state;
    struct stanza *stanza = parse("<message id='1' to='a@x'><body>hi</body>"
                                  "<x xmlns='urn:x'><y/></x></message>");
    stanza_seal(stanza);
    struct stanza *copy = stanza_dup(stanza, false);
    struct stanza *shell = stanza_dup(stanza, true);
    stanza_unref(stanza);
    stanza_set_id(copy, STR("2"));
    assert_text(copy,
                "<message id='2' to='a@x'><body>hi</body><x xmlns='urn:x'><y/></x></message>");
    assert_text(shell, "<message id='1' to='a@x'/>");
    assert_str(shell->to.full, "a@x");
    stanza_unref(copy);
    stanza_unref(shell);
}

static void
test_references(void **state)
{
    (void)state;
    struct stanza *stanza = parse("<message/>");
    assert_ptr_equal(stanza_ref(stanza), stanza);
    stanza_unref(stanza);
    assert_int_equal(stanza->kind, STANZA_MESSAGE);
    stanza_unref(stanza);
}

static void
test_payload(void **state)
{
    (void)state;
    struct stanza *stanza = parse("<iq> <query xmlns='jabber:iq:roster'/><x/></iq>");
    assert_true(element_is(stanza_payload(stanza), NS_ROSTER, STR("query")));
    assert_non_null(stanza_child(stanza, NS_CLIENT, STR("x")));
    assert_null(stanza_child(stanza, NS_CLIENT, STR("query")));
    stanza_unref(stanza);
}

static void
test_result(void **state)
{
    (void)state;
    struct stanza *request = parse("<iq type='get' id='7' from='a@x/1' to='x'><q/></iq>");
    struct stanza *result = stanza_result(request);
    stanza_unref(request);
    assert_int_equal(result->type, TYPE_RESULT);
    assert_text(result, "<iq type='result' to='a@x/1' from='x' id='7'/>");
    stanza_unref(result);
}

static void
test_error_types(void **state)
{
    static const struct {
        const char *condition, *type;
    } table[] = {
        { "bad-request", "modify" },
        { "conflict", "cancel" },
        { "feature-not-implemented", "cancel" },
        { "forbidden", "auth" },
        { "gone", "cancel" },
        { "internal-server-error", "cancel" },
        { "item-not-found", "cancel" },
        { "jid-malformed", "modify" },
        { "not-acceptable", "modify" },
        { "not-allowed", "cancel" },
        { "not-authorized", "auth" },
        { "policy-violation", "modify" },
        { "recipient-unavailable", "wait" },
        { "redirect", "modify" },
        { "registration-required", "auth" },
        { "remote-server-not-found", "cancel" },
        { "remote-server-timeout", "wait" },
        { "resource-constraint", "wait" },
        { "service-unavailable", "cancel" },
        { "subscription-required", "auth" },
        { "undefined-condition", "cancel" },
        { "unexpected-request", "wait" },
    };
    struct stanza *request = parse("<iq type='set' id='1'/>");
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct stanza *error = stanza_error(request, table[i].condition, STR_EMPTY);
        const struct element *child = stanza_child(error, NS_CLIENT, STR("error"));
        assert_str(element_get(child, STR("type")), table[i].type);
        assert_str(stanza_error_condition(error), table[i].condition);
        stanza_unref(error);
    }
    stanza_unref(request);
}

static void
test_errors(void **state)
{
    (void)state;
    struct stanza *request = parse("<message type='chat' id='1' from='a@x/1' to='b@x'/>");
    struct stanza *error = stanza_error(request, "item-not-found", STR("no b"));
    assert_text(error,
                "<message type='error' to='a@x/1' from='b@x' id='1'><error type='cancel'>"
                "<item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
                "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>no b</text></error></message>");
    assert_int_equal(error->type, TYPE_ERROR);
    assert_null(stanza_error(error, "conflict", STR_EMPTY));
    stanza_unref(error);
    error = stanza_error_for(request, E_JID);
    assert_str(stanza_error_condition(error), "jid-malformed");
    stanza_unref(error);
    assert_int_equal(stanza_error_condition(request).len, 0);
    stanza_unref(request);
}

/* Every E_ value has a condition that we know a type for. */
static void
test_error_for_each_value(void **state)
{
    (void)state;
    struct stanza *request = parse("<iq type='get'/>");
    for (int value = 1; value < ERROR_INDEX_COUNT; value++)
        stanza_unref(stanza_error_for(request, -value));
    stanza_unref(request);
}

static void
test_unanswerable(void **state)
{
    static const char *const texts[] = { "<iq type='result'/>", "<iq type='error'/>",
                                         "<message type='error'/>", "<presence type='error'/>",
                                         "<x xmlns='urn:x'/>" };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct stanza *stanza = parse(texts[i]);
        assert_null(stanza_error(stanza, "conflict", STR_EMPTY));
        assert_null(stanza_error_for(stanza, E_JID));
        stanza_unref(stanza);
    }
}

static void
test_conditions_from_elsewhere(void **state)
{
    static const struct {
        const char *text, *condition;
    } table[] = {
        { "<iq type='error'/>", "" },
        { "<iq type='error'><error/></iq>", "" },
        { "<iq type='error'><error><x/></error></iq>", "" },
        { "<iq type='error'><q/><error type='x'>"
          "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>t</text><y xmlns='urn:y'/>"
          "<gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>z</gone></error></iq>",
          "gone" },
        { "<iq type='result'><error><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
          "</iq>",
          "" },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct stanza *stanza = parse(table[i].text);
        assert_str(stanza_error_condition(stanza), table[i].condition);
        stanza_unref(stanza);
    }
}

static void
test_serialise(void **state)
{
    struct stanza_wire wire;
    (void)state;
    struct stanza *stanza = parse("<message to='a@x' id='1'><body to='b'>hi</body></message>");
    assert_int_equal(stanza_serialise(stanza, &wire), 0);
    assert_str(block_str(wire.block), "<message id='1'><body to='b'>hi</body></message>");
    assert_str(str_slice(block_str(wire.block), 0, wire.to_offset), "<message");
    block_unref(wire.block);
    stanza_unref(stanza);
}

/* With `to` put in place, the bytes read as the stanza that xml_write gives. */
static void
test_serialise_other_namespace(void **state)
{
    struct stanza_wire wire;
    (void)state;
    struct stanza *stanza = parse_in("<iq to='x'/>", NS_SERVER);
    assert_int_equal(stanza_serialise(stanza, &wire), 0);
    assert_str(block_str(wire.block), "<iq xmlns='jabber:server'/>");
    assert_int_equal(wire.to_offset, 3);
    block_unref(wire.block);
    stanza_unref(stanza);
}

static void
test_too_big(void **state)
{
    struct stanza_wire wire = { .to_offset = 42 };
    struct stanza *stanza = stanza_new_message(STR_EMPTY, (struct jid){ 0 });
    static char text[300 * 1024];
    (void)state;
    memset(text, '<', sizeof(text)); /* four bytes each on the wire */
    element_add_with_text(&stanza->arena, stanza->root, STR_EMPTY, STR("body"),
                          (struct str){ text, sizeof(text) });
    stanza_seal(stanza);
    assert_int_equal(stanza_serialise(stanza, &wire), E_TOO_BIG);
    assert_int_equal(wire.to_offset, 42);
    assert_null(stanza_to_block(stanza));
    stanza_unref(stanza);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds_and_types),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_take_at_the_limit),
        cmocka_unit_test(test_new),
        cmocka_unit_test(test_setters),
        cmocka_unit_test(test_dup),
        cmocka_unit_test(test_references),
        cmocka_unit_test(test_payload),
        cmocka_unit_test(test_result),
        cmocka_unit_test(test_error_types),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_error_for_each_value),
        cmocka_unit_test(test_unanswerable),
        cmocka_unit_test(test_conditions_from_elsewhere),
        cmocka_unit_test(test_serialise),
        cmocka_unit_test(test_serialise_other_namespace),
        cmocka_unit_test(test_too_big),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
