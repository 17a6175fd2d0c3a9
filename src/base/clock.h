/* clock.h - the two clocks, and times as text.
 * Owns: nothing. Threads: any. Errors: E_FORMAT. Spec: XEP-0082 (date and time profiles).
 * Tests: tests/unit/base/test_clock.c */
#pragma once

#include "base/attributes.h"
#include "base/str.h"

/* Never goes back; for deadlines. Microseconds since an arbitrary point. */
int64_t clock_monotonic_us(void);

/* Wall clock: microseconds since 1970-01-01T00:00:00Z. May jump. */
int64_t clock_wall_us(void);

/* "2026-11-21T11:35:02.123456Z" needs this many bytes with its NUL. */
#define CLOCK_TEXT_BYTES 28

/* XEP-0082 DateTime in UTC with microseconds; `ret` is NUL-terminated. */
void clock_format(int64_t wall_us, char ret[CLOCK_TEXT_BYTES]);

/* Reads any XEP-0082 DateTime, with offset and fraction. */
MUST_CHECK int clock_parse(struct str text, int64_t *ret_wall_us);
