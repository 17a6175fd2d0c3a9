/* arena.h - memory that is given out piece by piece and taken back in one go.
 * Owns: its chunks. Threads: one owner at a time. Time: none.
 * Errors: NULL when the limit would be passed (and arena_is_full() from then on); real exhaustion
 * of memory aborts. Tests: tests/unit/base/test_arena.c
 *
 * Good for: many small things with one lifetime (a stanza). Bad for: anything freed singly. */
#pragma once

#include "base/attributes.h"
#include "base/str.h"

struct arena_chunk;

struct arena {
    struct arena_chunk *_chunks; /* newest first */
    size_t _limit;               /* bytes that may be taken from the heap in all */
    size_t _taken;               /* bytes taken from the heap so far */
    bool _full;                  /* an allocation has failed */
};

/* Takes nothing from the heap until the first allocation. `limit_bytes` counts chunks whole. */
void arena_init(struct arena *arena, size_t limit_bytes);

/* Gives everything back; the arena may be used again (same limit). */
void arena_reset(struct arena *arena);
void arena_fini(struct arena *arena);

/* `size` zeroed bytes aligned to 8, or NULL past the limit. size 0 gives a valid pointer. */
MUST_CHECK void *arena_alloc(struct arena *arena, size_t size);

/* A copy of `s` in the arena, NUL-terminated behind its length. data is NULL past the limit. */
struct str arena_dup(struct arena *arena, struct str s);

/* Formats into the arena. data is NULL past the limit. */
struct str arena_printf(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);

/* True once any allocation has failed. Lets builders check once, at the end. */
bool arena_is_full(const struct arena *arena);

/* Bytes taken from the heap. */
size_t arena_taken(const struct arena *arena);
