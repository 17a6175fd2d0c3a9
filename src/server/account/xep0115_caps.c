/* xep0115_caps.c - which clients want which news: told by their presence, asked of them once, and
 * believed of others only when it was verified (XEP-0115, XEP-0060 9.2). */
#include "base/error.h"
#include "base/memory.h"
#include "base/random.h"
#include "server/account/account_feature.h"
#include "server/account/pep.h"
#include "server/core/router.h"
#include "server/pubsub/caps_cache.h"
#include "xmpp/ns.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    CACHE_MAX = 2000,     /* kinds of clients, with their settings */
    STRANGERS_MAX = 50,   /* of one account: who are not contacts (XEP-0060 9.1.3) */
    RESOURCES_MAX = 20000 /* of one account */
};

#define ANSWER_TIMEOUT_US INT64_C(30000000)

static struct caps_cache cache = CAPS_CACHE_INIT(CACHE_MAX);

/* What a presence claimed, until it is verified. */
struct pep_claim {
    struct caps_claim claim;
    char text[];
};

/* ---- resources ---- */

struct jid
pep_resource_jid(const struct pep_resource *resource)
{
    struct str full = { resource->text, resource->full_len };
    size_t domain = resource->local_len > 0 ? resource->local_len + 1U : 0;

    return (struct jid){
        .full = full,
        .bare = str_slice(full, 0, resource->bare_len),
        .local = str_slice(full, 0, resource->local_len),
        .domain = str_slice(full, domain, resource->bare_len),
        .resource = str_slice(full, resource->bare_len + 1U, full.len),
    };
}

struct pep_resource *
pep_resource_next(const struct pep *pep, const struct pep_resource *resource)
{
    struct map_node *node = map_next(&pep->resources, resource ? &resource->node : NULL);

    return node ? CONTAINER_OF(node, struct pep_resource, node) : NULL;
}

static struct pep_resource *
find(const struct pep *pep, struct jid jid)
{
    struct map_node *node = map_get(&pep->resources, jid.full);

    return node ? CONTAINER_OF(node, struct pep_resource, node) : NULL;
}

/* NULL: there is no room for one more. */
static struct pep_resource *
add(struct pep *pep, struct jid jid)
{
    struct account *account = pep->account;
    bool stranger =
        !jid_bare_equal(jid, account->entity.jid) && !roster_find(&account->roster, jid);
    struct pep_resource *resource;

    if (map_count(&pep->resources) >= RESOURCES_MAX ||
        (stranger && pep->stranger_count >= STRANGERS_MAX))
        return NULL;
    resource = memory_new(1, sizeof(*resource) + jid.full.len);
    memcpy(resource->text, jid.full.data, jid.full.len);
    resource->full_len = (uint16_t)jid.full.len;
    resource->bare_len = (uint16_t)jid.bare.len;
    resource->local_len = (uint16_t)jid.local.len;
    resource->stranger = stranger;
    resource->sees_presence = account_trusts(account, jid);
    pep->stranger_count += stranger;
    map_put(&pep->resources, (struct str){ resource->text, resource->full_len }, &resource->node);
    return resource;
}

static void
drop(struct pep *pep, struct pep_resource *resource)
{
    map_remove(&pep->resources, &resource->node);
    pep->stranger_count -= resource->stranger;
    caps_unref(resource->caps);
    free(resource->claim);
    free(resource);
}

void
pep_forget_resources(struct pep *pep)
{
    struct pep_resource *resource = pep_resource_next(pep, NULL);

    while (resource) {
        struct pep_resource *next = pep_resource_next(pep, resource);

        drop(pep, resource);
        resource = next;
    }
}

/* ---- claims ---- */

static struct str
keep(char **at, struct str text)
{
    struct str kept = { *at, text.len };

    memcpy(*at, text.data ? text.data : "", text.len);
    *at += text.len;
    return kept;
}

static struct pep_claim *
claim_new(const struct caps_claim *claim)
{
    struct pep_claim *kept =
        memory_new(1, sizeof(*kept) + claim->hash.len + claim->node.len + claim->ver.len);
    char *at = kept->text;

    kept->claim.hash = keep(&at, claim->hash);
    kept->claim.node = keep(&at, claim->node);
    kept->claim.ver = keep(&at, claim->ver);
    return kept;
}

/* Without hash there is nothing but the software's own name to tell claims apart. */
static uint64_t
hash_of(const struct caps_claim *claim)
{
    uint64_t hash = map_hash(claim->ver) * 3 + map_hash(claim->hash);

    return claim->hash.len > 0 ? hash : hash * 5 + map_hash(claim->node);
}

/* It is known what the resource wants. */
static void
settle(struct pep *pep, struct pep_resource *resource, struct caps *caps)
{
    struct caps *old = resource->caps;

    free(resource->claim);
    resource->claim = NULL;
    resource->asked = 0;
    resource->caps = caps_ref(caps);
    pep_tell_newest(pep, pep_resource_jid(resource), caps, old);
    caps_unref(old);
}

/* ---- asking: XEP-0115 6.2 ---- */

static void
write_id(uint64_t number, char id[32])
{
    (void)snprintf(id, 32, "caps-%016llx", (unsigned long long)number);
}

static void
ask(struct pep *pep, struct pep_resource *resource)
{
    struct account *account = pep->account;
    const struct caps_claim *claim = &resource->claim->claim;
    struct stanza *question = stanza_new_iq(STR("get"), pep_resource_jid(resource));
    struct element *query =
        element_add(&question->arena, question->root, NS_DISCO_INFO, STR("query"));
    char id[32];

    do
        random_bytes(&resource->asked, sizeof(resource->asked));
    while (resource->asked == 0);
    resource->asked_us = loop_now_us(account_worker(account)->loop);
    write_id(resource->asked, id);
    stanza_set_id(question, str_from(id));
    stanza_set_from(question, account->entity.jid);
    if (claim->hash.len > 0)
        element_set(
            &question->arena, query, STR("node"),
            arena_printf(&question->arena, "%.*s#%.*s", STR_ARG(claim->node), STR_ARG(claim->ver)));
    router_route(account_worker(account), question);
}

/* Somebody else with the same claim is being asked already. */
static bool
is_being_asked(const struct pep *pep, const struct pep_resource *than)
{
    int64_t since_us = loop_now_us(account_worker(pep->account)->loop) - ANSWER_TIMEOUT_US;
    const struct pep_resource *resource = NULL;

    while ((resource = pep_resource_next(pep, resource))) {
        if (resource != than && resource->asked != 0 && resource->asked_us > since_us &&
            resource->claim_hash == than->claim_hash)
            return true;
    }
    return false;
}

/* The one that was asked has gone, or was no help: the next one with this claim is asked. */
static void
ask_next(struct pep *pep, uint64_t claim_hash)
{
    struct pep_resource *resource = NULL;

    while ((resource = pep_resource_next(pep, resource))) {
        if (resource->claim && resource->asked == 0 && resource->claim_hash == claim_hash) {
            ask(pep, resource);
            return;
        }
    }
}

/* ---- presence ---- */

static void
resource_gone(struct pep *pep, struct jid jid)
{
    struct pep_resource *resource = find(pep, jid);
    uint64_t claim_hash;
    bool asked;

    if (!resource)
        return;
    claim_hash = resource->claim_hash;
    asked = resource->asked != 0;
    drop(pep, resource);
    if (asked)
        ask_next(pep, claim_hash);
}

static void
resource_seen(struct pep *pep, struct jid jid, const struct stanza *presence)
{
    struct pep_resource *resource = find(pep, jid);
    struct caps_claim claim;
    struct caps *caps;

    if (!caps_claim_read(presence, &claim)) {
        resource_gone(pep, jid);
        return;
    }
    /* XEP-0163 4.3.3: who says the same again gets nothing again. */
    if (resource && resource->claim_hash == hash_of(&claim))
        return;
    if (!resource)
        resource = add(pep, jid);
    if (!resource)
        return;
    resource->claim_hash = hash_of(&claim);
    caps = caps_cache_get(&cache, &claim);
    if (caps) {
        settle(pep, resource, caps);
        caps_unref(caps);
        return;
    }
    free(resource->claim);
    resource->claim = claim_new(&claim);
    resource->asked = 0;
    /* What cannot be verified is asked of each by itself. */
    if (!caps_claim_is_verifiable(&claim) || !is_being_asked(pep, resource))
        ask(pep, resource);
}

/* XEP-0060 9.1.3: a stranger who shares his presence hears of open nodes. Where there is none he is
 * not asked: the question would tell that there is an account. */
struct stranger {
    struct pep_task task;
    struct stanza *presence;
};

static void
stranger_discard(struct pep_task *task)
{
    struct stranger *stranger = CONTAINER_OF(task, struct stranger, task);

    stanza_unref(stranger->presence);
    free(stranger);
}

static bool
may_read_something(const struct pep *pep, const struct pubsub_asker *asker)
{
    const struct pubsub_node *node = NULL;

    while ((node = pubsub_next(&pep->service, node))) {
        if (pubsub_may_read(&pep->service, node, asker) == PUBSUB_OK)
            return true;
    }
    return false;
}

static void
stranger_run(struct pep *pep, struct pep_task *task, int status)
{
    struct stranger *stranger = CONTAINER_OF(task, struct stranger, task);
    struct account *account = pep->account;
    struct jid jid = stranger->presence->from;
    struct pubsub_asker asker = pep_asker(account, jid);

    if (status == 0 && may_read_something(pep, &asker))
        resource_seen(pep, jid, stranger->presence);
    stranger_discard(task);
    entity_unpin(&account->entity);
}

static void
stranger_seen(struct pep *pep, struct stanza *presence)
{
    struct stranger *stranger = memory_new(1, sizeof(*stranger));

    stranger->task.run = stranger_run;
    stranger->task.discard = stranger_discard;
    stranger->presence = stanza_ref(presence);
    entity_pin(&pep->account->entity);
    if (pep_when_ready(pep, &stranger->task) == 0)
        return;
    stranger_discard(&stranger->task);
    entity_unpin(&pep->account->entity);
}

/* What a session has asked for itself (RFC 6121 4.3.2) tells of contacts; rooms answer sessions. */
static bool
is_for_account(const struct account *account, const struct stanza *presence)
{
    const struct roster_item *item = roster_find(&account->roster, presence->from);

    return jid_is_bare(presence->to) || (item && roster_item_is_seen(item));
}

static enum flow
presence_in(struct account *account, struct stanza *stanza)
{
    if (account->guest || jid_is_bare(stanza->from) ||
        jid_bare_equal(stanza->from, account->entity.jid) || !is_for_account(account, stanza))
        return FLOW_ON;
    if (stanza->type == TYPE_UNAVAILABLE && account->pep && jid_is_bare(stanza->to))
        resource_gone(account->pep, stanza->from);
    if (stanza->type != TYPE_NONE || (!account->pep && !stanza_child(stanza, NS_CAPS, STR("c"))))
        return FLOW_ON;
    if (account_is_known_to(account, stanza->from))
        resource_seen(pep_of(account), stanza->from, stanza);
    else
        stranger_seen(pep_of(account), stanza);
    return FLOW_ON;
}

static enum flow
presence_out(struct account *account, struct account_session *state, struct stanza *stanza)
{
    if (account->pep && stanza->type == TYPE_UNAVAILABLE && !jid_is_set(stanza->to))
        resource_gone(account->pep, state->session->jid);
    return FLOW_ON;
}

static void
session_available(struct account *account, struct account_session *state, bool initial)
{
    (void)initial;
    if (!account->guest && (account->pep || stanza_child(state->presence, NS_CAPS, STR("c"))))
        resource_seen(pep_of(account), state->session->jid, state->presence);
}

static void
session_closed(struct account *account, struct account_session *state)
{
    if (account->pep)
        resource_gone(account->pep, state->session->jid);
}

/* ---- answers: XEP-0115 5.4 ---- */

/* Everybody here who claims what has been verified. */
static void
settle_all(struct pep *pep, uint64_t claim_hash, struct caps *caps)
{
    struct pep_resource *resource = NULL;

    while ((resource = pep_resource_next(pep, resource))) {
        if (resource->claim && resource->claim_hash == claim_hash)
            settle(pep, resource, caps);
    }
}

static void
take_answer(struct pep *pep, struct pep_resource *resource, const struct stanza *answer)
{
    uint64_t claim_hash = resource->claim_hash;
    bool verified = false;
    struct caps *caps = NULL;

    if (answer->type == TYPE_RESULT)
        caps = caps_read_answer(&resource->claim->claim, stanza_payload(answer), &verified);
    if (verified) {
        caps_cache_put(&cache, &resource->claim->claim, caps);
        settle_all(pep, claim_hash, caps);
    } else {
        /* What somebody says of himself holds for himself at most. */
        resource->asked = 0;
        free(resource->claim);
        resource->claim = NULL;
        if (caps)
            settle(pep, resource, caps);
        ask_next(pep, claim_hash);
    }
    caps_unref(caps);
}

/* Looks before blocking does: who is blocked goes as well. */
static enum flow
stanza_in(struct account *account, struct stanza *stanza)
{
    struct pep_resource *resource;
    char id[32];

    if (account->pep && stanza->kind == STANZA_PRESENCE && stanza->type == TYPE_UNAVAILABLE &&
        account_blocks(account, stanza->from))
        resource_gone(account->pep, stanza->from);
    if (!account->pep || stanza->kind != STANZA_IQ || !jid_is_bare(stanza->to) ||
        (stanza->type != TYPE_RESULT && stanza->type != TYPE_ERROR))
        return FLOW_ON;
    resource = find(account->pep, stanza->from);
    if (!resource || resource->asked == 0)
        return FLOW_ON;
    write_id(resource->asked, id);
    if (!str_is(stanza->id, id))
        return FLOW_ON;
    take_answer(account->pep, resource, stanza);
    return FLOW_DONE;
}

/* ---- contacts that come and go ---- */

/* XEP-0163 4.3.4, 7.1: who may see the user's presence from now on gets what others have got. */
static void
contact_changed(struct account *account, struct str contact)
{
    struct pep_resource *resource = NULL;

    if (!account->pep)
        return;
    while ((resource = pep_resource_next(account->pep, resource))) {
        struct jid jid = pep_resource_jid(resource);
        bool sees_presence;

        if (!str_equal(jid.bare, contact))
            continue;
        sees_presence = account_trusts(account, jid);
        if (sees_presence && !resource->sees_presence)
            pep_tell_newest(account->pep, jid, resource->caps, NULL);
        resource->sees_presence = sees_presence;
    }
}

static const char *const disco[] = { "http://jabber.org/protocol/caps", NULL };

const struct account_feature account_xep0115_caps = {
    .feature = { .name = "xep0115_caps", .disco = disco },
    .session_available = session_available,
    .session_closed = session_closed,
    .presence_out = presence_out,
    .stanza_in = stanza_in,
    .presence_in = presence_in,
    .contact_changed = contact_changed,
};
