/* failure.h - why something did not work, as a GError in words for people.
 * Owns: nothing. Threads: any. Errors: they are its business. Spec: RFC 6120 4.9.3, 6.5, 8.3.3.
 * Tests: tests/unit/client/test_connection.c */
#pragma once

#include "client/account.h"
#include "client/connection.h"
#include "client/sign_in.h"

/* A connection that ended, before or after it was signed in. The caller owns the error. */
GError *failure_from_end(const struct connection_end *end, const struct sign_in *sign_in);

/* A room that was not joined, by a guest or by somebody with an account. `nickname` is the one that
 * was asked for. */
GError *failure_from_join(const struct stanza *error, const char *nickname, gboolean guest);

/* A message that came back, as a sentence. */
char *failure_of_message(const struct stanza *error);

/* Whether trying again by itself can help. */
gboolean failure_is_passing(const GError *error);
