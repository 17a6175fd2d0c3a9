/* router.c - see router.h. */
#include "server/core/router_private.h"

#include "base/error.h"
#include "base/memory.h"
#include "server/core/router.h"
#include "server/core/settlement.h"

#include <assert.h>
#include <stdlib.h>

enum {
    DELIVERIES_PER_TURN = 4096 /* then the sockets have their turn */
};

/* ---- arrivals ---- */

static void
enqueue(struct worker *worker, struct arrival *arrival)
{
    list_append(&worker->arrivals, &arrival->link);
    loop_at_turn_end(worker->loop, &worker->_arrivals_task);
}

static void
letter_opened(struct letter *letter, void *context)
{
    struct arrival *arrival = CONTAINER_OF(letter, struct arrival, letter);
    struct worker *worker = context;

    if (worker->ended)
        arrival->discard(arrival);
    else
        enqueue(worker, arrival);
}

void
arrival_send(struct worker *from, struct worker *to, struct arrival *arrival)
{
    if (from->ended) {
        arrival->discard(arrival);
        return;
    }
    if (from == to) {
        enqueue(to, arrival);
        return;
    }
    arrival->letter.open = letter_opened;
    worker_post(to, &arrival->letter);
}

void
router_deliver_arrivals(struct worker *worker)
{
    for (int i = 0; i < DELIVERIES_PER_TURN && !list_is_empty(&worker->arrivals); i++) {
        struct arrival *arrival = CONTAINER_OF(worker->arrivals.next, struct arrival, link);

        list_remove(&arrival->link);
        arrival->deliver(arrival, worker);
    }
    if (!list_is_empty(&worker->arrivals))
        loop_timer_set(worker->loop, &worker->_arrivals_later, 0);
}

void
router_discard_arrivals(struct worker *worker)
{
    while (!list_is_empty(&worker->arrivals)) {
        struct arrival *arrival = CONTAINER_OF(worker->arrivals.next, struct arrival, link);

        list_remove(&arrival->link);
        arrival->discard(arrival);
    }
}

/* ---- stanzas ---- */

void
stanza_arrival_free(struct stanza_arrival *arrival)
{
    settlement_release(arrival->stanza);
    stanza_unref(arrival->stanza);
    free(arrival);
}

static void
discard_stanza(struct arrival *arrival)
{
    stanza_arrival_free(CONTAINER_OF(arrival, struct stanza_arrival, arrival));
}

static void
deliver_to_entity(struct arrival *base, struct worker *worker)
{
    struct stanza_arrival *arrival = CONTAINER_OF(base, struct stanza_arrival, arrival);

    entity_accept(entity_get(worker, arrival->kind, jid_bare(arrival->stanza->to)), arrival);
}

static void
deliver_directly(struct arrival *base, struct worker *worker)
{
    struct stanza_arrival *arrival = CONTAINER_OF(base, struct stanza_arrival, arrival);

    arrival->kind->receive_direct(worker, arrival->stanza);
    stanza_arrival_free(arrival);
}

/* The kind of entity an address belongs to; NULL when it is not ours. */
static const struct entity_kind *
kind_of(const struct server *server, struct jid jid)
{
    bool is_room = str_equal(jid.domain, server->rooms_domain);

    if (!is_room && !str_equal(jid.domain, server->domain))
        return NULL;
    if (jid.local.len == 0)
        return server->host_kind;
    return is_room ? server->room_kind : server->account_kind;
}

void
router_route(struct worker *from, struct stanza *stanza)
{
    const struct entity_kind *kind;
    struct stanza_arrival *arrival;

    assert(jid_is_set(stanza->from) && jid_is_set(stanza->to));
    stanza_seal(stanza);
    kind = kind_of(from->server, stanza->to);
    if (!kind) {
        router_reply_condition(from, stanza, "remote-server-not-found", STR_EMPTY);
        stanza_unref(stanza);
        return;
    }
    arrival = memory_new(1, sizeof(*arrival));
    list_init(&arrival->arrival.link);
    arrival->arrival.deliver = kind->open ? deliver_to_entity : deliver_directly;
    arrival->arrival.discard = discard_stanza;
    arrival->kind = kind;
    arrival->stanza = stanza;
    settlement_hold(stanza);
    arrival_send(from, kind->open ? worker_of(from->server, stanza->to.bare) : from,
                 &arrival->arrival);
}

/* ---- errors ---- */

static void
route_reply(struct worker *from, const struct stanza *request, struct stanza *reply)
{
    if (!reply)
        return;
    /* What had no address was meant for the sender's own account (RFC 6120 10.3). */
    if (!jid_is_set(request->to))
        stanza_set_from(reply, jid_bare(request->from));
    router_route(from, reply);
}

void
router_reply_error(struct worker *from, const struct stanza *request, int error)
{
    if (!request->redelivered)
        route_reply(from, request, stanza_error_for(request, error));
}

void
router_reply_condition(struct worker *from,
                       const struct stanza *request,
                       const char *condition,
                       struct str text)
{
    if (!request->redelivered)
        route_reply(from, request, stanza_error(request, condition, text));
}
