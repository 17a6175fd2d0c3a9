/* history_thread.c - the thread that owns the database, and the way to it and back.
 *
 * A job goes through the queue to the thread, which runs what has gathered as one transaction, and
 * comes back through `finished` to the main context with its answer. Nothing else is shared. */
#include "client/history_event.h"
#include "client/history_job.h"

enum {
    BATCH_MAX = 256
};

struct history {
    char *path;
    struct history_listener listener;
    gpointer data;
    GMainContext *context;
    GSource *source; /* ready when something has finished */
    GThread *thread;
    GAsyncQueue *queue;    /* of struct job; one without `run` ends the thread */
    GAsyncQueue *finished; /* of struct job */
};

void
job_free(gpointer data)
{
    struct job *job = data;
    for (guint i = 0; i < job->event_count; i++)
        history_event_clear(&job->events[i]);
    if (job->result && job->free_result)
        job->free_result(job->result);
    g_clear_pointer(&job->messages, g_ptr_array_unref);
    g_clear_pointer(&job->conversations, g_ptr_array_unref);
    g_free(job->events);
    g_free(job->conversation);
    g_free(job->archive);
    g_free(job->text);
    g_free(job->first_id);
    g_free(job);
}

void
history_submit(struct history *history, struct job *job)
{
    g_async_queue_push(history->queue, job);
}

/* ---- the thread ---- */

static int
compare_positions(gconstpointer a, gconstpointer b)
{
    const struct history_message *one = *(const struct history_message *const *)a;
    const struct history_message *other = *(const struct history_message *const *)b;
    return (one->position > other->position) - (one->position < other->position);
}

static void
collect_changes(struct history_db *db, struct job *last)
{
    GHashTableIter iter;
    gpointer key;
    last->messages = g_ptr_array_new_with_free_func(history_message_free);
    last->conversations = g_ptr_array_new_with_free_func(history_conversation_free);
    g_hash_table_iter_init(&iter, db->changed);
    while (g_hash_table_iter_next(&iter, &key, NULL)) {
        struct history_message *message = db_message(db, *(const gint64 *)key);
        if (message)
            g_ptr_array_add(last->messages, message);
    }
    g_ptr_array_sort(last->messages, compare_positions);
    g_hash_table_iter_init(&iter, db->conversations);
    while (g_hash_table_iter_next(&iter, &key, NULL))
        g_ptr_array_add(last->conversations, db_summary(db, *(const gint64 *)key));
    g_hash_table_remove_all(db->changed);
    g_hash_table_remove_all(db->conversations);
}

static void
forget_result(struct job *job)
{
    if (job->result && job->free_result)
        job->free_result(job->result);
    job->result = NULL;
    job->added = (struct db_added){ 0 };
}

static gboolean
run_jobs(struct history_db *db, GPtrArray *jobs)
{
    history_db_begin(db);
    for (guint i = 0; i < jobs->len; i++) {
        struct job *job = jobs->pdata[i];
        job->run(db, job);
    }
    if (!db->failed && jobs->len > 0)
        collect_changes(db, jobs->pdata[jobs->len - 1]);
    return history_db_commit(db);
}

/* One job that cannot be done must not take the others with it. */
static void
run_batch(struct history_db *db, GPtrArray *jobs)
{
    if (run_jobs(db, jobs))
        return;
    for (guint i = 0; i < jobs->len; i++) {
        struct job *job = jobs->pdata[i];
        g_autoptr(GPtrArray) one = g_ptr_array_new();
        forget_result(job);
        g_clear_pointer(&job->messages, g_ptr_array_unref);
        g_clear_pointer(&job->conversations, g_ptr_array_unref);
        g_ptr_array_add(one, job);
        if (jobs->len == 1 || !run_jobs(db, one))
            forget_result(job);
    }
}

static void
give_back(struct history *history, GPtrArray *jobs)
{
    for (guint i = 0; i < jobs->len; i++)
        g_async_queue_push(history->finished, jobs->pdata[i]);
    g_source_set_ready_time(history->source, 0);
}

static gpointer
thread_main(gpointer data)
{
    struct history *history = data;
    struct history_db *db = history_db_open(history->path);
    gboolean ends = FALSE;
    if (db == NULL && history->path) {
        g_warning("Nothing that is said will be kept: %s cannot be opened", history->path);
        db = history_db_open(NULL);
    }
    while (!ends) {
        g_autoptr(GPtrArray) jobs = g_ptr_array_new();
        struct job *job = g_async_queue_pop(history->queue);
        while (job && job->run && jobs->len < BATCH_MAX) {
            g_ptr_array_add(jobs, job);
            job = g_async_queue_try_pop(history->queue);
        }
        ends = job && job->run == NULL;
        if (job && !ends)
            g_async_queue_push_front(history->queue, job);
        else
            g_free(job);
        if (db)
            run_batch(db, jobs);
        give_back(history, jobs);
    }
    history_db_close(db);
    return NULL;
}

/* ---- back on the main context ---- */

static void
tell_changes(struct history *history, const struct job *job)
{
    const struct history_listener *listener = &history->listener;
    for (guint i = 0; job->messages && listener->message && i < job->messages->len; i++)
        listener->message(job->messages->pdata[i], history->data);
    for (guint i = 0; job->conversations && listener->conversation && i < job->conversations->len;
         i++)
        listener->conversation(job->conversations->pdata[i], history->data);
}

static gboolean
finished_cb(gpointer data)
{
    struct history *history = data;
    g_source_set_ready_time(history->source, -1);
    /* An answer may free the history: then the source is destroyed and the queue gone. */
    g_autoptr(GSource) source = g_source_ref(history->source);
    while (!g_source_is_destroyed(source)) {
        struct job *job = g_async_queue_try_pop(history->finished);
        if (job == NULL)
            break;
        tell_changes(history, job);
        if (job->answer && !g_source_is_destroyed(source))
            job->answer(job);
        job_free(job);
    }
    return G_SOURCE_CONTINUE;
}

static gboolean
dispatch(GSource *source, GSourceFunc callback, gpointer data)
{
    (void)source;
    return callback(data);
}

static GSourceFuncs source_functions = { .dispatch = dispatch };

struct history *
history_new(const char *path, const struct history_listener *listener, gpointer data)
{
    struct history *history = g_new0(struct history, 1);
    history->path = g_strdup(path);
    if (listener)
        history->listener = *listener;
    history->data = data;
    history->context = g_main_context_ref_thread_default();
    history->queue = g_async_queue_new();
    history->finished = g_async_queue_new_full(job_free);
    history->source = g_source_new(&source_functions, sizeof(GSource));
    g_source_set_static_name(history->source, "history");
    g_source_set_callback(history->source, finished_cb, history, NULL);
    g_source_attach(history->source, history->context);
    history->thread = g_thread_new("history", thread_main, history);
    return history;
}

void
history_free(struct history *history)
{
    if (history == NULL)
        return;
    g_async_queue_push(history->queue, g_new0(struct job, 1));
    g_thread_join(history->thread);
    g_source_destroy(history->source);
    g_source_unref(history->source);
    g_main_context_unref(history->context);
    g_async_queue_unref(history->queue);
    g_async_queue_unref(history->finished);
    g_free(history->path);
    g_free(history);
}
