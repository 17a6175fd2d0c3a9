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

static void
test_what_has_none(void **state)
{
    static const char *const BAD[] = { "", " ", "\u3000 ", "a\nb", "a\u200Bb", "\xFF", "\u202Ea" };
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
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_what_has_none),
        cmocka_unit_test(test_too_long),
        cmocka_unit_test(test_full_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
