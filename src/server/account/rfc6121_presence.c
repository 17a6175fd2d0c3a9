/* rfc6121_presence.c - who is there, and who is told (RFC 6121 4). */
#include "base/error.h"
#include "base/memory.h"
#include "server/account/account_feature.h"
#include "server/account/presence.h"
#include "server/core/router.h"
#include "xmpp/ns.h"

#include <stdlib.h>

/* Addresses that one session may have told of itself beside its contacts: rooms, strangers. */
enum {
    DIRECTED_MAX = 2000
};

/* ---- directed presence ---- */

struct directed {
    struct map_node node;
    struct jid to;
    char text[];
};

/* Does an address need no reminder, because the broadcasts reach it? */
static bool
is_broadcast_to(struct account *account, struct jid to)
{
    const struct roster_item *item = roster_find(&account->roster, to);

    return item && roster_item_sees_user(item);
}

static struct directed *
directed_find(const struct account_session *state, struct jid to)
{
    struct map_node *node = map_get(&state->directed, to.full);

    return node ? CONTAINER_OF(node, struct directed, node) : NULL;
}

static int
directed_add(struct account_session *state, struct jid to)
{
    struct directed *directed;

    if (directed_find(state, to))
        return 0;
    if (map_count(&state->directed) >= DIRECTED_MAX)
        return E_FULL;
    directed = memory_new(1, sizeof(*directed) + to.full.len);
    memcpy(directed->text, to.full.data, to.full.len);
    directed->to = (struct jid){
        .full = { directed->text, to.full.len },
        .bare = { directed->text, to.bare.len },
    };
    map_put(&state->directed, directed->to.full, &directed->node);
    return 0;
}

static void
directed_remove(struct account_session *state, struct directed *directed)
{
    map_remove(&state->directed, &directed->node);
    free(directed);
}

/* Has the session told this address, or any resource of it? */
static bool
directed_knows(const struct account_session *state, struct jid who)
{
    struct map_node *node = NULL;

    if (directed_find(state, who))
        return true;
    while ((node = map_next(&state->directed, node))) {
        if (str_equal(CONTAINER_OF(node, struct directed, node)->to.bare, who.full))
            return true;
    }
    return false;
}

bool
presence_is_told(const struct account_session *state, struct jid jid)
{
    return directed_knows(state, jid) || directed_knows(state, jid_bare(jid));
}

bool
presence_shares_nick(const struct account_session *a,
                     const struct account_session *b,
                     struct jid room)
{
    for (struct map_node *node = NULL; (node = map_next(&a->directed, node));) {
        struct jid to = CONTAINER_OF(node, struct directed, node)->to;

        if (str_equal(to.bare, room.bare) && directed_find(b, to))
            return true;
    }
    return false;
}

/* ---- sending ---- */

/* Routes a copy of `presence` (from a session) to another address, unless that is blocked. */
static void
route_copy(struct account *account, const struct stanza *presence, struct str to)
{
    struct stanza *copy = stanza_dup(presence, false);
    struct jid jid;

    if (jid_parse(&copy->arena, to, &jid) == 0 && !account_blocks(account, jid)) {
        stanza_set_to(copy, jid);
        router_route(account_worker(account), copy);
    } else {
        stanza_unref(copy);
    }
}

static void
broadcast_to_contacts(struct account *account, const struct stanza *presence)
{
    const struct roster_item *item = NULL;

    while ((item = roster_next(&account->roster, item))) {
        if (roster_item_sees_user(item))
            route_copy(account, presence, item->row.jid);
    }
}

/* RFC 6121 4.2.2, 4.4.2, 4.5.2: the user's own available sessions see it as well. */
static void
broadcast_to_own(struct account *account, const struct stanza *presence)
{
    struct stanza *copy = stanza_dup(presence, false);

    stanza_set_to(copy, account->entity.jid);
    ACCOUNT_FOREACH_SESSION(account, link)
    {
        struct account_session *state = account_session_at(link);

        if (state->available)
            session_send(state->session, copy);
    }
    stanza_unref(copy);
}

/* RFC 6121 4.6.3: those who were told beside the contacts are told the end as well. */
static void
broadcast_to_directed(struct account *account,
                      struct account_session *state,
                      const struct stanza *presence)
{
    struct map_node *node = map_next(&state->directed, NULL);

    while (node) {
        struct map_node *next = map_next(&state->directed, node);
        struct directed *directed = CONTAINER_OF(node, struct directed, node);

        if (!is_broadcast_to(account, directed->to))
            route_copy(account, presence, directed->to.full);
        directed_remove(state, directed);
        node = next;
    }
}

void
presence_renew(struct account *account, struct account_session *state, struct stanza *presence)
{
    stanza_seal(presence);
    stanza_unref(state->presence);
    state->presence = stanza_ref(presence);
    broadcast_to_contacts(account, presence);
    broadcast_to_own(account, presence);
}

static struct stanza *
new_unavailable(struct jid from)
{
    struct stanza *stanza = stanza_new_presence(STR("unavailable"), (struct jid){ 0 });

    stanza_set_from(stanza, from);
    return stanza;
}

void
presence_show_to(struct account *account, struct jid contact)
{
    ACCOUNT_FOREACH_SESSION(account, link)
    {
        struct account_session *state = account_session_at(link);

        if (state->available)
            route_copy(account, state->presence, contact.full);
    }
}

void
presence_hide_from(struct account *account, struct jid contact)
{
    ACCOUNT_FOREACH_SESSION(account, link)
    {
        struct account_session *state = account_session_at(link);
        struct stanza *stanza;

        if (!state->available)
            continue;
        stanza = new_unavailable(state->session->jid);
        stanza_set_to(stanza, contact);
        router_route(account_worker(account), stanza);
    }
}

static void
send_probe(struct account *account, struct account_session *state, struct str to)
{
    struct stanza *probe = stanza_new_presence(STR("probe"), (struct jid){ 0 });
    struct jid contact;

    if (jid_parse(&probe->arena, to, &contact) < 0 || account_blocks(account, contact)) {
        stanza_unref(probe);
        return;
    }
    stanza_set_from(probe, state->session->jid);
    stanza_set_to(probe, contact);
    router_route(account_worker(account), probe);
}

/* ---- blocked and unblocked ---- */

static void
hide_directed(struct account *account, struct account_session *state, struct jid item)
{
    struct map_node *node = map_next(&state->directed, NULL);

    while (node) {
        struct map_node *next = map_next(&state->directed, node);
        struct directed *directed = CONTAINER_OF(node, struct directed, node);
        struct arena arena;
        struct jid to;

        arena_init(&arena, STANZA_ARENA_DEFAULT);
        if (jid_parse(&arena, directed->to.full, &to) == 0 && blocklist_item_matches(item, to)) {
            struct stanza *stanza = new_unavailable(state->session->jid);

            stanza_set_to(stanza, to);
            router_route(account_worker(account), stanza);
            directed_remove(state, directed);
        }
        arena_fini(&arena);
        node = next;
    }
}

/* Calls `act` with each contact that sees the user (`sees_user`) or whom he sees, as far as it
 * matches; an item that is one resource of a contact is meant itself. */
static void
for_each_matching(struct account *account,
                  struct jid item,
                  bool (*is_wanted)(const struct roster_item *item),
                  void (*act)(struct account *account, struct jid to))
{
    for (const struct roster_item *at = NULL; (at = roster_next(&account->roster, at));) {
        struct arena arena;
        struct jid contact;

        arena_init(&arena, STANZA_ARENA_DEFAULT);
        if (is_wanted(at) && jid_parse(&arena, at->row.jid, &contact) == 0) {
            if (blocklist_item_matches(item, contact))
                act(account, contact);
            else if (blocklist_item_matches(contact, item))
                act(account, item);
        }
        arena_fini(&arena);
    }
}

static void
probe_for_all(struct account *account, struct jid contact)
{
    ACCOUNT_FOREACH_SESSION(account, link)
    {
        if (account_session_at(link)->available)
            send_probe(account, account_session_at(link), contact.full);
    }
}

void
presence_hide_from_matching(struct account *account, struct jid item)
{
    for_each_matching(account, item, roster_item_sees_user, presence_hide_from);
    ACCOUNT_FOREACH_SESSION(account, link)
    {
        hide_directed(account, account_session_at(link), item);
    }
}

void
presence_show_to_matching(struct account *account, struct jid item)
{
    for_each_matching(account, item, roster_item_sees_user, presence_show_to);
    for_each_matching(account, item, roster_item_is_seen, probe_for_all);
}

/* ---- from the user's sessions ---- */

int
presence_priority(const struct stanza *presence, int *ret_priority)
{
    const struct element *element = stanza_child(presence, NS_CLIENT, STR("priority"));
    struct arena arena;
    int64_t priority = 0;
    int r = 0;

    arena_init(&arena, 1024);
    if (element) {
        struct str text = str_trim(element_text(&arena, element));

        if (str_starts_with(text, STR("+")))
            text = str_slice(text, 1, text.len);
        r = str_to_int64(text, -128, 127, &priority);
    }
    arena_fini(&arena);
    *ret_priority = (int)priority;
    return r < 0 ? E_FORMAT : 0;
}

static void
send_probes(struct account *account, struct account_session *state)
{
    const struct roster_item *item = NULL;

    while ((item = roster_next(&account->roster, item))) {
        if (roster_item_is_seen(item))
            send_probe(account, state, item->row.jid);
    }
}

/* A session that has just become available learns of the user's others. */
static void
show_others(struct account *account, struct account_session *newcomer)
{
    ACCOUNT_FOREACH_SESSION(account, link)
    {
        struct account_session *state = account_session_at(link);
        struct stanza *copy;

        if (state == newcomer || !state->available)
            continue;
        copy = stanza_dup(state->presence, false);
        stanza_set_to(copy, newcomer->session->jid);
        session_send(newcomer->session, copy);
        stanza_unref(copy);
    }
}

/* RFC 6121 4.2, 4.4. */
static void
become_available(struct account *account, struct account_session *state, struct stanza *stanza)
{
    bool initial = !state->available;
    int priority;

    if (presence_priority(stanza, &priority) < 0) {
        router_reply_error(account_worker(account), stanza, E_FORMAT);
        return;
    }
    stanza_unref(state->presence);
    state->presence = stanza_ref(stanza);
    state->priority = priority;
    state->available = true;
    broadcast_to_contacts(account, stanza);
    broadcast_to_own(account, stanza);
    if (initial) {
        show_others(account, state);
        send_probes(account, state);
    }
    features_session_available(account, state, initial);
}

/* RFC 6121 4.5. `stanza` may be one of ours, for a session that has gone without a word. */
static void
say_unavailable(struct account *account, struct account_session *state, const struct stanza *stanza)
{
    broadcast_to_contacts(account, stanza);
    broadcast_to_own(account, stanza);
    stanza_unref(state->presence);
    state->presence = NULL;
    state->available = false;
}

static void
become_unavailable(struct account *account, struct account_session *state, struct stanza *stanza)
{
    if (state->available)
        say_unavailable(account, state, stanza);
    broadcast_to_directed(account, state, stanza);
}

/* RFC 6121 4.6.2 to 4.6.4. True: go on and route it. */
static bool
remember_directed(struct account *account, struct account_session *state, struct stanza *stanza)
{
    struct directed *directed;

    if (jid_bare_equal(stanza->to, account->entity.jid))
        return true;
    if (stanza->type == TYPE_NONE) {
        int r = directed_add(state, stanza->to);

        if (r < 0)
            router_reply_error(account_worker(account), stanza, r);
        return r == 0;
    }
    directed = directed_find(state, stanza->to);
    if (directed && stanza->type == TYPE_UNAVAILABLE)
        directed_remove(state, directed);
    return true;
}

static enum flow
presence_out(struct account *account, struct account_session *state, struct stanza *stanza)
{
    if (stanza->type == TYPE_UNKNOWN) {
        router_reply_error(account_worker(account), stanza, E_FORMAT);
        return FLOW_DONE;
    }
    if (jid_is_set(stanza->to))
        return remember_directed(account, state, stanza) ? FLOW_ON : FLOW_DONE;
    if (stanza->type == TYPE_NONE)
        become_available(account, state, stanza);
    else if (stanza->type == TYPE_UNAVAILABLE)
        become_unavailable(account, state, stanza);
    return FLOW_DONE;
}

static void
session_closed(struct account *account, struct account_session *state)
{
    struct stanza *stanza = new_unavailable(state->session->jid);
    bool was_available = state->available;

    state->available = false; /* it cannot hear of itself any more */
    if (was_available)
        say_unavailable(account, state, stanza);
    broadcast_to_directed(account, state, stanza);
    stanza_unref(stanza);
}

/* ---- from others ---- */

static void
reply_probe(struct account *account, const struct stanza *probe, const char *type)
{
    struct stanza *reply = stanza_new_presence(str_from(type), probe->from);

    if (str_is(str_from(type), "unsubscribed"))
        stanza_set_to(reply, jid_bare(probe->from));
    stanza_set_from(reply, account->entity.jid);
    router_route(account_worker(account), reply);
}

/* RFC 6121 4.6.6: somebody whom one session has told may ask that session. */
static bool
answer_directed_probe(struct account *account, const struct stanza *probe)
{
    bool answered = false;

    ACCOUNT_FOREACH_SESSION(account, link)
    {
        struct account_session *state = account_session_at(link);

        if (!jid_is_bare(probe->to) && !jid_equal(probe->to, state->session->jid))
            continue;
        if (!directed_knows(state, probe->from))
            continue;
        if (state->presence) {
            route_copy(account, state->presence, probe->from.full);
        } else {
            struct stanza *reply = stanza_new_presence(STR_EMPTY, probe->from);

            stanza_set_from(reply, state->session->jid);
            router_route(account_worker(account), reply);
        }
        answered = true;
    }
    return answered;
}

/* RFC 6121 4.3.2. */
static void
answer_probe(struct account *account, const struct stanza *probe)
{
    bool answered = false;

    if (!account_trusts(account, probe->from)) {
        if (!answer_directed_probe(account, probe))
            reply_probe(account, probe, "unsubscribed");
        return;
    }
    ACCOUNT_FOREACH_SESSION(account, link)
    {
        struct account_session *state = account_session_at(link);

        if (!state->available || jid_equal(state->session->jid, probe->from))
            continue;
        route_copy(account, state->presence, probe->from.full);
        answered = true;
    }
    if (!answered)
        reply_probe(account, probe, "unavailable");
}

/* RFC 6121 4.6.4: who refuses to be told need not be told the end. */
static void
forget_refused(struct account_session *state, const struct stanza *error)
{
    struct directed *directed = directed_find(state, error->from);

    if (directed)
        directed_remove(state, directed);
}

/* RFC 6121 8.5.2.1.2, 8.5.3.1, 8.5.3.2.2: to the one named, or to all who are available. */
static enum flow
presence_in(struct account *account, struct stanza *stanza)
{
    struct account_session *state;

    if (stanza->type == TYPE_PROBE) {
        answer_probe(account, stanza);
        return FLOW_DONE;
    }
    if (!jid_is_bare(stanza->to)) {
        state = account_find_session(account, stanza->to);
        if (state && stanza->type == TYPE_ERROR)
            forget_refused(state, stanza);
        if (state)
            session_send(state->session, stanza);
        return FLOW_DONE;
    }
    if (stanza->type != TYPE_NONE && stanza->type != TYPE_UNAVAILABLE)
        return FLOW_DONE;
    ACCOUNT_FOREACH_SESSION(account, link)
    {
        state = account_session_at(link);
        if (state->available)
            session_send(state->session, stanza);
    }
    return FLOW_DONE;
}

const struct account_feature account_rfc6121_presence = {
    .feature = { .name = "rfc6121_presence" },
    .session_closed = session_closed,
    .presence_out = presence_out,
    .presence_in = presence_in,
};
