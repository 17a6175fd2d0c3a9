/* ns_table.h - namespace names kept once: most are ours, or the parent's.
 * Owns: nothing. Threads: any. Errors: data NULL past the arena's limit.
 * Tests: tests/unit/xmpp/test_element.c */
#pragma once

#include "base/arena.h"

/* The same namespace name, valid as long as the arena: `near` (already in it) when equal, else a
 * constant of ns.h, else a copy. */
struct str ns_keep(struct arena *arena, struct str ns, struct str near);
