/* test_archive_rules.c - what is worth keeping. */
#include "server/archive/archive_rules.h"
#include "xmpp/ns.h"
#include "xmpp/xml_reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#define HINT(name) "<" name " xmlns='urn:xmpp:hints'/>"
#define STATE      "<composing xmlns='http://jabber.org/protocol/chatstates'/>"
#define BODY       "<body>Hello</body>"

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
rules_are_by_content(void **state)
{
    static const struct {
        const char *content;
        enum archive_rule rule;
    } cases[] = {
        { BODY, ARCHIVE_SHOWN },
        { BODY STATE, ARCHIVE_SHOWN },
        { BODY HINT("store"), ARCHIVE_SHOWN },
        { HINT("store"), ARCHIVE_SHOWN },
        { BODY HINT("no-copy"), ARCHIVE_SHOWN },
        { BODY HINT("no-store"), ARCHIVE_NOT },
        { BODY HINT("no-permanent-store"), ARCHIVE_NOT },
        { BODY HINT("store") HINT("no-store"), ARCHIVE_NOT },
        { "", ARCHIVE_NOT },
        { STATE, ARCHIVE_NOT },
        { "<thread>x</thread>", ARCHIVE_NOT },
        { "<body xmlns='other'>Hello</body>", ARCHIVE_NOT },
        { "<subject>News</subject>", ARCHIVE_QUIETLY },
        { "<request xmlns='urn:xmpp:receipts'/>", ARCHIVE_NOT },
        { "<received xmlns='urn:xmpp:receipts' id='x'/>", ARCHIVE_QUIETLY },
        { "<markable xmlns='urn:xmpp:chat-markers:0'/>", ARCHIVE_NOT },
        { "<displayed xmlns='urn:xmpp:chat-markers:0' id='x'/>", ARCHIVE_QUIETLY },
        { "<displayed xmlns='urn:xmpp:chat-markers:0' id='x'/>" HINT("no-store"), ARCHIVE_NOT },
        { "<reactions xmlns='urn:xmpp:reactions:0' id='x'/>", ARCHIVE_QUIETLY },
        { "<retract xmlns='urn:xmpp:message-retract:1' id='x'/>", ARCHIVE_QUIETLY },
        { BODY "<replace xmlns='urn:xmpp:message-correct:0' id='x'/>", ARCHIVE_SHOWN },
        { "<propose xmlns='urn:xmpp:jingle-message:0' id='x'/>", ARCHIVE_QUIETLY },
        { "<x xmlns='jabber:x:conference' jid='a@b'/>", ARCHIVE_QUIETLY },
        { "<x xmlns='http://jabber.org/protocol/muc#user'><invite/></x>", ARCHIVE_QUIETLY },
        { "<x xmlns='http://jabber.org/protocol/muc#user'><status code='104'/></x>", ARCHIVE_NOT },
        { "<event xmlns='http://jabber.org/protocol/pubsub#event'/>", ARCHIVE_NOT },
        { "<encrypted xmlns='eu.siacs.conversations.axolotl'/>", ARCHIVE_QUIETLY },
        { "<result xmlns='urn:xmpp:mam:2'/>", ARCHIVE_NOT },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char xml[1024];
        struct stanza *stanza;

        (void)snprintf(xml, sizeof(xml), "<message type='chat'>%s</message>", cases[i].content);
        stanza = parse(xml);
        if (archive_rule_of(stanza) != cases[i].rule)
            fail_msg("%s", cases[i].content);
        stanza_unref(stanza);
    }
}

static void
types_decide_what_is_a_conversation(void **state)
{
    static const struct {
        const char *xml;
        bool is;
    } cases[] = {
        { "<message><body>a</body></message>", true },
        { "<message type='normal'><body>a</body></message>", true },
        { "<message type='chat'><body>a</body></message>", true },
        { "<message type='strange'><body>a</body></message>", true },
        { "<message type='groupchat'><body>a</body></message>", false },
        { "<message type='headline'><body>a</body></message>", false },
        { "<message type='error'><body>a</body></message>", false },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct stanza *stanza = parse(cases[i].xml);

        assert_int_equal(archive_is_conversation(stanza), cases[i].is);
        stanza_unref(stanza);
    }
}

/* XEP-0334 5: an error repeats what its sender had asked for. */
static void
errors_are_not_kept(void **state)
{
    struct stanza *stanza = parse("<message type='error'>" BODY HINT("store") "</message>");

    (void)state;
    assert_int_equal(archive_rule_of(stanza), ARCHIVE_NOT);
    stanza_unref(stanza);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_are_by_content),
        cmocka_unit_test(types_decide_what_is_a_conversation),
        cmocka_unit_test(errors_are_not_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
