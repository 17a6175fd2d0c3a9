/* xep0115_caps.h - what we can do in one hash, sent with presence.
 * Owns: nothing. Threads: any. Errors: none. Spec: XEP-0115 5.1, 6.1.
 * Tests: tests/unit/client/test_router.c */
#pragma once

#include "xmpp/stanza.h"

#include <glib.h>

/* Puts <c/> into a presence that is being built. */
void caps_add(struct stanza *presence);

/* Whether `node` is the one that caps_add() announces. */
gboolean caps_is_our_node(struct str node);

/* The verification string of one identity ("category/type//name") and sorted features. */
char *caps_hash(const char *identity, const char *const *features);
