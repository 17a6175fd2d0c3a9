/* test_list.c - the ring: order, removal, removal while walking. */
#include "base/list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct item {
    int value;
    struct list link;
};

static struct item *
item_of(struct list *link)
{
    return CONTAINER_OF(link, struct item, link);
}

static void
test_empty(void **state)
{
    struct list list;
    size_t visits = 0;

    (void)state;
    list_init(&list);
    assert_true(list_is_empty(&list));
    assert_int_equal(list_count(&list), 0);
    LIST_FOREACH (&list, link)
        visits++;
    assert_int_equal(visits, 0);
}

static void
test_keeps_order(void **state)
{
    struct list list;
    struct item items[3] = { { .value = 1 }, { .value = 2 }, { .value = 3 } };
    int expected = 1;

    (void)state;
    list_init(&list);
    for (int i = 0; i < 3; i++)
        list_append(&list, &items[i].link);
    assert_int_equal(list_count(&list), 3);
    LIST_FOREACH (&list, link)
        assert_int_equal(item_of(link)->value, expected++);
    list_remove(&items[1].link);
    assert_int_equal(list_count(&list), 2);
    assert_int_equal(item_of(list.next)->value, 1);
    assert_int_equal(item_of(list.prev)->value, 3);
}

static void
test_removes_while_walking(void **state)
{
    struct list list;
    struct item items[4] = { { .value = 1 }, { .value = 2 }, { .value = 3 }, { .value = 4 } };

    (void)state;
    list_init(&list);
    for (int i = 0; i < 4; i++)
        list_append(&list, &items[i].link);
    LIST_FOREACH (&list, link) {
        if (item_of(link)->value % 2 == 0)
            list_remove(link);
    }
    assert_int_equal(list_count(&list), 2);
    LIST_FOREACH (&list, link)
        list_remove(link);
    assert_true(list_is_empty(&list));
}

static void
test_removing_twice_is_fine(void **state)
{
    struct list list;
    struct item item = { .value = 1 };

    (void)state;
    list_init(&list);
    list_append(&list, &item.link);
    list_remove(&item.link);
    list_remove(&item.link);
    assert_true(list_is_empty(&list));
    list_append(&list, &item.link);
    assert_int_equal(list_count(&list), 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_keeps_order),
        cmocka_unit_test(test_removes_while_walking),
        cmocka_unit_test(test_removing_twice_is_fine),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
