/* archive_preferences.c - see archive_preferences.h. */
#include "server/account/archive_preferences.h"

#include "base/error.h"
#include "xmpp/ns.h"
#include "xmpp/xml_reader.h"
#include "xmpp/xml_writer.h"

enum {
    ARENA_MAX = 8 * 1024 * 1024
};

void
archive_preferences_init(struct archive_preferences *preferences)
{
    arena_init(&preferences->arena, ARENA_MAX);
    preferences->root = NULL;
}

void
archive_preferences_fini(struct archive_preferences *preferences)
{
    arena_fini(&preferences->arena);
    preferences->root = NULL;
}

/* ---- taking over ---- */

static bool
is_default(struct str value)
{
    return str_is(value, "always") || str_is(value, "never") || str_is(value, "roster");
}

/* One of the two lists; none is an empty one. */
static int
copy_list(struct arena *arena, struct element *to, const struct element *from, struct str name)
{
    const struct element *list = element_child(from, NS_MAM, name);
    const struct element *item = element_child(list, NS_MAM, STR("jid"));
    struct element *copy = element_add(arena, to, NS_MAM, name);

    for (int count = 0; item; item = element_next_named(item, NS_MAM, STR("jid")), count++) {
        struct jid jid;
        int r = count == ARCHIVE_PREFERENCES_MAX
                    ? E_LIMIT
                    : jid_parse(arena, str_trim(element_text(arena, item)), &jid);

        if (r < 0)
            return r;
        element_add_with_text(arena, copy, NS_MAM, STR("jid"), jid.full);
    }
    return 0;
}

int
archive_preferences_set(struct archive_preferences *preferences, const struct element *prefs)
{
    struct archive_preferences new;
    struct str value = element_get(prefs, STR("default"));
    int r;

    if (!is_default(value))
        return E_FORMAT;
    archive_preferences_init(&new);
    new.root = element_new(&new.arena, NS_MAM, STR("prefs"));
    element_set(&new.arena, new.root, STR("default"), value);
    r = copy_list(&new.arena, new.root, prefs, STR("always"));
    if (r == 0)
        r = copy_list(&new.arena, new.root, prefs, STR("never"));
    if (r == 0 && arena_is_full(&new.arena))
        r = E_FULL;
    if (r < 0) {
        archive_preferences_fini(&new);
        return r;
    }
    archive_preferences_fini(preferences);
    *preferences = new;
    return 0;
}

/* ---- as text ---- */

void
archive_preferences_read(struct archive_preferences *preferences, struct str text)
{
    struct element *prefs;
    struct arena arena;

    arena_init(&arena, ARENA_MAX);
    if (text.len > 0 && xml_parse(&arena, text, NS_CLIENT, &prefs) == 0)
        (void)!archive_preferences_set(preferences, prefs);
    arena_fini(&arena);
}

void
archive_preferences_write(const struct archive_preferences *preferences, struct buffer *out)
{
    if (preferences->root)
        xml_write(out, preferences->root, NS_CLIENT);
}

void
archive_preferences_show(const struct archive_preferences *preferences,
                         struct arena *arena,
                         struct element *parent)
{
    struct element *prefs;

    if (preferences->root) {
        element_append(parent, element_dup(arena, preferences->root));
        return;
    }
    prefs = element_add(arena, parent, NS_MAM, STR("prefs"));
    element_set(arena, prefs, STR("default"), STR("always"));
    element_add(arena, prefs, NS_MAM, STR("always"));
    element_add(arena, prefs, NS_MAM, STR("never"));
}

/* ---- asking ---- */

/* XEP-0441 2.3.1: an address with a resource means only that one. */
static bool
lists(const struct element *prefs, struct str name, struct jid peer)
{
    const struct element *list = element_child(prefs, NS_MAM, name);
    const struct element *item = element_child(list, NS_MAM, STR("jid"));

    for (; item; item = element_next_named(item, NS_MAM, STR("jid"))) {
        struct str text = item->first ? item->first->text : STR_EMPTY;

        if (str_equal(text, peer.full) || str_equal(text, peer.bare))
            return true;
    }
    return false;
}

bool
archive_preferences_want(const struct archive_preferences *preferences,
                         struct jid peer,
                         bool in_roster)
{
    struct str value = element_get(preferences->root, STR("default"));

    if (!preferences->root)
        return true;
    if (lists(preferences->root, STR("never"), peer))
        return false;
    if (lists(preferences->root, STR("always"), peer))
        return true;
    return str_is(value, "always") || (str_is(value, "roster") && in_roster);
}
