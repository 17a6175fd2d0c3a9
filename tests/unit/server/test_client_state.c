/* test_client_state.c - what waits for an inactive client, and what does not. */
#include "server/core/client_state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define STATE(name) "<" name " xmlns='http://jabber.org/protocol/chatstates'/>"
#define CARBON(inner)                                                                              \
    "<message from='a@b'><received xmlns='urn:xmpp:carbons:2'>"                                    \
    "<forwarded xmlns='urn:xmpp:forward:0'>" inner "</forwarded></received></message>"

static bool
hold(struct client_state *state, const char *text)
{
    struct block *block = block_new(str_from(text));
    bool holds = client_state_hold(state, block, 7);

    block_unref(block);
    return holds;
}

static void
assert_next(struct client_state *state, const char *text)
{
    struct held_stanza held;

    assert_true(client_state_pop(state, &held));
    assert_true(str_is(block_str(held.block), text));
    assert_int_equal(held.to_offset, 7);
    block_unref(held.block);
}

static void
assert_no_more(struct client_state *state)
{
    struct held_stanza held;

    assert_false(client_state_pop(state, &held));
    assert_int_equal(state->_bytes, 0);
}

static void
what_matters_does_not_wait(void **state)
{
    static const struct {
        const char *text;
        bool waits;
    } cases[] = {
        { "<presence from='a@b/c'/>", true },
        { "<presence type='unavailable' from='a@b/c'/>", true },
        { "<presence from='a@b/c'><show>away</show></presence>", true },
        { "<presence type='subscribe' from='a@b'/>", false },
        { "<presence type='subscribed' from='a@b'/>", false },
        { "<presence type='unsubscribed' from='a@b'/>", false },
        { "<presence type='error' from='a@b'/>", false },
        { "<presence from='r@m/n'><x xmlns='http://jabber.org/protocol/muc#user'>"
          "<status code='110'/></x></presence>",
          false },
        { "<message from='a@b/c'><body>x</body></message>", false },
        { "<message from='a@b/c'><body>x</body>" STATE("active") "</message>", false },
        { "<message from='a@b/c'>" STATE("composing") "</message>", true },
        { "<message from='a@b/c'><thread>t</thread>" STATE("paused") "</message>", true },
        { "<message from='a@b/c'>" STATE("gone") "<x xmlns='other'/></message>", false },
        { "<message from='a@b/c'><received xmlns='urn:xmpp:receipts' id='1'/></message>", false },
        { "<message from='a@b/c'/>", false },
        { CARBON("<message xmlns='jabber:client'>" STATE("composing") "</message>"), true },
        { CARBON("<message xmlns='jabber:client'><body>x</body>" STATE("active") "</message>"),
          false },
        { CARBON(""), false },
        { "<iq type='get' from='a@b'/>", false },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct client_state client_state;

        client_state_init(&client_state);
        assert_false(hold(&client_state, cases[i].text));
        client_state.inactive = true;
        if (hold(&client_state, cases[i].text) != cases[i].waits)
            fail_msg("%s", cases[i].text);
        client_state_fini(&client_state);
    }
}

static void
the_newest_of_each_sender_is_kept(void **state)
{
    struct client_state client_state;

    (void)state;
    client_state_init(&client_state);
    client_state.inactive = true;
    assert_true(hold(&client_state, "<presence from='a@b/1'/>"));
    assert_true(hold(&client_state, "<presence from='a@b/2'/>"));
    assert_true(hold(&client_state, "<message from='a@b/1'>" STATE("composing") "</message>"));
    assert_true(hold(&client_state, "<presence type='unavailable' from='a@b/1'/>"));
    assert_true(hold(&client_state, "<message from='a@b/1'>" STATE("paused") "</message>"));
    assert_next(&client_state, "<presence from='a@b/2'/>");
    assert_next(&client_state, "<presence type='unavailable' from='a@b/1'/>");
    assert_next(&client_state, "<message from='a@b/1'>" STATE("paused") "</message>");
    assert_no_more(&client_state);
    client_state_fini(&client_state);
}

/* A budget, not a number: then it goes like everything else. */
static void
not_everything_waits(void **state)
{
    struct client_state client_state;
    static char text[70000];
    unsigned count = 0;

    (void)state;
    client_state_init(&client_state);
    client_state.inactive = true;
    do {
        (void)snprintf(text, sizeof(text),
                       "<presence from='%u'><status>%060000d</status></presence>", count, 0);
        count++;
    } while (hold(&client_state, text));
    assert_in_range(count, 3, 6);
    client_state_fini(&client_state);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_matters_does_not_wait),
        cmocka_unit_test(the_newest_of_each_sender_is_kept),
        cmocka_unit_test(not_everything_waits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
