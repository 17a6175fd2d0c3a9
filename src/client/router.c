#include "client/router.h"
#include "client/feature.h"
#include "client/iq.h"
#include "client/text.h"
#include "client/xep0198_acks.h"
#include "client/xep0280_carbons.h"
#include "xmpp/ns.h"

static void
offer_to_features(JdAccount *account, const struct stanza *stanza)
{
    for (guint i = 0; FEATURES[i]; i++) {
        if (FEATURES[i]->received && FEATURES[i]->received(account, account->states[i], stanza))
            return;
    }
}

/* ---- IQ ---- */

static const struct feature_request *
find_request(const struct stanza *iq)
{
    const struct element *payload = stanza_payload(iq);
    for (guint i = 0; FEATURES[i]; i++) {
        const struct feature_request *request = FEATURES[i]->requests;
        for (; request && request->answer; request++) {
            if (request->type == iq->type && element_is(payload, request->ns, request->name))
                return request;
        }
    }
    return NULL;
}

/* Strangers learn nothing, not even that we are there (RFC 6120 10.3, XEP-0030 8): only our own
 * server, our own account, and whom we talk with are answered. */
static gboolean
is_known(JdAccount *account, struct jid from)
{
    if (account_is_own(account, from))
        return TRUE;
    g_autofree char *bare = text_dup(from.bare);
    return account_find_conversation(account, bare) != NULL;
}

static void
refuse(JdAccount *account, const struct stanza *iq, const char *condition)
{
    struct stanza *error = stanza_error(iq, condition, STR_EMPTY);
    if (error)
        account_send(account, error);
}

/* RFC 6120 8.2.3: a request has one child; anything else is answered, once, with an error. */
static void
take_request(JdAccount *account, const struct stanza *iq)
{
    const char *condition = "service-unavailable";
    const struct element *payload = stanza_payload(iq);
    if (iq->id.len == 0)
        return;
    if (payload == NULL || element_next(payload) != NULL) {
        refuse(account, iq, "bad-request");
        return;
    }
    const struct feature_request *request = find_request(iq);
    struct stanza *reply = NULL;
    if (request && is_known(account, iq->from))
        reply = request->answer(account, iq, &condition);
    if (reply)
        account_send(account, reply);
    else
        refuse(account, iq, condition);
}

static void
take_iq(JdAccount *account, const struct stanza *iq)
{
    switch ((int)iq->type) {
    case TYPE_GET:
    case TYPE_SET:
        take_request(account, iq);
        break;
    case TYPE_RESULT:
    case TYPE_ERROR:
        /* An answer that nobody asked for goes nowhere. */
        (void)iq_answered(account, iq);
        break;
    default:
        break;
    }
}

/* ---- message and presence ---- */

/* Whatever carries another message and is neither a copy from our own account nor from an archive
 * is a forgery (CVE-2017-5589): the words inside would be put into somebody else's mouth. */
static gboolean
carries_another(const struct stanza *stanza)
{
    return stanza_child(stanza, NS_FORWARD, STR("forwarded")) != NULL;
}

void
router_take(JdAccount *account, const struct stanza *stanza)
{
    /* Stream management counts every stanza, also those that are thrown away here. */
    if (acks_take(account, stanza))
        return;
    if (stanza->error != 0)
        return;
    if (stanza->kind == STANZA_IQ)
        take_iq(account, stanza);
    else if (stanza->kind != STANZA_OTHER && !carbons_take(account, stanza) &&
             !carries_another(stanza))
        offer_to_features(account, stanza);
}
