/* xep0280_carbons.c - what our other devices say and hear. Spec: XEP-0280 4, 7, 8, 11.
 * Asked for before the archive is, so that nothing falls between the two. */
#include "client/xep0280_carbons.h"

#include "client/feature.h"
#include "client/iq.h"
#include "client/rfc6121_message.h"
#include "xmpp/ns.h"

#define NS_CARBONS STR("urn:xmpp:carbons:2")

static void
enabled_cb(JdAccount *account, const struct stanza *answer, gpointer data)
{
    /* Without them the archive tells at the next connection. */
    (void)account, (void)answer, (void)data;
}

static void
bound(JdAccount *account, gpointer state)
{
    struct stanza *iq = stanza_new_iq(STR("set"), (struct jid){ 0 });
    (void)state;
    element_add(&iq->arena, iq->root, NS_CARBONS, STR("enable"));
    iq_request(account, iq, enabled_cb, NULL);
}

/* The copy as a stanza of its own. */
static struct stanza *
copy_in(const struct element *carbon)
{
    const struct element *forwarded = element_child(carbon, NS_FORWARD, STR("forwarded"));
    const struct element *message = element_child(forwarded, NS_CLIENT, STR("message"));
    struct arena arena;
    if (message == NULL)
        return NULL;
    arena_init(&arena, STANZA_ARENA_DEFAULT);
    struct element *root = element_dup(&arena, message);
    if (root == NULL || arena_is_full(&arena)) {
        arena_fini(&arena);
        return NULL;
    }
    struct stanza *stanza = stanza_take(arena, root);
    if (stanza)
        stanza_seal(stanza);
    return stanza;
}

/* XEP-0280 11: only from our own bare address; anybody else puts words into others' mouths
 * (CVE-2017-5589). */
bool
carbons_take(JdAccount *account, const struct stanza *stanza)
{
    const struct element *received = stanza_child(stanza, NS_CARBONS, STR("received"));
    const struct element *sent = stanza_child(stanza, NS_CARBONS, STR("sent"));
    const struct element *carbon = received ? received : sent;
    struct jid self = account_jid(account);
    if (stanza->kind != STANZA_MESSAGE || carbon == NULL)
        return false;
    if (!jid_is_set(stanza->from) || !str_equal(stanza->from.full, self.bare))
        return true;
    struct stanza *copy = copy_in(carbon);
    if (copy && copy->error == 0 && jid_is_set(copy->from) &&
        jid_bare_equal(copy->from, self) == (received == NULL))
        private_take_copy(account, copy);
    stanza_unref(copy);
    return true;
}

const struct feature feature_carbons = {
    .name = "carbons",
    .bound = bound,
};
