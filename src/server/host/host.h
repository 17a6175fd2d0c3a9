/* host.h - what the server's own addresses do: its domain and its rooms' service.
 * Owns: nothing; no state. Threads: the sender's worker. Time: wall clock where it is asked for.
 * Errors: as stanza errors to whoever asked. Spec: RFC 6120 10.5.2, RFC 6121 8.1.
 * Tests: tests/interop/test_im.py */
#pragma once

#include "server/core/command.h"
#include "server/core/feature.h"

extern const struct entity_kind host_kind;

/* Adds what another floor does for its addresses to what the domain announces in disco#info
 * (XEP-0030 3): "this server keeps offline messages" is the account floor's word. Called by main
 * for each floor, before the workers run; the list outlives them. */
void host_announce(const struct feature *const *features, size_t count);

/* What the domain can be told to do (XEP-0050); called by main as above. */
void host_offer_commands(const struct command *const *offered, size_t count);
