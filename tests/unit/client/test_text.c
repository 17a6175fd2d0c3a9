/* test_text.c - what people type and what they read. */
#include "client/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
typed_text_is_cleaned(void **state)
{
    static const struct {
        const char *typed, *clean;
    } cases[] = {
        { NULL, NULL },
        { "", NULL },
        { " \n\t ", NULL },
        { "\x01\x02", NULL },
        { " hello ", "hello" },
        { "two\nlines\n", "two\nlines" },
        { "a\x0B\x1F"
          "b",
          "ab" },
        { "a\xFF"
          "b",
          "a\xEF\xBF\xBD"
          "b" },
        { "\xEF\xBF\xBE!", "!" },
        { "😺", "😺" },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *clean = text_clean(cases[i].typed);
        if (cases[i].clean)
            assert_string_equal(clean, cases[i].clean);
        else
            assert_null(clean);
    }
}

static void
mentions_are_words(void **state)
{
    static const struct {
        const char *body, *nickname;
        gboolean mentions;
    } cases[] = {
        { "Anna: hello", "anna", TRUE },     { "hello ANNA", "anna", TRUE },
        { "hello @anna!", "anna", TRUE },    { "hannah", "anna", FALSE },
        { "annabel", "anna", FALSE },        { "anna_2", "anna", FALSE },
        { "annabel or anna", "anna", TRUE }, { "grüße, Jürgen", "jürgen", TRUE },
        { "anything", "", FALSE },           { "", "anna", FALSE },
    };
    (void)state;
    assert_false(text_mentions(NULL, "anna"));
    assert_false(text_mentions("anna", NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        assert_int_equal(text_mentions(cases[i].body, cases[i].nickname), cases[i].mentions);
}

static void
nicknames_go_on(void **state)
{
    static const char *const cases[][2] = {
        { "anna", "anna2" },   { "anna2", "anna3" }, { "anna9", "anna10" },
        { "anna0", "anna02" }, { "7", "72" },        { "a99999999999", "a999999999992" },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *next = text_next_nickname(cases[i][0]);
        assert_string_equal(next, cases[i][1]);
    }
}

static void
previews_are_short(void **state)
{
    (void)state;
    g_autofree char *line = text_preview("first\nsecond", 20);
    g_autofree char *cut = text_preview("äöüäöüäöü", 5);
    g_autofree char *empty = text_preview("", 5);
    assert_string_equal(line, "first");
    assert_string_equal(cut, "äöüä…");
    assert_string_equal(empty, "");
}

static void
foreign_texts_are_set_apart(void **state)
{
    static const struct {
        const char *text, *apart;
    } cases[] = {
        { "", "" },
        { "anna", "anna" },
        { "Jürgen 😺\nzwei", "Jürgen 😺\nzwei" },
        { "שרה", "\u200E\u2068שרה\u2069" },
        { "x مريم: y", "\u200E\u2068x مريم: y\u2069" },
        { "eve\u200F", "\u200E\u2068eve\u200F\u2069" },
        { "\u202Eanna", "\u200E\u2068anna\u2069" },
        { "שרה\u2069\u202Dx", "\u200E\u2068שרהx\u2069" },
        { "שרה\nx\u2029y", "\u200E\u2068שרה x y\u2069" },
        { "\U0001E900", "\u200E\u2068\U0001E900\u2069" },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *apart = text_isolate(cases[i].text);
        assert_string_equal(apart, cases[i].apart);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(typed_text_is_cleaned),
        cmocka_unit_test(mentions_are_words),
        cmocka_unit_test(nicknames_go_on),
        cmocka_unit_test(previews_are_short),
        cmocka_unit_test(foreign_texts_are_set_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
