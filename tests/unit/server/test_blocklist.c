/* test_blocklist.c - which addresses an item matches (XEP-0191 5). */
#include "server/account/blocklist.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct {
    const char *item, *address;
    bool matches;
} cases[] = {
    { "anna@a.example/desk", "anna@a.example/desk", true },
    { "anna@a.example/desk", "anna@a.example/phone", false },
    { "anna@a.example/desk", "anna@a.example", false },
    { "anna@a.example/desk", "a.example/desk", false },
    { "anna@a.example", "anna@a.example/desk", true },
    { "anna@a.example", "anna@a.example", true },
    { "anna@a.example", "anna@b.example", false },
    { "anna@a.example", "a.example", false },
    { "anna@a.example", "hanna@a.example", false },
    { "a.example/desk", "a.example/desk", true },
    { "a.example/desk", "anna@a.example/desk", false },
    { "a.example/desk", "a.example", false },
    { "a.example", "a.example", true },
    { "a.example", "a.example/desk", true },
    { "a.example", "anna@a.example", true },
    { "a.example", "anna@a.example/desk", true },
    { "a.example", "anna@sub.a.example", false },
    { "a.example", "b.example", false },
};

static struct jid
parse(struct arena *arena, const char *text)
{
    struct jid jid;

    assert_int_equal(jid_parse(arena, str_from(text), &jid), 0);
    return jid;
}

static void
items_match(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct blocklist list;
        struct arena arena;
        struct jid item, address;

        arena_init(&arena, 64 * 1024);
        blocklist_init(&list);
        item = parse(&arena, cases[i].item);
        address = parse(&arena, cases[i].address);
        assert_false(blocklist_matches(&list, address));
        blocklist_add(&list, item.full);
        if (blocklist_matches(&list, address) != cases[i].matches ||
            blocklist_item_matches(item, address) != cases[i].matches)
            fail_msg("%s and %s", cases[i].item, cases[i].address);
        blocklist_fini(&list);
        arena_fini(&arena);
    }
}

static void
a_list_is_changed(void **state)
{
    struct blocklist list;
    size_t count = 0;

    (void)state;
    blocklist_init(&list);
    blocklist_remove(&list, STR("a.example"));
    blocklist_add(&list, STR("a.example"));
    blocklist_add(&list, STR("a.example"));
    blocklist_add(&list, STR("b.example"));
    assert_int_equal(blocklist_count(&list), 2);
    for (struct str at = STR_EMPTY; (at = blocklist_next(&list, at)).len > 0;)
        count++;
    assert_int_equal(count, 2);
    blocklist_remove(&list, STR("a.example"));
    assert_false(blocklist_has(&list, STR("a.example")));
    assert_true(blocklist_has(&list, STR("b.example")));
    blocklist_clear(&list);
    assert_int_equal(blocklist_count(&list), 0);
    blocklist_fini(&list);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_match),
        cmocka_unit_test(a_list_is_changed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
