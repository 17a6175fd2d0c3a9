/* subscription.c - the tables of RFC 6121 appendix A, as tables. */
#include "server/account/subscription.h"

#include <assert.h>

/* The rows of both tables. Names only for their reader's eye. */
#define NONE        SUBSCRIPTION_NONE
#define NONE_OUT    SUBSCRIPTION_NONE_OUT
#define NONE_IN     SUBSCRIPTION_NONE_IN
#define NONE_OUT_IN SUBSCRIPTION_NONE_OUT_IN
#define TO          SUBSCRIPTION_TO
#define TO_IN       SUBSCRIPTION_TO_IN
#define FROM        SUBSCRIPTION_FROM
#define FROM_OUT    SUBSCRIPTION_FROM_OUT
#define BOTH        SUBSCRIPTION_BOTH

/* clang-format off */
static const struct subscription_step outbound[SUBSCRIPTION_VERBS][SUBSCRIPTION_STATES] = {
    [VERB_SUBSCRIBE] = { /* A.2.1: always routed; it may never have arrived */
        [NONE]        = { true, NONE_OUT },
        [NONE_OUT]    = { true, NONE_OUT },
        [NONE_IN]     = { true, NONE_OUT_IN },
        [NONE_OUT_IN] = { true, NONE_OUT_IN },
        [TO]          = { true, TO },
        [TO_IN]       = { true, TO_IN },
        [FROM]        = { true, FROM_OUT },
        [FROM_OUT]    = { true, FROM_OUT },
        [BOTH]        = { true, BOTH },
    },
    [VERB_UNSUBSCRIBE] = { /* A.2.2 */
        [NONE]        = { true, NONE },
        [NONE_OUT]    = { true, NONE },
        [NONE_IN]     = { true, NONE_IN },
        [NONE_OUT_IN] = { true, NONE_IN },
        [TO]          = { true, NONE },
        [TO_IN]       = { true, NONE_IN },
        [FROM]        = { true, FROM },
        [FROM_OUT]    = { true, FROM },
        [BOTH]        = { true, FROM },
    },
    [VERB_SUBSCRIBED] = { /* A.2.3: only an answer to a request is routed */
        [NONE]        = { false, NONE },
        [NONE_OUT]    = { false, NONE_OUT },
        [NONE_IN]     = { true, FROM },
        [NONE_OUT_IN] = { true, FROM_OUT },
        [TO]          = { false, TO },
        [TO_IN]       = { true, BOTH },
        [FROM]        = { false, FROM },
        [FROM_OUT]    = { false, FROM_OUT },
        [BOTH]        = { false, BOTH },
    },
    [VERB_UNSUBSCRIBED] = { /* A.2.4 */
        [NONE]        = { false, NONE },
        [NONE_OUT]    = { false, NONE_OUT },
        [NONE_IN]     = { true, NONE },
        [NONE_OUT_IN] = { true, NONE_OUT },
        [TO]          = { false, TO },
        [TO_IN]       = { true, TO },
        [FROM]        = { true, NONE },
        [FROM_OUT]    = { true, NONE_OUT },
        [BOTH]        = { true, TO },
    },
};

static const struct subscription_step inbound[SUBSCRIPTION_VERBS][SUBSCRIPTION_STATES] = {
    [VERB_SUBSCRIBE] = { /* A.3.1: delivered once */
        [NONE]        = { true, NONE_IN },
        [NONE_OUT]    = { true, NONE_OUT_IN },
        [NONE_IN]     = { false, NONE_IN },
        [NONE_OUT_IN] = { false, NONE_OUT_IN },
        [TO]          = { true, TO_IN },
        [TO_IN]       = { false, TO_IN },
        [FROM]        = { false, FROM },
        [FROM_OUT]    = { false, FROM_OUT },
        [BOTH]        = { false, BOTH },
    },
    [VERB_UNSUBSCRIBE] = { /* A.3.2 */
        [NONE]        = { false, NONE },
        [NONE_OUT]    = { false, NONE_OUT },
        [NONE_IN]     = { true, NONE },
        [NONE_OUT_IN] = { true, NONE_OUT },
        [TO]          = { false, TO },
        [TO_IN]       = { true, TO },
        [FROM]        = { true, NONE },
        [FROM_OUT]    = { true, NONE_OUT },
        [BOTH]        = { true, TO },
    },
    [VERB_SUBSCRIBED] = { /* A.3.3: only where the user has asked */
        [NONE]        = { false, NONE },
        [NONE_OUT]    = { true, TO },
        [NONE_IN]     = { false, NONE_IN },
        [NONE_OUT_IN] = { true, TO_IN },
        [TO]          = { false, TO },
        [TO_IN]       = { false, TO_IN },
        [FROM]        = { false, FROM },
        [FROM_OUT]    = { true, BOTH },
        [BOTH]        = { false, BOTH },
    },
    [VERB_UNSUBSCRIBED] = { /* A.3.4 */
        [NONE]        = { false, NONE },
        [NONE_OUT]    = { true, NONE },
        [NONE_IN]     = { false, NONE_IN },
        [NONE_OUT_IN] = { true, NONE_IN },
        [TO]          = { true, NONE },
        [TO_IN]       = { true, NONE_IN },
        [FROM]        = { false, FROM },
        [FROM_OUT]    = { true, FROM },
        [BOTH]        = { true, FROM },
    },
};

/* What each state is in the store. */
static const struct {
    enum roster_subscription subscription;
    bool ask, pending_in;
} rows[SUBSCRIPTION_STATES] = {
    [NONE]        = { ROSTER_NONE, false, false },
    [NONE_OUT]    = { ROSTER_NONE, true, false },
    [NONE_IN]     = { ROSTER_NONE, false, true },
    [NONE_OUT_IN] = { ROSTER_NONE, true, true },
    [TO]          = { ROSTER_TO, false, false },
    [TO_IN]       = { ROSTER_TO, false, true },
    [FROM]        = { ROSTER_FROM, false, false },
    [FROM_OUT]    = { ROSTER_FROM, true, false },
    [BOTH]        = { ROSTER_BOTH, false, false },
};
/* clang-format on */

static const struct {
    enum stanza_type type;
    const char *name;
} verbs[SUBSCRIPTION_VERBS] = {
    [VERB_SUBSCRIBE] = { TYPE_SUBSCRIBE, "subscribe" },
    [VERB_UNSUBSCRIBE] = { TYPE_UNSUBSCRIBE, "unsubscribe" },
    [VERB_SUBSCRIBED] = { TYPE_SUBSCRIBED, "subscribed" },
    [VERB_UNSUBSCRIBED] = { TYPE_UNSUBSCRIBED, "unsubscribed" },
};

struct subscription_step
subscription_outbound(enum subscription_state state, enum subscription_verb verb)
{
    assert(state < SUBSCRIPTION_STATES && verb < SUBSCRIPTION_VERBS);
    return outbound[verb][state];
}

struct subscription_step
subscription_inbound(enum subscription_state state, enum subscription_verb verb)
{
    assert(state < SUBSCRIPTION_STATES && verb < SUBSCRIPTION_VERBS);
    return inbound[verb][state];
}

bool
subscription_is_granted(enum subscription_state state, bool approved)
{
    assert(state < SUBSCRIPTION_STATES);
    if (rows[state].subscription == ROSTER_FROM || rows[state].subscription == ROSTER_BOTH)
        return true;
    return approved && !rows[state].pending_in;
}

bool
subscription_pre_approves(enum subscription_state state)
{
    return state == NONE || state == NONE_OUT || state == TO;
}

bool
subscription_verb_of(enum stanza_type type, enum subscription_verb *ret_verb)
{
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
        if (verbs[i].type == type) {
            *ret_verb = (enum subscription_verb)i;
            return true;
        }
    }
    return false;
}

const char *
subscription_verb_name(enum subscription_verb verb)
{
    assert(verb < SUBSCRIPTION_VERBS);
    return verbs[verb].name;
}

enum subscription_state
subscription_state_of(const struct store_roster_item *row)
{
    if (!row)
        return NONE;
    switch (row->subscription) {
    case ROSTER_TO:
        return row->pending_in ? TO_IN : TO;
    case ROSTER_FROM:
        return row->ask ? FROM_OUT : FROM;
    case ROSTER_BOTH:
        return BOTH;
    case ROSTER_NONE:
        break;
    }
    if (row->ask)
        return row->pending_in ? NONE_OUT_IN : NONE_OUT;
    return row->pending_in ? NONE_IN : NONE;
}

void
subscription_apply(struct store_roster_item *row, enum subscription_state state)
{
    assert(state < SUBSCRIPTION_STATES);
    row->subscription = rows[state].subscription;
    row->ask = rows[state].ask;
    row->pending_in = rows[state].pending_in;
}
