/* caps_cache.c - see caps_cache.h. */
#include "server/pubsub/caps_cache.h"

#include "base/memory.h"

#include <assert.h>
#include <stdlib.h>

struct entry {
    struct map_node by_claim;
    struct list by_age;
    struct caps *caps;
    char key[]; /* the hash's name, a space, the hash */
};

/* ---- keys ---- */

static struct str
write_key(char *key, const struct caps_claim *claim)
{
    memcpy(key, claim->hash.data, claim->hash.len);
    key[claim->hash.len] = ' ';
    memcpy(key + claim->hash.len + 1, claim->ver.data, claim->ver.len);
    return (struct str){ key, claim->hash.len + 1 + claim->ver.len };
}

static struct entry *
find(const struct caps_cache *cache, const struct caps_claim *claim)
{
    char *key = memory_new(1, claim->hash.len + 1 + claim->ver.len);
    struct map_node *node = map_get(&cache->_by_claim, write_key(key, claim));

    free(key);
    return node ? CONTAINER_OF(node, struct entry, by_claim) : NULL;
}

/* ---- use ---- */

static void
drop(struct caps_cache *cache, struct entry *entry)
{
    map_remove(&cache->_by_claim, &entry->by_claim);
    list_remove(&entry->by_age);
    caps_unref(entry->caps);
    free(entry);
}

static void
add(struct caps_cache *cache, const struct caps_claim *claim, struct caps *caps)
{
    struct entry *entry = memory_new(1, sizeof(*entry) + claim->hash.len + 1 + claim->ver.len);

    if (map_count(&cache->_by_claim) >= cache->_max)
        drop(cache, CONTAINER_OF(cache->_by_age.next, struct entry, by_age));
    entry->caps = caps_ref(caps);
    map_put(&cache->_by_claim, write_key(entry->key, claim), &entry->by_claim);
    list_append(&cache->_by_age, &entry->by_age);
}

struct caps *
caps_cache_get(struct caps_cache *cache, const struct caps_claim *claim)
{
    struct caps *caps = NULL;
    struct entry *entry;

    if (!caps_claim_is_verifiable(claim))
        return NULL;
    (void)pthread_mutex_lock(&cache->_lock);
    entry = find(cache, claim);
    if (entry) {
        list_remove(&entry->by_age);
        list_append(&cache->_by_age, &entry->by_age);
        caps = caps_ref(entry->caps);
    }
    (void)pthread_mutex_unlock(&cache->_lock);
    return caps;
}

void
caps_cache_put(struct caps_cache *cache, const struct caps_claim *claim, struct caps *caps)
{
    assert(caps_claim_is_verifiable(claim));
    (void)pthread_mutex_lock(&cache->_lock);
    if (!cache->_by_age.next)
        list_init(&cache->_by_age);
    if (!find(cache, claim))
        add(cache, claim, caps);
    (void)pthread_mutex_unlock(&cache->_lock);
}

void
caps_cache_clear(struct caps_cache *cache)
{
    (void)pthread_mutex_lock(&cache->_lock);
    while (map_count(&cache->_by_claim) > 0)
        drop(cache, CONTAINER_OF(cache->_by_age.next, struct entry, by_age));
    map_fini(&cache->_by_claim);
    map_init(&cache->_by_claim);
    (void)pthread_mutex_unlock(&cache->_lock);
}
