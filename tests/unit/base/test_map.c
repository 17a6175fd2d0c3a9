/* test_map.c - the hash table against chosen and many keys. */
#include "base/map.h"

#include <stdio.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum {
    MANY = 5000
};

struct entry {
    char name[16];
    struct map_node node;
    int visits;
};

static struct entry entries[MANY];

static struct entry *
entry_of(struct map_node *node)
{
    return CONTAINER_OF(node, struct entry, node);
}

static void
put_many(struct map *map)
{
    map_init(map);
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(entries[i].name, sizeof(entries[i].name), "user%d", i);
        entries[i].visits = 0;
        map_put(map, str_from(entries[i].name), &entries[i].node);
    }
}

static void
test_empty(void **state)
{
    struct map map;

    (void)state;
    map_init(&map);
    assert_null(map_get(&map, STR("anna")));
    assert_null(map_next(&map, NULL));
    assert_int_equal(map_count(&map), 0);
    map_fini(&map);
}

static void
test_finds_what_is_in(void **state)
{
    struct map map;

    (void)state;
    put_many(&map);
    assert_int_equal(map_count(&map), MANY);
    for (int i = 0; i < MANY; i++)
        assert_ptr_equal(map_get(&map, str_from(entries[i].name)), &entries[i].node);
    assert_null(map_get(&map, STR("user")));
    assert_null(map_get(&map, STR("user5000")));
    assert_null(map_get(&map, STR_EMPTY));
    map_fini(&map);
}

static void
test_keys_are_bytes(void **state)
{
    struct map map;
    struct map_node empty, zero, zeros;

    (void)state;
    map_init(&map);
    map_put(&map, STR(""), &empty);
    map_put(&map, STR("\0"), &zero);
    map_put(&map, STR("\0\0"), &zeros);
    assert_ptr_equal(map_get(&map, STR_EMPTY), &empty);
    assert_ptr_equal(map_get(&map, STR("\0")), &zero);
    assert_ptr_equal(map_get(&map, STR("\0\0")), &zeros);
    map_fini(&map);
}

static void
test_removes(void **state)
{
    struct map map;

    (void)state;
    put_many(&map);
    for (int i = 0; i < MANY; i += 2)
        map_remove(&map, &entries[i].node);
    assert_int_equal(map_count(&map), MANY / 2);
    for (int i = 0; i < MANY; i++) {
        struct map_node *found = map_get(&map, str_from(entries[i].name));

        assert_ptr_equal(found, i % 2 ? &entries[i].node : NULL);
    }
    map_put(&map, str_from(entries[0].name), &entries[0].node);
    assert_ptr_equal(map_get(&map, STR("user0")), &entries[0].node);
    map_fini(&map);
}

static void
test_walks_each_once(void **state)
{
    struct map map;
    struct map_node *next;

    (void)state;
    put_many(&map);
    for (struct map_node *node = map_next(&map, NULL); node; node = map_next(&map, node))
        entry_of(node)->visits++;
    for (int i = 0; i < MANY; i++)
        assert_int_equal(entries[i].visits, 1);
    for (struct map_node *node = map_next(&map, NULL); node; node = next) {
        next = map_next(&map, node);
        map_remove(&map, node);
    }
    assert_int_equal(map_count(&map), 0);
    map_fini(&map);
}

static void
test_hash_sees_every_byte(void **state)
{
    char key[40] = { 0 };

    (void)state;
    for (size_t len = 0; len < sizeof(key); len++) {
        uint64_t hash = map_hash((struct str){ key, len });

        assert_true(hash == map_hash((struct str){ key, len }));
        assert_true(hash != map_hash((struct str){ key, len + 1 }));
        for (size_t i = 0; i < len; i++) {
            key[i] = 1;
            assert_true(hash != map_hash((struct str){ key, len }));
            key[i] = 0;
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),           cmocka_unit_test(test_finds_what_is_in),
        cmocka_unit_test(test_keys_are_bytes),  cmocka_unit_test(test_removes),
        cmocka_unit_test(test_walks_each_once), cmocka_unit_test(test_hash_sees_every_byte),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
