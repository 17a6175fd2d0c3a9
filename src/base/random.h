/* random.h - unpredictable bytes from the kernel.
 * Owns: nothing. Threads: any. Errors: none (aborts if the kernel has none).
 * Tests: tests/unit/base/test_random.c */
#pragma once

#include <stddef.h>

void random_bytes(void *ret, size_t count);

/* Fills `ret` with `count - 1` characters of [a-z2-7] (5 bits each) and a NUL. */
void random_token(char *ret, size_t count);
