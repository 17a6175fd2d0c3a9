/* xep0280_carbons.h - for whoever switches carbons on beside the feature itself (Bind 2).
 * Owns: nothing. Threads: the account's home worker. Errors: none. Spec: XEP-0280 4, 5.
 * Tests: tests/interop/test_carbons.py */
#pragma once

#include "server/account/account.h"

static inline void
carbons_enable(struct account_session *state, bool enabled)
{
    state->carbons = enabled;
}
