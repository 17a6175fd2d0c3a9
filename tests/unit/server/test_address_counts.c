/* test_address_counts.c - counts per network, never too low. */
#include "server/core/address_counts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void
counts_up_and_down(void **state)
{
    struct address_counts *counts = address_counts_new();

    (void)state;
    for (unsigned i = 1; i <= 5; i++)
        assert_int_equal(address_counts_add(counts, STR("192.0.2.1")), i);
    assert_int_equal(address_counts_add(counts, STR("2001:db8::")), 1);
    address_counts_remove(counts, STR("192.0.2.1"));
    assert_int_equal(address_counts_add(counts, STR("192.0.2.1")), 5);
    address_counts_free(counts);
}

static void
many_networks_hardly_disturb_each_other(void **state)
{
    struct address_counts *counts = address_counts_new();
    unsigned most = 0;

    (void)state;
    for (unsigned i = 0; i < 4000; i++) {
        char network[32];
        unsigned count;

        (void)snprintf(network, sizeof(network), "198.51.%u.%u", i / 256, i % 256);
        count = address_counts_add(counts, str_from(network));
        assert_true(count >= 1);
        most = count > most ? count : most;
    }
    assert_true(most <= 12);
    address_counts_free(counts);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_up_and_down),
        cmocka_unit_test(many_networks_hardly_disturb_each_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
