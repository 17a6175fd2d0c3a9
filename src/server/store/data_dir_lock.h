/* data_dir_lock.h - one server a data folder. Private to store/.
 * Owns: the descriptor that holds the lock. Threads: start and stop. Errors: E_EXISTS when another
 * server is at work there, E_STORE; both after logging. Tests: tests/unit/server/test_store.c */
#pragma once

#include "base/log.h"

/* Takes the lock and writes the process id into data_dir/jackdawd.pid. The kernel gives the lock
 * back however the process ends. */
MUST_CHECK int data_dir_lock(const struct log *log, const char *data_dir, int *ret_fd);
void data_dir_unlock(int fd);
