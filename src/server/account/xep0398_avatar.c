/* xep0398_avatar.c - see xep0398_avatar.h. */
#include "server/account/xep0398_avatar.h"

#include "server/account/account_feature.h"
#include "server/account/presence.h"
#include "server/pubsub/pubsub_profile.h"

void
avatar_load(struct account *account, struct str metadata)
{
    account->avatar = avatar_read_metadata(metadata);
}

/* XEP-0398 4: who learns of pictures from presence is told by presence. Clients that join rooms
 * repeat their own directed presence, which is stamped then. */
static void
take(struct account *account, const struct avatar *avatar)
{
    bool same = str_is(str_from(avatar->hash), account->avatar.hash);

    account->avatar = *avatar;
    if (same)
        return;
    ACCOUNT_FOREACH_SESSION(account, link)
    {
        struct account_session *state = account_session_at(link);
        struct stanza *presence;

        if (!state->available || state->hides_avatar)
            continue;
        presence = stanza_dup(state->presence, false);
        avatar_stamp_again(presence, &account->avatar);
        presence_renew(account, state, presence);
        stanza_unref(presence);
    }
}

static bool
removes_current(const struct account *account, const struct pubsub_change *change)
{
    if (change->kind == CHANGE_NODE_REMOVE || change->all)
        return true;
    for (size_t i = 0; i < change->id_count; i++) {
        if (str_is(change->ids[i], account->avatar.hash))
            return true;
    }
    return false;
}

void
avatar_changed(struct account *account, const struct pubsub_change *change)
{
    struct avatar avatar = { .hash = "" };

    if (!str_equal(change->node, PUBSUB_NODE_AVATAR_METADATA))
        return;
    if (change->kind == CHANGE_ITEMS_PUT && change->item_count > 0) {
        avatar = avatar_read_metadata(change->items[change->item_count - 1].xml);
        take(account, &avatar);
    } else if ((change->kind == CHANGE_NODE_REMOVE || change->kind == CHANGE_ITEMS_REMOVE) &&
               removes_current(account, change)) {
        take(account, &avatar);
    }
}

/* XEP-0398 4: every available presence, also the directed ones. */
static void
stanza_stamp(struct account *account, struct account_session *state, struct stanza *stanza)
{
    bool shows;

    if (account->guest || stanza->kind != STANZA_PRESENCE || stanza->type != TYPE_NONE)
        return;
    shows = avatar_stamp(stanza, &account->avatar);
    if (!jid_is_set(stanza->to))
        state->hides_avatar = !shows;
}

static const char *const disco[] = { "urn:xmpp:pep-vcard-conversion:0", NULL };

const struct account_feature account_xep0398_avatar = {
    .feature = { .name = "xep0398_avatar", .disco = disco },
    .stanza_stamp = stanza_stamp,
};
