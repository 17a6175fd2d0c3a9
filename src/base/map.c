/* map.c - chained buckets that double when there is one node a bucket. They never shrink, so a walk
 * may remove what it meets. */
#include "base/map.h"

#include "base/memory.h"
#include "base/random.h"

#include <assert.h>
#include <stdlib.h>

enum {
    BUCKETS_FIRST = 16
};

static uint64_t hash_key[2];

/* Before main(), so that no thread can see it change. */
__attribute__((constructor)) static void
draw_hash_key(void)
{
    random_bytes(hash_key, sizeof(hash_key));
}

static inline uint64_t
rotate_left(uint64_t value, int bits)
{
    return value << bits | value >> (64 - bits);
}

/* SipRound of "SipHash: a fast short-input PRF", 2.2. */
static inline void
sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[2] += v[3];
    v[1] = rotate_left(v[1], 13) ^ v[0];
    v[3] = rotate_left(v[3], 16) ^ v[2];
    v[0] = rotate_left(v[0], 32) + v[3];
    v[2] += v[1];
    v[1] = rotate_left(v[1], 17) ^ v[2];
    v[3] = rotate_left(v[3], 21) ^ v[0];
    v[2] = rotate_left(v[2], 32);
}

static inline void
sip_compress(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;
    sip_round(v);
    v[0] ^= word;
}

uint64_t
map_hash(struct str key)
{
    uint64_t v[4] = {
        hash_key[0] ^ UINT64_C(0x736f6d6570736575),
        hash_key[1] ^ UINT64_C(0x646f72616e646f6d),
        hash_key[0] ^ UINT64_C(0x6c7967656e657261),
        hash_key[1] ^ UINT64_C(0x7465646279746573),
    };
    uint64_t last = (uint64_t)key.len << 56;
    uint64_t word;
    size_t i = 0;

    for (; i + sizeof(word) <= key.len; i += sizeof(word)) {
        memcpy(&word, key.data + i, sizeof(word));
        sip_compress(v, word);
    }
    for (int shift = 0; i < key.len; i++, shift += 8)
        last |= (uint64_t)(unsigned char)key.data[i] << shift;
    sip_compress(v, last);
    v[2] ^= 0xff;
    for (int i_round = 0; i_round < 3; i_round++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

void
map_init(struct map *map)
{
    *map = (struct map){ 0 };
}

void
map_fini(struct map *map)
{
    free(map->_buckets);
    map_init(map);
}

static struct map_node **
find_bucket(const struct map *map, uint64_t hash)
{
    return &map->_buckets[hash & (map->_bucket_count - 1)];
}

static void
push_node(struct map *map, struct map_node *node)
{
    struct map_node **bucket = find_bucket(map, node->_hash);

    node->_next = *bucket;
    *bucket = node;
}

static void
grow(struct map *map)
{
    struct map_node **old = map->_buckets;
    size_t old_count = map->_bucket_count;

    map->_bucket_count = old_count ? old_count * 2 : BUCKETS_FIRST;
    map->_buckets = memory_new(map->_bucket_count, sizeof(struct map_node *));
    for (size_t i = 0; i < old_count; i++) {
        for (struct map_node *node = old[i], *next; node; node = next) {
            next = node->_next;
            push_node(map, node);
        }
    }
    free(old);
}

static struct map_node *
find_node(const struct map *map, struct str key, uint64_t hash)
{
    if (map->_bucket_count == 0)
        return NULL;
    for (struct map_node *node = *find_bucket(map, hash); node; node = node->_next) {
        if (node->_hash == hash && str_equal(node->_key, key))
            return node;
    }
    return NULL;
}

void
map_put(struct map *map, struct str key, struct map_node *node)
{
    uint64_t hash = map_hash(key);

    assert(!find_node(map, key, hash));
    if (map->_count == map->_bucket_count)
        grow(map);
    node->_key = key;
    node->_hash = hash;
    push_node(map, node);
    map->_count++;
}

struct map_node *
map_get(const struct map *map, struct str key)
{
    return map->_count > 0 ? find_node(map, key, map_hash(key)) : NULL;
}

void
map_remove(struct map *map, struct map_node *node)
{
    struct map_node **place;

    assert(map->_count > 0);
    for (place = find_bucket(map, node->_hash); *place != node; place = &(*place)->_next)
        assert(*place);
    *place = node->_next;
    node->_next = NULL;
    map->_count--;
}

size_t
map_count(const struct map *map)
{
    return map->_count;
}

struct map_node *
map_next(const struct map *map, const struct map_node *node)
{
    size_t i = 0;

    if (node && node->_next)
        return node->_next;
    if (node)
        i = (node->_hash & (map->_bucket_count - 1)) + 1;
    for (; i < map->_bucket_count; i++) {
        if (map->_buckets[i])
            return map->_buckets[i];
    }
    return NULL;
}
