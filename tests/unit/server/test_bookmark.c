/* test_bookmark.c - rooms between the two ways of writing them down. */
#include "server/account/bookmark.h"

#include "xmpp/xml_reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define OLD(attributes, content)                                                                   \
    "<conference xmlns='storage:bookmarks' " attributes ">" content "</conference>"
#define NEW(attributes, content)                                                                   \
    "<conference xmlns='urn:xmpp:bookmarks:1' " attributes ">" content "</conference>"

static const struct element *
parse(struct arena *arena, const char *text)
{
    struct element *element;

    assert_int_equal(xml_parse(arena, str_from(text), STR("x"), &element), 0);
    return element;
}

static void
assert_written(void (*write)(struct buffer *out, const struct bookmark *bookmark),
               const struct bookmark *bookmark,
               const char *expected)
{
    struct buffer out;

    buffer_init(&out, 10000);
    write(&out, bookmark);
    buffer_append_char(&out, '\0');
    assert_string_equal(buffer_str(&out).data, expected);
    buffer_fini(&out);
}

static void
both_ways(void **state)
{
    static const struct {
        const char *old, *written_old, *written_new;
    } cases[] = {
        { OLD("jid='Tea@Rooms.example'", ""), "<conference jid='tea@rooms.example'></conference>",
          "<conference xmlns='urn:xmpp:bookmarks:1'></conference>" },
        { OLD("jid='a@b/res' name='&lt;A&amp;' autojoin='1'", "<nick>N</nick><password/>"),
          "<conference jid='a@b' name='&lt;A&amp;' autojoin='true'><nick>N</nick>"
          "<password></password></conference>",
          "<conference xmlns='urn:xmpp:bookmarks:1' name='&lt;A&amp;' autojoin='true'>"
          "<nick>N</nick><password></password></conference>" },
        { OLD("jid='a@b' autojoin='false'", "<other/>"), "<conference jid='a@b'></conference>",
          "<conference xmlns='urn:xmpp:bookmarks:1'></conference>" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct bookmark bookmark, again;
        struct arena arena;

        arena_init(&arena, 100000);
        assert_true(bookmark_read_legacy(&arena, parse(&arena, cases[i].old), &bookmark));
        assert_written(bookmark_write_legacy, &bookmark, cases[i].written_old);
        assert_written(bookmark_write, &bookmark, cases[i].written_new);
        assert_true(
            bookmark_read(&arena, bookmark.jid, parse(&arena, cases[i].written_new), &again));
        assert_true(bookmark_equal(&bookmark, &again));
        arena_fini(&arena);
    }
}

static void
what_is_no_bookmark_is_not_read(void **state)
{
    static const char *const old[] = {
        OLD("", ""),
        OLD("jid='@'", ""),
        NEW("jid='a@b'", ""),
        "<url xmlns='storage:bookmarks' jid='a@b'/>",
    };
    struct bookmark bookmark;
    struct arena arena;

    (void)state;
    arena_init(&arena, 100000);
    for (size_t i = 0; i < ARRAY_LEN(old); i++)
        assert_false(bookmark_read_legacy(&arena, parse(&arena, old[i]), &bookmark));
    assert_false(bookmark_read(&arena, STR("a@b"), parse(&arena, OLD("", "")), &bookmark));
    assert_false(bookmark_read(&arena, STR("a@b"), NULL, &bookmark));
    arena_fini(&arena);
}

static void
extensions_are_kept(void **state)
{
    struct bookmark bookmark;
    struct arena arena;

    (void)state;
    arena_init(&arena, 100000);
    assert_true(bookmark_read(
        &arena, STR("a@b"),
        parse(&arena, NEW("", "<extensions><x xmlns='u:x' a='1'/></extensions>")), &bookmark));
    assert_written(bookmark_write, &bookmark,
                   "<conference xmlns='urn:xmpp:bookmarks:1'><extensions><x xmlns='u:x' a='1'/>"
                   "</extensions></conference>");
    assert_written(bookmark_write_legacy, &bookmark, "<conference jid='a@b'></conference>");
    arena_fini(&arena);
}

static void
differences_are_seen(void **state)
{
    static const char *const different[] = {
        OLD("jid='c@b' name='A' autojoin='1'", "<nick>N</nick>"),
        OLD("jid='a@b' name='B' autojoin='1'", "<nick>N</nick>"),
        OLD("jid='a@b' name='A'", "<nick>N</nick>"),
        OLD("jid='a@b' name='A' autojoin='1'", "<nick>M</nick>"),
        OLD("jid='a@b' name='A' autojoin='1'", ""),
        OLD("jid='a@b' name='A' autojoin='1'", "<nick>N</nick><password>p</password>"),
    };
    struct bookmark bookmark, other;
    struct arena arena;

    (void)state;
    arena_init(&arena, 100000);
    assert_true(bookmark_read_legacy(
        &arena, parse(&arena, OLD("jid='a@b' name='A' autojoin='true'", "<nick>N</nick>")),
        &bookmark));
    for (size_t i = 0; i < ARRAY_LEN(different); i++) {
        assert_true(bookmark_read_legacy(&arena, parse(&arena, different[i]), &other));
        assert_false(bookmark_equal(&bookmark, &other));
    }
    arena_fini(&arena);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ways),
        cmocka_unit_test(what_is_no_bookmark_is_not_read),
        cmocka_unit_test(extensions_are_kept),
        cmocka_unit_test(differences_are_seen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
