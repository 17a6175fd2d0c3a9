/* worker.c - one worker; all of them together are in workers.c. */
#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "server/core/router.h"
#include "server/core/router_private.h"
#include "server/core/session_private.h"
#include "server/core/worker_private.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/epoll.h>

#define STOP_CHECK_US INT64_C(2000)

static _Thread_local struct worker *current;

struct worker *
worker_current(void)
{
    return current;
}

static void
mailbox_ready(struct watch *watch, uint32_t events)
{
    struct worker *worker = CONTAINER_OF(watch, struct worker, _mailbox_watch);

    (void)events;
    mailbox_open_all(&worker->mailbox, worker);
}

static void
deliver_arrivals(struct turn_task *task)
{
    router_deliver_arrivals(CONTAINER_OF(task, struct worker, _arrivals_task));
}

static void
deliver_later(struct timer *timer)
{
    struct worker *worker = CONTAINER_OF(timer, struct worker, _arrivals_later);

    loop_at_turn_end(worker->loop, &worker->_arrivals_task);
}

static void
rest_expired(struct timer *timer)
{
    sessions_rest(CONTAINER_OF(timer, struct worker, _rest));
}

static void
check_stop(struct timer *timer)
{
    struct worker *worker = CONTAINER_OF(timer, struct worker, _stop_check);
    bool quiet = list_is_empty(&worker->all_sessions) && worker->pinned_count == 0 &&
                 list_is_empty(&worker->arrivals) && loop_resident_count(worker->loop) == 0;

    atomic_store_explicit(&worker->_quiet, quiet, memory_order_release);
    loop_timer_set(worker->loop, timer, STOP_CHECK_US);
}

static void
init_lists(struct worker *worker)
{
    map_init(&worker->entities);
    map_init(&worker->sessions);
    map_init(&worker->resumable);
    list_init(&worker->all_sessions);
    list_init(&worker->arrivals);
    list_init(&worker->_awake);
    turn_task_init(&worker->_arrivals_task, deliver_arrivals);
    worker->_arrivals_later.expired = deliver_later;
    worker->_rest.expired = rest_expired;
    worker->_stop_check.expired = check_stop;
    atomic_init(&worker->_quiet, false);
}

struct worker *
worker_new(struct server *server, unsigned index)
{
    struct worker *worker = memory_new(1, sizeof(*worker));

    worker->index = index;
    worker->server = server;
    worker->log = (struct log){ .parent = &server->log, .name = "worker", .number = index + 1 };
    init_lists(worker);
    worker->loop = loop_new();
    if (!worker->loop || mailbox_init(&worker->mailbox) < 0) {
        loop_free(worker->loop);
        free(worker);
        return NULL;
    }
    worker->_mailbox_watch =
        (struct watch){ .fd = mailbox_fd(&worker->mailbox), .ready = mailbox_ready };
    if (loop_add(worker->loop, &worker->_mailbox_watch, EPOLLIN) < 0) {
        worker_free(worker);
        return NULL;
    }
    return worker;
}

void
worker_empty(struct worker *worker)
{
    struct map_node *node;

    worker->ended = true;
    sessions_free_all(worker);
    while ((node = map_next(&worker->entities, NULL)))
        entity_discard(CONTAINER_OF(node, struct entity, node));
    router_discard_arrivals(worker);
}

void
worker_free(struct worker *worker)
{
    loop_remove(worker->loop, &worker->_mailbox_watch);
    for (size_t i = 0; i < worker->_acceptor_count; i++) {
        acceptor_stop(worker->_acceptors[i], worker->loop);
        free(worker->_acceptors[i]);
    }
    loop_free(worker->loop);
    mailbox_fini(&worker->mailbox);
    map_fini(&worker->entities);
    map_fini(&worker->sessions);
    map_fini(&worker->resumable);
    free(worker);
}

void
worker_run(struct worker *worker)
{
    current = worker;
    loop_run(worker->loop);
    current = NULL;
}

void
worker_begin_stop(struct worker *worker)
{
    worker->stopping = true;
    for (size_t i = 0; i < worker->_acceptor_count; i++)
        acceptor_stop(worker->_acceptors[i], worker->loop);
    sessions_shut_down(worker);
    loop_timer_set(worker->loop, &worker->_stop_check, 0);
}

struct worker *
worker_of(const struct server *server, struct str bare)
{
    return server->worker_count == 1 ? server->workers[0]
                                     : server->workers[map_hash(bare) % server->worker_count];
}

void
worker_post(struct worker *worker, struct letter *letter)
{
    mailbox_post(&worker->mailbox, letter);
}

void
worker_post_all(struct server *server, struct letter *(*copy)(void *context), void *context)
{
    for (unsigned i = 0; i < server->worker_count; i++)
        worker_post(server->workers[i], copy(context));
}
