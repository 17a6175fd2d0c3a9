/* test_roster.c - a roster in memory: what is put in is what is found. */
#include "base/error.h"
#include "server/account/presence.h"
#include "server/account/roster.h"
#include "xmpp/ns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct jid
bare(struct str text)
{
    return (struct jid){ .full = text, .bare = text };
}

static void
keeps_copies(void **state)
{
    char jid[] = "bert@b", name[] = "Bert", first[] = "one", second[] = "two";
    struct str groups[] = { str_from(first), str_from(second) };
    struct store_roster_item row = {
        .jid = str_from(jid),
        .name = str_from(name),
        .groups = groups,
        .group_count = 2,
        .subscription = ROSTER_BOTH,
        .listed = true,
    };
    struct roster roster;

    (void)state;
    roster_init(&roster);
    roster_put(&roster, &row);
    jid[0] = name[0] = first[0] = second[0] = 'x';

    struct roster_item *item = roster_find(&roster, bare(STR("bert@b")));
    assert_non_null(item);
    assert_true(str_is(item->row.name, "Bert"));
    assert_int_equal(item->row.group_count, 2);
    assert_true(str_is(item->row.groups[0], "one"));
    assert_true(str_is(item->row.groups[1], "two"));
    assert_true(roster_item_sees_user(item) && roster_item_is_seen(item));
    assert_null(roster_find(&roster, bare(STR("xert@b"))));
    roster_fini(&roster);
}

/* A changed row is put in from views of the old one. */
static void
replaces_itself(void **state)
{
    struct roster roster;
    struct store_roster_item row = { .jid = STR("bert@b"), .name = STR("Bert") };

    (void)state;
    roster_init(&roster);
    roster_put(&roster, &row);
    assert_int_equal(roster.listed_count, 0);

    row = roster_find(&roster, bare(STR("bert@b")))->row;
    row.listed = true;
    row.subscription = ROSTER_TO;
    roster_put(&roster, &row);
    assert_int_equal(map_count(&roster.items), 1);
    assert_int_equal(roster.listed_count, 1);

    struct roster_item *item = roster_find(&roster, bare(STR("bert@b")));
    assert_true(str_is(item->row.name, "Bert"));
    assert_true(roster_item_is_seen(item));
    assert_false(roster_item_sees_user(item));
    roster_remove(&roster, item);
    assert_int_equal(roster.listed_count, 0);
    roster_fini(&roster);
}

/* Strangers' requests must not use up the place for contacts. */
static void
counts_listed_and_others_apart(void **state)
{
    struct roster roster;
    struct store_roster_item request = { .jid = STR("a@b"), .pending_in = true };
    struct store_roster_item contact = { .jid = STR("c@b"), .listed = true };

    (void)state;
    roster_init(&roster);
    roster_put(&roster, &request);
    assert_true(roster_has_room(&roster, true, 1));
    assert_false(roster_has_room(&roster, false, 1));
    roster_put(&roster, &contact);
    assert_false(roster_has_room(&roster, true, 1));
    assert_true(roster_has_room(&roster, true, 2));
    roster.listed_coming = 1;
    assert_false(roster_has_room(&roster, true, 2));
    assert_true(roster_has_room(&roster, true, 3));
    roster_fini(&roster);
}

static const struct {
    const char *text; /* NULL: no element */
    int status;
    int priority;
} priorities[] = {
    { NULL, 0, 0 },          { "0", 0, 0 },       { "5", 0, 5 },           { "+5", 0, 5 },
    { " -1 ", 0, -1 },       { "127", 0, 127 },   { "-128", 0, -128 },     { "128", E_FORMAT, 0 },
    { "-129", E_FORMAT, 0 }, { "", E_FORMAT, 0 }, { "high", E_FORMAT, 0 }, { "1.5", E_FORMAT, 0 },
};

/* RFC 6121 4.7.2.3. */
static void
reads_priorities(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(priorities); i++) {
        struct stanza *presence = stanza_new_presence(STR_EMPTY, (struct jid){ 0 });
        int priority = -1;

        if (priorities[i].text)
            element_add_with_text(&presence->arena, presence->root, NS_CLIENT, STR("priority"),
                                  str_from(priorities[i].text));
        assert_int_equal(presence_priority(presence, &priority), priorities[i].status);
        if (priorities[i].status == 0)
            assert_int_equal(priority, priorities[i].priority);
        stanza_unref(presence);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_copies),
        cmocka_unit_test(replaces_itself),
        cmocka_unit_test(counts_listed_and_others_apart),
        cmocka_unit_test(reads_priorities),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
