/* features.c - what rooms can do, in the order in which they look at what arrives. */
#include "server/room/feature_list.h"

#include "server/room/room_feature.h"

/* A presence: is somebody leaving, changing their name, coming in? A message: an invitation, a
 * request for voice, a new subject, something to say to all, something to say to one? */
#define ROOM_FEATURES(X)                                                                           \
    X(muc_leave)                                                                                   \
    X(muc_nick)                                                                                    \
    X(muc_enter)                                                                                   \
    X(muc_invite)                                                                                  \
    X(muc_voice)                                                                                   \
    X(muc_subject)                                                                                 \
    X(muc_message)                                                                                 \
    X(muc_private)                                                                                 \
    X(muc_moderate)                                                                                \
    X(muc_owner)                                                                                   \
    X(muc_disco)                                                                                   \
    X(xep0199_ping)                                                                                \
    X(xep0410_self_ping)                                                                           \
    X(muc_iq)                                                                                      \
    X(xep0313_archive)                                                                             \
    X(xep0421_occupant_id)                                                                         \
    X(xep0425_moderation)

#define ROW(name)  &name##_feature,
#define BASE(name) &name##_feature.base,
const struct room_feature *const room_features[] = { ROOM_FEATURES(ROW) };
const size_t room_feature_count = ARRAY_LEN(room_features);
static const struct feature *const bases[] = { ROOM_FEATURES(BASE) };
#undef ROW
#undef BASE

void
room_features_dispatch_iq(struct room *room, struct stanza *request)
{
    feature_dispatch_iq(bases, ARRAY_LEN(bases), room->entity.worker, &room->entity, request);
}

void
room_features_stamp(const struct occupant *occupant, struct stanza *out)
{
    for (size_t i = 0; i < room_feature_count; i++)
        if (room_features[i]->stamp)
            room_features[i]->stamp(occupant, out);
}
