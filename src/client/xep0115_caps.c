#include "client/xep0115_caps.h"
#include "client/feature.h"
#include "client/xep0030_disco.h"
#include "xmpp/ns.h"

#define NODE "x-jackdaw:desktop"

char *
caps_hash(const char *identity, const char *const *features)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA1);
    guint8 digest[20];
    gsize len = sizeof(digest);
    g_checksum_update(sum, (const guchar *)identity, -1);
    g_checksum_update(sum, (const guchar *)"<", 1);
    for (guint i = 0; features[i]; i++) {
        g_checksum_update(sum, (const guchar *)features[i], -1);
        g_checksum_update(sum, (const guchar *)"<", 1);
    }
    g_checksum_get_digest(sum, digest, &len);
    return g_base64_encode(digest, len);
}

static char *
our_hash(void)
{
    g_autofree const char **features = disco_features();
    return caps_hash(DISCO_CATEGORY "/" DISCO_TYPE "//" DISCO_NAME, features);
}

void
caps_add(struct stanza *presence)
{
    g_autofree char *hash = our_hash();
    struct element *c = element_add(&presence->arena, presence->root, NS_CAPS, STR("c"));
    element_set(&presence->arena, c, STR("hash"), STR("sha-1"));
    element_set(&presence->arena, c, STR("node"), STR(NODE));
    element_set(&presence->arena, c, STR("ver"), str_from(hash));
}

gboolean
caps_is_our_node(struct str node)
{
    g_autofree char *hash = our_hash();
    g_autofree char *ours = g_strconcat(NODE "#", hash, NULL);
    return str_is(node, ours);
}

static const char *const disco[] = { "http://jabber.org/protocol/caps", NULL };

const struct feature feature_caps = {
    .name = "caps",
    .disco = disco,
};
