/* commands.h - what administrators and users can tell the account floor to do (XEP-0050).
 * Owns: constants. Threads: any. Errors: none. Spec: XEP-0133, XEP-0401.
 * Tests: tests/interop/test_commands.py */
#pragma once

#include "server/core/command.h"

/* For host_offer_commands(). */
extern const struct command *const account_commands[];
extern const size_t account_command_count;
