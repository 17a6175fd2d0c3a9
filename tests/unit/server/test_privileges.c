/* test_privileges.c - who may do what: XEP-0045's tables, line by line. */
#include "server/room/privileges.h"

#include <stdio.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define OUTCAST AFFILIATION_OUTCAST
#define NONE    AFFILIATION_NONE
#define MEMBER  AFFILIATION_MEMBER
#define ADMIN   AFFILIATION_ADMIN
#define OWNER   AFFILIATION_OWNER

/* NULL and NULL, or the same words. */
static void
check_condition(const char *got, const char *wanted, size_t row)
{
    if ((got == NULL) != (wanted == NULL) || (got && strcmp(got, wanted) != 0))
        fail_msg("row %zu: %s, not %s", row, got ? got : "allowed", wanted ? wanted : "allowed");
}

static void
words_are_read_and_written(void **state)
{
    (void)state;
    for (int i = OUTCAST; i <= OWNER; i++) {
        enum affiliation read;
        assert_int_equal(affiliation_parse(str_from(affiliation_text(i)), &read), 0);
        assert_int_equal(read, i);
    }
    for (int i = ROLE_NONE; i <= ROLE_MODERATOR; i++) {
        enum role read;
        assert_int_equal(role_parse(str_from(role_text(i)), &read), 0);
        assert_int_equal(read, i);
    }
    enum affiliation affiliation;
    enum role role;
    assert_true(affiliation_parse(STR("Owner"), &affiliation) < 0);
    assert_true(affiliation_parse(STR_EMPTY, &affiliation) < 0);
    assert_true(role_parse(STR("owner"), &role) < 0);
    assert_true(role_parse(STR(" none"), &role) < 0);
}

static void
roles_on_entering(void **state)
{
    (void)state;
    assert_int_equal(role_default(OUTCAST, false), ROLE_NONE);
    assert_int_equal(role_default(NONE, false), ROLE_PARTICIPANT);
    assert_int_equal(role_default(NONE, true), ROLE_VISITOR);
    assert_int_equal(role_default(MEMBER, true), ROLE_PARTICIPANT);
    assert_int_equal(role_default(ADMIN, true), ROLE_MODERATOR);
    assert_int_equal(role_default(OWNER, false), ROLE_MODERATOR);
}

/* 8.2-8.5, 9.6-9.8. */
static void
role_changes(void **state)
{
    static const struct {
        struct standing actor, target;
        enum role wanted;
        const char *condition;
    } rows[] = {
        /* Kicking. */
        { { NONE, ROLE_MODERATOR }, { NONE, ROLE_PARTICIPANT }, ROLE_NONE, NULL },
        { { NONE, ROLE_MODERATOR }, { NONE, ROLE_VISITOR }, ROLE_NONE, NULL },
        { { OWNER, ROLE_NONE }, { NONE, ROLE_PARTICIPANT }, ROLE_NONE, NULL },
        { { ADMIN, ROLE_MODERATOR }, { NONE, ROLE_MODERATOR }, ROLE_NONE, NULL },
        { { NONE, ROLE_MODERATOR }, { NONE, ROLE_MODERATOR }, ROLE_NONE, "not-allowed" },
        { { NONE, ROLE_MODERATOR }, { MEMBER, ROLE_PARTICIPANT }, ROLE_NONE, "not-allowed" },
        { { MEMBER, ROLE_MODERATOR }, { ADMIN, ROLE_MODERATOR }, ROLE_NONE, "not-allowed" },
        { { ADMIN, ROLE_MODERATOR }, { OWNER, ROLE_MODERATOR }, ROLE_NONE, "not-allowed" },
        { { NONE, ROLE_PARTICIPANT }, { NONE, ROLE_PARTICIPANT }, ROLE_NONE, "forbidden" },
        { { MEMBER, ROLE_NONE }, { NONE, ROLE_VISITOR }, ROLE_NONE, "forbidden" },
        /* Granting and revoking voice. */
        { { NONE, ROLE_MODERATOR }, { NONE, ROLE_VISITOR }, ROLE_PARTICIPANT, NULL },
        { { NONE, ROLE_VISITOR }, { NONE, ROLE_VISITOR }, ROLE_PARTICIPANT, "forbidden" },
        { { NONE, ROLE_MODERATOR }, { NONE, ROLE_PARTICIPANT }, ROLE_VISITOR, NULL },
        { { MEMBER, ROLE_MODERATOR }, { MEMBER, ROLE_PARTICIPANT }, ROLE_VISITOR, "not-allowed" },
        { { ADMIN, ROLE_MODERATOR }, { MEMBER, ROLE_PARTICIPANT }, ROLE_VISITOR, NULL },
        { { OWNER, ROLE_MODERATOR }, { ADMIN, ROLE_MODERATOR }, ROLE_VISITOR, "not-allowed" },
        /* Moderators. */
        { { ADMIN, ROLE_MODERATOR }, { NONE, ROLE_VISITOR }, ROLE_MODERATOR, NULL },
        { { NONE, ROLE_MODERATOR }, { NONE, ROLE_PARTICIPANT }, ROLE_MODERATOR, "forbidden" },
        { { ADMIN, ROLE_MODERATOR }, { MEMBER, ROLE_MODERATOR }, ROLE_PARTICIPANT, NULL },
        { { ADMIN, ROLE_MODERATOR }, { ADMIN, ROLE_MODERATOR }, ROLE_PARTICIPANT, "not-allowed" },
        { { OWNER, ROLE_MODERATOR }, { OWNER, ROLE_MODERATOR }, ROLE_PARTICIPANT, "not-allowed" },
        { { NONE, ROLE_MODERATOR }, { NONE, ROLE_MODERATOR }, ROLE_PARTICIPANT, "not-allowed" },
        /* Nobody is brought in by a role. */
        { { OWNER, ROLE_MODERATOR }, { NONE, ROLE_NONE }, ROLE_PARTICIPANT, "not-allowed" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        check_condition(role_change_denied(rows[i].actor, rows[i].target, rows[i].wanted),
                        rows[i].condition, i);
}

/* 5.2.2, 9.1-9.5, 10.3-10.8. */
static void
affiliation_changes(void **state)
{
    static const struct {
        enum affiliation actor;
        struct affiliation_change change;
        const char *condition;
    } rows[] = {
        { ADMIN, { NONE, OUTCAST, false, 1 }, NULL },
        { ADMIN, { MEMBER, OUTCAST, false, 1 }, NULL },
        { ADMIN, { OUTCAST, NONE, false, 1 }, NULL },
        { ADMIN, { NONE, MEMBER, false, 1 }, NULL },
        { ADMIN, { MEMBER, NONE, false, 1 }, NULL },
        { OWNER, { ADMIN, OUTCAST, false, 1 }, NULL },
        { OWNER, { NONE, OWNER, false, 1 }, NULL },
        { OWNER, { OWNER, NONE, false, 2 }, NULL },
        { OWNER, { OWNER, ADMIN, true, 2 }, NULL },
        /* Not an admin. */
        { NONE, { NONE, MEMBER, true, 1 }, "forbidden" },
        { MEMBER, { NONE, OUTCAST, false, 1 }, "forbidden" },
        { OUTCAST, { OUTCAST, NONE, true, 1 }, "forbidden" },
        /* Against somebody higher. */
        { ADMIN, { OWNER, OUTCAST, false, 2 }, "not-allowed" },
        { ADMIN, { ADMIN, OUTCAST, false, 1 }, "not-allowed" },
        { ADMIN, { ADMIN, NONE, false, 1 }, "not-allowed" },
        /* Only owners make admins and owners. */
        { ADMIN, { NONE, ADMIN, false, 1 }, "forbidden" },
        { ADMIN, { MEMBER, OWNER, false, 1 }, "forbidden" },
        { ADMIN, { ADMIN, OWNER, true, 1 }, "forbidden" },
        /* Oneself, and the last one. */
        { ADMIN, { ADMIN, OUTCAST, true, 1 }, "conflict" },
        { OWNER, { OWNER, OUTCAST, true, 5 }, "conflict" },
        { OWNER, { OWNER, NONE, true, 1 }, "conflict" },
        { OWNER, { OWNER, MEMBER, false, 1 }, "conflict" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        check_condition(affiliation_change_denied(rows[i].actor, rows[i].change), rows[i].condition,
                        i);
}

static void
lists(void **state)
{
    (void)state;
    /* 9.2: the ban list is the admins'. */
    assert_null(affiliation_list_denied(ADMIN, OUTCAST, false));
    assert_non_null(affiliation_list_denied(MEMBER, OUTCAST, false));
    /* 9.5: members see the members where addresses are no secret. */
    assert_null(affiliation_list_denied(MEMBER, MEMBER, false));
    assert_non_null(affiliation_list_denied(MEMBER, MEMBER, true));
    assert_non_null(affiliation_list_denied(NONE, MEMBER, false));
    assert_null(affiliation_list_denied(ADMIN, MEMBER, true));
    /* 10.5, 10.8. */
    assert_non_null(affiliation_list_denied(ADMIN, ADMIN, true));
    assert_null(affiliation_list_denied(OWNER, OWNER, true));

    assert_null(role_list_denied((struct standing){ NONE, ROLE_MODERATOR }, ROLE_PARTICIPANT));
    assert_non_null(role_list_denied((struct standing){ NONE, ROLE_MODERATOR }, ROLE_MODERATOR));
    assert_null(role_list_denied((struct standing){ ADMIN, ROLE_NONE }, ROLE_MODERATOR));
    assert_non_null(
        role_list_denied((struct standing){ MEMBER, ROLE_PARTICIPANT }, ROLE_PARTICIPANT));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_read_and_written),
        cmocka_unit_test(roles_on_entering),
        cmocka_unit_test(role_changes),
        cmocka_unit_test(affiliation_changes),
        cmocka_unit_test(lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
