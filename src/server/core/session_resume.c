/* session_resume.c - XEP-0198 resumption: a session that has lost its connection waits for its
 * client, goes on with another connection, or is given up.
 *
 * The session itself stays what and where it is: address, presence, rooms, counters and whoever
 * points to it. A client that comes back signs in as a new session, on the account's worker; when
 * it asks to resume, that one is the heir: it gives its connection and stream to the former session
 * and goes. */
#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include "server/core/config.h"
#include "server/core/parcel.h"
#include "server/core/router.h"
#include "server/core/session_private.h"
#include "xmpp/ns.h"
#include "xmpp/xml_reader.h"
#include "xmpp/xml_writer.h"

#include <assert.h>
#include <stdio.h>

enum {
    PARSED_MAX = 16 * 1024 * 1024, /* of one stanza, read again */
    TEXT_MAX = 2 * 1024 * 1024     /* of one, with its address and stamp */
};

#define SECOND_US INT64_C(1000000)
#define LINGER_US INT64_C(2000000)

void
session_make_resumable(struct session *session, int64_t wanted_s)
{
    struct session_sm *sm = &session->_private->sm;
    int64_t seconds = session->worker->server->config->resume_seconds;

    /* A guest who comes back is somebody else. */
    if (seconds == 0 || session->guest)
        return;
    if (wanted_s > 0 && wanted_s < seconds)
        seconds = wanted_s;
    sm->resumable = true;
    sm->resume_us = seconds * SECOND_US;
    random_token(sm->id, sizeof(sm->id));
    map_put(&session->worker->resumable, str_from(sm->id), &sm->node);
}

bool
session_is_detached(const struct session *session)
{
    return session->_private->sm.detached_us > 0;
}

/* ---- without a connection ---- */

bool
session_detach(struct session *session, const char *reason)
{
    struct session_private *own = session->_private;
    const struct session_home *home = session->worker->server->session_home;

    if (!own->sm.resumable || own->over || session->worker->stopping)
        return false;
    assert(!own->advancing && !session_is_detached(session));
    if (session->conn)
        conn_close(session->conn, 0);
    session->conn = NULL;
    /* What was read and not taken yet does not count as received: the client sends it again. */
    server_stream_free(session->stream);
    session->stream = NULL;
    session_let_conn_go(session);
    own->holds &= HOLD_WINDOW;
    own->sm.asked = own->sm.wants_to_ask = own->sm.owes = false;
    own->sm.detached_us = loop_now_us(session->worker->loop);
    own->client_state.inactive = true; /* of all the presence that comes now the last is enough */
    session_set_timer(session);
    log_info(&session->log, "detached", "%.*s: %s", STR_ARG(session->jid.full), reason);
    /* With an heir it is as good as resumed. */
    if (home->detached && !own->sm.heir)
        home->detached(session);
    session_check_budget(session);
    return true;
}

/* XEP-0198 5: the former stream may still be open here; it is told <conflict/>. */
static void
supersede(struct session *former)
{
    if (session_is_detached(former))
        return;
    server_stream_replaced(former->stream);
    session_flush(former);
    conn_close(former->conn, LINGER_US);
    former->conn = NULL;
    if (!session_detach(former, "resumed with another connection"))
        session_end(former, "the server is stopping", 0);
}

/* ---- who comes back ---- */

void
session_disinherit(struct session *session)
{
    struct session_sm *sm = &session->_private->sm;
    struct session *heir = sm->heir;

    if (sm->former)
        sm->former->_private->sm.heir = NULL;
    sm->former = NULL;
    sm->heir = NULL;
    if (!heir)
        return;
    heir->_private->sm.former = NULL;
    server_stream_refuse_resume(heir->stream, &sm->settled);
    session_flush(heir);
    session_release(heir, HOLD_QUESTION);
}

void
session_try_to_hand_over(struct session *session)
{
    struct session *heir = session->_private->sm.heir;

    if (heir)
        loop_at_turn_end(heir->worker->loop, &heir->_private->task);
}

/* XEP-0198 5: the heir waits until everything that came from its client before is dealt with, so
 * that the count it is told is both right and safe. */
static void
wait_for(struct session *session, struct session *former)
{
    if (former->_private->sm.heir)
        session_replace(former->_private->sm.heir);
    session_hold(session, HOLD_QUESTION);
    session->_private->sm.former = former;
    former->_private->sm.heir = session;
    supersede(former);
    session_try_to_hand_over(former);
}

static void
end_found(struct store_call *call, void *context)
{
    struct store_stream_end_find *found = CONTAINER_OF(call, struct store_stream_end_find, call);
    struct session *session = call->owner;
    uint32_t h = (uint32_t)found->ret_h;

    (void)context;
    if (session_answered(session)) {
        server_stream_refuse_resume(session->stream, call->status == 0 ? &h : NULL);
        session_flush(session);
        session_release(session, HOLD_QUESTION);
    }
    store_call_free(call);
}

/* XEP-0198 5: a session that has ended cannot be resumed, but its client may hear how much of what
 * it sent was dealt with. */
static void
look_up_end(struct session *session)
{
    struct worker *worker = session->worker;
    struct store_stream_end_find *question =
        STORE_CALL(stream_end_find, STREAM_END_FIND, &worker->mailbox, end_found, session);

    question->name = store_keep(&question->call, session->jid.local);
    question->id = store_keep(&question->call, server_stream_resume_id(session->stream));
    session_hold(session, HOLD_QUESTION);
    session->_private->answer_pending = true;
    store_submit(worker->server->store, &question->call);
}

/* Sessions of others are as unknown as those that never were. */
static struct session *
find_former(const struct session *session)
{
    struct map_node *node =
        map_get(&session->worker->resumable, server_stream_resume_id(session->stream));
    struct session_sm *sm = node ? CONTAINER_OF(node, struct session_sm, node) : NULL;
    struct session *former = sm ? CONTAINER_OF(sm, struct session_private, sm)->session : NULL;

    return former && jid_bare_equal(former->jid, session->jid) ? former : NULL;
}

void
session_resumes(struct session *session)
{
    struct session *former = find_former(session);
    uint32_t h = server_stream_resume_h(session->stream);
    enum sm_ack verdict;

    if (!former && session->guest) {
        server_stream_refuse_resume(session->stream, NULL);
        return;
    }
    if (!former) {
        look_up_end(session);
        return;
    }
    verdict = sm_queue_check(&former->_private->sm.queue, h);
    if (verdict == SM_ACK_TOO_HIGH) {
        session_sm_refuse_count(session, &former->_private->sm, h);
        return;
    }
    wait_for(session, former);
    /* It asks for what it has acknowledged before, and nobody has any more. */
    if (verdict == SM_ACK_OLD)
        session_end(former, "its client has lost count", 0);
}

/* ---- going on ---- */

static bool
take_conn(struct session *session, struct session *heir)
{
    struct session_private *own = session->_private, *theirs = heir->_private;
    struct loop *loop = session->worker->loop;

    conn_detach(heir->conn);
    if (conn_attach(heir->conn, loop, &session_conn_handler, session) < 0)
        return false;
    session->conn = heir->conn;
    session->stream = heir->stream;
    heir->conn = NULL;
    heir->stream = NULL;
    memcpy(own->network, theirs->network, sizeof(own->network));
    own->counted = theirs->counted;
    theirs->counted = false;
    return true;
}

static void
write_again(struct session *session, const struct sm_entry *entry)
{
    struct str bytes = block_str(entry->block);
    struct buffer whole, text;

    buffer_init(&whole, TEXT_MAX);
    buffer_init(&text, TEXT_MAX);
    if (entry->to_offset != SM_WHOLE) {
        buffer_append(&whole, str_slice(bytes, 0, entry->to_offset));
        xml_write_attribute(&whole, STR("to"), session->jid.full);
        buffer_append(&whole, str_slice(bytes, entry->to_offset, bytes.len));
        bytes = buffer_str(&whole);
    }
    sm_write_again(&text, bytes, session->worker->server->domain, entry->sent_us);
    assert(!buffer_failed(&whole) && !buffer_failed(&text));
    conn_write(session->conn, buffer_str(&text));
    buffer_fini(&whole);
    buffer_fini(&text);
}

/* XEP-0198 5: first the answer, then what the client has not got, in order. */
static void
go_on(struct session *session, uint32_t h)
{
    struct session_private *own = session->_private;
    struct sm_queue *queue = &own->sm.queue;
    const struct session_home *home = session->worker->server->session_home;

    own->sm.detached_us = 0;
    own->holds = 0;
    own->client_state.inactive = false; /* XEP-0352 5 */
    if (sm_queue_ack(queue, h) != SM_ACK_OK)
        assert(!"counts of a detached session stand still");
    server_stream_resumed(session->stream, own->sm.settled);
    session_flush(session);
    for (size_t i = 0; i < queue->count; i++)
        write_again(session, sm_queue_at(queue, i));
    session_release_held(session);
    log_info(&session->log, "resumed", "%.*s from %s", STR_ARG(session->jid.full),
             conn_peer(session->conn));
    session_stay_awake(session);
    session_set_timer(session);
    session_tell_receipts(session, false);
    if (queue->count > 0)
        session_sm_ask(session);
    if (home->resumed)
        home->resumed(session);
}

void
session_take_over_former(struct session *heir)
{
    struct session *session = heir->_private->sm.former;
    uint32_t h = server_stream_resume_h(heir->stream);

    if (!session_sm_is_settled(session))
        return;
    heir->_private->sm.former = NULL;
    session->_private->sm.heir = NULL;
    if (!take_conn(session, heir)) {
        session_end(heir, "the system has no room for another connection", 0);
        return;
    }
    session_end_quietly(heir);
    go_on(session, h);
    if (session->conn) {
        conn_set_reading(session->conn, true);
        loop_at_turn_end(session->worker->loop, &session->_private->task);
    }
}

/* ---- given up ---- */

/* What was sent, read again. NULL when it cannot be, which is a fault of ours. */
static struct stanza *
read_again(struct session *session, struct str bytes, int64_t sent_us)
{
    struct arena arena;
    struct buffer text;
    struct element *root = NULL;
    struct stanza *stanza = NULL;

    arena_init(&arena, PARSED_MAX);
    buffer_init(&text, TEXT_MAX);
    sm_write_again(&text, bytes, session->worker->server->domain, sent_us);
    if (xml_parse(&arena, buffer_str(&text), NS_CLIENT, &root) == 0)
        stanza = stanza_take(arena, root);
    else
        arena_fini(&arena);
    buffer_fini(&text);
    if (!stanza)
        log_error(&session->log, "not-given-back", "a stanza that cannot be read");
    return stanza;
}

struct stanza *
session_last_unacknowledged(struct session *session)
{
    const struct sm_queue *queue = &session->_private->sm.queue;

    for (size_t i = queue->count; i > 0; i--) {
        const struct sm_entry *entry = sm_queue_at(queue, i - 1);

        if (entry->parcel && !entry->parcel->arrived)
            return read_again(session, block_str(entry->parcel->bytes), entry->sent_us);
    }
    return NULL;
}

/* XEP-0198 4: "in the same way that it would treat a stanza sent to an unavailable resource". */
static void
give_back_message(struct session *session, struct str bytes, int64_t sent_us)
{
    const struct session_home *home = session->worker->server->session_home;
    struct stanza *stanza = read_again(session, bytes, sent_us);

    if (!stanza)
        return;
    stanza->redelivered = true;
    stanza->announced = session_is_detached(session);
    stanza_seal(stanza);
    if (home->lost)
        home->lost(session, stanza);
    stanza_unref(stanza);
}

/* RFC 6121 8.5.3.2.3: somebody waits for an answer. */
static void
answer_for(struct session *session, const struct sm_entry *entry)
{
    struct str bytes = block_str(entry->block);
    struct stanza *request;

    if (entry->to_offset != SM_WHOLE || !str_starts_with(bytes, STR("<iq")))
        return;
    request = read_again(session, bytes, entry->sent_us);
    if (!request)
        return;
    if ((request->type == TYPE_GET || request->type == TYPE_SET) && jid_is_set(request->to) &&
        jid_is_set(request->from))
        router_reply_condition(session->worker, request, "service-unavailable", STR_EMPTY);
    stanza_unref(request);
}

static void
give_back(struct session *session, struct sm_entry entry)
{
    struct block *message = parcel_lose(entry.parcel);

    if (message)
        give_back_message(session, block_str(message), entry.sent_us);
    else
        answer_for(session, &entry);
    block_unref(message);
    block_unref(entry.block);
}

static void
end_written(struct store_call *call, void *context)
{
    (void)context;
    store_call_free(call);
}

/* For look_up_end(). */
static void
write_down_end(struct session *session)
{
    struct worker *worker = session->worker;
    struct session_sm *sm = &session->_private->sm;
    struct store_stream_end_add *end =
        STORE_CALL(stream_end_add, STREAM_END_ADD, &worker->mailbox, end_written, NULL);

    end->name = store_keep(&end->call, session->jid.local);
    end->id = store_keep(&end->call, str_from(sm->id));
    end->h = sm->settled;
    end->ended_us = clock_wall_us();
    store_submit(worker->server->store, &end->call);
}

void
session_give_back(struct session *session)
{
    struct session_sm *sm = &session->_private->sm;
    struct sm_entry entry;

    if (!sm->enabled || session->worker->ended)
        return;
    if (sm->queue.count > 0)
        log_info(&session->log, "given-back", "%zu stanzas that were not acknowledged",
                 sm->queue.count);
    while (sm_queue_pop(&sm->queue, &entry))
        give_back(session, entry);
    if (sm->resumable && !session->_private->left)
        write_down_end(session);
}
