/* session_send.c - to the client. */
#include "base/error.h"
#include "server/core/config.h"
#include "server/core/session_private.h"
#include "xmpp/xml_writer.h"

#include <assert.h>

enum {
    TO_ROOM = 256 /* a ` to=''` of at most that many bytes is put together on the stack */
};

/* A client that does not read is cut before it fills our memory. */
static void
check_budget(struct session *session)
{
    size_t max = session->worker->server->config->max_session_queue_bytes;

    if (session->_private->over || max == 0 || conn_queued(session->conn) <= max)
        return;
    server_stream_close(session->stream, E_FULL, STR("too much is waiting for you"));
    session_end(session, "it does not read what is sent to it", 0);
}

void
session_write(struct session *session, struct str bytes)
{
    if (session->_private->over)
        return;
    conn_write(session->conn, bytes);
    check_budget(session);
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
    block = stanza_to_block(stanza);
    if (!block) {
        log_warning(&session->log, "not-sent", "a stanza of more than a megabyte");
        return;
    }
    conn_write_block(session->conn, block, 0, block_str(block).len);
    block_unref(block);
    session_sm_sent(session);
    check_budget(session);
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
session_send_wire(struct session *session, const struct stanza_wire *wire, struct str to)
{
    size_t length = block_str(wire->block).len;

    if (session->_private->over || !session->_private->bound)
        return;
    conn_write_block(session->conn, wire->block, 0, wire->to_offset);
    write_to(session->conn, to);
    conn_write_block(session->conn, wire->block, wire->to_offset, length - wire->to_offset);
    session_sm_sent(session);
    check_budget(session);
}

/* ---- receipts ---- */

static bool
has_arrived(const struct session *session, const struct session_receipt *receipt)
{
    const struct session_sm *sm = &session->_private->sm;

    /* Modulo 2^32, and never more than half of that apart. */
    return !sm->enabled || (int32_t)(sm->acked - (uint32_t)receipt->_mark) >= 0;
}

void
session_when_sent(struct session *session, struct session_receipt *receipt)
{
    struct session_private *own = session->_private;

    assert(receipt->sent);
    receipt->_mark = own->sm.sent;
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
