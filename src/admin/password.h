/* password.h - asks for a password: twice and unseen on a terminal, else one line of standard
 * input. Owns: nothing. Threads: main's. Errors: E_FORMAT, E_IO after a line on standard error.
 * Tests: tests/interop/test_control.py */
#pragma once

#include "base/attributes.h"

/* To be wiped and freed by password_free(). */
MUST_CHECK int password_read(char **ret_password);
void password_free(char *password);
