/* address_counts.h - how many connections each network has open.
 * Owns: itself. Threads: any (atomic). Time: none. Errors: none. Spec: none.
 * Tests: tests/unit/server/test_address_counts.c
 *
 * A sketch of fixed size instead of a table that grows with strangers: a network's count may come
 * out too high when two others share both of its counters, which is rare and cannot be brought
 * about on purpose (the hash is keyed), never too low. */
#pragma once

#include "base/attributes.h"
#include "base/str.h"

struct address_counts;

MUST_CHECK struct address_counts *address_counts_new(void);
void address_counts_free(struct address_counts *counts);

/* Counts one more; returns how many there are with it. */
unsigned address_counts_add(struct address_counts *counts, struct str network);
void address_counts_remove(struct address_counts *counts, struct str network);
