/* xep0313_archive.h - asking an archive for a page, and believing only that archive.
 * Owns: the queries that are open. Threads: the account's. Errors: as outcomes.
 * Spec: XEP-0313 3, 4, 5; XEP-0059 2; XEP-0297. Tests: tests/unit/client/test_archive.c */
#pragma once

#include "client/account_private.h"
#include "client/catch_up.h"
#include "xmpp/stanza.h"

/* One message as it was; all owned by the answer. */
struct archive_result {
    char *id;
    gint64 time;            /* wall microseconds; 0 = the archive does not say */
    struct stanza *message; /* sealed */
};

struct archive_answer {
    enum catch_up_outcome outcome; /* MORE or CLOSED with results, or why there are none */
    GPtrArray *results;            /* struct archive_result, oldest first */
    char *first_id;                /* of the oldest result, also when it could not be read */
};

typedef void (*archive_cb)(JdAccount *account, const struct archive_answer *answer, gpointer data);

/* Sends the query; `done` is called once, at the latest when the connection is lost. The account's
 * own archive is the one with its bare address. */
void
archive_ask(JdAccount *account, const struct catch_up_query *query, archive_cb done, gpointer data);

/* The id that the archive `by` gave to a message (XEP-0359 5: anybody can write one in; only what
 * that archive itself lets through counts), owned; NULL = none. */
char *archive_id_of(const struct stanza *message, const char *by);
