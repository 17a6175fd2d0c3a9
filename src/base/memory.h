/* memory.h - the heap, for code that may assume it never runs dry.
 * Owns: nothing. Threads: any. Errors: none: real exhaustion of memory aborts, here and nowhere
 * else, so no caller has a path for it that nobody ever tests. Tests: the users' tests. */
#pragma once

#include "base/attributes.h"

#include <stddef.h>

/* `count` zeroed things of `size` bytes; free with free(). 0 of them gives a valid pointer. */
MUST_CHECK void *memory_new(size_t count, size_t size);

/* Moves `old` (may be NULL) to room for `count` things of `size` bytes, like realloc(). */
MUST_CHECK void *memory_resize(void *old, size_t count, size_t size);
