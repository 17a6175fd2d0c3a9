/* block.c - see block.h. */
#include "base/block.h"

#include "base/memory.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

struct block {
    atomic_size_t references;
    size_t len;
    char bytes[];
};

struct block *
block_new(struct str bytes)
{
    struct block *block;

    assert(bytes.len < SIZE_MAX / 2);
    block = memory_resize(NULL, sizeof(*block) + bytes.len, 1);
    atomic_init(&block->references, 1);
    block->len = bytes.len;
    if (bytes.len > 0)
        memcpy(block->bytes, bytes.data, bytes.len);
    return block;
}

struct block *
block_ref(struct block *block)
{
    /* Whoever refs holds a reference already, so nothing needs to be ordered. */
    size_t before = atomic_fetch_add_explicit(&block->references, 1, memory_order_relaxed);

    assert(before > 0);
    return block;
}

void
block_unref(struct block *block)
{
    size_t before;

    if (!block)
        return;
    /* Every use by any holder happens before the last one frees. */
    before = atomic_fetch_sub_explicit(&block->references, 1, memory_order_acq_rel);
    assert(before > 0);
    if (before == 1)
        free(block);
}

struct str
block_str(const struct block *block)
{
    return (struct str){ block->bytes, block->len };
}
