/* test_element.c - trees: building, taking apart, finding, copying. */
#include "xmpp/element.h"
#include "xmpp/ns.h"
#include "xmpp/ns_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
assert_str(struct str actual, const char *expected)
{
    if (!str_is(actual, expected))
        fail_msg("'%.*s' is not '%s'", STR_ARG(actual), expected);
}

static struct arena arena;

static int
setup(void **state)
{
    (void)state;
    arena_init(&arena, 1024 * 1024);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

static void
test_children_keep_their_order(void **state)
{
    (void)state;
    struct element *root = element_new(&arena, NS_CLIENT, STR("message"));
    element_add_text(&arena, root, STR("a"));
    struct element *body = element_add_with_text(&arena, root, STR_EMPTY, STR("body"), STR("hi"));
    element_add_text(&arena, root, STR("b"));
    struct element *delay = element_add(&arena, root, NS_DELAY, STR("delay"));
    assert_ptr_equal(element_first_child(root), body);
    assert_ptr_equal(element_next(body), delay);
    assert_null(element_next(delay));
    assert_str(body->ns, "jabber:client");
    assert_ptr_equal(element_child(root, STR_EMPTY, STR("delay")), delay);
    assert_ptr_equal(element_child(root, NS_DELAY, STR("delay")), delay);
    assert_null(element_child(root, NS_CLIENT, STR("delay")));
    assert_str(element_text(&arena, root), "ab");
    assert_str(element_child_text(&arena, root, STR_EMPTY, STR("body")), "hi");
    assert_int_equal(element_child_text(&arena, root, STR_EMPTY, STR("subject")).len, 0);
}

static void
test_next_named(void **state)
{
    (void)state;
    struct element *root = element_new(&arena, NS_ROSTER, STR("query"));
    struct element *first = element_add(&arena, root, STR_EMPTY, STR("item"));
    element_add(&arena, root, NS_PING, STR("item"));
    struct element *third = element_add(&arena, root, STR_EMPTY, STR("item"));
    assert_ptr_equal(element_next_named(first, NS_ROSTER, STR("item")), third);
    assert_null(element_next_named(third, NS_ROSTER, STR("item")));
}

static void
test_attributes(void **state)
{
    (void)state;
    char value[] = "one";
    struct element *root = element_new(&arena, NS_CLIENT, STR("iq"));
    element_set(&arena, root, STR("id"), str_from(value));
    value[0] = 'X';
    assert_str(element_get(root, STR("id")), "one");
    element_set(&arena, root, STR("type"), STR("get"));
    element_set(&arena, root, STR("id"), STR("two"));
    element_set(&arena, root, STR("to"), STR_EMPTY);
    assert_str(element_get(root, STR("id")), "two");
    assert_str(root->attributes->name, "id");
    assert_true(element_has(root, STR("to")));
    assert_int_equal(element_get(root, STR("to")).len, 0);
    element_unset(root, STR("type"));
    element_unset(root, STR("nothing"));
    assert_false(element_has(root, STR("type")));
    assert_true(element_has(root, STR("to")));
    element_unset(root, STR("id"));
    element_unset(root, STR("to"));
    assert_null(root->attributes);
}

static void
test_attribute_with_namespace_is_another(void **state)
{
    (void)state;
    struct element *root = element_new(&arena, NS_CLIENT, STR("message"));
    element_set(&arena, root, STR("lang"), STR("x"));
    root->attributes->ns = NS_XML;
    assert_false(element_has(root, STR("lang")));
    element_unset(root, STR("lang"));
    assert_non_null(root->attributes);
    element_set(&arena, root, STR("lang"), STR("y"));
    assert_str(root->attributes->value, "x");
}

static void
test_append_and_remove(void **state)
{
    (void)state;
    struct element *root = element_new(&arena, NS_CLIENT, STR("r"));
    struct element *a = element_add(&arena, root, STR_EMPTY, STR("a"));
    struct element *b = element_add(&arena, root, STR_EMPTY, STR("b"));
    struct element *c = element_add(&arena, root, STR_EMPTY, STR("c"));
    element_remove(c);
    assert_ptr_equal(root->last, b);
    element_remove(a);
    assert_ptr_equal(root->first, b);
    element_append(root, a);
    assert_ptr_equal(b->next, a);
    assert_ptr_equal(root->last, a);
    element_remove(b);
    element_remove(a);
    assert_null(root->first);
    assert_null(root->last);
    element_remove(a);
    element_remove(NULL);
    element_append(a, c);
    assert_ptr_equal(c->parent, a);
}

static void
test_null_finds_nothing(void **state)
{
    (void)state;
    assert_false(element_is(NULL, NS_CLIENT, STR("x")));
    assert_null(element_child(NULL, NS_CLIENT, STR("x")));
    assert_null(element_first_child(NULL));
    assert_null(element_next(NULL));
    assert_null(element_next_named(NULL, NS_CLIENT, STR("x")));
    assert_int_equal(element_get(NULL, STR("x")).len, 0);
    assert_false(element_has(NULL, STR("x")));
    assert_int_equal(element_text(&arena, NULL).len, 0);
    assert_null(element_dup(&arena, NULL));
    assert_null(element_add(&arena, NULL, NS_CLIENT, STR("x")));
    element_add_text(&arena, NULL, STR("x"));
    element_set(&arena, NULL, STR("x"), STR("y"));
    element_unset(NULL, STR("x"));
    element_append(NULL, NULL);
}

static void
test_limit_is_noticed_once(void **state)
{
    (void)state;
    struct arena small;
    arena_init(&small, 2000);
    struct element *node = element_new(&small, NS_CLIENT, STR("r"));
    for (int i = 0; i < 100; i++) {
        node = element_add(&small, node, STR_EMPTY, STR("x"));
        element_set(&small, node, STR("a"), STR("value"));
        element_add_text(&small, node, STR("text"));
    }
    assert_null(node);
    assert_true(arena_is_full(&small));
    arena_fini(&small);
}

static void
test_dup(void **state)
{
    (void)state;
    struct arena other;
    arena_init(&other, 1024 * 1024);
    struct element *root = element_new(&other, NS_CLIENT, STR("message"));
    element_set(&other, root, STR("id"), STR("1"));
    struct element *x = element_add(&other, root, STR("urn:example:other"), STR("x"));
    element_add_with_text(&other, x, STR_EMPTY, STR("y"), STR("deep"));
    element_add_text(&other, root, STR("text"));
    element_add(&other, root, NS_DELAY, STR("delay"));
    struct element *copy = element_dup(&arena, root);
    struct element *part = element_dup(&arena, x);
    struct element *shallow = element_dup_shallow(&arena, root, NULL);
    arena_fini(&other);
    assert_true(element_is(copy, NS_CLIENT, STR("message")));
    assert_str(element_get(copy, STR("id")), "1");
    struct element *y = element_child(copy->first, STR("urn:example:other"), STR("y"));
    assert_str(element_text(&arena, y), "deep");
    assert_str(element_text(&arena, copy), "text");
    assert_true(element_is(copy->last, NS_DELAY, STR("delay")));
    assert_ptr_equal(copy->last->parent, copy);
    assert_null(part->parent);
    assert_null(part->next);
    assert_str(element_child_text(&arena, part, STR_EMPTY, STR("y")), "deep");
    assert_null(shallow->first);
    assert_str(element_get(shallow, STR("id")), "1");
}

static void
test_dup_at_the_limit(void **state)
{
    (void)state;
    struct element *root = element_new(&arena, NS_CLIENT, STR("r"));
    struct element *node = root;
    for (int i = 0; i < 100; i++)
        node = element_add(&arena, node, STR_EMPTY, STR("x"));
    for (size_t limit = 0; limit < 8000; limit += 200) {
        struct arena small;
        arena_init(&small, limit);
        assert_null(element_dup(&small, root));
        arena_fini(&small);
    }
}

static bool
is_named(const struct element *child, const void *name)
{
    return str_is(child->name, name);
}

static void
test_remove_if(void **state)
{
    static const char *const table[][2] = { { "", "" },       { "x", "" },      { "xx", "" },
                                            { "a", "a" },     { "xa", "a" },    { "ax", "a" },
                                            { "axbx", "ab" }, { "xaxb", "ab" }, { "xxabxx", "ab" },
                                            { "axxxb", "ab" } };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct element *root = element_new(&arena, NS_CLIENT, STR("r"));
        for (const char *name = table[i][0]; *name; name++)
            element_add(&arena, root, STR_EMPTY, (struct str){ name, 1 });
        element_remove_if(root, is_named, "x");
        const char *expected = table[i][1];
        const struct element *last = NULL;
        for (const struct element *child = root->first; child; child = child->next) {
            assert_int_equal(child->name.data[0], *expected++);
            last = child;
        }
        assert_int_equal(*expected, '\0');
        assert_ptr_equal(root->last, last);
    }
}

static void
test_namespaces_are_shared(void **state)
{
    (void)state;
    char text[] = "jabber:client";
    struct ns_set set;
    ns_set_init(&set);
    const struct str near = ns_keep(&set, &arena, STR("urn:example:a"), STR_EMPTY);
    assert_ptr_equal(ns_keep(&set, &arena, STR("urn:example:a"), near).data, near.data);
    assert_ptr_equal(ns_keep(&set, &arena, STR("urn:example:a"), STR("urn:b")).data, near.data);
    struct arena none;
    arena_init(&none, 0);
    const struct str constant = ns_keep(&set, &none, str_from(text), near);
    text[0] = 'X';
    assert_str(constant, "jabber:client");
    assert_null(ns_keep(&set, &none, STR("urn:example:b"), near).data);
    assert_int_equal(ns_keep(&set, &arena, STR_EMPTY, near).len, 0);
    ns_set_fini(&set);
}

/* Two long names that take turns are still there once each. */
static void
test_copy_keeps_each_namespace_once(void **state)
{
    char names[2][1000];
    struct arena copies;
    (void)state;
    memset(names[0], 'a', sizeof(names[0]));
    memset(names[1], 'b', sizeof(names[1]));
    const struct str a = { names[0], sizeof(names[0]) }, b = { names[1], sizeof(names[1]) };
    struct element *root = element_new(&arena, a, STR("r"));
    for (int i = 0; i < 100; i++)
        element_add(&arena, element_add(&arena, root, b, STR("x")), a, STR("x"));
    arena_init(&copies, (size_t)64 * 1024);
    const struct element *copy = element_dup(&copies, root);
    assert_non_null(copy);
    assert_ptr_equal(copy->first->first->ns.data, copy->ns.data);
    assert_ptr_equal(copy->last->ns.data, copy->first->ns.data);
    arena_fini(&copies);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_children_keep_their_order),
        TEST(test_next_named),
        TEST(test_attributes),
        TEST(test_attribute_with_namespace_is_another),
        TEST(test_append_and_remove),
        TEST(test_null_finds_nothing),
        TEST(test_limit_is_noticed_once),
        TEST(test_dup),
        TEST(test_dup_at_the_limit),
        TEST(test_remove_if),
        TEST(test_namespaces_are_shared),
        TEST(test_copy_keeps_each_namespace_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
