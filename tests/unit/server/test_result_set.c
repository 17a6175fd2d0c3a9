/* test_result_set.c - which page is asked for. */
#include "base/error.h"
#include "server/host/result_set.h"
#include "xmpp/stanza.h"
#include "xmpp/xml_reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum {
    LIMIT = 50
};

static int
read_set(struct arena *arena, const char *inside, struct result_set *ret)
{
    struct element *query;

    arena_init(arena, STANZA_ARENA_DEFAULT);
    struct str text = arena_printf(arena, "<query xmlns='q'>%s</query>", inside);
    assert_int_equal(xml_parse(arena, text, STR("q"), &query), 0);
    return result_set_read(arena, query, LIMIT, ret);
}

#define SET(inside) "<set xmlns='http://jabber.org/protocol/rsm'>" inside "</set>"

static const struct {
    const char *inside;
    int status;
    bool asked;
    size_t max;
    const char *after;
} cases[] = {
    { "", 0, false, LIMIT, "" },
    { SET(""), 0, true, LIMIT, "" },
    { SET("<max>10</max>"), 0, true, 10, "" },
    { SET("<max> 10 </max>"), 0, true, 10, "" },
    { SET("<max>0</max>"), 0, true, 0, "" },
    { SET("<max>1000000</max>"), 0, true, LIMIT, "" },
    { SET("<max>10</max><after>a@b</after>"), 0, true, 10, "a@b" },
    { SET("<max>-1</max>"), E_FORMAT, false, 0, "" },
    { SET("<max>ten</max>"), E_FORMAT, false, 0, "" },
    { SET("<max/>"), E_FORMAT, false, 0, "" },
    { SET("<max>5</max><before/>"), E_UNSUPPORTED, false, 0, "" },
    { SET("<max>5</max><index>3</index>"), E_UNSUPPORTED, false, 0, "" },
};

static void
reads_pages(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct arena arena;
        struct result_set page = { 0 };

        assert_int_equal(read_set(&arena, cases[i].inside, &page), cases[i].status);
        assert_int_equal(page.asked, cases[i].asked);
        assert_int_equal(page.max, cases[i].max);
        assert_true(str_is(page.after, cases[i].after));
        arena_fini(&arena);
    }
}

/* XEP-0059 2.2: an empty page names neither first nor last. */
static void
writes_pages(void **state)
{
    struct arena arena;
    struct element *query;
    const struct element *set;

    (void)state;
    arena_init(&arena, STANZA_ARENA_DEFAULT);
    query = element_new(&arena, STR("q"), STR("query"));
    result_set_write(&arena, query, STR("a@b"), STR("c@b"));
    set = element_child(query, NS_RESULT_SET, STR("set"));
    assert_true(str_is(element_child_text(&arena, set, NS_RESULT_SET, STR("first")), "a@b"));
    assert_true(str_is(element_child_text(&arena, set, NS_RESULT_SET, STR("last")), "c@b"));

    query = element_new(&arena, STR("q"), STR("query"));
    result_set_write(&arena, query, STR_EMPTY, STR_EMPTY);
    set = element_child(query, NS_RESULT_SET, STR("set"));
    assert_non_null(set);
    assert_null(element_first_child(set));
    arena_fini(&arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_pages),
        cmocka_unit_test(writes_pages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
