/* test_client_stream.c - the client's end against the server's, whole, byte by byte and at random,
 * with somebody in the middle. */
#include "base/error.h"
#include "stream_pair.h"
#include "xmpp/ns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define SASL_NS_TEXT "urn:ietf:params:xml:ns:xmpp-sasl"
#define BOUND        (-1)

/* One way to sign in, and how it ends. */
struct story {
    const char *title;
    void (*prepare)(struct stream_pair *pair); /* NULL = all as usual */
    const char *find, *replace;                /* on the way to the client */
    int ends;                                  /* BOUND or an enum client_failure */
    const char *detail;  /* BOUND: the mechanism; else the condition, or NULL */
    const char *address; /* BOUND: NULL = anna's */
};

static void
as_guest(struct stream_pair *pair)
{
    pair->options.name = pair->options.password = STR_EMPTY;
}

static void
as_guest_unwelcome(struct stream_pair *pair)
{
    as_guest(pair);
    pair->owner.config.offer_anonymous = false;
}

static void
with_direct_tls(struct stream_pair *pair)
{
    pair->options.direct_tls = true;
}

static void
with_tls_1_2(struct stream_pair *pair)
{
    pair->owner.tls.binding_len[CB_TLS_EXPORTER] = 0;
}

static void
with_sha_1_plus(struct stream_pair *pair)
{
    pair->options.mechanisms = SASL_BIT(SASL_SCRAM_SHA_1_PLUS);
}

static void
with_sha_256(struct stream_pair *pair)
{
    pair->options.mechanisms = SASL_BIT(SASL_SCRAM_SHA_256);
}

static void
with_sha_1(struct stream_pair *pair)
{
    pair->options.mechanisms = SASL_BIT(SASL_SCRAM_SHA_1);
}

static void
with_plain(struct stream_pair *pair)
{
    pair->options.mechanisms = SASL_BIT(SASL_PLAIN);
}

static void
without_tls(struct stream_pair *pair)
{
    pair->options.tls_required = false;
    pair->owner.config.require_tls = pair->owner.config.offer_starttls = false;
}

static void
refusing_tls(struct stream_pair *pair)
{
    pair->options.tls_required = false;
    pair->options.tls_refused = true;
    pair->owner.config.require_tls = false;
}

static void
refusing_required_tls(struct stream_pair *pair)
{
    refusing_tls(pair);
    pair->owner.config.require_tls = true;
}

static void
without_tls_plain_only(struct stream_pair *pair)
{
    without_tls(pair);
    with_plain(pair);
    pair->owner.config.allow_plain_without_tls = true;
}

static void
without_tls_but_insisting(struct stream_pair *pair)
{
    without_tls(pair);
    pair->options.tls_required = true;
}

static void
without_resource(struct stream_pair *pair)
{
    pair->options.resource = STR_EMPTY;
}

static void
with_taken_resource(struct stream_pair *pair)
{
    pair->options.resource = STR("taken");
}

static void
with_wrong_password(struct stream_pair *pair)
{
    pair->options.password = STR("Secret");
}

static void
with_wrong_plain_password(struct stream_pair *pair)
{
    with_plain(pair);
    with_wrong_password(pair);
}

static void
with_empty_password(struct stream_pair *pair)
{
    pair->options.password = STR_EMPTY;
}

static void
as_nobody(struct stream_pair *pair)
{
    pair->options.name = STR("nobody");
}

static void
as_nonsense(struct stream_pair *pair)
{
    pair->options.name = STR("an na");
}

static void
at_another_host(struct stream_pair *pair)
{
    pair->options.domain = STR("other.example");
}

static void
registering(struct stream_pair *pair)
{
    pair->options.name = STR("carla");
    pair->options.registers = true;
}

static void
registering_without_tls(struct stream_pair *pair)
{
    registering(pair);
    without_tls(pair);
}

static void
registering_again(struct stream_pair *pair)
{
    pair->options.registers = true;
}

static void
registering_at_closed_doors(struct stream_pair *pair)
{
    registering(pair);
    pair->owner.config.offer_registration = false;
}

static void
registering_too_long(struct stream_pair *pair)
{
    registering(pair);
    pair->options.name =
        STR("carlacarlacarlacarlacarlacarlacarlacarlacarlacarlacarlacarlacarlacarla");
}

static const struct story stories[] = {
    { "as usual", NULL, NULL, NULL, BOUND, "SCRAM-SHA-256-PLUS", NULL },
    { "direct TLS", with_direct_tls, NULL, NULL, BOUND, "SCRAM-SHA-256-PLUS", NULL },
    { "TLS 1.2", with_tls_1_2, NULL, NULL, BOUND, "SCRAM-SHA-256-PLUS", NULL },
    { "SHA-1-PLUS", with_sha_1_plus, NULL, NULL, BOUND, "SCRAM-SHA-1-PLUS", NULL },
    { "SHA-256", with_sha_256, NULL, NULL, BOUND, "SCRAM-SHA-256", NULL },
    { "SHA-1", with_sha_1, NULL, NULL, BOUND, "SCRAM-SHA-1", NULL },
    { "PLAIN", with_plain, NULL, NULL, BOUND, "PLAIN", NULL },
    { "guest", as_guest, NULL, NULL, BOUND, "ANONYMOUS", "guest@chat.example/phone" },
    { "no TLS", without_tls, NULL, NULL, BOUND, "SCRAM-SHA-256", NULL },
    { "TLS refused", refusing_tls, NULL, NULL, BOUND, "SCRAM-SHA-256", NULL },
    { "no resource", without_resource, NULL, NULL, BOUND, "SCRAM-SHA-256-PLUS",
      "anna@chat.example/chosen" },
    { "new account", registering, NULL, NULL, BOUND, "SCRAM-SHA-256-PLUS",
      "carla@chat.example/phone" },
    { "new account without TLS", registering_without_tls, NULL, NULL, BOUND, "SCRAM-SHA-256",
      "carla@chat.example/phone" },
    { "features nobody knows", NULL, "<stream:features>",
      "<stream:features><dance xmlns='urn:x:dance'><required/></dance>", BOUND,
      "SCRAM-SHA-256-PLUS", NULL },
    /* XEP-0474: what is put in or taken out on the way shows. */
    { "mechanisms nobody knows", NULL, "<mechanism>SCRAM-SHA-256</mechanism>",
      "<mechanism>X-DANCE</mechanism>", CLIENT_SERVER_NOT_PROVEN, NULL, NULL },
    { "a better one taken out", with_sha_1, "<mechanism>SCRAM-SHA-256</mechanism>", "",
      CLIENT_SERVER_NOT_PROVEN, NULL, NULL },
    { "no binding list", NULL, "sasl-channel-binding", "some-channel-binding",
      CLIENT_SERVER_NOT_PROVEN, NULL, NULL },
    { "one binding taken out", NULL, "<channel-binding type='tls-exporter'/>", "",
      CLIENT_SERVER_NOT_PROVEN, NULL, NULL },
    { "a binding put in", NULL, "<channel-binding type='tls-exporter'/>",
      "<channel-binding type='tls-exporter'/><channel-binding type='x-dance'/>",
      CLIENT_SERVER_NOT_PROVEN, NULL, NULL },
    { "bytes in the clear behind proceed", NULL,
      "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
      "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/><stream:features><x/></stream:features>",
      BOUND, "SCRAM-SHA-256-PLUS", NULL },

    { "wrong password", with_wrong_password, NULL, NULL, CLIENT_WRONG_PASSWORD, "not-authorized",
      NULL },
    { "wrong password in PLAIN", with_wrong_plain_password, NULL, NULL, CLIENT_WRONG_PASSWORD,
      "not-authorized", NULL },
    { "no password", with_empty_password, NULL, NULL, CLIENT_WRONG_PASSWORD, NULL, NULL },
    { "unknown name", as_nobody, NULL, NULL, CLIENT_WRONG_PASSWORD, "not-authorized", NULL },
    { "name that cannot be", as_nonsense, NULL, NULL, CLIENT_NAME_NOT_ALLOWED, NULL, NULL },
    { "another host", at_another_host, NULL, NULL, CLIENT_HOST_UNKNOWN, "host-unknown", NULL },
    { "guests not wanted", as_guest_unwelcome, NULL, NULL, CLIENT_NO_MECHANISM, NULL, NULL },
    { "TLS refused where it is required", refusing_required_tls, NULL, NULL, CLIENT_NO_MECHANISM,
      NULL, NULL },
    { "PLAIN in the clear", without_tls_plain_only, NULL, NULL, CLIENT_NO_MECHANISM, NULL, NULL },
    { "resource taken", with_taken_resource, NULL, NULL, CLIENT_BIND_REFUSED, "conflict", NULL },
    { "name taken", registering_again, NULL, NULL, CLIENT_NAME_TAKEN, "conflict", NULL },
    { "registration closed", registering_at_closed_doors, NULL, NULL, CLIENT_REGISTRATION_CLOSED,
      NULL, NULL },
    { "name not allowed", registering_too_long, NULL, NULL, CLIENT_NAME_NOT_ALLOWED,
      "not-acceptable", NULL },
    { "registration asks for more", registering, "<password/>", "<password/><email/>",
      CLIENT_REGISTRATION_CLOSED, NULL, NULL },
    { "registration asks for less", registering, "<password/>", "", CLIENT_REGISTRATION_CLOSED,
      NULL, NULL },
    { "registration asks for a form", registering, "<password/>",
      "<password/><x xmlns='jabber:x:data'><field var='ocr'><required/></field></x>",
      CLIENT_REGISTRATION_CLOSED, NULL, NULL },

    { "account disabled", with_wrong_password, "<not-authorized/>", "<account-disabled/>",
      CLIENT_ACCOUNT_DISABLED, "account-disabled", NULL },
    { "server busy", with_wrong_password, "<not-authorized/>", "<temporary-auth-failure/>",
      CLIENT_TRY_LATER, "temporary-auth-failure", NULL },
    { "failure without condition", with_wrong_password, "<not-authorized/>", "",
      CLIENT_PROTOCOL_ERROR, NULL, NULL },

    /* Attack 28: STARTTLS is taken out on the way. */
    { "no TLS, but we insist", without_tls_but_insisting, NULL, NULL, CLIENT_NO_TLS, NULL, NULL },
    { "STARTTLS taken out", NULL, "starttls", "stoptls", CLIENT_NO_TLS, NULL, NULL },
    { "TLS fails", NULL, "proceed", "failure", CLIENT_NO_TLS, NULL, NULL },
    /* Attack 31: -PLUS is taken out, the list of bindings is forged. */
    { "-PLUS taken out", NULL, "-PLUS</mechanism>", "-MINUS</mechanism>", CLIENT_WRONG_PASSWORD,
      "not-authorized", NULL },
    { "bindings forged", NULL, "<channel-binding type='tls-", "<channel-binding type='x-",
      CLIENT_NO_MECHANISM, NULL, NULL },
    /* A server that does not know the password. */
    { "signature forged", NULL, "sasl'>dj", "sasl'>dk", CLIENT_SERVER_NOT_PROVEN, NULL, NULL },
    { "success without signature", NULL, "<success xmlns='" SASL_NS_TEXT "'>",
      "<success xmlns='" SASL_NS_TEXT "'/><x>", CLIENT_SERVER_NOT_PROVEN, NULL, NULL },
    { "success too early", NULL, "challenge", "success", CLIENT_SERVER_NOT_PROVEN, NULL, NULL },
    /* Servers that break the protocol. */
    { "challenge is not base64", NULL, "<challenge xmlns='" SASL_NS_TEXT "'>",
      "<challenge xmlns='" SASL_NS_TEXT "'>!", CLIENT_PROTOCOL_ERROR, NULL, NULL },
    { "challenge is not SCRAM", NULL, "<challenge xmlns='" SASL_NS_TEXT "'>",
      "<challenge xmlns='" SASL_NS_TEXT "'>AAAA", CLIENT_PROTOCOL_ERROR, "malformed-request",
      NULL },
    { "answers for another host", NULL, "from='chat.example'", "from='evil.example'",
      CLIENT_PROTOCOL_ERROR, NULL, NULL },
    { "has no version", NULL, " version='1.0' xml:lang", " xml:lang", CLIENT_PROTOCOL_ERROR, NULL,
      NULL },
    { "stream of another kind", NULL, "http://etherx.jabber.org/streams", "urn:x",
      CLIENT_PROTOCOL_ERROR, NULL, NULL },
    { "content of another kind", NULL, "xmlns='jabber:client'", "xmlns='jabber:server'",
      CLIENT_PROTOCOL_ERROR, NULL, NULL },
    { "no features", NULL, "stream:features", "stream:fatures", CLIENT_PROTOCOL_ERROR, NULL, NULL },
    { "no bind", NULL, "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>", "",
      CLIENT_PROTOCOL_ERROR, NULL, NULL },
    { "answers another question", NULL, "<iq ", "<iq x='y' ", BOUND, "SCRAM-SHA-256-PLUS", NULL },
    { "bound to nothing", NULL, "<jid>", "<jid>@", CLIENT_PROTOCOL_ERROR, NULL, NULL },
    { "bound without resource", NULL, "/phone</jid>", "</jid>", CLIENT_PROTOCOL_ERROR, NULL, NULL },
    { "not XML", NULL, "<stream:features>", "<<", CLIENT_PROTOCOL_ERROR, NULL, NULL },
    { "closes at once", NULL, "<stream:features>", "</stream:stream>", CLIENT_CLOSED, NULL, NULL },
    { "stream error", NULL, "<stream:features>",
      "<stream:error><reset xmlns='urn:ietf:params:xml:ns:xmpp-streams'/><text "
      "xmlns='urn:ietf:params:xml:ns:xmpp-streams'>later</text></stream:error>",
      CLIENT_STREAM_ERROR, "reset", NULL },
    { "server full", NULL, "<stream:features>",
      "<stream:error><resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
      "</stream:error>",
      CLIENT_TRY_LATER, "resource-constraint", NULL },
};

static void
check_end(const struct story *story, struct stream_pair *pair)
{
    struct client_stream_failure failure = client_stream_failure(pair->client);

    if (story->ends == BOUND) {
        const char *address = story->address ? story->address : "anna@chat.example/phone";

        assert_int_equal(pair->seen[CLIENT_STREAM_BOUND], 1);
        assert_false(pair->is_closed);
        assert_true(str_is(client_stream_jid(pair->client).full, address));
        assert_string_equal(pair->owner.bound, address);
        assert_string_equal(client_stream_mechanism(pair->client), story->detail);
        assert_string_equal(server_stream_mechanism(pair->owner.stream), story->detail);
        return;
    }
    assert_true(pair->is_closed);
    assert_int_equal(pair->seen[CLIENT_STREAM_BOUND], 0);
    assert_int_equal(failure.kind, story->ends);
    assert_int_equal(failure.error != 0, story->ends == CLIENT_PROTOCOL_ERROR);
    if (story->detail)
        assert_true(str_is(failure.condition, story->detail));
    else
        assert_true(failure.condition.len == 0 || story->ends == CLIENT_NO_TLS);
}

static void
tell(const struct story *story, enum stream_cuts cuts)
{
    struct stream_pair pair;

    print_message("%s (%d)\n", story->title, (int)cuts);
    pair_init(&pair);
    pair.cuts = cuts;
    pair.seed = 1;
    pair.find = story->find;
    pair.replace = story->replace;
    if (story->prepare)
        story->prepare(&pair);
    pair_start(&pair);
    pair_run(&pair);
    check_end(story, &pair);
    pair_fini(&pair);
}

static void
test_stories(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(stories); i++) {
        for (unsigned cuts = 0; cuts < CUTS; cuts++)
            tell(&stories[i], (enum stream_cuts)cuts);
    }
}

/* ---- after bind ---- */

static void
start_bound(struct stream_pair *pair, enum stream_cuts cuts)
{
    pair_init(pair);
    pair->cuts = cuts;
    pair_start(pair);
    pair_run(pair);
    assert_int_equal(pair->seen[CLIENT_STREAM_BOUND], 1);
}

static void
send_both_ways(struct stream_pair *pair, struct stanza *stanza)
{
    client_stream_send(pair->client, stanza);
    server_stream_send(pair->owner.stream, stanza);
    stanza_unref(stanza);
    pair_run(pair);
}

static void
test_stanzas(void **state)
{
    (void)state;
    for (unsigned cuts = 0; cuts < CUTS; cuts++) {
        struct stanza *stanza = stanza_new_message(STR("chat"), (struct jid){ 0 });
        struct stream_pair pair;

        element_add_with_text(&stanza->arena, stanza->root, NS_CLIENT, STR("body"),
                              STR("<hello> & 'all'"));
        start_bound(&pair, (enum stream_cuts)cuts);
        send_both_ways(&pair, stanza);
        assert_int_equal(pair.seen[CLIENT_STREAM_STANZA], 1);
        assert_int_equal(pair.owner.seen[SERVER_STREAM_STANZA], 1);
        assert_true(buffer_len(&pair.received) > 0);
        assert_true(str_equal(buffer_str(&pair.received), buffer_str(&pair.owner.received)));
        assert_non_null(client_stream_features(pair.client));
        pair_fini(&pair);
    }
}

static void
test_client_closes(void **state)
{
    struct stream_pair pair;

    (void)state;
    start_bound(&pair, CUTS_NONE);
    client_stream_close(pair.client);
    client_stream_close(pair.client);
    pair_run(&pair);
    assert_true(pair.is_closed && pair.owner.is_closed);
    assert_int_equal(client_stream_failure(pair.client).kind, CLIENT_CLOSED);
    assert_int_equal(server_stream_error(pair.owner.stream), 0);
    pair_fini(&pair);
}

/* Closing is legal at any time, also while a question is open, and late answers do no harm. */
static void
test_close_while_asked(void **state)
{
    uint8_t key[SCRAM_KEY_MAX] = { 0 };
    struct client_stream *client;
    struct stream_pair pair;

    (void)state;
    pair_init(&pair);
    pair.options.direct_tls = true;
    pair_start(&pair);
    client = pair.client;
    for (enum client_stream_event event = CLIENT_STREAM_WAIT; event != CLIENT_STREAM_NEED_KEY;) {
        owner_feed(&pair.owner, buffer_str(client_stream_output(client)));
        buffer_clear(client_stream_output(client));
        client_stream_feed(client, buffer_str(server_stream_output(pair.owner.stream)));
        buffer_clear(server_stream_output(pair.owner.stream));
        event = client_stream_next(client);
    }
    client_stream_close(client);
    client_stream_key(client, key);
    assert_int_equal(client_stream_next(client), CLIENT_STREAM_WAIT);
    client_stream_feed(client, STR("</stream:stream>"));
    assert_int_equal(client_stream_next(client), CLIENT_STREAM_CLOSED);
    assert_int_equal(client_stream_failure(client).kind, CLIENT_CLOSED);
    pair_fini(&pair);
}

static void
close_cleanly(struct server_stream *stream)
{
    server_stream_close(stream, 0, STR_EMPTY);
}

static void
close_with_text(struct server_stream *stream)
{
    server_stream_close(stream, E_LIMIT, STR("slow <down>"));
}

static void
test_server_closes(void **state)
{
    const struct {
        void (*close)(struct server_stream *stream);
        enum client_failure kind;
        const char *condition, *text;
    } ends[] = {
        { close_cleanly, CLIENT_CLOSED, "", "" },
        { close_with_text, CLIENT_TRY_LATER, "policy-violation", "slow <down>" },
        { server_stream_shutdown, CLIENT_SHUTDOWN, "system-shutdown", "" },
        { server_stream_replaced, CLIENT_REPLACED, "conflict", "" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        struct client_stream_failure failure;
        struct stream_pair pair;

        start_bound(&pair, CUTS_NONE);
        ends[i].close(pair.owner.stream);
        pair_run(&pair);
        assert_true(pair.is_closed && pair.owner.is_closed);
        failure = client_stream_failure(pair.client);
        assert_int_equal(failure.kind, ends[i].kind);
        assert_true(str_is(failure.condition, ends[i].condition));
        assert_true(str_is(failure.text, ends[i].text));
        pair_fini(&pair);
    }
}

/* The name is shown inside TLS only (RFC 6120 4.7.1). */
static void
test_name_is_private(void **state)
{
    struct stream_pair pair;
    char *output;

    (void)state;
    pair_init(&pair);
    pair_start(&pair);
    output = str_dup(buffer_str(client_stream_output(pair.client)));
    assert_null(strstr(output, "anna"));
    assert_non_null(strstr(output, "xml:lang='en'"));
    free(output);
    pair_fini(&pair);

    pair_init(&pair);
    pair.options.direct_tls = true;
    pair_start(&pair);
    output = str_dup(buffer_str(client_stream_output(pair.client)));
    assert_non_null(strstr(output, "from='anna@chat.example'"));
    free(output);
    pair_fini(&pair);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stories),       cmocka_unit_test(test_stanzas),
        cmocka_unit_test(test_client_closes), cmocka_unit_test(test_close_while_asked),
        cmocka_unit_test(test_server_closes), cmocka_unit_test(test_name_is_private),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
