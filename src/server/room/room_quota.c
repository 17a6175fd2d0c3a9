/* room_quota.c - see room_quota.h */
#include "server/room/room_quota.h"

#include "base/error.h"
#include "base/map.h"
#include "base/memory.h"

#include <pthread.h>
#include <stdlib.h>

struct creator {
    struct map_node node; /* creators, by bare JID */
    char *jid;
    size_t rooms;
};

struct owned_room {
    struct map_node node; /* rooms, by bare JID */
    char *jid;
    struct creator *creator;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct map creators, rooms; /* zeroed is empty */

static struct creator *
find_creator(struct str jid)
{
    struct map_node *node = map_get(&creators, jid);

    return node ? CONTAINER_OF(node, struct creator, node) : NULL;
}

static struct owned_room *
find_room(struct str jid)
{
    struct map_node *node = map_get(&rooms, jid);

    return node ? CONTAINER_OF(node, struct owned_room, node) : NULL;
}

static struct creator *
need_creator(struct str jid)
{
    struct creator *creator = find_creator(jid);

    if (creator)
        return creator;
    creator = memory_new(1, sizeof(*creator));
    creator->jid = str_dup(jid);
    map_put(&creators, str_from(creator->jid), &creator->node);
    return creator;
}

static void
add(struct str creator, struct str jid)
{
    struct owned_room *room = memory_new(1, sizeof(*room));

    room->jid = str_dup(jid);
    room->creator = need_creator(creator);
    room->creator->rooms++;
    map_put(&rooms, str_from(room->jid), &room->node);
}

static void
drop(struct owned_room *room)
{
    struct creator *creator = room->creator;

    map_remove(&rooms, &room->node);
    free(room->jid);
    free(room);
    if (--creator->rooms > 0)
        return;
    map_remove(&creators, &creator->node);
    free(creator->jid);
    free(creator);
}

/* The buckets of a table that is not used any more. */
static void
tidy(void)
{
    if (map_count(&rooms) > 0)
        return;
    map_fini(&rooms);
    map_fini(&creators);
    map_init(&rooms);
    map_init(&creators);
}

int
room_quota_take(struct str creator, struct str room, size_t max)
{
    int r = 0;

    pthread_mutex_lock(&lock);
    const struct creator *known = find_creator(creator);
    if ((known ? known->rooms : 0) >= max)
        r = E_LIMIT;
    else if (!find_room(room))
        add(creator, room);
    pthread_mutex_unlock(&lock);
    return r;
}

void
room_quota_note(struct str creator, struct str room)
{
    pthread_mutex_lock(&lock);
    if (creator.len > 0 && !find_room(room))
        add(creator, room);
    pthread_mutex_unlock(&lock);
}

void
room_quota_release(struct str room)
{
    pthread_mutex_lock(&lock);
    struct owned_room *known = find_room(room);
    if (known)
        drop(known);
    tidy();
    pthread_mutex_unlock(&lock);
}
