/* xep0379_preauth.c - who shows the token of an invitation is let in without asking the user
 * (XEP-0379 3.4 to 3.6, done by the server as XEP-0401 has it); and the contacts that registering
 * with one makes. */
#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "server/account/account_feature.h"
#include "server/account/invitation.h"
#include "server/account/presence.h"
#include "server/account/subscription.h"
#include "server/core/router.h"
#include "server/core/settlement.h"
#include "xmpp/ns.h"

#include <stdlib.h>

#define NS_BEFRIEND STR("urn:jackdaw:befriend")

enum {
    TOKEN_MAX = 256 /* bytes; ours are shorter */
};

/* ---- a request with a token ---- */

struct knock {
    struct account *account;
    struct stanza *request;
};

static void
use_done(struct store_call *call, void *context)
{
    struct knock *knock = call->owner;
    struct account *account = knock->account;
    struct worker *worker = context;
    int status = call->status;

    store_call_free(call);
    if (!worker->ended && !account->removed) {
        if (status == 0)
            log_info(&worker->log, "invited", "%.*s lets in %.*s",
                     STR_ARG(account->entity.jid.bare), STR_ARG(knock->request->from.bare));
        /* XEP-0379 4.1: a token that is worth nothing is not there. */
        if (status < 0)
            subscription_receive(account, knock->request);
        else
            subscription_welcome(account, knock->request);
    }
    settlement_release(knock->request);
    stanza_unref(knock->request);
    free(knock);
    entity_unpin(&account->entity);
}

static enum flow
presence_in(struct account *account, struct stanza *stanza)
{
    struct str token = element_get(stanza_child(stanza, NS_PREAUTH, STR("preauth")), STR("token"));
    struct store_invitation_use *use;
    struct knock *knock;

    if (stanza->type != TYPE_SUBSCRIBE || account->guest || token.len == 0 ||
        token.len > TOKEN_MAX || account_is_owner(account, stanza))
        return FLOW_ON;
    knock = memory_new(1, sizeof(*knock));
    *knock = (struct knock){ account, stanza_ref(stanza) };
    settlement_hold(stanza);
    entity_pin(&account->entity);
    use = STORE_CALL(invitation_use, INVITATION_USE, &account_worker(account)->mailbox, use_done,
                     knock);
    use->token_hash = invitation_hash(&use->call.arena, token);
    use->inviter = store_keep(&use->call, account->entity.jid.bare);
    use->now_us = clock_wall_us();
    store_submit(account_server(account)->store, &use->call);
    return FLOW_DONE;
}

/* ---- contacts by registration ---- */

static bool
read_contact(struct arena *arena, const struct stanza *request, struct jid *ret)
{
    return jid_parse(arena, element_get(stanza_payload(request), STR("jid")), ret) == 0;
}

static void
befriended(struct account *account, const struct roster_item *item, struct stanza *request)
{
    struct arena arena;
    struct jid contact;

    (void)item;
    arena_init(&arena, STANZA_ARENA_DEFAULT);
    if (read_contact(&arena, request, &contact))
        presence_show_to(account, contact);
    arena_fini(&arena);
}

/* The row is on the disk already; writing it again with what memory knows besides does no harm, and
 * the push that XEP-0401 4.5 wants comes after the commit. */
static void
make_friend(struct account *account, struct jid contact, struct stanza *request)
{
    const struct roster_item *item = roster_find(&account->roster, contact);
    struct store_roster_item row = { .jid = contact.bare };

    if (item)
        row = item->row;
    row.subscription = ROSTER_BOTH;
    row.ask = row.pending_in = false;
    row.listed = true;
    row.request = STR_EMPTY;
    roster_commit(account, &(struct roster_change){
                               .row = row,
                               .push = true,
                               .cause = request,
                               .effect = befriended,
                           });
}

static void
befriend(struct account *account, struct stanza *request)
{
    struct arena arena;
    struct jid contact;

    arena_init(&arena, STANZA_ARENA_DEFAULT);
    if (read_contact(&arena, request, &contact) &&
        !roster_line_takes(account, contact, request, befriend))
        make_friend(account, contact, request);
    arena_fini(&arena);
}

/* Clients cannot speak in the domain's name: the session sees to that. */
static void
handle_befriend(struct worker *worker, struct entity *entity, struct stanza *request)
{
    if (str_equal(request->from.full, worker->server->domain))
        befriend(account_of(entity), request);
    else
        router_reply_condition(worker, request, "service-unavailable", STR_EMPTY);
}

/* As a stanza, so that it waits while the account is being read from the disk. */
void
account_befriend(struct worker *worker, struct str bare, struct str contact)
{
    struct stanza *iq = stanza_new_iq(STR("set"), (struct jid){ 0 });
    struct element *payload = element_add(&iq->arena, iq->root, NS_BEFRIEND, STR("befriend"));
    struct jid from, to;

    element_set(&iq->arena, payload, STR("jid"), contact);
    if (jid_parse(&iq->arena, worker->server->domain, &from) < 0 ||
        jid_parse(&iq->arena, bare, &to) < 0) {
        stanza_unref(iq);
        return;
    }
    stanza_set_from(iq, from);
    stanza_set_to(iq, to);
    router_route(worker, iq);
}

static const struct iq_handler iqs[] = {
    { STR_INIT("urn:jackdaw:befriend"), "befriend", false, true, handle_befriend },
    { .name = NULL },
};

static const char *const disco[] = { "urn:xmpp:pars:0", NULL };

const struct account_feature account_xep0379_preauth = {
    .feature = { .name = "xep0379_preauth",
                 .disco = disco,
                 .iqs = iqs,
                 .serves_strangers = true }, /* the domain, that is */
    .presence_in = presence_in,
};
