/* registration.h - making an account before there is one to sign in to (XEP-0077 3.1).
 * Owns: nothing. Threads: the worker that accepted the connection. Time: the loop's. Errors: as
 * stanza errors. Spec: XEP-0077. Tests: tests/interop/test_im.py */
#pragma once

#include "server/core/session.h"

/* session_home->registration. */
void registration_receive(struct session *session, struct stanza *stanza);

/* For both ends of an account's life: reads <username/>, prepared, and <password/>, as it was
 * typed. E_NOT_FOUND when one is missing or empty, E_JID for a name that cannot be one. */
MUST_CHECK int registration_read(struct arena *arena,
                                 const struct stanza *stanza,
                                 struct str *ret_name,
                                 struct str *ret_password);

/* An address of the configuration's `admins`, or a name that is taken for theirs
 * (reserved_names.h): whoever came first would be the administrator, so these accounts are made
 * with jackdawctl. */
bool registration_is_kept(const struct server *server, struct str name);
