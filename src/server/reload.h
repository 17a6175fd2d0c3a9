/* reload.h - SIGHUP: takes up what can change while the server runs.
 * Owns: nothing. Threads: main's. Errors: as lines in the log; then everything stays as it was.
 * Spec: none. Tests: tests/interop/test_control.py */
#pragma once

#include "server/core/server.h"

/* Reads the file again: the log level and the certificate are taken up, other changed keys are
 * named. NULL path: there is no file, but the certificate is read again. */
void reload(struct server *server, const char *config_path);
