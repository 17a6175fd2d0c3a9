/* xml_mutator.h - changes lines of XML so that they stay XML: bytes that are no XML never get past
 * the reader, and that has a fuzz target of its own. Owns: nothing. Threads: one. Errors: none.
 * Tests: none; it is one.
 *
 * A line is one letter (who says it) and one element. */
#pragma once

#include "base/str.h"

#include <stdint.h>

/* Changes `size` bytes of lines in place, `max_size` at most; gives back how many there are now. 0:
 * there was nothing to change. `other` is a second input to take pieces from; may be empty. */
size_t mutate_lines(uint8_t *data, size_t size, size_t max_size, struct str other, unsigned seed);
