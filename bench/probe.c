/* probe.c - "load RUN SENDER SEQUENCE TIME ...", filled up with dots. */
#include "probe.h"

#include <stdio.h>
#include <string.h>

static const char filling[] = "................................................................";

void
probe_write(struct buffer *out, const struct probe *probe, size_t bytes)
{
    char text[PROBE_BYTES_MIN];
    int length = snprintf(text, sizeof(text), "load %u %u %u %lld ", probe->run, probe->sender,
                          probe->sequence, (long long)probe->sent_us);
    size_t left = bytes > PROBE_BYTES_MIN ? bytes : PROBE_BYTES_MIN;

    buffer_append(out, str_from(text));
    left -= (size_t)length;
    for (size_t part; left > 0; left -= part) {
        part = left < sizeof(filling) - 1 ? left : sizeof(filling) - 1;
        buffer_append(out, (struct str){ filling, part });
    }
}

static bool
next_number(struct str *rest, int64_t max, int64_t *ret)
{
    struct str piece;

    return str_split(rest, ' ', &piece) && str_to_int64(piece, 0, max, ret) == 0;
}

bool
probe_read(struct str body, struct probe *ret)
{
    int64_t run, sender, sequence;
    struct str rest = body, word;

    if (!str_split(&rest, ' ', &word) || !str_is(word, "load"))
        return false;
    if (!next_number(&rest, UINT32_MAX, &run) || !next_number(&rest, UINT32_MAX, &sender) ||
        !next_number(&rest, UINT32_MAX, &sequence) || !next_number(&rest, INT64_MAX, &ret->sent_us))
        return false;
    ret->run = (uint32_t)run;
    ret->sender = (uint32_t)sender;
    ret->sequence = (uint32_t)sequence;
    return true;
}
