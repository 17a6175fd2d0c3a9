/* subscription.h - what a request, a grant or a refusal of presence does to a roster item.
 * Owns: nothing. Threads: any (the tables), the account's home worker (subscription_cancel).
 * Time: none. Errors: none. Spec: RFC 6121 3 and appendix A.
 * Tests: tests/unit/server/test_subscription.c */
#pragma once

#include "server/account/roster.h"

/* RFC 6121 A.1: the nine states, from the user's side. */
enum subscription_state {
    SUBSCRIPTION_NONE,
    SUBSCRIPTION_NONE_OUT,    /* the user has asked */
    SUBSCRIPTION_NONE_IN,     /* the contact has asked */
    SUBSCRIPTION_NONE_OUT_IN, /* both have */
    SUBSCRIPTION_TO,          /* the user sees the contact */
    SUBSCRIPTION_TO_IN,
    SUBSCRIPTION_FROM, /* the contact sees the user */
    SUBSCRIPTION_FROM_OUT,
    SUBSCRIPTION_BOTH,
    SUBSCRIPTION_STATES
};

/* The stanza types, in the RFC's order. */
enum subscription_verb {
    VERB_SUBSCRIBE,
    VERB_UNSUBSCRIBE,
    VERB_SUBSCRIBED,
    VERB_UNSUBSCRIBED,
    SUBSCRIPTION_VERBS
};

/* What to do with a stanza that meets a state. */
struct subscription_step {
    bool passes; /* outbound: route it to the contact; inbound: deliver it to the user */
    enum subscription_state next;
};

/* RFC 6121 A.2 and A.3. */
struct subscription_step subscription_outbound(enum subscription_state state,
                                               enum subscription_verb verb);
struct subscription_step subscription_inbound(enum subscription_state state,
                                              enum subscription_verb verb);

/* RFC 6121 3.1.3, A.3.1: does the server say "subscribed" to this request by itself, because the
 * contact has the subscription already or was approved beforehand (3.4)? */
bool subscription_is_granted(enum subscription_state state, bool approved);

/* RFC 6121 3.4.2: does an outbound "subscribed" in this state approve beforehand? */
bool subscription_pre_approves(enum subscription_state state);

/* False when the stanza type is none of the verbs. */
bool subscription_verb_of(enum stanza_type type, enum subscription_verb *ret_verb);
const char *subscription_verb_name(enum subscription_verb verb);

/* Between a state and the row that is stored. `row` NULL is "None". */
enum subscription_state subscription_state_of(const struct store_roster_item *row);
void subscription_apply(struct store_roster_item *row, enum subscription_state state);

/* What the account does with a subscription stanza of a contact (RFC 6121 3.1.3 and so on). */
void subscription_receive(struct account *account, struct stanza *stanza);

/* The user has invited whoever sent this request: he gets the subscription, and is asked for his;
 * without a place in the roster the request is one like others. */
void subscription_welcome(struct account *account, struct stanza *request);

/* RFC 6121 2.5.2: the item is going: tells the contact that neither sees the other any more. Does
 * not change the item. */
void subscription_cancel(struct account *account, const struct roster_item *item);
