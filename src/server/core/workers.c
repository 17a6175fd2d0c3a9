/* workers.c - the workers' life from start to stop, as main sees it. */
#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/thread.h"
#include "server/core/address_counts.h"
#include "server/core/session.h"
#include "server/core/sign_in_guard.h"
#include "server/core/worker_private.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    WORKERS_MAX = 1024,
    STOP_POLL_US = 2000
};

#define STOP_DEADLINE_US INT64_C(1000000)

struct session_acceptor {
    struct acceptor acceptor; /* at the front: the worker frees it */
    struct worker *worker;
    bool direct_tls;
};

int
workers_new(struct server *server, unsigned count)
{
    assert(count > 0 && count <= WORKERS_MAX && !server->workers);
    server->address_counts = address_counts_new();
    server->sign_in_guard = sign_in_guard_new();
    server->workers = memory_new(count, sizeof(struct worker *));
    for (unsigned i = 0; i < count; i++) {
        server->workers[i] = worker_new(server, i);
        if (!server->workers[i]) {
            log_error(&server->log, "worker-failed", "no descriptors for worker %u", i + 1);
            workers_free(server);
            return E_IO;
        }
        server->worker_count = i + 1;
    }
    return 0;
}

static void
accepted(struct acceptor *acceptor, int fd, const char *peer)
{
    struct session_acceptor *own = CONTAINER_OF(acceptor, struct session_acceptor, acceptor);

    session_accept(own->worker, fd, peer, own->direct_tls);
}

static int
listen_on(struct worker *worker, struct listener *listener, bool direct_tls)
{
    struct session_acceptor *own;
    int r;

    if (worker->_acceptor_count == WORKER_ACCEPTORS_MAX)
        return E_FULL;
    own = memory_new(1, sizeof(*own));
    own->acceptor.listener = listener;
    own->acceptor.accepted = accepted;
    own->worker = worker;
    own->direct_tls = direct_tls;
    r = acceptor_start(&own->acceptor, worker->loop);
    if (r < 0)
        free(own);
    else
        worker->_acceptors[worker->_acceptor_count++] = &own->acceptor;
    return r;
}

int
workers_listen(struct server *server, struct listener *listener, bool direct_tls)
{
    int r = 0;

    for (unsigned i = 0; i < server->worker_count && r == 0; i++)
        r = listen_on(server->workers[i], listener, direct_tls);
    return r;
}

static void *
run_thread(void *context)
{
    worker_run(context);
    return NULL;
}

int
workers_start(struct server *server)
{
    for (unsigned i = 0; i < server->worker_count; i++) {
        struct worker *worker = server->workers[i];
        char name[16];

        (void)snprintf(name, sizeof(name), "worker-%u", (i + 1) % 10000);
        if (thread_start(&worker->_thread, name, run_thread, worker) < 0) {
            log_error(&server->log, "worker-failed", "no thread for worker %u", i + 1);
            return E_IO;
        }
        worker->_started = true;
    }
    return 0;
}

/* ---- the end ---- */

static void
begin_stop(struct letter *letter, void *context)
{
    free(letter);
    worker_begin_stop(context);
}

static void
end_thread(struct letter *letter, void *context)
{
    struct worker *worker = context;

    free(letter);
    loop_stop(worker->loop);
}

static void
post_command(struct worker *worker, void (*open)(struct letter *letter, void *context))
{
    struct letter *letter = memory_new(1, sizeof(*letter));

    letter->open = open;
    if (worker->_started)
        worker_post(worker, letter);
    else
        free(letter);
}

static bool
are_quiet(struct server *server)
{
    bool quiet = atomic_load(&server->connections) == 0;

    for (unsigned i = 0; i < server->worker_count && quiet; i++)
        quiet = !server->workers[i]->_started ||
                atomic_load_explicit(&server->workers[i]->_quiet, memory_order_acquire);
    return quiet;
}

/* Until nobody has anything left to do, twice in a row: what one sent another is done by then. */
static void
wait_until_quiet(struct server *server)
{
    int64_t deadline_us = clock_monotonic_us() + STOP_DEADLINE_US;
    int quiet_polls = 0;

    while (quiet_polls < 2 && clock_monotonic_us() < deadline_us) {
        (void)usleep(2 * STOP_POLL_US);
        quiet_polls = are_quiet(server) ? quiet_polls + 1 : 0;
    }
}

void
workers_stop(struct server *server)
{
    for (unsigned i = 0; i < server->worker_count; i++)
        post_command(server->workers[i], begin_stop);
    wait_until_quiet(server);
    for (unsigned i = 0; i < server->worker_count; i++)
        post_command(server->workers[i], end_thread);
    for (unsigned i = 0; i < server->worker_count; i++) {
        struct worker *worker = server->workers[i];

        if (worker->_started)
            pthread_join(worker->_thread, NULL);
        worker->_started = false;
        worker->ended = true;
    }
}

/* Letters that answer what the workers asked before they ended. */
static void
open_last_letters(struct server *server)
{
    size_t opened;

    do {
        opened = 0;
        for (unsigned i = 0; i < server->worker_count; i++)
            opened += mailbox_open_all(&server->workers[i]->mailbox, server->workers[i]);
    } while (opened > 0);
}

void
workers_free(struct server *server)
{
    for (unsigned i = 0; i < server->worker_count; i++)
        server->workers[i]->ended = true;
    open_last_letters(server);
    for (unsigned i = 0; i < server->worker_count; i++)
        worker_empty(server->workers[i]);
    open_last_letters(server);
    for (unsigned i = 0; i < server->worker_count; i++)
        worker_free(server->workers[i]);
    free(server->workers);
    address_counts_free(server->address_counts);
    sign_in_guard_free(server->sign_in_guard);
    server->workers = NULL;
    server->worker_count = 0;
    server->address_counts = NULL;
    server->sign_in_guard = NULL;
}
