/* session_send.c - to the client. */
#include "base/error.h"
#include "server/core/config.h"
#include "server/core/parcel.h"
#include "server/core/session_private.h"
#include "xmpp/ns.h"
#include "xmpp/xml_writer.h"

#include <assert.h>

enum {
    TO_ROOM = 256 /* a ` to=''` of at most that many bytes is put together on the stack */
};

/* A client that does not read, or does not say that it has read, is cut before it fills our
 * memory. */
static bool
is_over_budget(const struct session *session)
{
    const struct config *config = session->worker->server->config;
    size_t max = config->max_session_queue_bytes;
    size_t kept = session->_private->sm.queue.bytes;

    if (!session->conn)
        return kept > config->max_resume_bytes;
    return max > 0 && (conn_queued(session->conn) > max || kept > max + config->max_resume_bytes);
}

void
session_check_budget(struct session *session)
{
    if (session->_private->over || !is_over_budget(session))
        return;
    if (session->stream)
        server_stream_close(session->stream, E_FULL, STR("too much is waiting for you"));
    session_end(session,
                session->conn ? "it does not read what is sent to it"
                              : "too much waits for it to come back",
                0);
}

void
session_write(struct session *session, struct str bytes)
{
    if (session->_private->over || !session->conn)
        return;
    conn_write(session->conn, bytes);
    session_check_budget(session);
}

static void
answer_registration(struct session *session, const struct stanza *answer)
{
    if (!session_answered(session))
        return;
    server_stream_send(session->stream, answer);
    session_flush(session);
    session_release(session, HOLD_QUESTION);
}

/* Nearly all addresses are short and have nothing to escape. */
static bool
write_to_quickly(struct conn *conn, struct str to)
{
    char text[TO_ROOM];
    static const char before[] = " to='";
    size_t length = sizeof(before) - 1;

    if (to.len > sizeof(text) - sizeof(before))
        return false;
    memcpy(text, before, length);
    for (size_t i = 0; i < to.len; i++) {
        char c = to.data[i];

        if (c == '\'' || c == '&' || c == '<' || c == '>')
            return false;
        text[length++] = c;
    }
    text[length++] = '\'';
    conn_write(conn, (struct str){ text, length });
    return true;
}

static void
write_to(struct conn *conn, struct str to)
{
    struct buffer text;

    if (write_to_quickly(conn, to))
        return;
    buffer_init(&text, 8 * JID_TEXT_MAX); /* every byte escaped */
    buffer_append(&text, STR(" to='"));
    xml_escape(&text, to);
    buffer_append_char(&text, '\'');
    assert(!buffer_failed(&text));
    conn_write(conn, buffer_str(&text));
    buffer_fini(&text);
}

void
session_write_entry(struct session *session, const struct sm_entry *entry)
{
    size_t length = block_str(entry->block).len;

    if (entry->to_offset == SM_WHOLE) {
        conn_write_block(session->conn, entry->block, 0, length);
        return;
    }
    conn_write_block(session->conn, entry->block, 0, entry->to_offset);
    write_to(session->conn, session->jid.full);
    conn_write_block(session->conn, entry->block, entry->to_offset, length - entry->to_offset);
}

/* Now, or when there is a connection again. Takes the references. */
static void
send_entry(struct session *session, struct sm_entry entry)
{
    if (session->conn)
        session_write_entry(session, &entry);
    if (!session_sm_keep(session, entry))
        block_unref(entry.block);
    session_check_budget(session);
}

/* Takes the reference. */
static void
send_block(struct session *session, struct block *block, size_t to_offset)
{
    struct session_private *own = session->_private;

    if (client_state_hold(&own->client_state, block, to_offset)) {
        block_unref(block);
        return;
    }
    session_release_held(session);
    if (own->over) {
        block_unref(block);
        return;
    }
    send_entry(session, (struct sm_entry){
                            .block = block,
                            .to_offset = to_offset,
                            .parcel = parcel_hold(session->worker, own->sm.enabled),
                        });
}

/* ---- XEP-0352 ---- */

void
session_release_held(struct session *session)
{
    struct session_private *own = session->_private;
    struct held_stanza held;

    /* Not one of them belongs to the message that an account may be dealing with right now. */
    while (!own->over && client_state_pop(&own->client_state, &held))
        send_entry(session, (struct sm_entry){ .block = held.block, .to_offset = held.to_offset });
}

/* XEP-0352 5: what follows from it happens before anything else that the client has sent. */
void
session_take_client_state(struct session *session, const struct stanza *nonza)
{
    struct client_state *state = &session->_private->client_state;

    if (element_is(nonza->root, NS_CSI, STR("inactive"))) {
        state->inactive = session->worker->server->config->save_traffic;
    } else if (element_is(nonza->root, NS_CSI, STR("active"))) {
        state->inactive = false;
        session_release_held(session);
    } else {
        session_close(session, E_STANZA_TYPE, "an element we do not know");
    }
}

void
session_send(struct session *session, const struct stanza *stanza)
{
    struct session_private *own = session->_private;
    struct block *block;

    if (own->registering) {
        answer_registration(session, stanza);
        return;
    }
    if (own->over || !own->bound)
        return;
    block = parcel_bytes(session->worker, stanza);
    if (!block) {
        log_warning(&session->log, "not-sent", "a stanza of more than a megabyte");
        return;
    }
    send_block(session, block, SM_WHOLE);
}

/* The rare one whose `to` is not the session's own address. */
static struct block *
wire_to(const struct stanza_wire *wire, struct str to)
{
    struct str bytes = block_str(wire->block);
    struct buffer text;
    struct block *block;

    buffer_init(&text, bytes.len + 8 * JID_TEXT_MAX);
    buffer_append(&text, str_slice(bytes, 0, wire->to_offset));
    xml_write_attribute(&text, STR("to"), to);
    buffer_append(&text, str_slice(bytes, wire->to_offset, bytes.len));
    assert(!buffer_failed(&text));
    block = block_new(buffer_str(&text));
    buffer_fini(&text);
    return block;
}

void
session_send_wire(struct session *session, const struct stanza_wire *wire, struct str to)
{
    if (session->_private->over || !session->_private->bound)
        return;
    if (str_equal(to, session->jid.full))
        send_block(session, block_ref(wire->block), wire->to_offset);
    else
        send_block(session, wire_to(wire, to), SM_WHOLE);
}

/* ---- receipts ---- */

static bool
has_arrived(const struct session *session, const struct session_receipt *receipt)
{
    const struct session_sm *sm = &session->_private->sm;

    /* Modulo 2^32, and never more than half of that apart. */
    return !sm->enabled || (int32_t)(sm_queue_acked(&sm->queue) - (uint32_t)receipt->_mark) >= 0;
}

void
session_when_sent(struct session *session, struct session_receipt *receipt)
{
    struct session_private *own = session->_private;

    assert(receipt->sent);
    receipt->_mark = own->sm.queue.sent;
    list_append(&own->receipts, &receipt->_link);
    if (own->over || !own->sm.enabled)
        loop_at_turn_end(session->worker->loop, &own->task);
    else
        session_sm_ask(session);
}

void
session_tell_receipts(struct session *session, bool ended)
{
    struct list *receipts = &session->_private->receipts;

    while (!list_is_empty(receipts)) {
        struct session_receipt *receipt =
            CONTAINER_OF(receipts->next, struct session_receipt, _link);

        if (!ended && !has_arrived(session, receipt))
            return;
        list_remove(&receipt->_link);
        receipt->sent(receipt, !ended);
    }
}
