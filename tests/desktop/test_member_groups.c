/* Members in order, under headlines, following every change. */
#include "client/member_private.h"
#include "desktop/member_group.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static JdMember *
add(GListStore *store, const char *nickname, JdRole role)
{
    const struct member_details details = { .nickname = nickname, .role = role };
    g_autoptr(JdMember) member = member_new(&details);
    g_list_store_append(store, member);
    return member;
}

/* Sorting waits for the main loop. */
static void
settle(void)
{
    while (g_main_context_iteration(NULL, FALSE))
        continue;
}

static void
assert_shows(JdMemberGroups *groups, const char *expected)
{
    g_autoptr(GString) shown = g_string_new(NULL);
    settle();
    for (guint i = 0; i < g_list_model_get_n_items(G_LIST_MODEL(groups)); i++) {
        g_autoptr(GObject) item = g_list_model_get_item(G_LIST_MODEL(groups), i);
        if (JD_IS_MEMBER(item)) {
            g_string_append_printf(shown, " %s", jd_member_get_nickname(JD_MEMBER(item)));
        } else {
            JdMemberGroup *group = JD_MEMBER_GROUP(item);
            g_string_append_printf(shown, "[%s %u]",
                                   jd_member_group_is_moderators(group) ? "mod" : "all",
                                   jd_member_group_get_count(group));
        }
    }
    assert_string_equal(shown->str, expected);
}

static void
test_order(void **state)
{
    g_autoptr(GListStore) store = g_list_store_new(JD_TYPE_MEMBER);
    g_autoptr(JdMemberGroups) groups = jd_member_groups_new(G_LIST_MODEL(store));
    (void)state;
    assert_shows(groups, "");
    JdMember *ben = add(store, "ben", JD_ROLE_PARTICIPANT);
    add(store, "Anna", JD_ROLE_PARTICIPANT);
    assert_shows(groups, "[all 2] Anna ben");
    add(store, "zoe", JD_ROLE_MODERATOR);
    assert_shows(groups, "[mod 1] zoe[all 2] Anna ben");

    const struct member_details promoted = { .nickname = "ben", .role = JD_ROLE_MODERATOR };
    member_update(ben, &promoted);
    assert_shows(groups, "[mod 2] ben zoe[all 1] Anna");
    const struct member_details renamed = { .nickname = "zz", .role = JD_ROLE_MODERATOR };
    member_update(ben, &renamed);
    assert_shows(groups, "[mod 2] zoe zz[all 1] Anna");
    g_list_store_remove(store, 1);
    assert_shows(groups, "[mod 2] zoe zz");
    g_list_store_remove_all(store);
    assert_shows(groups, "");
}

static void
test_filter(void **state)
{
    g_autoptr(GListStore) store = g_list_store_new(JD_TYPE_MEMBER);
    g_autoptr(JdMemberGroups) groups = jd_member_groups_new(G_LIST_MODEL(store));
    (void)state;
    add(store, "ÄNNE", JD_ROLE_PARTICIPANT);
    add(store, "ben", JD_ROLE_PARTICIPANT);
    jd_member_groups_set_filter(groups, "änn");
    assert_shows(groups, "[all 1] ÄNNE");
    jd_member_groups_set_filter(groups, "nobody");
    assert_shows(groups, "");
    jd_member_groups_set_filter(groups, "");
    assert_shows(groups, "[all 2] ben ÄNNE");
}

/* A list that is gone is not sorted any more. */
static void
count_cb(GListModel *model, guint position, guint removed, guint added, gpointer data)
{
    guint *touched = data;
    (void)model;
    (void)position;
    *touched += removed + added;
}

static void
test_gone_before_the_turn(void **state)
{
    g_autoptr(GListStore) store = g_list_store_new(JD_TYPE_MEMBER);
    guint touched = 0;
    (void)state;
    JdMemberGroups *groups = jd_member_groups_new(G_LIST_MODEL(store));
    g_signal_connect(groups, "items-changed", G_CALLBACK(count_cb), &touched);
    add(store, "ben", JD_ROLE_PARTICIPANT);
    g_object_unref(groups);
    settle();
    assert_int_equal(touched, 0);
    /* Nobody follows the member any more. */
    g_list_store_remove_all(store);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_filter),
        cmocka_unit_test(test_gone_before_the_turn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
