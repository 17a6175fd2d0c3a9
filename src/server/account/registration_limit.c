/* registration_limit.c - see registration_limit.h. */
#include "server/account/registration_limit.h"

#include "base/map.h"

#define HOUR_US (INT64_C(3600) * 1000000)

/* The network's slot, or the one it may have now: free, over, or else the oldest. */
static struct registration_slot *
slot_of(struct registration_limit *limit, struct str network, int64_t now_us)
{
    uint64_t hash = map_hash(network);
    struct registration_slot *set = limit->slots[hash % REGISTRATION_SETS];
    struct registration_slot *oldest = &set[0];

    for (int i = 0; i < REGISTRATION_WAYS; i++) {
        if (set[i].tried > 0 && set[i].hash == hash && now_us - set[i].since_us < HOUR_US)
            return &set[i];
        if (set[i].tried == 0 || (oldest->tried > 0 && set[i].since_us < oldest->since_us))
            oldest = &set[i];
    }
    *oldest = (struct registration_slot){ .hash = hash, .since_us = now_us };
    return oldest;
}

bool
registration_limit_try(struct registration_limit *limit,
                       struct str network,
                       int64_t now_us,
                       unsigned per_hour)
{
    struct registration_slot *slot;
    bool allowed;

    pthread_mutex_lock(&limit->lock);
    slot = slot_of(limit, network, now_us);
    allowed = slot->made < per_hour && slot->tried / REGISTRATION_TRIES < per_hour;
    if (allowed || slot->tried == 0)
        slot->tried++;
    pthread_mutex_unlock(&limit->lock);
    return allowed;
}

void
registration_limit_made(struct registration_limit *limit, struct str network, int64_t now_us)
{
    struct registration_slot *slot;

    pthread_mutex_lock(&limit->lock);
    slot = slot_of(limit, network, now_us);
    slot->made++;
    if (slot->tried == 0)
        slot->tried = 1;
    pthread_mutex_unlock(&limit->lock);
}
