/* xep0313_archive.c - what a user says and hears is kept, and can be asked for (XEP-0313); under
 * ids that are the same in the archive, live, in copies and for who comes later (XEP-0359).
 *
 * A message for the user goes on to the sessions when it is in the archive; what comes behind it
 * waits (inbound.h). A message from the user does not wait for the user's own archive: its
 * settlement does. */
#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "server/account/account_feature.h"
#include "server/archive/archive_query.h"
#include "server/archive/archive_rules.h"
#include "server/archive/retraction.h"
#include "server/archive/stanza_ids.h"
#include "server/core/config.h"
#include "server/core/router.h"
#include "server/core/settlement.h"
#include "xmpp/ns.h"
#include "xmpp/xml_writer.h"

#include <stdlib.h>

extern const struct account_feature account_xep0313_archive;

enum {
    TEXT_MAX = 32 * 1024 * 1024
};

static bool
is_on(const struct server *server)
{
    return server->config->archive;
}

/* ---- what is kept ---- */

static bool
is_in_roster(const struct account *account, struct jid peer)
{
    const struct roster_item *item = roster_find(&account->roster, jid_bare(peer));

    return item && item->row.listed;
}

static bool
is_wanted(const struct account *account, const struct stanza *message, struct jid peer)
{
    if (!is_on(account_server(account)) || account->guest)
        return false;
    return archive_is_conversation(message) && archive_rule_of(message) != ARCHIVE_NOT &&
           archive_preferences_want(&account->archive.preferences, peer,
                                    is_in_roster(account, peer));
}

/* The message as XML has the key `key`; `peer` is the other side. */
static struct store_archive_add *
add_call(struct account *account,
         const struct stanza *message,
         struct jid peer,
         int64_t key,
         void (*done)(struct store_call *call, void *worker))
{
    struct store_archive_add *add =
        STORE_CALL(archive_add, ARCHIVE_ADD, &account_worker(account)->mailbox, done, NULL);
    int64_t now_us = clock_wall_us();
    struct buffer xml;

    buffer_init(&xml, TEXT_MAX);
    xml_write(&xml, message->root, NS_CLIENT);
    add->owner = (struct archive_owner){ ARCHIVE_OF_ACCOUNT,
                                         store_keep(&add->call, account->entity.jid.local) };
    add->message = (struct store_archive_message){
        .key = key,
        .stored_us = key < now_us ? key : now_us,
        .contact = store_keep(&add->call, peer.bare),
        .resource = store_keep(&add->call, peer.resource),
        .xml = store_keep(&add->call, buffer_str(&xml)),
    };
    origin_fill(add, message);
    retraction_fill(add, account_server(account)->store, message, now_us);
    buffer_fini(&xml);
    return add;
}

/* ---- to the user ---- */

/* What may go, goes. */
static void
go_on(struct account *account)
{
    struct stanza *stanza;

    while ((stanza = inbound_take(&account->inbound))) {
        account_receive_behind(account, stanza, &account_xep0313_archive);
        settlement_release(stanza);
        stanza_unref(stanza);
    }
}

struct incoming {
    struct account *account;
    struct inbound_item *item;
};

/* XEP-0359 3: the copy of a message that the user gets; sealed when it has got its id. */
static struct stanza *
copy_without_ids(const struct account *account, struct stanza *message)
{
    struct stanza *copy = stanza_dup(message, false);

    if (!copy)
        return NULL;
    stanza_ids_remove(copy, account->entity.jid);
    settlement_follow(copy, message);
    return copy;
}

/* Gives it the id and lets it wait in the place of what it was copied from. */
static void
stamp(struct account *account, struct stanza *copy, int64_t key)
{
    char id[ARCHIVE_ID_BYTES];

    store_archive_id(account_server(account)->store, key, id);
    stanza_ids_add(copy, account->entity.jid, str_from(id));
    stanza_seal(copy);
}

/* It was sent before: it is given the id that it has. */
static void
stamp_again(struct account *account, struct inbound_item *item, int64_t key)
{
    struct stanza *old = item->stanza;
    struct stanza *copy = copy_without_ids(account, old);

    if (!copy)
        return;
    stamp(account, copy, key);
    item->stanza = copy; /* with the hold of settlement_follow() */
    settlement_release(old);
    stanza_unref(old);
}

static void
incoming_done(struct store_call *call, void *context)
{
    const struct store_archive_add *add = CONTAINER_OF(call, struct store_archive_add, call);
    struct incoming *incoming = call->owner;
    struct account *account = incoming->account;
    struct inbound_item *item = incoming->item;
    struct worker *worker = context;

    if (call->status == 0 && add->ret_key != add->message.key)
        stamp_again(account, item, add->ret_key);
    if (call->status == E_NOT_FOUND)
        router_reply_condition(worker, item->stanza, "service-unavailable", STR_EMPTY);
    else if (call->status < 0)
        router_reply_error(worker, item->stanza, call->status);
    if (call->status < 0)
        inbound_drop(item);
    item->ready = true;
    store_call_free(call);
    free(incoming);
    if (!worker->ended)
        go_on(account);
    entity_unpin(&account->entity);
}

static void
keep_incoming(struct account *account, struct stanza *message)
{
    struct server *server = account_server(account);
    int64_t key = store_archive_key(server->store, clock_wall_us());
    struct stanza *copy = copy_without_ids(account, message);
    struct incoming *incoming;
    struct store_archive_add *add;

    if (!copy) {
        router_reply_condition(account_worker(account), message, "policy-violation", STR_EMPTY);
        return;
    }
    incoming = memory_new(1, sizeof(*incoming));
    add = add_call(account, copy, message->from, key, incoming_done);
    stamp(account, copy, key);
    *incoming = (struct incoming){ account, inbound_add(&account->inbound, copy, false) };
    settlement_release(copy);
    stanza_unref(copy);
    add->call.owner = incoming;
    entity_pin(&account->entity);
    store_submit(server->store, &add->call);
}

/* Not kept, but forged: it goes on as a copy without. */
static void
pass_without_ids(struct account *account, struct stanza *message)
{
    struct stanza *copy = copy_without_ids(account, message);

    if (!copy)
        return;
    stanza_seal(copy);
    (void)inbound_add(&account->inbound, copy, true);
    settlement_release(copy);
    stanza_unref(copy);
    go_on(account);
}

/* In its place in the line. */
static enum flow
line_up(struct account *account, struct stanza *stanza)
{
    if (inbound_is_empty(&account->inbound))
        return FLOW_ON;
    (void)inbound_add(&account->inbound, stanza, true);
    return FLOW_DONE;
}

static enum flow
stanza_in(struct account *account, struct stanza *stanza)
{
    bool is_message = stanza->kind == STANZA_MESSAGE;

    /* It is in the archive already, and has its id from there. */
    if (stanza->redelivered)
        return line_up(account, stanza);
    if (account->inbound.count >= INBOUND_MAX) {
        router_reply_error(account_worker(account), stanza, E_AGAIN);
        return FLOW_DONE;
    }
    if (is_message && is_wanted(account, stanza, stanza->from)) {
        keep_incoming(account, stanza);
        return FLOW_DONE;
    }
    if (is_message && stanza_ids_has(stanza, account->entity.jid)) {
        pass_without_ids(account, stanza);
        return FLOW_DONE;
    }
    return line_up(account, stanza);
}

/* ---- from the user ---- */

/* Nobody may forge ids of this server's addresses, whomever they are for. */
static void
stanza_stamp(struct account *account, struct account_session *state, struct stanza *stanza)
{
    const struct server *server = account_server(account);

    (void)state;
    if (stanza->kind != STANZA_MESSAGE)
        return;
    stanza_ids_remove_at(stanza, server->domain);
    stanza_ids_remove_at(stanza, server->rooms_domain);
}

struct outgoing {
    struct account *account;
    struct stanza *message; /* owned; its settlement is held */
};

static void ask_waiting(struct account *account);

static void
outgoing_done(struct store_call *call, void *context)
{
    struct outgoing *outgoing = call->owner;
    struct account *account = outgoing->account;
    struct worker *worker = context;

    /* It is on its way, or there: to say that it is not would be a lie. */
    if (call->status < 0)
        log_error(&worker->log, "not-archived", "a message from %.*s: %s",
                  STR_ARG(account->entity.jid.bare), error_text(call->status));
    settlement_release(outgoing->message);
    stanza_unref(outgoing->message);
    free(outgoing);
    store_call_free(call);
    account->archive.stored++;
    if (!worker->ended)
        ask_waiting(account);
    entity_unpin(&account->entity);
}

static enum flow
message_out(struct account *account, struct account_session *state, struct stanza *message)
{
    struct server *server = account_server(account);
    struct account_archive *archive = &account->archive;
    struct store_archive_add *add;
    struct outgoing *outgoing;
    int64_t key;

    (void)state;
    archive->sent_id[0] = '\0';
    /* What users write to themselves is kept when it arrives: once. */
    if (jid_bare_equal(message->to, account->entity.jid) ||
        !is_wanted(account, message, message->to))
        return FLOW_ON;
    key = store_archive_key(server->store, clock_wall_us());
    store_archive_id(server->store, key, archive->sent_id);
    add = add_call(account, message, message->to, key, outgoing_done);
    outgoing = memory_new(1, sizeof(*outgoing));
    *outgoing = (struct outgoing){ account, stanza_ref(message) };
    settlement_hold(message);
    add->call.owner = outgoing;
    archive->submitted++;
    entity_pin(&account->entity);
    store_submit(server->store, &add->call);
    return FLOW_ON;
}

/* ---- asked for ---- */

static struct archive_owner
owner_of(const struct entity *entity)
{
    return (struct archive_owner){ ARCHIVE_OF_ACCOUNT, entity->jid.local };
}

static unsigned *
asked_of(struct entity *entity)
{
    return &account_of(entity)->archive.asked;
}

/* XEP-0313 4.1.1. The user's own address: what they wrote to themselves. */
static int
narrow(const struct entity *entity,
       const struct stanza *request,
       struct jid with,
       struct store_archive_page *page)
{
    (void)entity;
    (void)request;
    page->contact = store_keep(&page->call, with.bare);
    page->resource = store_keep(&page->call, with.resource);
    return 0;
}

static void
send_one(struct entity *entity, const struct stanza *request, const struct stanza_wire *wire)
{
    struct account_session *state = account_find_session(account_of(entity), request->from);

    if (state)
        session_send_wire(state->session, wire, request->from.full);
}

static const struct archive_host host = {
    .owner = owner_of,
    .asked = asked_of,
    .narrow = narrow,
    .send = send_one,
};

struct waiting_query {
    struct list link;
    struct stanza *request; /* owned */
    uint64_t until;         /* archive.stored */
};

static void
answer(struct account *account, struct stanza *request)
{
    const struct element *payload = stanza_payload(request);

    if (str_is(payload->name, "metadata"))
        archive_answer_metadata(&host, &account->entity, request);
    else if (request->type == TYPE_GET)
        archive_answer_form(&account->entity, request);
    else
        archive_answer_query(&host, &account->entity, request);
}

static void
waiting_free(struct account *account, struct waiting_query *waiting)
{
    list_remove(&waiting->link);
    account->archive.waiting_count--;
    stanza_unref(waiting->request);
    free(waiting);
}

static void
ask_waiting(struct account *account)
{
    struct account_archive *archive = &account->archive;

    while (!list_is_empty(&archive->waiting)) {
        struct waiting_query *waiting =
            CONTAINER_OF(archive->waiting.next, struct waiting_query, link);

        if (waiting->until > archive->stored)
            return;
        answer(account, waiting->request);
        waiting_free(account, waiting);
    }
}

/* Who has just said something will find it. */
static void
handle(struct worker *worker, struct entity *entity, struct stanza *request)
{
    struct account *account = account_of(entity);
    struct account_archive *archive = &account->archive;
    struct waiting_query *waiting;

    /* XEP-0313 8.1. */
    if (!account_is_owner(account, request)) {
        router_reply_error(worker, request, E_FORBIDDEN);
        return;
    }
    if (archive->stored == archive->submitted) {
        answer(account, request);
        return;
    }
    if (archive->waiting_count >= ARCHIVE_ASKED_MAX) {
        router_reply_error(worker, request, E_AGAIN);
        return;
    }
    waiting = memory_new(1, sizeof(*waiting));
    waiting->request = stanza_ref(request);
    waiting->until = archive->submitted;
    list_append(&archive->waiting, &waiting->link);
    archive->waiting_count++;
}

static void
account_closed(struct account *account)
{
    LIST_FOREACH (&account->archive.waiting, link)
        waiting_free(account, CONTAINER_OF(link, struct waiting_query, link));
}

static const struct iq_handler iqs[] = {
    { STR_INIT("urn:xmpp:mam:2"), "query", true, true, handle },
    { STR_INIT("urn:xmpp:mam:2"), "metadata", true, false, handle },
    { .name = NULL },
};

static const char *const disco[] = {
    "urn:xmpp:mam:2",
    "urn:xmpp:mam:2#extended",
    "urn:xmpp:mam:2#groupchat-field",
    "urn:xmpp:sid:0",
    "urn:xmpp:fulltext:0",
    "urn:xmpp:message-retract:1",
    "urn:xmpp:message-retract:1#tombstone",
    NULL,
};

const struct account_feature account_xep0313_archive = {
    .feature = { .name = "xep0313_archive", .disco = disco, .iqs = iqs, .is_on = is_on },
    .stanza_stamp = stanza_stamp,
    .stanza_in = stanza_in,
    .message_out = message_out,
    .account_closed = account_closed,
};
