/* block.h - immutable bytes that many share: written once, referenced by every queue they wait in.
 * Owns: its bytes, until the last reference goes. Threads: any (atomic count). Errors: none.
 * Tests: tests/unit/base/test_block.c */
#pragma once

#include "base/attributes.h"
#include "base/str.h"

struct block;

/* Copies the bytes; the caller owns the one reference. */
MUST_CHECK struct block *block_new(struct str bytes);
MUST_CHECK struct block *block_ref(struct block *block);

/* Accepts NULL. */
void block_unref(struct block *block);

struct str block_str(const struct block *block);
