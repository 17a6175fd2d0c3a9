/* password.h - which passwords may be set, whoever sets them.
 * Owns: nothing. Threads: any. Time: none. Errors: E_FORMAT with a sentence. Spec: RFC 8265 4.2.
 * Tests: tests/interop/test_im.py, tests/interop/test_control.py */
#pragma once

#include "base/arena.h"
#include "base/attributes.h"
#include "server/core/config.h"

/* Prepares a new password and measures it by the configuration's `password_min`. Both results are
 * in the arena. */
MUST_CHECK int password_prepare(struct arena *arena,
                                const struct config *config,
                                struct str typed,
                                struct str *ret_password,
                                struct str *ret_fault);
