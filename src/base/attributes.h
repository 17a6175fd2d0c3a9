/* attributes.h - the compiler attributes that hold our contracts.
 * Owns: nothing. Threads: any. Time: none. Errors: none. Spec: none. */
#pragma once

#include <stddef.h>

/* The result must be looked at: a fallible function, or an owned return. */
#define MUST_CHECK __attribute__((warn_unused_result))

/* `fmt` and `args` are the positions (from 1) of a printf format and its first argument. */
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

/* The object that holds `member` at address `ptr`. */
#define CONTAINER_OF(ptr, type, member)                                                            \
    ((type *)(void *)((char *)(1 ? (ptr) : &((type *)0)->member) - offsetof(type, member)))

#define ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))
