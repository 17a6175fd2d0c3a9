/* test_sasl2.c - sign-in in the frame of XEP-0388, our two ends against each other and against
 * somebody in the middle. What a server says to any client stands in tests/wire/sasl2-*.xt. */
#include "base/error.h"
#include "stream_pair.h"
#include "xmpp/ns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define BOUND -1

#define SASL2 "xmlns='urn:xmpp:sasl:2'"

struct story {
    const char *title;
    void (*prepare)(struct stream_pair *pair);
    const char *find, *replace; /* in the server's words */
    int ends;                   /* enum client_failure or BOUND */
    const char *mechanism;      /* when bound */
    const char *address;        /* when bound */
};

static void
with_tag(struct stream_pair *pair)
{
    pair->options.tag = STR("Jackdaw");
    pair->options.agent_id = STR("d4565fa7-4d72-4749-b3d3-740edbf87770");
    pair->options.software = STR("Jack & Daw");
}

static void
with_nothing(struct stream_pair *pair)
{
    pair->options.resource = STR_EMPTY;
}

static void
with_direct_tls(struct stream_pair *pair)
{
    with_tag(pair);
    pair->options.direct_tls = true;
}

static void
with_sha_1(struct stream_pair *pair)
{
    with_tag(pair);
    pair->options.mechanisms = SASL_BIT(SASL_SCRAM_SHA_1);
}

static void
with_plain(struct stream_pair *pair)
{
    with_tag(pair);
    pair->options.mechanisms = SASL_BIT(SASL_PLAIN);
}

static void
as_guest(struct stream_pair *pair)
{
    with_tag(pair);
    pair->options.name = pair->options.password = STR_EMPTY;
}

static void
registering(struct stream_pair *pair)
{
    with_tag(pair);
    pair->options.name = STR("carla");
    pair->options.registers = true;
}

static void
without_tls(struct stream_pair *pair)
{
    with_tag(pair);
    pair->options.tls_required = false;
    pair->owner.config.require_tls = pair->owner.config.offer_starttls = false;
}

static void
in_the_old_frame(struct stream_pair *pair)
{
    with_tag(pair);
    pair->options.plain_frame = true;
}

static void
with_wrong_password(struct stream_pair *pair)
{
    with_tag(pair);
    pair->options.password = STR("Secret");
}

static void
with_taken_resource(struct stream_pair *pair)
{
    with_tag(pair);
    pair->options.tag = STR("taken");
}

static const struct story stories[] = {
    { "a resource at once", with_tag, NULL, NULL, BOUND, "SCRAM-SHA-256-PLUS",
      "anna@chat.example/Jackdaw/chosen" },
    { "a resource afterwards", NULL, NULL, NULL, BOUND, "SCRAM-SHA-256-PLUS",
      "anna@chat.example/phone" },
    { "a resource of the server's", with_nothing, NULL, NULL, BOUND, "SCRAM-SHA-256-PLUS",
      "anna@chat.example/chosen" },
    { "direct TLS", with_direct_tls, NULL, NULL, BOUND, "SCRAM-SHA-256-PLUS",
      "anna@chat.example/Jackdaw/chosen" },
    { "SHA-1", with_sha_1, NULL, NULL, BOUND, "SCRAM-SHA-1", "anna@chat.example/Jackdaw/chosen" },
    { "PLAIN", with_plain, NULL, NULL, BOUND, "PLAIN", "anna@chat.example/Jackdaw/chosen" },
    { "guest", as_guest, NULL, NULL, BOUND, "ANONYMOUS", "guest@chat.example/Jackdaw/chosen" },
    { "new account", registering, NULL, NULL, BOUND, "SCRAM-SHA-256-PLUS",
      "carla@chat.example/Jackdaw/chosen" },
    { "no TLS", without_tls, NULL, NULL, BOUND, "SCRAM-SHA-256", "anna@chat.example/phone" },
    { "the client does not want to", in_the_old_frame, NULL, NULL, BOUND, "SCRAM-SHA-256-PLUS",
      "anna@chat.example/phone" },
    { "the server cannot", with_tag, "authentication", "autentication", BOUND, "SCRAM-SHA-256-PLUS",
      "anna@chat.example/phone" },
    { "the server cannot bind at once", with_tag, "<bind xmlns='urn:xmpp:bind:0'>",
      "<bind xmlns='urn:xmpp:bind:x'>", BOUND, "SCRAM-SHA-256-PLUS", "anna@chat.example/phone" },
    { "the resource is taken", with_taken_resource, NULL, NULL, BOUND, "SCRAM-SHA-256-PLUS",
      "anna@chat.example/phone" },

    { "wrong password", with_wrong_password, NULL, NULL, CLIENT_WRONG_PASSWORD, NULL, NULL },
    { "account disabled", with_wrong_password, "<not-authorized", "<account-disabled",
      CLIENT_ACCOUNT_DISABLED, NULL, NULL },

    /* Somebody in the middle. */
    { "-PLUS taken out", with_tag, "-PLUS</mechanism>", "-MINUS</mechanism>", CLIENT_WRONG_PASSWORD,
      NULL, NULL },
    { "a binding taken out", with_tag, "<channel-binding type='tls-exporter'/>", "",
      CLIENT_SERVER_NOT_PROVEN, NULL, NULL },
    { "success without a proof", with_tag, "additional-data", "additional-dada",
      CLIENT_SERVER_NOT_PROVEN, NULL, NULL },
    { "a forged proof", with_tag, "<additional-data>dj", "<additional-data>dk",
      CLIENT_SERVER_NOT_PROVEN, NULL, NULL },
    { "a proof that is not base64", with_tag, "<additional-data>", "<additional-data>!",
      CLIENT_PROTOCOL_ERROR, NULL, NULL },
    { "success too early", with_tag, "challenge", "success", CLIENT_SERVER_NOT_PROVEN, NULL, NULL },
    { "success in the other frame", with_tag, "<success " SASL2,
      "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'", CLIENT_PROTOCOL_ERROR, NULL, NULL },
    { "a challenge in the other frame", with_tag, "<challenge " SASL2,
      "<challenge xmlns='urn:ietf:params:xml:ns:xmpp-sasl'", CLIENT_PROTOCOL_ERROR, NULL, NULL },
    { "a task nobody knows", with_tag, "success", "continue", CLIENT_NO_MECHANISM, NULL, NULL },
    { "nobody's address", with_tag, "<authorization-identifier>anna@",
      "<authorization-identifier>@", CLIENT_PROTOCOL_ERROR, NULL, NULL },
    { "bound to nothing", with_tag, "/Jackdaw/chosen</authorization", "</authorization",
      CLIENT_PROTOCOL_ERROR, NULL, NULL },
    { "no address at all", with_tag, "authorization-identifier", "authorisation-identifier",
      CLIENT_PROTOCOL_ERROR, NULL, NULL },
    { "it closes behind the features", NULL, "<ver xmlns='urn:xmpp:features:rosterver'/>",
      "</stream:features></stream:stream>", CLIENT_CLOSED, NULL, NULL },
};

static void
check_end(const struct story *story, struct stream_pair *pair)
{
    struct client_stream_failure failure = client_stream_failure(pair->client);

    if (story->ends != BOUND) {
        assert_true(pair->is_closed);
        assert_int_equal(failure.kind, story->ends);
        assert_int_equal(pair->seen[CLIENT_STREAM_BOUND], 0);
        return;
    }
    assert_int_equal(pair->seen[CLIENT_STREAM_BOUND], 1);
    assert_string_equal(client_stream_mechanism(pair->client), story->mechanism);
    assert_true(str_is(client_stream_jid(pair->client).full, story->address));
    assert_string_equal(pair->owner.bound, story->address);
}

static void
run_story(const struct story *story, enum stream_cuts cuts)
{
    struct stream_pair pair;

    print_message("%s, cut %d\n", story->title, cuts);
    pair_init(&pair);
    pair.options.plain_frame = false;
    pair.cuts = cuts;
    if (story->prepare)
        story->prepare(&pair);
    pair.find = story->find;
    pair.replace = story->replace;
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
            run_story(&stories[i], (enum stream_cuts)cuts);
    }
}

/* What one end says in all. */
struct transcript {
    struct buffer client, server;
    bool is_server;
};

static void
note(struct buffer *bytes, void *context)
{
    struct transcript *transcript = context;
    struct str text = buffer_str(bytes);
    bool is_server =
        str_starts_with(text, STR("<?xml version='1.0'?><stream:stream xmlns")) ||
        !(str_starts_with(text, STR("<?xml")) || str_starts_with(text, STR("<starttls")) ||
          str_starts_with(text, STR("<authenticate ")) || str_starts_with(text, STR("<response ")));

    buffer_append(is_server ? &transcript->server : &transcript->client, text);
}

static size_t
count(const struct buffer *bytes, const char *what)
{
    struct str text = buffer_str(bytes);
    size_t found = 0;

    for (size_t at = 0; at < text.len; at++)
        found += str_starts_with(str_slice(text, at, text.len), str_from(what));
    return found;
}

/* One answer from the server, instead of four, when PLAIN is good enough. */
static void
test_round_trips(void **state)
{
    struct transcript transcript = { 0 };
    struct stream_pair pair;

    (void)state;
    buffer_init(&transcript.client, 64 * 1024);
    buffer_init(&transcript.server, 64 * 1024);
    pair_init(&pair);
    pair.options.plain_frame = false;
    with_plain(&pair);
    pair.options.direct_tls = true;
    pair.mutate = note;
    pair.context = &transcript;
    pair_start(&pair);
    pair_run(&pair);
    assert_int_equal(pair.seen[CLIENT_STREAM_BOUND], 1);
    assert_int_equal(count(&transcript.client, "<stream:stream"), 1);
    assert_int_equal(count(&transcript.client, "<authenticate"), 1);
    assert_int_equal(count(&transcript.client, "<software>Jack &amp; Daw</software>"), 1);
    assert_int_equal(count(&transcript.client, "<iq"), 0);
    assert_int_equal(count(&transcript.server, "<stream:features>"), 2);
    pair_fini(&pair);
    buffer_fini(&transcript.client);
    buffer_fini(&transcript.server);
}

/* ---- tokens ---- */

struct token_story {
    const char *title;
    void (*prepare)(struct stream_pair *pair); /* the second time */
    const char *find, *replace;                /* in the server's words, the second time */
    int ends;
    const char *mechanism; /* when bound */
    bool is_refused;
    bool gets_another;
};

static void
with_no_password(struct stream_pair *pair)
{
    pair->options.password = STR_EMPTY;
}

static void
with_expired_token(struct stream_pair *pair)
{
    pair->owner.token_is_expired = true;
}

static void
with_expired_token_only(struct stream_pair *pair)
{
    with_expired_token(pair);
    with_no_password(pair);
}

static void
with_another_token(struct stream_pair *pair)
{
    pair->options.token = STR("guessed");
}

static void
with_another_mechanism(struct stream_pair *pair)
{
    pair->options.token_mechanism = SASL_HT_SHA_256_NONE;
}

static void
as_another_client(struct stream_pair *pair)
{
    pair->options.agent_id = STR("0a1b2c3d-4e5f-4a6b-8c7d-8e9f0a1b2c3d");
}

static void
with_rotation(struct stream_pair *pair)
{
    pair->owner.rotates = true;
}

static void
without_tokens(struct stream_pair *pair)
{
    pair->owner.config.offer_tokens = false;
}

static void
without_exporter(struct stream_pair *pair)
{
    pair->owner.tls.binding_len[CB_TLS_EXPORTER] = 0;
}

static const struct token_story token_stories[] = {
    { "with the token", NULL, NULL, NULL, BOUND, "HT-SHA-256-EXPR", false, false },
    { "with the token alone", with_no_password, NULL, NULL, BOUND, "HT-SHA-256-EXPR", false,
      false },
    { "it is changed", with_rotation, NULL, NULL, BOUND, "HT-SHA-256-EXPR", false, true },
    { "it has expired", with_expired_token, NULL, NULL, BOUND, "SCRAM-SHA-256-PLUS", true, true },
    { "it has expired, and there is no password", with_expired_token_only, NULL, NULL,
      CLIENT_WRONG_PASSWORD, NULL, true, false },
    { "it is a guess", with_another_token, NULL, NULL, BOUND, "SCRAM-SHA-256-PLUS", true, true },
    { "it is for another mechanism", with_another_mechanism, NULL, NULL, BOUND,
      "SCRAM-SHA-256-PLUS", true, true },
    { "it is another client's", as_another_client, NULL, NULL, BOUND, "SCRAM-SHA-256-PLUS", true,
      true },
    { "the server is busy", with_another_token, "<not-authorized", "<temporary-auth-failure",
      CLIENT_TRY_LATER, NULL, false, false },
    { "the server takes none any more", without_tokens, NULL, NULL, BOUND, "SCRAM-SHA-256-PLUS",
      false, false },
    { "the channel is not good for it", without_exporter, NULL, NULL, BOUND, "SCRAM-SHA-256-PLUS",
      false, true },
    { "a server that does not have it", NULL, "<additional-data>", "<additional-data>AAAA",
      CLIENT_SERVER_NOT_PROVEN, NULL, false, false },
    { "a server that says nothing", NULL, "additional-data", "additional-dada",
      CLIENT_SERVER_NOT_PROVEN, NULL, false, false },
};

/* Signs in with the password and keeps the token. */
static void
get_token(struct stream_pair *pair, char ret_token[32])
{
    struct client_stream_token token;

    pair_init(pair);
    pair->options.plain_frame = false;
    with_tag(pair);
    pair->options.wants_token = true;
    pair_start(pair);
    pair_run(pair);
    token = client_stream_token(pair->client);
    assert_true(token.token.len > 0);
    assert_true(str_is(token.token, pair->owner.token));
    assert_true(str_is(token.expiry, "2030-01-01T00:00:00Z"));
    assert_int_equal(token.mechanism, SASL_HT_SHA_256_EXPR);
    assert_false(client_stream_token_is_refused(pair->client));
    (void)snprintf(ret_token, 32, "%.*s", STR_ARG(token.token));
}

static void
check_token_end(const struct token_story *story, struct stream_pair *pair)
{
    if (story->ends == BOUND) {
        assert_int_equal(pair->seen[CLIENT_STREAM_BOUND], 1);
        assert_string_equal(client_stream_mechanism(pair->client), story->mechanism);
    } else {
        assert_int_equal(pair->seen[CLIENT_STREAM_BOUND], 0);
        assert_int_equal(client_stream_failure(pair->client).kind, story->ends);
    }
    assert_int_equal(client_stream_token_is_refused(pair->client), story->is_refused);
    assert_int_equal(client_stream_token(pair->client).token.len > 0, story->gets_another);
}

static void
run_token_story(const struct token_story *story, enum stream_cuts cuts)
{
    struct stream_pair first, second;
    char token[32];

    print_message("%s, cut %d\n", story->title, cuts);
    get_token(&first, token);
    pair_init(&second);
    second.options = first.options;
    second.options.token = str_from(token);
    second.options.token_mechanism = first.owner.token_mechanism;
    memcpy(second.owner.token, first.owner.token, sizeof(first.owner.token));
    memcpy(second.owner.token_agent, first.owner.token_agent, sizeof(first.owner.token_agent));
    second.owner.token_mechanism = first.owner.token_mechanism;
    pair_fini(&first);
    second.cuts = cuts;
    second.find = story->find;
    second.replace = story->replace;
    if (story->prepare)
        story->prepare(&second);
    pair_start(&second);
    pair_run(&second);
    check_token_end(story, &second);
    pair_fini(&second);
}

static void
test_tokens(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(token_stories); i++) {
        for (unsigned cuts = 0; cuts < CUTS; cuts++)
            run_token_story(&token_stories[i], (enum stream_cuts)cuts);
    }
}

/* ---- the server's end by itself ---- */

static void
say(struct stream_owner *owner, const char *text)
{
    owner_feed(owner, str_from(text));
}

static void
expect(struct stream_owner *owner, const char *text)
{
    struct buffer *output = server_stream_output(owner->stream);

    if (count(output, text) == 0)
        fail_msg("no \"%s\" in \"%.*s\"", text, STR_ARG(buffer_str(output)));
}

static void
start_owner(struct stream_owner *owner)
{
    owner_init(owner);
    owner->has_direct_tls = true;
    owner_start(owner);
    say(owner, "<stream:stream to='chat.example' version='1.0' xmlns='jabber:client' "
               "xmlns:stream='http://etherx.jabber.org/streams'>");
}

#define AUTHENTICATE                                                                               \
    "<authenticate " SASL2 " mechanism='PLAIN'><initial-response>AGFubmEAc2VjcmV0"                 \
    "</initial-response>"

/* XEP-0198 9.2: no features, and nothing is bound. */
static void
test_resumed(void **state)
{
    struct stream_owner owner;

    (void)state;
    start_owner(&owner);
    buffer_clear(server_stream_output(owner.stream));
    say(&owner, AUTHENTICATE "<bind xmlns='urn:xmpp:bind:0'/><resume xmlns='urn:xmpp:sm:3' h='5' "
                             "previd='former'/></authenticate>");
    expect(&owner, "<success " SASL2 "><authorization-identifier>anna@chat.example"
                   "</authorization-identifier><resumed xmlns='urn:xmpp:sm:3' h='2' "
                   "previd='former'/></success>");
    assert_int_equal(count(server_stream_output(owner.stream), "features"), 0);
    assert_int_equal(count(server_stream_output(owner.stream), "bound"), 0);
    assert_int_equal(owner.seen[SERVER_STREAM_BIND], 0);
    say(&owner, "<message><body>on</body></message>");
    assert_int_equal(owner.seen[SERVER_STREAM_STANZA], 1);
    owner_fini(&owner);
}

static void
test_resume_expired(void **state)
{
    struct stream_owner owner;

    (void)state;
    start_owner(&owner);
    say(&owner, AUTHENTICATE "<resume xmlns='urn:xmpp:sm:3' h='5' previd='expired'/>"
                             "<bind xmlns='urn:xmpp:bind:0'><enable xmlns='urn:xmpp:sm:3'/></bind>"
                             "</authenticate>");
    expect(&owner, "<failed xmlns='urn:xmpp:sm:3' h='2'><item-not-found "
                   "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed><bound "
                   "xmlns='urn:xmpp:bind:0'><enabled xmlns='urn:xmpp:sm:3'/></bound></success>");
    owner_fini(&owner);
}

struct agent {
    const char *id;
    bool is_taken;
};

/* XEP-0388 2.3: a UUID of version 4, or nothing. */
static void
test_agent_ids(void **state)
{
    static const struct agent agents[] = {
        { "d4565fa7-4d72-4749-b3d3-740edbf87770", true },
        { "D4565FA7-4D72-4749-B3D3-740EDBF87770", true },
        { "d4565fa7-4d72-1749-b3d3-740edbf87770", false },
        { "d4565fa7-4d72-4749-c3d3-740edbf87770", false },
        { "d4565fa7-4d72-4749-b3d3-740edbf8777", false },
        { "d4565fa7-4d72-4749-b3d3-740edbf87770a", false },
        { "d4565fa7-4d72-4749-b3d3_740edbf87770", false },
        { "g4565fa7-4d72-4749-b3d3-740edbf87770", false },
        { "", false },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(agents); i++) {
        struct stream_owner owner;
        char text[512];

        start_owner(&owner);
        (void)snprintf(text, sizeof(text), AUTHENTICATE "<user-agent id='%s'/></authenticate>",
                       agents[i].id);
        server_stream_feed(owner.stream, str_from(text));
        while (server_stream_next(owner.stream) != SERVER_STREAM_NEED_VERIFIER)
            ;
        assert_true(
            str_is(server_stream_agent_id(owner.stream), agents[i].is_taken ? agents[i].id : ""));
        owner_fini(&owner);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stories),        cmocka_unit_test(test_round_trips),
        cmocka_unit_test(test_tokens),         cmocka_unit_test(test_resumed),
        cmocka_unit_test(test_resume_expired), cmocka_unit_test(test_agent_ids),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
