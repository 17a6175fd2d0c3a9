/* account_feature.h - the points of an account's flow that a feature may join.
 * Owns: constants. Threads: the account's home worker. Errors: none. Spec: none.
 * Tests: none; the features' own. */
#pragma once

#include "server/account/account.h"
#include "server/core/feature.h"

/* Whether the features behind this one see the stanza too. */
enum flow {
    FLOW_ON,
    FLOW_DONE
};

/* Hooks are called in the order of the table in features.c; every one may be NULL. Stanzas are
 * borrowed and sealed. */
struct account_feature {
    struct feature feature; /* at the front */

    /* A session has its resource, has become available or changed its presence (`initial`: it was
     * not available before), is going (it is still in the account's list). */
    void (*session_bound)(struct account *account, struct account_session *state);
    void (*session_available)(struct account *account, struct account_session *state, bool initial);
    void (*session_closed)(struct account *account, struct account_session *state);

    /* From one of the account's sessions, while it may still be changed: not sealed. */
    void (*stanza_stamp)(struct account *account,
                         struct account_session *state,
                         struct stanza *stanza);

    /* XEP-0386 3.2: what a session that is just being bound wants enabled, in <bind/>; answers go
     * into `results`. Comes before session_bound. */
    void (*session_inlined)(struct account *account,
                            struct account_session *state,
                            const struct element *bind,
                            struct buffer *results);

    /* XEP-0198 5: a session has lost its connection and may come back, as present as before
     * (session_is_detached()); it has come back. */
    void (*session_detached)(struct account *account, struct account_session *state);
    void (*session_resumed)(struct account *account, struct account_session *state);

    /* From one of the account's sessions: first all kinds, then by kind. A stanza that nobody takes
     * is routed. */
    enum flow (*stanza_out)(struct account *account,
                            struct account_session *state,
                            struct stanza *stanza);
    enum flow (*presence_out)(struct account *account,
                              struct account_session *state,
                              struct stanza *stanza);
    enum flow (*message_out)(struct account *account,
                             struct account_session *state,
                             struct stanza *stanza);

    /* For the account, whoever sent it: first all kinds, then by kind. A message that is
     * `redelivered` has been here before: it is stored and copied already, and its sender is told
     * nothing, but no session is known to have it. */
    enum flow (*stanza_in)(struct account *account, struct stanza *stanza);
    enum flow (*presence_in)(struct account *account, struct stanza *stanza);
    enum flow (*message_in)(struct account *account, struct stanza *stanza);

    /* May the session have what a room sends to many? False: no. Asked only of sessions that sift.
     */
    bool (*admits)(struct account *account, const struct stanza *stanza);

    /* A message has been given to `match`; NULL: to all who are receptive, be there any or none. */
    void (*message_delivered)(struct account *account,
                              const struct account_session *match,
                              struct stanza *stanza);

    /* A message that belongs to the account, which has no session that may take it now. One that
     * nobody keeps is returned to its sender. */
    enum flow (*message_missed)(struct account *account, struct stanza *stanza);

    /* A contact's place in the roster has changed, in memory: its subscription or its groups. */
    void (*contact_changed)(struct account *account, struct str contact);

    /* The account leaves memory: what a feature keeps there must go. */
    void (*account_closed)(struct account *account);
};

/* The table as core's feature_dispatch_iq() and the host's disco want it. */
extern const struct feature *const account_feature_list[];
extern const size_t account_feature_count;

/* Calls the hook of each feature in order. */
void features_session_bound(struct account *account, struct account_session *state);
void
features_session_available(struct account *account, struct account_session *state, bool initial);
void features_session_closed(struct account *account, struct account_session *state);
void features_stanza_stamp(struct account *account,
                           struct account_session *state,
                           struct stanza *stanza);
void features_session_inlined(struct account *account,
                              struct account_session *state,
                              const struct element *bind,
                              struct buffer *results);
void features_session_detached(struct account *account, struct account_session *state);
void features_session_resumed(struct account *account, struct account_session *state);
enum flow
features_stanza_out(struct account *account, struct account_session *state, struct stanza *stanza);
enum flow features_presence_out(struct account *account,
                                struct account_session *state,
                                struct stanza *stanza);
enum flow
features_message_out(struct account *account, struct account_session *state, struct stanza *stanza);

/* Only of those behind `feature` in the table; NULL: of all. */
enum flow features_stanza_in_behind(struct account *account,
                                    struct stanza *stanza,
                                    const struct account_feature *feature);
enum flow features_presence_in(struct account *account, struct stanza *stanza);

/* What sessions are sent by features_message_in() is one parcel, see core/parcel.h. */
enum flow features_message_in(struct account *account, struct stanza *stanza);
bool features_admit(struct account *account, const struct stanza *stanza);
void features_message_delivered(struct account *account,
                                const struct account_session *match,
                                struct stanza *stanza);
enum flow features_message_missed(struct account *account, struct stanza *stanza);
void features_contact_changed(struct account *account, struct str contact);
void features_account_closed(struct account *account);
