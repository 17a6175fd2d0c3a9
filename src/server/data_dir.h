/* data_dir.h - the folder of everything that lasts, and the secret kept in it.
 * Owns: nothing. Threads: start. Errors: E_IO after logging. Spec: none.
 * Tests: tests/interop/test_control.py */
#pragma once

#include "base/log.h"

#include <stdint.h>

enum {
    DATA_DIR_SECRET_BYTES = 32
};

/* Makes the folder (0700) with its parents unless it is there. */
MUST_CHECK int data_dir_prepare(const struct log *log, const char *data_dir);

/* A secret that stays the same as long as the folder does; drawn when it is missing. It makes the
 * answers about names that do not exist look alike from one start to the next. */
MUST_CHECK int data_dir_secret(const struct log *log,
                               const char *data_dir,
                               uint8_t ret_secret[DATA_DIR_SECRET_BYTES]);
