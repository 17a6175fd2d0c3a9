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
    pthread_barrier_t begin, end;
};

struct pause_letter {
    struct letter letter;
    struct pause *pause;
};

static void
wait_for_the_end(struct letter *letter, void *worker)
{
    struct pause_letter *own = CONTAINER_OF(letter, struct pause_letter, letter);
    struct pause *pause = own->pause;

    (void)worker;
    free(own);
    (void)pthread_barrier_wait(&pause->begin);
    (void)pthread_barrier_wait(&pause->end);
}

static struct letter *
copy_letter(void *context)
{
    struct pause_letter *own = memory_new(1, sizeof(*own));

    own->letter.open = wait_for_the_end;
    own->pause = context;
    return &own->letter;
}

static void
swap_certificate(struct server *server, struct tls_context *new)
{
    struct tls_context *old = server->tls;
    struct pause pause;

    (void)pthread_barrier_init(&pause.begin, NULL, server->worker_count + 1);
    (void)pthread_barrier_init(&pause.end, NULL, server->worker_count + 1);
    worker_post_all(server, copy_letter, &pause);
    (void)pthread_barrier_wait(&pause.begin);
    server->tls = new;
    (void)pthread_barrier_wait(&pause.end);
    (void)pthread_barrier_destroy(&pause.begin);
    (void)pthread_barrier_destroy(&pause.end);
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
