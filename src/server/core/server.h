/* server.h - what all workers share, fixed from start to stop.
 * Owns: workers, store, hashing pool, TLS context. Threads: read-only once the workers run, except
 * what is marked. Time: none. Errors: start-up. Spec: none. Tests: tests/interop/ */
#pragma once

#include "base/log.h"
#include "base/thread_pool.h"
#include "server/net/tls.h"
#include "server/store/store.h"
#include "xmpp/server_stream.h"

#include <stdatomic.h>

struct worker;
struct entity_kind;
struct session_home;
struct config; /* server/core/config.h: the parsed configuration file */
struct address_counts;
struct sign_in_guard;

struct server {
    struct log log;
    const struct config *config;
    struct str domain;       /* "chat.example", prepared */
    struct str rooms_domain; /* "rooms.chat.example", prepared */
    struct worker **workers; /* made by workers_new() */
    unsigned worker_count;
    struct store *store;
    struct thread_pool *hashing; /* password derivations */
    struct tls_context *tls;     /* NULL: no certificate */
    struct server_stream_config stream_config;
    int64_t started_us;                    /* wall */
    atomic_uint_fast64_t session_numbers;  /* the next session's number; any thread */
    atomic_int connections;                /* open now; any thread */
    struct address_counts *address_counts; /* made by workers_new(); any thread */
    struct sign_in_guard *sign_in_guard;   /* made by workers_new(); any thread */

    /* The upper floors, hung in by main so that core/ need not know them. */
    const struct entity_kind *account_kind, *room_kind, *host_kind;
    const struct session_home *session_home;
};
