/* test_archive_text.c - what the store reads in a message's XML, and what it leaves of it. */
#include "base/error.h"
#include "server/store/archive_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static void
assert_text(struct str text, const char *expected)
{
    char *copy = str_dup(text);

    assert_string_equal(copy, expected);
    free(copy);
}

static void
bodies_are_found(void **state)
{
    static const struct {
        const char *xml, *body;
    } cases[] = {
        { "<message><body>Hello &amp; bye</body></message>", "Hello & bye" },
        { "<message/>", "" },
        { "<message><body xmlns='other'>no</body></message>", "" },
        { "<message><body>a &gt;</body><x xmlns='y'><body>b</body></x></message>", "a >" },
        /* Words that stand in for a payload are not what anybody said. */
        { "<message><body>/me took it back</body>"
          "<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:message-retract:1'/></message>",
          "" },
        /* A part of them is. */
        { "<message><body>> quote\nanswer</body><fallback xmlns='urn:xmpp:fallback:0'"
          " for='urn:xmpp:reply:0'><body start='0' end='8'/></fallback></message>",
          "> quote\nanswer" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct arena arena;
        struct str body;

        arena_init(&arena, 1024 * 1024);
        assert_int_equal(archive_text_body(&arena, str_from(cases[i].xml), &body), 0);
        assert_text(body, cases[i].body);
        arena_fini(&arena);
    }
}

static void
what_is_no_xml_is_said_so(void **state)
{
    static const char *const texts[] = { "", "message", "<message>", "<message></presence>" };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct arena arena;
        struct buffer out;
        struct str body;

        arena_init(&arena, 1024 * 1024);
        buffer_init(&out, 1024);
        assert_int_equal(archive_text_body(&arena, str_from(texts[i]), &body), E_FORMAT);
        assert_true(archive_text_bury(str_from(texts[i]), STR("<retracted/>"), &out) < 0);
        assert_int_equal(buffer_len(&out), 0);
        buffer_fini(&out);
        arena_fini(&arena);
    }
}

static void
a_tombstone_leaves_who_and_when(void **state)
{
    struct buffer out;

    (void)state;
    buffer_init(&out, 1024);
    assert_int_equal(archive_text_bury(STR("<message from='r@x/a&apos;b' id='1' type='groupchat'>"
                                           "<body>secret</body><url>secret</url>"
                                           "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='o'/>"
                                           "</message>"),
                                       STR("<retracted xmlns='t'/>"), &out),
                     0);
    assert_text(buffer_str(&out), "<message from='r@x/a&apos;b' id='1' type='groupchat'>"
                                  "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='o'/>"
                                  "<retracted xmlns='t'/></message>");
    buffer_fini(&out);
}

static void
the_same_words_are_recognised(void **state)
{
    static const struct {
        const char *one, *other;
        bool same;
    } cases[] = {
        { "<message from='a/1' id='x'><body>b</body></message>",
          "<message from='a/2' id='x'><body>b</body></message>", true },
        { "<message id='x'><body>b</body></message>", "<message id='x'><body>c</body></message>",
          false },
        { "<message id='&gt;'><body/></message>", "<message><body/></message>", true },
        { "<message/>", "<message/>", false },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_int_equal(archive_text_same(str_from(cases[i].one), str_from(cases[i].other)),
                         cases[i].same);
}

static void
words_become_an_expression(void **state)
{
    static const struct {
        const char *words, *match;
    } cases[] = {
        { "tea", "{scope} : \"a1\" AND {body} : \"tea\"" },
        { " tea  OR \n NOT ", "{scope} : \"a1\" AND {body} : \"tea\" AND {body} : \"OR\""
                              " AND {body} : \"NOT\"" },
        { "x\"* OR scope:a2", "{scope} : \"a1\" AND {body} : \"x\"\"*\" AND {body} : \"OR\""
                              " AND {body} : \"scope:a2\"" },
        { "", "{scope} : \"a1\"" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct buffer out;

        buffer_init(&out, 1024);
        archive_text_match(&out, STR("a1"), str_from(cases[i].words));
        assert_text(buffer_str(&out), cases[i].match);
        buffer_fini(&out);
    }
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies_are_found),
        cmocka_unit_test(what_is_no_xml_is_said_so),
        cmocka_unit_test(a_tombstone_leaves_who_and_when),
        cmocka_unit_test(the_same_words_are_recognised),
        cmocka_unit_test(words_become_an_expression),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
