/* test_occupant_id.c - XEP-0421: stable, unlike, and not to be guessed. */
#include "server/room/occupant_id.h"

#include <stdlib.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
it_is_the_hmac(void **state)
{
    /* RFC 4231 4.3: test case 2. */
    char *id = occupant_id_make(STR("Jefe"), STR("what do ya want for nothing?"));

    (void)state;
    assert_string_equal(id, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    free(id);
}

static void
rooms_and_people_differ(void **state)
{
    char *ids[] = {
        occupant_id_make(STR("one"), STR("anna@chat.example")),
        occupant_id_make(STR("one"), STR("anna@chat.example")),
        occupant_id_make(STR("two"), STR("anna@chat.example")),
        occupant_id_make(STR("one"), STR("berta@chat.example")),
    };

    (void)state;
    assert_string_equal(ids[0], ids[1]);
    assert_string_not_equal(ids[0], ids[2]);
    assert_string_not_equal(ids[0], ids[3]);
    for (size_t i = 0; i < 4; i++)
        free(ids[i]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_the_hmac),
        cmocka_unit_test(rooms_and_people_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
