/* session_stream_management.c - XEP-0198 acknowledgements: a client is told what is safe, and tells
 * what it has. Resumption is in session_resume.c. */
#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "server/core/session_private.h"
#include "xmpp/ns.h"

#include <assert.h>
#include <stdio.h>

enum {
    ANSWER_BYTES = 512
};

static void
acknowledge(struct session *session)
{
    char text[ANSWER_BYTES];

    (void)snprintf(text, sizeof(text), "<a xmlns='%s' h='%u'/>", NS_SM.data,
                   session->_private->sm.settled);
    session_write(session, str_from(text));
}

static bool
wants_resumption(const struct element *enable)
{
    struct str resume = element_get(enable, STR("resume"));

    return str_is(resume, "true") || str_is(resume, "1");
}

/* XEP-0198 3, 5. */
static void
start(struct session *session, const struct element *request, char ret_answer[ANSWER_BYTES])
{
    struct session_sm *sm = &session->_private->sm;
    int64_t wanted_s = 0;

    *sm = (struct session_sm){ .enabled = true };
    if (str_to_int64(element_get(request, STR("max")), 0, UINT32_MAX, &wanted_s) < 0)
        wanted_s = 0;
    if (wants_resumption(request))
        session_make_resumable(session, wanted_s);
    if (sm->resumable)
        (void)snprintf(ret_answer, ANSWER_BYTES,
                       "<enabled xmlns='%s' id='%s' resume='true' max='%lld'/>", NS_SM.data, sm->id,
                       (long long)(sm->resume_us / 1000000));
    else
        (void)snprintf(ret_answer, ANSWER_BYTES, "<enabled xmlns='%s'/>", NS_SM.data);
}

void
session_sm_enable_inline(struct session *session,
                         const struct element *request,
                         struct buffer *results)
{
    char answer[ANSWER_BYTES];

    if (!request)
        return;
    start(session, request, answer);
    buffer_append(results, str_from(answer));
}

/* XEP-0198 3. */
static void
enable(struct session *session, const struct element *request)
{
    struct session_sm *sm = &session->_private->sm;
    char answer[ANSWER_BYTES];

    if (sm->enabled) {
        session_write(session, STR("<failed xmlns='urn:xmpp:sm:3'><unexpected-request "
                                   "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>"));
        return;
    }
    start(session, request, answer);
    session_write(session, str_from(answer));
    if (!list_is_empty(&session->_private->receipts))
        session_sm_ask(session);
}

/* XEP-0198 4: answered at once with what is settled by now; what is not yet follows unasked. */
static void
answer_request(struct session *session)
{
    struct session_sm *sm = &session->_private->sm;

    acknowledge(session);
    sm->owes = sm->settled != sm->received;
    sm->owed = sm->received;
}

void
session_sm_refuse_count(struct session *session, const struct session_sm *sm, uint32_t h)
{
    char text[ANSWER_BYTES];

    (void)snprintf(text, sizeof(text),
                   "<stream:error><undefined-condition "
                   "xmlns='urn:ietf:params:xml:ns:xmpp-streams'/><handled-count-too-high "
                   "xmlns='urn:xmpp:sm:3' h='%u' send-count='%u'/></stream:error>"
                   "</stream:stream>",
                   h, sm->queue.sent);
    session_write(session, str_from(text));
    session_end(session, "it acknowledged more than was sent", INT64_C(2000000));
}

static void
take_acknowledgement(struct session *session, const struct stanza *nonza)
{
    struct session_sm *sm = &session->_private->sm;
    int64_t h;

    if (str_to_int64(element_get(nonza->root, STR("h")), 0, UINT32_MAX, &h) < 0) {
        session_close(session, E_FORMAT, "an acknowledgement without a count");
        return;
    }
    /* One that says less than the one before says nothing new (XEP-0198 4). */
    if (sm_queue_ack(&sm->queue, (uint32_t)h) == SM_ACK_TOO_HIGH) {
        session_sm_refuse_count(session, sm, (uint32_t)h);
        return;
    }
    sm->asked = false;
    session_tell_receipts(session, false);
    if (!list_is_empty(&session->_private->receipts) || sm->queue.count > 0)
        session_sm_ask(session);
}

void
session_sm_take(struct session *session, const struct stanza *nonza)
{
    const struct element *root = nonza->root;
    bool enabled = session->_private->sm.enabled;

    if (element_is(root, NS_SM, STR("enable")))
        enable(session, root);
    else if (enabled && element_is(root, NS_SM, STR("r")))
        answer_request(session);
    else if (enabled && element_is(root, NS_SM, STR("a")))
        take_acknowledgement(session, nonza);
    else if (element_is(root, NS_SM, STR("resume")))
        session_write(session, STR("<failed xmlns='urn:xmpp:sm:3'><unexpected-request "
                                   "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>"));
    else
        session_close(session, E_STANZA_TYPE, "an element we do not know");
}

/* ---- from the client ---- */

static uint64_t *
word_of(struct session_sm *sm, uint32_t sequence)
{
    return &sm->done[sequence % SM_WINDOW / 64];
}

uint32_t
session_sm_received(struct session *session)
{
    struct session_sm *sm = &session->_private->sm;

    if (!sm->enabled)
        return 0;
    sm->received++;
    assert(sm->received - sm->settled <= SM_WINDOW);
    if (sm->received - sm->settled == SM_WINDOW)
        session_hold(session, HOLD_WINDOW);
    return sm->received;
}

void
session_settled(struct session *session, uint32_t sequence)
{
    struct session_sm *sm = &session->_private->sm;
    uint32_t next;

    if (session->_private->over || !sm->enabled)
        return;
    assert(sequence - sm->settled - 1 < SM_WINDOW);
    *word_of(sm, sequence) |= UINT64_C(1) << (sequence % 64);
    while (next = sm->settled + 1, *word_of(sm, next) & UINT64_C(1) << (next % 64)) {
        *word_of(sm, next) &= ~(UINT64_C(1) << (next % 64));
        sm->settled = next;
    }
    if (sm->owes && (int32_t)(sm->settled - sm->owed) >= 0) {
        sm->owes = false;
        acknowledge(session);
    }
    if (sm->received - sm->settled <= SM_WINDOW / 2)
        session_release(session, HOLD_WINDOW);
    if (session_sm_is_settled(session)) {
        session_try_to_hand_over(session);
        session_shut_down_settled(session);
    }
}

bool
session_sm_is_settled(const struct session *session)
{
    const struct session_sm *sm = &session->_private->sm;

    return sm->settled == sm->received;
}

/* ---- to the client ---- */

bool
session_sm_keep(struct session *session, struct sm_entry entry)
{
    struct session_sm *sm = &session->_private->sm;

    if (!sm->enabled)
        return false;
    entry.sent_us = clock_wall_us();
    sm_queue_push(&sm->queue, entry);
    if (!sm->asked && !sm->wants_to_ask && session->conn) {
        sm->wants_to_ask = true;
        loop_at_turn_end(session->worker->loop, &session->_private->task);
    }
    return true;
}

void
session_sm_turn_ends(struct session *session)
{
    struct session_sm *sm = &session->_private->sm;

    if (sm->wants_to_ask)
        session_sm_ask(session);
    sm->wants_to_ask = false;
}

void
session_sm_ask(struct session *session)
{
    struct session_sm *sm = &session->_private->sm;

    if (sm->asked || !sm->enabled || !session->conn)
        return;
    sm->asked = true;
    sm->asked_us = loop_now_us(session->worker->loop);
    session_write(session, STR("<r xmlns='urn:xmpp:sm:3'/>"));
    session_set_timer(session);
}
