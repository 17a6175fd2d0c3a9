/* history_job.h - a piece of work for the thread that owns the database. For history.c and
 * history_thread.c only.
 * Owns: its texts and events. Threads: one at a time, as it travels. Errors: none.
 * Tests: tests/unit/client/test_history_thread.c */
#pragma once

#include "client/history_db.h"

/* What is asked; which fields count depends on `run`. */
struct job {
    void (*run)(struct history_db *db, struct job *job);
    void (*answer)(struct job *job);
    gpointer done; /* the callback, of the type that `answer` knows */
    gpointer data;

    char *conversation, *archive, *text;
    gint64 number;
    guint count, skip;
    int which; /* an enum of history.h */
    gboolean flag;
    struct history_event *events;
    guint event_count;
    char *first_id;

    gpointer result;
    GDestroyNotify free_result;
    struct db_added added;

    GPtrArray *messages, *conversations; /* changed by the batch; with its last job */
};

void job_free(gpointer job);

/* Takes the job; `answer` NULL when nobody waits for it. */
void history_submit(struct history *history, struct job *job);
