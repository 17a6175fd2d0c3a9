/* test_encoding.c - base64 and hexadecimal, with every way of being wrong. */
#include "base/encoding.h"
#include "base/error.h"
#include "base/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
check_base64(struct str bytes, const char *text)
{
    struct buffer out;
    struct arena arena;
    struct str back;

    buffer_init(&out, 1000);
    arena_init(&arena, 2048);
    base64_encode(&out, bytes);
    assert_true(str_is(buffer_str(&out), text));
    assert_int_equal(base64_decode(&arena, buffer_str(&out), &back), 0);
    assert_true(str_equal(back, bytes));
    buffer_fini(&out);
    arena_fini(&arena);
}

/* RFC 4648 10 */
static void
test_base64_vectors(void **state)
{
    (void)state;
    check_base64(STR(""), "");
    check_base64(STR("f"), "Zg==");
    check_base64(STR("fo"), "Zm8=");
    check_base64(STR("foo"), "Zm9v");
    check_base64(STR("foob"), "Zm9vYg==");
    check_base64(STR("fooba"), "Zm9vYmE=");
    check_base64(STR("foobar"), "Zm9vYmFy");
    check_base64(STR("\0\0\0"), "AAAA");
    check_base64(STR("\xff\xff\xfe\xfb\xef\xbe"), "///+++++");
}

static void
test_base64_refuses(void **state)
{
    static const char *const texts[] = {
        "Z",    "Zg",   "Zg=",  "Zg===",    "=",       "==",       "====",
        "=Zg=", "Z===", "Zg=g", "Zg==Zg==", "Zm9v\n",  "Zm9v\nZm", "Zm9 ",
        "Zm9-", "Zm9_", "Zh==", "Zm9=",     "Zm9\x80", "Zm8=Zm9v",
    };
    struct arena arena;

    (void)state;
    arena_init(&arena, 2048);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct str bytes = STR("untouched");

        assert_int_equal(base64_decode(&arena, str_from(texts[i]), &bytes), E_FORMAT);
        assert_true(str_is(bytes, "untouched"));
    }
    arena_fini(&arena);
}

static void
test_base64_limits(void **state)
{
    struct arena arena;
    struct buffer out;
    struct str bytes;

    (void)state;
    arena_init(&arena, 8);
    assert_int_equal(base64_decode(&arena, STR("Zm9v"), &bytes), E_FULL);
    arena_fini(&arena);
    buffer_init(&out, 3);
    base64_encode(&out, STR("f"));
    assert_true(buffer_failed(&out));
    buffer_fini(&out);
}

static void
test_base64_any_bytes(void **state)
{
    char bytes[200];

    (void)state;
    random_bytes(bytes, sizeof(bytes));
    for (size_t len = 0; len <= sizeof(bytes); len++) {
        struct str in = { bytes, len }, back;
        struct buffer out;
        struct arena arena;

        buffer_init(&out, 1000);
        arena_init(&arena, 2048);
        base64_encode(&out, in);
        assert_int_equal(buffer_len(&out), (len + 2) / 3 * 4);
        assert_int_equal(base64_decode(&arena, buffer_str(&out), &back), 0);
        assert_true(str_equal(in, back));
        arena_fini(&arena);
        buffer_fini(&out);
    }
}

static void
test_hex(void **state)
{
    struct buffer out;

    (void)state;
    buffer_init(&out, 100);
    hex_encode(&out, STR(""));
    assert_int_equal(buffer_len(&out), 0);
    hex_encode(&out, STR("\x00\x09\xaf\xff"));
    assert_true(str_is(buffer_str(&out), "0009afff"));
    buffer_fini(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_base64_vectors),
        cmocka_unit_test(test_base64_refuses),
        cmocka_unit_test(test_base64_limits),
        cmocka_unit_test(test_base64_any_bytes),
        cmocka_unit_test(test_hex),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
