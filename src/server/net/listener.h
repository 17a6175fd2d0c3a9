/* listener.h - a listening socket that several loops share (EPOLLEXCLUSIVE).
 * Owns: the descriptor (the listener), a watch (each acceptor). Threads: listener_open at start;
 * an acceptor belongs to one loop. Errors: E_IO after logging address and reason.
 * Tests: tests/unit/server/test_listener.c */
#pragma once

#include "base/log.h"
#include "server/net/loop.h"

struct listener {
    int fd;
    char address[64]; /* "127.0.0.1:5222" as bound */
};

/* `host` is a numeric address; "*" is every address, IPv4 and IPv6. */
MUST_CHECK int
listener_open(const struct log *log, const char *host, uint16_t port, struct listener *ret);
void listener_close(struct listener *listener);

struct acceptor {
    struct watch watch;
    struct timer _pause; /* no descriptors left: try again a little later */
    struct loop *_loop;
    struct listener *listener;
    void (*accepted)(struct acceptor *acceptor, int fd, const char *peer); /* takes fd */
    void *context;
};
MUST_CHECK int acceptor_start(struct acceptor *acceptor, struct loop *loop);
void acceptor_stop(struct acceptor *acceptor, struct loop *loop);
