/* entity.c - see entity.h. */
#include "server/core/entity.h"

#include "base/error.h"
#include "server/core/router.h"
#include "server/core/router_private.h"

#include <assert.h>

enum {
    WAITING_MAX = 1000, /* stanzas while it is loaded */
    ADDRESS_ARENA_BYTES = 8 * 1024
};

#define IDLE_US INT64_C(60000000)

/* Out of the map, then out of memory. */
static void
close_now(struct entity *entity)
{
    struct arena address = entity->arena;

    assert(list_is_empty(&entity->waiting));
    map_remove(&entity->worker->entities, &entity->node);
    loop_timer_clear(entity->worker->loop, &entity->idle);
    if (entity->pins > 0)
        entity->worker->pinned_count--;
    arena_init(&entity->arena, ADDRESS_ARENA_BYTES);
    entity->kind->close(entity);
    arena_fini(&address);
}

/* RFC 6121 4.3.2: as somebody who exists and does not know the sender answers. */
static void
answer_probe(struct worker *worker, const struct stanza *probe)
{
    struct stanza *reply = stanza_new_presence(STR("unsubscribed"), jid_bare(probe->from));

    stanza_set_from(reply, jid_bare(probe->to));
    router_route(worker, reply);
}

/* A stanza for one that does not exist or could not be read. */
static void
refuse(const struct entity *entity, const struct stanza_arrival *arrival, int status)
{
    struct worker *worker = entity->worker;
    const struct entity_kind *kind = entity->kind;
    const struct stanza *stanza = arrival->stanza;

    if (status != E_NOT_FOUND)
        router_reply_error(worker, stanza, status);
    else if (stanza->type == TYPE_PROBE)
        answer_probe(worker, stanza);
    else if (stanza->kind != STANZA_PRESENCE && /* RFC 6121 8.5.1 */
             !(kind->is_ignored && kind->is_ignored(stanza)))
        router_reply_condition(worker, stanza, "service-unavailable", STR_EMPTY);
}

static void
refuse_waiting(struct entity *entity, int status)
{
    while (!list_is_empty(&entity->waiting)) {
        struct stanza_arrival *arrival =
            CONTAINER_OF(entity->waiting.next, struct stanza_arrival, arrival.link);

        list_remove(&arrival->arrival.link);
        refuse(entity, arrival, status);
        stanza_arrival_free(arrival);
    }
    entity->waiting_count = 0;
}

static void
idle_expired(struct timer *timer)
{
    struct entity *entity = CONTAINER_OF(timer, struct entity, idle);
    int64_t left_us = entity->used_us + IDLE_US - loop_now_us(entity->worker->loop);

    if (entity->pins > 0 || (!entity->ready && !entity->failed))
        return;
    /* The timer is not moved with every stanza; it looks when it comes. */
    if (!entity->failed && left_us > 0)
        loop_timer_set(entity->worker->loop, timer, left_us);
    else if (!entity->failed && entity->kind->is_needed && entity->kind->is_needed(entity))
        loop_timer_set(entity->worker->loop, timer, IDLE_US);
    else
        close_now(entity);
}

static void
start_idle_timer(struct entity *entity)
{
    if (entity->pins == 0 && (entity->ready || entity->failed))
        loop_timer_set(entity->worker->loop, &entity->idle, entity->failed ? 0 : IDLE_US);
}

void
entity_init(struct entity *entity,
            const struct entity_kind *kind,
            struct worker *worker,
            struct jid bare)
{
    *entity = (struct entity){ .kind = kind, .worker = worker };
    arena_init(&entity->arena, ADDRESS_ARENA_BYTES);
    entity->jid = jid_dup(&entity->arena, jid_bare(bare));
    assert(jid_is_set(entity->jid));
    list_init(&entity->waiting);
    entity->idle.expired = idle_expired;
    entity->used_us = loop_now_us(worker->loop);
    map_put(&worker->entities, entity->jid.bare, &entity->node);
}

void
entity_opened(struct entity *entity, int status)
{
    struct list *arrivals = &entity->worker->arrivals;

    assert(!entity->ready && !entity->failed);
    entity->failed = status;
    entity->ready = status == 0;
    if (entity->failed)
        refuse_waiting(entity, status);
    /* What waited goes before everything else that is under way to it. */
    while (!list_is_empty(&entity->waiting)) {
        struct list *last = entity->waiting.prev;

        list_remove(last);
        list_append(arrivals->next, last); /* in front of the first */
        loop_at_turn_end(entity->worker->loop, &entity->worker->_arrivals_task);
    }
    entity->waiting_count = 0;
    start_idle_timer(entity);
}

struct entity *
entity_get(struct worker *worker, const struct entity_kind *kind, struct jid bare)
{
    struct entity *entity = entity_find(worker, bare.bare);

    return entity ? entity : kind->open(worker, bare);
}

struct entity *
entity_find(struct worker *worker, struct str bare)
{
    struct map_node *node = map_get(&worker->entities, bare);

    return node ? CONTAINER_OF(node, struct entity, node) : NULL;
}

void
entity_accept(struct entity *entity, struct stanza_arrival *arrival)
{
    entity->used_us = loop_now_us(entity->worker->loop);
    if (entity->ready) {
        entity->kind->receive(entity, arrival->stanza);
    } else if (entity->failed || entity->waiting_count >= WAITING_MAX) {
        refuse(entity, arrival, entity->failed ? entity->failed : E_FULL);
    } else {
        list_append(&entity->waiting, &arrival->arrival.link);
        entity->waiting_count++;
        return;
    }
    stanza_arrival_free(arrival);
}

void
entity_pin(struct entity *entity)
{
    if (entity->pins++ > 0)
        return;
    entity->worker->pinned_count++;
    loop_timer_clear(entity->worker->loop, &entity->idle);
}

void
entity_unpin(struct entity *entity)
{
    assert(entity->pins > 0);
    if (--entity->pins > 0)
        return;
    entity->worker->pinned_count--;
    entity->used_us = loop_now_us(entity->worker->loop);
    start_idle_timer(entity);
}

void
entity_discard(struct entity *entity)
{
    refuse_waiting(entity, E_NOT_FOUND);
    close_now(entity);
}
