/* features.c - what an account does, in the order in which it does it. */
#include "server/account/account_feature.h"
#include "server/core/parcel.h"

/* Read from the top: what is the user's own is taken out of messages, and answers to the server's
 * own questions are taken; what is blocked goes no further, nor what guests say to nobody; what is
 * said is put into the archive before anybody hears of it, and all else waits its turn behind; a
 * request to see the user is decided before presence is told; a message first lets older ones pass,
 * then is delivered, else kept. */
#define ACCOUNT_FEATURES(X)                                                                        \
    X(xep0490_displayed)                                                                           \
    X(xep0115_caps)                                                                                \
    X(xep0191_blocking)                                                                            \
    X(rfc4505_guests)                                                                              \
    X(xep0313_archive)                                                                             \
    X(xep0012_last)                                                                                \
    X(rfc6121_roster)                                                                              \
    X(xep0379_preauth)                                                                             \
    X(rfc6121_subscription)                                                                        \
    X(rfc6121_presence)                                                                            \
    X(xep0357_push)                                                                                \
    X(xep0163_pep)                                                                                 \
    X(xep0160_offline)                                                                             \
    X(rfc6121_message)                                                                             \
    X(xep0280_carbons)                                                                             \
    X(xep0049_private)                                                                             \
    X(xep0054_vcard)                                                                               \
    X(xep0398_avatar)                                                                              \
    X(xep0402_bookmarks)                                                                           \
    X(xep0030_disco)                                                                               \
    X(xep0077_register)                                                                            \
    X(xep0199_ping)                                                                                \
    X(xep0377_reporting)                                                                           \
    X(xep0441_preferences)

#define DECLARE(name) extern const struct account_feature account_##name;
ACCOUNT_FEATURES(DECLARE)
#undef DECLARE

#define ENTRY(name) &account_##name,
static const struct account_feature *const features[] = { ACCOUNT_FEATURES(ENTRY) };
#undef ENTRY

#define ENTRY(name) &account_##name.feature,
const struct feature *const account_feature_list[] = { ACCOUNT_FEATURES(ENTRY) };
#undef ENTRY

const size_t account_feature_count = ARRAY_LEN(features);

void
features_session_bound(struct account *account, struct account_session *state)
{
    for (size_t i = 0; i < ARRAY_LEN(features); i++) {
        if (features[i]->session_bound)
            features[i]->session_bound(account, state);
    }
}

void
features_session_available(struct account *account, struct account_session *state, bool initial)
{
    for (size_t i = 0; i < ARRAY_LEN(features); i++) {
        if (features[i]->session_available)
            features[i]->session_available(account, state, initial);
    }
}

void
features_session_closed(struct account *account, struct account_session *state)
{
    for (size_t i = 0; i < ARRAY_LEN(features); i++) {
        if (features[i]->session_closed)
            features[i]->session_closed(account, state);
    }
}

void
features_stanza_stamp(struct account *account, struct account_session *state, struct stanza *stanza)
{
    for (size_t i = 0; i < ARRAY_LEN(features); i++) {
        if (features[i]->stanza_stamp)
            features[i]->stanza_stamp(account, state, stanza);
    }
}

void
features_session_inlined(struct account *account,
                         struct account_session *state,
                         const struct element *bind,
                         struct buffer *results)
{
    for (size_t i = 0; i < ARRAY_LEN(features); i++) {
        if (features[i]->session_inlined)
            features[i]->session_inlined(account, state, bind, results);
    }
}

void
features_session_detached(struct account *account, struct account_session *state)
{
    for (size_t i = 0; i < ARRAY_LEN(features); i++) {
        if (features[i]->session_detached)
            features[i]->session_detached(account, state);
    }
}

void
features_session_resumed(struct account *account, struct account_session *state)
{
    for (size_t i = 0; i < ARRAY_LEN(features); i++) {
        if (features[i]->session_resumed)
            features[i]->session_resumed(account, state);
    }
}

enum flow
features_stanza_out(struct account *account, struct account_session *state, struct stanza *stanza)
{
    for (size_t i = 0; i < ARRAY_LEN(features); i++) {
        if (features[i]->stanza_out && features[i]->stanza_out(account, state, stanza) == FLOW_DONE)
            return FLOW_DONE;
    }
    return FLOW_ON;
}

enum flow
features_presence_out(struct account *account, struct account_session *state, struct stanza *stanza)
{
    for (size_t i = 0; i < ARRAY_LEN(features); i++) {
        if (features[i]->presence_out &&
            features[i]->presence_out(account, state, stanza) == FLOW_DONE)
            return FLOW_DONE;
    }
    return FLOW_ON;
}

enum flow
features_message_out(struct account *account, struct account_session *state, struct stanza *stanza)
{
    for (size_t i = 0; i < ARRAY_LEN(features); i++) {
        if (features[i]->message_out &&
            features[i]->message_out(account, state, stanza) == FLOW_DONE)
            return FLOW_DONE;
    }
    return FLOW_ON;
}

enum flow
features_stanza_in_behind(struct account *account,
                          struct stanza *stanza,
                          const struct account_feature *feature)
{
    bool is_behind = !feature;

    for (size_t i = 0; i < ARRAY_LEN(features); i++) {
        if (is_behind && features[i]->stanza_in &&
            features[i]->stanza_in(account, stanza) == FLOW_DONE)
            return FLOW_DONE;
        is_behind = is_behind || features[i] == feature;
    }
    return FLOW_ON;
}

enum flow
features_presence_in(struct account *account, struct stanza *stanza)
{
    for (size_t i = 0; i < ARRAY_LEN(features); i++) {
        if (features[i]->presence_in && features[i]->presence_in(account, stanza) == FLOW_DONE)
            return FLOW_DONE;
    }
    return FLOW_ON;
}

static enum flow
message_in(struct account *account, struct stanza *stanza)
{
    for (size_t i = 0; i < ARRAY_LEN(features); i++) {
        if (features[i]->message_in && features[i]->message_in(account, stanza) == FLOW_DONE)
            return FLOW_DONE;
    }
    return FLOW_ON;
}

bool
features_admit(struct account *account, const struct stanza *stanza)
{
    for (size_t i = 0; i < ARRAY_LEN(features); i++) {
        if (features[i]->admits && !features[i]->admits(account, stanza))
            return false;
    }
    return true;
}

void
features_message_delivered(struct account *account,
                           const struct account_session *match,
                           struct stanza *stanza)
{
    for (size_t i = 0; i < ARRAY_LEN(features); i++) {
        if (features[i]->message_delivered)
            features[i]->message_delivered(account, match, stanza);
    }
}

enum flow
features_message_in(struct account *account, struct stanza *stanza)
{
    struct parcel_scope scope;
    enum flow flow;

    parcel_open(account_worker(account), &scope, stanza);
    flow = message_in(account, stanza);
    parcel_close(account_worker(account), &scope);
    return flow;
}

enum flow
features_message_missed(struct account *account, struct stanza *stanza)
{
    for (size_t i = 0; i < ARRAY_LEN(features); i++) {
        if (features[i]->message_missed &&
            features[i]->message_missed(account, stanza) == FLOW_DONE)
            return FLOW_DONE;
    }
    return FLOW_ON;
}

void
features_contact_changed(struct account *account, struct str contact)
{
    for (size_t i = 0; i < ARRAY_LEN(features); i++) {
        if (features[i]->contact_changed)
            features[i]->contact_changed(account, contact);
    }
}

void
features_account_closed(struct account *account)
{
    for (size_t i = 0; i < ARRAY_LEN(features); i++) {
        if (features[i]->account_closed)
            features[i]->account_closed(account);
    }
}
