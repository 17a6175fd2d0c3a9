/* room_feature.h - what a room can do: one file and one line in features.c for each.
 * Owns: constants. Threads: the room's. Time: none. Errors: none. Spec: XEP-0045.
 * Tests: tests/interop/test_muc.py */
#pragma once

#include "server/core/feature.h"
#include "server/room/room.h"

struct room_feature {
    struct feature base; /* name, disco, IQs to the room itself */

    /* A presence or message for the room or an occupant, offered to the features in the order of
     * the table. True: dealt with (or refused); nobody else is asked. */
    bool (*presence)(struct room *room, struct stanza *stanza);
    bool (*message)(struct room *room, struct stanza *stanza);

    /* An IQ of any type for an occupant. */
    bool (*occupant_iq)(struct room *room, struct stanza *stanza);

    /* What leaves in an occupant's name: takes out what only the room may say, and says it. */
    void (*stamp)(const struct occupant *occupant, struct stanza *out);

    /* Says in disco#info what depends on the room (XEP-0045 6.4). */
    void (*describe)(const struct room *room, struct arena *arena, struct element *query);
};

/* The table, in the order in which they act. */
extern const struct room_feature *const room_features[];
extern const size_t room_feature_count;

void room_features_dispatch_iq(struct room *room, struct stanza *request);
void room_features_stamp(const struct occupant *occupant, struct stanza *out);
