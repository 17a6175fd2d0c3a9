/* xep0357_push.c - see xep0357_push.h.
 *
 * One notification is under way to a service at a time: what comes meanwhile is told together, when
 * that is answered. So a flood of messages is no flood of notifications. */
#include "server/account/xep0357_push.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/random.h"
#include "server/account/account_feature.h"
#include "server/account/offline_rules.h"
#include "server/core/config.h"
#include "server/core/router.h"
#include "server/core/settlement.h"
#include "xmpp/ns.h"
#include "xmpp/xml_reader.h"
#include "xmpp/xml_writer.h"

#include <stdlib.h>

#define NS_PUSH           STR("urn:xmpp:push:0")
#define NS_PUBSUB         STR("http://jabber.org/protocol/pubsub")
#define PUSH_SUMMARY      STR("urn:xmpp:push:summary")
#define PUBLISH_OPTIONS   STR("http://jabber.org/protocol/pubsub#publish-options")
#define ID_PREFIX         STR("push-")
#define ANSWER_TIMEOUT_US INT64_C(60000000)

enum {
    SERVICES_MAX = 20,      /* of one account: the oldest phones go */
    NODE_MAX = 1024,        /* bytes */
    OPTIONS_MAX = 8 * 1024, /* bytes */
    FAILURES_MAX = 5,       /* in a row that may pass by themselves */
    ID_CHARACTERS = 24,
    BODY_MAX = 400 /* bytes of a message that are shown */
};

/* Where to tell, and what is under way there. */
struct push_service {
    struct list link; /* in account->push.services */
    struct arena arena;
    struct jid jid;
    struct str node, options;
    char id[ID_CHARACTERS]; /* of the notification under way; empty: none */
    int64_t sent_us;        /* monotonic */
    struct stanza *next;    /* the newest message that came meanwhile */
    unsigned failures;
};

static struct push_service *
service_at(struct list *link)
{
    return CONTAINER_OF(link, struct push_service, link);
}

static void
service_free(struct account *account, struct push_service *service)
{
    list_remove(&service->link);
    account->push.count--;
    stanza_unref(service->next);
    arena_fini(&service->arena);
    free(service);
}

static struct push_service *
find(struct account *account, struct jid jid, struct str node)
{
    LIST_FOREACH (&account->push.services, link) {
        struct push_service *service = service_at(link);

        if (jid_equal(service->jid, jid) && str_equal(service->node, node))
            return service;
    }
    return NULL;
}

static void
add(struct account *account, const struct store_push_service *row)
{
    struct push_service *service = memory_new(1, sizeof(*service));
    struct push_service *old;

    arena_init(&service->arena, STANZA_ARENA_DEFAULT);
    list_init(&service->link);
    if (jid_parse(&service->arena, row->jid, &service->jid) < 0) {
        arena_fini(&service->arena);
        free(service);
        return;
    }
    service->node = arena_dup(&service->arena, row->node);
    service->options = arena_dup(&service->arena, row->options);
    old = find(account, service->jid, service->node);
    if (old)
        service_free(account, old);
    list_append(&account->push.services, &service->link);
    account->push.count++;
}

void
push_load(struct account *account, const struct store_account_load *load)
{
    for (size_t i = 0; i < load->ret_push_count; i++)
        add(account, &load->ret_push[i]);
}

void
push_forget(struct account *account)
{
    LIST_FOREACH (&account->push.services, link) {
        service_free(account, service_at(link));
    }
}

/* ---- notifications ---- */

static void
add_field(struct arena *arena, struct element *form, struct str var, struct str value)
{
    struct element *field = element_add(arena, form, NS_DATA_FORM, STR("field"));

    element_set(arena, field, STR("var"), var);
    element_add_with_text(arena, field, NS_DATA_FORM, STR("value"), value);
}

/* XEP-0357 8: no more leaves the server than the operator has said. */
static void
add_summary(struct account *account,
            struct arena *arena,
            struct element *notification,
            const struct stanza *message)
{
    enum config_push_content content = account_server(account)->config->push_content;
    struct element *form = element_add(arena, notification, NS_DATA_FORM, STR("x"));
    struct str body;

    element_set(arena, form, STR("type"), STR("submit"));
    add_field(arena, form, STR("FORM_TYPE"), PUSH_SUMMARY);
    add_field(arena, form, STR("message-count"),
              arena_printf(arena, "%lld", (long long)account->offline.count + 1));
    if (content == PUSH_CONTENT_NONE)
        return;
    add_field(arena, form, STR("last-message-sender"), message->from.full);
    if (content == PUSH_CONTENT_SENDER)
        return;
    body = element_child_text(arena, message->root, NS_CLIENT, STR("body"));
    body = str_slice(body, 0, BODY_MAX);
    while (!str_is_utf8(body)) /* cut between characters */
        body.len--;
    if (body.len > 0)
        add_field(arena, form, STR("last-message-body"), body);
}

static void
add_options(struct arena *arena, struct element *pubsub, struct str options)
{
    struct element *form;

    if (options.len == 0 || xml_parse(arena, options, NS_PUSH, &form) < 0)
        return;
    element_append(element_add(arena, pubsub, NS_PUBSUB, STR("publish-options")), form);
}

/* XEP-0357 7. */
static void
publish(struct account *account, struct push_service *service, const struct stanza *message)
{
    struct stanza *iq = stanza_new_iq(STR("set"), service->jid);
    struct arena *arena = &iq->arena;
    struct element *pubsub = element_add(arena, iq->root, NS_PUBSUB, STR("pubsub"));
    struct element *node = element_add(arena, pubsub, NS_PUBSUB, STR("publish"));
    struct element *item = element_add(arena, node, NS_PUBSUB, STR("item"));

    memcpy(service->id, ID_PREFIX.data, ID_PREFIX.len);
    random_token(service->id + ID_PREFIX.len, sizeof(service->id) - ID_PREFIX.len);
    service->sent_us = loop_now_us(account_worker(account)->loop);
    if (service->node.len > 0)
        element_set(arena, node, STR("node"), service->node);
    add_summary(account, arena, element_add(arena, item, NS_PUSH, STR("notification")), message);
    add_options(arena, pubsub, service->options);
    stanza_set_id(iq, str_from(service->id));
    stanza_set_from(iq, account->entity.jid);
    router_route(account_worker(account), iq);
}

static bool
is_waiting(const struct account *account, const struct push_service *service)
{
    int64_t now_us = loop_now_us(account_worker(account)->loop);

    return service->id[0] != '\0' && now_us - service->sent_us < ANSWER_TIMEOUT_US;
}

void
push_notify(struct account *account, const struct stanza *message)
{
    if (account->guest || offline_rule_of(message) != OFFLINE_KEEP)
        return;
    LIST_FOREACH (&account->push.services, link) {
        struct push_service *service = service_at(link);

        if (is_waiting(account, service)) {
            stanza_unref(service->next);
            service->next = stanza_ref((struct stanza *)(uintptr_t)message);
        } else {
            publish(account, service, message);
        }
    }
}

static enum flow
message_missed(struct account *account, struct stanza *message)
{
    if (!message->announced)
        push_notify(account, message);
    return FLOW_ON;
}

/* Is somebody connected whom messages to the user reach? */
static bool
is_here(struct account *account)
{
    ACCOUNT_FOREACH_SESSION(account, link)
    {
        const struct account_session *state = account_session_at(link);

        if (account_session_is_receptive(state) && !session_is_detached(state->session))
            return true;
    }
    return false;
}

static bool
waits_for_somebody(struct account *account)
{
    ACCOUNT_FOREACH_SESSION(account, link)
    {
        const struct account_session *state = account_session_at(link);

        if (account_session_is_receptive(state) && session_is_detached(state->session))
            return true;
    }
    return false;
}

/* What was given to sessions without a connection (XEP-0198 5), and to no other, is news to the
 * user as well. */
static void
message_delivered(struct account *account,
                  const struct account_session *match,
                  struct stanza *message)
{
    bool waits = match ? session_is_detached(match->session) : waits_for_somebody(account);

    if (waits && !is_here(account) && !message->announced)
        push_notify(account, message);
}

/* So is what was sent when the connection was broken already and nobody knew. */
static void
session_detached(struct account *account, struct account_session *state)
{
    struct stanza *message;

    if (list_is_empty(&account->push.services) || is_here(account))
        return;
    message = session_last_unacknowledged(state->session);
    if (!message)
        return;
    stanza_seal(message);
    push_notify(account, message);
    stanza_unref(message);
}

/* ---- answers ---- */

static void
remove_done(struct store_call *call, void *context)
{
    struct worker *worker = context;

    if (call->status < 0 && call->status != E_NOT_FOUND)
        log_warning(&worker->log, "push-not-stored", "%s", error_text(call->status));
    store_call_free(call);
}

static void
drop(struct account *account, struct push_service *service, struct str condition)
{
    struct worker *worker = account_worker(account);
    struct store_push_remove *gone =
        STORE_CALL(push_remove, PUSH_REMOVE, &worker->mailbox, remove_done, NULL);

    log_notice(&worker->log, "push-disabled", "%.*s: %.*s answers %.*s",
               STR_ARG(account->entity.jid.bare), STR_ARG(service->jid.full), STR_ARG(condition));
    gone->name = store_keep(&gone->call, account->entity.jid.local);
    gone->jid = store_keep(&gone->call, service->jid.full);
    gone->node = store_keep(&gone->call, service->node);
    store_submit(worker->server->store, &gone->call);
    service_free(account, service);
}

/* May the same be fine later? */
static bool
may_pass(const struct stanza *error, struct str condition)
{
    const struct element *child = element_child(error->root, NS_CLIENT, STR("error"));

    return str_is(element_get(child, STR("type")), "wait") ||
           str_starts_with(condition, STR("remote-server-")) ||
           str_is(condition, "service-unavailable");
}

/* XEP-0357 7.1: a service that refuses is disabled; one that is away has a few tries. */
static void
take_answer(struct account *account, struct push_service *service, const struct stanza *answer)
{
    struct stanza *next = service->next;
    struct str condition = stanza_error_condition(answer);

    service->id[0] = '\0';
    service->next = NULL;
    if (answer->type == TYPE_RESULT)
        service->failures = 0;
    else
        service->failures++;
    if (service->failures > 0 &&
        (!may_pass(answer, condition) || service->failures >= FAILURES_MAX))
        drop(account, service, condition);
    else if (next)
        publish(account, service, next);
    stanza_unref(next);
}

static enum flow
stanza_in(struct account *account, struct stanza *stanza)
{
    if (stanza->kind != STANZA_IQ || !jid_is_bare(stanza->to) ||
        (stanza->type != TYPE_RESULT && stanza->type != TYPE_ERROR) ||
        !str_starts_with(stanza->id, ID_PREFIX))
        return FLOW_ON;
    LIST_FOREACH (&account->push.services, link) {
        struct push_service *service = service_at(link);

        if (str_is(stanza->id, service->id) && jid_equal(stanza->from, service->jid)) {
            take_answer(account, service, stanza);
            break;
        }
    }
    return FLOW_DONE;
}

/* ---- enabling ---- */

/* A request on its way to the disk. */
struct change {
    struct account *account;
    struct stanza *request;
    struct store_push_service row; /* of `enable`; texts in the request or the arena */
    struct arena arena;
};

static struct change *
change_new(struct account *account, struct stanza *request)
{
    struct change *change = memory_new(1, sizeof(*change));

    change->account = account;
    change->request = stanza_ref(request);
    arena_init(&change->arena, STANZA_ARENA_DEFAULT);
    settlement_hold(request);
    entity_pin(&account->entity);
    return change;
}

static void
change_free(struct change *change)
{
    struct account *account = change->account;

    settlement_release(change->request);
    stanza_unref(change->request);
    arena_fini(&change->arena);
    free(change);
    entity_unpin(&account->entity);
}

static void
finish(struct change *change, struct worker *worker, int status)
{
    if (status < 0)
        router_reply_error(worker, change->request, status);
    else
        router_route(worker, stanza_result(change->request));
    change_free(change);
}

static void
enable_done(struct store_call *call, void *worker)
{
    struct change *change = call->owner;
    int status = call->status;

    if (status == 0 && !change->account->removed)
        add(change->account, &change->row);
    store_call_free(call);
    finish(change, worker, status);
}

/* XEP-0357 5: what the service wants with each notification, as it is. */
static int
read_options(struct change *change, const struct element *enable)
{
    const struct element *form = element_child(enable, NS_DATA_FORM, STR("x"));
    struct buffer text;
    int r = 0;

    if (!form)
        return 0;
    buffer_init(&text, OPTIONS_MAX);
    xml_write(&text, form, NS_PUSH);
    if (buffer_failed(&text))
        r = E_TOO_BIG;
    else
        change->row.options = arena_dup(&change->arena, buffer_str(&text));
    buffer_fini(&text);
    return r;
}

static int
read_address(struct change *change, const struct element *command)
{
    struct jid jid;
    int r;

    if (!element_has(command, STR("jid")))
        return E_FORMAT;
    r = jid_parse(&change->arena, element_get(command, STR("jid")), &jid);
    if (r < 0)
        return r;
    change->row.jid = jid.full;
    change->row.node = element_get(command, STR("node"));
    return change->row.node.len > NODE_MAX ? E_TOO_BIG : 0;
}

static bool
is_known(const struct change *change)
{
    LIST_FOREACH (&change->account->push.services, link) {
        const struct push_service *service = service_at(link);

        if (str_equal(service->jid.full, change->row.jid) &&
            str_equal(service->node, change->row.node))
            return true;
    }
    return false;
}

static void
enable(struct account *account, struct stanza *request)
{
    struct worker *worker = account_worker(account);
    struct change *change = change_new(account, request);
    const struct element *command = stanza_payload(request);
    struct store_push_put *put;
    int r = read_address(change, command);

    if (r == 0)
        r = read_options(change, command);
    if (r == 0 && account->push.count >= SERVICES_MAX && !is_known(change))
        r = E_FULL;
    if (r < 0) {
        finish(change, worker, r);
        return;
    }
    put = STORE_CALL(push_put, PUSH_PUT, &worker->mailbox, enable_done, change);
    put->name = store_keep(&put->call, account->entity.jid.local);
    put->service.jid = store_keep(&put->call, change->row.jid);
    put->service.node = store_keep(&put->call, change->row.node);
    put->service.options = store_keep(&put->call, change->row.options);
    store_submit(worker->server->store, &put->call);
}

/* XEP-0357 6: one node, or all of a service's. */
static void
forget(struct change *change)
{
    bool all = !element_has(stanza_payload(change->request), STR("node"));

    LIST_FOREACH (&change->account->push.services, link) {
        struct push_service *service = service_at(link);

        if (str_equal(service->jid.full, change->row.jid) &&
            (all || str_equal(service->node, change->row.node)))
            service_free(change->account, service);
    }
}

static void
disable_done(struct store_call *call, void *worker)
{
    struct change *change = call->owner;
    int status = call->status;

    store_call_free(call);
    if (status == 0)
        forget(change);
    finish(change, worker, status);
}

static void
disable(struct account *account, struct stanza *request)
{
    struct worker *worker = account_worker(account);
    struct change *change = change_new(account, request);
    const struct element *command = stanza_payload(request);
    struct store_push_remove *gone;
    int r = read_address(change, command);

    if (r < 0) {
        finish(change, worker, r);
        return;
    }
    gone = STORE_CALL(push_remove, PUSH_REMOVE, &worker->mailbox, disable_done, change);
    gone->name = store_keep(&gone->call, account->entity.jid.local);
    gone->jid = store_keep(&gone->call, change->row.jid);
    gone->node = store_keep(&gone->call, change->row.node);
    gone->all_nodes = !element_has(command, STR("node"));
    store_submit(worker->server->store, &gone->call);
}

static void
handle(struct worker *worker, struct entity *entity, struct stanza *request)
{
    struct account *account = account_of(entity);

    if (!account_is_owner(account, request))
        router_reply_error(worker, request, E_FORBIDDEN);
    else if (account->guest)
        router_reply_condition(worker, request, "not-allowed", STR_EMPTY);
    else if (str_is(stanza_payload(request)->name, "enable"))
        enable(account, request);
    else
        disable(account, request);
}

static const struct iq_handler iqs[] = {
    { STR_INIT("urn:xmpp:push:0"), "enable", false, true, handle },
    { STR_INIT("urn:xmpp:push:0"), "disable", false, true, handle },
    { .name = NULL },
};

static const char *const disco[] = { "urn:xmpp:push:0", NULL };

const struct account_feature account_xep0357_push = {
    .feature = { .name = "xep0357_push", .disco = disco, .iqs = iqs },
    .session_detached = session_detached,
    .stanza_in = stanza_in,
    .message_delivered = message_delivered,
    .message_missed = message_missed,
    .account_closed = push_forget,
};
