/* buffer.h - a growing run of bytes with a maximum that must be named.
 * Owns: its memory. Threads: one owner at a time. Time: none.
 * Errors: an append past the maximum appends nothing and makes the buffer failed for good
 * (until buffer_clear); check once with buffer_failed(). Tests: tests/unit/base/test_buffer.c */
#pragma once

#include "base/attributes.h"
#include "base/str.h"

struct buffer {
    char *_data;
    size_t _len;      /* bytes in use */
    size_t _capacity; /* bytes allocated */
    size_t _max;      /* bytes at most */
    bool _failed;
};

void buffer_init(struct buffer *buffer, size_t max_bytes);
void buffer_fini(struct buffer *buffer);

/* Empties it and forgets a failure; keeps the memory. buffer_release also gives the memory back. */
void buffer_clear(struct buffer *buffer);
void buffer_release(struct buffer *buffer);

/* Overwrites the memory before giving it back: for secrets. */
void buffer_wipe(struct buffer *buffer);

/* `bytes` may not be part of the buffer itself. */
void buffer_append(struct buffer *buffer, struct str bytes);
void buffer_append_char(struct buffer *buffer, char c);
void buffer_printf(struct buffer *buffer, const char *format, ...) PRINTF_LIKE(2, 3);

/* Drops `count` bytes (at most all) from the front; O(rest). */
void buffer_consume(struct buffer *buffer, size_t count);

/* What is in it. Valid until the next change. */
struct str buffer_str(const struct buffer *buffer);
size_t buffer_len(const struct buffer *buffer);
bool buffer_failed(const struct buffer *buffer);
