/* occupant_id.c - XEP-0421: names that stay; see occupant_id.h */
#include "server/room/occupant_id.h"

#include "base/buffer.h"
#include "base/encoding.h"
#include "server/room/feature_list.h"
#include "server/room/room_feature.h"
#include "xmpp/ns.h"

#include <assert.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

char *
occupant_id_make(struct str secret, struct str real_bare)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    struct buffer hex;

    const unsigned char *done =
        HMAC(EVP_sha256(), secret.data, (int)secret.len, (const unsigned char *)real_bare.data,
             real_bare.len, digest, &length);
    assert(done);
    buffer_init(&hex, sizeof(digest) * 2);
    hex_encode(&hex, (struct str){ (const char *)digest, length });
    char *id = str_dup(buffer_str(&hex));
    buffer_fini(&hex);
    return id;
}

static bool
is_occupant_id(const struct element *child, const void *context)
{
    (void)context;
    return element_is(child, NS_OCCUPANT_ID, STR("occupant-id"));
}

/* XEP-0421 4: whatever a client says is replaced. */
static void
stamp(const struct occupant *occupant, struct stanza *out)
{
    element_remove_if(out->root, is_occupant_id, NULL);
    struct element *id = element_add(&out->arena, out->root, NS_OCCUPANT_ID, STR("occupant-id"));
    if (id)
        element_set(&out->arena, id, STR("id"), str_from(occupant->id));
}

static const char *const disco[] = { "urn:xmpp:occupant-id:0", NULL };

const struct room_feature xep0421_occupant_id_feature = {
    .base = { .name = "xep0421_occupant_id", .disco = disco },
    .stamp = stamp,
};
