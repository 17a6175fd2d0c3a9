/* xep0030_disco.h - what we can do, and finding a service of our server.
 * Owns: a search while it runs. Threads: the account's. Errors: as "none found".
 * Spec: XEP-0030 3, 4. Tests: tests/unit/client/test_router.c */
#pragma once

#include "client/account_private.h"
#include "xmpp/stanza.h"

#define DISCO_CATEGORY "client"
#define DISCO_TYPE     "pc"
#define DISCO_NAME     "Jackdaw"

/* Everything that is announced, sorted by bytes, NULL at the end. The caller frees the array only.
 */
const char **disco_features(void);

/* `service` is the domain of the first room service, NULL when there is none. */
typedef void (*disco_found_cb)(JdAccount *account, const char *service);
void disco_find_rooms(JdAccount *account, disco_found_cb done);
