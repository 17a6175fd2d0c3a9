/* catch_up.h - which page of which archive to ask for next.
 * No I/O: it is told what happens and says what to send. The owner sends the query, gives the page
 * to the history, and tells what is left of the gap.
 * Owns: the gaps that are worth filling. Threads: one. Time: none. Errors: none.
 * Spec: XEP-0313 3.4, 5; XEP-0059. Tests: tests/unit/client/test_catch_up.c
 *
 * What a person looks at comes first, then the account's archive, then rooms; pages of one gap come
 * one after another, newest first. In the background a gap is followed for so many pages; the rest
 * waits until somebody scrolls there. */
#pragma once

#include <glib.h>

struct catch_up;

#define CATCH_UP_PAGE      100 /* messages */
#define CATCH_UP_IN_FLIGHT 3   /* queries at a time */

/* How many pages are fetched without anybody looking: of what was missed, and of the beginning. */
#define CATCH_UP_PAGES_MISSED    50
#define CATCH_UP_PAGES_BEGINNING 2

/* XEP-0313 query parameters. The texts live until the query is answered or lost. */
struct catch_up_query {
    guint id;
    const char *archive;
    const char *with; /* NULL = everything */
    gint64 era;
    const char *before; /* NULL = the newest */
    guint max;
};

enum catch_up_outcome {
    CATCH_UP_MORE,        /* a page came; the gap's new edge is known */
    CATCH_UP_CLOSED,      /* nothing is missing any more */
    CATCH_UP_NOT_FOUND,   /* item-not-found: the edge has expired in the archive */
    CATCH_UP_UNSUPPORTED, /* there is no archive, or it is not for us */
    CATCH_UP_FAILED,      /* no answer, or an error that may pass */
};

/* What is to be done about the gap besides. */
enum catch_up_advice {
    CATCH_UP_GO_ON,
    CATCH_UP_RESTART, /* history_restart_gap(): the next query asks for the newest */
    CATCH_UP_GIVE_UP, /* history_give_up_gap() */
    CATCH_UP_REST,    /* nothing more will be asked until somebody looks, or the next connection */
};

struct catch_up *catch_up_new(void);
void catch_up_free(struct catch_up *catch_up);

/* The stream broke; what was asked is not answered any more, unless the stream is resumed. */
void catch_up_lost(struct catch_up *catch_up);

/* A stream is ready. Resumed, queries in flight will be answered; else all gaps are forgotten, to
 * be told anew, for new ones have opened above them. */
void catch_up_connected(struct catch_up *catch_up, gboolean resumed);

/* An open gap to be followed in the background. `account` tells the account's own archive. */
void catch_up_add(struct catch_up *catch_up,
                  const char *archive,
                  gboolean account,
                  gint64 era,
                  const char *before);

/* Somebody looks at a gap. `with` NULL for a room. One page is fetched each time. */
void catch_up_look(struct catch_up *catch_up,
                   const char *archive,
                   const char *with,
                   gint64 era,
                   const char *before);

/* The next query to be sent; FALSE: none now. */
gboolean catch_up_next(struct catch_up *catch_up, struct catch_up_query *ret_query);

/* `before` is the gap's new edge, with CATCH_UP_MORE only. An unknown `id` is of another time and
 * changes nothing (CATCH_UP_REST). */
enum catch_up_advice catch_up_answered(struct catch_up *catch_up,
                                       guint id,
                                       enum catch_up_outcome outcome,
                                       const char *before);

/* Whether somebody waits for a page of this conversation: a place for a spinner. */
gboolean catch_up_is_looking(struct catch_up *catch_up, const char *archive, const char *with);
