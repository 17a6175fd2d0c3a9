/* str.c - see str.h. */
#include "base/str.h"

#include "base/error.h"
#include "base/memory.h"

#include <assert.h>

int
str_compare(struct str a, struct str b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common ? memcmp(a.data, b.data, common) : 0;

    if (order != 0)
        return order;
    return (a.len > b.len) - (a.len < b.len);
}

bool
str_starts_with(struct str s, struct str prefix)
{
    return s.len >= prefix.len && str_equal(str_slice(s, 0, prefix.len), prefix);
}

bool
str_ends_with(struct str s, struct str suffix)
{
    return s.len >= suffix.len && str_equal(str_slice(s, s.len - suffix.len, s.len), suffix);
}

ptrdiff_t
str_find_char(struct str s, char c, size_t from)
{
    const char *found;

    if (from >= s.len)
        return -1;
    found = memchr(s.data + from, c, s.len - from);
    return found ? found - s.data : -1;
}

struct str
str_slice(struct str s, size_t from, size_t to)
{
    if (to > s.len)
        to = s.len;
    if (from > to)
        from = to;
    if (!s.data)
        return STR_EMPTY;
    return (struct str){ s.data + from, to - from };
}

static bool
is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct str
str_trim(struct str s)
{
    size_t from = 0, to = s.len;

    while (from < to && is_space(s.data[from]))
        from++;
    while (to > from && is_space(s.data[to - 1]))
        to--;
    return str_slice(s, from, to);
}

bool
str_split(struct str *rest, char separator, struct str *ret_piece)
{
    ptrdiff_t end;

    if (rest->len == 0)
        return false;
    end = str_find_char(*rest, separator, 0);
    if (end < 0) {
        *ret_piece = *rest;
        *rest = str_slice(*rest, rest->len, rest->len);
        return true;
    }
    *ret_piece = str_slice(*rest, 0, (size_t)end);
    *rest = str_slice(*rest, (size_t)end + 1, rest->len);
    return true;
}

int
str_to_int64(struct str s, int64_t min, int64_t max, int64_t *ret_value)
{
    bool negative = s.len > 0 && s.data[0] == '-';
    bool overflow = false;
    int64_t value = 0;

    assert(min <= max);
    if (s.len == (negative ? 1 : 0))
        return E_FORMAT;
    for (size_t i = negative ? 1 : 0; i < s.len; i++) {
        int digit = s.data[i] - '0';

        if (digit < 0 || digit > 9)
            return E_FORMAT;
        overflow |= __builtin_mul_overflow(value, 10, &value);
        /* Counting downwards for negative numbers lets INT64_MIN be read. */
        overflow |= __builtin_add_overflow(value, negative ? -digit : digit, &value);
    }
    if (overflow || value < min || value > max)
        return E_LIMIT;
    *ret_value = value;
    return 0;
}

bool
str_equal_secret(struct str a, struct str b)
{
    /* volatile keeps the compiler from leaving the loop at the first difference. */
    volatile unsigned char difference = 0;

    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        difference |= (unsigned char)(a.data[i] ^ b.data[i]);
    return difference == 0;
}

char *
str_dup(struct str s)
{
    char *copy = memory_resize(NULL, s.len + 1, 1);

    if (s.len > 0)
        memcpy(copy, s.data, s.len);
    copy[s.len] = '\0';
    return copy;
}

/* What the first byte of a sequence says: how long it is, which of its bits count, and the
 * smallest code point that needs this length (RFC 3629 3). */
struct utf8_lead {
    size_t len;
    uint32_t bits;
    uint32_t min;
};

static struct utf8_lead
read_lead(unsigned char byte)
{
    if (byte < 0x80)
        return (struct utf8_lead){ 1, byte, 0 };
    if (byte >= 0xC2 && byte < 0xE0)
        return (struct utf8_lead){ 2, byte & 0x1Fu, 0x80 };
    if (byte >= 0xE0 && byte < 0xF0)
        return (struct utf8_lead){ 3, byte & 0x0Fu, 0x800 };
    if (byte >= 0xF0 && byte < 0xF5)
        return (struct utf8_lead){ 4, byte & 0x07u, 0x10000 };
    return (struct utf8_lead){ 0, 0, 0 };
}

size_t
str_utf8_next(struct str s, uint32_t *ret_code_point)
{
    struct utf8_lead lead;
    uint32_t code_point;

    if (s.len == 0)
        return 0;
    lead = read_lead((unsigned char)s.data[0]);
    if (lead.len == 0 || lead.len > s.len)
        return 0;
    code_point = lead.bits;
    for (size_t i = 1; i < lead.len; i++) {
        unsigned char byte = (unsigned char)s.data[i];

        if ((byte & 0xC0) != 0x80)
            return 0;
        code_point = code_point << 6 | (byte & 0x3Fu);
    }
    if (code_point < lead.min || code_point > 0x10FFFF)
        return 0;
    if (code_point >= 0xD800 && code_point <= 0xDFFF)
        return 0;
    *ret_code_point = code_point;
    return lead.len;
}

/* How many bytes at the front are ASCII, looking at eight at a time. */
static size_t
count_ascii(struct str s)
{
    size_t count = 0;

    for (uint64_t word; count + sizeof(word) <= s.len; count += sizeof(word)) {
        memcpy(&word, s.data + count, sizeof(word));
        if (word & UINT64_C(0x8080808080808080))
            break;
    }
    while (count < s.len && (unsigned char)s.data[count] < 0x80)
        count++;
    return count;
}

bool
str_is_utf8(struct str s)
{
    uint32_t code_point;

    for (;;) {
        size_t len;

        s = str_slice(s, count_ascii(s), s.len);
        if (s.len == 0)
            return true;
        len = str_utf8_next(s, &code_point);
        if (len == 0)
            return false;
        s = str_slice(s, len, s.len);
    }
}
