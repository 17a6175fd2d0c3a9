/* worker.h - one thread with its loop and everything that lives on it.
 * Owns: its loop, mailbox, entities and sessions. Threads: worker_post from any; all else from the
 * worker's own thread. Time: its loop's. Errors: start-up. Spec: none.
 * Tests: tests/unit/server/test_router.c, TSan runs of tests/interop */
#pragma once

#include "base/list.h"
#include "base/map.h"
#include "base/mailbox.h"
#include "server/core/server.h"
#include "server/net/loop.h"

struct worker {
    unsigned index; /* from 0 */
    struct server *server;
    struct log log;
    struct loop *loop;
    struct mailbox mailbox;
    struct map entities;      /* bare JID -> struct entity: the accounts and rooms living here */
    struct map sessions;      /* full JID -> struct session: bound, of accounts living here */
    struct list all_sessions; /* also those still signing in here */
    struct list arrivals;     /* stanzas for entities of this worker, see router.h */
    size_t connection_count;
    bool stopping;            /* no new connections; sessions are being ended */
};

/* The worker whose thread is `bare`'s home. */
struct worker *worker_of(const struct server *server, struct str bare);

/* Sends a letter to the worker; `open` gets the worker as its context. */
void worker_post(struct worker *worker, struct letter *letter);

/* Runs work_fn on every worker (posted), for reload, shutdown and announcements. `open` is called
 * once per worker with its own copy made by `copy`. */
void worker_post_all(struct server *server, struct letter *(*copy)(void *context), void *context);
