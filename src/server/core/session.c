/* session.c - a session's life: accepted, held and released, ended, freed. */
#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "server/core/address_counts.h"
#include "server/core/config.h"
#include "server/core/session_private.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    ARENA_BYTES = 16 * 1024
};

#define SECOND_US INT64_C(1000000)
#define LINGER_US INT64_C(2000000)

/* A stop must not take long. */
#define LINGER_STOP_US INT64_C(500000)

static void run_task(struct turn_task *task);
static void hold_expired(struct timer *timer);

/* ---- a new connection ---- */

/* Counts it; false when there are too many already. */
static bool
count_in(struct session *session)
{
    struct server *server = session->worker->server;
    int total = atomic_fetch_add(&server->connections, 1) + 1;
    unsigned here = address_counts_add(server->address_counts, str_from(session->network));

    session->_private->counted = true;
    if (server->config->max_connections > 0 && (unsigned)total > server->config->max_connections) {
        log_warning(&session->log, "refused", "%s: too many connections", conn_peer(session->conn));
        return false;
    }
    if (server->config->limits && server->config->max_connections_per_address > 0 &&
        here > server->config->max_connections_per_address) {
        log_info(&session->log, "refused", "%s: too many connections from there",
                 conn_peer(session->conn));
        return false;
    }
    return true;
}

void
session_count_out(struct session *session)
{
    struct server *server = session->worker->server;

    if (!session->_private->counted)
        return;
    session->_private->counted = false;
    address_counts_remove(server->address_counts, str_from(session->network));
    atomic_fetch_sub(&server->connections, 1);
}

static void
init_limits(struct session *session)
{
    const struct config *config = session->worker->server->config;
    struct session_private *own = session->_private;
    uint32_t stanzas = config->limits ? config->rate_stanzas_per_second : 0;
    uint32_t bytes = config->limits ? config->rate_bytes_per_second : 0;
    uint32_t stanza_bytes = (uint32_t)config->max_stanza_bytes;

    /* Bursts are normal: signing in, joining ten rooms, pasting a picture. */
    rate_limit_init(&own->stanzas, stanzas, 10 * stanzas, session->connected_us);
    rate_limit_init(&own->bytes, bytes, 4 * bytes + stanza_bytes, session->connected_us);
}

static struct session *
session_new(struct worker *worker, bool direct_tls)
{
    struct {
        struct session session;
        struct session_private own;
    } *both = memory_new(1, sizeof(*both));
    struct session *session = &both->session;
    struct session_private *own = &both->own;

    session->_private = own;
    own->session = session;
    session->worker = worker;
    session->log =
        (struct log){ .parent = &worker->log,
                      .name = "session",
                      .number = atomic_fetch_add(&worker->server->session_numbers, 1) + 1 };
    session->connected_us = loop_now_us(worker->loop);
    list_init(&session->link);
    list_init(&session->account_link);
    arena_init(&session->arena, ARENA_BYTES);
    turn_task_init(&own->task, run_task);
    own->timer.expired = session_silence_expired;
    own->hold_timer.expired = hold_expired;
    list_init(&own->awake);
    list_init(&own->receipts);
    client_state_init(&own->client_state);
    own->received_us = session->connected_us;
    own->direct_tls = direct_tls;
    init_limits(session);
    return session;
}

static void
session_free(struct session *session)
{
    assert(!session->conn);
    assert(!session->_private->sm.former && !session->_private->sm.heir);
    sm_queue_fini(&session->_private->sm.queue);
    client_state_fini(&session->_private->client_state);
    server_stream_free(session->stream);
    arena_fini(&session->arena);
    free(session); /* with its private part */
}

void
session_accept(struct worker *worker, int fd, const char *peer, bool direct_tls)
{
    struct session *session;

    if (worker->stopping || (direct_tls && !worker->server->tls)) {
        close(fd);
        return;
    }
    session = session_new(worker, direct_tls);
    session->conn = conn_new(worker->loop, fd, peer, &session_conn_handler, session);
    if (!session->conn) {
        session_free(session);
        return;
    }
    (void)snprintf(session->_private->network, sizeof(session->_private->network), "%s",
                   conn_peer_network(session->conn));
    session->network = session->_private->network;
    list_append(&worker->all_sessions, &session->link);
    worker->connection_count++;
    if (!count_in(session)) {
        session_end(session, "too many connections", 0);
        return;
    }
    log_info(&session->log, "connected", "%s%s", peer, direct_tls ? " (direct TLS)" : "");
    session_set_timer(session);
    if (direct_tls)
        conn_start_tls(session->conn, worker->server->tls);
}

/* ---- from the connection ---- */

void
session_stay_awake(struct session *session)
{
    struct worker *worker = session->worker;
    struct session_private *own = session->_private;

    own->received_us = loop_now_us(worker->loop);
    own->pinged = false;
    if (!list_is_empty(&own->awake))
        return;
    list_append(&worker->_awake, &own->awake);
    if (!timer_is_set(&worker->_rest))
        loop_timer_set(worker->loop, &worker->_rest, SECOND_US);
}

static void
received(void *owner, struct str bytes)
{
    struct session *session = owner;
    const struct server *server = session->worker->server;

    session_stay_awake(session);
    /* Not before the first byte: who only connects costs no parser. */
    if (!session->stream)
        session->stream = server_stream_new(&server->stream_config, conn_tls(session->conn));
    session_charge_bytes(session, bytes.len);
    server_stream_feed(session->stream, bytes);
    session_advance(session);
}

static void
tls_ready(void *owner, const struct tls_info *info)
{
    struct session *session = owner;

    log_info(&session->log, "tls", "%s, %s", info->version, info->cipher);
    if (session->stream)
        server_stream_tls_started(session->stream, info);
}

static void
drained(void *owner)
{
    struct session *session = owner;

    if (!session->_private->sm.enabled)
        session_tell_receipts(session, false);
}

static void
closed(void *owner, int error, const char *reason)
{
    struct session *session = owner;

    (void)error;
    session->conn = NULL;
    if (!session_detach(session, reason))
        session_end(session, reason, 0);
}

const struct conn_handler session_conn_handler = {
    .received = received,
    .tls_ready = tls_ready,
    .drained = drained,
    .closed = closed,
};

void
session_flush(struct session *session)
{
    struct buffer *output = server_stream_output(session->stream);

    if (buffer_len(output) == 0)
        return;
    if (session->conn)
        conn_write(session->conn, buffer_str(output));
    buffer_consume(output, buffer_len(output));
}

/* ---- events, one after the other ---- */

static void
has_closed(struct session *session)
{
    int error = server_stream_error(session->stream);

    session->_private->left = error == 0;
    session_end(session, error < 0 ? error_text(error) : "closed by the client", LINGER_US);
}

void
session_advance(struct session *session)
{
    static void (*const steps[])(struct session * session) = {
        [SERVER_STREAM_START_TLS] = session_starts_tls,
        [SERVER_STREAM_REGISTRATION] = session_registers,
        [SERVER_STREAM_NEED_VERIFIER] = session_needs_verifier,
        [SERVER_STREAM_NEED_CHECK] = session_needs_check,
        [SERVER_STREAM_NEED_TOKENS] = session_needs_tokens,
        [SERVER_STREAM_AUTH_FAILED] = session_auth_failed,
        [SERVER_STREAM_AUTHENTICATED] = session_authenticated,
        [SERVER_STREAM_TOKEN] = session_settles_token,
        [SERVER_STREAM_BIND] = session_binds,
        [SERVER_STREAM_RESUME] = session_resumes,
        [SERVER_STREAM_STANZA] = session_takes_stanza,
        [SERVER_STREAM_CLOSED] = has_closed,
    };
    struct session_private *own = session->_private;
    enum server_stream_event event = SERVER_STREAM_STANZA;

    if (!session->stream || own->advancing)
        return;
    own->advancing = true;
    while (event != SERVER_STREAM_WAIT && own->holds == 0 && !own->over) {
        event = server_stream_next(session->stream);
        session_flush(session);
        if (event != SERVER_STREAM_WAIT)
            steps[event](session);
    }
    own->advancing = false;
}

void
session_hold(struct session *session, enum session_hold hold)
{
    session->_private->holds |= hold;
    if (session->conn)
        conn_set_reading(session->conn, false);
}

void
session_release(struct session *session, enum session_hold hold)
{
    struct session_private *own = session->_private;

    if (!(own->holds & hold))
        return;
    own->holds &= ~(unsigned)hold;
    if (own->holds || own->over)
        return;
    if (!session->conn)
        return;
    conn_set_reading(session->conn, true);
    /* What was read before comes first, but not from in here. */
    if (!own->advancing)
        loop_at_turn_end(session->worker->loop, &own->task);
}

void
session_hold_for(struct session *session,
                 enum session_hold hold,
                 int64_t delay_us,
                 void (*over)(struct session *session))
{
    session_hold(session, hold);
    session->_private->hold_over = over;
    loop_timer_set(session->worker->loop, &session->_private->hold_timer, delay_us);
}

static void
hold_expired(struct timer *timer)
{
    struct session_private *own = CONTAINER_OF(timer, struct session_private, hold_timer);
    struct session *session = own->session;

    own->hold_over(session);
}

bool
session_answered(struct session *session)
{
    struct session_private *own = session->_private;

    assert(own->answer_pending);
    own->answer_pending = false;
    own->registering = false;
    if (!own->over)
        return true;
    if (!list_is_empty(&session->link)) /* else its end is still to be told */
        return false;
    session_free(session);
    return false;
}

/* ---- the end ---- */

void
session_let_conn_go(struct session *session)
{
    struct session_private *own = session->_private;
    struct loop *loop = session->worker->loop;

    list_remove(&own->awake);
    loop_timer_clear(loop, &own->timer);
    loop_timer_clear(loop, &own->hold_timer);
    session_count_out(session);
}

bool
session_is_over(const struct session *session)
{
    return session->_private->over;
}

/* Nobody finds it any more, and it will be finished. */
void
session_end_quietly(struct session *session)
{
    struct session_private *own = session->_private;
    struct worker *worker = session->worker;

    own->over = true;
    if (own->bound)
        map_remove(&worker->sessions, &session->node);
    own->bound = false;
    if (own->sm.resumable)
        map_remove(&worker->resumable, &own->sm.node);
    session_disinherit(session);
    session_let_conn_go(session);
    loop_at_turn_end(worker->loop, &own->task);
}

static void
log_end(const struct session *session, const char *reason)
{
    int64_t seconds = (loop_now_us(session->worker->loop) - session->connected_us) / SECOND_US;

    if (jid_is_set(session->jid))
        log_info(&session->log, "disconnected", "%.*s: %s, after %lld s",
                 STR_ARG(session->jid.full), reason, (long long)seconds);
    else
        log_info(&session->log, "disconnected", "%s, after %lld s", reason, (long long)seconds);
}

void
session_end(struct session *session, const char *reason, int64_t linger_us)
{
    struct session_private *own = session->_private;

    if (own->over)
        return;
    if (session->stream)
        session_flush(session);
    if (session->conn)
        conn_close(session->conn, linger_us);
    session->conn = NULL;
    log_end(session, reason);
    session_end_quietly(session);
}

/* Tells those who know of it, and frees it when nobody does any more. */
static void
finish(struct session *session)
{
    struct session_private *own = session->_private;

    session_tell_receipts(session, true);
    session_give_back(session);
    if (own->bind_asked)
        session->worker->server->session_home->closed(session);
    if (session->account)
        entity_unpin(session->account);
    session->account = NULL;
    list_remove(&session->link);
    session->worker->connection_count--;
    if (!own->answer_pending)
        session_free(session);
}

static void
close_with(struct session *session, int error, const char *reason, int64_t linger_us)
{
    if (session->_private->over)
        return;
    if (session->stream)
        server_stream_close(session->stream, error, str_from(error < 0 ? reason : NULL));
    session_end(session, reason, linger_us);
}

void
session_close(struct session *session, int error, const char *reason)
{
    close_with(session, error, reason, session->stream ? LINGER_US : 0);
}

void
session_replace(struct session *session)
{
    if (session->_private->over)
        return;
    if (session->stream)
        server_stream_replaced(session->stream);
    session_end(session, "replaced by a new connection", LINGER_US);
}

static void
shut_down(struct session *session)
{
    if (session->stream && !session->_private->over)
        server_stream_shutdown(session->stream);
    session_end(session, "the server is stopping", session->stream ? LINGER_STOP_US : 0);
}

/* Whose stanzas are on their way to the disk waits for them, for a moment, so that its client hears
 * how far we have come and sends nothing twice. */
void
sessions_shut_down(struct worker *worker)
{
    LIST_FOREACH (&worker->all_sessions, link) {
        struct session *session = CONTAINER_OF(link, struct session, link);

        if (session->conn && !session_sm_is_settled(session))
            session_hold_for(session, HOLD_STOP, LINGER_STOP_US, shut_down);
        else
            shut_down(session);
    }
}

void
session_shut_down_settled(struct session *session)
{
    if (session->_private->holds & HOLD_STOP)
        shut_down(session);
}

/* The worker's thread is over, and with it everybody who waited for anything. */
void
sessions_free_all(struct worker *worker)
{
    while (!list_is_empty(&worker->all_sessions)) {
        struct session *session = CONTAINER_OF(worker->all_sessions.next, struct session, link);

        session_end(session, "the server is stopping", 0);
        loop_turn_task_cancel(&session->_private->task);
        list_remove(&session->link);
        session_free(session);
    }
}

/* ---- moving to the account's worker ---- */

static void
arrive(struct letter *letter, void *context)
{
    struct session_private *own = CONTAINER_OF(letter, struct session_private, move);
    struct session *session = own->session;
    struct worker *worker = context;

    session->worker = worker;
    session->log.parent = &worker->log;
    list_append(&worker->all_sessions, &session->link);
    worker->connection_count++;
    if (worker->ended) /* worker_empty() frees it */
        return;
    if (conn_attach(session->conn, worker->loop, &session_conn_handler, session) < 0) {
        session_end(session, "the system has no room for another connection", 0);
        return;
    }
    if (worker->stopping) {
        server_stream_shutdown(session->stream);
        session_end(session, "the server is stopping", LINGER_STOP_US);
        return;
    }
    session_set_timer(session);
    session_stay_awake(session);
    session_release(session, HOLD_MOVE);
}

static void
move(struct session *session)
{
    struct session_private *own = session->_private;
    struct worker *worker = session->worker;

    conn_detach(session->conn);
    loop_timer_clear(worker->loop, &own->timer);
    loop_timer_clear(worker->loop, &own->hold_timer);
    own->holds = HOLD_MOVE;
    list_remove(&own->awake);
    list_remove(&session->link);
    worker->connection_count--;
    own->move.open = arrive;
    worker_post(worker_of(worker->server, session->jid.bare), &own->move);
}

static void
go_on(struct session *session)
{
    session_sm_turn_ends(session);
    if (!session->_private->sm.enabled && conn_queued(session->conn) == 0)
        session_tell_receipts(session, false);
    session_advance(session);
}

static void
run_task(struct turn_task *task)
{
    struct session_private *own = CONTAINER_OF(task, struct session_private, task);
    struct session *session = own->session;

    if (own->over)
        finish(session);
    else if (own->holds & HOLD_MOVE)
        move(session);
    else if (own->sm.former)
        session_take_over_former(session);
    else
        go_on(session);
}

struct session *
session_find(struct worker *worker, struct str full)
{
    struct map_node *node = map_get(&worker->sessions, full);

    return node ? CONTAINER_OF(node, struct session, node) : NULL;
}
