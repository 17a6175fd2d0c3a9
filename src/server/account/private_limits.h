/* private_limits.h - how much a user's clients may keep as private XML.
 * Owns: nothing. Threads: any. Time: none. Errors: none: the store answers E_FULL.
 * Spec: XEP-0049. Tests: tests/unit/server/test_store.c, tests/interop/test_im.py */
#pragma once

#include "server/core/config.h"
#include "server/store/store.h"

static inline void
private_put_limit(struct store_private_put *put, const struct config *config)
{
    put->keys_max = config->limits ? config->max_private_elements : INT64_MAX;
    put->bytes_max = config->limits ? (int64_t)config->max_private_bytes : INT64_MAX;
}
