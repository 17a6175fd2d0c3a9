/* rfc6121_message.c - messages to the right sessions (RFC 6121 5, 8.5). */
#include "server/account/account_feature.h"
#include "server/account/delivery.h"
#include "server/core/router.h"

/* RFC 6121 8.5.2.1.1: `to` stays as it was sent. They share its bytes, see parcel.h. */
static void
deliver_to_all(struct account *account, const struct stanza *stanza)
{
    ACCOUNT_FOREACH_SESSION(account, link)
    {
        struct account_session *state = account_session_at(link);

        if (account_session_is_receptive(state))
            session_send(state->session, stanza);
    }
}

static void
bounce(struct account *account, const struct stanza *stanza)
{
    router_reply_condition(account_worker(account), stanza, "service-unavailable", STR_EMPTY);
}

static enum flow
message_in(struct account *account, struct stanza *stanza)
{
    bool full = !jid_is_bare(stanza->to);
    /* Whom it was for is lost. Who has bound the same address since then may not even be listening
     * yet. */
    struct account_session *match =
        full && !stanza->redelivered ? account_find_session(account, stanza->to) : NULL;
    enum delivery_case where =
        delivery_case_of(full, match, account_has_receptive_session(account));

    switch (delivery_of(stanza->type, where)) {
    case DELIVER_MATCH:
        session_send(match->session, stanza);
        features_message_delivered(account, match, stanza);
        break;
    case DELIVER_ALL:
        deliver_to_all(account, stanza);
        features_message_delivered(account, NULL, stanza);
        break;
    case DELIVER_LATER:
        if (features_message_missed(account, stanza) == FLOW_ON)
            bounce(account, stanza);
        else
            features_message_delivered(account, NULL, stanza);
        break;
    case DELIVER_BOUNCE:
        bounce(account, stanza);
        break;
    case DELIVER_IGNORE:
        break;
    }
    return FLOW_DONE;
}

const struct account_feature account_rfc6121_message = {
    .feature = { .name = "rfc6121_message" },
    .message_in = message_in,
};
