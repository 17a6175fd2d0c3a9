/* worker.h - one thread with its loop and everything that lives on it.
 * Owns: its loop, mailbox, entities and sessions. Threads: worker_post from any; all else from the
 * worker's own thread. Time: its loop's. Errors: start-up. Spec: none.
 * Tests: tests/unit/server/test_router.c, TSan runs of tests/interop */
#pragma once

#include "base/list.h"
#include "base/mailbox.h"
#include "base/map.h"
#include "server/core/server.h"
#include "server/net/listener.h"
#include "server/net/loop.h"

#include <pthread.h>

#define WORKER_ACCEPTORS_MAX 32

struct parcel_scope;

struct worker {
    unsigned index; /* from 0 */
    struct server *server;
    struct log log;
    struct loop *loop;
    struct mailbox mailbox;
    struct map entities;      /* bare JID -> struct entity: the accounts and rooms living here */
    struct map sessions;      /* full JID -> struct session: bound, of accounts living here */
    struct map resumable;     /* XEP-0198 id -> struct session, of those */
    struct list all_sessions; /* also those still signing in here */
    struct list arrivals;     /* stanzas for entities of this worker, see router.h */
    size_t connection_count;
    size_t pinned_count; /* entities with pins */
    bool stopping;       /* no new connections; sessions are being ended */
    bool ended;          /* the thread is over: what still arrives is thrown away */

    /* private to core/ */
    struct watch _mailbox_watch;
    struct turn_task _arrivals_task;
    struct timer _arrivals_later;  /* goes on in the next turn when there was too much for one */
    struct parcel_scope *_parcels; /* the message an account is dealing with, see parcel.h */
    struct list _awake;            /* sessions that have read since they last gave memory back */
    struct timer _rest;
    struct timer _stop_check;
    atomic_bool _quiet; /* nothing left to do: written by the worker, read by workers_stop */
    struct acceptor *_acceptors[WORKER_ACCEPTORS_MAX];
    size_t _acceptor_count;
    pthread_t _thread;
    bool _started;
};

/* The life of all workers, called by main in this order. workers_new() makes them and what they
 * share (server->workers, address_counts, sign_in_guard); workers_listen() gives each an acceptor
 * for a listener that outlives them; workers_start() starts their threads.
 *
 * workers_stop() ends every session with <system-shutdown/>, waits (about a second at most) until
 * the workers have nothing left to do and joins their threads. Only then main closes the hashing
 * pool and the store, whose last answers workers_free() throws away by calling them with
 * worker->ended set; it closes all entities then. */
MUST_CHECK int workers_new(struct server *server, unsigned count);
MUST_CHECK int workers_listen(struct server *server, struct listener *listener, bool direct_tls);
MUST_CHECK int workers_start(struct server *server);
void workers_stop(struct server *server);
void workers_free(struct server *server);

/* The worker whose thread this is, or NULL. */
struct worker *worker_current(void);

/* The worker whose thread is `bare`'s home. */
struct worker *worker_of(const struct server *server, struct str bare);

/* Sends a letter to the worker; `open` gets the worker as its context. */
void worker_post(struct worker *worker, struct letter *letter);

/* Posts a letter to every worker, for reload, shutdown and announcements: `copy` makes one for
 * each. */
void worker_post_all(struct server *server, struct letter *(*copy)(void *context), void *context);
