/* rfc6121_roster.c - takes the server's roster pushes and nobody else's.
 * Spec: RFC 6121 2.1.6 (CVE-2015-8688). Tests: tests/unit/client/test_router.c
 *
 * There are no contacts yet, so a push is acknowledged and its content not kept. */
#include "client/feature.h"
#include "xmpp/ns.h"

/* RFC 6121 2.1.6: "a receiving client MUST ignore the stanza unless it has no 'from' attribute or
 * ... a 'from' attribute whose value matches the user's bare JID". */
static struct stanza *
answer(JdAccount *account, const struct stanza *request, const char **ret_condition)
{
    struct jid own = account_jid(account);
    if (!jid_is_set(request->from) || str_equal(request->from.full, own.bare))
        return stanza_result(request);
    *ret_condition = "service-unavailable";
    return NULL;
}

static const struct feature_request requests[] = {
    { STR_INIT("jabber:iq:roster"), STR_INIT("query"), TYPE_SET, answer },
    { .answer = NULL },
};

const struct feature feature_roster = {
    .name = "roster",
    .requests = requests,
};
