/* worker_private.h - how core's own files drive a worker.
 * Owns: nothing. Threads: the worker's. Errors: none. Tests: as worker.h */
#pragma once

#include "server/core/worker.h"

MUST_CHECK struct worker *worker_new(struct server *server, unsigned index);

/* After its thread: frees what lives on it, whoever still wants it. Then, when all workers are
 * empty and their mailboxes too, the worker itself. */
void worker_empty(struct worker *worker);
void worker_free(struct worker *worker);

/* Runs its loop until it is stopped. */
void worker_run(struct worker *worker);

/* Begins the end: no new connections, every session is told. On the worker. */
void worker_begin_stop(struct worker *worker);
