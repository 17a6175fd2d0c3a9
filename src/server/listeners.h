/* listeners.h - all the addresses that clients can connect to.
 * Owns: the listening sockets. Threads: start and stop. Errors: E_IO after logging. Spec: XEP-0368.
 * Tests: tests/interop/test_control.py */
#pragma once

#include "server/core/worker.h"

#define LISTENERS_MAX WORKER_ACCEPTORS_MAX

struct listeners {
    struct listener items[LISTENERS_MAX];
    size_t count;
};

/* Opens one for each address and port of the configuration and hands them to the workers, which
 * begin to accept when they run. What was opened stays in `listeners` on failure, too. */
MUST_CHECK int listeners_open(struct listeners *listeners, struct server *server);
void listeners_close(struct listeners *listeners);

/* Prints "ready ADDRESS:PORT ..." for whoever started the server. */
void listeners_announce(const struct listeners *listeners);
