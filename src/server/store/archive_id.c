/* archive_id.c - see archive_id.h. */
#include "server/store/archive_id.h"

#include "base/error.h"

#include <assert.h>
#include <openssl/evp.h>

enum {
    BLOCK_BYTES = 16,
    KEY_BYTES = 8,
    BITS_PER_CHAR = 5
};

static const char ALPHABET[] = "abcdefghijklmnopqrstuvwxyz234567";

/* The block in place. */
static void
cipher(const unsigned char secret[ARCHIVE_SECRET_BYTES],
       unsigned char block[BLOCK_BYTES],
       int encrypts)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    unsigned char out[BLOCK_BYTES * 2];
    int len = 0, ok;

    assert(context);
    ok = EVP_CipherInit_ex(context, EVP_aes_128_ecb(), NULL, secret, NULL, encrypts);
    assert(ok == 1);
    (void)EVP_CIPHER_CTX_set_padding(context, 0);
    ok = EVP_CipherUpdate(context, out, &len, block, BLOCK_BYTES);
    assert(ok == 1 && len == BLOCK_BYTES);
    memcpy(block, out, BLOCK_BYTES);
    EVP_CIPHER_CTX_free(context);
}

/* RFC 4648 6 in lower case, without padding. */
static void
write_text(const unsigned char block[BLOCK_BYTES], char ret[ARCHIVE_ID_BYTES])
{
    unsigned bits = 0, value = 0;
    size_t at = 0;

    for (size_t i = 0; i < BLOCK_BYTES; i++) {
        value = value << 8 | block[i];
        for (bits += 8; bits >= BITS_PER_CHAR; bits -= BITS_PER_CHAR)
            ret[at++] = ALPHABET[value >> (bits - BITS_PER_CHAR) & 31];
    }
    ret[at++] = ALPHABET[value << (BITS_PER_CHAR - bits) & 31];
    ret[at] = '\0';
    assert(at == ARCHIVE_ID_BYTES - 1);
}

static int
read_text(struct str text, unsigned char ret[BLOCK_BYTES])
{
    unsigned bits = 0, value = 0;
    size_t at = 0;

    if (text.len != ARCHIVE_ID_BYTES - 1)
        return E_NOT_FOUND;
    for (size_t i = 0; i < text.len; i++) {
        const char *digit = memchr(ALPHABET, text.data[i], sizeof(ALPHABET) - 1);

        if (!digit)
            return E_NOT_FOUND;
        value = value << BITS_PER_CHAR | (unsigned)(digit - ALPHABET);
        bits += BITS_PER_CHAR;
        if (bits >= 8) {
            bits -= 8;
            ret[at++] = (unsigned char)(value >> bits);
        }
    }
    /* One text for one id: the bits that are left over are zero. */
    return (value & ((1U << bits) - 1)) == 0 ? 0 : E_NOT_FOUND;
}

void
archive_id_make(const unsigned char secret[ARCHIVE_SECRET_BYTES],
                int64_t key,
                char ret[ARCHIVE_ID_BYTES])
{
    unsigned char block[BLOCK_BYTES] = { 0 };

    for (size_t i = 0; i < KEY_BYTES; i++)
        block[i] = (unsigned char)((uint64_t)key >> (8 * (KEY_BYTES - 1 - i)));
    cipher(secret, block, 1);
    write_text(block, ret);
}

int
archive_id_read(const unsigned char secret[ARCHIVE_SECRET_BYTES], struct str id, int64_t *ret_key)
{
    static const unsigned char zeros[BLOCK_BYTES - KEY_BYTES];
    unsigned char block[BLOCK_BYTES];
    uint64_t key = 0;

    if (read_text(id, block) < 0)
        return E_NOT_FOUND;
    cipher(secret, block, 0);
    if (memcmp(block + KEY_BYTES, zeros, sizeof(zeros)) != 0)
        return E_NOT_FOUND;
    for (size_t i = 0; i < KEY_BYTES; i++)
        key = key << 8 | block[i];
    *ret_key = (int64_t)key;
    return 0;
}

int64_t
archive_origin(struct str sender_bare, struct str message_id)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    uint64_t value = 0;
    int ok;

    assert(context);
    ok = EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1 &&
         EVP_DigestUpdate(context, sender_bare.data, sender_bare.len) == 1 &&
         EVP_DigestUpdate(context, "", 1) == 1 &&
         EVP_DigestUpdate(context, message_id.data, message_id.len) == 1 &&
         EVP_DigestFinal_ex(context, digest, NULL) == 1;
    assert(ok);
    (void)ok;
    EVP_MD_CTX_free(context);
    for (size_t i = 0; i < 8; i++)
        value = value << 8 | digest[i];
    value &= INT64_MAX;
    return value > 0 ? (int64_t)value : 1;
}
