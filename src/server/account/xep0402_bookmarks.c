/* xep0402_bookmarks.c - see xep0402_bookmarks.h. */
#include "server/account/xep0402_bookmarks.h"

#include "base/error.h"
#include "base/memory.h"
#include "server/account/account_feature.h"
#include "server/account/bookmark_list.h"
#include "server/account/private_limits.h"
#include "server/core/router.h"
#include "server/core/settlement.h"
#include "server/pubsub/pubsub_ns.h"
#include "server/pubsub/pubsub_profile.h"
#include "xmpp/ns.h"
#include "xmpp/xml_reader.h"
#include "xmpp/xml_writer.h"

#include <stdlib.h>

enum {
    LIST_TEXT_MAX = 2 * 1024 * 1024 /* of all bookmarks, written */
};

#define NS_PRIVATE STR("jabber:iq:private")

static void
add_lobby(struct bookmark_list *list, const struct server *server)
{
    struct bookmark lobby = {
        .jid = arena_printf(&list->arena, "lobby@%.*s", STR_ARG(server->rooms_domain)),
        .name = STR("Lobby"),
        .autojoin = true,
    };

    bookmark_list_add(list, &lobby);
}

/* docs/adr/0004: what somebody has who has stored nothing in the newer way. */
static void
add_default(struct bookmark_list *list, const struct account *account)
{
    const struct pep *pep = account->pep;
    struct element *storage;

    if (pep && pep->old_bookmarks &&
        xml_parse(&list->arena, str_from(pep->old_bookmarks), NS_PRIVATE, &storage) == 0)
        bookmark_list_add_legacy(list, storage);
    else
        add_lobby(list, account_server(account));
}

void
bookmarks_load(struct pep *pep, struct str stored)
{
    free(pep->old_bookmarks);
    pep->old_bookmarks = stored.len > 0 ? str_dup(stored) : NULL;
}

/* ---- the first change makes the default real ---- */

static struct str
write_one(struct arena *arena, const struct bookmark *bookmark)
{
    struct buffer text;
    struct str kept;

    buffer_init(&text, LIST_TEXT_MAX);
    bookmark_write(&text, bookmark);
    kept = arena_dup(arena, buffer_str(&text));
    buffer_fini(&text);
    return kept;
}

static enum pubsub_fault
publish(struct pubsub_job *job, const struct bookmark *bookmark)
{
    struct pubsub_own_item item = {
        .node = PUBSUB_NODE_BOOKMARKS,
        .id = bookmark->jid,
        .xml = write_one(&job->out->arena, bookmark),
        .access = ACCESS_WHITELIST,
    };

    return pubsub_publish_own(job, &item);
}

/* Nobody is told: everybody has seen them. */
static void
make_default_real(struct pep *pep)
{
    struct bookmark_list list;
    struct pep_job job;
    enum pubsub_fault fault = PUBSUB_OK;

    bookmark_list_init(&list);
    add_default(&list, pep->account);
    pep_begin(pep, &job, NULL);
    for (size_t i = 0; i < list.count && fault == PUBSUB_OK; i++)
        fault = publish(&job.job, &list.items[i]);
    job.out.events = NULL;
    pep_commit(pep, &job.out, NULL);
    bookmark_list_fini(&list);
}

static bool
is_missing(const struct pep *pep)
{
    return !pubsub_find(&pep->service, PUBSUB_NODE_BOOKMARKS);
}

/* ---- answers ---- */

/* XEP-0060 6.5.8: by id, or all. */
static bool
is_wanted(const struct element *items, struct str id)
{
    const struct element *item = element_first_child(items);

    for (; item; item = element_next(item)) {
        if (str_equal(element_get(item, STR("id")), id))
            return true;
    }
    return !element_first_child(items);
}

static void
answer_default(struct account *account, const struct stanza *request)
{
    const struct element *asked = element_first_child(stanza_payload(request));
    struct pubsub_read read = { .node = PUBSUB_NODE_BOOKMARKS, .page = PUBSUB_PAGE_IDS };
    struct bookmark_list list;
    struct pubsub_item *items;
    struct pubsub_found found = { .count = 0 };
    struct buffer text;

    bookmark_list_init(&list);
    add_default(&list, account);
    items = memory_new(list.count, sizeof(*items));
    for (size_t i = 0; i < list.count; i++) {
        if (is_wanted(asked, list.items[i].jid))
            items[found.count++] =
                (struct pubsub_item){ .id = list.items[i].jid,
                                      .xml = write_one(&list.arena, &list.items[i]) };
    }
    found.items = items;
    found.total = (int64_t)found.count;
    buffer_init(&text, LIST_TEXT_MAX);
    pubsub_write_found(&text, &read, &found, account->entity.jid);
    pep_answer_text(account, request, buffer_str(&text));
    buffer_fini(&text);
    free(items);
    bookmark_list_fini(&list);
}

/* What the older storage keeps beside rooms: web pages (XEP-0048 3.2), and what we do not know. */
static void
write_others(struct buffer *out, const struct element *storage)
{
    const struct element *child = element_first_child(storage);

    for (; child; child = element_next(child)) {
        if (!element_is(child, NS_STORAGE_BOOKMARKS, STR("conference")))
            xml_write(out, child, NS_STORAGE_BOOKMARKS);
    }
}

static void
write_storage(struct buffer *out, const struct bookmark_list *list, const struct element *private)
{
    buffer_append(out, STR("<storage xmlns='storage:bookmarks'>"));
    for (size_t i = 0; i < list->count; i++)
        bookmark_write_legacy(out, &list->items[i]);
    write_others(out, private);
    buffer_append(out, STR("</storage>"));
}

/* In private XML, or as the one item of the older node. */
static void
answer_legacy(struct account *account,
              const struct stanza *request,
              const struct bookmark_list *list,
              const struct element *private)
{
    bool is_private = str_equal(stanza_payload(request)->ns, NS_PRIVATE);
    struct buffer text;

    buffer_init(&text, LIST_TEXT_MAX);
    buffer_append(&text, is_private ? STR("<query xmlns='jabber:iq:private'>")
                                    : STR("<pubsub xmlns='http://jabber.org/protocol/pubsub'>"
                                          "<items node='storage:bookmarks'><item id='current'>"));
    write_storage(&text, list, private);
    buffer_append(&text, is_private ? STR("</query>") : STR("</item></items></pubsub>"));
    if (buffer_failed(&text))
        router_reply_error(account_worker(account), request, E_FULL);
    else
        pep_answer_text(account, request, buffer_str(&text));
    buffer_fini(&text);
}

/* ---- the older list, shown and replaced ---- */

/* One request for it, while what there is is read: first what private storage has beside rooms,
 * then the rooms. */
struct legacy {
    struct pep_task task;
    struct account *account;
    struct stanza *request;
    struct bookmark_list now; /* what there is */
    struct element *private;  /* in now.arena; or NULL */
};

/* The <storage/> that a request brings, or NULL. */
static const struct element *
storage_of(const struct stanza *request)
{
    const struct element *payload = stanza_payload(request);
    const struct element *child = element_first_child(payload);

    if (str_equal(payload->ns, NS_PUBSUB))
        child = element_first_child(element_first_child(child));
    return element_is(child, NS_STORAGE_BOOKMARKS, STR("storage")) ? child : NULL;
}

static void
legacy_discard(struct pep_task *task)
{
    struct legacy *legacy = CONTAINER_OF(task, struct legacy, task);

    bookmark_list_fini(&legacy->now);
    stanza_unref(legacy->request);
    free(legacy);
}

static void
legacy_end(struct legacy *legacy)
{
    struct account *account = legacy->account;

    settlement_release(legacy->request);
    legacy_discard(&legacy->task);
    entity_unpin(&account->entity);
}

/* XEP-0402 5.3.2: only what is new or different is published; what is not there any more goes. */
static enum pubsub_fault
replace(struct pubsub_job *job, const struct bookmark_list *now, const struct bookmark_list *wanted)
{
    enum pubsub_fault fault = PUBSUB_OK;

    for (size_t i = 0; i < wanted->count && fault == PUBSUB_OK; i++) {
        const struct bookmark *old = bookmark_list_find(now, wanted->items[i].jid);
        struct bookmark bookmark = wanted->items[i];

        if (old && bookmark_equal(old, &bookmark))
            continue;
        bookmark.extensions = old ? old->extensions : NULL;
        fault = publish(job, &bookmark);
    }
    for (size_t i = 0; i < now->count && fault == PUBSUB_OK; i++) {
        if (!bookmark_list_find(wanted, now->items[i].jid))
            fault = pubsub_retract_own(job, PUBSUB_NODE_BOOKMARKS, now->items[i].jid);
    }
    return fault;
}

static void
replace_rooms(struct legacy *legacy)
{
    struct pep *pep = legacy->account->pep;
    struct bookmark_list wanted;
    struct pep_job job;
    enum pubsub_fault fault;

    if (is_missing(pep))
        make_default_real(pep);
    bookmark_list_init(&wanted);
    bookmark_list_add_legacy(&wanted, storage_of(legacy->request));
    pep_begin(pep, &job, legacy->request);
    fault =
        arena_is_full(&wanted.arena) ? PUBSUB_CONSTRAINT : replace(&job.job, &legacy->now, &wanted);
    job.out.reply =
        fault == PUBSUB_OK ? stanza_result(legacy->request) : pubsub_error(legacy->request, fault);
    pep_commit(pep, &job.out, legacy->request);
    bookmark_list_fini(&wanted);
}

static void
legacy_fail(struct legacy *legacy, int status)
{
    router_reply_error(account_worker(legacy->account), legacy->request, status);
    pep_unblock(legacy->account->pep);
    legacy_end(legacy);
}

static void
put_done(struct store_call *call, void *worker)
{
    struct legacy *legacy = call->owner;
    struct pep *pep = legacy->account->pep;
    int status = call->status;

    (void)worker;
    store_call_free(call);
    if (status < 0) {
        legacy_fail(legacy, status);
        return;
    }
    replace_rooms(legacy);
    pep_unblock(pep);
    legacy_end(legacy);
}

/* What is not a room goes where it always went, before the rooms, whose commit answers. */
static void
replace_all(struct legacy *legacy)
{
    struct account *account = legacy->account;
    const struct element *storage = storage_of(legacy->request);
    struct store_private_put *put;
    struct buffer text;

    buffer_init(&text, LIST_TEXT_MAX);
    buffer_append(&text, STR("<storage xmlns='storage:bookmarks'>"));
    write_others(&text, storage);
    buffer_append(&text, STR("</storage>"));
    if (buffer_failed(&text)) {
        buffer_fini(&text);
        legacy_fail(legacy, E_TOO_BIG);
        return;
    }
    put = STORE_CALL(private_put, PRIVATE_PUT, &account_worker(account)->mailbox, put_done, legacy);
    put->name = store_keep(&put->call, account->entity.jid.local);
    put->key = store_keep(&put->call, BOOKMARKS_PRIVATE_KEY);
    private_put_limit(put, account_server(account)->config);
    if (element_first_child(storage))
        put->xml = store_keep(&put->call, buffer_str(&text));
    buffer_fini(&text);
    store_submit(account_server(account)->store, &put->call);
}

static void
legacy_go_on(struct legacy *legacy)
{
    struct pep *pep = legacy->account->pep;

    if (storage_of(legacy->request) && legacy->request->type == TYPE_SET) {
        replace_all(legacy);
        return;
    }
    answer_legacy(legacy->account, legacy->request, &legacy->now, legacy->private);
    pep_unblock(pep);
    legacy_end(legacy);
}

static void
items_done(struct store_call *call, void *worker)
{
    struct store_pubsub_items_load *load = CONTAINER_OF(call, struct store_pubsub_items_load, call);
    struct legacy *legacy = call->owner;
    int status = call->status;

    (void)worker;
    if (status == 0)
        bookmark_list_add_items(&legacy->now, load);
    store_call_free(call);
    if (status == 0 && arena_is_full(&legacy->now.arena))
        status = E_FULL;
    if (status < 0)
        legacy_fail(legacy, status);
    else
        legacy_go_on(legacy);
}

static void
private_done(struct store_call *call, void *worker)
{
    struct store_private_load *load = CONTAINER_OF(call, struct store_private_load, call);
    struct legacy *legacy = call->owner;
    struct pep *pep = legacy->account->pep;
    struct pubsub_read all = { .node = PUBSUB_NODE_BOOKMARKS,
                               .page = PUBSUB_PAGE_LAST,
                               .limit = pep->limits.max_items };
    int status = call->status;

    (void)worker;
    if (status == 0 &&
        xml_parse(&legacy->now.arena, load->ret_xml, NS_PRIVATE, &legacy->private) < 0)
        legacy->private = NULL;
    store_call_free(call);
    if (status < 0 && status != E_NOT_FOUND) {
        legacy_fail(legacy, status);
    } else if (is_missing(pep)) {
        add_default(&legacy->now, legacy->account);
        legacy_go_on(legacy);
    } else {
        pep_load_items(pep, &all, items_done, legacy);
    }
}

static void
legacy_run(struct pep *pep, struct pep_task *task, int status)
{
    struct legacy *legacy = CONTAINER_OF(task, struct legacy, task);
    struct account *account = legacy->account;
    struct store_private_load *load;

    if (status < 0) {
        router_reply_error(account_worker(account), legacy->request, status);
        legacy_end(legacy);
        return;
    }
    pep_block(pep);
    load = STORE_CALL(private_load, PRIVATE_LOAD, &account_worker(account)->mailbox, private_done,
                      legacy);
    load->name = store_keep(&load->call, account->entity.jid.local);
    load->key = store_keep(&load->call, BOOKMARKS_PRIVATE_KEY);
    store_submit(account_server(account)->store, &load->call);
}

static struct legacy *
legacy_new(struct account *account, struct stanza *request)
{
    struct legacy *legacy = memory_new(1, sizeof(*legacy));

    legacy->task.run = legacy_run;
    legacy->task.discard = legacy_discard;
    legacy->task.reads = true;
    legacy->account = account;
    legacy->request = stanza_ref(request);
    bookmark_list_init(&legacy->now);
    settlement_hold(request);
    entity_pin(&account->entity);
    return legacy;
}

/* ---- requests ---- */

bool
bookmarks_are_meant(const struct stanza *request)
{
    const struct element *payload = stanza_payload(request);
    const struct element *first = element_first_child(payload);

    return element_is(first, NS_STORAGE_BOOKMARKS, STR("storage")) && !element_next(first);
}

void
bookmarks_handle_private(struct account *account, struct stanza *request)
{
    struct legacy *legacy;

    if (account->guest) {
        struct bookmark_list list;

        bookmark_list_init(&list);
        add_lobby(&list, account_server(account));
        answer_legacy(account, request, &list, NULL);
        bookmark_list_fini(&list);
        return;
    }
    legacy = legacy_new(account, request);
    if (pep_when_ready(pep_of(account), &legacy->task) < 0) {
        router_reply_error(account_worker(account), request, E_FULL);
        legacy_end(legacy);
    }
}

/* The verb and its node, when the owner asks his own service. */
static const struct element *
action_of(const struct stanza *request)
{
    const struct element *payload = stanza_payload(request);

    return str_equal(payload->ns, NS_PUBSUB) ? element_first_child(payload) : NULL;
}

bool
bookmarks_are_replaced(const struct stanza *request)
{
    const struct element *action = action_of(request);

    return action && str_is(action->name, "publish") && storage_of(request) &&
           str_equal(element_get(action, STR("node")), PUBSUB_NODE_LEGACY_BOOKMARKS);
}

static void
take_legacy_node(struct pep *pep, struct stanza *request)
{
    struct legacy *legacy = legacy_new(pep->account, request);

    legacy_run(pep, &legacy->task, 0);
}

bool
bookmarks_take(struct pep *pep, struct stanza *request)
{
    const struct element *action = action_of(request);
    struct str node = element_get(action, STR("node"));
    bool is_items = action && str_is(action->name, "items");

    if (!account_is_owner(pep->account, request))
        return false;
    if (str_equal(node, PUBSUB_NODE_LEGACY_BOOKMARKS) &&
        (is_items || bookmarks_are_replaced(request))) {
        take_legacy_node(pep, request);
        return true;
    }
    if (!str_equal(node, PUBSUB_NODE_BOOKMARKS) || !is_missing(pep))
        return false;
    if (request->type == TYPE_SET) {
        make_default_real(pep);
        return false;
    }
    if (is_items)
        answer_default(pep->account, request);
    return is_items;
}

void
bookmarks_answer_guest(struct account *account, struct stanza *request)
{
    struct worker *worker = account_worker(account);
    const struct element *action = action_of(request);

    if (request->type == TYPE_SET)
        router_reply_condition(worker, request, "not-allowed",
                               STR("Nothing is stored for a guest."));
    else if (account_is_owner(account, request) && action && str_is(action->name, "items") &&
             str_equal(element_get(action, STR("node")), PUBSUB_NODE_BOOKMARKS))
        answer_default(account, request);
    else
        router_reply_error(worker, request, E_NOT_FOUND);
}

static const char *const disco[] = {
    "urn:xmpp:bookmarks:1#compat",
    "urn:xmpp:bookmarks:1#compat-pep",
    NULL,
};

const struct account_feature account_xep0402_bookmarks = {
    .feature = { .name = "xep0402_bookmarks", .disco = disco },
};
