/* thread.h - starting a thread the way all of ours are started.
 * Owns: nothing. Threads: any. Errors: E_IO when the system has no thread left.
 * Tests: tests/unit/base/test_thread_pool.c */
#pragma once

#include "base/attributes.h"

#include <pthread.h>

/* Starts `run(context)` with every signal blocked, so that signals reach only the thread that
 * waits for them. `name` is cut to the 15 bytes that Linux shows. */
MUST_CHECK int
thread_start(pthread_t *ret_thread, const char *name, void *(*run)(void *context), void *context);
