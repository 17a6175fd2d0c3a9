/* pep.c - see pep.h. */
#include "server/account/pep.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "server/account/xep0398_avatar.h"
#include "server/account/xep0402_bookmarks.h"
#include "server/core/config.h"
#include "server/core/router.h"
#include "server/core/settlement.h"
#include "server/pubsub/pubsub_profile.h"

#include <assert.h>
#include <stdlib.h>

enum {
    WAITING_MAX = 1000, /* tasks of one account */
    RELATIONS_MAX = 1000,
    OWN_SUBSCRIPTIONS_MAX = 20
};

static struct pubsub_limits
limits_of(const struct config *config)
{
    struct pubsub_limits limits = {
        .max_nodes = config->max_pep_nodes,
        .max_items = config->max_pep_items,
        .max_payload = config->max_stanza_bytes,
        .max_bytes = (int64_t)config->max_pep_bytes,
        .max_relations = RELATIONS_MAX,
        .max_own = OWN_SUBSCRIPTIONS_MAX,
    };

    if (!config->limits) {
        limits.max_nodes = SIZE_MAX;
        limits.max_items = INT32_MAX;
        limits.max_bytes = INT64_MAX;
    }
    return limits;
}

struct pep *
pep_of(struct account *account)
{
    struct pep *pep = account->pep;

    assert(!account->guest);
    if (pep)
        return pep;
    pep = memory_new(1, sizeof(*pep));
    pep->account = account;
    pep->limits = limits_of(account_server(account)->config);
    pubsub_service_init(&pep->service, account->entity.jid);
    list_init(&pep->waiting);
    map_init(&pep->resources);
    account->pep = pep;
    return pep;
}

struct pubsub_asker
pep_asker(struct account *account, struct jid jid)
{
    const struct roster_item *item = roster_find(&account->roster, jid);

    return (struct pubsub_asker){
        .jid = jid,
        .sees_presence = account_trusts(account, jid),
        .groups = item ? item->row.groups : NULL,
        .group_count = item ? item->row.group_count : 0,
    };
}

/* ---- loading ---- */

static void run_waiting(struct pep *pep, int status);

static void
take_node(struct pep *pep, const struct store_pubsub_node *row)
{
    struct pubsub_node *node = pubsub_add(&pep->service, row->name, row->created_us);

    pubsub_config_parse(&node->config, row->config);
}

static void
take_relation(struct pep *pep, const struct store_pubsub_relation *row, bool subscription)
{
    struct pubsub_node *node = pubsub_find(&pep->service, row->node);
    struct arena arena;
    struct jid jid;

    arena_init(&arena, 2 * JID_TEXT_MAX + 1024);
    if (node && jid_parse(&arena, row->jid, &jid) == 0)
        pubsub_relation_set(subscription ? &node->subscriptions : &node->affiliations, jid,
                            row->value);
    arena_fini(&arena);
}

static void
take_service(struct pep *pep, const struct store_pubsub_load *load)
{
    pubsub_service_fini(&pep->service);
    pubsub_service_init(&pep->service, pep->account->entity.jid);
    for (size_t i = 0; i < load->ret_node_count; i++)
        take_node(pep, &load->ret_nodes[i]);
    for (size_t i = 0; i < load->ret_affiliation_count; i++)
        take_relation(pep, &load->ret_affiliations[i], false);
    for (size_t i = 0; i < load->ret_subscription_count; i++)
        take_relation(pep, &load->ret_subscriptions[i], true);
}

static void
load_end(struct pep *pep, int status)
{
    struct account *account = pep->account;

    pep->loading = false;
    pep->loaded = status == 0 && !pep->forgotten;
    pep->forgotten = false;
    pep->spoiled = false;
    if (status < 0 && status != E_NOT_FOUND)
        log_error(&account_worker(account)->log, "pubsub-not-loaded", "%.*s: %s",
                  STR_ARG(account->entity.jid.bare), error_text(status));
    run_waiting(pep, status);
    entity_unpin(&account->entity);
}

/* Bookmarks of an account that has no node for them yet. */
static void
bookmarks_done(struct store_call *call, void *worker)
{
    struct store_private_load *load = CONTAINER_OF(call, struct store_private_load, call);
    struct account *account = call->owner;
    int status = call->status == E_NOT_FOUND ? 0 : call->status;

    (void)worker;
    if (status == 0)
        bookmarks_load(account->pep, load->ret_xml);
    store_call_free(call);
    load_end(account->pep, status);
}

static void
load_bookmarks(struct account *account)
{
    struct store_private_load *load = STORE_CALL(
        private_load, PRIVATE_LOAD, &account_worker(account)->mailbox, bookmarks_done, account);

    load->name = store_keep(&load->call, account->entity.jid.local);
    load->key = store_keep(&load->call, BOOKMARKS_PRIVATE_KEY);
    store_submit(account_server(account)->store, &load->call);
}

static void
load_done(struct store_call *call, void *context)
{
    struct store_pubsub_load *load = CONTAINER_OF(call, struct store_pubsub_load, call);
    struct account *account = call->owner;
    struct pep *pep = account->pep;
    int status = call->status;

    (void)context;
    if (status == 0)
        take_service(pep, load);
    store_call_free(call);
    if (status == 0 && !pubsub_find(&pep->service, PUBSUB_NODE_BOOKMARKS))
        load_bookmarks(account);
    else
        load_end(pep, status);
}

static void
load(struct pep *pep)
{
    struct account *account = pep->account;
    struct store_pubsub_load *call =
        STORE_CALL(pubsub_load, PUBSUB_LOAD, &account_worker(account)->mailbox, load_done, account);

    pep->loading = true;
    entity_pin(&account->entity);
    call->name = store_keep(&call->call, account->entity.jid.local);
    store_submit(account_server(account)->store, &call->call);
}

/* ---- work that waits ---- */

static bool
may_run(const struct pep *pep, const struct pep_task *task)
{
    return pep->loaded && !pep->spoiled && (!task->reads || pep->writes == 0);
}

/* Goes on with what waits, as far as it may; with a status, ends all of it. */
static void
run_waiting(struct pep *pep, int status)
{
    if (pep->running)
        return; /* whoever runs them sees what has changed */
    pep->running = true;
    while (!list_is_empty(&pep->waiting)) {
        struct pep_task *task = CONTAINER_OF(pep->waiting.next, struct pep_task, link);

        if (status == 0 && !may_run(pep, task))
            break;
        list_remove(&task->link);
        pep->waiting_count--;
        task->run(pep, task, status);
    }
    pep->running = false;
    if (!list_is_empty(&pep->waiting) && !pep->loading && pep->writes == 0 &&
        (!pep->loaded || pep->spoiled))
        load(pep);
}

int
pep_when_ready(struct pep *pep, struct pep_task *task)
{
    if (pep->waiting_count >= WAITING_MAX)
        return E_FULL;
    list_init(&task->link);
    list_append(&pep->waiting, &task->link);
    pep->waiting_count++;
    run_waiting(pep, 0);
    return 0;
}

void
pep_block(struct pep *pep)
{
    pep->writes++;
}

void
pep_unblock(struct pep *pep)
{
    pep->writes--;
    run_waiting(pep, 0);
}

/* ---- changes ---- */

/* What follows from a request, while it is stored. */
struct commit {
    struct pep *pep;
    struct stanza *request; /* may be NULL */
    bool answers;           /* the request */
    struct pubsub_outcome out;
    unsigned pending; /* calls */
    int status;       /* the first failure */
};

void
pep_job_init(struct pep *pep, struct pep_job *job, const struct stanza *request)
{
    job->asker = pep_asker(pep->account, request ? request->from : pep->account->entity.jid);
    job->job = (struct pubsub_job){
        .service = &pep->service,
        .limits = &pep->limits,
        .asker = &job->asker,
        .request = request,
        .now_us = clock_wall_us(),
        .out = &job->out,
    };
}

void
pep_begin(struct pep *pep, struct pep_job *job, const struct stanza *request)
{
    pep_job_init(pep, job, request);
    pubsub_outcome_init(&job->out);
}

/* What a failure of the store means to who asked. */
static enum pubsub_fault
fault_of(int status)
{
    if (status == E_NOT_FOUND)
        return PUBSUB_NOT_FOUND;
    return status == E_EXISTS ? PUBSUB_NODE_FULL : PUBSUB_CONSTRAINT;
}

static void
send_reply(struct commit *commit)
{
    struct worker *worker = account_worker(commit->pep->account);
    struct stanza *reply = commit->out.reply;

    commit->out.reply = NULL;
    if (commit->status < 0) {
        stanza_unref(reply);
        reply = commit->answers ? pubsub_error(commit->request, fault_of(commit->status)) : NULL;
        if (!commit->answers)
            log_warning(&worker->log, "pubsub-not-stored", "%.*s: %s",
                        STR_ARG(commit->pep->account->entity.jid.bare), error_text(commit->status));
    }
    if (reply)
        router_route(worker, reply);
}

static void
tell_news(struct commit *commit)
{
    struct pep *pep = commit->pep;
    const struct pubsub_outcome *out = &commit->out;

    for (const struct pubsub_event *event = out->events; event; event = event->next)
        pep_tell(pep, event, out->gone);
    if (jid_is_set(out->newcomer))
        pep_tell_newest_of(pep, out->newcomer, out->newcomer_node);
    for (const struct pubsub_change *change = out->changes; change; change = change->next)
        avatar_changed(pep->account, change);
}

static void
commit_finish(struct commit *commit)
{
    struct pep *pep = commit->pep;
    struct account *account = pep->account;

    pep->writes--;
    if (commit->status < 0 || commit->out.spoiled)
        pep->spoiled = true;
    if (!account_worker(account)->ended) {
        send_reply(commit);
        if (commit->status == 0 && !account->removed)
            tell_news(commit);
    }
    if (commit->request)
        settlement_release(commit->request);
    stanza_unref(commit->request);
    pubsub_outcome_fini(&commit->out);
    free(commit);
    run_waiting(pep, 0);
    entity_unpin(&account->entity);
}

/* XEP-0060 7.1.2.5: what had to go for a new item is told as if it had been retracted. */
static void
tell_evicted(struct commit *commit, const struct store_pubsub_items_put *put)
{
    struct pubsub_event event = { .node = put->node, .type = STR("headline") };
    struct buffer text;

    pubsub_write_retract_event(&text, put->node, put->ret_evicted, put->ret_evicted_count);
    event.xml = buffer_str(&text);
    if (!buffer_failed(&text) && !account_worker(commit->pep->account)->ended)
        pep_tell(commit->pep, &event, NULL);
    buffer_fini(&text);
}

static void
change_done(struct store_call *call, void *worker)
{
    struct commit *commit = call->owner;

    (void)worker;
    if (call->status < 0 && commit->status == 0)
        commit->status = call->status;
    store_call_free(call);
    if (--commit->pending == 0)
        commit_finish(commit);
}

/* The same for items that may have pushed others out and whose subscribers hear of it. */
static void
items_put_done(struct store_call *call, void *worker)
{
    struct store_pubsub_items_put *put = CONTAINER_OF(call, struct store_pubsub_items_put, call);

    if (call->status == 0 && put->ret_evicted_count > 0)
        tell_evicted(call->owner, put);
    change_done(call, worker);
}

/* ---- changes as calls to the store ---- */

static void *
new_call(struct commit *commit,
         size_t size,
         enum store_operation operation,
         void (*done)(struct store_call *call, void *worker))
{
    return store_call_new(size, operation, &account_worker(commit->pep->account)->mailbox, done,
                          commit);
}

static struct store_call *
node_put_call(struct commit *commit, const struct pubsub_change *change)
{
    struct store_pubsub_node_put *put =
        new_call(commit, sizeof(*put), STORE_PUBSUB_NODE_PUT, change_done);

    put->name = store_keep(&put->call, commit->pep->account->entity.jid.local);
    put->node = (struct store_pubsub_node){
        .name = store_keep(&put->call, change->node),
        .config = store_keep(&put->call, change->config),
        .created_us = change->created_us,
    };
    put->keep = change->keep;
    return &put->call;
}

static struct store_call *
node_remove_call(struct commit *commit, const struct pubsub_change *change)
{
    struct store_pubsub_node_remove *remove =
        new_call(commit, sizeof(*remove), STORE_PUBSUB_NODE_REMOVE, change_done);

    remove->name = store_keep(&remove->call, commit->pep->account->entity.jid.local);
    remove->node = store_keep(&remove->call, change->node);
    return &remove->call;
}

static struct store_pubsub_relation
keep_relation(struct store_call *call, const struct pubsub_change *change)
{
    return (struct store_pubsub_relation){
        .node = store_keep(call, change->node),
        .jid = store_keep(call, change->jid),
        .value = change->value,
    };
}

static struct store_call *
affiliation_call(struct commit *commit, const struct pubsub_change *change)
{
    struct store_pubsub_affiliation_put *put =
        new_call(commit, sizeof(*put), STORE_PUBSUB_AFFILIATION_PUT, change_done);

    put->name = store_keep(&put->call, commit->pep->account->entity.jid.local);
    put->relation = keep_relation(&put->call, change);
    return &put->call;
}

static struct store_call *
subscription_call(struct commit *commit, const struct pubsub_change *change)
{
    struct store_pubsub_subscription_put *put =
        new_call(commit, sizeof(*put), STORE_PUBSUB_SUBSCRIPTION_PUT, change_done);

    put->name = store_keep(&put->call, commit->pep->account->entity.jid.local);
    put->relation = keep_relation(&put->call, change);
    return &put->call;
}

static struct store_call *
items_put_call(struct commit *commit, const struct pubsub_change *change)
{
    struct store_pubsub_items_put *put =
        new_call(commit, sizeof(*put), STORE_PUBSUB_ITEMS_PUT,
                 change->tells_evicted ? items_put_done : change_done);

    put->name = store_keep(&put->call, commit->pep->account->entity.jid.local);
    put->node = store_keep(&put->call, change->node);
    put->items = arena_alloc(&put->call.arena, change->item_count * sizeof(*put->items));
    for (size_t i = 0; i < change->item_count; i++) {
        put->items[i] = (struct store_pubsub_item){
            .id = store_keep(&put->call, change->items[i].id),
            .publisher = store_keep(&put->call, change->items[i].publisher),
            .published_us = change->items[i].published_us,
            .xml = store_keep(&put->call, change->items[i].xml),
        };
    }
    put->item_count = change->item_count;
    put->keep = change->keep;
    put->rejects = change->rejects;
    put->bytes_max = commit->pep->limits.max_bytes;
    return &put->call;
}

static struct store_call *
items_remove_call(struct commit *commit, const struct pubsub_change *change)
{
    struct store_pubsub_items_remove *remove =
        new_call(commit, sizeof(*remove), STORE_PUBSUB_ITEMS_REMOVE, change_done);

    remove->name = store_keep(&remove->call, commit->pep->account->entity.jid.local);
    remove->node = store_keep(&remove->call, change->node);
    remove->ids = arena_alloc(&remove->call.arena, change->id_count * sizeof(*remove->ids));
    for (size_t i = 0; i < change->id_count; i++)
        remove->ids[i] = store_keep(&remove->call, change->ids[i]);
    remove->id_count = change->id_count;
    remove->all = change->all;
    remove->publisher = store_keep(&remove->call, change->publisher);
    return &remove->call;
}

static struct store_call *(*const calls[])(struct commit *, const struct pubsub_change *) = {
    [CHANGE_NODE_PUT] = node_put_call,       [CHANGE_NODE_REMOVE] = node_remove_call,
    [CHANGE_AFFILIATION] = affiliation_call, [CHANGE_SUBSCRIPTION] = subscription_call,
    [CHANGE_ITEMS_PUT] = items_put_call,     [CHANGE_ITEMS_REMOVE] = items_remove_call,
};

static void
submit(struct pep *pep, struct pubsub_outcome *out, struct stanza *request, bool answers)
{
    struct account *account = pep->account;
    struct commit *commit = memory_new(1, sizeof(*commit));

    *commit = (struct commit){ .pep = pep, .answers = answers, .out = *out, .pending = 1 };
    if (request) {
        commit->request = stanza_ref(request);
        settlement_hold(request);
    }
    entity_pin(&account->entity);
    pep->writes++;
    for (const struct pubsub_change *change = commit->out.changes; change && !out->spoiled;
         change = change->next) {
        commit->pending++;
        store_submit(account_server(account)->store, calls[change->kind](commit, change));
    }
    if (--commit->pending == 0)
        commit_finish(commit);
}

void
pep_commit(struct pep *pep, struct pubsub_outcome *out, struct stanza *request)
{
    submit(pep, out, request, request);
}

void
pep_commit_beside(struct pep *pep, struct pubsub_outcome *out, struct stanza *message)
{
    submit(pep, out, message, false);
}

bool
pep_has_audience(const struct account *account)
{
    const struct pep *pep = account->pep;

    return pep && map_count(&pep->resources) > pep->stranger_count;
}

void
pep_forget(struct account *account)
{
    struct pep *pep = account->pep;

    if (!pep)
        return;
    pep_forget_resources(pep);
    run_waiting(pep, E_NOT_FOUND);
    pubsub_service_fini(&pep->service);
    pubsub_service_init(&pep->service, account->entity.jid);
    pep->loaded = false;
    pep->forgotten = pep->loading;
}

void
pep_free(struct account *account)
{
    struct pep *pep = account->pep;

    if (!pep)
        return;
    LIST_FOREACH (&pep->waiting, link) {
        struct pep_task *task = CONTAINER_OF(link, struct pep_task, link);

        task->discard(task);
    }
    pep_forget_resources(pep);
    map_fini(&pep->resources);
    pubsub_service_fini(&pep->service);
    free(pep->old_bookmarks);
    free(pep);
    account->pep = NULL;
}
