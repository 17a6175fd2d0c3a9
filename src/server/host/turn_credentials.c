/* turn_credentials.c - see turn_credentials.h. */
#include "server/host/turn_credentials.h"

#include "base/attributes.h"
#include "base/encoding.h"

#include <assert.h>
#include <inttypes.h>
#include <openssl/hmac.h>

#define SECOND_US INT64_C(1000000)

enum {
    SHA_1_BYTES = 20,
    WORD_BYTES = 8,
    TEXT_MAX = 64
};

static void
hmac_sha_1(struct str key, struct str text, unsigned char ret[SHA_1_BYTES])
{
    unsigned length = SHA_1_BYTES;

    const unsigned char *done = HMAC(EVP_sha1(), key.data, (int)key.len,
                                     (const unsigned char *)text.data, text.len, ret, &length);
    assert(done && length == SHA_1_BYTES);
}

static struct str
word_for(struct arena *arena, struct str secret, struct str user)
{
    unsigned char mac[SHA_1_BYTES];
    struct buffer text;
    struct str word;

    hmac_sha_1(secret, user, mac);
    buffer_init(&text, TEXT_MAX);
    hex_encode(&text, (struct str){ (const char *)mac, WORD_BYTES });
    word = arena_dup(arena, buffer_str(&text));
    buffer_fini(&text);
    return word;
}

struct turn_credentials
turn_credentials_make(struct arena *arena, struct str secret, struct str user, int64_t expires_us)
{
    struct str word = word_for(arena, secret, user);
    struct turn_credentials made = {
        .username = arena_printf(arena, "%" PRId64 ":%.*s", expires_us / SECOND_US, STR_ARG(word)),
    };
    unsigned char mac[SHA_1_BYTES];
    struct buffer text;

    hmac_sha_1(secret, made.username, mac);
    buffer_init(&text, TEXT_MAX);
    base64_encode(&text, (struct str){ (const char *)mac, sizeof(mac) });
    made.password = arena_dup(arena, buffer_str(&text));
    buffer_fini(&text);
    return made;
}
