/* channel.c - see channel.h. */
#include "channel.h"

enum {
    WINDOW = 64
};

static enum channel_verdict
take_old(struct channel *channel, uint32_t back)
{
    uint64_t bit;

    if (back >= WINDOW)
        return CHANNEL_DOUBLE;
    bit = UINT64_C(1) << back;
    if (channel->recent & bit)
        return CHANNEL_DOUBLE;
    channel->recent |= bit;
    return CHANNEL_LATE;
}

enum channel_verdict
channel_take(struct channel *channel, uint32_t sequence)
{
    uint32_t ahead;

    if (sequence < channel->next)
        return take_old(channel, channel->next - 1 - sequence);
    ahead = sequence - channel->next + 1;
    channel->recent = (ahead < WINDOW ? channel->recent << ahead : 0) | 1;
    channel->next = sequence + 1;
    return CHANNEL_GOOD;
}
