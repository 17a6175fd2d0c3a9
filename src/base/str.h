/* str.h - a view of text or bytes: pointer and length, no terminating NUL promised.
 * Owns: nothing; a view is valid as long as what it looks at. Threads: any. Errors: none.
 * Tests: tests/unit/base/test_str.c */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
    const char *data; /* borrowed; may be NULL when len is 0 */
    size_t len;       /* bytes */
};

/* A view of a string literal. */
#define STR(literal) ((struct str){ "" literal, sizeof(literal) - 1 })
#define STR_EMPTY    ((struct str){ NULL, 0 })

/* The same as the initialiser of a static object, where ISO C wants constants: { STR_INIT("a"), 1 }
 */
#define STR_INIT(literal)                                                                          \
    {                                                                                              \
        "" literal, sizeof(literal) - 1                                                            \
    }

/* For printf("%.*s"): expands to the two arguments. */
#define STR_ARG(s) (int)(s).len, (s).data ? (s).data : ""

/* A view of a NUL-terminated string; NULL gives the empty view. */
static inline struct str
str_from(const char *text)
{
    return (struct str){ text, text ? strlen(text) : 0 };
}

static inline bool
str_equal(struct str a, struct str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/* Like str_equal against a NUL-terminated string. */
static inline bool
str_is(struct str a, const char *text)
{
    return str_equal(a, str_from(text));
}

/* <0, 0, >0 by unsigned bytes; where one ends first, it comes first. */
int str_compare(struct str a, struct str b);

bool str_starts_with(struct str s, struct str prefix);
bool str_ends_with(struct str s, struct str suffix);

/* Position of the first `c` at or after `from`, or -1. */
ptrdiff_t str_find_char(struct str s, char c, size_t from);

/* The part [from, to) of `s`; both are cut to its length. */
struct str str_slice(struct str s, size_t from, size_t to);

/* Without leading and trailing space, tab, CR and LF. */
struct str str_trim(struct str s);

/* Cuts the next piece up to `separator` off the front of *rest; false when *rest is used up. An
 * empty piece at the very end is not reported: "a,,b," has the pieces "a", "" and "b". */
bool str_split(struct str *rest, char separator, struct str *ret_piece);

/* Parses a whole decimal number. E_FORMAT if it is anything else, E_LIMIT outside [min, max]. */
int str_to_int64(struct str s, int64_t min, int64_t max, int64_t *ret_value)
    __attribute__((warn_unused_result));

/* Compares equal-length secrets in time that does not depend on their content. */
bool str_equal_secret(struct str a, struct str b);

/* An owned NUL-terminated copy (free with free()). */
char *str_dup(struct str s) __attribute__((warn_unused_result));

/* The length of the one well-formed UTF-8 sequence at the front of `s` (RFC 3629 4), or 0 if there
 * is none: malformed, cut short, or `s` is empty. */
size_t str_utf8_next(struct str s, uint32_t *ret_code_point) __attribute__((warn_unused_result));

/* True if the bytes are well-formed UTF-8 (no overlong forms, no surrogates, <= U+10FFFF). */
bool str_is_utf8(struct str s);
