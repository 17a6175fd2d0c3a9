/* test_delivery.c - RFC 6121 8.5.4 as data: who is there, what comes, who gets it. */
#include "server/account/delivery.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* A session that is connected: not available, or with a priority. */
struct resource {
    const char *name;
    bool available;
    int priority;
};

enum {
    RESOURCES_MAX = 4
};

struct scene {
    const char *name;
    const char *to; /* resource; NULL = the bare address */
    struct resource there[RESOURCES_MAX];

    /* By type: the names that get it; or "later", "bounce", "ignore". */
    const char *normal, *chat, *groupchat, *headline, *error;
};

/* clang-format off */
static const struct scene scenes[] = {
    { "nobody, bare", NULL, { { 0 } },
      "later", "later", "bounce", "ignore", "ignore" },
    { "nobody, full", "desk", { { 0 } },
      "later", "later", "bounce", "ignore", "ignore" },
    { "connected but silent, bare", NULL, { { "desk", false, 0 } },
      "later", "later", "bounce", "ignore", "ignore" },
    { "connected but silent, its own address", "desk", { { "desk", false, 0 } },
      "desk", "desk", "desk", "desk", "desk" },
    { "only a negative one, bare", NULL, { { "bot", true, -1 } },
      "later", "later", "bounce", "ignore", "ignore" },
    { "only a negative one, its own address", "bot", { { "bot", true, -1 } },
      "bot", "bot", "bot", "bot", "bot" },
    { "only a negative one, another address", "desk", { { "bot", true, -1 } },
      "later", "later", "bounce", "ignore", "ignore" },
    { "one, bare", NULL, { { "desk", true, 0 } },
      "desk", "desk", "bounce", "desk", "ignore" },
    { "one, its own address", "desk", { { "desk", true, 5 } },
      "desk", "desk", "desk", "desk", "desk" },
    { "one, another address", "phone", { { "desk", true, 5 } },
      "desk", "desk", "bounce", "ignore", "ignore" },
    { "several, bare", NULL, { { "desk", true, 5 }, { "phone", true, 0 }, { "bot", true, -1 } },
      "desk phone", "desk phone", "bounce", "desk phone", "ignore" },
    { "several, the negative one's address", "bot",
      { { "desk", true, 5 }, { "phone", true, 0 }, { "bot", true, -1 } },
      "bot", "bot", "bot", "bot", "bot" },
    { "several, another address", "car",
      { { "desk", true, 5 }, { "phone", true, 0 }, { "bot", true, -128 } },
      "desk phone", "desk phone", "bounce", "ignore", "ignore" },
};
/* clang-format on */

static const struct resource *
find(const struct scene *scene, const char *name)
{
    for (size_t i = 0; name && i < RESOURCES_MAX && scene->there[i].name; i++) {
        if (strcmp(scene->there[i].name, name) == 0)
            return &scene->there[i];
    }
    return NULL;
}

static bool
is_receptive(const struct resource *resource)
{
    return resource->available && resource->priority >= 0;
}

/* Plays the account: who gets a message of that type. */
static void
outcome(const struct scene *scene, enum stanza_type type, char *ret, size_t size)
{
    static const char *const words[] = {
        [DELIVER_LATER] = "later",
        [DELIVER_BOUNCE] = "bounce",
        [DELIVER_IGNORE] = "ignore",
    };
    bool matches = find(scene, scene->to);
    bool receptive = false;

    for (size_t i = 0; i < RESOURCES_MAX && scene->there[i].name; i++)
        receptive = receptive || is_receptive(&scene->there[i]);

    enum delivery delivery = delivery_of(type, delivery_case_of(scene->to, matches, receptive));

    ret[0] = '\0';
    if (delivery == DELIVER_MATCH) {
        strncat(ret, scene->to, size - 1);
    } else if (delivery == DELIVER_ALL) {
        for (size_t i = 0; i < RESOURCES_MAX && scene->there[i].name; i++) {
            if (!is_receptive(&scene->there[i]))
                continue;
            if (ret[0])
                strncat(ret, " ", size - strlen(ret) - 1);
            strncat(ret, scene->there[i].name, size - strlen(ret) - 1);
        }
    } else {
        strncat(ret, words[delivery], size - 1);
    }
}

static void
check(const struct scene *scene, enum stanza_type type, const char *expected, const char *type_name)
{
    char got[64];

    outcome(scene, type, got, sizeof(got));
    if (strcmp(got, expected) != 0)
        fail_msg("%s: %s went to: %s", scene->name, type_name, got);
}

static void
follows_8_5_4(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(scenes); i++) {
        const struct scene *scene = &scenes[i];

        check(scene, TYPE_NONE, scene->normal, "normal");
        check(scene, TYPE_CHAT, scene->chat, "chat");
        check(scene, TYPE_GROUPCHAT, scene->groupchat, "groupchat");
        check(scene, TYPE_HEADLINE, scene->headline, "headline");
        check(scene, TYPE_ERROR, scene->error, "error");
    }
}

/* RFC 6121 5.2.2: what we do not know is normal. */
static void
an_unknown_type_is_normal(void **state)
{
    (void)state;
    for (int where = 0; where < DELIVERY_CASES; where++)
        assert_int_equal(delivery_of(TYPE_UNKNOWN, (enum delivery_case)where),
                         delivery_of(TYPE_NONE, (enum delivery_case)where));
}

/* An error must never cause another message, or two servers talk for ever. */
static void
an_error_is_never_answered(void **state)
{
    (void)state;
    for (int where = 0; where < DELIVERY_CASES; where++) {
        enum delivery delivery = delivery_of(TYPE_ERROR, (enum delivery_case)where);

        assert_true(delivery == DELIVER_MATCH || delivery == DELIVER_IGNORE);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_8_5_4),
        cmocka_unit_test(an_unknown_type_is_normal),
        cmocka_unit_test(an_error_is_never_answered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
