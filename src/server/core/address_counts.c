/* address_counts.c - see address_counts.h. */
#include "server/core/address_counts.h"

#include "base/map.h"
#include "base/memory.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

enum {
    ROWS = 2,
    COLUMNS = 4096
};

struct address_counts {
    atomic_uint cells[ROWS][COLUMNS];
};

struct address_counts *
address_counts_new(void)
{
    return memory_new(1, sizeof(struct address_counts));
}

void
address_counts_free(struct address_counts *counts)
{
    free(counts);
}

/* Each row uses other bits of the same hash. */
static atomic_uint *
cell(struct address_counts *counts, int row, uint64_t hash)
{
    return &counts->cells[row][(hash >> (32 * row)) % COLUMNS];
}

unsigned
address_counts_add(struct address_counts *counts, struct str network)
{
    uint64_t hash = map_hash(network);
    unsigned least = 0;

    for (int row = 0; row < ROWS; row++) {
        unsigned count =
            atomic_fetch_add_explicit(cell(counts, row, hash), 1, memory_order_relaxed) + 1;

        if (row == 0 || count < least)
            least = count;
    }
    return least;
}

void
address_counts_remove(struct address_counts *counts, struct str network)
{
    uint64_t hash = map_hash(network);

    for (int row = 0; row < ROWS; row++) {
        unsigned before =
            atomic_fetch_sub_explicit(cell(counts, row, hash), 1, memory_order_relaxed);

        assert(before > 0);
    }
}
