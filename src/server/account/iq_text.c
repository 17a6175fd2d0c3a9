/* iq_text.c - see iq_text.h. */
#include "server/account/iq_text.h"

#include "base/error.h"
#include "server/core/router.h"
#include "xmpp/xml_writer.h"

/* What a client is sent in one piece at most. */
enum {
    IQ_TEXT_MAX = 64 * 1024 * 1024
};

void
iq_text_begin(struct buffer *out, const struct stanza *request)
{
    buffer_init(out, IQ_TEXT_MAX);
    buffer_append(out, STR("<iq type='result'"));
    xml_write_attribute(out, STR("id"), request->id);
    xml_write_attribute(out, STR("from"), request->to.full);
    buffer_append_char(out, '>');
}

void
iq_text_send(struct buffer *out, struct worker *worker, const struct stanza *request)
{
    struct session *session = session_find(worker, request->from.full);

    buffer_append(out, STR("</iq>"));
    if (buffer_failed(out)) {
        router_reply_error(worker, request, E_FULL);
    } else if (session) {
        struct stanza_wire wire = { .block = block_new(buffer_str(out)),
                                    .to_offset = sizeof("<iq") - 1 };

        session_send_wire(session, &wire, request->from.full);
        block_unref(wire.block);
    }
    buffer_fini(out);
}
