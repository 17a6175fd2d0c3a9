/* arena.c - chunks that start small, because most stanzas are, and grow to a bound. */
#include "base/arena.h"

#include "base/memory.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    CHUNK_FIRST = 1024,
    CHUNK_MAX = 16 * 1024,
    ALIGNMENT = 8
};

struct arena_chunk {
    struct arena_chunk *next;
    size_t size; /* with this header */
    size_t used; /* without it */
    _Alignas(ALIGNMENT) char bytes[];
};

void
arena_init(struct arena *arena, size_t limit_bytes)
{
    /* No sum below can overflow. */
    if (limit_bytes > SIZE_MAX / 2)
        limit_bytes = SIZE_MAX / 2;
    *arena = (struct arena){ ._limit = limit_bytes };
}

void
arena_reset(struct arena *arena)
{
    while (arena->_chunks) {
        struct arena_chunk *chunk = arena->_chunks;

        arena->_chunks = chunk->next;
        free(chunk);
    }
    arena->_taken = 0;
    arena->_full = false;
}

void
arena_fini(struct arena *arena)
{
    arena_reset(arena);
}

static size_t
chunk_room(const struct arena_chunk *chunk)
{
    return chunk->size - sizeof(*chunk) - chunk->used;
}

/* The size of a new chunk that holds `size` bytes, or 0 if the limit forbids it. The last chunk
 * may be smaller than its turn so that the limit can be used up. */
static size_t
choose_chunk_size(const struct arena *arena, size_t size)
{
    size_t left = arena->_limit - arena->_taken;
    size_t needed = sizeof(struct arena_chunk) + size;
    size_t wanted = CHUNK_FIRST;

    if (arena->_chunks)
        wanted = arena->_chunks->size * 2;
    if (wanted > CHUNK_MAX)
        wanted = CHUNK_MAX;
    if (needed > left)
        return 0;
    if (wanted < needed)
        wanted = needed;
    return wanted < left ? wanted : left;
}

static struct arena_chunk *
add_chunk(struct arena *arena, size_t size)
{
    size_t chunk_size = choose_chunk_size(arena, size);
    struct arena_chunk *chunk;

    if (chunk_size == 0)
        return NULL;
    chunk = memory_resize(NULL, chunk_size, 1);
    chunk->size = chunk_size;
    chunk->used = 0;
    arena->_taken += chunk_size;
    /* A chunk made for one large piece is full at once: it goes behind the newest, whose room can
     * still be used. */
    if (arena->_chunks && chunk_size > CHUNK_MAX) {
        chunk->next = arena->_chunks->next;
        arena->_chunks->next = chunk;
    } else {
        chunk->next = arena->_chunks;
        arena->_chunks = chunk;
    }
    return chunk;
}

/* `size` bytes as they come from the heap, or NULL. */
static char *
take(struct arena *arena, size_t size)
{
    struct arena_chunk *chunk = arena->_chunks;
    char *bytes;

    if (size > arena->_limit) {
        arena->_full = true;
        return NULL;
    }
    size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (!chunk || chunk_room(chunk) < size)
        chunk = add_chunk(arena, size);
    if (!chunk) {
        arena->_full = true;
        return NULL;
    }
    bytes = chunk->bytes + chunk->used;
    chunk->used += size;
    return bytes;
}

void *
arena_alloc(struct arena *arena, size_t size)
{
    char *bytes = take(arena, size);

    if (bytes)
        memset(bytes, 0, size);
    return bytes;
}

struct str
arena_dup(struct arena *arena, struct str s)
{
    char *bytes;

    assert(s.len < SIZE_MAX);
    bytes = take(arena, s.len + 1);

    if (!bytes)
        return STR_EMPTY;
    if (s.len > 0)
        memcpy(bytes, s.data, s.len);
    bytes[s.len] = '\0';
    return (struct str){ bytes, s.len };
}

struct str
arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    char *bytes;
    int len;

    va_start(args, format);
    len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    assert(len >= 0);
    bytes = take(arena, (size_t)len + 1);
    if (!bytes)
        return STR_EMPTY;
    va_start(args, format);
    (void)vsnprintf(bytes, (size_t)len + 1, format, args);
    va_end(args);
    return (struct str){ bytes, (size_t)len };
}

bool
arena_is_full(const struct arena *arena)
{
    return arena->_full;
}

size_t
arena_taken(const struct arena *arena)
{
    return arena->_taken;
}
