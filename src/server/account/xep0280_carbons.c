/* xep0280_carbons.c - each of a user's sessions sees what the others send and get (XEP-0280). */
#include "server/account/xep0280_carbons.h"

#include "base/memory.h"
#include "server/account/account_feature.h"
#include "server/account/carbons_rules.h"
#include "server/account/presence.h"
#include "server/archive/stanza_ids.h"
#include "server/core/router.h"
#include "xmpp/ns.h"
#include "xmpp/xml_writer.h"

#include <stdlib.h>

#define NS_FORWARD STR("urn:xmpp:forward:0") /* XEP-0297 */

enum {
    TEXT_MAX = 2 * 1024 * 1024, /* of a copy */
    MEMORY = 256                /* messages that an error can answer */
};

/* ---- errors belong to a conversation, too ---- */

/* XEP-0280 6.1: an error is copied if what it answers was. A few of the last messages are
 * remembered by a number, whoever of the two sent them. */
struct account_carbons {
    uint64_t seen[MEMORY];
    size_t next;
};

static uint64_t
number_of(struct jid peer, struct str id)
{
    /* The key is the process's own: nobody chooses two with one number. */
    return map_hash(peer.bare) * 31 + map_hash(id);
}

static void
remember(struct account *account, struct jid peer, struct str id)
{
    struct account_carbons *carbons = account->carbons;

    if (id.len == 0)
        return;
    if (!carbons)
        carbons = account->carbons = memory_new(1, sizeof(*carbons));
    carbons->seen[carbons->next] = number_of(peer, id);
    carbons->next = (carbons->next + 1) % MEMORY;
}

static bool
remembers(const struct account *account, struct jid peer, struct str id)
{
    uint64_t number = number_of(peer, id);

    for (size_t i = 0; id.len > 0 && account->carbons && i < MEMORY; i++) {
        if (account->carbons->seen[i] == number)
            return true;
    }
    return false;
}

static void
account_closed(struct account *account)
{
    free(account->carbons);
    account->carbons = NULL;
}

/* ---- copies ---- */

static const char *
type_name(enum stanza_type type)
{
    if (type == TYPE_CHAT)
        return "chat";
    if (type == TYPE_HEADLINE)
        return "headline";
    return type == TYPE_ERROR ? "error" : "normal";
}

/* XEP-0313 3.3: what the user has sent has the id of his archive only in his copies. */
static void
write_message(const struct account *account, const struct stanza *message, struct buffer *out)
{
    struct str id = str_from(account->archive.sent_id);
    struct buffer text, extra;

    if (id.len == 0 || !account_is_owner(account, message) ||
        jid_bare_equal(message->to, account->entity.jid)) {
        xml_write(out, message->root, NS_FORWARD);
        return;
    }
    buffer_init(&text, TEXT_MAX);
    buffer_init(&extra, TEXT_MAX);
    xml_write(&text, message->root, NS_FORWARD);
    stanza_ids_write(&extra, account->entity.jid, id);
    message_text_append(out, buffer_str(&text), buffer_str(&extra));
    buffer_fini(&extra);
    buffer_fini(&text);
}

/* XEP-0280 7.1, 7.2: from the user's bare address, of the same type. Written once for all; only
 * `to` differs. */
static int
write_copy(const struct account *account,
           const struct stanza *message,
           struct str direction,
           struct stanza_wire *ret_wire)
{
    struct buffer out;

    buffer_init(&out, TEXT_MAX);
    buffer_append(&out, STR("<message"));
    xml_write_attribute(&out, STR("type"), str_from(type_name(message->type)));
    xml_write_attribute(&out, STR("from"), account->entity.jid.full);
    buffer_append_char(&out, '>');
    buffer_append_char(&out, '<');
    buffer_append(&out, direction);
    xml_write_attribute(&out, STR("xmlns"), NS_CARBONS);
    buffer_append(&out, STR("><forwarded"));
    xml_write_attribute(&out, STR("xmlns"), NS_FORWARD);
    buffer_append_char(&out, '>');
    write_message(account, message, &out);
    buffer_append(&out, STR("</forwarded></"));
    buffer_append(&out, direction);
    buffer_append(&out, STR("></message>"));
    bool fits = !buffer_failed(&out);
    if (fits)
        *ret_wire = (struct stanza_wire){ .block = block_new(buffer_str(&out)),
                                          .to_offset = sizeof("<message") - 1 };
    buffer_fini(&out);
    return fits ? 0 : -1;
}

/* Who may have a copy: the question is asked for each session with carbons. */
struct audience {
    const struct account_session *sender; /* of a sent message */
    const struct account_session *match;  /* who has got a received one ... */
    bool receptive_have_it;               /* ... or they all have */
    struct jid room;                      /* only those who are there under the sender's nickname */
};

static bool
is_in(const struct audience *audience, const struct account_session *state)
{
    if (!state->carbons || state == audience->sender || state == audience->match)
        return false;
    if (audience->receptive_have_it && account_session_is_receptive(state))
        return false;
    return !jid_is_set(audience->room) ||
           presence_shares_nick(audience->sender, state, audience->room);
}

static void
copy(struct account *account,
     const struct stanza *message,
     struct str direction,
     const struct audience *audience)
{
    struct stanza_wire wire = { 0 };

    ACCOUNT_FOREACH_SESSION(account, link)
    {
        struct account_session *state = account_session_at(link);

        if (!is_in(audience, state))
            continue;
        if (!wire.block && write_copy(account, message, direction, &wire) < 0)
            return;
        session_send_wire(state->session, &wire, state->session->jid.full);
    }
    if (wire.block)
        block_unref(wire.block);
}

static bool
has_carbons(struct account *account)
{
    ACCOUNT_FOREACH_SESSION(account, link)
    {
        if (account_session_at(link)->carbons)
            return true;
    }
    return false;
}

static bool
is_eligible(struct account *account, const struct stanza *message, bool sent)
{
    struct jid peer = sent ? message->to : message->from;

    switch (carbons_rule_of(message, sent, account_server(account)->rooms_domain)) {
    case CARBONS_NEVER:
        return false;
    case CARBONS_IF_ANSWER:
        return remembers(account, peer, message->id);
    case CARBONS_COPY:
        remember(account, peer, message->id);
        return true;
    }
    return false;
}

/* XEP-0280 7.1. */
static void
message_delivered(struct account *account,
                  const struct account_session *match,
                  struct stanza *message)
{
    struct audience audience = { .match = match, .receptive_have_it = !match };

    if (message->redelivered || !has_carbons(account) || !is_eligible(account, message, false))
        return;
    /* The session that wrote to the user's own address need not be told. */
    if (account_is_owner(account, message))
        audience.sender = account_find_session(account, message->from);
    copy(account, message, STR("received"), &audience);
}

/* XEP-0280 7.2. What goes to the user's own address comes to all as it is delivered, and a copy
 * that bounces (XEP-0280 11) goes there. */
static enum flow
message_out(struct account *account, struct account_session *state, struct stanza *message)
{
    struct audience audience = { .sender = state };

    if (jid_bare_equal(message->to, account->entity.jid) || !has_carbons(account) ||
        !is_eligible(account, message, true))
        return FLOW_ON;
    /* XEP-0280 6.1: what is whispered to an occupant. */
    if (str_equal(message->to.domain, account_server(account)->rooms_domain) &&
        !jid_is_bare(message->to))
        audience.room = jid_bare(message->to);
    copy(account, message, STR("sent"), &audience);
    return FLOW_ON;
}

/* ---- on and off ---- */

/* XEP-0280 4, 5, 9: as often as the client likes; nobody else's. */
static void
handle(struct worker *worker, struct entity *entity, struct stanza *request)
{
    struct account *account = account_of(entity);
    struct account_session *state = account_find_session(account, request->from);

    if (!account_is_owner(account, request) || !state) {
        router_reply_condition(worker, request, "not-allowed", STR_EMPTY);
        return;
    }
    carbons_enable(state, str_is(stanza_payload(request)->name, "enable"));
    router_route(worker, stanza_result(request));
}

/* XEP-0386 3.2: no answer is necessary. */
static void
session_inlined(struct account *account,
                struct account_session *state,
                const struct element *bind,
                struct buffer *results)
{
    (void)account;
    (void)results;
    if (element_child(bind, NS_CARBONS, STR("enable")))
        carbons_enable(state, true);
}

static const struct iq_handler iqs[] = {
    { STR_INIT("urn:xmpp:carbons:2"), "enable", false, true, handle },
    { STR_INIT("urn:xmpp:carbons:2"), "disable", false, true, handle },
    { .name = NULL },
};

static const char *const disco[] = {
    "urn:xmpp:carbons:2",
    "urn:xmpp:carbons:rules:0",
    NULL,
};

const struct account_feature account_xep0280_carbons = {
    .feature = { .name = "xep0280_carbons", .disco = disco, .iqs = iqs },
    .session_inlined = session_inlined,
    .message_out = message_out,
    .message_delivered = message_delivered,
    .account_closed = account_closed,
};
