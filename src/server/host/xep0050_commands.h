/* xep0050_commands.h - the host's commands in service discovery (XEP-0050 3.1).
 * Owns: nothing. Threads: the asker's worker. Errors: as stanza errors. Spec: XEP-0050.
 * Tests: tests/interop/test_commands.py */
#pragma once

#include "server/core/command.h"

/* Answer disco#info and disco#items about a node. */
void commands_answer_info(struct worker *worker, struct stanza *request);
void commands_answer_items(struct worker *worker, struct stanza *request);
