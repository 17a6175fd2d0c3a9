/* sign_in_guard.c - see sign_in_guard.h. */
#include "server/core/sign_in_guard.h"

#include "base/map.h"
#include "base/memory.h"

#include <stdatomic.h>
#include <stdlib.h>

enum {
    ROWS = 2,
    COLUMNS = 2048,
    HALF_LIFE_S = 60,
    COUNT_MAX = 1 << 16,
    NETWORK_FREE = 6 /* failures before everybody in a network waits: typing errors happen */
};

#define DELAY_FIRST_US INT64_C(250000)
#define DELAY_MAX_US   INT64_C(8000000)
#define WAIT_MAX_US    INT64_C(4000000)

/* A cell is when it was last touched (seconds, upper half) and its count then (lower half). */
struct sketch {
    _Atomic(uint64_t) cells[ROWS][COLUMNS];
};

struct sign_in_guard {
    struct sketch networks, accounts;
};

struct sign_in_guard *
sign_in_guard_new(void)
{
    return memory_new(1, sizeof(struct sign_in_guard));
}

void
sign_in_guard_free(struct sign_in_guard *guard)
{
    free(guard);
}

static _Atomic(uint64_t) *
find_cell(struct sketch *sketch, int row, struct str key)
{
    return &sketch->cells[row][(map_hash(key) >> (32 * row)) % COLUMNS];
}

/* What is left of a count by now. */
static uint32_t
decayed(uint64_t value, uint32_t now_s)
{
    uint32_t halvings = (now_s - (uint32_t)(value >> 32)) / HALF_LIFE_S;

    return halvings < 32 ? (uint32_t)value >> halvings : 0;
}

static uint32_t
read_count(struct sketch *sketch, struct str key, uint32_t now_s)
{
    uint32_t least = UINT32_MAX;

    for (int row = 0; row < ROWS; row++) {
        uint64_t value = atomic_load_explicit(find_cell(sketch, row, key), memory_order_relaxed);
        uint32_t count = decayed(value, now_s);

        if (count < least)
            least = count;
    }
    return least;
}

static uint32_t
add_to_cell(_Atomic(uint64_t) *cell, uint32_t now_s)
{
    uint64_t before = atomic_load_explicit(cell, memory_order_relaxed);
    uint32_t count;

    do {
        count = decayed(before, now_s);
        if (count < COUNT_MAX)
            count++;
    } while (!atomic_compare_exchange_weak_explicit(cell, &before, (uint64_t)now_s << 32 | count,
                                                    memory_order_relaxed, memory_order_relaxed));
    return count;
}

static uint32_t
add(struct sketch *sketch, struct str key, uint32_t now_s)
{
    uint32_t least = UINT32_MAX;

    for (int row = 0; row < ROWS; row++) {
        uint32_t count = add_to_cell(find_cell(sketch, row, key), now_s);

        if (count < least)
            least = count;
    }
    return least;
}

/* Doubles with each one. */
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

int64_t
sign_in_guard_wait_us(struct sign_in_guard *guard, struct str network, int64_t now_us)
{
    uint32_t count = read_count(&guard->networks, network, (uint32_t)(now_us / 1000000));

    return count > NETWORK_FREE ? delay_for(count - NETWORK_FREE, WAIT_MAX_US) : 0;
}

int64_t
sign_in_guard_failed(struct sign_in_guard *guard,
                     struct str network,
                     struct str account,
                     int64_t now_us)
{
    uint32_t now_s = (uint32_t)(now_us / 1000000);
    uint32_t count = add(&guard->networks, network, now_s);
    uint32_t account_count = account.len > 0 ? add(&guard->accounts, account, now_s) : 0;

    return delay_for(count > account_count ? count : account_count, DELAY_MAX_US);
}
