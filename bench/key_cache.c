/* key_cache.c - see key_cache.h. */
#include "key_cache.h"

#include "base/memory.h"

#include <assert.h>
#include <stdlib.h>

struct entry {
    struct map_node node;
    uint8_t name[1 + sizeof(uint32_t) + SCRAM_SALT_MAX]; /* hash, iterations, salt */
    uint8_t key[SCRAM_KEY_MAX];
};

void
key_cache_init(struct key_cache *cache)
{
    map_init(&cache->_entries);
}

void
key_cache_fini(struct key_cache *cache)
{
    struct map_node *node = map_next(&cache->_entries, NULL);

    while (node) {
        struct map_node *next = map_next(&cache->_entries, node);

        map_remove(&cache->_entries, node);
        free(CONTAINER_OF(node, struct entry, node));
        node = next;
    }
    map_fini(&cache->_entries);
}

static struct str
set_name(struct entry *entry, const struct client_stream_key_question *question)
{
    uint8_t *end = entry->name;

    assert(question->salt.len <= SCRAM_SALT_MAX);
    *end++ = (uint8_t)question->hash;
    memcpy(end, &question->iterations, sizeof(question->iterations));
    end += sizeof(question->iterations);
    memcpy(end, question->salt.data, question->salt.len);
    end += question->salt.len;
    return (struct str){ (const char *)entry->name, (size_t)(end - entry->name) };
}

const uint8_t *
key_cache_get(struct key_cache *cache, const struct client_stream_key_question *question)
{
    struct entry *entry = memory_new(1, sizeof(*entry));
    struct str name = set_name(entry, question);
    struct map_node *known = map_get(&cache->_entries, name);

    if (known) {
        free(entry);
        return CONTAINER_OF(known, struct entry, node)->key;
    }
    scram_salted_password(question->hash, question->password, question->salt, question->iterations,
                          entry->key);
    map_put(&cache->_entries, name, &entry->node);
    return entry->key;
}
