/* latency.c - up to 63 us each has a bucket; then each doubling is cut into 32. */
#include "latency.h"

enum {
    STEPS_BITS = 5,
    STEPS = 1 << STEPS_BITS
};

static unsigned
bucket_of(uint64_t us)
{
    unsigned bits, shift;

    if (us < 2 * STEPS)
        return (unsigned)us;
    bits = 64 - (unsigned)__builtin_clzll(us);
    shift = bits - STEPS_BITS - 1;
    return shift * STEPS + (unsigned)(us >> shift);
}

static int64_t
upper_end(unsigned bucket)
{
    unsigned shift;

    if (bucket < 2 * STEPS)
        return bucket;
    shift = bucket / STEPS - 1;
    return ((int64_t)(bucket - shift * STEPS + 1) << shift) - 1;
}

void
latency_add(struct latency *latency, int64_t us)
{
    unsigned bucket = bucket_of(us > 0 ? (uint64_t)us : 0);

    latency->buckets[bucket < LATENCY_BUCKETS ? bucket : LATENCY_BUCKETS - 1]++;
    latency->count++;
    if (us > latency->max_us)
        latency->max_us = us;
}

int64_t
latency_percentile(const struct latency *latency, double percent)
{
    double wanted = (double)latency->count * percent / 100;
    uint64_t seen = 0;

    for (unsigned i = 0; i + 1 < LATENCY_BUCKETS && latency->count > 0; i++) {
        seen += latency->buckets[i];
        if ((double)seen >= wanted)
            return upper_end(i) < latency->max_us ? upper_end(i) : latency->max_us;
    }
    return latency->max_us; /* the last bucket has no end */
}
