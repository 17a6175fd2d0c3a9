/* What people write and what a label shows of it. */
#include "desktop/markup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#define MARK(c)  "<span alpha=\"45%\">" c "</span>"
#define LINK(at) "<a href=\"" at "\">" at "</a>"

static void
test_markup(void **state)
{
    static const struct {
        const char *body;
        const char *markup;
    } cases[] = {
        { "", "" },
        { "plain", "plain" },
        { "a < b & c > d", "a &lt; b &amp; c &gt; d" },
        { "<b>no</b>", "&lt;b&gt;no&lt;/b&gt;" },
        /* links */
        { "https://a.example", LINK("https://a.example") },
        { "see http://a.example/x.", "see " LINK("http://a.example/x") "." },
        { "(https://a.example/b_(c))", "(" LINK("https://a.example/b_(c)") ")" },
        { "https://a.example/?q=1&r=2", LINK("https://a.example/?q=1&amp;r=2") },
        { "https://a.example/\"onclick=\"x", LINK("https://a.example/") "&quot;onclick=&quot;x" },
        { "https://", "https://" },
        { "xhttps://a.example", "xhttps://a.example" },
        { "HTTPS://A.EXAMPLE", LINK("HTTPS://A.EXAMPLE") },
        { "javascript:alert(1)", "javascript:alert(1)" },
        { "https://a.example/*b*", LINK("https://a.example/*b") "*" },
        { "xmpp:lobby@rooms.example?join", LINK("xmpp:lobby@rooms.example?join") },
        /* spans */
        { "*strong*", MARK("*") "<b>strong</b>" MARK("*") },
        { "an _em_ here", "an " MARK("_") "<i>em</i>" MARK("_") " here" },
        { "~gone~", MARK("~") "<s>gone</s>" MARK("~") },
        { "`*code* <x>`", MARK("`") "<tt>*code* &lt;x&gt;</tt>" MARK("`") },
        { "*https://a.example*", MARK("*") "<b>" LINK("https://a.example") "</b>" MARK("*") },
        /* no spans */
        { "2 * 3 * 4", "2 * 3 * 4" },
        { "snake_case_name", "snake_case_name" },
        { "*open", "*open" },
        { "* not *", "* not *" },
        { "**", "**" },
        { "*two\nlines*", "*two\nlines*" },
        { "***", "***" },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *markup = markup_from_body(cases[i].body);
        assert_string_equal(markup, cases[i].markup);
    }
}

/* Whatever it is, a label takes it; and a page of marks costs no more than a page of letters. */
static void
test_any_text_is_valid(void **state)
{
    static const char letters[] = "*_~`<>&\"' \nab:/.h";
    GRand *random = g_rand_new_with_seed(7);
    (void)state;
    for (int round = 0; round < 2000; round++) {
        g_autoptr(GString) body = g_string_new(round % 5 == 0 ? "https://x" : "");
        int length = g_rand_int_range(random, 0, 60);
        for (int i = 0; i < length; i++)
            g_string_append_c(body, letters[g_rand_int_range(random, 0, sizeof(letters) - 1)]);
        g_autofree char *markup = markup_from_body(body->str);
        g_autofree char *document = g_strdup_printf("<markup>%s</markup>", markup);
        const GMarkupParser parser = { 0 };
        GMarkupParseContext *context = g_markup_parse_context_new(&parser, 0, NULL, NULL);
        g_autoptr(GError) error = NULL;
        g_markup_parse_context_parse(context, document, -1, &error);
        g_markup_parse_context_free(context);
        assert_null(error);
    }
    g_rand_free(random);

    g_autofree char *stars = g_strnfill(60000, '*');
    for (size_t i = 1; i < 60000; i += 2)
        stars[i] = 'a' + (char)(i % 26);
    g_autofree char *markup = markup_from_body(stars);
    assert_in_range(strlen(markup), 8000, 60000); /* shown in part, see test_long_words */
}

static void
test_emoji_only(void **state)
{
    static const struct {
        const char *body;
        gboolean only;
    } cases[] = {
        { "😀", TRUE },
        { "😀 🎉", TRUE },
        { "👩‍👩‍👧", TRUE }, /* joined: one */
        { "👍🏽", TRUE },           /* with a skin tone */
        { "🇪🇺", TRUE },                 /* a flag is two letters */
        { "❤️", TRUE },             /* with a variation selector */
        { "😀😀😀", TRUE },
        { "😀😀😀😀", FALSE },
        { "", FALSE },
        { " ", FALSE },
        { "a", FALSE },
        { "😀 a", FALSE },
        { "12", FALSE },
        { "你好", FALSE },
        { "\xEF\xB8\x8F", FALSE }, /* a variation selector alone */
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        assert_int_equal(markup_is_emoji_only(cases[i].body), cases[i].only);
}

/* A word of any length may be broken, and a body of any length ends. */
static void
test_long_words(void **state)
{
    g_autofree char *word = g_strnfill(100, 'x');
    g_autofree char *body = g_strnfill(250000, 'x');
    g_autofree char *umlauts = NULL;
    g_autofree char *markup = markup_from_body(word);
    GString *many = g_string_new(NULL);
    (void)state;

    assert_int_equal(strlen(markup), 100 + strlen("\u200b"));
    assert_memory_equal(markup + 80, "\u200b", strlen("\u200b"));
    g_free(g_steal_pointer(&markup));
    markup = markup_from_body(body);
    assert_true(strlen(markup) < 10000);
    assert_non_null(strstr(markup, "…"));
    for (int i = 0; i < 9001; i++)
        g_string_append(many, "\u00fc");
    umlauts = g_string_free(many, FALSE);
    g_free(g_steal_pointer(&markup));
    markup = markup_from_body(umlauts);
    assert_true(g_utf8_validate(markup, -1, NULL));
}

/* Nothing is lost or changed but where it is divided. */
static void
test_paragraphs(void **state)
{
    g_autofree char *word = g_strnfill(9000, 'x');
    g_autofree char *words = g_strnfill(9000, 'x');
    g_autofree char *umlauts = NULL;
    GString *many = g_string_new(NULL);
    (void)state;
    for (size_t i = 9; i < 9000; i += 10)
        words[i] = ' ';
    for (int i = 0; i < 9001; i++)
        g_string_append(many, "\u00fc");
    umlauts = g_string_free(many, FALSE);
    const char *bodies[] = { word, words, umlauts, "", "one", "one\n\ntwo\n", "\n" };
    static const guint dividers[] = { 4, 4, 9, 0, 0, 0, 0 };
    for (size_t i = 0; i < G_N_ELEMENTS(bodies); i++) {
        g_autofree char *divided = markup_in_paragraphs(bodies[i]);
        g_auto(GStrv) pieces = g_strsplit(divided, "\u2029", -1);
        g_autofree char *whole = markup_without_breaks(divided);
        assert_string_equal(whole, bodies[i]);
        assert_int_equal(g_strv_length(pieces), bodies[i][0] ? dividers[i] + 1 : 0);
        for (guint j = 0; pieces[j]; j++)
            assert_true(strlen(pieces[j]) <= 2301 && g_utf8_validate(pieces[j], -1, NULL));
    }
    g_autofree char *between_words = markup_in_paragraphs(words);
    assert_non_null(strstr(between_words, " \u2029x"));
}

static void
test_cut(void **state)
{
    g_autofree char *limit = g_strnfill(8000, 'x');
    g_autofree char *more = g_strnfill(8001, 'x');
    g_autofree char *lines = g_strnfill(120, '\n');
    (void)state;
    assert_false(markup_is_cut(""));
    assert_false(markup_is_cut(limit));
    assert_true(markup_is_cut(more));
    assert_true(markup_is_cut(lines));
    lines[0] = 'x';
    assert_false(markup_is_cut(lines));
    g_autofree char *shown = markup_dup_shown(more);
    assert_int_equal(strlen(shown), 8000 + strlen("…"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_markup),
        cmocka_unit_test(test_long_words),
        cmocka_unit_test(test_paragraphs),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_any_text_is_valid),
        cmocka_unit_test(test_emoji_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
