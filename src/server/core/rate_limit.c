/* rate_limit.c - see rate_limit.h. */
#include "server/core/rate_limit.h"

#define MILLION INT64_C(1000000)

void
rate_limit_init(struct rate_limit *limit, uint32_t rate, uint32_t burst, int64_t now_us)
{
    *limit = (struct rate_limit){
        ._tokens = burst * MILLION,
        ._burst = burst * MILLION,
        ._rate = rate,
        ._since_us = now_us,
    };
}

int64_t
rate_limit_take(struct rate_limit *limit, uint32_t count, int64_t now_us)
{
    int64_t elapsed_us = now_us - limit->_since_us;

    if (limit->_rate == 0)
        return 0;
    limit->_since_us = now_us;
    /* A bucket that has had an hour is full; and the product stays small. */
    if (elapsed_us > 3600 * MILLION)
        limit->_tokens = limit->_burst;
    else
        limit->_tokens += elapsed_us * limit->_rate;
    if (limit->_tokens > limit->_burst)
        limit->_tokens = limit->_burst;
    limit->_tokens -= count * MILLION;
    if (limit->_tokens >= 0)
        return 0;
    return (-limit->_tokens + limit->_rate - 1) / limit->_rate;
}
