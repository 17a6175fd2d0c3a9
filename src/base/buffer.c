/* buffer.c - see buffer.h. */
#include "base/buffer.h"

#include "base/memory.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    CAPACITY_FIRST = 256
};

void
buffer_init(struct buffer *buffer, size_t max_bytes)
{
    assert(max_bytes < SIZE_MAX / 2);
    *buffer = (struct buffer){ ._max = max_bytes };
}

void
buffer_fini(struct buffer *buffer)
{
    buffer_release(buffer);
}

void
buffer_clear(struct buffer *buffer)
{
    buffer->_len = 0;
    buffer->_failed = false;
}

void
buffer_release(struct buffer *buffer)
{
    free(buffer->_data);
    buffer->_data = NULL;
    buffer->_capacity = 0;
    buffer_clear(buffer);
}

void
buffer_wipe(struct buffer *buffer)
{
    if (buffer->_data)
        explicit_bzero(buffer->_data, buffer->_capacity);
    buffer_release(buffer);
}

/* Moves to `capacity` bytes. Not realloc(), which could leave a copy of a secret behind. */
static void
move(struct buffer *buffer, size_t capacity)
{
    char *data = memory_resize(NULL, capacity, 1);

    if (buffer->_len > 0)
        memcpy(data, buffer->_data, buffer->_len);
    if (buffer->_data)
        explicit_bzero(buffer->_data, buffer->_len);
    free(buffer->_data);
    buffer->_data = data;
    buffer->_capacity = capacity;
}

/* Makes room for `count` more bytes and a NUL that is not counted; false when that is too many. */
static bool
reserve(struct buffer *buffer, size_t count)
{
    size_t capacity = buffer->_capacity ? buffer->_capacity : CAPACITY_FIRST;

    if (buffer->_failed)
        return false;
    if (count > buffer->_max - buffer->_len) {
        buffer->_failed = true;
        return false;
    }
    if (buffer->_data && buffer->_capacity - buffer->_len > count)
        return true;
    while (capacity - buffer->_len <= count)
        capacity *= 2;
    if (capacity > buffer->_max + 1)
        capacity = buffer->_max + 1;
    move(buffer, capacity);
    return true;
}

void
buffer_append(struct buffer *buffer, struct str bytes)
{
    if (!reserve(buffer, bytes.len) || bytes.len == 0)
        return;
    memcpy(buffer->_data + buffer->_len, bytes.data, bytes.len);
    buffer->_len += bytes.len;
}

void
buffer_append_char(struct buffer *buffer, char c)
{
    if (!reserve(buffer, 1))
        return;
    buffer->_data[buffer->_len++] = c;
}

void
buffer_printf(struct buffer *buffer, const char *format, ...)
{
    va_list args;
    int len;

    va_start(args, format);
    len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    assert(len >= 0);
    if (!reserve(buffer, (size_t)len))
        return;
    va_start(args, format);
    (void)vsnprintf(buffer->_data + buffer->_len, (size_t)len + 1, format, args);
    va_end(args);
    buffer->_len += (size_t)len;
}

void
buffer_consume(struct buffer *buffer, size_t count)
{
    if (count >= buffer->_len) {
        buffer->_len = 0;
        return;
    }
    memmove(buffer->_data, buffer->_data + count, buffer->_len - count);
    buffer->_len -= count;
}

struct str
buffer_str(const struct buffer *buffer)
{
    return (struct str){ buffer->_data, buffer->_len };
}

size_t
buffer_len(const struct buffer *buffer)
{
    return buffer->_len;
}

bool
buffer_failed(const struct buffer *buffer)
{
    return buffer->_failed;
}
