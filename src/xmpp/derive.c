/* derive.c - see derive.h. */
#include "xmpp/derive.h"

#include "base/buffer.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

enum {
    TEXT_MAX = 64 * 1024,
    MAC_BYTES = 32
};

/* Each part with its length in front, so that their borders count. */
static void
add(struct buffer *text, struct str part)
{
    buffer_printf(text, "%zu:", part.len);
    buffer_append(text, part);
}

static void
write_token(const uint8_t *bytes, char *ret, size_t count)
{
    static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";

    for (size_t i = 0; i + 1 < count; i++) {
        size_t bit = 5 * i;
        unsigned two = (unsigned)bytes[bit / 8] << 8;

        if (bit / 8 + 1 < MAC_BYTES)
            two |= bytes[bit / 8 + 1];
        ret[i] = digits[two >> (11 - bit % 8) & 31];
    }
    ret[count - 1] = '\0';
}

void
derive_token(struct str secret,
             struct str purpose,
             const struct str *parts,
             size_t part_count,
             char *ret,
             size_t count)
{
    uint8_t mac[MAC_BYTES];
    unsigned len = 0;
    struct buffer text;
    const void *made;

    assert(count > 0 && count - 1 <= DERIVE_CHARS_MAX);
    buffer_init(&text, TEXT_MAX);
    add(&text, purpose);
    for (size_t i = 0; i < part_count; i++)
        add(&text, parts[i]);
    assert(!buffer_failed(&text));
    made = HMAC(EVP_sha256(), secret.data, (int)secret.len,
                (const unsigned char *)buffer_str(&text).data, buffer_len(&text), mac, &len);
    assert(made && len == MAC_BYTES);
    write_token(mac, ret, count);
    OPENSSL_cleanse(mac, sizeof(mac));
    buffer_wipe(&text);
}
