/* Tab completes nicknames. */
#include "client/member_private.h"
#include "desktop/completion.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static GListStore *
members(void)
{
    static const char *const names[] = { "Anna", "andrew", "Ben", "Ärger", "Anatol" };
    GListStore *store = g_list_store_new(JD_TYPE_MEMBER);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        const struct member_details details = { .nickname = names[i], .self = i == 4 };
        g_autoptr(JdMember) member = member_new(&details);
        g_list_store_append(store, member);
    }
    return store;
}

static void
test_one_tab(void **state)
{
    static const struct {
        const char *line;
        const char *completed;
    } cases[] = {
        { "be", "Ben, " },
        { "hello BE", "hello Ben " },
        { "hi @be", "hi @Ben " },
        { "är", "Ärger, " },
        { "anat", NULL }, /* oneself */
        { "x", NULL },
        { "", NULL },
        { "hello ", NULL },
        { "@", NULL },
    };
    g_autoptr(GListStore) store = members();
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct completion completion = { 0 };
        g_autofree char *line = completion_next(&completion, cases[i].line, G_LIST_MODEL(store));
        if (cases[i].completed)
            assert_string_equal(line, cases[i].completed);
        else
            assert_null(line);
        completion_reset(&completion);
    }
}

/* Each match in its turn, then the first again; which is first is for the locale to say. */
static void
test_tab_again(void **state)
{
    g_autoptr(GListStore) store = members();
    struct completion completion = { 0 };
    (void)state;
    g_autofree char *first = completion_next(&completion, "an", G_LIST_MODEL(store));
    g_autofree char *second = completion_next(&completion, first, G_LIST_MODEL(store));
    g_autofree char *third = completion_next(&completion, second, G_LIST_MODEL(store));
    assert_string_not_equal(first, second);
    assert_string_equal(first, third);
    assert_true(g_str_equal(first, "Anna, ") || g_str_equal(first, "andrew, "));
    assert_true(g_str_equal(second, "Anna, ") || g_str_equal(second, "andrew, "));
    completion_reset(&completion);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_tab),
        cmocka_unit_test(test_tab_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
