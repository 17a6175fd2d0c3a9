#include "client/feature.h"

/* Stream management counts first; then what an archive answers, which nobody else may see; what a
 * room sends is a room's, and the rest is private. Copies are asked for before archives are. */
const struct feature *const FEATURES[] = {
    &feature_acks,     &feature_archive, &feature_carbons, &feature_history,   &feature_ping,
    &feature_caps,     &feature_disco,   &feature_version, &feature_time,      &feature_roster,
    &feature_presence, &feature_muc,     &feature_private, &feature_bookmarks, NULL,
};

G_STATIC_ASSERT(G_N_ELEMENTS(FEATURES) <= ACCOUNT_FEATURES_MAX);

gpointer
feature_state(JdAccount *account, const struct feature *feature)
{
    for (guint i = 0; FEATURES[i]; i++) {
        if (FEATURES[i] == feature)
            return account->states[i];
    }
    g_assert_not_reached();
}

void
features_make(JdAccount *account)
{
    for (guint i = 0; FEATURES[i]; i++)
        account->states[i] = FEATURES[i]->make ? FEATURES[i]->make(account) : NULL;
}

void
features_free(JdAccount *account)
{
    for (guint i = 0; FEATURES[i]; i++) {
        if (FEATURES[i]->free)
            FEATURES[i]->free(account->states[i]);
        account->states[i] = NULL;
    }
}

void
features_bound(JdAccount *account)
{
    /* A feature may give up the connection; then the rest has nothing to do. */
    for (guint i = 0; FEATURES[i] && account->bound; i++) {
        if (FEATURES[i]->bound)
            FEATURES[i]->bound(account, account->states[i]);
    }
}

void
features_lost(JdAccount *account)
{
    for (guint i = 0; FEATURES[i]; i++) {
        if (FEATURES[i]->lost)
            FEATURES[i]->lost(account, account->states[i]);
    }
}

void
features_forget(JdAccount *account)
{
    for (guint i = 0; FEATURES[i]; i++) {
        if (FEATURES[i]->forget)
            FEATURES[i]->forget(account, account->states[i]);
    }
}
