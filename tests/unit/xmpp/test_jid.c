/* test_jid.c - addresses: what is accepted, in which form, and what is not. */
#include "base/error.h"
#include "xmpp/domain.h"
#include "xmpp/jid.h"
#include "xmpp/precis.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
assert_str(struct str actual, const char *expected)
{
    if (!str_is(actual, expected))
        fail_msg("'%.*s' is not '%s'", STR_ARG(actual), expected);
}

/* RFC 7622 3.5, RFC 8265 3.5, and more. */
static const struct {
    const char *text;
    const char *local, *domain, *resource; /* prepared */
} VALID[] = {
    { "juliet@example.com", "juliet", "example.com", "" },
    { "juliet@example.com/foo", "juliet", "example.com", "foo" },
    { "juliet@example.com/foo bar", "juliet", "example.com", "foo bar" },
    { "juliet@example.com/foo@bar", "juliet", "example.com", "foo@bar" },
    { "foo\\20bar@example.com", "foo\\20bar", "example.com", "" },
    { "fussball@example.com", "fussball", "example.com", "" },
    { "fu\u00DFball@example.com", "fu\u00DFball", "example.com", "" },
    { "\u03C0@example.com", "\u03C0", "example.com", "" },
    { "\u03A3@example.com/foo", "\u03C3", "example.com", "foo" },
    { "\u03C3@example.com/foo", "\u03C3", "example.com", "foo" },
    { "\u03C2@example.com/foo", "\u03C2", "example.com", "foo" },
    { "king@example.com/\u265A", "king", "example.com", "\u265A" },
    { "example.com", "", "example.com", "" },
    { "example.com/foobar", "", "example.com", "foobar" },
    { "a.example.com/b@example.net", "", "a.example.com", "b@example.net" },
    { "x/a/b//c", "", "x", "a/b//c" },
    /* case and width */
    { "Juliet@Example.COM/Foo", "juliet", "example.com", "Foo" },
    { "\u00C4\u00D6\u0423\u042F@x", "\u00E4\u00F6\u0443\u044F", "x", "" },
    { "\uFF41\uFF2E\uFF2E\uFF41@x", "anna", "x", "" },
    { "\uFF76\uFF9E@x", "\u30AC", "x", "" },
    { "x/\uFF21", "", "x", "\uFF21" },
    /* normal form C */
    { "a\u0308@x/o\u0308", "\u00E4", "x", "\u00F6" },
    { "x/a\u00A0b\u3000c", "", "x", "a b c" },
    { "x/ a ", "", "x", " a " },
    /* pictures */
    { "x/\U0001F916", "", "x", "\U0001F916" },
    { "x/\U0001F64C", "", "x", "\U0001F64C" },
    { "x/\U0001F469\U0001F3FD", "", "x", "\U0001F469\U0001F3FD" },
    /* domains */
    { "a@x.", "a", "x", "" },
    { "a@EXAMPLE\u3002com", "a", "example.com", "" },
    { "a@B\u00DCcher.example", "a", "b\u00FCcher.example", "" },
    { "a@xn--bcher-kva.example", "a", "b\u00FCcher.example", "" },
    { "a@XN--BCHER-KVA.example./r", "a", "b\u00FCcher.example", "r" },
    { "a@fa\u00DF.de", "a", "fa\u00DF.de", "" },
    { "a@localhost", "a", "localhost", "" },
    { "a@127.0.0.1/r", "a", "127.0.0.1", "r" },
    { "a@[::1]/r", "a", "[::1]", "r" },
    { "[2001:DB8:0:0:0:0:0:1]", "", "[2001:db8::1]", "" },
    /* right to left */
    { "\u05D0\u05D1@x", "\u05D0\u05D1", "x", "" },
    { "\u0627\u0628\u0661@x", "\u0627\u0628\u0661", "x", "" },
    { "x/\u05D0a", "", "x", "\u05D0a" },
    /* characters that need a context (RFC 5892 A) */
    { "l\u00B7l@x", "l\u00B7l", "x", "" },
    { "\u0375\u03B1@x", "\u0375\u03B1", "x", "" },
    { "\u05D0\u05F3@x", "\u05D0\u05F3", "x", "" },
    { "\u30A2\u30FB\u30A2@x", "\u30A2\u30FB\u30A2", "x", "" },
    { "\u0915\u094D\u200D\u0937@x", "\u0915\u094D\u200D\u0937", "x", "" },
    { "\u0915\u094D\u200C\u0937@x", "\u0915\u094D\u200C\u0937", "x", "" },
    { "\u0628\u200C\u0628@x", "\u0628\u200C\u0628", "x", "" },
};

static const char *const INVALID[] = {
    /* RFC 7622 3.5, RFC 8265 3.5 */
    "\"juliet\"@example.com",
    "foo bar@example.com",
    "@example.com",
    "@example.com/",
    "henry\u2163@example.com",
    "\u265A@example.com",
    "juliet@",
    "/foobar",
    /* parts */
    "",
    "@",
    "/",
    "a@/r",
    "x/",
    "a@b@c",
    "a@x/",
    /* RFC 7622 3.3.1, as they are and after the width is mapped */
    "a&b@x",
    "a'b@x",
    "a:b@x",
    "a<b@x",
    "a>b@x",
    "a\uFF20b@x",
    "a\uFF0Fb@x",
    "a\uFF06b@x",
    /* not in the IdentifierClass */
    "a\tb@x",
    "a\x7F@x",
    "a\u00A0@x",
    "a\u3000@x",
    "\uFB01@x",
    "\u212A@x",
    "\u1100@x",
    "\u0640@x",
    "\u00AD@x",
    "\uFEFF@x",
    "\u200Ey@x",
    "\U0001F916@x",
    /* not in the FreeformClass either */
    "x/a\tb",
    "x/\x7F",
    "x/\xC2\x85",
    "x/\u200B",
    "x/\uFFFE",
    "x/\U0010FFFF",
    "x/\uE000",
    "x/\U0001FFFD",
    "x/\u1100",
    "x/\uFEFF",
    /* context */
    "a\u00B7b@x",
    "\u0375a@x",
    "a\u05F3@x",
    "a\u30FB@x",
    "a\u200D@x",
    "\u200C@x",
    "\u0661\u06F1@x",
    "x/a\u200Db",
    /* RFC 5893 2 */
    "\u05D0a@x",
    "a\u05D0@x",
    "\u0661@x",
    "\u05D0-@x",
    "\u06281\u0661@x",
    /* broken UTF-8 */
    "\xFF@x",
    "a\xC3@x",
    "x/\xC0\xAF",
    "x/\xED\xA0\x80",
    "\xC3\xA4@\xFF",
    /* domains */
    "a@.",
    "a@..",
    "a@x..",
    "a@.x",
    "a@x..y",
    "a@-x",
    "a@x-",
    "a@a_b",
    "a@a b",
    "a@x\u3002\u3002",
    "a@\u2603.example",
    "a@xn--0.example",
    "a@xn--a.example",
    "a@[::1",
    "a@[::1]x",
    "a@[1.2.3.4]",
    "a@[]",
    "a@[::g]",
    "a@::1",
    "a@\u05D0a.example",
};

static void
test_valid(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(VALID); i++) {
        struct arena arena;
        struct jid jid;
        struct jid again;
        arena_init(&arena, 64 * 1024);
        if (jid_parse(&arena, str_from(VALID[i].text), &jid) != 0)
            fail_msg("'%s' is refused", VALID[i].text);
        assert_str(jid.local, VALID[i].local);
        assert_str(jid.domain, VALID[i].domain);
        assert_str(jid.resource, VALID[i].resource);
        assert_true(str_starts_with(jid.full, jid.bare));
        /* Preparation changes nothing the second time. */
        assert_int_equal(jid_parse(&arena, jid.full, &again), 0);
        assert_true(jid_equal(jid, again));
        assert_int_equal(jid_make(&arena, jid.local, jid.domain, jid.resource, &again), 0);
        assert_true(jid_equal(jid, again));
        arena_fini(&arena);
    }
}

static void
test_invalid(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(INVALID); i++) {
        struct arena arena;
        struct jid jid = { .full = STR("untouched") };
        arena_init(&arena, 64 * 1024);
        if (jid_parse(&arena, str_from(INVALID[i]), &jid) != E_JID)
            fail_msg("'%s' (%zu) is accepted", INVALID[i], i);
        assert_str(jid.full, "untouched");
        arena_fini(&arena);
    }
}

static void
test_nul_is_refused(void **state)
{
    struct arena arena;
    struct jid jid;
    (void)state;
    arena_init(&arena, 64 * 1024);
    assert_int_equal(jid_parse(&arena, STR("a\0b@x"), &jid), E_JID);
    assert_int_equal(jid_parse(&arena, STR("a@x\0y"), &jid), E_JID);
    assert_int_equal(jid_parse(&arena, STR("a@x/\0"), &jid), E_JID);
    assert_int_equal(jid_parse(&arena, STR("a@[::1\0]"), &jid), E_JID);
    arena_fini(&arena);
}

/* `count` times `unit`, NUL-terminated. */
static struct str
repeat(struct arena *arena, const char *unit, size_t count)
{
    const size_t len = strlen(unit);
    char *text = arena_alloc(arena, count * len + 1);
    assert_non_null(text);
    for (size_t i = 0; i < count; i++)
        memcpy(text + i * len, unit, len);
    return (struct str){ text, count * len };
}

static void
check_length(const char *unit, size_t count, bool in_local, bool ok)
{
    struct arena arena;
    struct jid jid;
    arena_init(&arena, 1024 * 1024);
    const struct str part = repeat(&arena, unit, count);
    const int r = in_local ? jid_make(&arena, part, STR("x"), STR_EMPTY, &jid)
                           : jid_make(&arena, STR("a"), STR("x"), part, &jid);
    if (r != (ok ? 0 : E_JID))
        fail_msg("%zu times '%s': %d", count, unit, r);
    arena_fini(&arena);
}

/* RFC 7622 3.1: 1023 octets a part. */
static void
test_lengths(void **state)
{
    (void)state;
    for (int in_local = 0; in_local < 2; in_local++) {
        check_length("a", 1023, in_local, true);
        check_length("a", 1024, in_local, false);
        check_length("\u00E4", 511, in_local, true);
        check_length("\u00E4", 512, in_local, false);
        check_length("\u4E2D", 341, in_local, true);
        check_length("\u4E2D", 342, in_local, false);
        check_length("a", 5 * 1000 * 10, in_local, false);
    }
    check_length("A", 1023, true, true);
    check_length("A", 1024, true, false);
    check_length("\uFF41", 1023, true, true); /* counted after preparation */
    check_length("\uFF41", 1024, true, false);
    check_length("\U0001F916", 255, false, true);
    check_length("\U0001F916", 256, false, false);
}

static int
parse_domain(const char *label, size_t count, const char *end)
{
    struct arena arena;
    struct jid jid;
    arena_init(&arena, 1024 * 1024);
    const struct str labels = repeat(&arena, label, count);
    const struct str text = arena_printf(&arena, "%.*s%s", STR_ARG(labels), end);
    const int r = jid_parse(&arena, text, &jid);
    arena_fini(&arena);
    return r;
}

static void
test_domain_lengths(void **state)
{
    (void)state;
    assert_int_equal(parse_domain("a", 63, ""), 0);
    assert_int_equal(parse_domain("a", 64, ""), E_JID);
    assert_int_equal(parse_domain("A", 64, ""), E_JID);
    assert_int_equal(parse_domain("abcdefg.", 127, "1234567"), 0);
    assert_int_equal(parse_domain("abcdefg.", 127, "12345678"), E_JID);
    assert_int_equal(parse_domain("abcdefg.", 127, "1234567."), 0);
    assert_int_equal(parse_domain("\u00E4.", 300, "x"), 0);
    assert_int_equal(parse_domain("\u00E4.", 400, "x"), E_JID);
    /* 63 of them have an A-label that is too long. */
    assert_int_equal(parse_domain("\u00E4", 40, ""), 0);
    assert_int_equal(parse_domain("\u00E4\u4E2D", 40, ""), E_JID);
}

static void
test_parts_and_copies(void **state)
{
    struct arena arena;
    struct arena other;
    struct jid jid;
    struct jid bare;
    struct jid full;
    (void)state;
    arena_init(&arena, 64 * 1024);
    arena_init(&other, 64 * 1024);
    assert_int_equal(jid_parse(&other, STR("anna@x/phone"), &jid), 0);
    jid = jid_dup(&arena, jid);
    arena_fini(&other);
    assert_str(jid.full, "anna@x/phone");
    assert_str(jid.bare, "anna@x");
    assert_false(jid_is_bare(jid));
    bare = jid_bare(jid);
    assert_true(jid_is_bare(bare));
    assert_str(bare.full, "anna@x");
    assert_int_equal(bare.resource.len, 0);
    assert_true(jid_bare_equal(bare, jid));
    assert_false(jid_equal(bare, jid));
    assert_int_equal(jid_with_resource(&arena, jid, STR("o\u0308"), &full), 0);
    assert_str(full.full, "anna@x/\u00F6");
    assert_int_equal(jid_with_resource(&arena, jid, STR_EMPTY, &full), E_JID);
    assert_int_equal(jid_with_resource(&arena, jid, STR("\t"), &full), E_JID);
    assert_int_equal(jid_make(&arena, STR("a"), STR_EMPTY, STR("r"), &full), E_JID);
    assert_int_equal(jid_make(&arena, STR("a@b"), STR("x"), STR("r"), &full), E_JID);
    assert_int_equal(jid_make(&arena, STR("a"), STR("x/y"), STR("r"), &full), E_JID);
    assert_false(jid_is_set((struct jid){ 0 }));
    assert_false(jid_is_bare((struct jid){ 0 }));
    assert_false(jid_is_set(jid_dup(&arena, (struct jid){ 0 })));
    arena_fini(&arena);
}

static void
test_arena_limit(void **state)
{
    struct arena arena;
    struct jid jid;
    struct str text;
    (void)state;
    arena_init(&arena, 0);
    assert_int_equal(jid_parse(&arena, STR("anna@x"), &jid), E_FULL);
    assert_int_equal(jid_parse(&arena, STR("ANNA@x"), &jid), E_FULL);
    assert_int_equal(jid_prepare_local(&arena, STR("anna"), &text), E_FULL);
    assert_int_equal(jid_prepare_opaque(&arena, STR("anna"), &text), E_FULL);
    arena_fini(&arena);
}

static void
test_prepare(void **state)
{
    struct arena arena;
    struct str text;
    (void)state;
    arena_init(&arena, 64 * 1024);
    assert_int_equal(jid_prepare_local(&arena, STR("Anna"), &text), 0);
    assert_str(text, "anna");
    assert_int_equal(jid_prepare_local(&arena, STR("a@b"), &text), E_JID);
    assert_int_equal(jid_prepare_local(&arena, STR("a b"), &text), E_JID);
    assert_int_equal(jid_prepare_local(&arena, STR_EMPTY, &text), E_JID);
    /* RFC 8265 4.3 */
    assert_int_equal(jid_prepare_opaque(&arena, STR("correct horse"), &text), 0);
    assert_str(text, "correct horse");
    assert_int_equal(jid_prepare_opaque(&arena, STR("foo\u1680bar"), &text), 0);
    assert_str(text, "foo bar");
    assert_int_equal(jid_prepare_opaque(&arena, STR("\u03C0\u00DF\u00E5"), &text), 0);
    assert_str(text, "\u03C0\u00DF\u00E5");
    assert_int_equal(jid_prepare_opaque(&arena, STR("Jack of \u2666s"), &text), 0);
    assert_str(text, "Jack of \u2666s");
    assert_int_equal(jid_prepare_opaque(&arena, STR("my cat is a \tby"), &text), E_JID);
    assert_int_equal(jid_prepare_opaque(&arena, STR_EMPTY, &text), E_JID);
    arena_fini(&arena);
}

/* The short path of ASCII gives what the long one gives. */
static void
test_short_path_agrees(void **state)
{
    (void)state;
    for (unsigned c = 1; c < 0x80; c++) {
        const char text[] = { 'a', (char)c, 'b' };
        const struct str s = { text, sizeof(text) };
        struct precis_text slow;
        struct arena arena;
        struct str fast;
        struct jid jid;
        arena_init(&arena, 4096);
        int r = precis_opaque(s, &slow);
        assert_int_equal(jid_prepare_opaque(&arena, s, &fast), r);
        if (r == 0)
            assert_true(str_equal(fast, (struct str){ slow.data, slow.len }));
        if (jid_prepare_local(&arena, s, &fast) == 0) {
            assert_int_equal(precis_username(s, &slow), 0);
            assert_true(str_equal(fast, (struct str){ slow.data, slow.len }));
        }
        r = domain_prepare(s, &slow);
        if (domain_is_plain(s))
            assert_int_equal(r, 0);
        if (r == 0 && c != '@' && c != '/') {
            assert_int_equal(jid_parse(&arena, s, &jid), 0);
            assert_true(str_equal(jid.domain, (struct str){ slow.data, slow.len }));
        }
        arena_fini(&arena);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_valid),
        cmocka_unit_test(test_invalid),
        cmocka_unit_test(test_nul_is_refused),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_domain_lengths),
        cmocka_unit_test(test_parts_and_copies),
        cmocka_unit_test(test_arena_limit),
        cmocka_unit_test(test_prepare),
        cmocka_unit_test(test_short_path_agrees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
