/* test_archive_id.c - ids tell nothing, and lead back to what they stand for. */
#include "base/error.h"
#include "server/store/archive_id.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const unsigned char secret[ARCHIVE_SECRET_BYTES] = "sixteen bytes..";
static const unsigned char other_secret[ARCHIVE_SECRET_BYTES] = "sixteen others.";

static void
an_id_leads_back(void **state)
{
    static const int64_t keys[] = { 1, 2, INT64_C(1790000000000000), INT64_MAX };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        char id[ARCHIVE_ID_BYTES];
        int64_t key = 0;

        archive_id_make(secret, keys[i], id);
        assert_int_equal(strlen(id), ARCHIVE_ID_BYTES - 1);
        assert_int_equal(archive_id_read(secret, str_from(id), &key), 0);
        assert_int_equal(key, keys[i]);
        assert_int_equal(archive_id_read(other_secret, str_from(id), &key), E_NOT_FOUND);
    }
}

/* It lasts: clients remember it. */
static void
an_id_is_always_the_same(void **state)
{
    char id[ARCHIVE_ID_BYTES];

    (void)state;
    archive_id_make(secret, INT64_C(1790000000000000), id);
    assert_string_equal(id, "ycahth2es34trmk3bfy4mxtcea");
    assert_int_equal(archive_origin(STR("anna@chat.example"), STR("m1")),
                     INT64_C(6312545670971844522));
}

static void
neighbours_have_nothing_in_common(void **state)
{
    char one[ARCHIVE_ID_BYTES], next[ARCHIVE_ID_BYTES];
    size_t same = 0;

    (void)state;
    archive_id_make(secret, 1000, one);
    archive_id_make(secret, 1001, next);
    for (size_t i = 0; i < ARCHIVE_ID_BYTES - 1; i++)
        same += one[i] == next[i];
    assert_true(same < 8);
}

static void
what_is_no_id_is_not_found(void **state)
{
    static const char *const texts[] = {
        "",
        "a",
        "aaaaaaaaaaaaaaaaaaaaaaaaaa",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "AAAAAAAAAAAAAAAAAAAAAAAAAA",
        "aaaaaaaaaaaaaaaaaaaaaaaaa1",
        "aaaaaaaaaaaaaaaaaaaaaaaaa\xff",
        "28482-98726-73623",
    };
    char id[ARCHIVE_ID_BYTES];
    int64_t key;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        assert_int_equal(archive_id_read(secret, str_from(texts[i]), &key), E_NOT_FOUND);
    /* One id has one text: not another one with bits that do not count. */
    archive_id_make(secret, 7, id);
    id[ARCHIVE_ID_BYTES - 2]++;
    assert_int_equal(archive_id_read(secret, str_from(id), &key), E_NOT_FOUND);
}

static void
an_origin_is_of_one_sender_and_id(void **state)
{
    int64_t origin = archive_origin(STR("anna@chat.example"), STR("m1"));

    (void)state;
    assert_true(origin > 0);
    assert_int_equal(archive_origin(STR("anna@chat.example"), STR("m1")), origin);
    assert_int_not_equal(archive_origin(STR("anna@chat.example"), STR("m2")), origin);
    assert_int_not_equal(archive_origin(STR("bert@chat.example"), STR("m1")), origin);
    /* The parts do not run into one another. */
    assert_int_not_equal(archive_origin(STR("anna@chat.examplem"), STR("1")), origin);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_leads_back),
        cmocka_unit_test(an_id_is_always_the_same),
        cmocka_unit_test(neighbours_have_nothing_in_common),
        cmocka_unit_test(what_is_no_id_is_not_found),
        cmocka_unit_test(an_origin_is_of_one_sender_and_id),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
