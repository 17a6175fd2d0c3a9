/* xep0157_contact.h - who to turn to, in the domain's disco#info.
 * Owns: nothing. Threads: any. Errors: none. Spec: XEP-0157, XEP-0128.
 * Tests: tests/interop/test_im.py */
#pragma once

#include "server/core/server.h"
#include "xmpp/element.h"

/* Adds the form to a disco#info result, if the configuration names administrators. */
void contact_add_form(const struct server *server, struct arena *arena, struct element *query);
