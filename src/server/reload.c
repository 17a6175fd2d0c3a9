/* reload.c - see reload.h.
 *
 * What the workers share is fixed while they run, so they are all made to wait while it changes:
 * no locks are needed for the other days. */
#include "server/reload.h"

#include "base/memory.h"
#include "server/certificate.h"
#include "server/core/worker.h"

#include <pthread.h>
#include <stdlib.h>

struct pause {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned waiting; /* workers that hold still */
    bool over;
};

struct pause_letter {
    struct letter letter;
    struct pause *pause;
};

static void
hold_still(struct letter *letter, void *worker)
{
    struct pause_letter *own = CONTAINER_OF(letter, struct pause_letter, letter);
    struct pause *pause = own->pause;

    (void)worker;
    free(own);
    pthread_mutex_lock(&pause->lock);
    pause->waiting++;
    pthread_cond_broadcast(&pause->changed);
    while (!pause->over)
        pthread_cond_wait(&pause->changed, &pause->lock);
    pause->waiting--;
    pthread_cond_broadcast(&pause->changed);
    pthread_mutex_unlock(&pause->lock);
}

static struct letter *
copy_letter(void *context)
{
    struct pause_letter *own = memory_new(1, sizeof(*own));

    own->letter.open = hold_still;
    own->pause = context;
    return &own->letter;
}

static void
swap_certificate(struct server *server, struct tls_context *new)
{
    struct pause pause = {
        .lock = PTHREAD_MUTEX_INITIALIZER,
        .changed = PTHREAD_COND_INITIALIZER,
    };
    struct tls_context *old = server->tls;

    worker_post_all(server, copy_letter, &pause);
    pthread_mutex_lock(&pause.lock);
    while (pause.waiting < server->worker_count)
        pthread_cond_wait(&pause.changed, &pause.lock);
    server->tls = new;
    pause.over = true;
    pthread_cond_broadcast(&pause.changed);
    while (pause.waiting > 0)
        pthread_cond_wait(&pause.changed, &pause.lock);
    pthread_mutex_unlock(&pause.lock);
    pthread_cond_destroy(&pause.changed);
    pthread_mutex_destroy(&pause.lock);
    tls_context_unref(old);
}

static void
note_change(void *context, const char *key, bool reloadable)
{
    const struct server *server = context;

    if (!reloadable)
        log_warning(&server->log, "reload", "%s has changed: that takes a restart", key);
}

void
reload(struct server *server, const char *config_path)
{
    int error;
    struct config *config = config_read(config_path, &error);
    struct tls_context *tls;

    if (!config) {
        log_error(&server->log, "reload-failed", "the file has mistakes: nothing was changed");
        return;
    }
    tls = certificate_load(&server->log, config, server->domain.data, server->rooms_domain.data);
    if (tls) {
        config_compare(server->config, config, note_change, server);
        log_sink_set_level(config->log_level);
        swap_certificate(server, tls);
        log_notice(&server->log, "reloaded", "certificate and log level");
    } else {
        log_error(&server->log, "reload-failed", "no usable certificate: nothing was changed");
    }
    config_free(config);
}
