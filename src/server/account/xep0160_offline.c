/* xep0160_offline.c - messages wait on the disk for somebody who is not there (XEP-0160).
 *
 * Order: while older messages are on their way from the disk, younger ones are held back in memory;
 * and the disk is asked only when everything meant for it has arrived there. Loss: a message is
 * taken off the disk only when the session is known to have got it. */
#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "server/account/account_feature.h"
#include "server/account/offline_rules.h"
#include "server/core/config.h"
#include "server/core/router.h"
#include "server/core/settlement.h"
#include "xmpp/ns.h"
#include "xmpp/xml_reader.h"
#include "xmpp/xml_writer.h"

#include <stdlib.h>

enum {
    LOAD_BATCH = 50,               /* messages read at a time */
    HELD_MAX = 10000,              /* messages that wait for older ones, in memory */
    TEXT_MAX = 1024 * 1024,        /* of one message */
    PARSED_MAX = 16 * 1024 * 1024, /* of one message, read again */
};

extern const struct account_feature account_xep0313_archive;

/* ---- keeping ---- */

static void flight_go_on(struct account *account);
static void begin_if_possible(struct account *account);

struct keeping {
    struct account *account;
    struct stanza *stanza;
};

static void
add_done(struct store_call *call, void *context)
{
    struct keeping *keeping = call->owner;
    struct account *account = keeping->account;
    struct worker *worker = context;

    account->offline.writes--;
    if (call->status < 0) {
        account->offline.count--;
        /* XEP-0160 2: a full store is no different from none. */
        if (call->status == E_FULL || call->status == E_NOT_FOUND)
            router_reply_condition(worker, keeping->stanza, "service-unavailable", STR_EMPTY);
        else
            router_reply_error(worker, keeping->stanza, call->status);
    }
    settlement_release(keeping->stanza);
    stanza_unref(keeping->stanza);
    free(keeping);
    store_call_free(call);
    if (account->offline.writes == 0)
        flight_go_on(account);
    begin_if_possible(account);
    entity_unpin(&account->entity);
}

static void
store_message(struct account *account, struct stanza *stanza, struct str text)
{
    const struct server *server = account_server(account);
    struct keeping *keeping = memory_new(1, sizeof(*keeping));
    struct store_offline_add *add =
        STORE_CALL(offline_add, OFFLINE_ADD, &account_worker(account)->mailbox, add_done, keeping);

    *keeping = (struct keeping){ account, stanza_ref(stanza) };
    settlement_hold(stanza);
    entity_pin(&account->entity);
    account->offline.count++;
    account->offline.writes++;
    add->name = store_keep(&add->call, account->entity.jid.local);
    add->xml = store_keep(&add->call, text);
    add->stored_us = clock_wall_us();
    add->limit = server->config->limits ? server->config->max_offline_messages : INT64_MAX;
    store_submit(server->store, &add->call);
}

static enum flow
message_missed(struct account *account, struct stanza *stanza)
{
    enum offline_rule rule = offline_rule_of(stanza);
    struct buffer text;

    if (rule == OFFLINE_DROP)
        return FLOW_DONE;
    if (rule == OFFLINE_BOUNCE || account->guest)
        return FLOW_ON;
    buffer_init(&text, TEXT_MAX);
    xml_write(&text, stanza->root, NS_CLIENT);
    bool fits = !buffer_failed(&text);
    if (fits)
        store_message(account, stanza, buffer_str(&text));
    buffer_fini(&text);
    return fits ? FLOW_DONE : FLOW_ON;
}

/* ---- delivering ---- */

/* What waited on its way to one session, a batch at a time: it is read, sent, known to have
 * arrived, and taken off the disk. */
struct offline_flight {
    struct session_receipt receipt;
    struct letter letter; /* back to ourselves, when the session has ended */
    struct account *account;
    char *to;       /* the session's full JID */
    bool loading;   /* more is to come: live messages are held back */
    bool asking;    /* a load is under way */
    int64_t last;   /* the id of the last message sent */
    int64_t unsafe; /* messages sent and still on the disk */
};

static struct account_session *
flight_session(const struct offline_flight *flight)
{
    struct session *session = session_find(account_worker(flight->account), str_from(flight->to));
    struct account_session *state = session ? session->account_state : NULL;

    return state && account_session_is_receptive(state) ? state : NULL;
}

struct held_message {
    struct list link;
    struct stanza *stanza;
};

static void
held_free(struct held_message *message)
{
    stanza_unref(message->stanza);
    free(message);
}

/* What was held back goes through the account again, now that it is its turn; it is in the archive
 * already. */
static void
release_held(struct account *account)
{
    struct list held;

    if (list_is_empty(&account->offline.held))
        return;
    /* The ring gets a new head: going through may hold back again. */
    list_append(&account->offline.held, &held);
    list_remove(&account->offline.held);
    account->offline.held_count = 0;
    LIST_FOREACH (&held, link) {
        struct held_message *message = CONTAINER_OF(link, struct held_message, link);

        list_remove(link);
        account_receive_behind(account, message->stanza, &account_xep0313_archive);
        settlement_release(message->stanza);
        held_free(message);
    }
}

static void
flight_end(struct offline_flight *flight)
{
    struct account *account = flight->account;

    account->offline.flight = NULL;
    free(flight->to);
    free(flight);
    release_held(account);
    begin_if_possible(account);
    entity_unpin(&account->entity);
}

static void
flight_lost(struct letter *letter, void *context)
{
    (void)context;
    flight_end(CONTAINER_OF(letter, struct offline_flight, letter));
}

static void
remove_done(struct store_call *call, void *context)
{
    struct offline_flight *flight = call->owner;
    struct worker *worker = context;

    /* Those that could not be removed will come twice, rather than never. */
    if (call->status < 0)
        log_error(&worker->log, "offline-not-removed", "%s: %s", flight->to,
                  error_text(call->status));
    flight->account->offline.count -= flight->unsafe;
    flight->unsafe = 0;
    store_call_free(call);
    if (flight->loading && flight_session(flight))
        flight_go_on(flight->account);
    else
        flight_end(flight);
}

/* The session is known to have got them, or it ends before. */
static void
flight_landed(struct session_receipt *receipt, bool arrived)
{
    struct offline_flight *flight = CONTAINER_OF(receipt, struct offline_flight, receipt);
    struct account *account = flight->account;

    if (!arrived) {
        /* Later: the session is still among the account's. */
        flight->letter.open = flight_lost;
        worker_post(account_worker(account), &flight->letter);
        return;
    }
    struct store_offline_remove *gone = STORE_CALL(
        offline_remove, OFFLINE_REMOVE, &account_worker(account)->mailbox, remove_done, flight);
    gone->name = store_keep(&gone->call, account->entity.jid.local);
    gone->up_to = flight->last;
    store_submit(account_server(account)->store, &gone->call);
}

/* XEP-0203: when it was sent, and that it waited here. */
static void
add_delay(struct account *account, struct stanza *stanza, int64_t stored_us)
{
    struct element *delay = stanza_child(stanza, NS_DELAY, STR("delay"));
    char stamp[CLOCK_TEXT_BYTES];

    /* We have said already when it was sent, to a session that was lost. */
    if (str_equal(element_get(delay, STR("from")), account->entity.jid.domain))
        return;
    delay = element_add(&stanza->arena, stanza->root, NS_DELAY, STR("delay"));
    clock_format(stored_us, stamp);
    element_set(&stanza->arena, delay, STR("from"), account->entity.jid.domain);
    element_set(&stanza->arena, delay, STR("stamp"), str_from(stamp));
}

static void
send_message(struct account *account,
             struct account_session *state,
             const struct store_offline_message *message)
{
    struct arena arena;
    struct element *root = NULL;
    struct stanza *stanza = NULL;

    arena_init(&arena, PARSED_MAX);
    if (xml_parse(&arena, message->xml, NS_CLIENT, &root) == 0)
        stanza = stanza_take(arena, root);
    else
        arena_fini(&arena);
    if (!stanza) {
        log_error(&account_worker(account)->log, "offline-unreadable", "message %lld of %.*s",
                  (long long)message->id, STR_ARG(account->entity.jid.bare));
        return;
    }
    add_delay(account, stanza, message->stored_us);
    session_send(state->session, stanza);
    stanza_unref(stanza);
}

/* Sends what was loaded, as far as it leaves the session's queue room for what is live. True when
 * there is more on the disk. */
static bool
send_batch(struct offline_flight *flight, const struct store_offline_load *load)
{
    size_t room = account_server(flight->account)->config->max_session_queue_bytes / 4;
    size_t sent = 0;

    for (size_t i = 0; i < load->ret_count; i++) {
        struct account_session *state = flight_session(flight);

        if (!state || sent > room)
            return true;
        send_message(flight->account, state, &load->ret_messages[i]);
        sent += load->ret_messages[i].xml.len;
        flight->last = load->ret_messages[i].id;
        flight->unsafe++;
    }
    return load->ret_count == LOAD_BATCH;
}

static void
load_done(struct store_call *call, void *context)
{
    struct store_offline_load *load = CONTAINER_OF(call, struct store_offline_load, call);
    struct offline_flight *flight = call->owner;
    struct account *account = flight->account;

    (void)context;
    flight->asking = false;
    if (call->status == 0)
        flight->loading = send_batch(flight, load);
    /* Nothing came: there is nothing, or it cannot be read, whatever we counted. */
    if (flight->unsafe == 0 && flight_session(flight))
        account->offline.count = account->offline.writes;
    store_call_free(call);

    struct account_session *state = flight_session(flight);
    if (!state || flight->unsafe == 0) {
        flight_end(flight);
        return;
    }
    session_when_sent(state->session, &flight->receipt);
    if (!flight->loading)
        release_held(account);
}

/* Asks for the next messages, unless some are still on their way to the disk. */
static void
flight_go_on(struct account *account)
{
    struct offline_flight *flight = account->offline.flight;

    if (!flight || !flight->loading || flight->asking || flight->unsafe > 0 ||
        account->offline.writes > 0)
        return;
    struct store_offline_load *load = STORE_CALL(
        offline_load, OFFLINE_LOAD, &account_worker(account)->mailbox, load_done, flight);

    flight->asking = true;
    load->name = store_keep(&load->call, account->entity.jid.local);
    load->after = flight->last;
    load->limit = LOAD_BATCH;
    store_submit(account_server(account)->store, &load->call);
}

static void
flight_begin(struct account *account, struct account_session *state)
{
    struct offline_flight *flight = memory_new(1, sizeof(*flight));

    *flight = (struct offline_flight){
        .receipt.sent = flight_landed,
        .account = account,
        .to = str_dup(state->session->jid.full),
        .loading = true,
    };
    account->offline.flight = flight;
    entity_pin(&account->entity);
    flight_go_on(account);
}

/* Something waits, nobody is getting it, and somebody may. */
static void
begin_if_possible(struct account *account)
{
    if (account->offline.flight || account->offline.count <= 0 || account->removed ||
        account_worker(account)->ended)
        return;
    ACCOUNT_FOREACH_SESSION(account, link)
    {
        struct account_session *state = account_session_at(link);

        if (account_session_is_receptive(state)) {
            flight_begin(account, state);
            return;
        }
    }
}

static void
session_available(struct account *account, struct account_session *state, bool initial)
{
    (void)initial; /* a priority may also rise above zero later */
    (void)state;
    begin_if_possible(account);
}

/* Live messages wait while older ones are being loaded. */
static enum flow
message_in(struct account *account, struct stanza *stanza)
{
    struct offline_flight *flight = account->offline.flight;
    struct held_message *message;

    if (!flight || !flight->loading)
        return FLOW_ON;
    if (account->offline.held_count >= HELD_MAX) {
        router_reply_error(account_worker(account), stanza, E_AGAIN);
        return FLOW_DONE;
    }
    message = memory_new(1, sizeof(*message));
    message->stanza = stanza_ref(stanza);
    settlement_hold(stanza);
    list_append(&account->offline.held, &message->link);
    account->offline.held_count++;
    return FLOW_DONE;
}

/* Only when the server stops: nobody is told that these were dealt with. */
static void
account_closed(struct account *account)
{
    LIST_FOREACH (&account->offline.held, link) {
        held_free(CONTAINER_OF(link, struct held_message, link));
    }
    if (account->offline.flight)
        free(account->offline.flight->to);
    free(account->offline.flight);
}

static const char *const disco[] = { "msgoffline", NULL };

const struct account_feature account_xep0160_offline = {
    .feature = { .name = "xep0160_offline", .disco = disco },
    .session_available = session_available,
    .message_in = message_in,
    .message_missed = message_missed,
    .account_closed = account_closed,
};
