/* map.h - an intrusive hash table keyed by bytes, safe against chosen keys (SipHash, random key).
 * Owns: its bucket array; the nodes and their keys belong to the caller. Threads: one owner at a
 * time. Errors: none. Cost: O(1) expected. Tests: tests/unit/base/test_map.c */
#pragma once

#include "base/attributes.h"
#include "base/str.h"

/* Lives inside the thing that is mapped. */
struct map_node {
    struct map_node *_next; /* same bucket */
    struct str _key;        /* borrowed from the thing itself */
    uint64_t _hash;
};

struct map {
    struct map_node **_buckets;
    size_t _bucket_count; /* a power of two, or 0 */
    size_t _count;
};

void map_init(struct map *map);

/* Frees the buckets only. */
void map_fini(struct map *map);

/* `key` must stay valid and unchanged while the node is in. A key that is in already is a
 * programmer error. */
void map_put(struct map *map, struct str key, struct map_node *node);
struct map_node *map_get(const struct map *map, struct str key);

/* `node` must be in the map. */
void map_remove(struct map *map, struct map_node *node);
size_t map_count(const struct map *map);

/* Walking: map_next(map, NULL) is the first, NULL the end; order is arbitrary. The current node may
 * be removed if its successor was fetched before; nothing may be put in meanwhile. */
struct map_node *map_next(const struct map *map, const struct map_node *node);

/* SipHash-1-3 under a key drawn at process start; equal for equal bytes within one process. */
uint64_t map_hash(struct str key);
