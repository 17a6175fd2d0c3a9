/* verifiers.c - see verifiers.h. */
#include "server/account/verifiers.h"

#include <stdlib.h>

static void
wipe(struct verifiers_job *job)
{
    if (!job->_password)
        return;
    explicit_bzero(job->_password, job->_password_len);
    free(job->_password);
    job->_password = NULL;
}

static void
run(struct job *base, void *thread_state)
{
    struct verifiers_job *job = CONTAINER_OF(base, struct verifiers_job, _job);

    (void)thread_state;
    for (int hash = 0; hash < SCRAM_HASHES; hash++)
        scram_verifier_make((enum scram_hash)hash,
                            (struct str){ job->_password, job->_password_len },
                            &job->verifiers[hash]);
    wipe(job);
}

static void
answered(struct letter *letter, void *context)
{
    struct verifiers_job *job = CONTAINER_OF(letter, struct verifiers_job, _job.letter);

    wipe(job); /* when the server stopped before it ran */
    job->done(job, context);
}

int
verifiers_make(struct verifiers_job *job, struct worker *worker, struct str password)
{
    int r;

    job->_password = str_dup(password);
    job->_password_len = password.len;
    job->_job.run = run;
    job->_job.reply_to = &worker->mailbox;
    job->_job.letter.open = answered;
    r = thread_pool_submit(worker->server->hashing, &job->_job);
    if (r < 0)
        wipe(job);
    return r;
}
