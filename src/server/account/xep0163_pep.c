/* xep0163_pep.c - every account is a publish-subscribe service (XEP-0163 on XEP-0060); with safe
 * places for the user's own things (XEP-0222, XEP-0223). */
#include "base/error.h"
#include "base/memory.h"
#include "server/account/account_feature.h"
#include "server/account/pep.h"
#include "server/account/xep0402_bookmarks.h"
#include "server/core/router.h"
#include "server/core/settlement.h"
#include "server/pubsub/pubsub_ns.h"
#include "xmpp/ns.h"

#include <stdlib.h>

/* ---- requests ---- */

static void
handle(struct worker *worker, struct entity *entity, struct stanza *request)
{
    struct account *account = account_of(entity);

    if (account->guest && !account_trusts(account, request->from))
        router_reply_condition(worker, request, "service-unavailable", STR_EMPTY);
    else if (account->guest)
        bookmarks_answer_guest(account, request);
    else
        pep_handle(account, request);
}

/* ---- the owner's answers to requests for subscription: XEP-0060 8.6 ---- */

struct authorization {
    struct pep_task task;
    struct stanza *message;
};

static void
authorization_discard(struct pep_task *task)
{
    struct authorization *authorization = CONTAINER_OF(task, struct authorization, task);

    stanza_unref(authorization->message);
    free(authorization);
}

static void
authorization_end(struct authorization *authorization, struct account *account)
{
    settlement_release(authorization->message);
    authorization_discard(&authorization->task);
    entity_unpin(&account->entity);
}

static void
authorization_run(struct pep *pep, struct pep_task *task, int status)
{
    struct authorization *authorization = CONTAINER_OF(task, struct authorization, task);
    struct stanza *message = authorization->message;
    struct pep_job job;

    if (status == 0) {
        pep_job_init(pep, &job, message);
        if (pubsub_authorize(&job.job, stanza_child(message, NS_DATA_FORM, STR("x"))))
            pep_commit(pep, &job.out, message);
        else
            pubsub_outcome_fini(&job.out);
    } else {
        router_reply_error(account_worker(pep->account), message, status);
    }
    authorization_end(authorization, pep->account);
}

static bool
is_authorization(const struct element *form)
{
    const struct element *field = element_child(form, NS_DATA_FORM, STR("field"));

    for (; field; field = element_next_named(field, NS_DATA_FORM, STR("field"))) {
        const struct element *value = element_child(field, NS_DATA_FORM, STR("value"));

        if (str_is(element_get(field, STR("var")), "FORM_TYPE"))
            return value && value->first && str_equal(value->first->text, PUBSUB_AUTHORIZATION);
    }
    return false;
}

static enum flow
message_in(struct account *account, struct stanza *stanza)
{
    const struct element *form = stanza_child(stanza, NS_DATA_FORM, STR("x"));
    struct authorization *authorization;

    /* Our own question has the service's bare address as its sender. */
    if (account->guest || stanza->type == TYPE_ERROR || !jid_is_bare(stanza->to) ||
        jid_is_bare(stanza->from) || !account_is_owner(account, stanza) || !is_authorization(form))
        return FLOW_ON;
    authorization = memory_new(1, sizeof(*authorization));
    authorization->task.run = authorization_run;
    authorization->task.discard = authorization_discard;
    authorization->message = stanza_ref(stanza);
    settlement_hold(stanza);
    entity_pin(&account->entity);
    if (pep_when_ready(pep_of(account), &authorization->task) < 0) {
        router_reply_error(account_worker(account), stanza, E_FULL);
        authorization_end(authorization, account);
    }
    return FLOW_DONE;
}

/* ---- contacts that lose access: XEP-0163 7.1 ---- */

struct recheck {
    struct pep_task task;
    struct arena arena;
    struct jid contact;
};

static void
recheck_discard(struct pep_task *task)
{
    struct recheck *recheck = CONTAINER_OF(task, struct recheck, task);

    arena_fini(&recheck->arena);
    free(recheck);
}

static void
recheck_run(struct pep *pep, struct pep_task *task, int status)
{
    struct recheck *recheck = CONTAINER_OF(task, struct recheck, task);
    struct account *account = pep->account;
    struct pep_job job;

    if (status == 0) {
        pep_begin(pep, &job, NULL);
        job.asker = pep_asker(account, recheck->contact);
        pubsub_cancel_lost(&job.job);
        pep_commit(pep, &job.out, NULL);
    }
    recheck_discard(task);
    entity_unpin(&account->entity);
}

static void
contact_changed(struct account *account, struct str contact)
{
    struct recheck *recheck;

    if (account->guest || account->removed)
        return;
    recheck = memory_new(1, sizeof(*recheck));
    recheck->task.run = recheck_run;
    recheck->task.discard = recheck_discard;
    arena_init(&recheck->arena, 2 * JID_TEXT_MAX + 1024);
    entity_pin(&account->entity);
    if (jid_parse(&recheck->arena, contact, &recheck->contact) < 0 ||
        pep_when_ready(pep_of(account), &recheck->task) < 0) {
        recheck_discard(&recheck->task);
        entity_unpin(&account->entity);
    }
}

/* ---- descriptor ---- */

static void
account_closed(struct account *account)
{
    pep_free(account);
}

static const struct iq_handler iqs[] = {
    { STR_INIT("http://jabber.org/protocol/pubsub"), "pubsub", true, true, handle },
    { STR_INIT("http://jabber.org/protocol/pubsub#owner"), "pubsub", true, true, handle },
    { .name = NULL },
};

#define PUBSUB "http://jabber.org/protocol/pubsub"

static const char *const disco[] = {
    PUBSUB,
    PUBSUB "#access-authorize",
    PUBSUB "#access-open",
    PUBSUB "#access-presence",
    PUBSUB "#access-roster",
    PUBSUB "#access-whitelist",
    PUBSUB "#auto-create",
    PUBSUB "#auto-subscribe",
    PUBSUB "#config-node",
    PUBSUB "#config-node-max",
    PUBSUB "#create-and-configure",
    PUBSUB "#create-nodes",
    PUBSUB "#delete-items",
    PUBSUB "#delete-nodes",
    PUBSUB "#filtered-notifications",
    PUBSUB "#instant-nodes",
    PUBSUB "#item-ids",
    PUBSUB "#last-published",
    PUBSUB "#manage-subscriptions",
    PUBSUB "#member-affiliation",
    PUBSUB "#meta-data",
    PUBSUB "#modify-affiliations",
    PUBSUB "#multi-items",
    PUBSUB "#outcast-affiliation",
    PUBSUB "#persistent-items",
    PUBSUB "#presence-subscribe",
    PUBSUB "#publish",
    PUBSUB "#publish-only-affiliation",
    PUBSUB "#publish-options",
    PUBSUB "#publisher-affiliation",
    PUBSUB "#pubsub-on-a-jid",
    PUBSUB "#purge-nodes",
    PUBSUB "#retract-items",
    PUBSUB "#retrieve-affiliations",
    PUBSUB "#retrieve-default",
    PUBSUB "#retrieve-items",
    PUBSUB "#retrieve-subscriptions",
    PUBSUB "#rsm",
    PUBSUB "#subscribe",
    PUBSUB "#subscription-notifications",
    NULL,
};

const struct account_feature account_xep0163_pep = {
    .feature = { .name = "xep0163_pep", .disco = disco, .iqs = iqs, .serves_strangers = true },
    .message_in = message_in,
    .contact_changed = contact_changed,
    .account_closed = account_closed,
};
