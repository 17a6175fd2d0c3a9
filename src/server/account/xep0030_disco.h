/* xep0030_disco.h - what an account lists.
 * Owns: nothing. Threads: the account's home worker. Errors: none. Spec: XEP-0030 4, 8.
 * Tests: tests/interop/test_im.py */
#pragma once

#include "server/account/account.h"

/* Adds the account's available sessions to the answer for its own address (disco#items without
 * node), when the asker may see its presence. Any other `result` stays as it is. */
void
disco_add_sessions(struct account *account, const struct stanza *request, struct stanza *result);
