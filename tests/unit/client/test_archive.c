/* test_archive.c - pages of an archive: how they are asked for, and who may answer. */
#include "client/xep0313_archive.h"
#include "person.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define ME "anna@chat.example"

static struct fake_server *server;
static struct person *anna;
static guint answers, results;
static enum catch_up_outcome outcome;
static char *seen;  /* "id:body ..." */
static char *first; /* of the last answer */

static int
set_up(void **state)
{
    (void)state;
    server = fake_server_new();
    server->is_silent_archive = TRUE;
    anna = person_new();
    person_sign_in(anna, server, "anna", "secret");
    WAIT_FOR(anna->signed_in == 1);
    /* It asks for itself what it has missed, and waits for ever. */
    WAIT_FOR(fake_server_count(server, "urn:xmpp:mam:2") == 2);
    answers = results = 0;
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    person_free(anna);
    fake_server_free(server);
    g_clear_pointer(&seen, g_free);
    g_clear_pointer(&first, g_free);
    return 0;
}

static void
answer_cb(JdAccount *account, const struct archive_answer *answer, gpointer data)
{
    g_autoptr(GString) joined = g_string_new(NULL);
    assert_ptr_equal(account, anna->account);
    assert_ptr_equal(data, &answers);
    for (guint i = 0; i < answer->results->len; i++) {
        const struct archive_result *result = answer->results->pdata[i];
        struct arena arena;
        arena_init(&arena, 4096);
        struct str body =
            element_child_text(&arena, result->message->root, STR("jabber:client"), STR("body"));
        g_string_append_printf(joined, "%s%s:%.*s", i > 0 ? " " : "", result->id, STR_ARG(body));
        arena_fini(&arena);
    }
    g_free(seen);
    seen = g_string_free(g_steal_pointer(&joined), FALSE);
    g_free(first);
    first = g_strdup(answer->first_id);
    results = answer->results->len;
    outcome = answer->outcome;
    answers++;
}

/* The value of an attribute in the last query that came. */
static char *
attribute_of_query(const char *name)
{
    for (guint i = server->log->len; i > 0; i--) {
        const char *text = server->log->pdata[i - 1];
        if (strstr(text, "urn:xmpp:mam:2") == NULL)
            continue;
        g_autofree char *start = g_strdup_printf(" %s=['\"]([^'\"]*)", name);
        g_autoptr(GRegex) regex = g_regex_new(start, 0, 0, NULL);
        g_autoptr(GMatchInfo) match = NULL;
        assert_true(g_regex_match(regex, text, 0, &match));
        return g_match_info_fetch(match, 1);
    }
    fail_msg("no query came");
    return NULL;
}

static void
ask(const char *archive, const char *with, const char *before)
{
    const struct catch_up_query query = { 1, archive, with, 1, before, 100 };
    guint so_far = fake_server_count(server, "urn:xmpp:mam:2");
    archive_ask(anna->account, &query, answer_cb, &answers);
    WAIT_FOR(fake_server_count(server, "urn:xmpp:mam:2") == so_far + 1);
}

/* "%s" in the stanzas is the client's address. */
static void
push_result(const char *from, const char *query, const char *id, const char *body)
{
    g_autofree char *stanza = g_strdup_printf(
        "<message to='%%s'%s><result xmlns='urn:xmpp:mam:2' queryid='%s' id='%s'>"
        "<forwarded xmlns='urn:xmpp:forward:0'>"
        "<delay xmlns='urn:xmpp:delay' stamp='2026-01-01T00:00:00Z'/>"
        "<message xmlns='jabber:client' from='ben@chat.example/x' to='" ME "' type='chat'>"
        "<body>%s</body></message></forwarded></result></message>",
        from, query, id, body);
    fake_server_push(server, stanza);
}

static void
push_end(const char *from, const char *payload)
{
    g_autofree char *id = attribute_of_query("id");
    g_autofree char *stanza = g_strdup_printf("<iq to='%%s'%s id='%s' %s</iq>", from, id, payload);
    fake_server_push(server, stanza);
}

#define FIN(complete, set)                                                                         \
    "type='result'><fin xmlns='urn:xmpp:mam:2' complete='" complete                                \
    "'><set xmlns='http://jabber.org/protocol/rsm'>" set "</set></fin>"
#define ERROR(condition)                                                                           \
    "type='error'><error type='cancel'><" condition                                                \
    " xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"

static void
test_a_page(void **state)
{
    (void)state;
    ask(ME, NULL, NULL);
    g_autofree char *query = attribute_of_query("queryid");
    assert_int_equal(fake_server_count(server, "<before/>"), 3);
    assert_int_equal(fake_server_count(server, "<max>100</max>"), 3);
    push_result("", query, "A1", "one");
    push_result(" from='" ME "'", query, "A2", "two");
    push_end(" from='" ME "'", FIN("false", "<first>A0</first><last>A2</last>"));
    WAIT_FOR(answers == 1);
    assert_int_equal(outcome, CATCH_UP_MORE);
    assert_string_equal(seen, "A1:one A2:two");
    assert_string_equal(first, "A0");
}

static void
test_the_last_page_of_one_conversation(void **state)
{
    (void)state;
    ask(ME, "ben@chat.example", "A5");
    assert_int_equal(fake_server_count(server, "<before>A5</before>"), 1);
    assert_int_equal(fake_server_count(server, "<value>ben@chat.example</value>"), 1);
    push_end("", FIN("true", ""));
    WAIT_FOR(answers == 1);
    assert_int_equal(outcome, CATCH_UP_CLOSED);
    assert_int_equal(results, 0);
    assert_null(first);
}

/* Everything that others could send to put words into somebody's mouth. */
static void
test_spoofed_results(void **state)
{
    static const char *const liars[] = {
        " from='mallory@evil.example'",    " from='mallory@evil.example/x'",
        " from='ben@chat.example'",        " from='chat.example'",
        " from='anna@chat.example/other'", " from='" FAKE_LOBBY "'",
    };
    (void)state;
    ask(ME, NULL, NULL);
    g_autofree char *query = attribute_of_query("queryid");
    for (guint i = 0; i < G_N_ELEMENTS(liars); i++)
        push_result(liars[i], query, "X", "forged");
    push_result("", "another-query", "X", "forged");
    push_result("", "", "X", "forged");
    push_result("", query, "", "without an id");
    push_end(" from='mallory@evil.example'", FIN("true", ""));
    push_result("", query, "A1", "true");
    push_end("", FIN("false", "<first>A1</first>"));
    WAIT_FOR(answers == 1);
    assert_string_equal(seen, "A1:true");
    /* And nothing of it got anywhere else. */
    assert_null(nth_conversation(anna, 1));
}

static void
test_a_room_answers_for_itself_only(void **state)
{
    (void)state;
    ask(FAKE_LOBBY, NULL, NULL);
    g_autofree char *query = attribute_of_query("queryid");
    push_result("", query, "X", "forged");
    push_result(" from='" ME "'", query, "X", "forged");
    push_result(" from='" FAKE_LOBBY "/ben'", query, "X", "forged");
    push_result(" from='" FAKE_LOBBY "'", query, "R1", "true");
    push_end(" from='" FAKE_LOBBY "'", FIN("false", ""));
    WAIT_FOR(answers == 1);
    assert_string_equal(seen, "R1:true");
    assert_string_equal(first, "R1");
}

static void
test_errors(void **state)
{
    static const struct {
        const char *before;
        const char *answer;
        enum catch_up_outcome outcome;
    } cases[] = {
        { "A5", ERROR("item-not-found"), CATCH_UP_NOT_FOUND },
        { NULL, ERROR("item-not-found"), CATCH_UP_UNSUPPORTED },
        { NULL, ERROR("service-unavailable"), CATCH_UP_UNSUPPORTED },
        { NULL, ERROR("forbidden"), CATCH_UP_UNSUPPORTED },
        { NULL, ERROR("internal-server-error"), CATCH_UP_FAILED },
        { NULL, ERROR("resource-constraint"), CATCH_UP_FAILED },
        { NULL, "type='result'>", CATCH_UP_FAILED },
        { NULL, "type='result'><fin xmlns='urn:xmpp:mam:2'/>", CATCH_UP_CLOSED },
    };
    (void)state;
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        ask(ME, NULL, cases[i].before);
        push_end("", cases[i].answer);
        WAIT_FOR(answers == i + 1);
        assert_int_equal(outcome, cases[i].outcome);
    }
}

static void
test_the_stream_breaks(void **state)
{
    (void)state;
    ask(ME, NULL, NULL);
    g_autofree char *query = attribute_of_query("queryid");
    push_result("", query, "A1", "one");
    fake_server_cut(server);
    WAIT_FOR(answers == 1);
    assert_int_equal(outcome, CATCH_UP_FAILED);
}

static void
test_odd_results(void **state)
{
    (void)state;
    ask(ME, NULL, NULL);
    g_autofree char *query = attribute_of_query("queryid");
    g_autofree char *empty = g_strdup_printf(
        "<message to='%%s'><result xmlns='urn:xmpp:mam:2' queryid='%s' id='A0'/></message>", query);
    g_autofree char *removed =
        g_strdup_printf("<message to='%%s'><result xmlns='urn:xmpp:mam:2' queryid='%s' id='A1'>"
                        "<forwarded xmlns='urn:xmpp:forward:0'/></result></message>",
                        query);
    fake_server_push(server, empty);
    fake_server_push(server, removed); /* XEP-0313 3.2: taken out of the middle */
    push_result("", query, "A2", "two");
    push_end("", FIN("false", "<first>A0</first>"));
    WAIT_FOR(answers == 1);
    assert_string_equal(seen, "A2:two");
    assert_string_equal(first, "A0");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_page),          TEST(test_the_last_page_of_one_conversation),
        TEST(test_spoofed_results), TEST(test_a_room_answers_for_itself_only),
        TEST(test_errors),          TEST(test_the_stream_breaks),
        TEST(test_odd_results),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
