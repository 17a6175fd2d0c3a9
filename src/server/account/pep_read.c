/* pep_read.c - requests to an account's publish-subscribe service, and answers from what is stored.
 */
#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "server/account/iq_text.h"
#include "server/account/pep.h"
#include "server/account/xep0030_disco.h"
#include "server/account/xep0402_bookmarks.h"
#include "server/core/router.h"
#include "server/core/settlement.h"
#include "server/pubsub/pubsub_ns.h"
#include "xmpp/ns.h"
#include "xmpp/xml_reader.h"
#include "xmpp/xml_writer.h"

#include <stdlib.h>

enum {
    ANSWER_MAX = 8 * 1024 * 1024,       /* bytes of one answer */
    ANSWER_TREE_MAX = 32 * 1024 * 1024, /* the same as a tree */
};

/* ---- answers as text ---- */

static void
answer_stranger(struct account *account, const struct stanza *request, struct str payload)
{
    struct worker *worker = account_worker(account);
    struct element *root;
    struct stanza *stanza = NULL;
    struct arena arena;
    struct buffer text;

    buffer_init(&text, ANSWER_MAX);
    buffer_append(&text, STR("<iq type='result'"));
    xml_write_attribute(&text, STR("id"), request->id);
    xml_write_attribute(&text, STR("from"), request->to.full);
    xml_write_attribute(&text, STR("to"), request->from.full);
    buffer_append_char(&text, '>');
    buffer_append(&text, payload);
    buffer_append(&text, STR("</iq>"));
    arena_init(&arena, ANSWER_TREE_MAX);
    if (!buffer_failed(&text) && xml_parse(&arena, buffer_str(&text), NS_CLIENT, &root) == 0)
        stanza = stanza_take(arena, root);
    else
        arena_fini(&arena);
    buffer_fini(&text);
    if (stanza)
        router_route(worker, stanza);
    else
        router_reply_error(worker, request, E_FULL);
}

void
pep_answer_text(struct account *account, const struct stanza *request, struct str payload)
{
    struct buffer out;

    if (!account_is_owner(account, request)) {
        answer_stranger(account, request, payload);
        return;
    }
    iq_text_begin(&out, request);
    buffer_append(&out, payload);
    iq_text_send(&out, account_worker(account), request);
}

/* ---- reading ---- */

void
pep_load_items(struct pep *pep,
               const struct pubsub_read *read,
               void (*done)(struct store_call *call, void *worker),
               void *owner)
{
    static const enum store_pubsub_page pages[] = {
        [PUBSUB_PAGE_IDS] = PAGE_FIRST,     [PUBSUB_PAGE_FIRST] = PAGE_FIRST,
        [PUBSUB_PAGE_LAST] = PAGE_LAST,     [PUBSUB_PAGE_AFTER] = PAGE_AFTER,
        [PUBSUB_PAGE_BEFORE] = PAGE_BEFORE, [PUBSUB_PAGE_INDEX] = PAGE_INDEX,
    };
    struct account *account = pep->account;
    struct store_pubsub_items_load *load = STORE_CALL(
        pubsub_items_load, PUBSUB_ITEMS_LOAD, &account_worker(account)->mailbox, done, owner);

    load->name = store_keep(&load->call, account->entity.jid.local);
    load->node = store_keep(&load->call, read->node);
    load->ids = arena_alloc(&load->call.arena, read->id_count * sizeof(*load->ids));
    for (size_t i = 0; i < read->id_count; i++)
        load->ids[i] = store_keep(&load->call, read->ids[i]);
    load->id_count = read->id_count;
    load->page = pages[read->page];
    load->anchor = store_keep(&load->call, read->anchor);
    load->index = read->index;
    load->limit = read->limit;
    store_submit(account_server(account)->store, &load->call);
}

/* A request while its items are read. */
struct reading {
    struct account *account;
    struct stanza *request;
    struct pubsub_read read; /* its texts are views of the request */
};

static void
answer_found(struct reading *reading, const struct store_pubsub_items_load *load)
{
    struct account *account = reading->account;
    struct pubsub_item *items = memory_new(load->ret_count, sizeof(*items));
    struct pubsub_found found = { items, load->ret_count, load->ret_total, load->ret_index };
    struct buffer text;

    for (size_t i = 0; i < load->ret_count; i++)
        items[i] = (struct pubsub_item){
            .id = load->ret_items[i].id,
            .publisher = load->ret_items[i].publisher,
            .published_us = load->ret_items[i].published_us,
            .xml = load->ret_items[i].xml,
        };
    buffer_init(&text, ANSWER_MAX);
    pubsub_write_found(&text, &reading->read, &found, account->entity.jid);
    if (buffer_failed(&text))
        router_reply_error(account_worker(account), reading->request, E_FULL);
    else
        pep_answer_text(account, reading->request, buffer_str(&text));
    buffer_fini(&text);
    free(items);
}

static void
read_done(struct store_call *call, void *context)
{
    struct store_pubsub_items_load *load = CONTAINER_OF(call, struct store_pubsub_items_load, call);
    struct reading *reading = call->owner;
    struct account *account = reading->account;
    struct worker *worker = context;

    if (call->status < 0 && !worker->ended)
        router_reply_error(worker, reading->request, call->status);
    else if (!worker->ended)
        answer_found(reading, load);
    store_call_free(call);
    settlement_release(reading->request);
    stanza_unref(reading->request);
    free(reading);
    entity_unpin(&account->entity);
}

void
pep_read(struct pep *pep, const struct pubsub_read *read, struct stanza *request)
{
    struct reading *reading = memory_new(1, sizeof(*reading));

    *reading = (struct reading){ pep->account, stanza_ref(request), *read };
    /* The node's name may lie in the outcome, which ends before. */
    reading->read.node = element_get(read->disco ? stanza_payload(request)
                                                 : element_first_child(stanza_payload(request)),
                                     STR("node"));
    settlement_hold(request);
    entity_pin(&pep->account->entity);
    pep_load_items(pep, read, read_done, reading);
}

/* ---- requests ---- */

struct request_task {
    struct pep_task task;
    struct stanza *request;
};

/* No nodes, or nothing that somebody is to them. */
static bool
is_empty_list(const struct stanza *reply)
{
    const struct element *payload = reply ? stanza_payload(reply) : NULL;
    const struct element *list =
        payload && str_equal(payload->ns, NS_PUBSUB) ? element_first_child(payload) : payload;

    return list && !element_first_child(list) &&
           (str_is(list->name, "subscriptions") || str_is(list->name, "affiliations") ||
            str_equal(list->ns, NS_DISCO_ITEMS));
}

/* RFC 6121 8.5.1, XEP-0030 8: to a stranger there is no account but for the nodes that he may read
 * or subscribe to. */
static bool
is_hidden(struct pep *pep, const struct pubsub_job *job)
{
    const struct stanza *request = job->request;
    enum pubsub_fault fault;

    if (account_is_known_to(pep->account, request->from))
        return false;
    if (job->out->fault == PUBSUB_OK)
        return is_empty_list(job->out->reply);
    if (!job->node)
        return true;
    fault = pubsub_may_subscribe(job->service, job->node, job->asker);
    return fault != PUBSUB_OK && fault != PUBSUB_NO_SUBSCRIBE;
}

static void
handle(struct pep *pep, struct stanza *request)
{
    struct pep_job job;

    pep_job_init(pep, &job, request);
    pubsub_handle(&job.job);
    if (is_hidden(pep, &job.job)) {
        router_reply_condition(account_worker(pep->account), request, "service-unavailable",
                               STR_EMPTY);
        pubsub_outcome_fini(&job.out);
        return;
    }
    if (job.out.reads) {
        pep_read(pep, &job.out.read, request);
        pubsub_outcome_fini(&job.out);
        return;
    }
    if (job.out.fault == PUBSUB_OK)
        disco_add_sessions(pep->account, request, job.out.reply);
    pep_commit(pep, &job.out, request);
}

static void
request_free(struct request_task *task)
{
    settlement_release(task->request);
    stanza_unref(task->request);
    free(task);
}

/* Nobody is told that it was dealt with. */
static void
request_discard(struct pep_task *base)
{
    struct request_task *task = CONTAINER_OF(base, struct request_task, task);

    stanza_unref(task->request);
    free(task);
}

static void
request_run(struct pep *pep, struct pep_task *base, int status)
{
    struct request_task *task = CONTAINER_OF(base, struct request_task, task);
    struct account *account = pep->account;

    if (status < 0)
        router_reply_error(account_worker(account), task->request, status);
    else if (!bookmarks_take(pep, task->request))
        handle(pep, task->request);
    request_free(task);
    entity_unpin(&account->entity);
}

/* 6.5, and what reads before it changes. */
static bool
reads(const struct stanza *request)
{
    return request->type == TYPE_GET || bookmarks_are_replaced(request);
}

void
pep_handle(struct account *account, struct stanza *request)
{
    struct request_task *task = memory_new(1, sizeof(*task));

    task->task.run = request_run;
    task->task.discard = request_discard;
    task->task.reads = reads(request);
    task->request = stanza_ref(request);
    settlement_hold(request);
    entity_pin(&account->entity);
    if (pep_when_ready(pep_of(account), &task->task) == 0)
        return;
    router_reply_error(account_worker(account), request, E_FULL);
    request_free(task);
    entity_unpin(&account->entity);
}
