/* session_stanza.c - a stanza from the client: is it in form, who says it comes from whom, may it
 * come so fast? Then it goes to the account. */
#include "base/error.h"
#include "server/core/config.h"
#include "server/core/session_private.h"
#include "server/core/settlement.h"
#include "xmpp/ns.h"

#include <assert.h>

enum {
    JID_ARENA_BYTES = 8 * 1024,
    PRESENCE_BYTES_MAX = 48 * 1024 /* of memory; the presence of a usual client takes 3 KiB */
};

static void
rate_hold_over(struct session *session)
{
    session_release(session, HOLD_RATE);
}

/* A debt is paid with waiting. */
static void
wait_for_rate(struct session *session, int64_t wait_us)
{
    /* Before sign-in the timer may hold back a failure, and reading is held then anyway. */
    if (wait_us > 0 && !timer_is_set(&session->_private->hold_timer))
        session_hold_for(session, HOLD_RATE, wait_us, rate_hold_over);
}

void
session_charge_bytes(struct session *session, size_t count)
{
    assert(count <= UINT32_MAX);
    wait_for_rate(session, rate_limit_take(&session->_private->bytes, (uint32_t)count,
                                           loop_now_us(session->worker->loop)));
}

static void
charge_stanza(struct session *session)
{
    wait_for_rate(session, rate_limit_take(&session->_private->stanzas, 1,
                                           loop_now_us(session->worker->loop)));
}

/* RFC 6120 8.1.2.1: a client may leave `from` out, or say who it is. */
static bool
from_is_own(const struct session *session, const struct stanza *stanza)
{
    if (!element_has(stanza->root, STR("from")))
        return true;
    return jid_is_set(stanza->from) && (str_equal(stanza->from.full, session->jid.full) ||
                                        str_equal(stanza->from.full, session->jid.bare));
}

static bool
has_bad_to(const struct stanza *stanza)
{
    return element_has(stanza->root, STR("to")) && !jid_is_set(stanza->to);
}

/* RFC 6120 8.2.3: an id, one of four types, and exactly one child in a question. */
static bool
is_sound_iq(const struct stanza *stanza)
{
    const struct element *first = stanza_payload(stanza);

    if (stanza->id.len == 0)
        return false;
    if (stanza->type == TYPE_GET || stanza->type == TYPE_SET)
        return first && !element_next(first);
    if (stanza->type == TYPE_RESULT)
        return !first || !element_next(first);
    return stanza->type == TYPE_ERROR;
}

/* Presence is kept, by the account and by each room that the session is in, for as long as it is
 * there; so it is not let to be as large as what only passes through. */
static bool
is_too_much_to_keep(const struct stanza *stanza)
{
    return stanza->kind == STANZA_PRESENCE && arena_taken(&stanza->arena) > PRESENCE_BYTES_MAX;
}

/* The defined condition of what is wrong with it, or NULL. */
static const char *
find_fault(const struct stanza *stanza)
{
    if (is_too_much_to_keep(stanza))
        return "policy-violation"; /* RFC 6120 8.3.3.12 */
    if (has_bad_to(stanza))
        return "jid-malformed"; /* RFC 6120 8.3.3.8 */
    if (stanza->kind == STANZA_IQ && !is_sound_iq(stanza))
        return "bad-request"; /* RFC 6120 8.3.3.1 */
    return NULL;
}

/* Answers an error; what may not be answered is dropped. */
static void
refuse(struct session *session, const struct stanza *stanza, const char *condition)
{
    struct stanza *reply = stanza_error(stanza, condition, STR_EMPTY);

    if (!reply)
        return;
    stanza_set_to(reply, session->jid);
    stanza_seal(reply);
    session_send(session, reply);
    stanza_unref(reply);
}

/* What the operator of a class or a lab wants to follow, if the configuration says so. What is said
 * in a room is logged there, once the room has let it through. */
static void
log_message(const struct session *session, struct stanza *stanza)
{
    struct arena arena;
    struct str body;

    if (!session->worker->server->config->log_messages || stanza->kind != STANZA_MESSAGE ||
        stanza->type == TYPE_GROUPCHAT)
        return;
    arena_init(&arena, STANZA_ARENA_DEFAULT);
    body = element_child_text(&arena, stanza->root, NS_CLIENT, STR("body"));
    if (body.len > 0)
        log_info(&session->log, "message", "from %.*s to %.*s: %.*s", STR_ARG(session->jid.full),
                 STR_ARG(jid_is_set(stanza->to) ? stanza->to.full : session->jid.bare),
                 STR_ARG(body));
    arena_fini(&arena);
}

/* RFC 6120 10.3.1, 10.3.3: what is addressed to nobody is for the own account; but presence to
 * nobody is for everybody. */
static void
address(const struct session *session, struct stanza *stanza)
{
    if (!jid_is_set(stanza->to) && stanza->kind != STANZA_PRESENCE)
        stanza_set_to(stanza, jid_bare(session->jid));
}

static bool
is_ours(const struct session *session, struct jid jid)
{
    const struct server *server = session->worker->server;

    return str_equal(jid.domain, server->domain) || str_equal(jid.domain, server->rooms_domain);
}

/* Does it say that this server, or somebody else here, has had the stanza for a while (XEP-0203),
 * or has given it an id (XEP-0359 4)? */
static bool
is_forged_stamp(const struct element *child, const void *context)
{
    const struct session *session = context;
    bool is_id = element_is(child, NS_SID, STR("stanza-id"));
    struct str by = element_get(child, is_id ? STR("by") : STR("from"));
    struct arena arena;
    struct jid jid;
    bool is_forged = false;

    if (by.len == 0 || (!is_id && !element_is(child, NS_DELAY, STR("delay"))))
        return false;
    arena_init(&arena, JID_ARENA_BYTES);
    if (jid_parse(&arena, by, &jid) == 0)
        is_forged = is_ours(session, jid) && (is_id || !jid_bare_equal(jid, session->jid));
    arena_fini(&arena);
    return is_forged;
}

/* Stamped with its sender and given to the account. The settlement's first hold is ours until the
 * account has it. */
static void
pass_on(struct session *session, struct stanza *stanza, uint32_t sequence)
{
    const struct session_home *home = session->worker->server->session_home;
    bool counts = session->_private->sm.enabled;

    element_remove_if(stanza->root, is_forged_stamp, session);
    stanza_set_from(stanza, session->jid);
    address(session, stanza);
    if (home->stamp)
        home->stamp(session, stanza);
    if (counts)
        settlement_begin(stanza, session->worker, session->log.number, sequence);
    if (arena_is_full(&stanza->arena)) {
        stanza->_settlement = NULL;
        refuse(session, stanza, "policy-violation");
        if (counts)
            session_settled(session, sequence);
        return;
    }
    log_message(session, stanza);
    stanza_seal(stanza);
    home->receive(session, stanza_ref(stanza));
    settlement_release(stanza);
}

static void
take(struct session *session, struct stanza *stanza)
{
    uint32_t sequence = session_sm_received(session);
    const char *fault = find_fault(stanza);

    charge_stanza(session);
    if (!fault && !session_is_pong(session, stanza)) {
        pass_on(session, stanza, sequence);
        return;
    }
    if (fault)
        refuse(session, stanza, fault);
    session_settled(session, sequence);
}

void
session_takes_stanza(struct session *session)
{
    struct stanza *stanza = server_stream_take_stanza(session->stream);

    if (str_equal(stanza->root->ns, NS_CSI))
        session_take_client_state(session, stanza);
    else if (stanza->kind == STANZA_OTHER)
        session_sm_take(session, stanza);
    else if (!from_is_own(session, stanza))
        session_close(session, E_FROM, "it spoke in somebody else's name");
    else
        take(session, stanza);
    stanza_unref(stanza);
}
