/* sasl_lists.c - see sasl_lists.h. */
#include "xmpp/sasl_lists.h"

#include "base/encoding.h"

#include <assert.h>
#include <openssl/evp.h>
#include <stdlib.h>

/* XEP-0474 5.1: i;octet. */
static int
compare(const void *a, const void *b)
{
    return str_compare(*(const struct str *)a, *(const struct str *)b);
}

static void
append_sorted(struct buffer *out, struct str *list, size_t count)
{
    qsort(list, count, sizeof(*list), compare);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buffer_append_char(out, '\x1e');
        buffer_append(out, list[i]);
    }
}

void
sasl_lists_append(struct sasl_lists *lists, struct buffer *out)
{
    append_sorted(out, lists->mechanisms, lists->mechanism_count);
    if (!lists->has_bindings)
        return;
    buffer_append_char(out, '\x1f');
    append_sorted(out, lists->bindings, lists->binding_count);
}

void
sasl_lists_hash(enum scram_hash hash, struct str text, struct buffer *out)
{
    const EVP_MD *digest = hash == SCRAM_SHA_256 ? EVP_sha256() : EVP_sha1();
    char bytes[SCRAM_KEY_MAX];
    unsigned len = 0;
    int ok = EVP_Digest(text.len > 0 ? text.data : "", text.len, (unsigned char *)bytes, &len,
                        digest, NULL);

    assert(ok == 1 && len == scram_key_bytes(hash));
    base64_encode(out, (struct str){ bytes, len });
}
