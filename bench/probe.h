/* probe.h - the body of a test message: of which run, who sent it, the how-manieth, and when.
 * Owns: nothing. Threads: any. Time: passed in. Errors: false for a body that is none of ours.
 * Tests: bench/test_checks.c */
#pragma once

#include "base/buffer.h"

#include <stdint.h>

/* The least a body takes; shorter wishes are rounded up. */
#define PROBE_BYTES_MIN 72

struct probe {
    uint32_t run;      /* tells leftovers of another run from this one's */
    uint32_t sender;   /* its number */
    uint32_t sequence; /* counts from 0 on each channel */
    int64_t sent_us;   /* monotonic */
};

/* Appends `bytes` bytes of text that needs no escaping. */
void probe_write(struct buffer *out, const struct probe *probe, size_t bytes);
MUST_CHECK bool probe_read(struct str body, struct probe *ret);
