/* sign_in_guard.c - see sign_in_guard.h. */
#include "server/core/sign_in_guard.h"

#include "base/attributes.h"
#include "base/error.h"
#include "base/map.h"
#include "base/memory.h"

#include <pthread.h>
#include <stdlib.h>

enum {
    ROWS = 2,
    COLUMNS = 2048,
    HALF_LIFE_S = 60,
    COUNT_MAX = 64,   /* forgotten after some minutes, however many there were */
    NETWORK_FREE = 6, /* failures before everybody in a network waits: typing errors happen */
    SETS = 1024,
    WAYS = 8 /* acquaintances that share a set */
};

#define DELAY_FIRST_US   INT64_C(250000)
#define DELAY_ACCOUNT_US INT64_C(8000000) /* at most, for each failure */
#define DELAY_NETWORK_US INT64_C(4000000)
#define LINE_MAX_US      INT64_C(10000000) /* nobody waits longer */

struct cell {
    uint32_t count;      /* as of then */
    uint32_t counted_s;  /* monotonic */
    int64_t line_end_us; /* monotonic: when the last answer that is due is given */
};

struct sketch {
    struct cell cells[ROWS][COLUMNS];
};

/* Somebody who has signed in from there before. */
struct acquaintance {
    uint64_t hash; /* of network and account; 0 = free */
    int64_t seen_us;
    int64_t doubted_until_us; /* being guessed: treated like a stranger */
};

struct sign_in_guard {
    pthread_mutex_t lock;
    struct sketch networks, accounts;
    struct acquaintance known[SETS][WAYS];
};

struct sign_in_guard *
sign_in_guard_new(void)
{
    struct sign_in_guard *guard = memory_new(1, sizeof(*guard));

    pthread_mutex_init(&guard->lock, NULL);
    return guard;
}

void
sign_in_guard_free(struct sign_in_guard *guard)
{
    if (guard)
        pthread_mutex_destroy(&guard->lock);
    free(guard);
}

/* ---- counts and lines ---- */

static struct cell *
find_cell(struct sketch *sketch, int row, struct str key)
{
    return &sketch->cells[row][(map_hash(key) >> (32 * row)) % COLUMNS];
}

/* What is left of a count by now. */
static uint32_t
decayed(const struct cell *cell, uint32_t now_s)
{
    const uint32_t halvings = (now_s - cell->counted_s) / HALF_LIFE_S;

    return halvings < 32 ? cell->count >> halvings : 0;
}

static uint32_t
count_of(struct sketch *sketch, struct str key, int64_t now_us)
{
    uint32_t least = UINT32_MAX;

    for (int row = 0; row < ROWS; row++) {
        const uint32_t count = decayed(find_cell(sketch, row, key), (uint32_t)(now_us / 1000000));
        least = count < least ? count : least;
    }
    return least;
}

static void
count_one(struct sketch *sketch, struct str key, int64_t now_us)
{
    const uint32_t now_s = (uint32_t)(now_us / 1000000);

    for (int row = 0; row < ROWS; row++) {
        struct cell *cell = find_cell(sketch, row, key);
        const uint32_t count = decayed(cell, now_s);

        cell->count = count < COUNT_MAX ? count + 1 : count;
        cell->counted_s = now_s;
    }
}

/* When somebody who joins the line now is at its head. */
static int64_t
line_end_us(struct sketch *sketch, struct str key, int64_t now_us)
{
    int64_t end_us = INT64_MAX;

    for (int row = 0; row < ROWS; row++) {
        const struct cell *cell = find_cell(sketch, row, key);
        end_us = cell->line_end_us < end_us ? cell->line_end_us : end_us;
    }
    return end_us > now_us ? end_us : now_us;
}

static void
set_line_end(struct sketch *sketch, struct str key, int64_t end_us)
{
    for (int row = 0; row < ROWS; row++) {
        struct cell *cell = find_cell(sketch, row, key);
        if (cell->line_end_us < end_us)
            cell->line_end_us = end_us;
    }
}

/* Doubles with each failure. */
static int64_t
delay_for(uint32_t count, int64_t max_us)
{
    int64_t delay_us = DELAY_FIRST_US;

    if (count == 0)
        return 0;
    while (--count > 0 && delay_us < max_us)
        delay_us *= 2;
    return delay_us < max_us ? delay_us : max_us;
}

/* ---- acquaintances ---- */

static uint64_t
hash_pair(struct str network, struct str account)
{
    const uint64_t a = map_hash(network), b = map_hash(account);

    return (a ^ (b << 21 | b >> 43)) | 1;
}

/* NULL when they are not known. */
static struct acquaintance *
find_known(struct sign_in_guard *guard, uint64_t hash)
{
    struct acquaintance *set = guard->known[(hash >> 8) % SETS];

    for (int way = 0; way < WAYS; way++)
        if (set[way].hash == hash)
            return &set[way];
    return NULL;
}

static void
remember(struct sign_in_guard *guard, uint64_t hash, int64_t now_us)
{
    struct acquaintance *set = guard->known[(hash >> 8) % SETS];
    struct acquaintance *place = find_known(guard, hash);

    for (int way = 0; way < WAYS && (!place || place->hash != hash); way++)
        if (!place || set[way].seen_us < place->seen_us)
            place = &set[way];
    if (place->hash != hash)
        *place = (struct acquaintance){ .hash = hash };
    place->seen_us = now_us;
}

/* ---- the two outcomes ---- */

static int64_t
later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Places at the end of both lines. */
struct places {
    int64_t network_us, account_us;
    int64_t answer_us; /* when both are at their heads */
};

/* Those of a wrong password that is the `here`th of late from the network and the `there`th for the
 * account. */
static struct places
find_places(struct sign_in_guard *guard,
            struct str network,
            struct str account,
            int64_t now_us,
            uint32_t here,
            uint32_t there)
{
    struct places places = { .account_us = now_us };

    places.network_us = line_end_us(&guard->networks, network, now_us) +
                        delay_for(here > NETWORK_FREE ? here - NETWORK_FREE : 0, DELAY_NETWORK_US);
    if (account.len > 0)
        places.account_us =
            line_end_us(&guard->accounts, account, now_us) + delay_for(there, DELAY_ACCOUNT_US);
    places.answer_us = later(later(places.network_us, places.account_us), now_us + DELAY_FIRST_US);
    return places;
}

/* Would a wrong password be refused now, and a right one not be let in at once? Then they must get
 * the same answer, so that being refused tells nothing. */
static bool
is_full(struct sign_in_guard *guard, struct str network, struct str account, int64_t now_us)
{
    const struct acquaintance *known = find_known(guard, hash_pair(network, account));
    const uint32_t here = count_of(&guard->networks, network, now_us);
    const uint32_t there = count_of(&guard->accounts, account, now_us);

    if ((known && known->doubted_until_us <= now_us) || here == 0)
        return false;
    return find_places(guard, network, account, now_us, here + 1, there + 1).answer_us >
           now_us + LINE_MAX_US;
}

static int
wrong(struct sign_in_guard *guard,
      struct str network,
      struct str account,
      int64_t now_us,
      int64_t *ret_answer_us)
{
    struct acquaintance *known = find_known(guard, hash_pair(network, account));
    uint32_t there = 0;

    count_one(&guard->networks, network, now_us);
    if (account.len > 0) {
        count_one(&guard->accounts, account, now_us);
        there = count_of(&guard->accounts, account, now_us);
    }
    const struct places places = find_places(guard, network, account, now_us,
                                             count_of(&guard->networks, network, now_us), there);

    *ret_answer_us = places.answer_us;
    /* Also of a refused attempt: else being refused would tell that it was wrong. */
    if (known)
        known->doubted_until_us =
            later(known->doubted_until_us, now_us + delay_for(there, DELAY_ACCOUNT_US));
    if (places.answer_us > now_us + LINE_MAX_US)
        return E_LIMIT;
    set_line_end(&guard->networks, network, places.network_us);
    if (account.len > 0)
        set_line_end(&guard->accounts, account, places.account_us);
    if (known)
        known->doubted_until_us = later(known->doubted_until_us, places.answer_us);
    return 0;
}

static int
right(struct sign_in_guard *guard,
      struct str network,
      struct str account,
      int64_t now_us,
      int64_t *ret_answer_us)
{
    const uint64_t pair = hash_pair(network, account);
    const struct acquaintance *known = find_known(guard, pair);
    const uint32_t here = count_of(&guard->networks, network, now_us);

    *ret_answer_us = now_us;
    if (is_full(guard, network, account, now_us))
        return E_LIMIT;
    if (!known || known->doubted_until_us > now_us) {
        if (here > NETWORK_FREE)
            *ret_answer_us = line_end_us(&guard->networks, network, now_us);
        /* A network that has not guessed need not wait for others that guess at this account. */
        if (here > 0)
            *ret_answer_us = later(*ret_answer_us, line_end_us(&guard->accounts, account, now_us));
    }
    remember(guard, pair, now_us);
    return 0;
}

bool
sign_in_guard_is_full(struct sign_in_guard *guard,
                      struct str network,
                      struct str account,
                      int64_t now_us)
{
    pthread_mutex_lock(&guard->lock);
    const bool full = is_full(guard, network, account, now_us);
    pthread_mutex_unlock(&guard->lock);
    return full;
}

typedef int outcome(struct sign_in_guard *guard,
                    struct str network,
                    struct str account,
                    int64_t now_us,
                    int64_t *ret_answer_us);

static int
decide(struct sign_in_guard *guard,
       outcome *count,
       struct str network,
       struct str account,
       int64_t now_us,
       int64_t *ret_wait_us)
{
    int64_t answer_us;

    pthread_mutex_lock(&guard->lock);
    const int r = count(guard, network, account, now_us, &answer_us);
    pthread_mutex_unlock(&guard->lock);
    *ret_wait_us = answer_us - now_us;
    return r;
}

int
sign_in_guard_wrong(struct sign_in_guard *guard,
                    struct str network,
                    struct str account,
                    int64_t now_us,
                    int64_t *ret_wait_us)
{
    return decide(guard, wrong, network, account, now_us, ret_wait_us);
}

int
sign_in_guard_right(struct sign_in_guard *guard,
                    struct str network,
                    struct str account,
                    int64_t now_us,
                    int64_t *ret_wait_us)
{
    return decide(guard, right, network, account, now_us, ret_wait_us);
}
