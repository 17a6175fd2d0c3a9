/* session_stream_management.c - XEP-0198 acknowledgements: a client is told what is safe, and tells
 * what it has. Resumption is not offered. */
#include "base/error.h"
#include "server/core/session_private.h"
#include "xmpp/ns.h"

#include <assert.h>
#include <stdio.h>

enum {
    ASK_EVERY = 100, /* stanzas sent without an acknowledgement before we ask */
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

/* XEP-0198 3. */
static void
enable(struct session *session)
{
    struct session_sm *sm = &session->_private->sm;

    if (sm->enabled) {
        session_write(session, STR("<failed xmlns='urn:xmpp:sm:3'><unexpected-request "
                                   "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>"));
        return;
    }
    *sm = (struct session_sm){ .enabled = true };
    session_write(session, STR("<enabled xmlns='urn:xmpp:sm:3'/>"));
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

/* XEP-0198 4, the last example: more acknowledged than was ever sent. */
static void
refuse_count(struct session *session, uint32_t h)
{
    char text[ANSWER_BYTES];

    (void)snprintf(text, sizeof(text),
                   "<stream:error><undefined-condition "
                   "xmlns='urn:ietf:params:xml:ns:xmpp-streams'/><handled-count-too-high "
                   "xmlns='urn:xmpp:sm:3' h='%u' send-count='%u'/></stream:error>"
                   "</stream:stream>",
                   h, session->_private->sm.sent);
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
    if ((uint32_t)h - sm->acked > sm->sent - sm->acked) {
        refuse_count(session, (uint32_t)h);
        return;
    }
    sm->acked = (uint32_t)h;
    sm->asked = false;
    session_tell_receipts(session, false);
    if (!list_is_empty(&session->_private->receipts) || sm->sent - sm->acked >= ASK_EVERY)
        session_sm_ask(session);
}

void
session_sm_take(struct session *session, const struct stanza *nonza)
{
    const struct element *root = nonza->root;
    bool enabled = session->_private->sm.enabled;

    if (element_is(root, NS_SM, STR("enable")))
        enable(session);
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
}

/* ---- to the client ---- */

void
session_sm_sent(struct session *session)
{
    struct session_sm *sm = &session->_private->sm;

    if (!sm->enabled)
        return;
    sm->sent++;
    if (sm->sent - sm->acked >= ASK_EVERY)
        session_sm_ask(session);
}

void
session_sm_ask(struct session *session)
{
    struct session_sm *sm = &session->_private->sm;

    if (sm->asked || !sm->enabled)
        return;
    sm->asked = true;
    session_write(session, STR("<r xmlns='urn:xmpp:sm:3'/>"));
}
