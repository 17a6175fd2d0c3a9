/* caps_cache.h - verified capabilities, for everybody who claims the same.
 * Owns: a reference to each set. Threads: any (its own lock). Time: none. Errors: none: when it is
 * full, what was not asked for longest goes. Spec: XEP-0115 5.4, 6.2.
 * Tests: tests/unit/server/test_caps.c */
#pragma once

#include "base/list.h"
#include "base/map.h"
#include "server/pubsub/caps.h"

#include <pthread.h>

struct caps_cache {
    pthread_mutex_t _lock;
    struct map _by_claim;
    struct list _by_age; /* the one used last at the end; not initialised while it is empty */
    size_t _max;
};

#define CAPS_CACHE_INIT(max)                                                                       \
    {                                                                                              \
        PTHREAD_MUTEX_INITIALIZER, { 0 }, { NULL, NULL }, (max)                                    \
    }

/* A reference, or NULL. */
MUST_CHECK struct caps *caps_cache_get(struct caps_cache *cache, const struct caps_claim *claim);

/* `caps` was verified against `claim`. */
void caps_cache_put(struct caps_cache *cache, const struct caps_claim *claim, struct caps *caps);

/* Forgets everything. */
void caps_cache_clear(struct caps_cache *cache);
