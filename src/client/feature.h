/* feature.h - what one XEP adds to the engine, as a table of functions.
 * Owns: constants; a feature's state belongs to its account. Threads: the account's. Errors: none.
 * Spec: XEP-0030 3 (what is announced). Tests: tests/unit/client/test_router.c
 *
 * Adding a XEP is one file and one line in feature.c. The order there is the order in which stanzas
 * are offered. */
#pragma once

#include "client/account_private.h"
#include "xmpp/stanza.h"

/* A request that others may send us (RFC 6120 8.2.3). */
struct feature_request {
    struct str ns;
    struct str name;
    enum stanza_type type; /* TYPE_GET or TYPE_SET */
    /* The reply, not sealed yet; NULL = the error has been chosen in *ret_condition. */
    struct stanza *(*answer)(JdAccount *account,
                             const struct stanza *request,
                             const char **ret_condition);
};

/* Everything but the name may be missing. */
struct feature {
    const char *name;
    const char *const *disco;               /* announced, NULL at the end */
    const struct feature_request *requests; /* `answer` NULL at the end */
    gpointer (*make)(JdAccount *account);
    void (*free)(gpointer state);
    void (*bound)(JdAccount *account, gpointer state);  /* a new stream is ready */
    void (*lost)(JdAccount *account, gpointer state);   /* the stream is gone */
    void (*forget)(JdAccount *account, gpointer state); /* signed out: as new */
    void (*sent)(JdAccount *account, gpointer state, const struct stanza *stanza);
    /* True = dealt with: nobody else sees it. Not for IQs, which have one owner each. */
    bool (*received)(JdAccount *account, gpointer state, const struct stanza *stanza);
};

/* NULL at the end. */
extern const struct feature *const FEATURES[];

extern const struct feature feature_acks;      /* XEP-0198 */
extern const struct feature feature_archive;   /* XEP-0313 */
extern const struct feature feature_bookmarks; /* XEP-0048 */
extern const struct feature feature_carbons;   /* XEP-0280 */
extern const struct feature feature_caps;      /* XEP-0115 */
extern const struct feature feature_disco;     /* XEP-0030 */
extern const struct feature feature_history;   /* XEP-0313 */
extern const struct feature feature_muc;       /* XEP-0045 */
extern const struct feature feature_ping;      /* XEP-0199 */
extern const struct feature feature_presence;  /* RFC 6121 4 */
extern const struct feature feature_private;   /* RFC 6121 5 */
extern const struct feature feature_roster;    /* RFC 6121 2 */
extern const struct feature feature_time;      /* XEP-0202 */
extern const struct feature feature_version;   /* XEP-0092 */

/* The state that `feature` keeps for this account. */
gpointer feature_state(JdAccount *account, const struct feature *feature);

void features_make(JdAccount *account);
void features_free(JdAccount *account);
void features_bound(JdAccount *account);
void features_lost(JdAccount *account);
void features_forget(JdAccount *account);
