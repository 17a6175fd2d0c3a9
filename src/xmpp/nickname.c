/* nickname.c - see nickname.h */
#include "xmpp/nickname.h"

#include "base/error.h"
#include "xmpp/jid.h"
#include "xmpp/precis_class.h"

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/uspoof.h>
#include <unicode/ustring.h>

enum {
    UNITS_MAX = 2 * JID_PART_MAX,
    ROUNDS = 4 /* RFC 8264 7: until nothing changes, within reason */
};

struct units {
    int32_t len;
    UChar data[UNITS_MAX];
};

/* Letters and signs that nobody sees: the Hangul fillers and the Braille pattern without dots. */
static bool
is_blank(UChar unit)
{
    return u_charType(unit) == U_SPACE_SEPARATOR || unit == 0x2800 || unit == 0x115F ||
           unit == 0x1160 || unit == 0x3164 || unit == 0xFFA0;
}

/* RFC 8266 2.1 2: any space is the space, one at a time and none at the ends. */
static void
map_spaces(struct units *units)
{
    int32_t len = 0;

    for (int32_t i = 0; i < units->len; i++) {
        /* There are none beyond the BMP. */
        if (!is_blank(units->data[i]))
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

static bool
read_units(struct str text, struct units *ret)
{
    UErrorCode status = U_ZERO_ERROR;

    if (text.len > JID_PART_MAX)
        return false;
    u_strFromUTF8(ret->data, UNITS_MAX, &ret->len, text.data, (int32_t)text.len, &status);
    return U_SUCCESS(status) && precis_is_class(ret->data, ret->len, PRECIS_FREEFORM);
}

static int
write_key(struct arena *arena, struct units *units, struct str *ret_key)
{
    UErrorCode status = U_ZERO_ERROR;
    char key[JID_PART_MAX];
    int32_t len = 0;

    if (!map_until_stable(units))
        return E_JID;
    u_strToUTF8(key, sizeof(key), &len, units->data, units->len, &status);
    if (U_FAILURE(status) || len == 0)
        return E_JID;
    *ret_key = arena_dup(arena, (struct str){ .data = key, .len = (size_t)len });
    return ret_key->data ? 0 : E_FULL;
}

int
nickname_key(struct arena *arena, struct str text, struct str *ret_key)
{
    struct units units;

    return read_units(text, &units) ? write_key(arena, &units, ret_key) : E_JID;
}

/* Appends what `from` looks like. Decomposed, as all of UTS 39 is. */
static bool
add_look(const USpoofChecker *checker, const UChar *from, int32_t len, struct units *to)
{
    UErrorCode status = U_ZERO_ERROR;

    to->len +=
        uspoof_getSkeleton(checker, 0, from, len, to->data + to->len, UNITS_MAX - to->len, &status);
    return U_SUCCESS(status);
}

static bool
look(const struct units *from, enum nickname_look look, struct units *to)
{
    UErrorCode status = U_ZERO_ERROR;
    USpoofChecker *checker = uspoof_open(&status);
    bool ok = U_SUCCESS(status);

    to->len = 0;
    for (int32_t i = 0, next; ok && i < from->len; i = next) {
        const bool kept = look == LOOK_FOREIGN && from->data[i] < 0x80;

        next = i + 1;
        while (next < from->len && !kept && (look == LOOK_ALL || from->data[next] >= 0x80))
            next++;
        if (!kept)
            ok = add_look(checker, from->data + i, next - i, to);
        else if ((ok = to->len < UNITS_MAX))
            to->data[to->len++] = from->data[i];
    }
    uspoof_close(checker);
    return ok;
}

/* The look is that of the text as it is written: a capital I is an l, an i is not. */
int
nickname_look_key(struct arena *arena, struct str text, enum nickname_look how, struct str *ret_key)
{
    struct units units, seen;

    if (!read_units(text, &units) || !look(&units, how, &seen))
        return E_JID;
    return write_key(arena, &seen, ret_key);
}

bool
nickname_has_blank_end(struct str text)
{
    UErrorCode status = U_ZERO_ERROR;
    struct units units;

    if (text.len == 0 || text.len > JID_PART_MAX)
        return false;
    u_strFromUTF8(units.data, UNITS_MAX, &units.len, text.data, (int32_t)text.len, &status);
    return U_SUCCESS(status) && (is_blank(units.data[0]) || is_blank(units.data[units.len - 1]));
}
