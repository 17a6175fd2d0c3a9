/* sign_in.h - what was on the welcome form, checked and kept while signed in.
 * Owns: its strings; the password is wiped. Threads: the account's.
 * Errors: JD_CLIENT_ERROR of the field concerned. Spec: RFC 7622 3, XEP-0045 7.2.1.
 * Tests: tests/unit/client/test_sign_in.c */
#pragma once

#include "client/account.h"

#define SIGN_IN_DEFAULT_PORT 5222

struct sign_in {
    char *server;
    guint port;
    char *domain;   /* NULL = learn it */
    char *nickname; /* as typed, for rooms */
    char *name;     /* localpart; NULL = guest */
    char *password; /* NULL = guest */
    gboolean registers;
};

/* A checked copy, or NULL and the error of the first field that is wrong. */
struct sign_in *sign_in_new(const JdSignIn *details, GError **error);
void sign_in_free(struct sign_in *sign_in);

/* Whether `nickname` (trimmed by the caller) can be an occupant's. */
gboolean sign_in_check_nickname(const char *nickname, GError **error);
