/* encoding.c - see encoding.h. */
#include "base/encoding.h"

#include "base/error.h"

static const char base64_alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* RFC 4648 4: up to three bytes become four characters. */
static void
encode_group(struct buffer *out, const char *bytes, size_t count)
{
    char text[4] = { '=', '=', '=', '=' };
    uint32_t bits = 0;

    for (size_t i = 0; i < 3; i++)
        bits = bits << 8 | (i < count ? (unsigned char)bytes[i] : 0u);
    for (size_t i = 0; i <= count; i++)
        text[i] = base64_alphabet[bits >> (18 - 6 * i) & 63];
    buffer_append(out, (struct str){ text, sizeof(text) });
}

void
base64_encode(struct buffer *out, struct str bytes)
{
    for (size_t i = 0; i < bytes.len; i += 3)
        encode_group(out, bytes.data + i, bytes.len - i < 3 ? bytes.len - i : 3);
}

/* The six bits `c` stands for, or -1. */
static int
read_digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+')
        return 62;
    return c == '/' ? 63 : -1;
}

/* RFC 4648 4: four characters, of which the last `padding` are "=", become 3 - padding bytes. */
static int
decode_group(char *ret, const char *text, size_t padding)
{
    uint32_t bits = 0;

    for (size_t i = 0; i < 4; i++) {
        int digit = i < 4 - padding ? read_digit(text[i]) : 0;

        if (digit < 0)
            return E_FORMAT;
        bits = bits << 6 | (uint32_t)digit;
    }
    /* RFC 4648 3.5: bits that no byte uses must be zero. */
    if (bits & ((1u << (8 * padding)) - 1))
        return E_FORMAT;
    for (size_t i = 0; i < 3 - padding; i++)
        ret[i] = (char)(bits >> (16 - 8 * i) & 0xff);
    return 0;
}

static size_t
count_padding(struct str text)
{
    if (str_ends_with(text, STR("==")))
        return 2;
    return str_ends_with(text, STR("=")) ? 1 : 0;
}

int
base64_decode(struct arena *arena, struct str text, struct str *ret_bytes)
{
    size_t padding = count_padding(text);
    size_t len = text.len / 4 * 3 - padding;
    char *bytes;

    if (text.len % 4 != 0)
        return E_FORMAT;
    bytes = arena_alloc(arena, len);
    if (!bytes)
        return E_FULL;
    for (size_t i = 0; i < text.len / 4; i++) {
        bool is_last = (i + 1) * 4 == text.len;
        int r = decode_group(bytes + 3 * i, text.data + 4 * i, is_last ? padding : 0);

        if (r < 0)
            return r;
    }
    *ret_bytes = (struct str){ bytes, len };
    return 0;
}

void
hex_encode(struct buffer *out, struct str bytes)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < bytes.len; i++) {
        unsigned char byte = (unsigned char)bytes.data[i];
        char text[2] = { digits[byte >> 4], digits[byte & 15] };

        buffer_append(out, (struct str){ text, sizeof(text) });
    }
}
