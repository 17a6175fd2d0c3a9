/* test_carbons_rules.c - XEP-0280 6.1, by example. */
#include "server/account/carbons_rules.h"
#include "xmpp/ns.h"
#include "xmpp/xml_reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define FROM_HOME "from='bert@a/home' to='anna@a/desk'"
#define FROM_ROOM "from='tea@rooms.a/bert' to='anna@a/desk'"
#define INVITE                                                                                     \
    "<x xmlns='http://jabber.org/protocol/muc#user'><invite from='bert@a'/></x></message>"

static const struct {
    const char *xml;
    enum carbons_rule received, sent;
} cases[] = {
    { "<message " FROM_HOME " type='chat'/>", CARBONS_COPY, CARBONS_COPY },
    { "<message " FROM_HOME "><body>hi</body></message>", CARBONS_COPY, CARBONS_COPY },
    { "<message " FROM_HOME " type='strange'><body>hi</body></message>", CARBONS_COPY,
      CARBONS_COPY },
    { "<message " FROM_HOME "><subject>hi</subject></message>", CARBONS_NEVER, CARBONS_NEVER },
    { "<message " FROM_HOME " type='headline'><body>hi</body></message>", CARBONS_NEVER,
      CARBONS_NEVER },
    { "<message " FROM_HOME " type='groupchat'><body>hi</body></message>", CARBONS_NEVER,
      CARBONS_NEVER },
    { "<message " FROM_HOME " type='error'><body>hi</body></message>", CARBONS_IF_ANSWER,
      CARBONS_IF_ANSWER },
    { "<message " FROM_HOME "><received xmlns='urn:xmpp:receipts' id='1'/></message>", CARBONS_COPY,
      CARBONS_COPY },
    { "<message " FROM_HOME "><gone xmlns='http://jabber.org/protocol/chatstates'/></message>",
      CARBONS_COPY, CARBONS_COPY },
    { "<message " FROM_HOME "><displayed xmlns='urn:xmpp:chat-markers:0' id='1'/></message>",
      CARBONS_COPY, CARBONS_COPY },
    { "<message " FROM_HOME " type='chat'><private xmlns='urn:xmpp:carbons:2'/></message>",
      CARBONS_NEVER, CARBONS_NEVER },
    { "<message " FROM_HOME " type='chat'><no-copy xmlns='urn:xmpp:hints'/></message>",
      CARBONS_NEVER, CARBONS_NEVER },
    { "<message " FROM_HOME " type='chat'><private xmlns='urn:other'/></message>", CARBONS_COPY,
      CARBONS_COPY },
    { "<message " FROM_HOME " type='chat'><received xmlns='urn:xmpp:carbons:2'/></message>",
      CARBONS_NEVER, CARBONS_NEVER },
    { "<message " FROM_HOME " type='chat'><sent xmlns='urn:xmpp:carbons:2'/></message>",
      CARBONS_NEVER, CARBONS_NEVER },
    { "<message " FROM_HOME "><x xmlns='jabber:x:conference' jid='tea@rooms.a'/></message>",
      CARBONS_COPY, CARBONS_COPY },
    /* Rooms: here, and elsewhere. */
    { "<message " FROM_ROOM " type='chat'><body>hi</body></message>", CARBONS_NEVER, CARBONS_COPY },
    { "<message from='tea@conf.b/bert' to='anna@a/desk' type='chat'><body>hi</body>"
      "<x xmlns='http://jabber.org/protocol/muc#user'/></message>",
      CARBONS_NEVER, CARBONS_COPY },
    { "<message from='tea@rooms.a' to='anna@a'>" INVITE, CARBONS_COPY, CARBONS_COPY },
    { "<message from='tea@conf.b/bert' to='anna@a'>" INVITE, CARBONS_COPY, CARBONS_COPY },
};

static void
copies_conversations(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct arena arena;
        struct element *root;
        struct stanza *stanza;

        arena_init(&arena, STANZA_ARENA_DEFAULT);
        assert_int_equal(xml_parse(&arena, str_from(cases[i].xml), NS_CLIENT, &root), 0);
        stanza = stanza_take(arena, root);
        assert_non_null(stanza);
        if (carbons_rule_of(stanza, false, STR("rooms.a")) != cases[i].received)
            fail_msg("received: %s", cases[i].xml);
        if (carbons_rule_of(stanza, true, STR("rooms.a")) != cases[i].sent)
            fail_msg("sent: %s", cases[i].xml);
        stanza_unref(stanza);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_conversations),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
