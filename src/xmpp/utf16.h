/* utf16.h - characters of well-formed UTF-16, for what ICU does not do by the string.
 * Owns: nothing. Threads: any. Errors: none. Tests: tests/unit/xmpp/test_jid.c */
#pragma once

#include <stdbool.h>
#include <unicode/utypes.h>

/* ICU's own macros mix signs too freely for our warnings. */
static inline bool
utf16_is_lead(UChar unit)
{
    return (unit & 0xFC00) == 0xD800;
}

static inline UChar32
utf16_pair(UChar lead, UChar trail)
{
    return 0x10000 + ((lead & 0x3FF) << 10) + (trail & 0x3FF);
}

/* The character at *at, which moves behind it; U_SENTINEL at the end. */
static inline UChar32
utf16_next(const UChar *text, int32_t len, int32_t *at)
{
    if (*at >= len)
        return U_SENTINEL;
    const UChar unit = text[(*at)++];
    return utf16_is_lead(unit) && *at < len ? utf16_pair(unit, text[(*at)++]) : unit;
}

/* The character before *at, which moves in front of it; U_SENTINEL at the beginning. */
static inline UChar32
utf16_previous(const UChar *text, int32_t *at)
{
    if (*at <= 0)
        return U_SENTINEL;
    const UChar unit = text[--*at];
    if ((unit & 0xFC00) != 0xDC00 || *at == 0)
        return unit;
    --*at;
    return utf16_pair(text[*at], unit);
}

/* One or two units. */
static inline int32_t
utf16_put(UChar32 c, UChar ret_units[2])
{
    if (c < 0x10000) {
        ret_units[0] = (UChar)c;
        return 1;
    }
    ret_units[0] = (UChar)(0xD800 + ((c - 0x10000) >> 10));
    ret_units[1] = (UChar)(0xDC00 + ((c - 0x10000) & 0x3FF));
    return 2;
}
