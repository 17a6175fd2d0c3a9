/* test_offline_rules.c - what is worth keeping, by example. */
#include "server/account/offline_rules.h"
#include "xmpp/ns.h"
#include "xmpp/xml_reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct {
    const char *xml;
    enum offline_rule rule;
} cases[] = {
    { "<message type='chat'><body>hi</body></message>", OFFLINE_KEEP },
    { "<message><body>hi</body></message>", OFFLINE_KEEP },
    { "<message type='normal'><body>hi</body></message>", OFFLINE_KEEP },
    { "<message type='strange'><body>hi</body></message>", OFFLINE_KEEP },
    { "<message type='groupchat'><body>hi</body></message>", OFFLINE_BOUNCE },
    { "<message type='headline'><body>hi</body></message>", OFFLINE_DROP },
    { "<message type='error'><body>hi</body></message>", OFFLINE_DROP },
    { "<message type='chat'/>", OFFLINE_DROP },
    { "<message> </message>", OFFLINE_DROP },
    { "<message type='chat'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>",
      OFFLINE_DROP },
    { "<message type='chat'><thread>1</thread>"
      "<gone xmlns='http://jabber.org/protocol/chatstates'/></message>",
      OFFLINE_DROP },
    { "<message type='chat'><body>hi</body>"
      "<active xmlns='http://jabber.org/protocol/chatstates'/></message>",
      OFFLINE_KEEP },
    /* An invitation and a receipt have no body, and are missed when they are lost. */
    { "<message><x xmlns='jabber:x:conference' jid='a@b'/></message>", OFFLINE_KEEP },
    { "<message type='chat'><received xmlns='urn:xmpp:receipts' id='1'/></message>", OFFLINE_KEEP },
    /* XEP-0334 */
    { "<message type='chat'><body>hi</body><no-store xmlns='urn:xmpp:hints'/></message>",
      OFFLINE_BOUNCE },
    { "<message type='chat'><body>hi</body><no-permanent-store xmlns='urn:xmpp:hints'/></message>",
      OFFLINE_BOUNCE },
    { "<message type='chat'><received xmlns='urn:xmpp:receipts' id='1'/>"
      "<no-store xmlns='urn:xmpp:hints'/></message>",
      OFFLINE_DROP },
    { "<message type='chat'><store xmlns='urn:xmpp:hints'/></message>", OFFLINE_DROP },
};

static void
keeps_what_is_worth_it(void **state)
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
        if (offline_rule_of(stanza) != cases[i].rule)
            fail_msg("%s: %d", cases[i].xml, offline_rule_of(stanza));
        stanza_unref(stanza);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_what_is_worth_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
