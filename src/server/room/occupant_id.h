/* occupant_id.h - a name for an occupant that stays when the nickname changes and tells nothing
 * else. Owns: nothing. Threads: any. Time: none. Errors: none. Spec: XEP-0421. Tests:
 * tests/unit/server/test_occupant_id.c, tests/interop/test_muc.py */
#pragma once

#include "base/attributes.h"
#include "base/str.h"

/* XEP-0421 4.1: HMAC-SHA-256 of the bare JID under the room's secret, in hexadecimal. The caller
 * frees it. */
MUST_CHECK char *occupant_id_make(struct str secret, struct str real_bare);
