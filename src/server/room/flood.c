/* flood.c - see flood.h */
#include "server/room/flood.h"

bool
flood_allows(struct flood *flood, struct flood_rule rule, int64_t now_us)
{
    const int64_t drop_us = 1000000 / (int64_t)rule.per_second;
    const int64_t start_us = flood->_full_at_us > now_us ? flood->_full_at_us : now_us;

    if (start_us - now_us > drop_us * ((int64_t)rule.burst - 1))
        return false;
    flood->_full_at_us = start_us + drop_us;
    return true;
}
