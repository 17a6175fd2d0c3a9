/* affiliations.c - see affiliations.h */
#include "server/room/affiliations.h"

#include "base/error.h"
#include "base/memory.h"
#include "xmpp/jid.h"
#include "xmpp/nickname.h"

#include <stdlib.h>

void
affiliations_init(struct affiliations *affiliations)
{
    map_init(&affiliations->entries);
}

static struct affiliation_entry *
entry_of(struct map_node *node)
{
    return node ? CONTAINER_OF(node, struct affiliation_entry, node) : NULL;
}

static struct affiliation_entry *
find(const struct affiliations *affiliations, struct str bare)
{
    return entry_of(map_get(&affiliations->entries, bare));
}

static void
drop(struct affiliations *affiliations, struct affiliation_entry *entry)
{
    map_remove(&affiliations->entries, &entry->node);
    free(entry->jid);
    free(entry->nick);
    free(entry->nick_key);
    free(entry);
}

void
affiliations_clear(struct affiliations *affiliations)
{
    struct map_node *node;

    while ((node = map_next(&affiliations->entries, NULL)))
        drop(affiliations, entry_of(node));
    map_fini(&affiliations->entries);
    map_init(&affiliations->entries);
}

enum affiliation
affiliations_get(const struct affiliations *affiliations, struct str bare)
{
    const struct affiliation_entry *entry = find(affiliations, bare);

    return entry ? entry->affiliation : AFFILIATION_NONE;
}

static struct affiliation_entry *
add(struct affiliations *affiliations, struct str bare)
{
    struct affiliation_entry *entry = memory_new(1, sizeof(*entry));

    entry->jid = str_dup(bare);
    map_put(&affiliations->entries, str_from(entry->jid), &entry->node);
    return entry;
}

static void
keep_nick(struct affiliation_entry *entry, struct str nick)
{
    struct str key = STR_EMPTY;
    struct arena scratch;

    arena_init(&scratch, JID_TEXT_MAX);
    if (nickname_key(&scratch, nick, &key) < 0)
        key = STR_EMPTY; /* nobody can have such a name */
    char *kept = str_dup(nick), *kept_key = str_dup(key);
    arena_fini(&scratch);
    free(entry->nick);
    free(entry->nick_key);
    entry->nick = kept;
    entry->nick_key = kept_key;
}

int
affiliations_set(struct affiliations *affiliations,
                 struct str bare,
                 enum affiliation affiliation,
                 struct str nick)
{
    struct affiliation_entry *entry = find(affiliations, bare);

    if (affiliation == AFFILIATION_NONE) {
        if (entry)
            drop(affiliations, entry);
        return 0;
    }
    if (!entry && map_count(&affiliations->entries) >= AFFILIATIONS_MAX)
        return E_FULL;
    if (!entry)
        entry = add(affiliations, bare);
    keep_nick(entry, affiliation == AFFILIATION_OUTCAST ? STR_EMPTY : nick);
    entry->affiliation = affiliation;
    return 0;
}

struct str
affiliations_nick(const struct affiliations *affiliations, struct str bare)
{
    const struct affiliation_entry *entry = find(affiliations, bare);

    return entry ? str_from(entry->nick) : STR_EMPTY;
}

bool
affiliations_nick_is_anothers(const struct affiliations *affiliations,
                              struct str nick,
                              struct str bare)
{
    const struct affiliation_entry *entry = NULL;
    struct arena scratch;
    struct str key;
    bool found = false;

    arena_init(&scratch, JID_TEXT_MAX);
    if (nickname_key(&scratch, nick, &key) == 0)
        while (!found && (entry = affiliations_next(affiliations, entry)))
            found = str_is(key, entry->nick_key) && !str_is(bare, entry->jid);
    arena_fini(&scratch);
    return found;
}

size_t
affiliations_count(const struct affiliations *affiliations, enum affiliation affiliation)
{
    const struct affiliation_entry *entry = NULL;
    size_t count = 0;

    while ((entry = affiliations_next(affiliations, entry)))
        count += entry->affiliation == affiliation;
    return count;
}

const struct affiliation_entry *
affiliations_next(const struct affiliations *affiliations, const struct affiliation_entry *entry)
{
    return entry_of(map_next(&affiliations->entries, entry ? &entry->node : NULL));
}
