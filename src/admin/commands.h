/* commands.h - what jackdawctl can do, in one table.
 * Owns: constants. Threads: main's. Errors: E_ values after a line on standard error: E_USAGE is
 * wrong usage, all else a failure. Spec: none. Tests: tests/interop/test_control.py */
#pragma once

#include "admin/control_client.h"

struct command {
    const char *words; /* "user add" */
    const char
        *argument; /* what is asked for behind them; "[NAME]" may be left out; NULL = nothing */
    const char *help;
    int (*run)(struct control_client *client, const struct command *command, const char *argument);
    const char *verb; /* of the control protocol */
};
extern const struct command commands[];
extern const size_t command_count;

/* "user import", in import.c: as many accounts as a file has lines. */
MUST_CHECK int
command_import(struct control_client *client, const struct command *command, const char *path);
