/* session_silence.c - sessions that say nothing: before sign-in they go, afterwards they are asked
 * whether they are still there, and meanwhile they give memory back. */
#include "base/error.h"
#include "server/core/config.h"
#include "server/core/session_private.h"
#include "xmpp/ns.h"

#include <stdlib.h>

#define SECOND_US INT64_C(1000000)

/* One id is enough: whatever answers it is a sign of life. */
#define PING_ID STR("jackdaw-ping")

/* XEP-0198: a client that has not said a word since we asked it what it has got, although we
 * listen. */
static int64_t
ack_due_us(const struct session *session)
{
    const struct session_private *own = session->_private;
    int64_t since_us = own->received_us > own->sm.asked_us ? own->received_us : own->sm.asked_us;

    if (!own->sm.asked || own->holds || session->worker->server->config->ack_seconds == 0)
        return INT64_MAX;
    return since_us + session->worker->server->config->ack_seconds * SECOND_US;
}

static int64_t
silence_due_us(const struct session *session)
{
    const struct config *config = session->worker->server->config;
    const struct session_private *own = session->_private;
    int64_t since_us = own->bound ? own->received_us : session->connected_us;
    int64_t seconds = own->bound ? config->idle_seconds : config->login_seconds;

    if (seconds == 0)
        return INT64_MAX;
    return since_us + (own->pinged ? 2 * seconds : seconds) * SECOND_US;
}

static int64_t
due_us(const struct session *session)
{
    int64_t silence_us = silence_due_us(session);
    int64_t ack_us = ack_due_us(session);

    if (session_is_detached(session))
        return session->_private->sm.detached_us + session->_private->sm.resume_us;
    return ack_us < silence_us ? ack_us : silence_us;
}

/* From now on until sign-in has to be done, or until silence is suspicious, or until nobody comes
 * back any more; < 0 = never. */
static int64_t
time_left(const struct session *session)
{
    int64_t left_us = due_us(session) - loop_now_us(session->worker->loop);

    if (due_us(session) == INT64_MAX)
        return -1;
    return left_us > 0 ? left_us : 0;
}

void
session_set_timer(struct session *session)
{
    int64_t left_us = time_left(session);

    if (left_us < 0)
        loop_timer_clear(session->worker->loop, &session->_private->timer);
    else
        loop_timer_set(session->worker->loop, &session->_private->timer, left_us);
}

/* XEP-0199 4.1 */
static void
ping(struct session *session)
{
    struct stanza *request = stanza_new_iq(STR("get"), session->jid);

    element_add(&request->arena, request->root, NS_PING, STR("ping"));
    element_set(&request->arena, request->root, STR("from"), session->worker->server->domain);
    stanza_set_id(request, PING_ID);
    stanza_seal(request);
    session_send(session, request);
    stanza_unref(request);
}

bool
session_is_pong(const struct session *session, const struct stanza *stanza)
{
    return stanza->kind == STANZA_IQ &&
           (stanza->type == TYPE_RESULT || stanza->type == TYPE_ERROR) &&
           str_equal(stanza->id, PING_ID) &&
           str_equal(stanza->to.full, session->worker->server->domain);
}

/* Half-open connections say nothing either (XEP-0198 5): who may come back is waited for. */
static void
is_gone(struct session *session)
{
    if (!session_detach(session, "no sign of life"))
        session_close(session, E_TIMEOUT, "no sign of life");
}

void
session_silence_expired(struct timer *timer)
{
    struct session_private *own = CONTAINER_OF(timer, struct session_private, timer);
    struct session *session = own->session;

    /* The timer is not moved with every stanza; it looks when it comes. */
    if (time_left(session) != 0) {
        session_set_timer(session);
    } else if (session_is_detached(session)) {
        session_end(session, "it did not come back", 0);
    } else if (!own->bound) {
        session_close(session, E_TIMEOUT, "it took too long to sign in");
    } else if (own->pinged || ack_due_us(session) <= loop_now_us(session->worker->loop)) {
        is_gone(session);
    } else {
        own->pinged = true;
        ping(session);
        session_set_timer(session);
    }
}

void
sessions_rest(struct worker *worker)
{
    int64_t before_us = loop_now_us(worker->loop) - SECOND_US;

    LIST_FOREACH (&worker->_awake, link) {
        struct session_private *own = CONTAINER_OF(link, struct session_private, awake);

        if (own->received_us > before_us)
            continue;
        server_stream_rest(own->session->stream);
        list_remove(link);
    }
    if (!list_is_empty(&worker->_awake))
        loop_timer_set(worker->loop, &worker->_rest, SECOND_US);
}
