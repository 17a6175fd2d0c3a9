/* rfc4505_guests.c - what guests may ask of accounts: to be heard now, or not at all.
 *
 * Anybody may be a guest, as often as they like: what they say to somebody who is not there is
 * neither kept nor archived, or they could fill a user's store. So they are also answered alike
 * whether there is such a user or not. */
#include "server/account/account_feature.h"
#include "server/account/delivery.h"
#include "server/account/offline_rules.h"
#include "server/core/router.h"

static bool
is_from_guest(const struct account *account, const struct stanza *stanza)
{
    return str_equal(stanza->from.domain, account->entity.jid.domain) &&
           str_starts_with(stanza->from.local, STR(SESSION_GUEST_PREFIX));
}

static bool
waits_for_session(struct account *account, const struct stanza *message)
{
    const bool full = !jid_is_bare(message->to);
    const bool matches = full && account_find_session(account, message->to);
    const enum delivery_case where =
        delivery_case_of(full, matches, account_has_receptive_session(account));

    return delivery_of(message->type, where) == DELIVER_LATER;
}

/* What a session had and lost was taken when it came: it is kept as everybody's is. */
static enum flow
stanza_in(struct account *account, struct stanza *stanza)
{
    if (stanza->kind != STANZA_MESSAGE || stanza->redelivered || account->guest ||
        !is_from_guest(account, stanza) || !waits_for_session(account, stanza))
        return FLOW_ON;
    if (offline_rule_of(stanza) != OFFLINE_DROP)
        router_reply_condition(account_worker(account), stanza, "service-unavailable", STR_EMPTY);
    return FLOW_DONE;
}

const struct account_feature account_rfc4505_guests = {
    .feature = { .name = "rfc4505_guests" },
    .stanza_in = stanza_in,
};
