/* history.c - what can be asked of the history: each call becomes a job for its thread. */
#include "client/history_event.h"
#include "client/history_job.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

enum {
    FILE_NAME_MAX = 200
};

/* An address as the name of a folder; a very long one by its digest. */
char *
history_path(const char *data_dir, const char *bare_jid)
{
    g_autofree char *root =
        data_dir ? g_strdup(data_dir) : g_build_filename(g_get_user_data_dir(), "jackdaw", NULL);
    g_autofree char *name = g_uri_escape_string(bare_jid, "@", FALSE);
    if (strlen(name) > FILE_NAME_MAX || name[0] == '.') {
        g_free(name);
        name = g_compute_checksum_for_string(G_CHECKSUM_SHA256, bare_jid, -1);
    }
    g_autofree char *folder = g_build_filename(root, name, NULL);
    if (g_mkdir_with_parents(folder, 0700) != 0 || g_chmod(folder, 0700) != 0)
        g_warning("Cannot make the folder %s: %s", folder, g_strerror(errno));
    return g_build_filename(folder, "history.db", NULL);
}

/* ---- events ---- */

void
history_event_copy(struct history_event *into, const struct history_event *event)
{
    *into = *event;
#define COPY(name) into->name = g_strdup(event->name);
    HISTORY_EVENT_TEXTS(COPY)
#undef COPY
}

void
history_event_clear(struct history_event *event)
{
#define CLEAR(name) g_free((char *)(guintptr)event->name);
    HISTORY_EVENT_TEXTS(CLEAR)
#undef CLEAR
    *event = (struct history_event){ 0 };
}

static struct job *
job_new(void (*run)(struct history_db *db, struct job *job), const char *conversation)
{
    struct job *job = g_new0(struct job, 1);
    job->run = run;
    job->conversation = g_strdup(conversation);
    return job;
}

/* A pointer to a function in a gpointer, as POSIX allows. */
#define CALLBACK(function) ((gpointer)(guintptr)(function))

static void
submit(struct history *history,
       struct job *job,
       void (*answer)(struct job *job),
       gpointer done,
       gpointer data)
{
    job->answer = answer;
    job->done = done;
    job->data = data;
    history_submit(history, job);
}

/* ---- answers ---- */

static void
answer_added(struct job *job)
{
    ((history_added_cb)(guintptr)job->done)(job->added.row, job->added.is_new, job->data);
}

static void
answer_gap(struct job *job)
{
    ((history_gap_cb)(guintptr)job->done)(job->result, job->data);
}

static void
answer_view(struct job *job)
{
    ((history_view_cb)(guintptr)job->done)(job->result, job->data);
}

static void
answer_list(struct job *job)
{
    ((history_list_cb)(guintptr)job->done)(job->result, job->data);
}

/* ---- writing ---- */

static void
run_add(struct history_db *db, struct job *job)
{
    job->added = db_add(db, &job->events[0]);
}

void
history_add(struct history *history,
            const struct history_event *event,
            history_added_cb done,
            gpointer data)
{
    struct job *job = job_new(run_add, NULL);
    job->events = g_new0(struct history_event, 1);
    job->event_count = 1;
    history_event_copy(job->events, event);
    submit(history, job, done ? answer_added : NULL, CALLBACK(done), data);
}

static void
run_set_state(struct history_db *db, struct job *job)
{
    db_set_state(db, job->conversation, job->first_id, (enum history_state)job->which, job->text);
}

void
history_set_state(struct history *history,
                  const char *conversation,
                  const char *id,
                  enum history_state state,
                  const char *failure)
{
    struct job *job = job_new(run_set_state, conversation);
    job->first_id = g_strdup(id);
    job->which = (int)state;
    job->text = g_strdup(failure);
    submit(history, job, NULL, NULL, NULL);
}

/* ---- catching up ---- */

static void
run_begin_era(struct history_db *db, struct job *job)
{
    job->result = db_begin_era(db, job->archive);
    job->free_result = history_gap_free;
}

void
history_begin_era(struct history *history, const char *archive, history_gap_cb done, gpointer data)
{
    struct job *job = job_new(run_begin_era, NULL);
    job->archive = g_strdup(archive);
    submit(history, job, done ? answer_gap : NULL, CALLBACK(done), data);
}

static void
run_find_gap(struct history_db *db, struct job *job)
{
    job->result = db_find_gap(db, job->archive, job->conversation);
    job->free_result = history_gap_free;
}

void
history_find_gap(struct history *history,
                 const char *archive,
                 const char *conversation,
                 history_gap_cb done,
                 gpointer data)
{
    struct job *job = job_new(run_find_gap, conversation);
    job->archive = g_strdup(archive);
    submit(history, job, answer_gap, CALLBACK(done), data);
}

static void
run_add_page(struct history_db *db, struct job *job)
{
    const struct history_archive_page page = {
        .archive = job->archive,
        .with = job->conversation,
        .era = job->number,
        .events = job->events,
        .count = job->event_count,
        .first_id = job->first_id,
        .is_complete = job->flag,
    };
    job->result = db_add_page(db, &page);
    job->free_result = history_gap_free;
}

void
history_add_page(struct history *history,
                 const struct history_archive_page *page,
                 history_gap_cb done,
                 gpointer data)
{
    struct job *job = job_new(run_add_page, page->with);
    job->archive = g_strdup(page->archive);
    job->number = page->era;
    job->first_id = g_strdup(page->first_id);
    job->flag = page->is_complete;
    job->events = g_new0(struct history_event, MAX(page->count, 1));
    job->event_count = page->count;
    for (guint i = 0; i < page->count; i++)
        history_event_copy(&job->events[i], &page->events[i]);
    submit(history, job, done ? answer_gap : NULL, CALLBACK(done), data);
}

static void
run_give_up_gap(struct history_db *db, struct job *job)
{
    db_give_up_gap(db, job->archive, job->number);
}

void
history_give_up_gap(struct history *history, const char *archive, gint64 era)
{
    struct job *job = job_new(run_give_up_gap, NULL);
    job->archive = g_strdup(archive);
    job->number = era;
    submit(history, job, NULL, NULL, NULL);
}

static void
run_restart_gap(struct history_db *db, struct job *job)
{
    db_restart_gap(db, job->archive, job->conversation, job->number);
    job->result = db_find_gap(db, job->archive, job->conversation);
    job->free_result = history_gap_free;
}

void
history_restart_gap(struct history *history,
                    const char *archive,
                    const char *with,
                    gint64 era,
                    history_gap_cb done,
                    gpointer data)
{
    struct job *job = job_new(run_restart_gap, with);
    job->archive = g_strdup(archive);
    job->number = era;
    submit(history, job, done ? answer_gap : NULL, CALLBACK(done), data);
}

/* ---- reading ---- */

static void
view_free(gpointer view)
{
    db_view_free(view);
}

static void
list_free(gpointer list)
{
    g_ptr_array_unref(list);
}

static void
run_read(struct history_db *db, struct job *job)
{
    job->result =
        db_read(db, job->conversation, (enum history_from)job->which, job->number, job->count);
    job->free_result = view_free;
}

void
history_read(struct history *history,
             const char *conversation,
             enum history_from from,
             gint64 position,
             guint count,
             history_view_cb done,
             gpointer data)
{
    struct job *job = job_new(run_read, conversation);
    job->which = (int)from;
    job->number = position;
    job->count = count;
    submit(history, job, answer_view, CALLBACK(done), data);
}

static void
run_find(struct history_db *db, struct job *job)
{
    job->result = db_find(db, job->conversation, job->text);
    job->free_result = list_free;
}

void
history_find(struct history *history,
             const char *conversation,
             const char *id,
             history_list_cb done,
             gpointer data)
{
    struct job *job = job_new(run_find, conversation);
    job->text = g_strdup(id);
    submit(history, job, answer_list, CALLBACK(done), data);
}

static void
run_pending(struct history_db *db, struct job *job)
{
    job->result = db_pending(db, job->conversation);
    job->free_result = list_free;
}

void
history_pending(struct history *history,
                const char *conversation,
                history_list_cb done,
                gpointer data)
{
    submit(history, job_new(run_pending, conversation), answer_list, CALLBACK(done), data);
}

static void
run_search(struct history_db *db, struct job *job)
{
    job->result = db_search(db, job->conversation, job->text, job->count, job->skip);
    job->free_result = list_free;
}

void
history_search(struct history *history,
               const char *conversation,
               const char *words,
               guint count,
               guint skip,
               history_list_cb done,
               gpointer data)
{
    struct job *job = job_new(run_search, conversation);
    job->text = g_strdup(words);
    job->count = count;
    job->skip = skip;
    submit(history, job, answer_list, CALLBACK(done), data);
}

static void
run_conversations(struct history_db *db, struct job *job)
{
    job->result = db_conversations(db);
    job->free_result = list_free;
}

void
history_conversations(struct history *history, history_list_cb done, gpointer data)
{
    submit(history, job_new(run_conversations, NULL), answer_list, CALLBACK(done), data);
}

static void
run_touch(struct history_db *db, struct job *job)
{
    gint64 conversation = db_find_conversation(db, job->conversation);
    if (conversation > 0)
        db_conversation_changed(db, conversation);
}

void
history_touch(struct history *history, const char *conversation)
{
    submit(history, job_new(run_touch, conversation), NULL, NULL, NULL);
}

static void
run_sync(struct history_db *db, struct job *job)
{
    (void)db, (void)job;
}

static void
answer_sync(struct job *job)
{
    ((history_sync_cb)(guintptr)job->done)(job->conversation, job->data);
}

void
history_sync(struct history *history, const char *conversation, history_sync_cb done, gpointer data)
{
    submit(history, job_new(run_sync, conversation), answer_sync, CALLBACK(done), data);
}

/* ---- the conversation itself ---- */

static void
run_mark_read(struct history_db *db, struct job *job)
{
    if (job->text)
        db_mark_read_id(db, job->conversation, job->text);
    else
        db_mark_read(db, job->conversation, job->number);
}

void
history_mark_read(struct history *history, const char *conversation, gint64 row)
{
    struct job *job = job_new(run_mark_read, conversation);
    job->number = row;
    submit(history, job, NULL, NULL, NULL);
}

void
history_mark_read_id(struct history *history, const char *conversation, const char *archive_id)
{
    struct job *job = job_new(run_mark_read, conversation);
    job->text = g_strdup(archive_id);
    submit(history, job, NULL, NULL, NULL);
}

static void
run_set(struct history_db *db, struct job *job)
{
    db_set(db, job->conversation, job->archive, (enum history_setting)job->which, job->flag);
}

void
history_set(struct history *history,
            const char *conversation,
            const char *archive,
            enum history_setting setting,
            gboolean value)
{
    struct job *job = job_new(run_set, conversation);
    job->archive = g_strdup(archive);
    job->which = (int)setting;
    job->flag = value;
    submit(history, job, NULL, NULL, NULL);
}

static void
run_set_draft(struct history_db *db, struct job *job)
{
    db_set_draft(db, job->conversation, job->archive, job->text);
}

void
history_set_draft(struct history *history,
                  const char *conversation,
                  const char *archive,
                  const char *draft)
{
    struct job *job = job_new(run_set_draft, conversation);
    job->archive = g_strdup(archive);
    job->text = g_strdup(draft);
    submit(history, job, NULL, NULL, NULL);
}
