#include "client/key_job.h"

struct key_job {
    enum scram_hash hash;
    uint32_t iterations;
    size_t password_len, salt_len;
    char *password;
    char *salt;
    uint8_t key[SCRAM_KEY_MAX];
    key_job_cb done;
};

static void
key_job_free(gpointer data)
{
    struct key_job *job = data;
    explicit_bzero(job->password, job->password_len);
    explicit_bzero(job->key, sizeof(job->key));
    g_free(job->password);
    g_free(job->salt);
    g_free(job);
}

static void
work(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    struct key_job *job = data;
    (void)source, (void)cancellable;
    scram_salted_password(job->hash, (struct str){ job->password, job->password_len },
                          (struct str){ job->salt, job->salt_len }, job->iterations, job->key);
    g_task_return_boolean(task, TRUE);
}

static void
done_cb(GObject *owner, GAsyncResult *result, gpointer data)
{
    const struct key_job *job = g_task_get_task_data(G_TASK(result));
    (void)data;
    gboolean worked = g_task_propagate_boolean(G_TASK(result), NULL);
    job->done(owner, worked ? job->key : NULL);
}

void
key_job_start(GObject *owner,
              const struct client_stream_key_question *question,
              GCancellable *cancellable,
              key_job_cb done)
{
    struct key_job *job = g_new0(struct key_job, 1);
    job->hash = question->hash;
    job->iterations = question->iterations;
    job->password_len = question->password.len;
    job->password = g_memdup2(question->password.data, question->password.len);
    job->salt_len = question->salt.len;
    job->salt = g_memdup2(question->salt.data, question->salt.len);
    job->done = done;

    g_autoptr(GTask) task = g_task_new(owner, cancellable, done_cb, NULL);
    g_task_set_task_data(task, job, key_job_free);
    g_task_run_in_thread(task, work);
}
