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

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(typed_text_is_cleaned),
        cmocka_unit_test(mentions_are_words),
        cmocka_unit_test(nicknames_go_on),
        cmocka_unit_test(previews_are_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
