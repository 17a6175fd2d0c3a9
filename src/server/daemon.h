/* daemon.h - the server as a whole: put together, run until a signal ends it, taken apart.
 * Owns: everything. Threads: main's. Errors: as exit codes after a line in the log.
 * Spec: RFC 6120 4.9.3.19 (the end). Tests: tests/interop/test_control.py */
#pragma once

#include "server/core/config.h"

enum exit_code {
    EXIT_OK,
    EXIT_FAILED, /* while starting or running */
    EXIT_USAGE,  /* wrong arguments or configuration */
};

/* Returns when SIGTERM or SIGINT has come and everything has ended in good order, or could not be
 * started. `config_path` NULL: no file. */
enum exit_code daemon_run(const struct config *config, const char *config_path);
