/* test_reserved_names.c - which names nobody registers over the network. */
#include "base/attributes.h"
#include "server/account/reserved_names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
test_names(void **state)
{
    static const char *const KEPT[] = {
        "admin",          "root",    "abuse",      "webmaster",
        "lobby",          "jackdaw", "\u0430dmin", /* Cyrillic a */
        "r\u043E\u043Et", "l0bby",
    };
    static const char *const FREE[] = { "", "anna", "admins", "roots", "guests", "j\u00F6rg" };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(KEPT); i++)
        if (!reserved_names_have(str_from(KEPT[i])))
            fail_msg("%s is free", KEPT[i]);
    for (size_t i = 0; i < ARRAY_LEN(FREE); i++)
        if (reserved_names_have(str_from(FREE[i])))
            fail_msg("%s is kept", FREE[i]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_names) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
