/* nickname.c - see nickname.h */
#include "xmpp/nickname.h"

#include "base/error.h"
#include "xmpp/jid.h"
#include "xmpp/precis_class.h"

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>

enum {
    UNITS_MAX = 2 * JID_PART_MAX,
    ROUNDS = 4 /* RFC 8264 7: until nothing changes, within reason */
};

struct units {
    int32_t len;
    UChar data[UNITS_MAX];
};

/* RFC 8266 2.1 2: any space is the space, one at a time and none at the ends. */
static void
map_spaces(struct units *units)
{
    int32_t len = 0;

    for (int32_t i = 0; i < units->len; i++) {
        /* There are none beyond the BMP. */
        if (u_charType(units->data[i]) != U_SPACE_SEPARATOR)
            units->data[len++] = units->data[i];
        else if (len > 0 && units->data[len - 1] != ' ')
            units->data[len++] = ' ';
    }
    if (len > 0 && units->data[len - 1] == ' ')
        len--;
    units->len = len;
}

/* 2.1 3 and 4, in that order: lower case, then form KC. */
static bool
map_case_and_form(struct units *units)
{
    UErrorCode status = U_ZERO_ERROR;
    const UNormalizer2 *nfkc = unorm2_getNFKCInstance(&status);
    struct units lower;

    lower.len = u_strToLower(lower.data, UNITS_MAX, units->data, units->len, "", &status);
    units->len = unorm2_normalize(nfkc, lower.data, lower.len, units->data, UNITS_MAX, &status);
    return U_SUCCESS(status);
}

static bool
map_until_stable(struct units *units)
{
    struct units before;

    for (unsigned round = 0; round < ROUNDS; round++) {
        before.len = units->len;
        u_memcpy(before.data, units->data, units->len);
        map_spaces(units);
        if (!map_case_and_form(units))
            return false;
        if (before.len == units->len && u_memcmp(before.data, units->data, units->len) == 0)
            return true;
    }
    return false;
}

int
nickname_key(struct arena *arena, struct str text, struct str *ret_key)
{
    UErrorCode status = U_ZERO_ERROR;
    struct units units;
    char key[JID_PART_MAX];
    int32_t len = 0;

    if (text.len > JID_PART_MAX)
        return E_JID;
    u_strFromUTF8(units.data, UNITS_MAX, &units.len, text.data, (int32_t)text.len, &status);
    if (U_FAILURE(status) || !precis_is_class(units.data, units.len, PRECIS_FREEFORM) ||
        !map_until_stable(&units))
        return E_JID;
    u_strToUTF8(key, sizeof(key), &len, units.data, units.len, &status);
    if (U_FAILURE(status) || len == 0)
        return E_JID;
    *ret_key = arena_dup(arena, (struct str){ .data = key, .len = (size_t)len });
    return ret_key->data ? 0 : E_FULL;
}
