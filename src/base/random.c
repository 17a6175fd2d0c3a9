/* random.c - see random.h. */
#include "base/random.h"

#include "base/attributes.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

void
random_bytes(void *ret, size_t count)
{
    char *bytes = ret;

    while (count > 0) {
        ssize_t got = getrandom(bytes, count, 0);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            abort();
        bytes += got;
        count -= (size_t)got;
    }
}

void
random_token(char *ret, size_t count)
{
    /* 32 characters: 5 bits of each byte pick one without bias. */
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";

    assert(count > 0);
    random_bytes(ret, count - 1);
    for (size_t i = 0; i + 1 < count; i++)
        ret[i] = alphabet[(unsigned char)ret[i] & 31];
    ret[count - 1] = '\0';
}
