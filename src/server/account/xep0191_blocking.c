/* xep0191_blocking.c - nothing passes between a user and those whom he has blocked (XEP-0191). The
 * first in the table: what it takes, no other feature sees. */
#include "base/error.h"
#include "base/memory.h"
#include "server/account/account_feature.h"
#include "server/account/iq_text.h"
#include "server/account/presence.h"
#include "server/account/xep0377_reporting.h"
#include "server/core/config.h"
#include "server/core/router.h"
#include "server/core/settlement.h"
#include "xmpp/ns.h"
#include "xmpp/xml_writer.h"

#include <stdlib.h>

#define NS_BLOCKING        STR("urn:xmpp:blocking")
#define NS_BLOCKING_ERRORS STR("urn:xmpp:blocking:errors")

enum {
    ARENA_BYTES = 4 * 1024 * 1024 /* for the addresses of one request */
};

/* ---- the flow ---- */

/* XEP-0191 3.3: an error that names the reason, to the user himself. */
static enum flow
stanza_out(struct account *account, struct account_session *state, struct stanza *stanza)
{
    struct stanza *error;

    if (!jid_is_set(stanza->to) || !account_blocks(account, stanza->to))
        return FLOW_ON;
    error = stanza_error(stanza, "not-acceptable", STR_EMPTY);
    if (error) {
        struct element *child = element_child(error->root, NS_CLIENT, STR("error"));

        element_set(&error->arena, child, STR("type"), STR("cancel"));
        element_add(&error->arena, child, NS_BLOCKING_ERRORS, STR("blocked"));
        session_send(state->session, error); /* the router would lead it back here */
        stanza_unref(error);
    }
    return FLOW_DONE;
}

/* An error to a room would end the user's own stay there, and to an occupant it says who is
 * behind a nickname. */
static bool
comes_through_room(const struct account *account, const struct stanza *stanza)
{
    return str_equal(stanza->from.domain, account_server(account)->rooms_domain) ||
           stanza_child(stanza, NS_MUC_USER, STR("x"));
}

static bool
is_answered(const struct account *account, const struct stanza *stanza)
{
    if (stanza->kind == STANZA_IQ)
        return true; /* results and errors never are */
    return stanza->kind == STANZA_MESSAGE && stanza->type != TYPE_GROUPCHAT &&
           stanza->type != TYPE_HEADLINE && !comes_through_room(account, stanza);
}

/* XEP-0191 3.3: as if the user were offline. */
static enum flow
stanza_in(struct account *account, struct stanza *stanza)
{
    if (!account_blocks(account, stanza->from))
        return FLOW_ON;
    if (is_answered(account, stanza))
        router_reply_condition(account_worker(account), stanza, "service-unavailable", STR_EMPTY);
    return FLOW_DONE;
}

static bool
admits(struct account *account, const struct stanza *stanza)
{
    return !jid_is_set(stanza->from) || !account_blocks(account, stanza->from);
}

/* Only who has blocked something of a room's need look at what rooms send. */
static void
mark_session(struct account *account, struct account_session *state)
{
    struct str rooms_domain = account_server(account)->rooms_domain;
    struct str address = STR_EMPTY;

    state->session->sifts = false;
    while ((address = blocklist_next(&account->blocked, address)).len > 0) {
        ptrdiff_t at = str_find_char(address, '@', 0);
        struct str domain = str_slice(address, (size_t)(at + 1), address.len);

        if (str_starts_with(domain, rooms_domain))
            state->session->sifts = true;
    }
}

static void
mark_sessions(struct account *account)
{
    ACCOUNT_FOREACH_SESSION(account, link)
    {
        mark_session(account, account_session_at(link));
    }
}

/* ---- the list ---- */

/* XEP-0191 3.2. */
static void
answer_list(struct account *account, struct stanza *request)
{
    struct account_session *state = account_find_session(account, request->from);
    struct str address = STR_EMPTY;
    struct buffer out;

    if (state)
        state->knows_blocked = true;
    iq_text_begin(&out, request);
    buffer_append(&out, STR("<blocklist xmlns='urn:xmpp:blocking'>"));
    while ((address = blocklist_next(&account->blocked, address)).len > 0) {
        buffer_append(&out, STR("<item"));
        xml_write_attribute(&out, STR("jid"), address);
        buffer_append(&out, STR("/>"));
    }
    buffer_append(&out, STR("</blocklist>"));
    iq_text_send(&out, account_worker(account), request);
}

/* ---- changes ---- */

/* A request on its way to the disk. */
struct change {
    struct account *account;
    struct stanza *request;
    struct arena arena;
    bool blocks;
    struct jid *jids;
    size_t count; /* 0: unblock everybody */
};

static void
change_free(struct change *change)
{
    arena_fini(&change->arena);
    stanza_unref(change->request);
    free(change);
}

/* XEP-0191 3.3 to 3.5: to all sessions that know the list, without what was said about the items.
 */
static void
push(struct account *account, const struct change *change)
{
    struct stanza *iq = stanza_new_iq(STR("set"), (struct jid){ 0 });
    struct element *list = element_add(&iq->arena, iq->root, NS_BLOCKING,
                                       change->blocks ? STR("block") : STR("unblock"));
    struct stanza_wire wire;

    for (size_t i = 0; i < change->count; i++) {
        struct element *item = element_add(&iq->arena, list, NS_BLOCKING, STR("item"));

        element_set(&iq->arena, item, STR("jid"), change->jids[i].full);
    }
    if (!arena_is_full(&iq->arena) && stanza_serialise(iq, &wire) == 0) {
        ACCOUNT_FOREACH_SESSION(account, link)
        {
            struct account_session *state = account_session_at(link);

            if (state->knows_blocked)
                session_send_wire(state->session, &wire, state->session->jid.full);
        }
        block_unref(wire.block);
    }
    stanza_unref(iq);
}

static void
block(struct account *account, struct jid jid)
{
    if (blocklist_has(&account->blocked, jid.full))
        return;
    presence_hide_from_matching(account, jid);
    blocklist_add(&account->blocked, jid.full);
}

static void
unblock(struct account *account, struct jid jid)
{
    if (!blocklist_has(&account->blocked, jid.full))
        return;
    blocklist_remove(&account->blocked, jid.full);
    presence_show_to_matching(account, jid);
}

static void
unblock_everybody(struct account *account)
{
    struct str address;

    while ((address = blocklist_next(&account->blocked, STR_EMPTY)).len > 0) {
        struct arena arena;
        struct jid jid;

        arena_init(&arena, ARENA_BYTES);
        if (jid_parse(&arena, address, &jid) == 0)
            unblock(account, jid);
        else
            blocklist_remove(&account->blocked, address);
        arena_fini(&arena);
    }
}

/* It is on the disk: now it holds. */
static void
apply(struct account *account, const struct change *change)
{
    struct worker *worker = account_worker(account);

    if (change->blocks)
        reporting_take(account, change->request);
    if (change->count == 0)
        unblock_everybody(account);
    for (size_t i = 0; i < change->count; i++)
        (change->blocks ? block : unblock)(account, change->jids[i]);
    mark_sessions(account);
    log_info(&worker->log, change->blocks ? "blocked" : "unblocked", "%.*s: %zu addresses",
             STR_ARG(account->entity.jid.bare), change->count);
    push(account, change);
    router_route(worker, stanza_result(change->request));
}

static void
change_done(struct store_call *call, void *context)
{
    struct change *change = call->owner;
    struct account *account = change->account;
    struct worker *worker = context;

    if (change->blocks)
        account->blocks_pending -= change->count;
    if (call->status < 0)
        router_reply_error(worker, change->request, call->status);
    else if (!account->removed && !worker->ended)
        apply(account, change);
    settlement_release(change->request);
    change_free(change);
    store_call_free(call);
    entity_unpin(&account->entity);
}

static void
submit(struct account *account, struct change *change)
{
    struct store_block_change *call = STORE_CALL(
        block_change, BLOCK_CHANGE, &account_worker(account)->mailbox, change_done, change);

    settlement_hold(change->request);
    entity_pin(&account->entity);
    if (change->blocks)
        account->blocks_pending += change->count;
    call->name = store_keep(&call->call, account->entity.jid.local);
    call->blocks = change->blocks;
    call->everything = change->count == 0;
    call->count = change->count;
    call->jids = arena_alloc(&call->call.arena, change->count * sizeof(*call->jids));
    for (size_t i = 0; i < change->count && call->jids; i++)
        call->jids[i] = store_keep(&call->call, change->jids[i].full);
    store_submit(account_server(account)->store, &call->call);
}

static size_t
count_items(const struct element *list)
{
    size_t count = 0;

    for (const struct element *item = element_child(list, NS_BLOCKING, STR("item")); item;
         item = element_next_named(item, NS_BLOCKING, STR("item")))
        count++;
    return count;
}

/* The addresses of all items: E_JID, E_FORMAT without one, E_FULL past what one may block. */
static int
read_items(struct change *change, const struct element *list)
{
    const struct account *account = change->account;
    const struct config *config = account_server(account)->config;
    size_t count = count_items(list);
    size_t known = blocklist_count(&account->blocked) + account->blocks_pending;
    const struct element *item = element_child(list, NS_BLOCKING, STR("item"));

    if (change->blocks && config->limits && known + count > config->max_blocked_addresses)
        return E_FULL;
    change->jids = arena_alloc(&change->arena, count * sizeof(*change->jids));
    if (!change->jids)
        return E_FULL;
    for (; item; item = element_next_named(item, NS_BLOCKING, STR("item"))) {
        if (!element_has(item, STR("jid")))
            return E_FORMAT;
        int r = jid_parse(&change->arena, element_get(item, STR("jid")),
                          &change->jids[change->count++]);

        if (r < 0)
            return r;
    }
    return 0;
}

/* Oneself cannot be blocked (XEP-0191 4, note). */
static bool
names_oneself(const struct change *change)
{
    for (size_t i = 0; i < change->count; i++) {
        if (jid_bare_equal(change->jids[i], change->account->entity.jid))
            return true;
    }
    return false;
}

static void
handle_set(struct worker *worker, struct account *account, struct stanza *request)
{
    struct change *change = memory_new(1, sizeof(*change));
    const struct element *list = stanza_payload(request);
    int r;

    change->account = account;
    change->request = stanza_ref(request);
    change->blocks = str_is(list->name, "block");
    arena_init(&change->arena, ARENA_BYTES);
    r = read_items(change, list);
    if (r == 0 && change->blocks && change->count == 0)
        r = E_FORMAT;
    if (r < 0) {
        router_reply_error(worker, request, r);
    } else if (change->blocks && names_oneself(change)) {
        router_reply_condition(worker, request, "not-allowed", STR_EMPTY);
    } else if (!account->guest) {
        submit(account, change);
        return;
    } else { /* nothing of a guest's lasts longer than the session */
        apply(account, change);
    }
    change_free(change);
}

static void
handle(struct worker *worker, struct entity *entity, struct stanza *request)
{
    struct account *account = account_of(entity);

    if (!account_is_owner(account, request))
        router_reply_error(worker, request, E_FORBIDDEN);
    else if (request->type == TYPE_GET)
        answer_list(account, request);
    else
        handle_set(worker, account, request);
}

static const struct iq_handler iqs[] = {
    { STR_INIT("urn:xmpp:blocking"), "blocklist", true, false, handle },
    { STR_INIT("urn:xmpp:blocking"), "block", false, true, handle },
    { STR_INIT("urn:xmpp:blocking"), "unblock", false, true, handle },
    { .name = NULL },
};

static const char *const disco[] = { "urn:xmpp:blocking", NULL };

const struct account_feature account_xep0191_blocking = {
    .feature = { .name = "xep0191_blocking", .disco = disco, .iqs = iqs },
    .session_bound = mark_session,
    .stanza_out = stanza_out,
    .stanza_in = stanza_in,
    .admits = admits,
};
