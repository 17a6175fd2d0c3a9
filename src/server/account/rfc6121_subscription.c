/* rfc6121_subscription.c - asking to see somebody's presence, and being asked (RFC 6121 3). */
#include "base/buffer.h"
#include "base/error.h"
#include "server/account/account_feature.h"
#include "server/account/presence.h"
#include "server/account/subscription.h"
#include "server/core/config.h"
#include "server/core/router.h"
#include "xmpp/ns.h"
#include "xmpp/xml_reader.h"
#include "xmpp/xml_writer.h"

/* A waiting request is kept with what its sender wrote, up to this size; else without. */
enum {
    REQUEST_MAX = 4096
};

/* Who is told inside the account. */
enum audience {
    AUDIENCE_AVAILABLE,
    AUDIENCE_INTERESTED
};

static void
deliver(struct account *account, const struct stanza *stanza, enum audience audience)
{
    ACCOUNT_FOREACH_SESSION(account, link)
    {
        struct account_session *state = account_session_at(link);

        if (audience == AUDIENCE_AVAILABLE ? state->available : state->interested)
            session_send(state->session, stanza);
    }
}

/* A presence of that type from the account to a contact. */
static void
send_verb(struct account *account, struct jid to, enum subscription_verb verb)
{
    struct stanza *stanza = stanza_new_presence(str_from(subscription_verb_name(verb)), to);

    stanza_set_from(stanza, account->entity.jid);
    router_route(account_worker(account), stanza);
}

static size_t
items_max(const struct account *account)
{
    const struct config *config = account_server(account)->config;

    return config->limits ? config->max_roster_items : SIZE_MAX;
}

/* A change of one contact on its way from the old row to the new. */
struct step {
    struct account *account;
    struct stanza *cause;
    struct jid contact; /* bare */
    enum subscription_verb verb;
    enum subscription_state state; /* before */
    struct store_roster_item row;  /* after, when step_keep() is called */
};

/* `cause` has a verb. */
static struct step
step_begin(struct account *account, struct stanza *cause, struct jid contact)
{
    const struct roster_item *item = roster_find(&account->roster, contact);
    enum subscription_verb verb = VERB_SUBSCRIBE;

    (void)subscription_verb_of(cause->type, &verb);
    return (struct step){
        .account = account,
        .cause = cause,
        .contact = contact,
        .verb = verb,
        .state = subscription_state_of(item ? &item->row : NULL),
        .row = item ? item->row : (struct store_roster_item){ .jid = contact.bare },
    };
}

/* What the user's clients are shown of an item. */
static bool
is_visible_change(const struct store_roster_item *old, const struct store_roster_item *row)
{
    if (!old || !old->listed)
        return row->listed;
    return old->subscription != row->subscription || old->ask != row->ask ||
           old->approved != row->approved;
}

typedef void
step_effect(struct account *account, const struct roster_item *item, struct stanza *cause);

/* Makes the new row the account's, or forgets the contact when nothing is left to remember; then
 * comes the effect, which sees the state before. */
static void
step_keep(struct step *step, step_effect *effect)
{
    const struct roster_item *item = roster_find(&step->account->roster, step->contact);
    bool forgets = !step->row.listed && !step->row.pending_in && !step->row.approved;

    if (forgets && !item) {
        effect(step->account, NULL, step->cause);
        return;
    }
    if (!step->row.pending_in)
        step->row.request = STR_EMPTY;
    roster_commit(step->account,
                  &(struct roster_change){
                      .row = step->row,
                      .forgets = forgets,
                      .push = is_visible_change(item ? &item->row : NULL, &step->row),
                      .cause = step->cause,
                      .effect = effect,
                  });
}

/* ---- outbound: RFC 6121 3.1.2, 3.1.5, 3.2.2, 3.3.2, 3.4.2 ---- */

/* Subscription stanzas travel between bare addresses. */
static void
route_bare(const struct step *step)
{
    struct stanza *stanza = stanza_dup(step->cause, false);

    stanza_set_from(stanza, step->account->entity.jid);
    stanza_set_to(stanza, step->contact);
    router_route(account_worker(step->account), stanza);
}

/* What the account's own item becomes; E_FULL when there is no place for a new one. */
static int
step_outbound(struct step *step, bool passes)
{
    bool approves =
        step->verb == VERB_SUBSCRIBED && !passes && subscription_pre_approves(step->state);
    bool lists =
        step->verb == VERB_SUBSCRIBE || approves || (step->verb == VERB_SUBSCRIBED && passes);

    if (lists && !step->row.listed) {
        if (!roster_has_room(&step->account->roster, true, items_max(step->account)))
            return E_FULL;
        step->row.listed = true;
    }
    if (approves)
        step->row.approved = true;
    if (step->verb == VERB_UNSUBSCRIBED)
        step->row.approved = false;
    return 0;
}

static void
sent(struct account *account, const struct roster_item *item, struct stanza *stanza)
{
    struct step step = step_begin(account, stanza, jid_bare(stanza->to));

    (void)item;
    if (!subscription_outbound(step.state, step.verb).passes)
        return;
    route_bare(&step);
    if (step.verb == VERB_UNSUBSCRIBED && step.state >= SUBSCRIPTION_FROM)
        presence_hide_from(account, step.contact);
    if (step.verb == VERB_SUBSCRIBED)
        presence_show_to(account, step.contact);
}

static void
send_out(struct account *account, struct stanza *stanza)
{
    struct step step = step_begin(account, stanza, jid_bare(stanza->to));
    struct subscription_step rule = subscription_outbound(step.state, step.verb);

    if (roster_line_takes(account, step.contact, stanza, send_out))
        return;
    int r = step_outbound(&step, rule.passes);
    if (r < 0) {
        router_reply_error(account_worker(account), stanza, r);
        return;
    }
    subscription_apply(&step.row, rule.next);
    step_keep(&step, sent);
}

static enum flow
presence_out(struct account *account, struct account_session *state, struct stanza *stanza)
{
    enum subscription_verb verb;

    (void)state;
    if (!subscription_verb_of(stanza->type, &verb))
        return FLOW_ON;
    if (account->guest)
        router_reply_condition(account_worker(account), stanza, "not-allowed",
                               STR("A guest has no roster to keep contacts in."));
    else if (jid_is_set(stanza->to) && !jid_bare_equal(stanza->to, account->entity.jid))
        send_out(account, stanza);
    return FLOW_DONE;
}

/* ---- inbound: RFC 6121 3.1.3, 3.1.6, 3.2.3, 3.3.3, 3.4.3 ---- */

/* The request as it is kept until the user answers. */
static struct str
request_text(struct buffer *out, const struct stanza *request)
{
    buffer_init(out, REQUEST_MAX);
    xml_write(out, request->root, NS_CLIENT);
    if (buffer_failed(out)) {
        struct stanza *bare = stanza_dup(request, true);

        buffer_clear(out);
        xml_write(out, bare->root, NS_CLIENT);
        stanza_unref(bare);
    }
    return buffer_str(out);
}

static void
asked(struct account *account, const struct roster_item *item, struct stanza *request)
{
    (void)item;
    deliver(account, request, AUDIENCE_AVAILABLE);
}

/* A request that the user must answer: told to who is there, kept for who comes. */
static void
ask_user(struct step *step)
{
    struct buffer text;

    if (!step->row.listed &&
        !roster_has_room(&step->account->roster, false, items_max(step->account))) {
        router_reply_error(account_worker(step->account), step->cause, E_FULL);
        return;
    }
    step->row.request = request_text(&text, step->cause);
    step_keep(step, asked);
    buffer_fini(&text);
}

static void
granted(struct account *account, const struct roster_item *item, struct stanza *request)
{
    struct jid contact = jid_bare(request->from);

    (void)item;
    send_verb(account, contact, VERB_SUBSCRIBED);
    presence_show_to(account, contact);
}

/* RFC 6121 3.1.3, 3.4.3: the contact has it already, or the user has said yes beforehand. */
static void
grant(struct step *step, enum subscription_state asked_state)
{
    if (step->state >= SUBSCRIPTION_FROM) {
        granted(step->account, NULL, step->cause);
        return;
    }
    subscription_apply(&step->row, subscription_outbound(asked_state, VERB_SUBSCRIBED).next);
    step_keep(step, granted);
}

static void
receive_subscribe(struct step *step)
{
    struct subscription_step rule = subscription_inbound(step->state, VERB_SUBSCRIBE);

    if (subscription_is_granted(step->state, step->row.approved)) {
        grant(step, rule.next);
    } else if (rule.passes) {
        subscription_apply(&step->row, rule.next);
        ask_user(step);
    }
}

static void
received(struct account *account, const struct roster_item *item, struct stanza *stanza)
{
    struct step step = step_begin(account, stanza, jid_bare(stanza->from));

    (void)item;
    deliver(account, stanza, AUDIENCE_INTERESTED);
    if (step.verb == VERB_UNSUBSCRIBE && step.state >= SUBSCRIPTION_FROM)
        presence_hide_from(account, step.contact);
}

static void
receive_other(struct step *step)
{
    struct subscription_step rule = subscription_inbound(step->state, step->verb);

    if (!rule.passes)
        return;
    subscription_apply(&step->row, rule.next);
    step_keep(step, received);
}

static void
receive_again(struct account *account, struct stanza *stanza)
{
    (void)features_presence_in(account, stanza);
}

void
subscription_receive(struct account *account, struct stanza *stanza)
{
    struct step step = step_begin(account, stanza, jid_bare(stanza->from));

    if (roster_line_takes(account, stanza->from, stanza, subscription_receive))
        return;
    if (step.verb == VERB_SUBSCRIBE)
        receive_subscribe(&step);
    else
        receive_other(&step);
}

/* XEP-0379 3.5: subscribed, and asked in turn; says whether there is something to ask. */
static bool
step_welcome(struct step *step)
{
    struct subscription_step asks;

    step->row.listed = true;
    if (step->state < SUBSCRIPTION_FROM) {
        enum subscription_state asked = subscription_inbound(step->state, VERB_SUBSCRIBE).next;

        subscription_apply(&step->row, subscription_outbound(asked, VERB_SUBSCRIBED).next);
    }
    asks = subscription_outbound(subscription_state_of(&step->row), VERB_SUBSCRIBE);
    subscription_apply(&step->row, asks.next);
    return asks.passes;
}

static void
welcomed(struct account *account, const struct roster_item *item, struct stanza *request)
{
    struct step step = step_begin(account, request, jid_bare(request->from));

    (void)item;
    send_verb(account, step.contact, VERB_SUBSCRIBED);
    if (step_welcome(&step))
        send_verb(account, step.contact, VERB_SUBSCRIBE);
    presence_show_to(account, step.contact);
}

void
subscription_welcome(struct account *account, struct stanza *request)
{
    struct step step = step_begin(account, request, jid_bare(request->from));

    if (roster_line_takes(account, request->from, request, subscription_welcome))
        return;
    if (!step.row.listed && !roster_has_room(&account->roster, true, items_max(account))) {
        subscription_receive(account, request);
        return;
    }
    (void)step_welcome(&step);
    step_keep(&step, welcomed);
}

static enum flow
presence_in(struct account *account, struct stanza *stanza)
{
    enum subscription_verb verb;

    /* All kinds: presence is told behind the change that shows it. */
    if (roster_line_takes(account, stanza->from, stanza, receive_again))
        return FLOW_DONE;
    if (!subscription_verb_of(stanza->type, &verb))
        return FLOW_ON;
    if (jid_bare_equal(stanza->from, account->entity.jid))
        return FLOW_DONE;
    if (account->guest) {
        if (verb == VERB_SUBSCRIBE)
            send_verb(account, jid_bare(stanza->from), VERB_UNSUBSCRIBED);
        return FLOW_DONE;
    }
    subscription_receive(account, stanza);
    return FLOW_DONE;
}

/* ---- at sign-in ---- */

static void
deliver_request(struct account_session *state, struct str text)
{
    struct arena arena;
    struct element *root;
    struct stanza *stanza;

    arena_init(&arena, STANZA_ARENA_DEFAULT);
    if (xml_parse(&arena, text, NS_CLIENT, &root) < 0) {
        arena_fini(&arena);
        return;
    }
    stanza = stanza_take(arena, root);
    if (stanza)
        session_send(state->session, stanza);
    stanza_unref(stanza);
}

/* RFC 6121 3.1.3: requests wait until they are answered; 3.1.2: the user's own are repeated, which
 * also mends what a crash on either side may have lost. */
static void
session_available(struct account *account, struct account_session *state, bool initial)
{
    const struct roster_item *item = NULL;

    if (!initial)
        return;
    while ((item = roster_next(&account->roster, item))) {
        struct arena arena;
        struct jid contact;

        if (item->row.pending_in)
            deliver_request(state, item->row.request);
        if (!item->row.ask)
            continue;
        arena_init(&arena, JID_TEXT_MAX + 1024);
        if (jid_parse(&arena, item->row.jid, &contact) == 0)
            send_verb(account, contact, VERB_SUBSCRIBE);
        arena_fini(&arena);
    }
}

/* ---- removal ---- */

void
subscription_cancel(struct account *account, const struct roster_item *item)
{
    struct arena arena;
    struct jid contact;

    arena_init(&arena, JID_TEXT_MAX + 1024);
    if (jid_parse(&arena, item->row.jid, &contact) == 0) {
        if (roster_item_is_seen(item) || item->row.ask)
            send_verb(account, contact, VERB_UNSUBSCRIBE);
        if (roster_item_sees_user(item) || item->row.pending_in)
            send_verb(account, contact, VERB_UNSUBSCRIBED);
        if (roster_item_sees_user(item))
            presence_hide_from(account, contact);
    }
    arena_fini(&arena);
}

static const char *const disco[] = { "urn:xmpp:features:pre-approval", NULL };

const struct account_feature account_rfc6121_subscription = {
    .feature = { .name = "rfc6121_subscription", .disco = disco },
    .session_available = session_available,
    .presence_out = presence_out,
    .presence_in = presence_in,
};
