/* test_server_stream.c - the contract of the server's end: its events, its questions, its ends.
 * What goes over the wire is told by tests/wire/. */
#include "base/error.h"
#include "stream_owner.h"
#include "xmpp/ns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define HEADER                                                                                     \
    "<stream:stream to='chat.example' version='1.0' xmlns='jabber:client' "                        \
    "xmlns:stream='http://etherx.jabber.org/streams'>"
#define STARTTLS "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
/* "\0anna\0secret", "\0anna\0wrong" */
#define PLAIN(data)                                                                                \
    "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>" data "</auth>"
#define RIGHT PLAIN("AGFubmEAc2VjcmV0")
#define WRONG PLAIN("AGFubmEAd3Jvbmc=")
#define BIND                                                                                       \
    "<iq type='set' id='b1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"                       \
    "<resource>phone</resource></bind></iq>"
#define MESSAGE "<message to='bert@chat.example'><body>hello</body></message>"
#define GET     "<iq type='get' id='r1'><query xmlns='jabber:iq:register'/></iq>"

/* A stream under direct TLS whose events the test takes itself. */
static struct server_stream *
start(struct stream_owner *owner)
{
    owner_init(owner);
    owner->has_direct_tls = true;
    owner_start(owner);
    return owner->stream;
}

static void
expect(struct server_stream *stream, const char *bytes, enum server_stream_event event)
{
    server_stream_feed(stream, str_from(bytes));
    assert_int_equal(server_stream_next(stream), event);
}

/* Whether the output says `text`; and forgets it. */
static bool
says(struct server_stream *stream, const char *text)
{
    char *output = str_dup(buffer_str(server_stream_output(stream)));
    bool found = strstr(output, text) != NULL;

    buffer_clear(server_stream_output(stream));
    free(output);
    return found;
}

static void
sign_in(struct server_stream *stream)
{
    expect(stream, HEADER RIGHT, SERVER_STREAM_NEED_VERIFIER);
    server_stream_verifier(stream, owner_verifier(SCRAM_SHA_256));
    assert_int_equal(server_stream_next(stream), SERVER_STREAM_NEED_CHECK);
    server_stream_checked(stream, true);
    assert_int_equal(server_stream_next(stream), SERVER_STREAM_AUTHENTICATED);
    server_stream_success_release(stream);
}

static void
test_events(void **state)
{
    struct stream_owner owner;
    struct server_stream *stream = start(&owner);
    struct stanza *stanza;
    struct arena arena;
    struct jid full;

    (void)state;
    arena_init(&arena, 64 * 1024);
    assert_int_equal(server_stream_next(stream), SERVER_STREAM_WAIT);
    expect(stream, HEADER RIGHT, SERVER_STREAM_NEED_VERIFIER);
    assert_true(str_is(server_stream_lookup_name(stream), "anna"));
    assert_int_equal(server_stream_lookup_hash(stream), SCRAM_SHA_256);
    /* The question stops the stream; bytes wait. */
    expect(stream, HEADER BIND MESSAGE, SERVER_STREAM_WAIT);
    server_stream_verifier(stream, owner_verifier(SCRAM_SHA_256));
    assert_int_equal(server_stream_next(stream), SERVER_STREAM_NEED_CHECK);
    assert_true(str_is(server_stream_check_password(stream), "secret"));
    assert_true(scram_verifier_matches(server_stream_check_verifier(stream),
                                       server_stream_check_password(stream)));
    assert_int_equal(server_stream_next(stream), SERVER_STREAM_WAIT);
    server_stream_checked(stream, true);
    assert_int_equal(server_stream_next(stream), SERVER_STREAM_AUTHENTICATED);
    assert_true(str_is(server_stream_name(stream), "anna"));
    assert_string_equal(server_stream_mechanism(stream), "PLAIN");
    assert_false(says(stream, "<success"));
    assert_int_equal(server_stream_next(stream), SERVER_STREAM_WAIT);
    server_stream_success_release(stream);
    assert_true(says(stream, "<success"));
    assert_int_equal(server_stream_next(stream), SERVER_STREAM_BIND);
    assert_true(str_is(server_stream_wanted_resource(stream), "phone"));
    assert_int_equal(jid_parse(&arena, STR("anna@chat.example/phone"), &full), 0);
    server_stream_bound(stream, full, STR_EMPTY);
    assert_int_equal(server_stream_next(stream), SERVER_STREAM_STANZA);
    stanza = server_stream_take_stanza(stream);
    assert_int_equal(stanza->kind, STANZA_MESSAGE);
    assert_true(str_is(stanza->to.bare, "bert@chat.example"));
    stanza_unref(stanza);
    expect(stream, "<r xmlns='urn:xmpp:sm:3'/>", SERVER_STREAM_STANZA);
    expect(stream, MESSAGE, SERVER_STREAM_STANZA); /* the last one was not taken: dropped */
    server_stream_rest(stream);
    expect(stream, "</stream:stream>", SERVER_STREAM_CLOSED);
    assert_int_equal(server_stream_error(stream), 0);
    assert_int_equal(server_stream_next(stream), SERVER_STREAM_CLOSED);
    expect(stream, MESSAGE, SERVER_STREAM_CLOSED);
    arena_fini(&arena);
    owner_fini(&owner);
}

static void
test_failure_is_held_back(void **state)
{
    struct stream_owner owner;
    struct server_stream *stream = start(&owner);

    (void)state;
    expect(stream, HEADER WRONG RIGHT, SERVER_STREAM_NEED_VERIFIER);
    server_stream_verifier(stream, NULL);
    assert_int_equal(server_stream_next(stream), SERVER_STREAM_NEED_CHECK);
    server_stream_checked(stream, true); /* a decoy never matches, whatever it is compared with */
    assert_int_equal(server_stream_next(stream), SERVER_STREAM_AUTH_FAILED);
    assert_true(str_is(server_stream_name(stream), "anna"));
    assert_false(says(stream, "<failure"));
    assert_int_equal(server_stream_next(stream), SERVER_STREAM_WAIT);
    server_stream_failure_release(stream);
    assert_true(says(stream, "<failure xmlns='"
                             "urn:ietf:params:xml:ns:xmpp-sasl"
                             "'><not-authorized/></failure>"));
    assert_int_equal(server_stream_next(stream), SERVER_STREAM_NEED_VERIFIER);
    owner_fini(&owner);
}

/* Right or wrong, the answer is the same, and another attempt may follow. */
static void
test_both_outcomes_are_refused_alike(void **state)
{
    static const char *const attempts[] = { RIGHT, WRONG, RIGHT };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(attempts); i++) {
        struct stream_owner owner;
        struct server_stream *stream = start(&owner);
        const bool is_right = i == 0;
        const bool is_unseen = i == 2; /* not even looked at */

        server_stream_feed(stream, STR(HEADER));
        expect(stream, attempts[i], SERVER_STREAM_NEED_VERIFIER);
        server_stream_verifier(stream, owner_verifier(SCRAM_SHA_256));
        assert_int_equal(server_stream_next(stream), SERVER_STREAM_NEED_CHECK);
        assert_true(str_is(server_stream_name(stream), "anna"));
        if (!is_unseen) {
            server_stream_checked(stream, is_right);
            assert_int_equal(server_stream_next(stream),
                             is_right ? SERVER_STREAM_AUTHENTICATED : SERVER_STREAM_AUTH_FAILED);
        }
        buffer_clear(server_stream_output(stream));
        server_stream_refuse(stream);
        assert_true(str_is(buffer_str(server_stream_output(stream)),
                           "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
                           "<temporary-auth-failure/></failure>"));
        expect(stream, RIGHT, SERVER_STREAM_NEED_VERIFIER);
        owner_fini(&owner);
    }
}

/* Attack 33: fifty times in a row. */
static void
test_attempts_are_counted(void **state)
{
    struct stream_owner owner;
    unsigned tries = 0;

    (void)state;
    owner_init(&owner);
    owner.has_direct_tls = true;
    owner.config.auth_attempts_max = 7;
    owner_start(&owner);
    owner_feed(&owner, STR(HEADER));
    while (tries < 50 && !owner.is_closed) {
        owner_feed(&owner, STR(WRONG));
        tries++;
    }
    assert_int_equal(tries, 7);
    assert_int_equal(owner.seen[SERVER_STREAM_AUTH_FAILED], 7);
    assert_int_equal(server_stream_error(owner.stream), E_LIMIT);
    assert_true(says(owner.stream, "<policy-violation "));
    owner_fini(&owner);
}

static void
test_registration(void **state)
{
    struct stream_owner owner;
    struct server_stream *stream = start(&owner);
    struct stanza *iq, *reply;

    (void)state;
    expect(stream, HEADER GET GET, SERVER_STREAM_REGISTRATION);
    iq = server_stream_take_stanza(stream);
    assert_int_equal(server_stream_next(stream), SERVER_STREAM_WAIT);
    reply = stanza_error(iq, "resource-constraint", STR_EMPTY);
    server_stream_send(stream, reply);
    assert_true(says(stream, "<resource-constraint "));
    stanza_unref(reply);
    stanza_unref(iq);
    assert_int_equal(server_stream_next(stream), SERVER_STREAM_REGISTRATION);
    owner_fini(&owner);
}

static void
test_bind_is_refused(void **state)
{
    struct stream_owner owner;
    struct server_stream *stream = start(&owner);

    (void)state;
    sign_in(stream);
    expect(stream, HEADER BIND BIND, SERVER_STREAM_BIND);
    server_stream_refuse_bind(stream, E_EXISTS);
    assert_true(says(stream, "<conflict "));
    assert_int_equal(server_stream_next(stream), SERVER_STREAM_BIND);
    owner_fini(&owner);
}

/* The owner gives up (a deadline) while it owes an answer, which comes late. */
static void
test_late_answers(void **state)
{
    struct tls_info tls = { .active = true };
    struct stream_owner owner;
    struct server_stream *stream = start(&owner);

    (void)state;
    expect(stream, HEADER RIGHT, SERVER_STREAM_NEED_VERIFIER);
    server_stream_close(stream, E_TIMEOUT, STR_EMPTY);
    assert_true(says(stream, "<connection-timeout "));
    server_stream_verifier(stream, NULL);
    server_stream_checked(stream, true);
    server_stream_failure_release(stream);
    server_stream_bound(stream, (struct jid){ 0 }, STR_EMPTY);
    server_stream_refuse_bind(stream, E_EXISTS);
    server_stream_tls_started(stream, &tls);
    server_stream_close(stream, 0, STR_EMPTY);
    server_stream_shutdown(stream);
    assert_int_equal(buffer_len(server_stream_output(stream)), 0);
    assert_int_equal(server_stream_next(stream), SERVER_STREAM_CLOSED);
    assert_int_equal(server_stream_error(stream), E_TIMEOUT);
    owner_fini(&owner);
}

/* RFC 6120 4.9.1.2: the end before the beginning has a header as well. */
static void
test_end_before_header(void **state)
{
    struct stream_owner owner;
    struct server_stream *stream = start(&owner);

    (void)state;
    server_stream_shutdown(stream);
    assert_true(says(stream, "from='chat.example' version='1.0' xml:lang='en'><stream:error>"
                             "<system-shutdown "));
    assert_int_equal(server_stream_next(stream), SERVER_STREAM_CLOSED);
    owner_fini(&owner);

    stream = start(&owner);
    server_stream_close(stream, 0, STR_EMPTY);
    assert_true(says(stream, "xml:lang='en'></stream:stream>"));
    assert_int_equal(server_stream_error(stream), 0);
    owner_fini(&owner);
}

/* Attack 19: also bytes that are fed between the event and the handshake. */
static void
test_starttls_drops(void **state)
{
    struct stream_owner owner;
    struct server_stream *stream;

    (void)state;
    owner_init(&owner);
    owner_start(&owner);
    stream = owner.stream;
    expect(stream, HEADER STARTTLS HEADER WRONG, SERVER_STREAM_START_TLS);
    assert_true(says(stream, "<proceed "));
    expect(stream, HEADER WRONG, SERVER_STREAM_WAIT);
    server_stream_tls_started(stream, &owner.tls);
    assert_int_equal(server_stream_next(stream), SERVER_STREAM_WAIT);
    assert_int_equal(buffer_len(server_stream_output(stream)), 0);
    sign_in(stream);
    owner_fini(&owner);
}

/* A deadline while the handshake runs: not a byte in the clear. */
static void
test_end_in_handshake(void **state)
{
    struct stream_owner owner;
    struct server_stream *stream;

    (void)state;
    owner_init(&owner);
    owner_start(&owner);
    stream = owner.stream;
    expect(stream, HEADER STARTTLS, SERVER_STREAM_START_TLS);
    buffer_clear(server_stream_output(stream));
    server_stream_close(stream, E_TIMEOUT, STR("too slow"));
    assert_int_equal(buffer_len(server_stream_output(stream)), 0);
    assert_int_equal(server_stream_next(stream), SERVER_STREAM_CLOSED);
    assert_int_equal(server_stream_error(stream), E_TIMEOUT);
    owner_fini(&owner);
}

/* The limits before and after sign-in are not the same. */
static void
test_limits(void **state)
{
    static char text[20001];
    struct stream_owner owner;
    struct server_stream *stream = start(&owner);

    (void)state;
    memset(text, 'a', sizeof(text) - 1);
    owner_feed(&owner, STR(HEADER RIGHT HEADER BIND "<message><body>"));
    owner_feed(&owner, str_from(text));
    owner_feed(&owner, STR("</body></message>"));
    assert_int_equal(owner.seen[SERVER_STREAM_STANZA], 1);
    owner_fini(&owner);

    stream = start(&owner);
    owner_feed(&owner, STR(HEADER "<message><body>"));
    owner_feed(&owner, str_from(text));
    assert_true(owner.is_closed);
    assert_true(says(stream, "<policy-violation "));
    owner_fini(&owner);
}

/* An owner that goes on feeding a stream that waits for it. */
static void
test_waiting_bytes_are_bounded(void **state)
{
    static char text[64 * 1024];
    struct stream_owner owner;
    struct server_stream *stream = start(&owner);

    (void)state;
    memset(text, ' ', sizeof(text));
    expect(stream, HEADER RIGHT, SERVER_STREAM_NEED_VERIFIER);
    for (int i = 0; i < 100; i++)
        server_stream_feed(stream, (struct str){ text, sizeof(text) });
    server_stream_verifier(stream, NULL);
    assert_int_equal(server_stream_next(stream), SERVER_STREAM_NEED_CHECK);
    server_stream_checked(stream, false);
    assert_int_equal(server_stream_next(stream), SERVER_STREAM_AUTH_FAILED);
    server_stream_failure_release(stream);
    assert_int_equal(server_stream_next(stream), SERVER_STREAM_CLOSED);
    assert_int_equal(server_stream_error(stream), E_LIMIT);
    owner_fini(&owner);
}

/* Two headers are never the same (RFC 6120 4.7.3). */
static void
test_stream_ids(void **state)
{
    struct str answers[2];
    struct stream_owner owners[2];

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        (void)start(&owners[i]);
        owner_feed(&owners[i], STR(HEADER));
        answers[i] = buffer_str(server_stream_output(owners[i].stream));
    }
    assert_false(str_equal(answers[0], answers[1]));
    for (size_t i = 0; i < 2; i++)
        owner_fini(&owners[i]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_events),
        cmocka_unit_test(test_failure_is_held_back),
        cmocka_unit_test(test_both_outcomes_are_refused_alike),
        cmocka_unit_test(test_attempts_are_counted),
        cmocka_unit_test(test_registration),
        cmocka_unit_test(test_bind_is_refused),
        cmocka_unit_test(test_late_answers),
        cmocka_unit_test(test_end_before_header),
        cmocka_unit_test(test_starttls_drops),
        cmocka_unit_test(test_end_in_handshake),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_waiting_bytes_are_bounded),
        cmocka_unit_test(test_stream_ids),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
