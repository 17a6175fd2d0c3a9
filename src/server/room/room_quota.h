/* room_quota.h - how many rooms each account has made.
 * Owns: the one table of the process. Threads: any (a lock; never on the message path).
 * Time: none. Errors: E_LIMIT. Spec: XEP-0045 13.6. Tests: tests/unit/server/test_room_quota.c
 *
 * It knows the rooms that this process has made or opened. A room counts for who made it, not for
 * all its owners: else one could use up somebody's share by giving them rooms. */
#pragma once

#include "base/attributes.h"
#include "base/str.h"

/* E_LIMIT when `creator` has `max` rooms already. */
MUST_CHECK int room_quota_take(struct str creator, struct str room, size_t max);

/* A room that exists already; without limit. */
void room_quota_note(struct str creator, struct str room);

/* The room is no more. One that is not known is fine. */
void room_quota_release(struct str room);
