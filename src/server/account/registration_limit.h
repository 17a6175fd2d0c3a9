/* registration_limit.h - how many accounts one network may make in an hour.
 * Owns: a table of fixed size. Threads: any (a lock; this is far from the message path).
 * Time: monotonic microseconds, passed in. Errors: none. Spec: XEP-0077 3.1.1.
 * Tests: tests/unit/server/test_registration_limit.c */
#pragma once

#include "base/attributes.h"
#include "base/str.h"

#include <pthread.h>

enum {
    REGISTRATION_SETS = 256,
    REGISTRATION_WAYS = 8,  /* networks that share a set: the oldest makes place */
    REGISTRATION_TRIES = 10 /* as many tries as this for each account that may be made */
};

struct registration_limit {
    pthread_mutex_t lock;
    struct registration_slot {
        uint64_t hash; /* of the network */
        int64_t since_us;
        unsigned tried, made; /* since then; tried 0 = free */
    } slots[REGISTRATION_SETS][REGISTRATION_WAYS];
};

#define REGISTRATION_LIMIT_INIT                                                                    \
    {                                                                                              \
        .lock = PTHREAD_MUTEX_INITIALIZER                                                          \
    }

/* Counts a try. False when the network has made `per_hour` accounts, or has tried far too often, in
 * the last hour. */
bool registration_limit_try(struct registration_limit *limit,
                            struct str network,
                            int64_t now_us,
                            unsigned per_hour);

/* Counts an account that was made, or whose name was found to be taken. */
void registration_limit_made(struct registration_limit *limit, struct str network, int64_t now_us);
