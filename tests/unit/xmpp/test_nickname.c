/* test_nickname.c - which nicknames are the same one. */
#include "base/error.h"
#include "xmpp/nickname.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    const char *text, *key;
} KEYS[] = {
    { "vic", "vic" },
    { "VIC", "vic" },
    { "vic\u2800", "vic" },
    { "vic ", "vic" },
    { "\u3000vic\u00A0", "vic" },
    { "\uFF56\uFF49\uFF43", "vic" },
    { "\uFF36\uFF29\uFF23", "vic" },
    { "v ic", "v ic" },
    { "v \u2003 ic", "v ic" },
    /* RFC 8266 3 */
    { "Foo", "foo" },
    { "foo bar", "foo bar" },
    { "  Swan  of   Avon   ", "swan of avon" },
    { "\u265A", "\u265A" },
    { "Richard \u2163", "richard iv" },
    /* case after form, and spaces after form */
    { "\u2110", "i" },
    { "\u00A8x", "\u0308x" },
    { "\u00C4", "\u00E4" },
    { "A\u0308", "\u00E4" },
    { "\U0001F916", "\U0001F916" },
};

static void
test_keys(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(KEYS); i++) {
        struct arena arena;
        struct str key;

        arena_init(&arena, 4096);
        assert_int_equal(nickname_key(&arena, str_from(KEYS[i].text), &key), 0);
        if (!str_is(key, KEYS[i].key))
            fail_msg("%s: '%.*s' is not '%s'", KEYS[i].text, STR_ARG(key), KEYS[i].key);
        arena_fini(&arena);
    }
}

static const struct {
    const char *text;
    enum nickname_look look;
    const char *key;
} LOOKS[] = {
    { "vic", LOOK_ALL, "vic" },
    { "\u0441\u0430rl", LOOK_ALL, "carl" },     /* Cyrillic */
    { "\u0441\u0430rl", LOOK_FOREIGN, "carl" }, /* Cyrillic */
    { "\u03F2arl", LOOK_ALL, "carl" },          /* Greek lunate sigma */
    { "carI", LOOK_ALL, "carl" },
    { "carI", LOOK_FOREIGN, "cari" },
    { "car1", LOOK_ALL, "carl" },
    { "t\u0456m", LOOK_ALL, "tirn" },
    { "t\u0456m", LOOK_FOREIGN, "tim" },
    { "b\u043Eb1", LOOK_FOREIGN, "bob1" },
    { "j\u00F6rg", LOOK_ALL, "j\u00F6rg" },
    { "vic\u2800", LOOK_ALL, "vic" },
};

static void
test_looks(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(LOOKS); i++) {
        struct arena arena;
        struct str key;

        arena_init(&arena, 4096);
        assert_int_equal(nickname_look_key(&arena, str_from(LOOKS[i].text), LOOKS[i].look, &key),
                         0);
        if (!str_is(key, LOOKS[i].key))
            fail_msg("%s: '%.*s' is not '%s'", LOOKS[i].text, STR_ARG(key), LOOKS[i].key);
        assert_int_equal(nickname_look_key(&arena, STR("\u2800"), LOOKS[i].look, &key), E_JID);
        assert_int_equal(nickname_look_key(&arena, STR("\xFF"), LOOKS[i].look, &key), E_JID);
        arena_fini(&arena);
    }
}

static void
test_blank_ends(void **state)
{
    static const char *const BLANK[] = { "vic\u2800", "\u2800vic", "vic\u3164", "\u2800", " vic" };
    static const char *const SEEN[] = { "", "vic", "v ic", "v\u2800ic", "\U0001F916" };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(BLANK); i++)
        assert_true(nickname_has_blank_end(str_from(BLANK[i])));
    for (size_t i = 0; i < ARRAY_LEN(SEEN); i++)
        assert_false(nickname_has_blank_end(str_from(SEEN[i])));
}

static void
test_what_has_none(void **state)
{
    static const char *const BAD[] = { "",     " ",        "\u3000 ", "\u2800", "\u3164",
                                       "a\nb", "a\u200Bb", "\xFF",    "\u202Ea" };
    struct arena arena;
    struct str key;

    (void)state;
    arena_init(&arena, 4096);
    for (size_t i = 0; i < ARRAY_LEN(BAD); i++)
        if (nickname_key(&arena, str_from(BAD[i]), &key) != E_JID)
            fail_msg("number %zu has one", i);
    arena_fini(&arena);
}

/* U+FDFA becomes 18 characters. */
static void
test_too_long(void **state)
{
    char text[2000] = "";
    struct arena arena;
    struct str key;

    (void)state;
    arena_init(&arena, 4096);
    for (int i = 0; i < 100; i++)
        strcat(text, "\uFDFA");
    assert_int_equal(nickname_key(&arena, str_from(text), &key), E_JID);
    memset(text, 'a', sizeof(text) - 1);
    assert_int_equal(nickname_key(&arena, str_from(text), &key), E_JID);
    arena_fini(&arena);
}

static void
test_full_arena(void **state)
{
    struct arena arena;
    struct str key;

    (void)state;
    arena_init(&arena, 1);
    assert_int_equal(nickname_key(&arena, STR("vic"), &key), E_FULL);
    arena_fini(&arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys),       cmocka_unit_test(test_looks),
        cmocka_unit_test(test_blank_ends), cmocka_unit_test(test_what_has_none),
        cmocka_unit_test(test_too_long),   cmocka_unit_test(test_full_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
