/* key_cache.h - SCRAM's salted passwords, each derived once: everybody has the same password, and
 * devices of one account the same salt. RFC 5802 3 lets a client keep them.
 * Owns: its entries. Threads: one owner at a time. Errors: none. Tests: the fault suite */
#pragma once

#include "base/map.h"
#include "xmpp/client_stream.h"

struct key_cache {
    struct map _entries;
};

void key_cache_init(struct key_cache *cache);
void key_cache_fini(struct key_cache *cache);

/* Derives it, unless it is there. Valid as long as the cache. */
const uint8_t *key_cache_get(struct key_cache *cache,
                             const struct client_stream_key_question *question);
