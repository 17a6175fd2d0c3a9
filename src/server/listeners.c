/* listeners.c - see listeners.h. */
#include "server/listeners.h"

#include "base/error.h"
#include "server/core/config.h"

#include <netinet/in.h>
#include <stdio.h>

static int
add(struct listeners *listeners,
    struct server *server,
    const char *host,
    uint16_t port,
    bool direct_tls)
{
    struct listener *listener = &listeners->items[listeners->count];
    int r;

    if (port == 0)
        return 0;
    if (listeners->count == LISTENERS_MAX) {
        log_error(&server->log, "listen-failed", "more than %d addresses and ports", LISTENERS_MAX);
        return E_FULL;
    }
    r = listener_open(&server->log, host, port, listener);
    if (r < 0)
        return r;
    listeners->count++;
    log_info(&server->log, "listening", "%s (%s)", listener->address,
             direct_tls ? "direct TLS" : "STARTTLS");
    return workers_listen(server, listener, direct_tls);
}

int
listeners_open(struct listeners *listeners, struct server *server)
{
    struct str rest = str_from(server->config->listen);
    struct str piece;
    int r = 0;

    listeners->count = 0;
    while (r == 0 && str_split(&rest, ',', &piece)) {
        char host[INET6_ADDRSTRLEN];

        (void)snprintf(host, sizeof(host), "%.*s", STR_ARG(str_trim(piece)));
        r = add(listeners, server, host, server->config->c2s_port, false);
        if (r == 0)
            r = add(listeners, server, host, server->config->c2s_tls_port, true);
    }
    return r;
}

void
listeners_close(struct listeners *listeners)
{
    for (size_t i = 0; i < listeners->count; i++)
        listener_close(&listeners->items[i]);
    listeners->count = 0;
}

void
listeners_announce(const struct listeners *listeners)
{
    (void)fputs("ready", stdout);
    for (size_t i = 0; i < listeners->count; i++)
        (void)printf(" %s", listeners->items[i].address);
    (void)putchar('\n');
    (void)fflush(stdout);
}
